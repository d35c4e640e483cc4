/** `stats`, `timechart`, `top` and `rare` as SQL: rows in groups. Rows that lack a grouped value are left out. */

import { columnOf, computedFields, repeatedFields } from '../../core/columns.ts'
import { PicketError } from '../../core/errors.ts'
import { aggregateSql, finiteSql } from './aggregates.ts'
import type { Aggregate, Command, Group, Value } from './commands.ts'
import { binTimeUs } from './functions.ts'
import type { CompileOptions, OrderPart, Pipeline } from './pipeline.ts'
import { type Column, EventScope, type TableScope } from './scopes.ts'
import { presentSql, type SqlType, textOf } from './sql-values.ts'

/** What rows are grouped by: as the store has it, and made into a value of the language once a group. */
type Key = {
  readonly as: string
  readonly sql: string
  readonly type: SqlType
  readonly present: (id: string) => string | undefined
  readonly out?: (id: string) => string
}

export function stats(pipeline: Pipeline, aggregates: readonly Aggregate[], by: readonly Group[]): void {
  const time = timeSql(pipeline, aggregates)
  const columns: (readonly [string, Column])[] = []
  const select: string[] = []
  const outer: string[] = []
  const ids: string[] = []
  const present: string[] = []
  for (const key of by.map(group => keyOf(group, pipeline))) {
    const id = pipeline.newId()
    ids.push(id)
    select.push(`${key.sql} AS ${id}`)
    const condition = key.present(id)
    if (condition !== undefined) present.push(condition)
    const made = key.out === undefined ? id : pipeline.newId()
    outer.push(key.out === undefined ? id : `${key.out(id)} AS ${made}`)
    columns.push([key.as, { id: made, type: key.type }])
  }
  const order: OrderPart[] = columns.map(([, { id }]) => ({ sql: id, descending: false }))
  for (const aggregate of aggregates) {
    const of = aggregate.of === undefined ? undefined : pipeline.value(aggregate.of)
    const { sql, type } = aggregateSql(aggregate, of, time)
    const id = pipeline.newId()
    select.push(`${sql} AS ${id}`)
    outer.push(id)
    columns.push([aggregate.as, { id, type }])
  }
  const having = present.length === 0 ? '' : ` HAVING ${present.join(' AND ')}`
  const inner = `SELECT ${select.join(', ')} FROM ${pipeline.from}${ids.length === 0 ? '' : ` GROUP BY ${ids.join(', ')}${having}`}`
  const converted = outer.some(part => part.includes(' AS '))
  pipeline.replace(converted ? `SELECT ${outer.join(', ')} FROM (${inner})` : inner, columns, order)
  const bin = by.find(group => group.kind === 'bin')
  const series = by.find(group => group.kind !== 'bin')
  if (bin !== undefined) {
    pipeline.chart = {
      x: bin.as,
      ...(series === undefined ? {} : { series: series.as }),
      values: aggregates.map(({ as }) => as)
    }
  }
}

/** What orders rows for `first` and `last`: their time; else their place in the table. */
function timeSql(pipeline: Pipeline, aggregates: readonly Aggregate[]): string {
  if (pipeline.scope instanceof EventScope) return '(timestamp, id)'
  if (!aggregates.some(({ name }) => name === 'first' || name === 'last')) return '0'
  const place = pipeline.newId()
  pipeline.from = `(SELECT *, row_number() OVER (${pipeline.orderText()}) AS ${place} FROM ${pipeline.from})`
  const time = pipeline.scope.columns.get('@timestamp')
  return time?.type === 'time' ? `(ifNull(${time.id}, toDateTime64(0, 6, 'UTC')), -toInt64(${place}))` : place
}

function keyOf(group: Group, pipeline: Pipeline): Key {
  const { as } = group
  const native = group.kind === 'value' ? nativeColumn(group.of, pipeline) : undefined
  if (native !== undefined)
    return { as, sql: native, type: 'number', present: id => `${id} != 0`, out: id => `toNullable(toFloat64(${id}))` }
  const of = pipeline.value(group.of)
  if (group.kind === 'bin') {
    if (of.type !== 'time') throw new PicketError('no-time', 'bin with a length of time needs a time.')
    const width = pipeline.context.param(group.seconds * 1_000_000, 'Int64')
    const always = of.sql === 'timestamp'
    return {
      as,
      sql: binTimeUs(of.sql, width, group.seconds % 604_800 === 0),
      type: 'time',
      present: id => (always ? undefined : `isNotNull(${id})`),
      out: id => `toNullable(fromUnixTimestamp64Micro(${id}, 'UTC'))`
    }
  }
  if (of.type === 'list') return { as, sql: `arrayJoin(${of.sql})`, type: 'text', present: () => undefined }
  // Zero has two signs.
  const sql = of.type === 'number' ? `(${of.sql} + 0)` : of.sql
  return { as, sql, type: of.type, present: id => presentSql({ sql: id, type: of.type }) }
}

/** A column of whole numbers that can be grouped by as it stands. */
function nativeColumn(value: Value, pipeline: Pipeline): string | undefined {
  if (value.kind !== 'field' || !(pipeline.scope instanceof EventScope) || pipeline.scope.added.has(value.name))
    return undefined
  const column = columnOf(value.name)
  // A duration of 0 may follow from others.
  if (column === undefined || repeatedFields.has(value.name) || computedFields.get(value.name) === 'duration')
    return undefined
  if (pipeline.context.mayBeInMap(value.name)) return undefined
  return /^u\d/.test(column.type) ? column.name : undefined
}

