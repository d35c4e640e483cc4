/**
 * The one expression tree: a yes-or-no question about an event. The search language and (later) Sigma rules compile into it;
 * `toPredicate` compiles it for the stream and `toSql` for the store, and both give the same answer.
 *
 * A field test is true if any of the field's values passes; an event without the field does not pass, and `not` of that is true.
 * Values are compared as text (a number as JavaScript prints it), without regard to ASCII case unless `cased`.
 */

import { parseWildcard, wildcardText } from './wildcard.ts'

export type Expression =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and'; readonly of: readonly Expression[] }
  | { readonly kind: 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | FieldTest
  | WordTest

/** A question about a field's values. The field `*` is any field (see `anyField`). */
export type FieldTest = FieldQuestion & {
  /** The field may go by other names: their values are tested too, and any of all that passes is enough. */
  readonly also?: readonly string[]
}

type FieldQuestion =
  /**
   * The whole value. An address also equals its other spellings (`2001:DB8:0::1`); on a time column a time literal
   * (`2024-05`, `2024-05-06T07:08`) stands for its whole span.
   */
  | { readonly kind: 'equals'; readonly field: string; readonly value: string; readonly cased?: true }
  /** The same for any of several values. */
  | { readonly kind: 'inList'; readonly field: string; readonly values: readonly string[]; readonly cased?: true }
  /** The whole value, with `*` for any text and `?` for any one character; `\*`, `\?` and `\\` for the characters themselves. */
  | { readonly kind: 'wildcard'; readonly field: string; readonly pattern: string; readonly cased?: true }
  | { readonly kind: 'contains'; readonly field: string; readonly value: string; readonly cased?: true }
  /** RE2 syntax, found anywhere in the value; `.` matches line breaks too. */
  | { readonly kind: 'regex'; readonly field: string; readonly pattern: string; readonly cased?: true }
  /** `of: 'number'`: values that are or spell numbers. `of: 'time'`: values that spell a time; `value` in microseconds since 1970. */
  | {
      readonly kind: 'range'
      readonly field: string
      readonly op: RangeOperator
      readonly value: number
      readonly of: 'number' | 'time'
    }
  | { readonly kind: 'exists'; readonly field: string }
  /** The value is an address of the network, `10.0.0.0/8` or `2001:db8::/32` (bits beyond the prefix do not count). */
  | { readonly kind: 'cidr'; readonly field: string; readonly cidr: string }
  /** The value stands so to a value of another field of the event (which may go by other names, too). */
  | {
      readonly kind: 'sameAs'
      readonly field: string
      readonly how: Relation
      readonly other: string
      readonly alsoOther?: readonly string[]
      readonly cased?: true
    }
  /** The value spells a time, and this part of it, in UTC, compares so. A week is that of ISO 8601. */
  | {
      readonly kind: 'timePart'
      readonly field: string
      readonly part: TimePart
      readonly op: RangeOperator | 'eq'
      readonly value: number
    }

/** `startsWith`: the field's value begins with that of the other. */
export type Relation = 'equals' | 'startsWith' | 'endsWith' | 'contains'

export const timeParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const
export type TimePart = (typeof timeParts)[number]

export type RangeOperator = 'gt' | 'gte' | 'lt' | 'lte'

export type WordTest =
  /**
   * A bare word or a quoted phrase: it stands in one of `textFields`, beginning and ending where a token does; or it is the whole value of a pivot
   * field or of any field without a column. Never regards ASCII case.
   */
  | { readonly kind: 'word'; readonly text: string }
  /**
   * A bare word with wildcards: it fits in a text field, beginning and ending where a token does (there `*` and `?` stand for letters and digits);
   * or it fits the whole value of an address or a domain (there they stand for anything).
   */
  | { readonly kind: 'wordPattern'; readonly pattern: string }

export const all: Expression = { kind: 'all' }
export const none: Expression = { kind: 'none' }

/** `and` of any number of expressions: nested ones are flattened, none at all is `all`. */
export function and(expressions: readonly Expression[]): Expression {
  const of: Expression[] = []
  for (const item of expressions) {
    if (item.kind === 'none') return none
    if (item.kind === 'and') of.push(...item.of)
    else if (item.kind !== 'all') of.push(item)
  }
  return of.length === 0 ? all : of.length === 1 ? of[0]! : { kind: 'and', of }
}

/** `or` of any number of expressions: nested ones are flattened, none at all is `none`. */
export function or(expressions: readonly Expression[]): Expression {
  const of: Expression[] = []
  for (const item of expressions) {
    if (item.kind === 'all') return all
    if (item.kind === 'or') of.push(...item.of)
    else if (item.kind !== 'none') of.push(item)
  }
  return of.length === 0 ? none : of.length === 1 ? of[0]! : { kind: 'or', of }
}

export function not(of: Expression): Expression {
  return of.kind === 'not' ? of.of : of.kind === 'all' ? none : of.kind === 'none' ? all : { kind: 'not', of }
}

export function equals(field: string, value: string, cased = false): Expression {
  return cased ? { kind: 'equals', field, value, cased } : { kind: 'equals', field, value }
}

export function inList(field: string, values: readonly string[], cased = false): Expression {
  if (values.length === 0) return none
  if (values.length === 1) return equals(field, values[0]!, cased)
  return cased ? { kind: 'inList', field, values, cased } : { kind: 'inList', field, values }
}

/** A pattern without wildcards becomes `equals`, one of `*` only `exists`. */
export function wildcard(field: string, pattern: string, cased = false): Expression {
  const parts = parseWildcard(pattern)
  if (parts.length === 0) return equals(field, '', cased)
  if (parts.length === 1) {
    const only = parts[0]!
    if (only === '*') return { kind: 'exists', field }
    if (only !== '?') return equals(field, only.text, cased)
  }
  const canonical = wildcardText(parts)
  return cased
    ? { kind: 'wildcard', field, pattern: canonical, cased }
    : { kind: 'wildcard', field, pattern: canonical }
}

/** Every value contains the empty text: then it is `exists`. */
export function contains(field: string, value: string, cased = false): Expression {
  if (value === '') return exists(field)
  return cased ? { kind: 'contains', field, value, cased } : { kind: 'contains', field, value }
}

/** See `compileRegex` for what is accepted. */
export function regex(field: string, pattern: string, cased = false): Expression {
  return cased ? { kind: 'regex', field, pattern, cased } : { kind: 'regex', field, pattern }
}

export function range(field: string, op: RangeOperator, value: number, of: 'number' | 'time' = 'number'): Expression {
  return { kind: 'range', field, op, value, of }
}

export function exists(field: string): Expression {
  return { kind: 'exists', field }
}

export function cidr(field: string, network: string): Expression {
  return { kind: 'cidr', field, cidr: network }
}

export function sameAs(field: string, how: Relation, others: readonly string[], cased = false): Expression {
  const [other = '', ...alsoOther] = others
  const test = { kind: 'sameAs', field, how, other } as const
  return { ...test, ...(alsoOther.length === 0 ? {} : { alsoOther }), ...(cased ? { cased } : {}) }
}

export function timePart(field: string, part: TimePart, op: RangeOperator | 'eq', value: number): Expression {
  return { kind: 'timePart', field, part, op, value }
}

/** The names under which a test looks for the value that its field's is compared with. */
export function otherNames(test: Extract<FieldTest, { kind: 'sameAs' }>): readonly string[] {
  return test.alsoOther === undefined ? [test.other] : [test.other, ...test.alsoOther]
}

/** The names under which a test looks for its field's values. */
export function fieldNames(test: FieldTest): readonly string[] {
  return test.also === undefined ? [test.field] : [test.field, ...test.also]
}

/** A bare word or a phrase; the empty one is in every event. */
export function word(text: string): Expression {
  return text === '' ? all : { kind: 'word', text }
}

export function wordPattern(pattern: string): Expression {
  const parts = parseWildcard(pattern)
  if (parts.length === 0) return all
  if (parts.length === 1) {
    const only = parts[0]!
    if (only === '*') return all
    if (only !== '?') return word(only.text)
  }
  return { kind: 'wordPattern', pattern: wildcardText(parts) }
}

/** Every test in the tree, from left to right. */
export function testsOf(expression: Expression): (FieldTest | WordTest)[] {
  const found: (FieldTest | WordTest)[] = []
  const visit = (node: Expression): void => {
    if (node.kind === 'and' || node.kind === 'or') for (const item of node.of) visit(item)
    else if (node.kind === 'not') visit(node.of)
    else if (node.kind !== 'all' && node.kind !== 'none') found.push(node)
  }
  visit(expression)
  return found
}

/** The fields that the expression looks at, under all their names, each once, in order. */
export function fieldsOf(expression: Expression): string[] {
  const fields = new Set<string>()
  for (const test of testsOf(expression)) {
    if (!('field' in test)) continue
    for (const name of fieldNames(test)) fields.add(name)
    if (test.kind === 'sameAs') for (const name of otherNames(test)) fields.add(name)
  }
  return [...fields]
}
