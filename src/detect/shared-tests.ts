/**
 * Expressions of many rules, evaluated on one event at a time: the same test in several rules is made once an event, on values that
 * were read and lower-cased once. The answers are those of `toPredicate`, which the rarer tests are left to.
 */

import { columnOf } from '../core/columns.ts'
import type { EcsEvent } from '../core/parser.ts'
import {
  type Expression,
  type FieldTest,
  fieldNames,
  otherNames,
  testsOf,
  type WordTest
} from '../filter/expression.ts'
import { compileRegex, literalTexts } from '../filter/literals.ts'
import { relations, toPredicate } from '../filter/to-predicate.ts'
import { asciiLower } from '../filter/tokens.ts'
import { anyField, communityIdField, fieldsBehind, isRelated, notSearchable } from '../filter/virtual-fields.ts'
import { parseWildcard, wildcardMatcher } from '../filter/wildcard.ts'
import type { EventFields } from './event-fields.ts'
import { type At, LiteralIndex } from './literal-index.ts'
import { piecesOfRegex } from './regex-pieces.ts'

/** The fields whose values a test looks at; undefined where what it looks at is not in fields alone. */
export function fieldsOfTest(test: FieldTest): readonly string[] | undefined {
  if (isAnyField(test)) return [anyField]
  const fields = fieldNames(test).flatMap(fieldsBehind)
  return fields.some(field => isRelated(field) || field === communityIdField || field === anyField)
    ? undefined
    : [...new Set(fields)]
}

/** Is it a test on any field, and on nothing else? */
export function isAnyField(test: FieldTest): boolean {
  return test.field === anyField && test.also === undefined
}

/** Columns of addresses and times give a value several texts: a test on them is not one of the text alone. */
export function isOfText(fields: readonly string[]): boolean {
  return fields.every(field => {
    const type = columnOf(field)?.type
    return type !== 'ip' && type !== 'time'
  })
}

/** Tests that are not about a value's text. */
export function asksOtherThanText(test: FieldTest): test is Extract<FieldTest, { kind: OtherKind }> {
  return otherKinds.has(test.kind)
}
type OtherKind = 'exists' | 'range' | 'cidr' | 'sameAs' | 'timePart'
const otherKinds: ReadonlySet<string> = new Set<OtherKind>(['exists', 'range', 'cidr', 'sameAs', 'timePart'])

export type SharedTest = () => boolean

/** Larger than any number of events between two clearings of the memory. */
const stampMax = 2 ** 31 - 4

export class SharedTests {
  readonly fields: EventFields
  readonly #tests = new Map<string, SharedTest>()
  #event: EcsEvent = {}
  /** `stamp` where the test was false for this event, `stamp + 1` where it was true. */
  #memory = new Int32Array(256)
  #stamp = 0
  #count = 0

  constructor(fields: EventFields) {
    this.fields = fields
  }

  /** What follows is asked about this event. */
  begin(event: EcsEvent): void {
    this.#event = event
    this.#stamp += 2
    if (this.#stamp >= stampMax) {
      this.#memory.fill(0)
      this.#stamp = 2
    }
    this.fields.read(event)
  }

  /** Makes known which fields the expression looks at, so that it can be compiled while an event is at hand. */
  prepare(expression: Expression): void {
    for (const test of testsOf(expression)) {
      if (!('field' in test) || isAnyField(test)) continue
      for (const name of fieldsOfTest(test) ?? []) this.fields.add(name)
      if (test.kind === 'sameAs') for (const name of otherNames(test)) this.fields.add(name)
    }
  }

