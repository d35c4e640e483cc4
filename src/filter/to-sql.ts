/**
 * Compiles an expression for the store: a boolean ClickHouse expression over the table that `core/columns.ts` describes. Its twin for
 * the stream is `to-predicate.ts`, and the two agree. Values never stand in the SQL: they are parameters.
 *
 * A test on a field with a column is `column test OR map test`: the map holds what the column cannot (its type's default, further values
 * of a list, a text where a number belongs). Where a text index can answer a part of the question, that part is said first, in
 * the words of the index (`sql-expressions.ts`).
 */

import { type Column, columnOf, pivotFields, repeatedFields, repeatMark, textFields } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { addressText, networkBounds, parseCidr } from './address.ts'
import { wholeNumber } from './event-values.ts'
import type { Expression, FieldTest, RangeOperator } from './expression.ts'
import { compileRegex, literalTexts, type Span, sqlRegex, timeLiteral } from './literals.ts'
import {
  addressOfTextSql,
  addressSql,
  communityIdExpression,
  ipOfTextSql,
  numberOfTextSql,
  pivotExpression,
  textExpression,
  timeOfTextSql,
  timeTextSql,
  valuesExpression
} from './sql-expressions.ts'
import { asciiLower, isTokenCode, phraseLengthMax, tokensOf, wordsRegex } from './tokens.ts'
import {
  communityIdField,
  fieldsBehind,
  isRelated,
  looksLikeCommunityId,
  notSearchable,
  patternFields
} from './virtual-fields.ts'
import { escapeLike, lowerParts, parseWildcard, wildcardLike, wildcardMatcher } from './wildcard.ts'

export type SqlParam = string | number | readonly string[] | readonly number[]

/** A boolean expression (0 or 1, never NULL), in parentheses where it needs them, and its parameters. */
export type SqlFilter = { readonly sql: string; readonly params: Readonly<Record<string, SqlParam>> }

export type SqlOptions = {
  /**
   * May the map hold values of this field, which has a column? Where the answer is known to be no, the map need not be read.
   * Default: always maybe.
   */
  readonly mayBeInMap?: (field: string) => boolean
  /** The beginning of the parameters' names, so that two filters fit into one query. Default `p`. */
  readonly paramPrefix?: string
}

/** Throws `field-not-searchable`, `regex-invalid`, `cidr-invalid` for expressions that `parseQuery` would have refused. */
export function toSql(expression: Expression, options: SqlOptions = {}): SqlFilter {
  const context = new Context(options)
  return { sql: compile(expression, context), params: context.params }
}

class Context {
  readonly params: Record<string, SqlParam> = {}
  readonly #names = new Map<string, string>()
  readonly #prefix: string
  readonly mayBeInMap: (field: string) => boolean

  constructor(options: SqlOptions) {
    this.#prefix = options.paramPrefix ?? 'p'
    this.mayBeInMap = options.mayBeInMap ?? (() => true)
  }

  /** A placeholder for the value. */
  param(value: SqlParam, type: string): string {
    const key = `${type}\x00${JSON.stringify(value)}`
    let name = this.#names.get(key)
    if (name === undefined) {
      name = `${this.#prefix}${this.#names.size}`
      this.#names.set(key, name)
      this.params[name] = value
    }
    return `{${name}:${type}}`
  }

  text(value: string): string {
    return this.param(value, 'String')
  }
}

function any(parts: readonly (string | undefined)[]): string {
  const kept = parts.filter(part => part !== undefined && part !== '0')
  return kept.length === 0 ? '0' : kept.length === 1 ? kept[0]! : `(${kept.join(' OR ')})`
}

