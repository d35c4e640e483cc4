/** The fields of a scope, compiled in the order in which they need each other; arrays and sessions within it; and the quotas over it. */

import type { FieldSpec, GeneratorConfig, LengthOption } from './config.ts'
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
import { condition, earlier, expression, rules, template } from './fields/derived.ts'
import { faker } from './fields/faker.ts'
import * as simple from './fields/simple.ts'
import { absent, jsonWriter, type Layout } from './layout.ts'
import { ProblemError, unknownName, within } from './problem.ts'
import { type Quota, quotaOf } from './quota.ts'
import type { Random } from './random.ts'
import { closureOf, type Entry, type Gatherer, inOrder, type Layer, type Path, type Scope } from './scope.ts'

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

export type CompilerContext = {
  readonly gatherer: Gatherer
  readonly random: Random
  readonly now: () => number
  readonly fakers: Fakers
}

export class Compiler {
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
        const holds = condition(entry.spec, this.#contextOf(entry, scope))
        entry.field = gated(this.#compile(entry, scope), entry.spec, holds, this.#context.random.fork(`${entry.id}?`))
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
        if (found.field === undefined) throw new ProblemError(`refers to ${name}, which it is a part of`)
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

/** Null, or not there, with some probability or under a condition. */
function gated(
  field: Field,
  { nulls = 0, absent: absence = 0 }: FieldSpec,
  holds: ((slots: Slots) => boolean) | undefined,
  random: Random
): Field {
  if (nulls === 0 && absence === 0 && holds === undefined) return field
  const isThere = (raw: unknown): boolean => raw !== null && raw !== absent
  return {
    type: 'any',
    draw: slots => {
      // The field is drawn either way: how often it is null changes nothing else.
      const raw = field.draw(slots)
      if (holds !== undefined && !holds(slots)) return absent
      const u = random.unit()
      return u < absence ? absent : u < absence + nulls ? null : raw
    },
    value: raw => (isThere(raw) ? field.value(raw) : null),
    json: raw => (isThere(raw) ? field.json(raw) : 'null'),
    text: raw => (isThere(raw) ? field.text(raw) : '')
  }
}

export function layoutOf(layers: readonly Layer[]): Layout {
  return { kind: 'object', gate: undefined, canBeAbsent: false, members: membersOf(layers) }
}

function membersOf(layers: readonly Layer[]): { key: string; layout: Layout }[] {
  return layers.map(({ key, entry, members }) => ({
    key,
    layout:
      members === undefined
        ? { kind: 'leaf', slot: entry!.slot, field: entry!.field!, canBeAbsent: canBeAbsent(entry!.spec) }
        : {
            kind: 'object',
            gate: entry?.slot,
            canBeAbsent: entry !== undefined && canBeAbsent(entry.spec),
            members: membersOf(members)
          }
  }))
}

const canBeAbsent = (spec: FieldSpec): boolean => spec.absent !== undefined || spec.when !== undefined

export function lengthOf(length: LengthOption, random: Random): () => number {
  if (typeof length === 'number') return () => length
  const { min, max } = length
  if (max < min) throw new ProblemError(`has a min (${min}) above its max (${max})`)
  return () => random.between(min, max)
}
