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

const needlesMin = 4
/** ClickHouse looks for fewer than 256 at once. */
const needlesMax = 250

/** Many pieces of text are looked for at once. */
function questionsOf(tests: readonly JoinedTest[], context: Context): Question[] {
  const questions: Question[] = []
  for (const cased of [false, true]) {
    const contained = tests.filter(test => test.kind === 'contains' && (test.cased === true) === cased)
    if (contained.length < needlesMin) questions.push(...contained.map(test => questionOf(test, context)))
    else
      questions.push(
        piecesQuestion(
          contained.map(test => (test.kind === 'contains' ? test.value : '')),
          cased,
          context
        )
      )
  }
  return [...questions, ...tests.filter(test => test.kind !== 'contains').map(test => questionOf(test, context))]
}

function piecesQuestion(values: readonly string[], cased: boolean, context: Context): Question {
  const needles = [...new Set(cased ? values : values.map(asciiLower))]
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
