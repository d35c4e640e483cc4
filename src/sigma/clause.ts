/**
 * A detection as a tree of clauses: what the rule says, in its own words, beside the expression that asks it. The matcher and the store
 * take the expression of the whole; people are shown the tree, with what each clause found (`explain-rule.ts`).
 */

import { PicketError } from '../core/errors.ts'
import { parseCidr } from '../filter/address.ts'
import {
  and,
  cidr,
  contains,
  type Expression,
  equals,
  exists,
  inList,
  none,
  not,
  or,
  range,
  regex,
  sameAs,
  timePart,
  wildcard
} from '../filter/expression.ts'
import { compileRegex } from '../filter/literals.ts'
import { wildcardRegex, wildcardText } from '../filter/wildcard.ts'
import type { Condition } from './condition.ts'
import { textOfBytes } from './encodings.ts'
import type { FieldNames } from './logsource.ts'
import { modify, type Placeholders, type Value, yamlValue } from './modifiers.ts'
import { type Path, Problem } from './problem.ts'
import { containing, type Parts, plainText } from './sigma-string.ts'

export type Clause =
  | { readonly kind: 'and' | 'or'; readonly text: string; readonly of: readonly Clause[] }
  | { readonly kind: 'not'; readonly text: string; readonly of: Clause }
  /** `field` as the rule writes it, '' for keywords. */
  | { readonly kind: 'test'; readonly text: string; readonly field: string; readonly expression: Expression }

export type Lowering = {
  readonly names: FieldNames
  readonly placeholders: Placeholders
  /** What events call a value of the rule, where they have another word for it. */
  readonly valueIn?: (field: string, value: string) => string | undefined
}

const itemsMax = 20_000

/** What all clauses together ask. */
export function expressionOf(clause: Clause): Expression {
  switch (clause.kind) {
    case 'and':
      return and(clause.of.map(expressionOf))
    case 'or':
      return anyOf(clause.of.map(expressionOf))
    case 'not':
      return not(expressionOf(clause.of))
    case 'test':
      return clause.expression
  }
}

