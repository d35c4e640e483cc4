/**
 * The hits of a base as SQL: a row for each event (and, of a list, for each of its values) with
 *
 *     ht  its time in microseconds    hi  its id    ho  1 if it was there at the watermark already
 *     kt  1 for the heartbeat's events, which are kept apart    k0, k1 …  the values grouped by    hv  the value counted
 *
 * Events without a value for one of the keys are no hits; neither are those without the value where one is counted.
 */

import { heartbeatSource } from '../core/detection.ts'
import { and, type Expression, equals, not } from '../filter/expression.ts'
import { EventScope } from '../filter/pipes/scopes.ts'
import { numberOf, presentSql, type Sql, textOf } from '../filter/pipes/sql-values.ts'
import { Context, type SqlParam } from '../filter/sql-context.ts'
import { toSql } from '../filter/to-sql.ts'

/** What part of the store a statement looks at. */
export type Extent = {
  /** Events from here, and before there, by their own time. */
  readonly fromUs: number
  readonly toUs: number
  /** Rows up to here were there when it was looked last (below zero: none were) … */
  readonly seen: number
  /** … and rows up to here are there now. */
  readonly committed: number
}

export type StatementOptions = {
  readonly table: string
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
}

const deadLetters = equals('event.kind', 'pipeline_error')

/** The parameters of a statement, from all the pieces that it is made of. */
export class Statement {
  readonly context: Context
  readonly options: StatementOptions
  readonly #conditions: Record<string, SqlParam> = {}
  #pieces = 0

  constructor(options: StatementOptions) {
    this.options = options
    const { mayBeInMap } = options
    this.context = new Context({ paramPrefix: 'x', ...(mayBeInMap === undefined ? {} : { mayBeInMap }) })
  }

  get params(): Readonly<Record<string, SqlParam>> {
    return { ...this.#conditions, ...this.context.params }
  }

  /** The condition in SQL. Dead letters are no events. */
  condition(expression: Expression): string {
    const { mayBeInMap } = this.options
    const paramPrefix = `c${this.#pieces++}p`
    const whole = and([expression, not(deadLetters)])
    const { sql, params } = toSql(whole, { paramPrefix, ...(mayBeInMap === undefined ? {} : { mayBeInMap }) })
    Object.assign(this.#conditions, params)
    return sql
  }

  /** `FROM … WHERE …`: the events of the extent that fulfil the expression. */
  from(expression: Expression, { fromUs, toUs, committed }: Extent): string {
    const time = (us: number): string => `fromUnixTimestamp64Micro(${this.context.param(clampUs(us), 'Int64')}, 'UTC')`
    return (
      `FROM ${this.options.table} WHERE timestamp >= ${time(fromUs)} AND timestamp < ${time(toUs)} ` +
      `AND position <= ${this.context.param(committed, 'UInt64')} AND (${this.condition(expression)})`
    )
  }

  /** What a field holds; of several fields, the first that the event has. */
  value(fields: readonly string[]): Sql {
    const scope = new EventScope(this.context)
    const values = fields.map(field => scope.value(field))
    if (values.length === 1) return values[0]!
    const texts = values.map(value => ({ present: presentSql(value), text: `toString(${textOf(value)})` }))
    return { sql: `multiIf(${texts.flatMap(({ present, text }) => [present, text]).join(', ')}, '')`, type: 'text' }
  }
}

/** Times that the store can hold. */
export const clampUs = (us: number): number => Math.round(Math.min(Math.max(us, 0), 4_291_747_200_000_000))

/** What the heartbeat sent: by its source, which nobody else's can be called, so that the map need not be read. */
export const heartbeatSql = `picket_source = '${heartbeatSource}'`

/** A key or a value as text; a list gives each of its values once. */
export function textSql(value: Sql): string {
  return value.type === 'list'
    ? `arrayJoin(arrayDistinct(arrayMap(x -> toString(x), ${value.sql})))`
    : `toString(${textOf(value)})`
}

export type HitColumns = {
  readonly keys: readonly (readonly string[])[]
  readonly values: readonly (readonly string[])[]
  readonly numeric: boolean
}

/** The hits of an expression in the extent. */
export function eventHitsSql(
  statement: Statement,
  expression: Expression,
  extent: Extent,
  { keys, values, numeric }: HitColumns,
  extra: readonly string[] = [],
  only?: string
): string {
  const select = [
    'toUnixTimestamp64Micro(timestamp) AS ht',
    'id AS hi',
    // Below zero: nothing was there before (a back-test).
    extent.seen < 0 ? 'toUInt8(0) AS ho' : `position <= ${statement.context.param(extent.seen, 'UInt64')} AS ho`,
    `${heartbeatSql} AS kt`,
    ...keys.map((fields, i) => `${textSql(statement.value(fields))} AS k${i}`),
    ...valueSql(statement, values, numeric),
    ...extra
  ]
  const present = [
    ...keys.map((_, i) => `k${i} != ''`),
    ...(values.length === 0 ? [] : [numeric ? 'isNotNull(hv)' : "hv != ''"])
  ]
  const also = only === undefined ? '' : ` AND ${only}`
  const hits = `SELECT ${select.join(', ')} ${statement.from(expression, extent)}${also}`
  return present.length === 0 ? hits : `SELECT * FROM (${hits}) WHERE ${present.join(' AND ')}`
}

function valueSql(statement: Statement, values: HitColumns['values'], numeric: boolean): string[] {
  if (values.length === 0) return []
  const found = values.map(fields => statement.value(fields))
  if (numeric) return [`toNullable(toFloat64(${numberOf(found[0]!)})) AS hv`]
  if (found.length === 1) return [`${textSql(found[0]!)} AS hv`]
  // Several fields: their values together are what is counted. One that is absent leaves the event out.
  const texts = found.map(value => `toString(${textOf(value)})`)
  const all = texts.map(text => `${text} != ''`).join(' AND ')
  return [`if(${all}, concat(${texts.join(", '\\x1f', ")}), '') AS hv`]
}