function every(parts: readonly (string | undefined)[]): string {
  const kept = parts.filter(part => part !== undefined && part !== '1')
  return kept.length === 0 ? '1' : kept.length === 1 ? kept[0]! : `(${kept.join(' AND ')})`
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
      return any(expression.of.map(item => compile(item, context)))
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

/** What a test asks, apart from where: of a column, and of a text. */
type Question = {
  /** About a column's own value, where there is a better way than through its text; undefined if there is none. */
  readonly ofColumn: (column: Column) => string | undefined
  /** About the text that this SQL expression gives. */
  readonly ofText: (sql: string) => string
  /** About a value `v` of this column's field in the map, where that is not its text alone. */
  readonly ofMapped?: (column: Column) => string | undefined
  /** Would a column's default text ('', '0', '::') pass? Then presence must be asked as well. */
  readonly passes: (text: string) => boolean
  /** What else must be true if a column that a text index covers passes. */
  readonly hint?: (column: Column) => string | undefined
  /** What else must be true if a value in the map passes. */
  readonly mapHint?: string
}

function fieldSql(test: FieldTest, context: Context): string {
  const reason = notSearchable(test.field, test.kind)
  if (reason !== undefined) throw new PicketError('field-not-searchable', reason)
  const stored = storeField(test, context)
  if (test.kind === 'exists') {
    return any([
      stored,
      ...fieldsBehind(test.field).map(field => existsSql(field, context)),
      test.field === communityIdField ? `${communityIdExpression} != ''` : undefined
    ])
  }
  const question = questionOf(test, context)
  if (isRelated(test.field)) return anywhereSql(test, question, context)
  const fields = fieldsBehind(test.field)
  return any([
    stored,
    ...fields.map(field => columnSql(field, question)),
    ...fields.map(field => repeatedSql(field, question, context)),
    ...fields.map(field => mapSql(field, question, context)),
    test.field === communityIdField
      ? every([
          question.passes('') ? `${communityIdExpression} != ''` : undefined,
          question.ofText(communityIdExpression)
        ])
      : undefined
  ])
}

/** Fields that the store gives to every event: its id and the time of receipt. */
function storeField(test: FieldTest, context: Context): string | undefined {
  if (test.field === 'event.id' || test.field === 'picket.id') {
    const values = test.kind === 'equals' ? [test.value] : test.kind === 'inList' ? test.values : []
    const ids = values.filter(value => /^[0-9a-f]{16}$/i.test(value)).map(value => BigInt(`0x${value}`).toString())
    if (test.kind === 'exists') return '1'
    return ids.length === 0 ? undefined : any(ids.map(id => `id = ${context.param(id, 'UInt64')}`))
  }
  if (test.field === 'picket.ingested') {
    if (test.kind === 'exists') return '1'
    if (test.kind === 'range' && test.of === 'time')
      return `ingested ${operators[test.op]} ${instant(test.value, context)}`
  }
  return undefined
}

const operators: Readonly<Record<RangeOperator, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' }

function instant(us: number, context: Context): string {
  return `fromUnixTimestamp64Micro(${context.param(us, 'Int64')}, 'UTC')`
}

/** What a column holds where its field is absent, and whether a row has something else. */
function presenceSql(column: Column): string {
  switch (column.type) {
    case 'word':
    case 'text':
      return `${column.name} != ''`
    case 'words':
      return `notEmpty(${column.name})`
    case 'ip':
      return `${column.name} != toIPv6('::')`
    case 'time':
      return `${column.name} != toDateTime64(0, 6, 'UTC')`
    default:
      return `${column.name} != 0`
  }
}

function existsSql(field: string, context: Context): string {
  const column = columnOf(field)
  const inMap =
    column === undefined || context.mayBeInMap(field) ? `has(mapKeys(fields), ${context.text(field)})` : undefined
  const repeated = repeatedFields.has(field) ? `position(shape, ${context.text(repeatMark(field))}) > 0` : undefined
  return any([column === undefined ? undefined : presenceSql(column), repeated, inMap])
}

function columnSql(field: string, question: Question): string | undefined {
  const column = columnOf(field)
  if (column === undefined) return undefined
  if (column.type === 'words') {
    const inner = question.ofText('x')
    return inner === '0' ? '0' : every([question.hint?.(column), `arrayExists(x -> ${inner}, ${column.name})`])
  }
  let sql = question.ofColumn(column)
  let ofDefault = false
  if (sql === undefined) {
    sql = question.ofText(textSql(column))
    ofDefault = question.passes(defaultText(column))
  }
  if (sql === '0') return '0'
  return every([question.hint?.(column), ofDefault ? presenceSql(column) : undefined, sql])
}

/** Where the field repeats another one, the row's shape says so and the other column speaks for it. */
function repeatedSql(field: string, question: Question, context: Context): string | undefined {
  const other = repeatedFields.get(field)
  if (other === undefined) return undefined
  const sql = columnSql(other, question)
  if (sql === undefined || sql === '0') return sql
  return every([`position(shape, ${context.text(repeatMark(field))}) > 0`, sql])
}

function textSql(column: Column): string {
  switch (column.type) {
    case 'ip':
      return addressSql(column.name)
    case 'time':
      return timeTextSql(column.name)
    case 'word':
    case 'text':
      return column.name
    default:
      return `toString(${column.name})`
  }
}

function defaultText(column: Column): string {
  switch (column.type) {
    case 'ip':
      return '::'
    case 'time':
      return '1970-01-01T00:00:00.000Z'
    case 'word':
    case 'text':
    case 'words':
      return ''
    default:
      return '0'
  }
}

/** The test on the field's values in the map. */
function mapSql(field: string, question: Question, context: Context): string {
  const column = columnOf(field)
  // Every row has a time, and it stands in the column.
  if (field === '@timestamp' || (column !== undefined && !context.mayBeInMap(field))) return '0'
  const inner = column === undefined ? question.ofText('v') : (question.ofMapped?.(column) ?? question.ofText('v'))
  if (inner === '0') return '0'
  const key = context.text(field)
  return every([
    column?.type === 'time' || question.mapHint === undefined ? `has(mapKeys(fields), ${key})` : question.mapHint,
    `arrayExists((k, v) -> k = ${key} AND ${inner}, mapKeys(fields), mapValues(fields))`
  ])
}

/** A question about texts asks a mapped address in its canonical spelling too, and a mapped time in the form of documents only. */
function mappedText(column: Column, ofText: (sql: string) => string): string | undefined {
  if (column.type === 'ip') return any([ofText('v'), `ifNull(${ofText(addressOfTextSql('v'))}, 0)`])
  return column.type === 'time' ? ofText(`ifNull(${timeTextSql(timeOfTextSql('v'))}, v)`) : undefined
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

function mapValuesSql(question: Question): string {
  return `arrayExists(v -> ${question.ofText('v')}, mapValues(fields))`
}

/** Is one of these the whole value of a pivot field, or of any value in the map? */
function wholeValueSql(values: readonly string[], context: Context): string {
  const texts = [...new Set(values.flatMap(value => literalTexts(value)))]
  const pivots = texts.filter(isPivotText)
  return any([
    pivots.length === 0 ? undefined : hasAnySql(pivotExpression, pivots, context),
    hasAnySql(valuesExpression, texts, context),
    texts.includes('::')
      ? any(
          textPivots.map(({ name, type }) =>
            type === 'words' ? `has(${name}, ${context.text('::')})` : `${name} = ${context.text('::')}`
          )
        )
      : undefined
  ])
}

/** The pivot index cannot tell these from absent values. */
const isPivotText = (text: string): boolean => text !== '' && text !== '::'

const textPivots = pivotFields.flatMap(field => {
  const column = columnOf(field)
  return column === undefined || column.type === 'ip' ? [] : [column]
})

function hasAnySql(array: string, texts: readonly string[], context: Context): string {
  if (texts.length === 1) return `has(${array}, ${context.text(texts[0]!)})`
  return `hasAny(${array}, ${context.param(texts, 'Array(String)')})`
}

function questionOf(test: Exclude<FieldTest, { kind: 'exists' }>, context: Context): Question {
  switch (test.kind) {
    case 'equals':
      return equalsQuestion([test.value], test.cased === true, context)
    case 'inList':
      return equalsQuestion(test.values, test.cased === true, context)
    case 'wildcard': {
      const cased = test.cased === true
      const parts = cased ? parseWildcard(test.pattern) : lowerParts(parseWildcard(test.pattern))
      const like = context.text(wildcardLike(parts))
      const texts = lowerParts(parts).flatMap(part => (typeof part === 'string' ? [] : [part.text]))
      const ofText = (sql: string): string => `${cased ? sql : `lower(${sql})`} LIKE ${like}`
      return {
        ofColumn: column => addressPrefixSql(column, test.pattern, context),
        ofText,
        ofMapped: column => mappedText(column, ofText),
        passes: wildcardMatcher(test.pattern, cased),
        hint: column => pieceHint(column, texts, context)
      }
    }
    case 'contains': {
      const needle = test.cased ? test.value : asciiLower(test.value)
      const param = context.text(needle)
      const ofText = (sql: string): string => `position(${test.cased ? sql : `lower(${sql})`}, ${param}) > 0`
      return {
        ofColumn: () => undefined,
        ofText,
        ofMapped: column => mappedText(column, ofText),
        passes: text => (test.cased ? text : asciiLower(text)).includes(needle),
        hint: column => pieceHint(column, [asciiLower(needle)], context)
      }
    }
    case 'regex': {
      const regex = compileRegex(test.pattern, test.cased === true)
      if (!regex.ok) throw new PicketError('regex-invalid', `Not a regular expression: ${regex.reason}`)
      const param = context.text(sqlRegex(test.pattern, test.cased === true))
      const ofText = (sql: string): string => `match(${sql}, ${param})`
      return {
        ofColumn: () => undefined,
        ofText,
        ofMapped: column => mappedText(column, ofText),
        passes: regex.test
      }
    }
    case 'range':
      return test.of === 'time'
        ? timeQuestion(test.op, test.value, context)
        : numberQuestion(test.op, test.value, context)
    case 'cidr': {
      const network = parseCidr(test.cidr)
      if (network === undefined) throw new PicketError('cidr-invalid', `Not a network: ${test.cidr}`)
      const [first, last] = networkBounds(network).map(text => `toIPv6(${context.text(text)})`)
      const holdsDefault = network.first.every(byte => byte === 0)
      return {
        ofColumn: column => {
          if (column.type === 'ip') {
            return every([
              holdsDefault ? presenceSql(column) : undefined,
              `${column.name} BETWEEN ${first} AND ${last}`
            ])
          }
          return column.type === 'word' || column.type === 'text' ? undefined : '0'
        },
        ofText: sql => `ifNull(${ipOfTextSql(sql)} BETWEEN ${first} AND ${last}, 0)`,
        passes: () => false
      }
    }
  }
}

const listLengthOfHint = 64

function equalsQuestion(values: readonly string[], cased: boolean, context: Context): Question {
  const texts = [...new Set(values.flatMap(value => literalTexts(value, cased)))]
  const lowered = cased ? [...new Set(texts.map(asciiLower))] : texts
  const equal = (sql: string): string => {
    const value = cased ? sql : `lower(${sql})`
    return texts.length === 1
      ? `${value} = ${context.text(texts[0]!)}`
      : `${value} IN ${context.param(texts, 'Array(String)')}`
  }
  const accepted = new Set(texts)
  const pivots = lowered.filter(isPivotText)
  return {
    ofColumn: column => {
      switch (column.type) {
        case 'ip': {
          const addresses = [...new Set(values.flatMap(value => addressText(value) ?? []))].filter(
            address => address !== '::' && accepted.has(address)
          )
          if (addresses.length === 0) return '0'
          return addresses.length === 1
            ? `${column.name} = toIPv6(${context.text(addresses[0]!)})`
            : `${column.name} IN ${context.param(addresses, 'Array(IPv6)')}`
        }
        case 'time': {
          const spans = values.flatMap(value => timeLiteral(value) ?? [])
          return any([
            ...spans.map(span => spanSql(column, span, context)),
            every([presenceSql(column), equal(timeTextSql(column.name))])
          ])
        }
        case 'u8':
        case 'u16':
        case 'u32':
        case 'u64': {
          const type = column.type
          const numbers = texts.flatMap(text => wholeNumber(text, type) ?? []).filter(number => number !== 0)
          if (numbers.length === 0) return '0'
          return numbers.length === 1
            ? `${column.name} = ${context.param(numbers[0]!, 'UInt64')}`
            : `${column.name} IN ${context.param(numbers, 'Array(UInt64)')}`
        }
        default:
          return undefined
      }
    },
    ofText: equal,
    ofMapped: column => {
      if (column.type !== 'time') return undefined
      const time = timeOfTextSql('v')
      return any([
        mappedText(column, equal),
        ...values
          .flatMap(value => timeLiteral(value) ?? [])
          .map(
            ({ startUs, endUs }) =>
              `ifNull(${time} >= ${instant(startUs, context)} AND ${time} < ${instant(endUs, context)}, 0)`
          )
      ])
    },
    passes: text => accepted.has(cased ? text : asciiLower(text)),
    hint: column => {
      if (pivotFields.includes(column.field)) {
        if (column.type !== 'ip' && lowered.includes('::')) return undefined
        return pivots.length === 0 || pivots.length > listLengthOfHint
          ? undefined
          : hasAnySql(pivotExpression, pivots, context)
      }
      return values.length === 1 && textFields.includes(column.field) ? tokensHint(lowered[0]!, context) : undefined
    },
    mapHint: lowered.length > listLengthOfHint ? undefined : hasAnySql(valuesExpression, lowered, context)
  }
}

function spanSql(column: Column, span: Span, context: Context): string {
  return every([
    span.startUs <= 0 && span.endUs > 0 ? presenceSql(column) : undefined,
    `${column.name} >= ${instant(span.startUs, context)}`,
    `${column.name} < ${instant(span.endUs, context)}`
  ])
}

function timeQuestion(op: RangeOperator, us: number, context: Context): Question {
  const holdsDefault = op === 'gt' ? us < 0 : op === 'gte' ? us <= 0 : op === 'lt' ? us > 0 : us >= 0
  const compared = (sql: string): string => `${sql} ${operators[op]} ${instant(us, context)}`
  return {
    ofColumn: column => {
      if (column.type === 'time') return every([holdsDefault ? presenceSql(column) : undefined, compared(column.name)])
      return column.type === 'word' || column.type === 'text' ? undefined : '0'
    },
    ofText: sql => `ifNull(${compared(timeOfTextSql(sql))}, 0)`,
    passes: () => false
  }
}

function numberQuestion(op: RangeOperator, bound: number, context: Context): Question {
  const holdsDefault = op === 'gt' ? bound < 0 : op === 'gte' ? bound <= 0 : op === 'lt' ? bound > 0 : bound >= 0
  const compared = (sql: string): string => `${sql} ${operators[op]} ${context.param(bound, 'Float64')}`
  return {
    ofColumn: column => {
      switch (column.type) {
        case 'ip':
        case 'time':
          return '0'
        case 'word':
        case 'text':
        case 'words':
          return undefined
        default:
          return every([holdsDefault ? presenceSql(column) : undefined, compared(column.name)])
      }
    },
    ofText: sql => `ifNull(${compared(numberOfTextSql(sql))}, 0)`,
    passes: () => false
  }
}

/** `10.1.*` on an address column is a stretch of addresses. */
function addressPrefixSql(column: Column, pattern: string, context: Context): string | undefined {
  if (column.type !== 'ip' || !/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){0,2}\.\*$/.test(pattern)) return undefined
  const octets = pattern.slice(0, -2).split('.')
  if (octets.some(octet => Number(octet) > 255)) return '0'
  const network = parseCidr(`${[...octets, '0', '0', '0'].slice(0, 4).join('.')}/${octets.length * 8}`)
  if (network === undefined) return undefined
  const [first, last] = networkBounds(network).map(text => `toIPv6(${context.text(text)})`)
  return `${column.name} BETWEEN ${first} AND ${last}`
}

/** The index over the text fields holds all tokens of a value that a text field has. */
function tokensHint(text: string, context: Context): string | undefined {
  if (text.includes('\x1f')) return undefined
  const tokens = tokensOf(text)
  return tokens.length === 0 ? undefined : `hasAllTokens(${textExpression}, ${context.param(tokens, 'Array(String)')})`
}

/** ClickHouse looks a piece of a token up in the index's dictionary if it has at least this many characters. */
const pieceLengthMin = 4

/** The index over the text fields finds values with a piece of a token. All texts in lower case. */
function pieceHint(column: Column, texts: readonly string[], context: Context): string | undefined {
  if (!textFields.includes(column.field)) return undefined
  const piece = longestPiece(texts)
  return piece === undefined ? undefined : `${textExpression} LIKE ${context.text(`%${escapeLike(piece)}%`)}`
}

function longestPiece(texts: readonly string[]): string | undefined {
  let piece = ''
  for (const text of texts) for (const token of tokensOf(text)) if (token.length > piece.length) piece = token
  return piece.length < pieceLengthMin ? undefined : piece
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
