/** Compiles an expression for the stream: a function that says whether an event passes. Its twin for the store is `to-sql.ts`. */

import { type ColumnType, columnOf, pivotFields, textFields } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoMs } from '../core/time.ts'
import { addressText, inNetwork, parseCidr } from './address.ts'
import {
  anyMapText,
  anyText,
  anyValue,
  columnText,
  columnTexts,
  communityIdOfEvent,
  firstValueOf,
  type Leaf,
  textsOf,
  valuesOf
} from './event-values.ts'
import {
  type Expression,
  type FieldTest,
  fieldNames,
  otherNames,
  type RangeOperator,
  type Relation
} from './expression.ts'
import { compileRegex, literalTexts, numberOfText, timeLiteral, timeOfText, timePartOf } from './literals.ts'
import { asciiLower, containsWords, phraseLengthMax, wordsRegex } from './tokens.ts'
import {
  anyField,
  communityIdField,
  fieldsBehind,
  isRelated,
  looksLikeCommunityId,
  notSearchable,
  patternFields
} from './virtual-fields.ts'
import { lowerParts, parseWildcard, wildcardMatcher } from './wildcard.ts'

export type EventPredicate = (event: EcsEvent) => boolean

/** A test that one value alone passes or not. */
type ValueTest = Exclude<FieldTest, { kind: 'sameAs' }>

/**
 * Compiles once; the predicate never throws, and keeps nothing between events.
 * Throws `regex-invalid` and `cidr-invalid` for expressions that `parseQuery` would have refused.
 */
export function toPredicate(expression: Expression): EventPredicate {
  switch (expression.kind) {
    case 'all':
      return () => true
    case 'none':
      return () => false
    case 'not': {
      const inner = toPredicate(expression.of)
      return event => !inner(event)
    }
    case 'and': {
      const parts = expression.of.map(toPredicate)
      const [a, b] = parts
      if (parts.length === 2) return event => a!(event) && b!(event)
      return event => {
        for (let i = 0; i < parts.length; i++) if (!parts[i]!(event)) return false
        return true
      }
    }
    case 'or': {
      const parts = expression.of.map(toPredicate)
      const [a, b] = parts
      if (parts.length === 2) return event => a!(event) || b!(event)
      return event => {
        for (let i = 0; i < parts.length; i++) if (parts[i]!(event)) return true
        return false
      }
    }
    case 'word':
      return wordPredicate(expression.text)
    case 'wordPattern':
      return patternPredicate(expression.pattern)
    default:
      return fieldPredicate(expression)
  }
}

function fieldPredicate(test: FieldTest): EventPredicate {
  if (test.kind === 'sameAs') return relationPredicate(test)
  const parts = fieldNames(test).flatMap(name => namedParts(test, name))
  const [a, b] = parts
  if (parts.length === 1) return a!
  if (parts.length === 2) return event => a!(event) || b!(event)
  return event => {
    for (let i = 0; i < parts.length; i++) if (parts[i]!(event)) return true
    return false
  }
}

/** The places where a field of this name has its values. */
function namedParts(test: ValueTest, name: string): EventPredicate[] {
  if (name === anyField) return [anyTextPredicate(test)]
  if (isRelated(name)) return [anywhere(leafTestOf(test, undefined))]
  const parts = fieldsBehind(name).flatMap(field => fieldParts(test, field))
  if (name === communityIdField) {
    const passes = leafTestOf(test, undefined)
    parts.push(event => {
      const id = communityIdOfEvent(event)
      return id !== undefined && passes(id)
    })
  }
  return parts
}

function anyTextPredicate(test: ValueTest): EventPredicate {
  if (test.kind === 'exists') return () => true
  if (test.kind === 'timePart') return () => false
  const passes = leafTestOf(test, undefined)
  return event => anyText(event, passes)
}

