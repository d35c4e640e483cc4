/**
 * Values as SQL, and how one type is read as another.
 *
 * Types: text ('' is absent), number (Nullable(Float64)), time (Nullable(DateTime64(6))), ip (IPv6, '::' is absent), list (array of
 * texts, empty is absent), truth (0 or 1).
 */

import { addressSql, numberOfTextSql, timeOfTextSql, timeTextSql } from '../sql-expressions.ts'

export type SqlType = 'text' | 'number' | 'time' | 'ip' | 'list' | 'truth'
export type Sql = { readonly sql: string; readonly type: SqlType }

/** Is there a value? */
export function presentSql({ sql, type }: Sql): string {
  switch (type) {
    case 'text':
      return `${sql} != ''`
    case 'ip':
      return `${sql} != toIPv6('::')`
    case 'list':
      return `notEmpty(${sql})`
    case 'truth':
      return '1'
    default:
      return `isNotNull(${sql})`
  }
}

/** 1 where there is none: what is absent is sorted last. */
export function absentSql(value: Sql): string {
  return `NOT (${presentSql(value)})`
}

export function textOf({ sql, type }: Sql): string {
  switch (type) {
    case 'text':
      return sql
    case 'ip':
      return `if(${sql} = toIPv6('::'), '', ${addressSql(sql)})`
    case 'time':
      return `ifNull(${timeTextSql(sql)}, '')`
    case 'list':
      return `arrayStringConcat(${sql}, ', ')`
    case 'truth':
      return `if(${sql}, 'true', 'false')`
    case 'number':
      // Zero has two signs.
      return `ifNull(toString(${sql} + 0), '')`
  }
}

export function numberOf({ sql, type }: Sql): string {
  switch (type) {
    case 'number':
      return sql
    case 'truth':
      return `toFloat64(${sql})`
    case 'time':
      return `(toUnixTimestamp64Micro(${sql}) / 1000000)`
    case 'list':
      return `if(length(${sql}) = 1, ${numberOfTextSql(`${sql}[1]`)}, NULL)`
    case 'ip':
      return "CAST(NULL, 'Nullable(Float64)')"
    case 'text':
      return numberOfTextSql(sql)
  }
}

export function timeOf({ sql, type }: Sql): string {
  if (type === 'time') return sql
  if (type === 'number') return `fromUnixTimestamp64Micro(toInt64OrNull(toString(round(${sql} * 1000000))), 'UTC')`
  return timeOfTextSql(textOf({ sql, type }))
}

/** True or false, never NULL. */
export function truthOf(value: Sql): string {
  if (value.type === 'truth') return value.sql
  if (value.type === 'number') return `(ifNull(${value.sql}, 0) != 0)`
  return `(${presentSql(value)})`
}