/** A search identifier: a map (all of it), a list of maps (one of them), a list of keywords (one of them). Throws `Problem`. */
export function searchClause(name: string, given: unknown, lowering: Lowering): Clause {
  if (!Array.isArray(given))
    return isMap(given) ? mapClause(name, given, [], lowering) : keywords(name, [given], lowering)
  if (given.length === 0) throw new Problem(`${name} is empty.`)
  if (given.length > itemsMax) throw new Problem(`${name} has more than ${itemsMax} items.`)
  const words = given.filter(item => !isMap(item))
  if (words.length === given.length) return keywords(name, words, lowering)
  const of = given.map((item: unknown, at) =>
    isMap(item)
      ? mapClause(`${name}[${at}]`, item, [at], lowering)
      : itemClause(`${name}[${at}]`, '', [], [item], false, lowering)
  )
  return of.length === 1 ? { ...of[0]!, text: name } : { kind: 'or', text: name, of }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keywords(name: string, words: readonly unknown[], lowering: Lowering): Clause {
  return { kind: 'and', text: name, of: [itemClause('keywords', '', [], words, true, lowering)] }
}

function mapClause(name: string, map: Record<string, unknown>, path: Path, lowering: Lowering): Clause {
  const entries = Object.entries(map)
  if (entries.length === 0) throw new Problem(`${name} is empty.`, path)
  const of = entries.map(([key, given]) => {
    const [field, ...modifiers] = key.split('|') as [string, ...string[]]
    const isList = Array.isArray(given)
    if (isList && given.length === 0) throw new Problem(`${key} has an empty list.`, [...path, key])
    if (isMap(given))
      throw new Problem(`${key} has keys within: a field takes a value or a list of values.`, [...path, key])
    try {
      return itemClause(
        key,
        field.trim(),
        modifiers.map(word => word.trim().toLowerCase()),
        isList ? given : [given],
        isList,
        lowering
      )
    } catch (error) {
      if (error instanceof Problem) throw new Problem(error.message, [...path, key, ...error.path], error.suggestion)
      throw error
    }
  })
  return { kind: 'and', text: name, of }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A field with its modifiers and its values. */
function itemClause(
  key: string,
  field: string,
  modifiers: readonly string[],
  given: readonly unknown[],
  isList: boolean,
  lowering: Lowering
): Clause {
  if (given.length > itemsMax) throw new Problem(`${key} has more than ${itemsMax} values.`)
  const values = given.map((one, at) => {
    try {
      const other =
        typeof one === 'string' || typeof one === 'number' ? lowering.valueIn?.(field, String(one)) : undefined
      return yamlValue(other ?? one)
    } catch (error) {
      throw error instanceof Problem && isList ? new Problem(error.message, [at]) : error
    }
  })
  const modified = modify(values, modifiers, lowering.placeholders)
  const of = modified.values.map((alternatives, at): Clause => {
    const tests = alternatives.map(value => test(field, value, modified.bound, lowering))
    return { kind: 'test', text: `${key}: ${shown(given[at])}`, field, expression: anyOf(tests) }
  })
  const text = of.length === 1 ? of[0]!.text : `${key}: ${modified.all ? 'all' : 'one'} of ${of.length} values`
  const clause: Clause = of.length === 1 ? of[0]! : { kind: modified.all ? 'and' : 'or', text, of }
  return modified.negated ? { kind: 'not', text: `not ${text}`, of: clause } : clause
}

/** The question about one value. */
function test(field: string, value: Value, bound: boolean, { names }: Lowering): Expression {
  const [name, ...also] = names(field)
  const named = (expression: Expression): Expression =>
    also.length === 0 || !('field' in expression) ? expression : { ...expression, also }
  switch (value.kind) {
    case 'text':
      return named(textTest(name, field === '' && !bound ? containing(value.parts) : value.parts, value.cased))
    case 'number':
    case 'truth':
      return named(field === '' ? contains(name, String(value.value)) : equals(name, String(value.value)))
    case 'null':
      return not(named(exists(name)))
    case 'exists':
      return value.value ? named(exists(name)) : not(named(exists(name)))
    case 'regex':
      return named(regexTest(name, value.pattern, value.flags))
    case 'cidr': {
      const network = value.network.includes('/')
        ? value.network
        : `${value.network}/${value.network.includes(':') ? 128 : 32}`
      if (parseCidr(network) === undefined)
        throw new Problem(`${JSON.stringify(value.network)} is no network.`, [], '10.0.0.0/8')
      return named(cidr(name, network))
    }
    case 'compare':
      return named(range(name, value.op, value.value))
    case 'timePart':
      if (field === '') throw new Problem(`The modifier ${value.part} needs a field.`)
      return named(timePart(name, value.part, value.op, value.value))
    case 'field':
      if (field === '') throw new Problem('The modifier fieldref needs a field.')
      return named(sameAs(name, value.how, names(value.name), value.cased))
    case 'bytes':
      return named(equals(name, textOfBytes(value.bytes)))
  }
}

/** The filter folds the case of ASCII letters; Sigma's values have no case in any alphabet. */
function hasOtherLetters(parts: Parts): boolean {
  return parts.some(part => {
    if (typeof part === 'string') return false
    const other = part.text.replace(/[\x00-\x7f]+/g, '')
    return other !== '' && other.toLowerCase() !== other.toUpperCase()
  })
}

function textTest(name: string, parts: Parts, cased: boolean): Expression {
  if (!cased && hasOtherLetters(parts)) {
    return regex(name, `^${wildcardRegex(parts)}$`.replace(/^\^\.\*/, '').replace(/\.\*\$$/, ''))
  }
  const plain = plainText(parts)
  if (plain !== undefined) return equals(name, plain, cased)
  const [first, second, third] = parts
  if (parts.length === 3 && first === '*' && typeof second === 'object' && third === '*')
    return contains(name, second.text, cased)
  return wildcard(name, wildcardText(parts), cased)
}

/** In Sigma `.` matches no line break unless `s` is given; in the filter it does unless told otherwise. */
function regexTest(name: string, pattern: string, flags: string): Expression {
  const inline = `${flags.includes('m') ? 'm' : ''}${flags.includes('s') ? '' : '-s'}`
  const whole = inline === '' ? pattern : `(?${inline})${pattern}`
  const cased = !flags.includes('i')
  const compiled = compileRegex(whole, cased)
  if (!compiled.ok)
    throw new Problem(
      `${JSON.stringify(pattern)} is no regular expression that runs in linear time: ${compiled.reason}.`
    )
  return regex(name, whole, cased)
}

/** `or`, with equal questions about equal fields as one list. */
export function anyOf(expressions: readonly Expression[]): Expression {
  if (expressions.length < 2) return or(expressions)
  const lists = new Map<
    string,
    { readonly first: Extract<Expression, { kind: 'equals' }>; readonly values: string[] }
  >()
  const others: Expression[] = []
  for (const one of expressions) {
    if (one.kind !== 'equals') {
      others.push(one)
      continue
    }
    const key = JSON.stringify([one.field, one.also, one.cased])
    const list = lists.get(key)
    if (list === undefined) lists.set(key, { first: one, values: [one.value] })
    else list.values.push(one.value)
  }
  const joined = [...lists.values()].map(({ first, values }) => {
    if (values.length === 1) return first
    const list = inList(first.field, values, first.cased === true)
    return first.also === undefined ? list : ({ ...list, also: first.also } as Expression)
  })
  return or([...joined, ...others])
}

/** The condition over the detection's clauses, by their names. */
export function conditionClause(condition: Condition, clauses: ReadonlyMap<string, Clause>, text: string): Clause {
  switch (condition.kind) {
    case 'name':
      return clauses.get(condition.name)!
    case 'not': {
      const of = conditionClause(condition.of, clauses, '')
      return { kind: 'not', text: `not ${of.text}`, of }
    }
    case 'and':
    case 'or': {
      const of = condition.of.map(item => conditionClause(item, clauses, ''))
      return { kind: condition.kind, text: text || of.map(item => item.text).join(` ${condition.kind} `), of }
    }
    case 'quantity': {
      const of = condition.names.map(name => clauses.get(name)!)
      const { count } = condition
      const title = `${count} of ${condition.of}`
      if (of.length === 0) return { kind: 'test', text: title, field: '', expression: none }
      if (count === 'all' || count >= of.length) {
        if (count !== 'all' && count > of.length) return { kind: 'test', text: title, field: '', expression: none }
        return { kind: 'and', text: title, of }
      }
      if (count <= 1) return { kind: 'or', text: title, of }
      return {
        kind: 'or',
        text: title,
        of: choices(of, count).map(some => ({ kind: 'and', text: some.map(one => one.text).join(' and '), of: some }))
      }
    }
  }
}

const choicesMax = 2000

/** All ways to take `count` of the clauses. */
function choices(of: readonly Clause[], count: number): readonly (readonly Clause[])[] {
  let found: Clause[][] = [[]]
  for (const [at, clause] of of.entries()) {
    const left = of.length - at - 1
    found = found.flatMap(some => [
      ...(some.length + left >= count ? [some] : []),
      ...(some.length < count ? [[...some, clause]] : [])
    ])
    if (found.length > choicesMax)
      throw new PicketError('sigma-too-large', `The condition has more than ${choicesMax} ways to be met.`)
  }
  return found.filter(some => some.length === count)
}
