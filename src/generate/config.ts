/**
 * What may stand in a generator's configuration: each key once, with its bounds and the sentence that explains it. Checking, the JSON schema
 * (docs/generate.schema.json) and the reference page derive from it. What only shows when fields are brought together (names, cycles,
 * expressions) is checked by `compile.ts`.
 *
 * A kind's options stand beside its `type`, or in a section that is called like the type (as in older tools of this kind).
 */

import { z } from 'zod'
import { parseDuration } from '../core/measures.ts'
import { parseIso } from '../core/time.ts'

export const fieldsMax = 1000
export const depthMax = 8
/** Of arrays within arrays together. */
export const itemsMax = 100_000

const scalar = z.union([z.string().max(65_536), z.number(), z.boolean(), z.null()])
const text = () => z.string().max(65_536)
const probability = () => z.number().min(0).max(1)

/** `5s`, `250ms`, `-1h`, or milliseconds as a number. */
const span = () =>
  z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      if (typeof value === 'number') return value
      const back = value.startsWith('-')
      const ms = parseDuration(back ? value.slice(1) : value)
      if (ms !== undefined) return back ? -ms : ms
      context.addIssue({
        code: 'custom',
        message: "is not a duration; write it like '5s', '250ms' or '-1h'",
        input: value
      })
      return z.NEVER
    })
    .meta({ shown: 'duration' })

/** ISO 8601 (a day alone will do), `now`, or seconds since 1970: milliseconds since 1970. */
const instant = () =>
  z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      if (typeof value === 'number') return value * 1000
      if (value === 'now') return 'now' as const
      const us = parseIso(/^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : value)
      if (us !== undefined) return us / 1000
      context.addIssue({
        code: 'custom',
        message: "is not a time; write it like '2026-03-01', '2026-03-01T08:00:00Z' or 'now'",
        input: value
      })
      return z.NEVER
    })
    .meta({ shown: 'time' })

/** What every field may have. */
const common = {
  nulls: probability().optional().describe('How often the value is null, from 0 to 1.'),
  absent: probability().optional().describe('How often the field is not there at all, from 0 to 1.'),
  when: z.string().max(65_536).optional().describe('An expression: where it does not hold, the field is not there.'),
  hidden: z.boolean().optional().describe('Drawn for other fields to refer to, and not written.')
}

const range = {
  min: z.number().optional().describe('The least.'),
  max: z.number().optional().describe('The most.'),
  distribution: z
    .enum(['uniform', 'normal', 'exponential', 'zipf'])
    .optional()
    .describe('How values lie in the range. Default: uniform.'),
  mean: z.number().optional().describe('Of normal (default: the middle), or exponential (distance from min).'),
  deviation: z.number().positive().optional().describe('Of normal. Default: a sixth of the range.'),
  exponent: z.number().min(0).max(10).optional().describe('Of zipf: how steep. Default: 1.')
}
const decimals = { decimals: z.int().min(0).max(15).optional().describe('Digits after the point. Default: 6.') }

const date = {
  format: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      "iso (default), unix, unixMs, or a pattern: PHP's letters ('Y-m-d H:i:s') or, if it has a %, strftime's ('%Y-%m-%d')."
    ),
  start: instant().optional().describe('Where time begins. Default: now (with a seed: 2026-01-01).'),
  step: span().optional().describe('How far each record is after the one before. Without it, real time.'),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('How uneven the steps are: 0.5 means between half and one and a half.'),
  speed: z.number().positive().max(1e9).optional().describe('Real time, so many times as fast.'),
  from: instant().optional().describe('With `to`: a time at random between both.'),
  to: instant().optional().describe('See `from`.'),
  timezone: z
    .string()
    .max(64)
    .optional()
    .describe("'Z' (default), an offset like '+02:00', or a name like 'Europe/Berlin'.")
}

const counter = {
  start: z.number().optional().describe('The first value. Default: 1.'),
  step: z.number().optional().describe('Added each time; negative counts down. Default: 1.'),
  end: z.number().optional().describe('After this one it begins again.')
}
const uuid = {
  version: z.literal([4, 7]).optional().describe('4 (default) or 7.')
}
const ip = {
  cidr: z
    .union([z.string(), z.array(z.string()).min(1).max(1000)])
    .optional()
    .describe('A network, or several. Default: public IPv4.')
}
const port = {
  range: z
    .enum(['any', 'system', 'registered', 'ephemeral'])
    .optional()
    .describe('1–65535, 1–1023, 1024–49151 or 32768–60999. Default: any.')
}
const mac = {
  prefix: z
    .string()
    .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){0,4}$/, 'must be like 00:1b:21')
    .optional()
    .describe("The maker's beginning. Default: a locally administered address.")
}
const length = z.union([
  z.int().min(0).max(10_000),
  z.strictObject({ min: z.int().min(0).max(10_000), max: z.int().min(0).max(10_000) })
])

