/**
 * Does a pattern match observations (STIX 2.1, 9.5 to 9.9)? A match binds one observation to each `[…]` of the pattern, no observation
 * twice; qualifiers and FOLLOWEDBY say which bindings hold together. Bindings are made one by one and tried, so that the first one
 * that fits ends the search; how many are tried is bounded, as patterns and observations come from outside.
 */

import { CompareError, compileTest, type Value, type ValueTest } from './compare.ts'
import { isObject, type Json, type Observed } from './observations.ts'
import {
  anyIndex,
  type Comparison,
  type ObjectPath,
  type Observation,
  type PathStep,
  type Qualifier
} from './pattern.ts'
import { bytesOfHex } from './tokens.ts'

export type Evaluated =
  | { readonly ok: true; readonly matches: boolean }
  | { readonly ok: false; readonly message: string }

const triesMax = 1_000_000

/** Indexes of observations, in the order of the pattern's parts. */
type Binding = readonly number[]

class TooMany extends Error {}

export function evaluatePattern(pattern: Observation, observations: readonly Observed[]): Evaluated {
  try {
    const search = new Search(observations)
    for (const _ of search.bindings(search.prepare(pattern))) return { ok: true, matches: true }
    return { ok: true, matches: false }
  } catch (error) {
    if (error instanceof CompareError) return { ok: false, message: error.message }
    if (error instanceof TooMany)
      return { ok: false, message: `not decided after ${triesMax} combinations of observations` }
    throw error
  }
}

type Prepared =
  | { readonly kind: 'observed'; readonly found: readonly number[] }
  | { readonly kind: 'and' | 'or' | 'followedBy'; readonly of: readonly Prepared[] }
  | { readonly kind: 'qualified'; readonly of: Prepared; readonly by: Qualifier }

class Search {
  readonly #observations: readonly Observed[]
  #tries = 0

  constructor(observations: readonly Observed[]) {
    this.#observations = observations
  }

