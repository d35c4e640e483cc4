/**
 * Compiles an expression for the store: a boolean ClickHouse expression over the table that `core/columns.ts` describes. Its twin for
 * the stream is `to-predicate.ts`, and the two agree. Values never stand in the SQL: they are parameters.
 *
 * A test on a field with a column is `column test OR map test`: the map holds what the column cannot (its type's default, further values
 * of a list, a text where a number belongs). Where a text index can answer a part of the question, that part is said first, in
 * the words of the index (`sql-expressions.ts`).
 */

import { pivotFields } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { type Expression, type FieldTest, fieldNames } from './expression.ts'
import { compileRegex } from './literals.ts'
import { columnSql, existsSql, mapSql, mapValuesSql, type Question, repeatedSql, wholeValueSql } from './sql-columns.ts'
import { any, Context, every, instant, operators, type SqlOptions, type SqlParam } from './sql-context.ts'
import { communityIdExpression, textExpression } from './sql-expressions.ts'
import { type JoinedTest, joinedSql, joinKey } from './sql-joined.ts'
import { addressPrefixSql, longestPiece, questionOf } from './sql-questions.ts'
import { anyTextSql, relationSql } from './sql-texts.ts'
import { asciiLower, isTokenCode, phraseLengthMax, tokensOf, wordsRegex } from './tokens.ts'
import {
  anyField,
  communityIdField,
  fieldsBehind,
  isRelated,
  looksLikeCommunityId,
  notSearchable,
  patternFields
} from './virtual-fields.ts'
import { escapeLike, lowerParts, parseWildcard, wildcardLike, wildcardMatcher } from './wildcard.ts'

/** A boolean expression (0 or 1, never NULL), in parentheses where it needs them, and its parameters. */
export type SqlFilter = { readonly sql: string; readonly params: Readonly<Record<string, SqlParam>> }

/** Throws `field-not-searchable`, `regex-invalid`, `cidr-invalid` for expressions that `parseQuery` would have refused. */
export function toSql(expression: Expression, options: SqlOptions = {}): SqlFilter {
  const context = new Context(options)
  return { sql: compile(expression, context), params: context.params }
}

function compile(expression: Expression, context: Context): string {
  switch (expression.kind) {
    case 'all':
      return '1'
    case 'none':
      return '0'
    case 'and':
      return every(expression.of.map(item => compile(item, context)))
    case 'or':
      return orSql(expression.of, context)
    case 'not': {
      const inner = compile(expression.of, context)
      return inner === '0' ? '1' : inner === '1' ? '0' : `NOT ${inner.startsWith('(') ? inner : `(${inner})`}`
    }
    case 'word':
      return wordSql(expression.text, context)
    case 'wordPattern':
      return patternSql(expression.pattern, context)
    default:
      return fieldSql(expression, context)
  }
}

function orSql(of: readonly Expression[], context: Context): string {
  const joined = new Map<string, JoinedTest[]>()
  const parts: (() => string)[] = []
  for (const item of of) {
    const key = 'field' in item ? joinKey(item) : undefined
    if (key === undefined) parts.push(() => compile(item, context))
    else {
      const tests = joined.get(key)
      if (tests !== undefined) tests.push(item as JoinedTest)
      else {
        const first = [item as JoinedTest]
        joined.set(key, first)
        parts.push(() => (first.length === 1 ? compile(item, context) : joinedSql(first, context)))
      }
    }
  }
  return any(parts.map(part => part()))
}

function fieldSql(test: FieldTest, context: Context): string {
  if (test.kind === 'sameAs') return relationSql(test, context)
  return any(fieldNames(test).map(name => namedSql(test, name, context)))
}

/** The test on the values of a field of this name. */
function namedSql(test: Exclude<FieldTest, { kind: 'sameAs' }>, name: string, context: Context): string {
  const reason = notSearchable(name, test.kind)
  if (reason !== undefined) throw new PicketError('field-not-searchable', reason)
  if (name === anyField) return test.kind === 'exists' ? '1' : anyTextSql(questionOf(test, context), context)
  const stored = storeField(test, name, context)
  if (test.kind === 'exists') {
    return any([
      stored,
      ...fieldsBehind(name).map(field => existsSql(field, context)),
      name === communityIdField ? `${communityIdExpression} != ''` : undefined
    ])
  }
  const question = questionOf(test, context)
  if (isRelated(name)) return anywhereSql(test, question, context)
  const fields = fieldsBehind(name)
  return any([
    stored,
    ...fields.map(field => columnSql(field, question)),
    ...fields.map(field => repeatedSql(field, question, context)),
    ...fields.map(field => mapSql(field, question, context)),
    name === communityIdField
      ? every([
          question.passes('') ? `${communityIdExpression} != ''` : undefined,
          question.ofText(communityIdExpression)
        ])
      : undefined
  ])
}