/** A value of one field beside a value of another. */
function relationPredicate(test: Extract<FieldTest, { kind: 'sameAs' }>): EventPredicate {
  const readers = (names: readonly string[]): ((event: EcsEvent) => string[])[] =>
    names.filter(name => notSearchable(name, test.kind) === undefined).flatMap(name => fieldsBehind(name).map(textsOf))
  const [own, others] = [readers(fieldNames(test)), readers(otherNames(test))]
  const fold = test.cased ? (text: string): string => text : asciiLower
  const holds = relations[test.how]
  return event => {
    const values = others.flatMap(read => read(event)).map(fold)
    if (values.length === 0) return false
    return own.some(read =>
      read(event).some(text => {
        const folded = fold(text)
        return values.some(value => holds(folded, value))
      })
    )
  }
}

export const relations: Readonly<Record<Relation, (text: string, value: string) => boolean>> = {
  equals: (text, value) => text === value,
  startsWith: (text, value) => text.startsWith(value),
  endsWith: (text, value) => text.endsWith(value),
  contains: (text, value) => text.includes(value)
}

function fieldParts(test: ValueTest, field: string): EventPredicate[] {
  const column = columnOf(field)
  if (column?.type !== 'ip' || (test.kind !== 'equals' && test.kind !== 'inList')) {
    return [anyValue(field, leafTestOf(test, column?.type))]
  }
  // The address in the column has one spelling; others are found as they are written (so that the index over the map can find them).
  const passes = leafTestOf(test, undefined)
  const first = firstValueOf(field)
  return [
    anyValue(field, passes),
    event => {
      const leaf = first(event)
      if (typeof leaf !== 'string' || !leaf.includes(':')) return false
      const address = columnText(column, leaf)
      return address !== undefined && passes(address)
    }
  ]
}

/** The test of one value, as its field's column sees it. */
function leafTestOf(test: ValueTest, type: ColumnType | undefined): (leaf: Leaf) => boolean {
  switch (test.kind) {
    case 'exists':
      return () => true
    case 'cidr': {
      const network = parseCidr(test.cidr)
      if (network === undefined) throw new PicketError('cidr-invalid', `Not a network: ${test.cidr}`)
      return leaf => typeof leaf === 'string' && inNetwork(leaf, network)
    }
    case 'range': {
      const passes = comparison(test.op, test.value)
      if (test.of === 'time') {
        return leaf => {
          const us = typeof leaf === 'string' ? timeOfText(leaf) : undefined
          return us !== undefined && passes(us)
        }
      }
      return leaf => {
        const number = typeof leaf === 'number' ? leaf : typeof leaf === 'string' ? numberOfText(leaf) : undefined
        return number !== undefined && passes(number)
      }
    }
    case 'timePart': {
      const { part } = test
      const passes = test.op === 'eq' ? (found: number) => found === test.value : comparison(test.op, test.value)
      return leaf => {
        const us = typeof leaf === 'string' ? timeOfText(leaf) : undefined
        return us !== undefined && passes(timePartOf(us, part))
      }
    }
    case 'equals':
    case 'inList': {
      const values = test.kind === 'equals' ? [test.value] : test.values
      const passes = textTest(equalTo(values, test.cased === true), type)
      const spans = type === 'time' ? values.flatMap(value => timeLiteral(value) ?? []) : []
      if (spans.length === 0) return passes
      return leaf => {
        const us = typeof leaf === 'string' ? timeOfText(leaf) : undefined
        if (us === undefined) return passes(leaf)
        return spans.some(span => us >= span.startUs && us < span.endUs) || passes(leaf)
      }
    }
    case 'wildcard':
      return textTest(wildcardMatcher(test.pattern, test.cased === true), type)
    case 'contains': {
      const needle = test.cased ? test.value : asciiLower(test.value)
      return textTest(test.cased ? text => text.includes(needle) : text => asciiLower(text).includes(needle), type)
    }
    case 'regex': {
      const regex = compileRegex(test.pattern, test.cased === true)
      if (!regex.ok) throw new PicketError('regex-invalid', `Not a regular expression: ${regex.reason}`)
      return textTest(regex.test, type)
    }
  }
}

