/**
 * A checked configuration → a generator: fields in the order in which they need each other, each a closure with a stream of chance of its own; then the
 * record is written by a closure made for its layout. Nothing is looked up by name while records are made.
 */

import type { FieldSpec, GeneratorConfig, LengthOption } from './config.ts'
import { readZone } from './dates/zone.ts'
import {
  choiceField,
  type Fakers,
  type Field,
  type FieldContext,
  numberField,
  plainField,
  type Scalar,
  type Slots,
  type Target
} from './field.ts'
import { date } from './fields/date.ts'
import { earlier, expression, rules, template } from './fields/derived.ts'
import { faker } from './fields/faker.ts'
import * as simple from './fields/simple.ts'
import { absent, csvWriter, jsonWriter, type Layout } from './layout.ts'
import { type Problem, ProblemError, unknownName } from './problem.ts'
import { type Quota, quotaOf } from './quota.ts'
import { Random } from './random.ts'
import { closureOf, type Entry, Gatherer, inOrder, type Layer, type Path, type Scope } from './scope.ts'
import { attackNames } from './shapes/attacks.ts'
import { openShapes } from './shapes/index.ts'
import { shapeNames } from './shapes/line.ts'
import { compileTemplate, readTemplate } from './template.ts'

export type GeneratorOptions = {
  /** What all chance begins with. The same gives the same records, if `isRepeatable`. */
  readonly seed: string | number
  /** The clock is then the records' own: `start` (or 2026-01-01), and `intervalMs` from record to record. */
  readonly isRepeatable: boolean
  readonly nowMs: () => number
  /** Default: 1000. */
  readonly intervalMs?: number | undefined
  readonly fakers: Fakers
  readonly format?: 'ndjson' | 'csv' | 'template' | undefined
  readonly template?: string | undefined
  readonly escapeFormulas?: boolean | undefined
  /** A template for what records are grouped by: partitions of Kafka and Kinesis. */
  readonly key?: string | undefined
}

export type Generator = {
  /** CSV: the line before the first record. */
  readonly header: string | undefined
  /** One record as a line, without the line's end. Undefined: it cannot go on, see `problem`. */
  next(): string | undefined
  /** Of the record that `next` gave last. */
  key(): string | undefined
  /** When the record that `next` gave last happens, in the records' own time. */
  timeMs(): number
  readonly problem: string | undefined
}

export type Compiled =
  | { readonly ok: true; readonly generator: Generator }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Where time begins if it must be the same each time. */
const epochMs = Date.UTC(2026, 0, 1)

type Kind = (spec: FieldSpec, context: FieldContext) => Field
const kinds: Readonly<Record<Exclude<FieldSpec['type'], 'object' | 'array' | 'reference'>, Kind>> = {
  constant: simple.constant,
  randomNumber: simple.integer,
  integer: simple.integer,
  randomFloat: simple.float,
  float: simple.float,
  boolean: simple.boolean,
  randomList: simple.list,
  list: simple.list,
  weightedList: simple.weightedList,
  date,
  counter: simple.counter,
  uuid: simple.uuid,
  ip: simple.ip,
  port: simple.port,
  mac: simple.mac,
  regex: simple.regex,
  template,
  mathExpression: expression,
  expression,
  rules,
  faker
}

/** Never throws for what is in the configuration. */
export function compileGenerator(config: GeneratorConfig, options: GeneratorOptions): Compiled {
  const gatherer = new Gatherer()
  try {
    const generator = config.shape === undefined ? ofFields(config, options, gatherer) : ofShape(config, options)
    return generator === undefined ? { ok: false, problems: gatherer.problems } : { ok: true, generator }
  } catch (error) {
    gatherer.report(error, [])
    return { ok: false, problems: gatherer.problems }
  }
}

function ofShape(config: GeneratorConfig, options: GeneratorOptions): Generator {
  const names = [config.shape ?? []].flat().map((name, index) => {
    const path = Array.isArray(config.shape) ? ['shape', index] : ['shape']
    return known('a shape', name, shapeNames, path)
  })
  if (config.fields !== undefined)
    throw new ProblemError('has its own fields: leave out either shape or fields', { path: ['shape'] })
  const startMs = typeof config.start === 'number' ? config.start : options.isRepeatable ? epochMs : options.nowMs()
  const stream = openShapes(names, {
    random: new Random(String(options.seed)),
    startMs,
    perSecond: 1000 / (options.intervalMs ?? 1000),
    officeHours: config.officeHours === undefined ? undefined : hoursIn(config.officeHours, startMs),
    attacks: config.attacks?.map(({ attack, at }, index) => ({
      attack: known('an attack', attack, attackNames, ['attacks', index, 'attack']),
      atMs: startMs + at
    }))
  })
  let last = { timeMs: startMs, text: '', key: undefined as string | undefined }
  return {
    header: undefined,
    problem: undefined,
    next: () => (last = { key: undefined, ...stream.next() }).text,
    key: () => last.key,
    timeMs: () => last.timeMs
  }
}

