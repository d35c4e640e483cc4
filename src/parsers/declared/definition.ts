/** What a declared parser's file says (`parsers/NAME.yaml` in the data folder): read, checked, explained. */

import { z } from 'zod'
import { PatternError, readPattern } from './pattern.ts'

export const nameForm = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

const fieldName = z
  .string()
  .regex(/^[@A-Za-z_][\w@-]*(?:\.[\w@-]+)*$/, 'must be a field name: letters, digits, _ and -, dots between')
const leaf = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()]))])

const pattern = z.string().superRefine((text, context) => {
  try {
    readPattern(text)
  } catch (error) {
    const at = error instanceof PatternError ? ` (at character ${error.at + 1})` : ''
    context.addIssue({ code: 'custom', message: `${(error as Error).message}${at}` })
  }
})

export const definitionSchema = z
  .strictObject({
    /** The format's name. Own names start nothing that Picket has. */
    name: z.string().max(64).regex(nameForm, 'must be words of small letters and digits with - between'),
    title: z.string().min(1).max(200),
    /** `text`: a line is a record, read by the first pattern that matches. `json`: a record is an object, read by its keys. */
    input: z.enum(['text', 'json']).default('text'),
    patterns: z.array(pattern).max(100).default([]),
    /**
     * Text whose records span lines: a line that begins with a time, or one that is not indented, begins a record; the others belong to
     * the one before. Patterns read the record's first line.
     */
    begins: z.enum(['line', 'time', 'unindented']).default('line'),
    /** Lines that begin so hold no event: a table's header, comments. */
    ignore: z.array(z.string().min(1).max(1000)).max(32).default([]),
    /** Keys of JSON objects or of key=value pairs (dots reach into objects) → fields. Other keys keep their name below the format's. */
    fields: z.record(z.string().max(256), fieldName).default({}),
    /** Keys that each JSON object of this format has: how it is recognised. */
    requires: z.array(z.string().max(256)).max(32).default([]),
    /** Fields that every event has. */
    set: z.record(fieldName, leaf).default({}),
    /** For a field: what its values become. Others stay as they are. */
    values: z.record(fieldName, z.record(z.string(), z.union([z.string(), z.number()]))).default({}),
    /** Records and the events that they must become. */
    cases: z
      .array(z.strictObject({ record: z.string().max(65_536), event: z.unknown() }))
      .max(500)
      .default([])
  })
  .superRefine((definition, context) => {
    if (definition.input === 'text' && definition.patterns.length === 0)
      context.addIssue({ code: 'custom', path: ['patterns'], message: 'must hold at least one pattern' })
    for (const key of ['patterns', 'ignore'] as const)
      if (definition.input === 'json' && definition[key].length > 0)
        context.addIssue({ code: 'custom', path: [key], message: 'is for text; JSON is read by its keys (fields)' })
    if (definition.input === 'json' && definition.begins !== 'line')
      context.addIssue({ code: 'custom', path: ['begins'], message: 'is for text; JSON is cut into its objects' })
    if (definition.input === 'json' && definition.requires.length === 0)
      context.addIssue({
        code: 'custom',
        path: ['requires'],
        message: 'must name a key by which the format is recognised'
      })
  })

export type Definition = z.infer<typeof definitionSchema>

export type DefinitionProblem = {
  /** `patterns[0]`; empty for the whole. */
  readonly path: string
  readonly keys: readonly (string | number)[]
  readonly message: string
}

/** The definition in a value (parsed YAML or JSON), or what is wrong with it. */
export function readDefinition(
  value: unknown
): { readonly definition: Definition } | { readonly problems: DefinitionProblem[] } {
  const result = definitionSchema.safeParse(value)
  if (result.success) return { definition: result.data }
  return {
    problems: result.error.issues.slice(0, 20).map(issue => ({
      keys: keysOf(issue),
      path: issue.path
        .map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, ''),
      message: issue.message
    }))
  }
}

/** A key that nobody knows stands in the issue, not on its path. */
function keysOf(issue: z.core.$ZodIssue): (string | number)[] {
  const keys = issue.path.map(part => (typeof part === 'number' ? part : String(part)))
  return issue.code === 'unrecognized_keys' ? [...keys, issue.keys[0]!] : keys
}
