/**
 * Expressions of many rules, evaluated on one event at a time: the same test in several rules is made once an event, on values that
 * were read and lower-cased once. The answers are those of `toPredicate`, which the rarer tests are left to.
 */

import { columnOf } from '../core/columns.ts'
import type { EcsEvent } from '../core/parser.ts'
import { type Expression, type FieldTest, fieldNames, type WordTest } from '../filter/expression.ts'
import { compileRegex, literalTexts } from '../filter/literals.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { asciiLower } from '../filter/tokens.ts'
import { anyField, communityIdField, fieldsBehind, isRelated } from '../filter/virtual-fields.ts'
import { wildcardMatcher } from '../filter/wildcard.ts'
import type { EventFields } from './event-fields.ts'

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
        const parts = expression.of.map(part => this.compile(part))
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
    if (names === undefined || (test.kind !== 'exists' && asksOtherThanText(test))) return undefined
    if (test.kind === 'exists' && isAnyField(test)) return () => true
    const numbers = isAnyField(test) ? [] : names.map(name => this.fields.add(name))
    if (test.kind === 'exists') return () => numbers.some(number => this.fields.leaves(number).length > 0)
    if (!isOfText(names)) return undefined
    const { fields } = this
    if (isAnyField(test)) {
      return textTest(
        test,
        passes => () => fields.anyTexts().some(passes),
        passes => () => fields.anyLowers().some(passes)
      )
    }
    const ofTexts =
      (passes: (text: string) => boolean): SharedTest =>
      () => {
        for (let i = 0; i < numbers.length; i++) {
          const leaves = fields.leaves(numbers[i]!)
          for (let j = 0; j < leaves.length; j++) {
            const leaf = leaves[j]!
            if (passes(typeof leaf === 'string' ? leaf : String(leaf))) return true
          }
        }
        return false
      }
    const ofLowers =
      (passes: (lower: string) => boolean): SharedTest =>
      () => {
        for (let i = 0; i < numbers.length; i++) {
          if (fields.leaves(numbers[i]!).length === 0) continue
          const lowers = fields.lowers(numbers[i]!)
          for (let j = 0; j < lowers.length; j++) if (passes(lowers[j]!)) return true
        }
        return false
      }
    return textTest(test, ofTexts, ofLowers)
  }
}

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
      return ofTexts(text => {
        if (passes === undefined) {
          const compiled = compileRegex(test.pattern, cased)
          passes = compiled.ok ? compiled.test : () => false
        }
        return passes(text)
      })
    }
  }
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
