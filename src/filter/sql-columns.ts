/**
 * A question about a field, asked where the store keeps its values: in its column, in a column that it repeats, in the map `fields`,
 * or anywhere. See `core/columns.ts` for which values stand where.
 */

import {
  type Column,
  columnOf,
  columns,
  computedFields,
  pivotFields,
  repeatedFields,
  repeatMark
} from '../core/columns.ts'
import { literalTexts } from './literals.ts'
import { any, type Context, every, hasAnySql } from './sql-context.ts'
import {
  addressOfTextSql,
  addressSql,
  pivotExpression,
  timeOfTextSql,
  timeTextSql,
  valuesExpression
} from './sql-expressions.ts'

/** What a test asks, apart from where: of a column, and of a text. */
export type Question = {
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

/** What a column holds where its field is absent, and whether a row has something else. */
export function presenceSql(column: Column): string {
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
      return computedFields.get(column.field) === 'duration'
        ? `(${column.name} != 0 OR ${computedSql(column)})`
        : `${column.name} != 0`
  }
}

/** A duration that follows from start and end may be 0 (sums of 0 are stored in the map, as other zeros are). */
export function computedSql(column: Column): string {
  return `position(shape, '${repeatMark(column.field).replaceAll('\x04', '\\x04')}') > 0`
}

export function existsSql(field: string, context: Context): string {
  const column = columnOf(field)
  const inMap =
    column === undefined || context.mayBeInMap(field) ? `has(mapKeys(fields), ${context.text(field)})` : undefined
  const repeated = repeatedFields.has(field) ? `position(shape, ${context.text(repeatMark(field))}) > 0` : undefined
  return any([column === undefined ? undefined : presenceSql(column), repeated, inMap])
}

export function columnSql(field: string, question: Question): string | undefined {
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
export function repeatedSql(field: string, question: Question, context: Context): string | undefined {
  const other = repeatedFields.get(field)
  if (other === undefined) return undefined
  const sql = columnSql(other, question)
  if (sql === undefined || sql === '0') return sql
  return every([`position(shape, ${context.text(repeatMark(field))}) > 0`, sql])
}

/** What the column shows of its value. */
export function textSql(column: Column): string {
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
export function mapSql(field: string, question: Question, context: Context): string {
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
export function mappedText(column: Column, ofText: (sql: string) => string): string | undefined {
  if (column.type === 'ip') return any([ofText('v'), `ifNull(${ofText(addressOfTextSql('v'))}, 0)`])
  return column.type === 'time' ? ofText(`ifNull(${timeTextSql(timeOfTextSql('v'))}, v)`) : undefined
}

export function mapValuesSql(question: Question): string {
  return any([`arrayExists(v -> ${question.ofText('v')}, mapValues(fields))`, every([zeroSql, question.ofText("'0'")])])
}

/** Is one of these the whole value of a pivot field, or of any value in the map? */
export function wholeValueSql(values: readonly string[], context: Context): string {
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
      : undefined,
    texts.includes('0') ? zeroSql : undefined
  ])
}

/** A zero that the map would hold if it did not follow from other fields. */
const zeroSql: string = any(
  columns
    .filter(({ field }) => computedFields.get(field) === 'duration')
    .map(column => every([`${column.name} = 0`, computedSql(column)]))
)

/** The pivot index cannot tell these from absent values. */
export const isPivotText = (text: string): boolean => text !== '' && text !== '::'

const textPivots = pivotFields.flatMap(field => {
  const column = columnOf(field)
  return column === undefined || column.type === 'ip' ? [] : [column]
})