/** Fields that the store gives to every event: its id and the time of receipt. */
function storeField(test: FieldTest, name: string, context: Context): string | undefined {
  if (name === 'event.id' || name === 'picket.id') {
    const values = test.kind === 'equals' ? [test.value] : test.kind === 'inList' ? test.values : []
    const ids = values.filter(value => /^[0-9a-f]{16}$/i.test(value)).map(value => BigInt(`0x${value}`).toString())
    if (test.kind === 'exists') return '1'
    return ids.length === 0 ? undefined : any(ids.map(id => `id = ${context.param(id, 'UInt64')}`))
  }
  if (name === 'picket.ingested') {
    if (test.kind === 'exists') return '1'
    if (test.kind === 'range' && test.of === 'time')
      return `ingested ${operators[test.op]} ${instant(test.value, context)}`
  }
  return undefined
}

/** The test on the pivot fields' columns and on all values in the map. */
function anywhereSql(test: FieldTest, question: Question, context: Context): string {
  if (test.kind === 'equals' || test.kind === 'inList') {
    const values = test.kind === 'equals' ? [test.value] : test.values
    const found = wholeValueSql(values, context)
    if (!test.cased) return found
    return every([
      found,
      any([...pivotFields.map(field => columnSql(field, { ...question, hint: undefined })), mapValuesSql(question)])
    ])
  }
  return any([...pivotFields.map(field => columnSql(field, question)), mapValuesSql(question)])
}

function wordSql(word: string, context: Context): string {
  if (word === '') return '1'
  const needle = asciiLower(word)
  let inText: string | undefined
  if (!needle.includes('\x1f') && needle.length <= phraseLengthMax) {
    const tokens = tokensOf(needle)
    const single = tokens.length === 1 && tokens[0] === needle
    // A single token is what the index holds; of more, it must also be asked how they stand.
    const tokensSql =
      tokens.length === 0 ? undefined : `hasAllTokens(${textExpression}, ${context.param(tokens, 'Array(String)')})`
    if (single) inText = tokensSql
    else if (isTokenCode(needle.charCodeAt(0)) || isTokenCode(needle.charCodeAt(needle.length - 1))) {
      inText = every([tokensSql, `match(${textExpression}, ${context.text(wordsRegex([{ text: needle }]))})`])
    } else inText = every([tokensSql, `position(${textExpression}, ${context.text(needle)}) > 0`])
  }
  return any([
    inText,
    wholeValueSql([word], context),
    looksLikeCommunityId(word) ? `lower(${communityIdExpression}) = ${context.text(needle)}` : undefined
  ])
}

function patternSql(pattern: string, context: Context): string {
  const parts = lowerParts(parseWildcard(pattern))
  const expression = wordsRegex(parts)
  const texts = parts.flatMap(part => (typeof part === 'string' ? [] : [part.text]))
  let inText: string | undefined
  if (!pattern.includes('\x1f') && compileRegex(expression, true).ok) {
    const piece = longestPiece(texts)
    inText = every([
      piece === undefined ? undefined : `${textExpression} LIKE ${context.text(`%${escapeLike(piece)}%`)}`,
      `match(${textExpression}, ${context.text(expression)})`
    ])
  }
  const like = context.text(wildcardLike(parts))
  const matches = wildcardMatcher(pattern, false)
  const couldBeAddress = texts.every(text => /^[0-9a-f.:]*$/.test(text))
  const question: Question = {
    ofColumn: column =>
      column.type !== 'ip' ? undefined : couldBeAddress ? addressPrefixSql(column, pattern, context) : '0',
    ofText: sql => `lower(${sql}) LIKE ${like}`,
    passes: matches
  }
  return any([inText, ...patternFields.map(field => columnSql(field, question))])
}