const label = z.record(z.string().max(256), z.number().min(0).max(1e12))
const faker = {
  property: z.string().max(100).optional().describe("A method: 'person.fullName', or a short name like name or ipv4."),
  locale: z.string().max(20).optional().describe("'de', 'pt_BR', 'en_US'. Default: en."),
  arguments: z
    .union([z.array(z.unknown()).max(8), z.record(z.string(), z.unknown())])
    .optional()
    .describe('What the method is called with: a section for its options, or a list.'),
  pool: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('How many values are made; later ones are drawn out of these. 0: each is made anew. Default: 10000.')
}
const rule = z.strictObject({
  if: text().optional().describe('An expression. The last rule may have none: it holds always.'),
  value: scalar.describe('The value where it holds.')
})

/** A kind: its options beside `type`, or in a section with one of its names. */
function kind<const N extends readonly [string, ...string[]], S extends z.ZodRawShape>(names: N, options: S) {
  const section = z.strictObject(options).optional()
  const sections = Object.fromEntries(names.map(name => [name, section])) as { [K in N[number]]: typeof section }
  return z.strictObject({ type: z.enum(names), ...options, ...sections, ...common })
}

/** A kind with one thing that it is about, in a key with one of its names. */
function about<const N extends readonly [string, ...string[]], V extends z.ZodType>(names: N, value: V) {
  const optional = value.optional()
  const keys = Object.fromEntries(names.map(name => [name, optional])) as { [K in N[number]]: typeof optional }
  return z.strictObject({ type: z.enum(names), ...keys, ...common })
}

export const fieldSchema = z.discriminatedUnion('type', [
  about(['constant'], z.unknown().describe('The value, of any shape.')),
  kind(['randomNumber', 'integer'], range),
  kind(['randomFloat', 'float'], { ...range, ...decimals }),
  kind(['boolean'], { probability: probability().optional().describe('Of true. Default: 0.5.') }),
  about(['randomList', 'list'], z.array(z.unknown()).min(1).max(100_000).describe('The values; each is as likely.')),
  about(['weightedList'], label.describe('The values with their weights.')),
  kind(['date'], date),
  kind(['counter'], counter),
  kind(['uuid'], uuid),
  kind(['ip'], ip),
  kind(['port'], port),
  kind(['mac'], mac),
  about(['regex'], z.string().min(1).max(2000).describe('Texts that this regular expression matches.')),
  about(['template'], text().describe("A text with {field} in it; '{{' is a brace.")),
  about(['mathExpression', 'expression'], text().describe('A calculation with {field}s.')),
  about(
    ['rules'],
    z
      .union([z.record(z.string().max(256), text()), z.array(rule).min(1).max(1000)])
      .describe('Values with the condition for each; the first that holds decides. Otherwise null.')
  ),
  z.strictObject({
    type: z.literal('reference'),
    reference: z.string().max(256).describe("A field: of this record's session ('visit.user'), or of a record before."),
    back: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('How many records back, at most. Default: 1, the one before.'),
    ...common
  }),
  z.strictObject({
    type: z.literal('faker'),
    ...faker,
    faker: z.union([z.string().max(100), z.strictObject(faker)]).optional(),
    ...common
  }),
  z.strictObject({
    type: z.literal('object'),
    get fields(): z.ZodType<Readonly<Record<string, FieldSpec>>> {
      return fieldsSchema
    },
    ...common
  }),
  z.strictObject({
    type: z.literal('array'),
    get items(): z.ZodType<FieldSpec> {
      return fieldSchema
    },
    length: length.optional().describe('How many: a number, or min and max. Default: 0 to 5.'),
    ...common
  })
])

const fieldName = z.string().min(1).max(256)
export const fieldsSchema: z.ZodType<Readonly<Record<string, FieldSpec>>> = z.record(
  fieldName,
  z.lazy(() => fieldSchema)
)

