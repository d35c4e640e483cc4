/**
 * Events as far as some rules look at them: only the fields that they ask for, as a flat document. A tenth of the work of rebuilding whole
 * documents, where thousands of rules are held against millions of rows.
 */

import { type Column, columnOf, repeatedFields, repeatMark } from '../core/columns.ts'
import type { EcsEvent } from '../core/parser.ts'
import { requiredBy } from '../detect/required.ts'
import { type Expression, testsOf } from '../filter/expression.ts'
import type { Context } from '../filter/sql-context.ts'
import { addressSql, timeTextSql } from '../filter/sql-expressions.ts'
import { anyField, communityIdField, fieldsBehind, isRelated } from '../filter/virtual-fields.ts'

export type LeanFields = {
  readonly fields: readonly string[]
  /** It looks at every text of the event. */
  readonly everything: boolean
}

/** The fields that the expression looks at, others that speak for them included; undefined where it looks at more than fields. */
export function leanFieldsOf(expression: Expression): LeanFields | undefined {
  const fields = new Set<string>()
  let everything = false
  for (const test of testsOf(expression)) {
    if (!('field' in test)) return undefined
    const others = test.kind === 'sameAs' ? [test.other, ...(test.alsoOther ?? [])] : []
    for (const name of [test.field, ...(test.also ?? []), ...others]) {
      if (name === anyField) {
        everything = true
        continue
      }
      if (name === communityIdField || isRelated(name)) return undefined
      if (name === 'event.id' || name === 'picket.id' || name === 'picket.ingested' || name === 'event.original')
        return undefined
      for (const field of fieldsBehind(name)) fields.add(field)
    }
  }
  return { fields: [...fields], everything }
}

export type LeanSelection = {
  /** `toString(timestamp's day)`, the map's keys and values, then the columns. */
  readonly select: string
  /** A row of it as JSON gave it. */
  readonly event: (row: readonly unknown[]) => EcsEvent
}

/** `everything`: all of the map, and these fields' columns. */
export function leanSelection(fields: readonly string[], everything = false): LeanSelection {
  const columns = fields.flatMap(field => {
    const column = columnOf(field)
    return column === undefined ? [] : [{ field, column }]
  })
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
  const keys = fields.length === 0 ? "('')" : `(${fields.map(quoted).join(', ')})`
  const mapped = (part: string): string =>
    everything ? `${part}(fields)` : `arrayFilter((x, k) -> k IN ${keys}, ${part}(fields), mapKeys(fields))`
  const values = columns.map(({ field, column }) => {
    const other = columnOf(repeatedFields.get(field) ?? '')
    const own = valueSql(column)
    if (other === undefined || (other.type === 'words') !== (column.type === 'words')) return own
    return `if(position(shape, ${quoted(repeatMark(field)).replaceAll('\x04', '\\x04')}) > 0, ${valueSql(other)}, ${own})`
  })
  const head = ["toString(toDate(timestamp, 'UTC'))", mapped('mapKeys'), mapped('mapValues')]
  return {
    select: [...head, ...values].join(', '),
    event(row) {
      const event: Record<string, unknown> = {}
      for (const [i, { field, column }] of columns.entries()) {
        const value = row[3 + i]
        if (column.type === 'words' ? (value as unknown[]).length > 0 : !isAbsent(column, value as string))
          event[field] = value
      }
      const names = row[1] as readonly string[]
      const texts = row[2] as readonly string[]
      for (const [i, name] of names.entries()) {
        const known = event[name]
        if (known === undefined) event[name] = texts[i]
        else event[name] = Array.isArray(known) ? [...known, texts[i]] : [known, texts[i]]
      }
      return event as EcsEvent
    }
  }
}

/**
 * A condition that every event fulfils which one of the expressions may be true of: a text that it needs stands somewhere in what is selected
 * by `everything`. Undefined where one of them needs no text. It spares reading the texts of all events for the few that matter.
 */
export function anyNeedSql(
  expressions: readonly Expression[],
  fields: readonly string[],
  context: Context
): string | undefined {
  const needles = new Set<string>()
  for (const expression of expressions) {
    const required = requiredBy(expression, ({ text }) => 1000 / (1 + text.length) ** 2)
    if (required === undefined) return undefined
    for (const { kind, text, fields: own } of required.needs) {
      const isText = own === undefined || own.every(field => isTextColumn(columnOf(field)))
      if (!isText || (kind !== 'piece' && kind !== 'equal') || text.length < 3) return undefined
      needles.add(text)
    }
  }
  if (needles.size === 0) return '0'
  const texts = fields.flatMap(field => {
    const column = columnOf(field)
    if (column === undefined || !isTextColumn(column)) return []
    return [column.type === 'words' ? `arrayStringConcat(${column.name}, '\n')` : `toString(\`${column.name}\`)`]
  })
  const hay = `lower(concatWithSeparator('\n', arrayStringConcat(mapValues(fields), '\n'), ${[...texts, "''"].join(', ')}))`
  const all = [...needles]
  const parts: string[] = []
  for (let at = 0; at < all.length; at += needlesMax)
    parts.push(`multiSearchAny(${hay}, ${context.param(all.slice(at, at + needlesMax), 'Array(String)')})`)
  return `(${parts.join(' OR ')})`
}

/** What `multiSearchAny` takes. */
const needlesMax = 250

function isTextColumn(column: Column | undefined): boolean {
  return column === undefined || column.type === 'word' || column.type === 'text' || column.type === 'words'
}

function valueSql({ name, type }: Column): string {
  if (type === 'ip') return addressSql(name)
  if (type === 'time') return timeTextSql(name)
  return type === 'word' || type === 'text' || type === 'words' ? `\`${name}\`` : `toString(\`${name}\`)`
}

/** What a column holds where its field is absent. (A field that is present with this value stands in the map.) */
function isAbsent({ type }: Column, value: string): boolean {
  if (type === 'ip') return value === '::'
  if (type === 'time') return value.startsWith('1970-01-01T00:00:00.000')
  return value === '' || (type.startsWith('u') && value === '0')
}
