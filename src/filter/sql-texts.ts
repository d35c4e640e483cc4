/** Questions about more than one field's texts: about all of the event's, and about one field's beside another's. */

import { type Column, columnOf, columns, repeatedFields, repeatMark } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { type FieldTest, fieldNames, otherNames } from './expression.ts'
import { presenceSql, type Question, textSql } from './sql-columns.ts'
import type { Context } from './sql-context.ts'
import { addressOfTextSql, addressSql, timeOfTextSql, timeTextSql } from './sql-expressions.ts'
import { fieldsBehind, lookIntoOf, notSearchable } from './virtual-fields.ts'

const namesOf = (wanted: (column: Column) => boolean): string[] => columns.filter(wanted).map(({ name }) => name)

/** All texts that a test on any field looks at, as an array. The same words each time: ClickHouse then makes it once a row. */
const allTexts: string = (() => {
  const texts = namesOf(({ field, type }) => lookIntoOf(field) === 'text' && type !== 'words')
  const lists = namesOf(({ field, type }) => lookIntoOf(field) === 'text' && type === 'words')
  const addresses = namesOf(({ field }) => lookIntoOf(field) === 'address')
  const single = [...texts, ...addresses.map(name => `if(${name} = toIPv6('::'), '', ${addressSql(name)})`)]
  const skipped = columns.filter(({ field }) => lookIntoOf(field) === 'no').map(({ field }) => `'${field}'`)
  const mapped =
    `arrayFilter((v, k) -> NOT (startsWith(k, 'picket.') OR k = 'event.original' OR k IN (${skipped.join(', ')})), ` +
    `mapValues(fields), mapKeys(fields))`
  const joined = `arrayConcat([${single.join(', ')}], ${[...lists, mapped].join(', ')})`
  return `arrayFilter(v -> v != '', ${joined})`
})()

/** Is there a text in the event that passes and spells no time? */
export function anyTextSql(question: Question, context: Context): string {
  const inner = question.ofText('v')
  return inner === '0'
    ? '0'
    : `arrayExists(v -> ${inner} AND isNull(${timeOfTextSql('v')}), ${context.named('texts', allTexts)})`
}

/** The texts of a field's values as an array; see `textsOf`. */
function textsSql(field: string, context: Context): string {
  const column = columnOf(field)
  const key = context.text(field)
  const inMap = `arrayFilter((v, k) -> k = ${key}, mapValues(fields), mapKeys(fields))`
  if (column === undefined) {
    const other = repeatedFields.get(field)
    return other === undefined ? inMap : `arrayConcat(${inMap}, ${repeatedTexts(field, other, context)})`
  }
  const parts = [columnTexts(column)]
  const repeats = repeatedFields.get(field)
  if (repeats !== undefined) parts.push(repeatedTexts(field, repeats, context))
  if (field !== '@timestamp' && context.mayBeInMap(field)) {
    if (column.type === 'ip') {
      parts.push(inMap, `arrayMap(v -> ifNull(${addressOfTextSql('v')}, v), ${inMap})`)
    } else if (column.type === 'time') {
      parts.push(`arrayMap(v -> ifNull(${timeTextSql(timeOfTextSql('v'))}, v), ${inMap})`)
    } else parts.push(inMap)
  }
  return parts.length === 1 ? parts[0]! : `arrayConcat(${parts.join(', ')})`
}

function columnTexts(column: Column): string {
  if (column.type === 'words') return `CAST(${column.name}, 'Array(String)')`
  return `if(${presenceSql(column)}, [toString(${textSql(column)})], CAST([], 'Array(String)'))`
}

function repeatedTexts(field: string, other: string, context: Context): string {
  const marked = `position(shape, ${context.text(repeatMark(field))}) > 0`
  return `if(${marked}, ${columnTexts(columnOf(other)!)}, CAST([], 'Array(String)'))`
}

/** A value of one field beside a value of another. */
export function relationSql(test: Extract<FieldTest, { kind: 'sameAs' }>, context: Context): string {
  const texts = (names: readonly string[]): string => {
    for (const name of names) {
      const reason = notSearchable(name, test.kind)
      if (reason !== undefined) throw new PicketError('field-not-searchable', reason)
    }
    const arrays = names.flatMap(name => fieldsBehind(name).map(field => textsSql(field, context)))
    const all = arrays.length === 1 ? arrays[0]! : `arrayConcat(${arrays.join(', ')})`
    return test.cased ? all : `arrayMap(v -> lower(v), ${all})`
  }
  const [own, others] = [texts(fieldNames(test)), texts(otherNames(test))]
  switch (test.how) {
    case 'equals':
      return `hasAny(${own}, ${others})`
    case 'startsWith':
      return `arrayExists(a -> arrayExists(b -> startsWith(a, b), ${others}), ${own})`
    case 'endsWith':
      return `arrayExists(a -> arrayExists(b -> endsWith(a, b), ${others}), ${own})`
    case 'contains':
      return `arrayExists(a -> arrayExists(b -> position(a, b) > 0, ${others}), ${own})`
  }
}