  compile(expression: Expression): SharedTest {
    switch (expression.kind) {
      case 'all':
        return () => true
      case 'none':
        return () => false
      case 'not': {
        const inner = this.compile(expression.of)
        return () => !inner()
      }
      case 'and': {
        const parts = expression.of.toSorted(cheapestFirst).map(part => this.compile(part))
        return () => {
          for (let i = 0; i < parts.length; i++) if (!parts[i]!()) return false
          return true
        }
      }
      case 'or': {
        const { bundles, others } = bundled(expression.of)
        const parts = [...bundles.map(bundle => this.#bundle(bundle)), ...others.map(part => this.compile(part))]
        if (parts.length === 1) return parts[0]!
        return () => {
          for (let i = 0; i < parts.length; i++) if (parts[i]!()) return true
          return false
        }
      }
      default:
        return this.#shared(expression)
    }
  }

  /** A regular expression that is none, or a network, is never true here; who made the rule has told the person. */
  #shared(test: FieldTest | WordTest): SharedTest {
    const key = JSON.stringify(test)
    let shared = this.#tests.get(key)
    if (shared === undefined) {
      shared = this.#remembered(this.#fast(test) ?? this.#slow(test))
      this.#tests.set(key, shared)
    }
    return shared
  }

  /** Many texts looked for in the same fields, at once. */
  #bundle(bundle: Bundle): SharedTest {
    const key = JSON.stringify(bundle.tests)
    let shared = this.#tests.get(key)
    if (shared === undefined) {
      const { fields } = this
      const together = bundle.isAny ? -1 : fields.together(bundle.names)
      const equal = new Set(bundle.equal.flatMap(value => literalTexts(value)))
      let pieces: LiteralIndex | undefined
      shared = this.#remembered(() => {
        const lowers = together < 0 ? fields.anyLowers() : fields.lowersOf(together)
        if (lowers.length === 0) return false
        if (pieces === undefined) {
          pieces = new LiteralIndex()
          for (const { text, at } of bundle.pieces) pieces.add(asciiLower(text), at)
          pieces.build()
        }
        for (let i = 0; i < lowers.length; i++) if (equal.has(lowers[i]!) || pieces.search(lowers[i]!, yes)) return true
        return false
      })
      this.#tests.set(key, shared)
    }
    return shared
  }

  #remembered(ask: SharedTest): SharedTest {
    const number = this.#count++
    if (number >= this.#memory.length) {
      const larger = new Int32Array(this.#memory.length * 2)
      larger.set(this.#memory)
      this.#memory = larger
    }
    return () => {
      const known = this.#memory[number]! - this.#stamp
      if (known >= 0) return known === 1
      const passes = ask()
      this.#memory[number] = this.#stamp + (passes ? 1 : 0)
      return passes
    }
  }

  #slow(test: FieldTest | WordTest): SharedTest {
    let predicate: ((event: EcsEvent) => boolean) | undefined
    return () => {
      if (predicate === undefined) {
        try {
          predicate = toPredicate(test)
        } catch {
          predicate = () => false
        }
      }
      return predicate(this.#event)
    }
  }

  #fast(test: FieldTest | WordTest): SharedTest | undefined {
    if (test.kind === 'word' || test.kind === 'wordPattern') return undefined
    const names = fieldsOfTest(test)
    if (names === undefined) return undefined
    if (test.kind === 'sameAs') return this.#relation(test, names)
    if (test.kind !== 'exists' && asksOtherThanText(test)) return undefined
    if (test.kind === 'exists' && isAnyField(test)) return () => true
    const { fields } = this
    if (test.kind === 'exists') {
      const numbers = names.map(name => fields.add(name))
      return () => numbers.some(number => fields.leaves(number).count > 0)
    }
    if (!isOfText(names)) return undefined
    const together = isAnyField(test) ? -1 : fields.together(names)
    const ofTexts: OfTexts = passes => () => {
      const texts = together < 0 ? fields.anyTexts() : fields.textsOf(together)
      for (let i = 0; i < texts.length; i++) if (passes(texts[i]!)) return true
      return false
    }
    const ofLowers: OfTexts = passes => () => {
      const lowers = together < 0 ? fields.anyLowers() : fields.lowersOf(together)
      for (let i = 0; i < lowers.length; i++) if (passes(lowers[i]!)) return true
      return false
    }
    return textTest(test, ofTexts, ofLowers)
  }

  #relation(test: Extract<FieldTest, { kind: 'sameAs' }>, names: readonly string[]): SharedTest | undefined {
    const others = otherNames(test)
    const isPlain = (name: string): boolean =>
      notSearchable(name, test.kind) === undefined && fieldsBehind(name).length === 1 && name !== communityIdField
    if (!isOfText(names) || !isOfText(others) || ![...fieldNames(test), ...others].every(isPlain)) return undefined
    const { fields } = this
    const [own, other] = [fields.together(names), fields.together(others)]
    const read = (number: number): readonly string[] => (test.cased ? fields.textsOf(number) : fields.lowersOf(number))
    const holds = relations[test.how]
    return () => {
      const values = read(other)
      return values.length > 0 && read(own).some(text => values.some(value => holds(text, value)))
    }
  }
}

const yes = (): boolean => true

type TextTest = Exclude<FieldTest, { kind: OtherKind }>
/** Makes a test of texts: is there one that passes? */
type OfTexts = (passes: (text: string) => boolean) => SharedTest