function known<T extends string>(what: string, name: string, names: readonly T[], path: (string | number)[]): T {
  const found = names.find(each => each === name)
  if (found !== undefined) return found
  const { message, suggestion } = unknownName(what, name, names)
  throw new ProblemError(message, { path, suggestion })
}

function hoursIn(zone: string, ms: number): { zoneMinutes: number } {
  try {
    return { zoneMinutes: readZone(zone).offsetAt(ms) }
  } catch (error) {
    if (error instanceof ProblemError) throw new ProblemError(error.message, { path: ['officeHours'] })
    throw error
  }
}

/** Undefined: the gatherer has the problems. */
function ofFields(config: GeneratorConfig, options: GeneratorOptions, gatherer: Gatherer): Generator | undefined {
  if (config.fields === undefined || Object.keys(config.fields).length === 0)
    throw new ProblemError("has no fields: write 'fields:' and below it each field with its type")
  const random = new Random(String(options.seed))
  const slots: Slots = []
  let index = 0
  const now = clockOf(config, options, () => index)
  const compiler = new Compiler({ gatherer, random, now, fakers: options.fakers })

  const sessions = Object.entries(config.sessions ?? {}).map(([name, session]) => ({
    name,
    session,
    scope: gatherer.scopeOf(session.fields, ['sessions', name, 'fields'], `${name}.`)
  }))
  const main = gatherer.scopeOf(config.fields, ['fields'], '', undefined, '', scope => {
    for (const { name, session, scope: inner } of sessions) {
      const path = ['sessions', name]
      for (const extra of ['record', 'records', 'first', 'last'])
        gatherer.add(inner, extra, `${name}.${extra}`, { type: 'constant', constant: null }, path)
      const entry = gatherer.add(scope, `${name}()`, name, { type: 'constant', session }, path, inner)
      entry.slots.push(...inner.entries.flatMap(({ slots }) => slots))
      scope.share(entry, name, inner)
    }
  })
  const child =
    config.children === undefined
      ? undefined
      : gatherer.scopeOf(config.children.fields, ['children', 'fields'], 'children.', main, 'parent.')

  const order = compiler.compile(main)
  const childOrder = child === undefined ? undefined : compiler.compile(child)
  const quotas = compiler.quotas(config, main, child === undefined ? config.count : undefined)
  if (gatherer.problems.length > 0) return undefined
  const free = order.filter(entry => !quotas.some(({ entries }) => entries.has(entry)))
  const layout = layoutOf(main.layers)
  const writer = writerOf(options, config, main, layout, child !== undefined)
  const keyOf = options.key === undefined ? undefined : within(['key'], () => templateOf(options.key!, main))
  const writeChild = child === undefined ? undefined : jsonWriter(layoutOf(child.layers))
  const childCount = child === undefined ? () => 0 : lengthOf(config.children!.count, random.fork('children'))
  const fills = quotas.map(({ quota }) => quota)
  const slotOf = free.map(({ slot }) => slot)
  const draws = free.map(({ field }) => field!.draw)
  const count = draws.length
  const done = compiler.done.get(main) ?? []
  const childDone = child === undefined ? [] : (compiler.done.get(child) ?? [])
  for (let slot = 0; slot < gatherer.slots; slot++) slots.push(null)

  let childrenLeft = 0
  let problem: string | undefined
  return {
    header: writer.header,
    get problem() {
      return problem
    },
    next() {
      if (childrenLeft > 0) {
        childrenLeft--
        for (const entry of childOrder!) slots[entry.slot] = entry.field!.draw(slots)
        for (const one of childDone) one(slots)
        index++
        return writeChild!(slots)
      }
      for (const quota of fills)
        if (!quota.fill(slots)) {
          problem = quota.problem
          return undefined
        }
      for (let i = 0; i < count; i++) slots[slotOf[i]!] = draws[i]!(slots)
      for (let i = 0; i < done.length; i++) done[i]!(slots)
      const line = writer.write(slots)
      childrenLeft = childCount()
      index++
      return line
    },
    key: () => keyOf?.(slots),
    timeMs: now
  }
}

/** Real time (from `start` on, if that is given), or each record's own. */
function clockOf(config: GeneratorConfig, options: GeneratorOptions, index: () => number): () => number {
  const start = typeof config.start === 'number' ? config.start : undefined
  if (options.isRepeatable) {
    const interval = options.intervalMs ?? 1000
    const begin = start ?? epochMs
    return () => begin + index() * interval
  }
  if (start === undefined) return options.nowMs
  const begun = options.nowMs()
  return () => start + options.nowMs() - begun
}

