/** `join`, `transaction` and `pattern` as SQL: rows beside those of a lookup table, rows in sessions, texts by their shape. */

import { PicketError } from '../../core/errors.ts'
import type { Command } from './commands.ts'
import type { Pipeline } from './pipeline.ts'
import { type Column, EventScope } from './scopes.ts'
import { presentSql, textOf } from './sql-values.ts'

/** Texts are compared without regard to case; of equal keys in the table the first row counts. */
export function join(pipeline: Pipeline, { lookup, on, column, outer }: Extract<Command, { kind: 'join' }>): void {
  const { lookups, lookupTable } = pipeline.options
  const { context } = pipeline
  const known = lookups?.get(lookup)
  if (known === undefined || lookupTable === undefined) {
    const names = [...(lookups?.keys() ?? [])].slice(0, 20).join(', ')
    const there = names === '' ? 'none has been uploaded' : `there are: ${names}`
    throw new PicketError('no-lookup', `There is no lookup table ${lookup.slice(0, 100)}; ${there}.`)
  }
  if (!known.includes(column))
    throw new PicketError(
      'no-column',
      `${lookup} has no column ${column.slice(0, 100)}; it has: ${known.slice(0, 20).join(', ')}.`
    )
  const [left, right, cells] = [pipeline.newId(), pipeline.newId(), pipeline.newId()]
  const key = `lower(${textOf(pipeline.scope.value(on))})`
  const table =
    `(SELECT lower(cells[${context.text(column)}]) AS ${right}, argMin(cells, number) AS ${cells} FROM ${lookupTable} ` +
    `WHERE lookup = ${context.text(lookup)} GROUP BY ${right} HAVING ${right} != '')`
  const select = ['l.*']
  const added: [string, Column][] = []
  const taken = new Set(pipeline.shownColumns())
  for (const name of known) {
    if (name === column && name === on) continue
    const id = pipeline.newId()
    select.push(`r.${cells}[${context.text(name)}] AS ${id}`)
    added.push([taken.has(name) ? `${lookup}.${name}` : name, { id, type: 'text' }])
  }
  pipeline.from =
    `(SELECT ${select.join(', ')} FROM (SELECT *, ${key} AS ${left} FROM ${pipeline.from}) AS l ` +
    `${outer ? 'LEFT' : 'INNER'} JOIN ${table} AS r ON l.${left} = r.${right})`
  if (pipeline.scope instanceof EventScope) pipeline.named(on, shownKey(pipeline, on))
  for (const [name, made] of added) pipeline.named(name, made)
}

/** The field that events were joined on is shown with them. */
function shownKey(pipeline: Pipeline, on: string): Column {
  const { sql, type } = pipeline.scope.value(on)
  const id = pipeline.newId()
  pipeline.from = `(SELECT *, ${sql} AS ${id} FROM ${pipeline.from})`
  return { id, type }
}

/** Rows of one key, each at most the gap after the one before. */
export function transaction(pipeline: Pipeline, { by, gapSeconds }: Extract<Command, { kind: 'transaction' }>): void {
  const time = pipeline.scope.value('@timestamp')
  if (time.type !== 'time') throw new PicketError('no-time', 'transaction needs rows with a @timestamp.')
  const keys = by.map(name => ({ name, id: pipeline.newId(), ...pipeline.scope.value(name) }))
  const [t, gap, session, count] = [pipeline.newId(), pipeline.newId(), pipeline.newId(), pipeline.newId()]
  const ids = keys.map(key => key.id).join(', ')
  const present = [...keys.map(key => presentSql({ sql: key.id, type: key.type })), `isNotNull(${t})`]
  const rows =
    `SELECT ${keys.map(key => `${key.sql} AS ${key.id}`).join(', ')}, ${time.sql} AS ${t} ` +
    `FROM ${pipeline.from} WHERE ${present.join(' AND ')}`
  const window = `PARTITION BY ${ids} ORDER BY ${t}`
  const us = `toUnixTimestamp64Micro(assumeNotNull(${t}))`
  const gapUs = pipeline.context.param(gapSeconds * 1_000_000, 'Int64')
  // The first row of a key has no row before it: then it is compared with itself.
  const before = `lagInFrame(${us}, 1, ${us}) OVER (${window} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`
  const gaps = `SELECT *, if(${us} - ${before} > ${gapUs}, 1, 0) AS ${gap} FROM (${rows})`
  const sessions = `SELECT *, sum(${gap}) OVER (${window} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ${session} FROM (${gaps})`
  const [start, end, duration] = [pipeline.newId(), pipeline.newId(), pipeline.newId()]
  pipeline.replace(
    `SELECT ${ids}, toNullable(min(${t})) AS ${start}, toNullable(max(${t})) AS ${end}, ` +
      `toNullable((max(${us}) - min(${us})) / 1000000) AS ${duration}, ` +
      `toNullable(toFloat64(count())) AS ${count} FROM (${sessions}) GROUP BY ${ids}, ${session}`,
    [
      ...keys.map(key => [key.name, { id: key.id, type: key.type }] as const),
      ['start', { id: start, type: 'time' }],
      ['end', { id: end, type: 'time' }],
      ['duration', { id: duration, type: 'number' }],
      ['count', { id: count, type: 'number' }]
    ],
    [{ sql: start, descending: true }, ...keys.map(key => ({ sql: key.id, descending: false }))]
  )
}

/** What varies in texts, in this order. Constants of ours: they stand in the SQL as they are. */
export const shapes: readonly (readonly [regex: string, by: string])[] = [
  ['[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}', '<uuid>'],
  ['[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}', '<ip>'],
  ['[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}[.,0-9]*Z?', '<time>'],
  ['0x[0-9A-Fa-f]+', '<hex>'],
  ['[0-9]+', '<n>']
]

export function pattern(pipeline: Pipeline, { of, count }: Extract<Command, { kind: 'pattern' }>): void {
  const value = `toString(${textOf(pipeline.scope.value(of))})`
  const [found, number, example] = [pipeline.newId(), pipeline.newId(), pipeline.newId()]
  const shape = shapes.reduce((sql, [regex, by]) => `replaceRegexpAll(${sql}, '${regex}', '${by}')`, value)
  pipeline.replace(
    `SELECT ${shape} AS ${found}, toNullable(toFloat64(count())) AS ${number}, min(${value}) AS ${example} ` +
      `FROM ${pipeline.from} GROUP BY ${found} HAVING ${found} != ''`,
    [
      ['pattern', { id: found, type: 'text' }],
      ['count', { id: number, type: 'number' }],
      ['example', { id: example, type: 'text' }]
    ],
    [
      { sql: number, descending: true },
      { sql: found, descending: false }
    ]
  )
  pipeline.nest(`${pipeline.orderText()} LIMIT ${pipeline.count(count)}`)
}
