/**
 * Alternatives about the same field, asked together: rules list hundreds of values, and to look each of them up in the map by itself would
 * read the map as often. The field's place is said once, and what is asked there is an `OR`.
 */

import { type FieldTest, fieldNames } from './expression.ts'
import { columnSql, mappedText, mapSql, type Question, repeatedSql } from './sql-columns.ts'
import { any, type Context } from './sql-context.ts'
import { questionOf } from './sql-questions.ts'
import { asciiLower } from './tokens.ts'
import { anyField, communityIdField, fieldsBehind, isRelated } from './virtual-fields.ts'
import { parseWildcard, wildcardMatcher, wildcardRegex } from './wildcard.ts'

export type JoinedTest = Exclude<FieldTest, { kind: 'exists' | 'sameAs' }>

/** Tests with the same key may be asked together; undefined where a test stands alone. */
export function joinKey(test: FieldTest): string | undefined {
  if (test.kind === 'exists' || test.kind === 'sameAs') return undefined
  const names = fieldNames(test)
  return names.some(isSpecial) ? undefined : names.join('\0')
}

/** Fields that are not only where their name says. */
function isSpecial(name: string): boolean {
  return (
    name === anyField ||
    name === communityIdField ||
    name === 'event.id' ||
    name.startsWith('picket.') ||
    name === 'event.original' ||
    isRelated(name)
  )
}

const hintsMax = 4

/** One of the tests passes; all have the same key. */
export function joinedSql(tests: readonly JoinedTest[], context: Context): string {
  const asked = questionsOf(tests, context)
  // What an index says of each of many is soon true of every row.
  const questions = asked.length > hintsMax ? asked.map(question => ({ ...question, hint: undefined })) : asked
  // Those that an index over the map can answer are kept apart from those that it cannot.
  const hinted = questions.filter(question => question.mapHint !== undefined)
  const others = questions.filter(question => question.mapHint === undefined)
  const fields = fieldNames(tests[0]!).flatMap(fieldsBehind)
  return any(
    fields.flatMap(field => [
      ...questions.map(question => columnSql(field, question)),
      ...questions.map(question => repeatedSql(field, question, context)),
      ...hinted.map(question => mapSql(field, question, context)),
      others.length === 0 ? undefined : mapSql(field, joined(others), context)
    ])
  )
}

function joined(questions: readonly Question[]): Question {
  return {
    ofColumn: () => undefined,
    ofText: sql => any(questions.map(question => question.ofText(sql))),
    ofMapped: column => any(questions.map(question => question.ofMapped?.(column) ?? question.ofText('v'))),
    passes: text => questions.some(question => question.passes(text))
  }
}

/** From so many on they are asked as one. */
const togetherMin = 4
/** ClickHouse looks for fewer than 256 pieces at once. */
const needlesMax = 250
/** Of one regular expression. */
const patternsMax = 200
const patternLengthMax = 10_000

/** Many pieces of text, and many patterns, are looked for at once: each by itself would be a parameter, and a request has a thousand. */
function questionsOf(tests: readonly JoinedTest[], context: Context): Question[] {
  const questions: Question[] = []
  const taken = new Set<JoinedTest>()
  for (const cased of [false, true]) {
    const fold = cased ? (text: string): string => text : asciiLower
    const pieces = tests.flatMap(test => (test.kind === 'contains' && (test.cased === true) === cased ? [test] : []))
    if (pieces.length >= togetherMin) {
      for (const test of pieces) taken.add(test)
      questions.push(piecesQuestion([...new Set(pieces.map(test => fold(test.value)))], cased, context))
    }
    const patterns = tests.flatMap(test => (test.kind === 'wildcard' && (test.cased === true) === cased ? [test] : []))
    if (patterns.length >= togetherMin) {
      for (const test of patterns) taken.add(test)
      questions.push(patternsQuestion([...new Set(patterns.map(test => fold(test.pattern)))], cased, context))
    }
  }
  return [...questions, ...tests.filter(test => !taken.has(test)).map(test => questionOf(test, context))]
}

function piecesQuestion(needles: readonly string[], cased: boolean, context: Context): Question {
  const params: string[] = []
  for (let at = 0; at < needles.length; at += needlesMax)
    params.push(context.param(needles.slice(at, at + needlesMax), 'Array(String)'))
  const ofText = (sql: string): string =>
    any(params.map(param => `multiSearchAny(${cased ? sql : `lower(${sql})`}, ${param})`))
  return {
    ofColumn: () => undefined,
    ofText,
    ofMapped: column => mappedText(column, ofText),
    passes: text => needles.some(needle => (cased ? text : asciiLower(text)).includes(needle))
  }
}

function patternsQuestion(patterns: readonly string[], cased: boolean, context: Context): Question {
  const expressions: string[] = []
  let some: string[] = []
  let length = 0
  const flush = (): void => {
    if (some.length > 0) expressions.push(`^(?:${some.join('|')})$`)
    some = []
    length = 0
  }
  for (const pattern of patterns) {
    const regex = wildcardRegex(parseWildcard(pattern))
    if (some.length >= patternsMax || length + regex.length > patternLengthMax) flush()
    some.push(regex)
    length += regex.length
  }
  flush()
  const params = expressions.map(expression => context.text(expression))
  const ofText = (sql: string): string => any(params.map(param => `match(${cased ? sql : `lower(${sql})`}, ${param})`))
  const matchers = patterns.map(pattern => wildcardMatcher(pattern, cased))
  return {
    ofColumn: () => undefined,
    ofText,
    ofMapped: column => mappedText(column, ofText),
    passes: text => matchers.some(fits => fits(text))
  }
}