export function timechart(
  pipeline: Pipeline,
  { seconds, aggregates, by, limit }: Extract<Command, { kind: 'timechart' }>
): void {
  if (pipeline.scope.value('@timestamp').type !== 'time')
    throw new PicketError('no-time', 'timechart needs rows with a @timestamp.')
  const width = seconds ?? chosenWidth(pipeline.options)
  const group: Group = { kind: 'bin', seconds: width, of: { kind: 'field', name: '@timestamp' }, as: '@timestamp' }
  if (by === undefined) {
    stats(pipeline, aggregates, [group])
    return
  }
  const value = pipeline.value(by)
  const id = pipeline.newId()
  const name = value.type === 'list' ? `arrayJoin(${value.sql})` : textOf(value)
  const single = aggregates[0]!
  const partial = partialSql(pipeline, single)
  if (partial !== undefined) {
    seriesInOnePass(pipeline, { group, name, as: by.kind === 'field' ? by.name : 'series', limit, single, partial })
    return
  }
  pipeline.from = `(SELECT *, toString(${name}) AS ${id} FROM ${pipeline.from})`
  const largest =
    `(SELECT ${id} FROM ${pipeline.from} WHERE ${id} != '' GROUP BY ${id} ` +
    `ORDER BY count() DESC, ${id} LIMIT ${pipeline.count(limit)})`
  const as = by.kind === 'field' ? by.name : 'series'
  pipeline.add(as, { sql: `multiIf(${id} = '', '', ${id} IN ${largest}, ${id}, 'other')`, type: 'text' })
  stats(pipeline, aggregates.slice(0, 1), [group, { kind: 'value', of: { kind: 'field', name: as }, as }])
}

/** A number that can be had from the numbers of parts: over the rows of a part, and over the parts. */
function partialSql(pipeline: Pipeline, { name, of }: Aggregate): { rows: string; parts: string } | undefined {
  if (of === undefined) return { rows: 'count()', parts: 'sum' }
  if (name !== 'sum' && name !== 'min' && name !== 'max') return undefined
  const value = pipeline.value(of)
  return value.type === 'number' ? { rows: `${name}(toNullable(${value.sql}))`, parts: name } : undefined
}

/** Grouped by each value first, which needs the rows once; then the less frequent values are put together. */
function seriesInOnePass(
  pipeline: Pipeline,
  about: {
    group: Group
    name: string
    as: string
    limit: number
    single: Aggregate
    partial: { rows: string; parts: string }
  }
): void {
  const { group, name, as, limit, single, partial } = about
  const key = keyOf(group, pipeline)
  const [bin, series, rows, part, total, rank] = [
    pipeline.newId(),
    pipeline.newId(),
    pipeline.newId(),
    pipeline.newId(),
    pipeline.newId(),
    pipeline.newId()
  ]
  const parts =
    `SELECT ${key.sql} AS ${bin}, ${name} AS ${series}, count() AS ${rows}, ${partial.rows} AS ${part} ` +
    `FROM ${pipeline.from} GROUP BY ${bin}, ${series} HAVING ${series} != '' AND isNotNull(${bin})`
  const totals = `SELECT *, sum(${rows}) OVER (PARTITION BY ${series}) AS ${total} FROM (${parts})`
  const ranked = `SELECT *, dense_rank() OVER (ORDER BY ${total} DESC, toString(${series})) AS ${rank} FROM (${totals})`
  const [time, line, value] = [pipeline.newId(), pipeline.newId(), pipeline.newId()]
  pipeline.replace(
    `SELECT ${key.out!(bin)} AS ${time}, if(${rank} <= ${pipeline.count(limit)}, toString(${series}), 'other') AS ${line}, ` +
      `${finiteSql(`${partial.parts}(${part})`)} AS ${value} FROM (${ranked}) GROUP BY ${bin}, ${line}`,
    [
      [key.as, { id: time, type: 'time' }],
      [as, { id: line, type: 'text' }],
      [single.as, { id: value, type: 'number' }]
    ],
    [
      { sql: time, descending: false },
      { sql: line, descending: false }
    ]
  )
  pipeline.chart = { x: key.as, series: as, values: [single.as] }
}

export function top(pipeline: Pipeline, { kind, count, of, by }: Extract<Command, { kind: 'top' | 'rare' }>): void {
  const group = (name: string): Group => ({ kind: 'value', of: { kind: 'field', name }, as: name })
  stats(pipeline, [{ name: 'count', of: undefined, as: 'count' }], [...by, ...of].map(group))
  const scope = pipeline.scope as TableScope
  const total = scope.value('count').sql
  const parts = by.map(name => scope.value(name).sql)
  const over = parts.length === 0 ? '' : `PARTITION BY ${parts.join(', ')}`
  pipeline.add('percent', {
    sql: `(floor(${total} * 10000 / (sum(${total}) OVER (${over})) + 0.5) / 100)`,
    type: 'number'
  })
  pipeline.order = [
    ...parts.map(sql => ({ sql, descending: false })),
    { sql: total, descending: kind === 'top' },
    ...of.map(name => ({ sql: scope.value(name).sql, descending: false }))
  ]
  const each = parts.length === 0 ? '' : ` BY ${parts.join(', ')}`
  pipeline.nest(`${pipeline.orderText()} LIMIT ${pipeline.count(count)}${each}`)
}

const widths = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000]

/** About a hundred steps over the range; hours where there is none. */
function chosenWidth({ fromUs, toUs }: CompileOptions): number {
  if (fromUs === undefined || toUs === undefined) return 3600
  const seconds = (toUs - fromUs) / 1_000_000
  return widths.find(width => seconds / width <= 120) ?? widths.at(-1)!
}