export type RangeOptions = z.output<z.ZodObject<typeof range & typeof decimals>>
export type DateOptions = z.output<z.ZodObject<typeof date>>
export type CounterOptions = z.output<z.ZodObject<typeof counter>>
export type FakerOptions = z.output<z.ZodObject<typeof faker>>
export type LengthOption = z.output<typeof length>
export type CommonOptions = z.output<z.ZodObject<typeof common>>
export type FieldType = (typeof fieldTypes)[number]

export const fieldTypes = [
  'constant',
  'randomNumber',
  'integer',
  'randomFloat',
  'float',
  'boolean',
  'randomList',
  'list',
  'weightedList',
  'date',
  'counter',
  'uuid',
  'ip',
  'port',
  'mac',
  'regex',
  'template',
  'mathExpression',
  'expression',
  'rules',
  'reference',
  'faker',
  'object',
  'array'
] as const

/** A checked field; `optionsOf` reads what its kind needs. */
export type FieldSpec = CommonOptions & { readonly type: FieldType; readonly [option: string]: unknown }

const session = z.strictObject({
  open: z.int().min(1).max(10_000).prefault(10).describe('How many are open at once.'),
  records: length.prefault({ min: 1, max: 10 }).describe('How many records one has.'),
  fields: fieldsSchema.describe('What all records of a session share: drawn once, when it opens.')
})

export const generatorSchema = z.strictObject({
  $schema: z.string().max(2048).optional().describe('Where this schema is, for editors.'),
  name: z.string().max(200).optional().describe('What this is called.'),
  shape: z
    .union([z.string().max(64), z.array(z.string().max(64)).min(1).max(20)])
    .optional()
    .describe('Records of a real format, or of several that belong together, instead of `fields`.'),
  attacks: z
    .array(
      z.strictObject({
        attack: z.string().max(64).describe('Its name: see docs/how-to/generate.md.'),
        at: span().prefault('5m').describe("How long after the beginning, in the records' own time.")
      })
    )
    .max(10_000)
    .optional()
    .describe('With a shape: attacks among the ordinary work.'),
  officeHours: z
    .string()
    .max(16)
    .optional()
    .describe('With a shape: busy by day and quiet at night, in this zone: Z, +01:00.'),
  fields: fieldsSchema.optional().describe('The fields of a record, in the order in which they are written.'),
  sessions: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][\w-]*$/)
        .max(64),
      session
    )
    .optional()
    .describe('What several records share: a visit, a connection. Fields refer to it as NAME.FIELD.'),
  children: z
    .strictObject({
      count: length.prefault({ min: 0, max: 3 }).describe('How many follow each record.'),
      fields: fieldsSchema.describe('Their fields; {parent.NAME} is a field of the record that they follow.')
    })
    .optional()
    .describe('Records of another shape that follow each record.'),
  distribution: z
    .record(fieldName, label)
    .optional()
    .describe('For a field, how often each value comes: met exactly over the whole run.'),
  start: instant().optional().describe("The run's clock begins here instead of now."),
  seed: z
    .union([z.string().max(256), z.number()])
    .optional()
    .describe('The same seed gives the same records.'),
  count: z.int().min(0).max(1e15).optional().describe('How many records. Default: until stopped.'),
  duration: span().optional().describe('How long to run.'),
  rate: z
    .union([z.number().positive().max(1e9), z.string().max(200)])
    .optional()
    .describe('Records a second: 1000, ramp:100..5000/60s, burst:50..2000/5s/60s, daily:10..500.'),
  format: z.enum(['ndjson', 'csv', 'template']).optional().describe('How records are written. Default: ndjson.'),
  template: text().optional().describe('For the format template: a line with {field}s.'),
  out: z.string().max(4096).optional().describe('Where they go: -, a file, or an address (see the page).')
})

export type GeneratorConfig = z.output<typeof generatorSchema>

/** How many items an array can have. */
export function longestOf(length: LengthOption = { min: 0, max: 5 }): number {
  return typeof length === 'number' ? length : length.max
}

/** The options of a field, wherever they stand: beside its type, or in the section that is called like it. */
export function optionsOf<T>(field: FieldSpec): T {
  const section = field[field.type]
  return (typeof section === 'object' && section !== null ? { ...field, ...section } : field) as T
}

/** The one thing that a field is about; undefined if it is missing. */
export function argumentOf<T>(field: FieldSpec): T | undefined {
  return field[field.type] as T | undefined
}