function textTest(test: TextTest, ofTexts: OfTexts, ofLowers: OfTexts): SharedTest {
  const cased = test.cased === true
  switch (test.kind) {
    case 'equals':
    case 'inList': {
      const values = test.kind === 'equals' ? [test.value] : test.values
      const texts = new Set(values.flatMap(value => literalTexts(value, cased)))
      const [only] = texts
      const passes = texts.size === 1 ? (text: string) => text === only : (text: string) => texts.has(text)
      return cased ? ofTexts(passes) : ofLowers(passes)
    }
    case 'wildcard':
      return cased
        ? ofTexts(wildcardMatcher(test.pattern, true))
        : ofLowers(wildcardMatcher(asciiLower(test.pattern), true))
    case 'contains': {
      const needle = cased ? test.value : asciiLower(test.value)
      const passes = (text: string): boolean => text.includes(needle)
      return cased ? ofTexts(passes) : ofLowers(passes)
    }
    case 'regex': {
      // Compiled when somebody first asks: of hundreds most never are.
      let passes: ((text: string) => boolean) | undefined
      const { lengthMin } = piecesOfRegex(test.pattern, cased)
      return ofTexts(text => {
        if (text.length < lengthMin) return false
        if (passes === undefined) {
          const compiled = compileRegex(test.pattern, cased)
          passes = compiled.ok ? compiled.test : () => false
        }
        return passes(text)
      })
    }
  }
}

/** Tests of an `or` for texts in the same fields, which are made as one. */
type Bundle = {
  readonly names: readonly string[]
  readonly isAny: boolean
  readonly tests: readonly FieldTest[]
  readonly equal: readonly string[]
  readonly pieces: readonly { readonly text: string; readonly at: At }[]
}

/** Fewer are quicker asked one by one. */
const bundleMin = 4

function bundled(parts: readonly Expression[]): { bundles: Bundle[]; others: Expression[] } {
  if (parts.length < bundleMin) return { bundles: [], others: [...parts] }
  const others: Expression[] = []
  const byFields = new Map<string, { names: readonly string[]; tests: { test: FieldTest; text: Literal }[] }>()
  for (const part of parts) {
    const text = literalOf(part)
    const test = part as FieldTest
    const names = text === undefined ? undefined : fieldsOfTest(test)
    if (text === undefined || names === undefined || !isOfText(names)) {
      others.push(part)
      continue
    }
    const key = names.join('\0')
    const group = byFields.get(key) ?? { names, tests: [] }
    byFields.set(key, group)
    group.tests.push({ test, text })
  }
  const bundles: Bundle[] = []
  for (const { names, tests } of byFields.values()) {
    if (tests.length < bundleMin) others.push(...tests.map(({ test }) => test))
    else
      bundles.push({
        names,
        isAny: isAnyField(tests[0]!.test),
        tests: tests.map(({ test }) => test),
        equal: tests.flatMap(({ text }) => (text.at === 'whole' ? text.texts : [])),
        pieces: tests.flatMap(({ text: { at, texts } }) => (at === 'whole' ? [] : texts.map(text => ({ text, at }))))
      })
  }
  return { bundles, others }
}

type Literal = { readonly texts: readonly string[]; readonly at: At | 'whole' }

/** The text that a test looks for, and where in the value, if that is all that it does. */
function literalOf(part: Expression): Literal | undefined {
  if (!('field' in part) || ('cased' in part && part.cased === true)) return undefined
  if (part.kind === 'contains') return { texts: [part.value], at: 'any' }
  if (part.kind === 'equals') return { texts: [part.value], at: 'whole' }
  if (part.kind === 'inList') return { texts: part.values, at: 'whole' }
  if (part.kind !== 'wildcard') return undefined
  const [a, b, c, ...more] = parseWildcard(part.pattern)
  if (more.length > 0 || a === '?' || b === '?' || c === '?') return undefined
  if (a === '*' && typeof b === 'object') {
    if (c === undefined) return { texts: [b.text], at: 'end' }
    return c === '*' ? { texts: [b.text], at: 'any' } : undefined
  }
  return typeof a === 'object' && b === '*' && c === undefined ? { texts: [a.text], at: 'start' } : undefined
}

/** What is cheap to ask comes first: all parts of an `and` are asked of the same event, and none changes anything. */
function cheapestFirst(a: Expression, b: Expression): number {
  return costOf(a) - costOf(b)
}

function costOf(expression: Expression): number {
  switch (expression.kind) {
    case 'all':
    case 'none':
      return 0
    case 'not':
      return costOf(expression.of) + 1
    case 'and':
    case 'or':
      return expression.of.reduce((sum, part) => sum + costOf(part), 0)
    case 'regex':
      return 100
    case 'word':
    case 'wordPattern':
      return 500
    case 'cidr':
    case 'range':
    case 'timePart':
      return 10
    case 'sameAs':
      return 50
    default:
      return 2
  }
}