function templateOf(text: string, scope: Scope): (slots: Slots) => string {
  return compileTemplate(readTemplate(text), name => {
    const { entry } = scope.find(name, '')
    return { slot: entry.slot, field: entry.field! }
  })
}

function writerOf(
  options: GeneratorOptions,
  config: GeneratorConfig,
  main: Scope,
  layout: Layout,
  hasChildren: boolean
): { readonly header: string | undefined; readonly write: (slots: Slots) => string } {
  const format = options.format ?? config.format ?? 'ndjson'
  if (format === 'ndjson') return { header: undefined, write: jsonWriter(layout) }
  if (hasChildren)
    throw new ProblemError(`cannot be ${format}: records and their children have different fields`, {
      path: ['format']
    })
  if (format === 'csv') return csvWriter(layout, options.escapeFormulas ?? true)
  const template = options.template ?? config.template
  if (template === undefined)
    throw new ProblemError("is template, but there is no template: write template: '{field} …' or give --template", {
      path: ['format']
    })
  return { header: undefined, write: within(['template'], () => templateOf(template, main)) }
}

function layoutOf(layers: readonly Layer[]): Layout {
  return { kind: 'object', gate: undefined, canBeAbsent: false, members: membersOf(layers) }
}

function membersOf(layers: readonly Layer[]): { key: string; layout: Layout }[] {
  return layers.map(({ key, entry, members }) => ({
    key,
    layout:
      members === undefined
        ? { kind: 'leaf', slot: entry!.slot, field: entry!.field!, canBeAbsent: entry!.spec.absent !== undefined }
        : {
            kind: 'object',
            gate: entry?.slot,
            canBeAbsent: entry?.spec.absent !== undefined,
            members: membersOf(members)
          }
  }))
}

function lengthOf(length: LengthOption, random: Random): () => number {
  if (typeof length === 'number') return () => length
  const { min, max } = length
  if (max < min) throw new ProblemError(`has a min (${min}) above its max (${max})`)
  return () => random.between(min, max)
}

type CompilerContext = {
  readonly gatherer: Gatherer
  readonly random: Random
  readonly now: () => number
  readonly fakers: Fakers
}

class Compiler {
  readonly #context: CompilerContext
  /** What each scope does when a record of it is complete. */
  readonly done = new Map<Scope, ((slots: Slots) => void)[]>()

  constructor(context: CompilerContext) {
    this.#context = context
  }

  /** Gives the entries in the order in which they are drawn. */
  compile(scope: Scope): Entry[] {
    let order: Entry[]
    try {
      order = inOrder(scope.entries)
    } catch (error) {
      this.#context.gatherer.report(error, (error as { entry?: Entry }).entry?.path ?? [])
      return []
    }
    for (const entry of order) {
      try {
        entry.field = gated(this.#compile(entry, scope), entry.spec, this.#context.random.fork(`${entry.id}?`))
      } catch (error) {
        this.#context.gatherer.report(error, entry.path)
        // So that others can be looked at, too.
        entry.field = choiceField([null], () => 0)
      }
    }
    return order
  }

  #compile(entry: Entry, scope: Scope): Field {
    const { spec } = entry
    const context = this.#contextOf(entry, scope)
    if ('session' in spec) return this.#session(entry, spec['session'] as Session, context)
    if (spec.type === 'array') return this.#array(spec, entry, context)
    if (spec.type === 'reference') {
      const { entry: target, isShared } = scope.find(spec['reference'] as string, entry.name)
      if (!isShared) return earlier(spec, context)
      const { slot } = target
      return { ...target.field!, draw: slots => slots[slot] }
    }
    return kinds[spec.type as keyof typeof kinds](spec, context)
  }