/** A value's texts: an address is tested in its canonical form too, and a time in the form of documents only. */
function textTest(passes: (text: string) => boolean, type: ColumnType | undefined): (leaf: Leaf) => boolean {
  if (type === 'ip') {
    return leaf => {
      const text = String(leaf)
      if (passes(text)) return true
      const address = typeof leaf === 'string' ? addressText(leaf) : undefined
      return address !== undefined && address !== text && passes(address)
    }
  }
  if (type === 'time') {
    return leaf => {
      const us = typeof leaf === 'string' ? timeOfText(leaf) : undefined
      return passes(us === undefined ? String(leaf) : isoMs(us))
    }
  }
  return leaf => passes(typeof leaf === 'string' ? leaf : String(leaf))
}

function equalTo(values: readonly string[], cased: boolean): (text: string) => boolean {
  const texts = [...new Set(values.flatMap(value => literalTexts(value, cased)))]
  if (texts.length === 1) {
    const only = texts[0]!
    if (cased) return text => text === only
    return text => text === only || (text.length === only.length && asciiLower(text) === only)
  }
  const set = new Set(texts)
  return cased ? text => set.has(text) : text => set.has(text) || set.has(asciiLower(text))
}

function comparison(op: RangeOperator, bound: number): (value: number) => boolean {
  switch (op) {
    case 'gt':
      return value => value > bound
    case 'gte':
      return value => value >= bound
    case 'lt':
      return value => value < bound
    case 'lte':
      return value => value <= bound
  }
}

type Reader = (event: EcsEvent, passes: (text: string) => boolean) => boolean

/** Does a text that the field's column holds pass? */
function columnReader(field: string): Reader {
  const column = columnOf(field)!
  if (column.type === 'words') {
    const values = valuesOf(field)
    return (event, passes) => columnTexts(column, values(event)).some(passes)
  }
  const first = firstValueOf(field)
  return (event, passes) => {
    const leaf = first(event)
    if (leaf === undefined) return false
    const text = columnText(column, leaf)
    return text !== undefined && passes(text)
  }
}

const textReaders = textFields.map(columnReader)
const pivotReaders = pivotFields.map(columnReader)
const patternReaders = patternFields.map(columnReader)

function anyColumn(readers: readonly Reader[], event: EcsEvent, passes: (text: string) => boolean): boolean {
  for (let i = 0; i < readers.length; i++) if (readers[i]!(event, passes)) return true
  return false
}

/** Does a pivot field's value, or one of a field without a column, pass? */
function anywhere(passes: (leaf: Leaf) => boolean): EventPredicate {
  return event => anyColumn(pivotReaders, event, passes) || anyMapText(event, passes)
}

function wordPredicate(word: string): EventPredicate {
  const needle = asciiLower(word)
  // No word crosses the character that stands between the text fields (see `textExpression`).
  const inText = !needle.includes('\x1f') && needle.length <= phraseLengthMax
  const whole = anywhere(textTest(equalTo([word], false), undefined))
  const community = looksLikeCommunityId(word)
  const stands = (text: string): boolean => text.length >= needle.length && containsWords(asciiLower(text), needle)
  return event =>
    (inText && anyColumn(textReaders, event, stands)) ||
    whole(event) ||
    (community && asciiLower(communityIdOfEvent(event) ?? '') === needle)
}

function patternPredicate(pattern: string): EventPredicate {
  const parts = lowerParts(parseWildcard(pattern))
  const regex = compileRegex(wordsRegex(parts), true)
  const wholeValue = wildcardMatcher(pattern, false)
  // The longest piece that must be there is looked for first.
  let piece = ''
  for (const part of parts) if (typeof part !== 'string' && part.text.length > piece.length) piece = part.text
  const inText = regex.ok && !pattern.includes('\x1f') ? regex.test : undefined
  const stands = (value: string): boolean => {
    const text = asciiLower(value)
    return text.includes(piece) && inText!(text)
  }
  return event =>
    (inText !== undefined && anyColumn(textReaders, event, stands)) || anyColumn(patternReaders, event, wholeValue)
}
