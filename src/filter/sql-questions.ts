/** What each kind of field test asks of a column and of a text, in SQL, and what the text indexes can say first. */

import { type Column, capitalsMark, computedFields, orderFields, pivotFields, textFields } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { addressText, networkBounds, parseCidr } from './address.ts'
import { wholeNumber } from './event-values.ts'
import type { FieldTest, RangeOperator, TimePart } from './expression.ts'
import { compileRegex, literalTexts, type Span, sqlRegex, timeLiteral } from './literals.ts'
import { computedSql, isPivotText, mappedText, presenceSql, type Question } from './sql-columns.ts'
import { any, type Context, every, hasAnySql, instant, operators } from './sql-context.ts'
import {
  ipOfTextSql,
  numberOfTextSql,
  pivotExpression,
  textExpression,
  timeOfTextSql,
  timeTextSql,
  valuesExpression
} from './sql-expressions.ts'
import { asciiLower, tokensOf } from './tokens.ts'
import { escapeLike, lowerParts, parseWildcard, wildcardLike, wildcardMatcher } from './wildcard.ts'

export function questionOf(test: Exclude<FieldTest, { kind: 'exists' | 'sameAs' }>, context: Context): Question {
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
    case 'timePart':
      return timePartQuestion(test.part, test.op, test.value, context)
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
          const all = texts.flatMap(text => wholeNumber(text, type) ?? [])
          const numbers = all.filter(number => number !== 0)
          const zero =
            numbers.length < all.length && computedFields.get(column.field) === 'duration'
              ? every([`${column.name} = 0`, computedSql(column)])
              : undefined
          if (numbers.length === 0) return zero ?? '0'
          return any([
            zero,
            numbers.length === 1
              ? `${column.name} = ${context.param(numbers[0]!, 'UInt64')}`
              : `${column.name} IN ${context.param(numbers, 'Array(UInt64)')}`
          ])
        }
        default:
          // Without `lower` the table's order answers.
          if (cased || !orderFields.includes(column.field) || context.mayBeInMap(capitalsMark(column.field)))
            return undefined
          return every([
            accepted.has('') ? presenceSql(column) : undefined,
            texts.length === 1
              ? `${column.name} = ${context.text(texts[0]!)}`
              : `${column.name} IN ${context.param(texts, 'Array(String)')}`
          ])
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

const partFunctions: Readonly<Record<TimePart, string>> = {
  minute: 'toMinute',
  hour: 'toHour',
  day: 'toDayOfMonth',
  week: 'toISOWeek',
  month: 'toMonth',
  year: 'toYear'
}

function timePartQuestion(part: TimePart, op: RangeOperator | 'eq', value: number, context: Context): Question {
  const operator = op === 'eq' ? '=' : operators[op]
  const compared = (sql: string): string =>
    `${partFunctions[part]}(${sql}) ${operator} ${context.param(value, 'Float64')}`
  return {
    ofColumn: column => {
      if (column.type === 'time') return every([presenceSql(column), compared(column.name)])
      return column.type === 'word' || column.type === 'text' || column.type === 'words' ? undefined : '0'
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
export function addressPrefixSql(column: Column, pattern: string, context: Context): string | undefined {
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

export function longestPiece(texts: readonly string[]): string | undefined {
  let piece = ''
  for (const text of texts) for (const token of tokensOf(text)) if (token.length > piece.length) piece = token
  return piece.length < pieceLengthMin ? undefined : piece
}