  #contextOf(entry: Entry, scope: Scope): FieldContext {
    const targetOf = (name: string): Target => scope.find(name, entry.name).entry
    return {
      random: this.#context.random.fork(entry.id),
      now: this.#context.now,
      fakers: this.#context.fakers,
      target: name => {
        const found = targetOf(name)
        return found as Target & { readonly field: Field }
      },
      earlier: targetOf,
      onRecord: done => {
        const all = this.done.get(scope) ?? []
        all.push(done)
        this.done.set(scope, all)
      }
    }
  }

  #array(spec: FieldSpec, entry: Entry, { random }: FieldContext): Field {
    const inner = entry.inner!
    const order = this.compile(inner)
    const done = this.done.get(inner) ?? []
    const [item] = membersOf(inner.layers)
    const write = item === undefined ? () => 'null' : jsonWriter(item.layout)
    const length = lengthOf((spec['length'] as LengthOption | undefined) ?? { min: 0, max: 5 }, random)
    const field = plainField(slots => {
      const count = length()
      let text = '['
      for (let i = 0; i < count; i++) {
        for (const one of order) slots[one.slot] = one.field!.draw(slots)
        for (const one of done) one(slots)
        const json = write(slots)
        text += i === 0 ? json : `,${json}`
      }
      return text + ']'
    })
    return { ...field, json: field.text }
  }

  /** A record is of one of the sessions that are open; one that has had all of its records gives way to a new one. */
  #session(entry: Entry, session: Session, { random }: FieldContext): Field {
    const inner = entry.inner!
    const order = this.compile(inner)
    const drawn = order.filter(({ spec }) => !('constant' in spec && spec['constant'] === null))
    const at = (name: string): number => inner.find(name, '').entry.slot
    const [record, records, first, last] = [at('record'), at('records'), at('first'), at('last')]
    for (const name of ['record', 'records']) inner.find(name, '').entry.field = numberField(() => 0)
    for (const name of ['first', 'last']) inner.find(name, '').entry.field = choiceField([false, true], () => 0)
    const length = within(['records'], () => lengthOf(session.records, random.fork('records')))
    const slotsOf = drawn.flatMap(({ slots }) => slots)
    type Open = { readonly values: readonly unknown[]; readonly records: number; seen: number }
    const open: Open[] = []
    return choiceField([null], slots => {
      const place = open.length < session.open ? open.length : random.below(session.open)
      let one = open[place]
      if (one === undefined || one.seen === one.records) {
        for (const field of drawn) slots[field.slot] = field.field!.draw(slots)
        one = { values: slotsOf.map(slot => slots[slot]), records: Math.max(1, length()), seen: 0 }
        open[place] = one
      }
      for (let i = 0; i < slotsOf.length; i++) slots[slotsOf[i]!] = one.values[i]
      one.seen++
      slots[record] = one.seen
      slots[records] = one.records
      slots[first] = one.seen === 1 ? 1 : 0
      slots[last] = one.seen === one.records ? 1 : 0
      return 0
    })
  }

  quotas(config: GeneratorConfig, main: Scope, count: number | undefined): { quota: Quota; entries: Set<Entry> }[] {
    const all: { quota: Quota; entries: Set<Entry> }[] = []
    for (const [name, weights] of Object.entries(config.distribution ?? {})) {
      const path: Path = ['distribution', name]
      try {
        const { entry } = main.find(name, '')
        if (entry.field === undefined) continue
        const wanted = Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight > 0))
        if (Object.keys(wanted).length === 0) throw new ProblemError('has no value with a weight above 0')
        const { values } = entry.field
        if (values !== undefined) {
          const known = values.map((value: Scalar) => (value === null ? 'null' : String(value)))
          for (const value of Object.keys(wanted))
            if (!known.includes(value)) {
              const { message, suggestion } = unknownName(`a value of ${name}`, value, [...new Set(known)])
              throw new ProblemError(message, { path: [value], suggestion })
            }
        }
        const entries = closureOf(entry)
        const other = all.find(({ entries: taken }) => [...entries].some(entry => taken.has(entry)))
        if (other !== undefined)
          throw new ProblemError(
            `depends on the same fields as ${other.quota.field}, so both cannot be distributed apart: make one field of rules that tells all cases`
          )
        const quota = quotaOf({
          field: entry,
          entries: inOrder([...entries]),
          weights: wanted,
          count,
          random: this.#context.random.fork(`distribution ${name}`)
        })
        all.push({ quota, entries })
      } catch (error) {
        this.#context.gatherer.report(error, path)
      }
    }
    return all
  }
}

type Session = NonNullable<GeneratorConfig['sessions']>[string]

/** Null, or not there, with some probability. */
function gated(field: Field, { nulls = 0, absent: absence = 0 }: FieldSpec, random: Random): Field {
  if (nulls === 0 && absence === 0) return field
  const isThere = (raw: unknown): boolean => raw !== null && raw !== absent
  return {
    type: 'any',
    draw: slots => {
      // The field is drawn either way: how often it is null changes nothing else.
      const raw = field.draw(slots)
      const u = random.unit()
      return u < absence ? absent : u < absence + nulls ? null : raw
    },
    value: raw => (isThere(raw) ? field.value(raw) : null),
    json: raw => (isThere(raw) ? field.json(raw) : 'null'),
    text: raw => (isThere(raw) ? field.text(raw) : '')
  }
}

/** Says where something is wrong. */
function within<T>(path: Path, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ProblemError(error.message, { path: [...path, ...error.path], suggestion: error.suggestion })
  }
}