  /** Which observations each `[…]` can be bound to, once. */
  prepare(pattern: Observation): Prepared {
    switch (pattern.kind) {
      case 'observed': {
        const roots = compileComparison(pattern.test)
        const found: number[] = []
        // Of an observation that was made several times, each is another one, but the answer is the same.
        const known = new Map<Observed, boolean>()
        this.#observations.forEach((observed, index) => {
          let passes = known.get(observed)
          if (passes === undefined) {
            passes = roots(observed).size > 0
            known.set(observed, passes)
          }
          if (passes) found.push(index)
        })
        return { kind: 'observed', found }
      }
      case 'qualified':
        return { kind: 'qualified', of: this.prepare(pattern.of), by: pattern.by }
      default:
        return { kind: pattern.kind, of: pattern.of.map(part => this.prepare(part)) }
    }
  }

  *bindings(pattern: Prepared): Generator<Binding> {
    switch (pattern.kind) {
      case 'observed':
        for (const index of pattern.found) {
          if (++this.#tries > triesMax) throw new TooMany()
          yield [index]
        }
        return
      case 'or':
        for (const part of pattern.of) yield* this.bindings(part)
        return
      case 'and':
        yield* this.#joined(pattern.of, 0, [], () => true)
        return
      case 'followedBy':
        yield* this.#followed(pattern.of, pattern.of.length - 1)
        return
      case 'qualified':
        if (pattern.by.kind === 'repeats') yield* this.#repeated(pattern.of, pattern.by.times)
        else for (const binding of this.bindings(pattern.of)) if (this.#holds(binding, pattern.by)) yield binding
    }
  }

  *#joined(
    parts: readonly Prepared[],
    at: number,
    bound: Binding,
    fits: (next: Binding) => boolean
  ): Generator<Binding> {
    if (at === parts.length) {
      yield bound
      return
    }
    for (const next of this.bindings(parts[at]!)) {
      if (disjoint(bound, next) && fits(next)) yield* this.#joined(parts, at + 1, [...bound, ...next], fits)
    }
  }

  /** Left-associative: all on the left can be earlier than, or at the time of, all on the right. */
  *#followed(parts: readonly Prepared[], last: number): Generator<Binding> {
    if (last === 0) {
      yield* this.bindings(parts[0]!)
      return
    }
    for (const left of this.#followed(parts, last - 1)) {
      let latestFirst = ''
      for (const index of left)
        if (this.#observations[index]!.first > latestFirst) latestFirst = this.#observations[index]!.first
      for (const right of this.bindings(parts[last]!)) {
        if (disjoint(left, right) && right.every(index => latestFirst <= this.#observations[index]!.last))
          yield [...left, ...right]
      }
    }
  }

  /** Combinations (the order does not count) of bindings that share nothing. */
  *#repeated(of: Prepared, times: number): Generator<Binding> {
    if (times === 1) {
      yield* this.bindings(of)
      return
    }
    if (times > this.#observations.length) return
    const all: Binding[] = []
    for (const binding of this.bindings(of)) {
      all.push(binding)
      if (all.length > 100_000) throw new TooMany()
    }
    const choose = function* (this: Search, from: number, left: number, bound: Binding): Generator<Binding> {
      if (left === 0) {
        yield bound
        return
      }
      for (let i = from; i <= all.length - left; i++) {
        if (++this.#tries > triesMax) throw new TooMany()
        if (disjoint(bound, all[i]!)) yield* choose.call(this, i + 1, left - 1, [...bound, ...all[i]!])
      }
    }
    yield* choose.call(this, 0, times, [])
  }

  #holds(binding: Binding, by: Qualifier): boolean {
    const observed = binding.map(index => this.#observations[index]!)
    if (by.kind === 'startStop')
      return by.start < by.stop && observed.every(({ first, last }) => last >= by.start && first < by.stop)
    if (by.kind !== 'within') return true
    // From the earliest end on: whatever other stretch would do, this one does.
    const earliestEnd = observed.map(({ last }) => last).toSorted()[0]!
    return observed.every(({ first }) => first <= earliestEnd || secondsBetween(earliestEnd, first) <= by.seconds)
  }
}

function disjoint(a: Binding, b: Binding): boolean {
  for (const index of b) if (a.includes(index)) return false
  return true
}

function secondsBetween(a: string, b: string): number {
  return seconds(b) - seconds(a)
}

function seconds(time: string): number {
  const dot = time.indexOf('.')
  const whole = Date.parse(`${dot < 0 ? time : time.slice(0, dot)}Z`) / 1000
  return dot < 0 ? whole : whole + Number(`0${time.slice(dot)}`)
}

/** The ids of the objects that pass: tests joined by AND are about the same object. */
type Roots = (observed: Observed) => ReadonlySet<string>

function compileComparison(test: Comparison): Roots {
  switch (test.kind) {
    case 'and': {
      const parts = test.of.map(compileComparison)
      return observed => parts.map(part => part(observed)).reduce((a, b) => a.intersection(b))
    }
    case 'or': {
      const parts = test.of.map(compileComparison)
      return observed => parts.map(part => part(observed)).reduce((a, b) => a.union(b))
    }
    case 'exists':
      return rootsOf(test.path, () => true)
    case 'test': {
      const passes = compileTest(test.op, test.values)
      if (typeof passes === 'string') throw new CompareError(passes)
      const { negated } = test
      return rootsOf(test.path, negated ? value => !passes(value) : passes)
    }
  }
}

function rootsOf({ type, steps }: ObjectPath, passes: ValueTest): Roots {
  return observed => {
    const roots = new Set<string>()
    for (const [id, object] of observed.objects) {
      if (object['type'] === type && walk([{ kind: 'json', value: object }], steps, observed).some(passes))
        roots.add(id)
    }
    return roots
  }
}

const valuesMax = 10_000

function walk(from: readonly Value[], steps: readonly PathStep[], observed: Observed): readonly Value[] {
  let values = from
  for (const step of steps) {
    const next: Value[] = []
    for (const value of values) {
      if (value.kind === 'bytes' || next.length > valuesMax) continue
      take(value.value, step, observed, next)
    }
    values = next
  }
  return values
}

function take(value: unknown, step: PathStep, observed: Observed, out: Value[]): void {
  if (step === anyIndex) {
    // Lists, and dictionaries such as `hashes`.
    if (Array.isArray(value)) for (const item of value) out.push({ kind: 'json', value: item })
    else if (isObject(value)) for (const item of Object.values(value)) out.push({ kind: 'json', value: item })
  } else if (typeof step === 'number') {
    if (Array.isArray(value) && step >= 0 && step < value.length) out.push({ kind: 'json', value: value[step] })
  } else if (isObject(value) && Object.hasOwn(value, step)) {
    const property = value[step] as Json
    if (step.endsWith('_ref')) {
      const object = typeof property === 'string' ? observed.objects.get(property) : undefined
      if (object !== undefined) out.push({ kind: 'json', value: object })
    } else if (step.endsWith('_refs') && Array.isArray(property)) {
      const objects = property.flatMap(ref => (typeof ref === 'string' ? (observed.objects.get(ref) ?? []) : []))
      if (objects.length > 0) out.push({ kind: 'json', value: objects })
    } else out.push(valueOfProperty(step, property))
  }
}

/** Properties whose names end in `_hex` and `_bin` hold bytes. */
function valueOfProperty(name: string, value: Json): Value {
  if (typeof value === 'string') {
    if (name.endsWith('_hex') && /^(?:[0-9a-fA-F]{2})*$/.test(value)) return { kind: 'bytes', value: bytesOfHex(value) }
    if (name.endsWith('_bin') && /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0)
      return { kind: 'bytes', value: atob(value) }
  }
  return { kind: 'json', value }
}
