/** A search as SQL for the store: its filter, then each command around what came before (`pipeline.ts`). */

import { and, type Expression } from '../expression.ts'
import type { Search } from '../search.ts'
import type { SqlParam } from '../sql-context.ts'
import type { Command, SortKey } from './commands.ts'
import { sqlLengthMax, tooLarge } from './functions.ts'
import { stats, timechart, top } from './grouping.ts'
import { join, pattern, transaction } from './joining.ts'
import { type Chart, type CompileOptions, type OrderPart, Pipeline } from './pipeline.ts'
import { EventScope, TableScope } from './scopes.ts'
import { absentSql, type Sql, textOf, truthOf } from './sql-values.ts'

export type { Chart, CompileOptions } from './pipeline.ts'

export type ResultType = 'time' | 'number' | 'text' | 'ip' | 'list'
export type ResultColumn = { readonly name: string; readonly type: ResultType }

export type CompiledSearch =
  /** Rows stay events: found by the condition. `expression` is what it asks. */
  | {
      readonly kind: 'events'
      readonly expression: Expression
      readonly oldestFirst: boolean
      readonly limit: number | undefined
    }
  /** The columns of the result are named o1, o2 …, in the order of `columns`. */
  | {
      readonly kind: 'table'
      readonly sql: string
      readonly params: Readonly<Record<string, SqlParam>>
      readonly columns: readonly ResultColumn[]
      readonly chart?: Chart
    }

/** Throws `field-not-searchable`, `no-column`, `no-lookup`, `no-time`, `cidr-invalid`, `search-too-large`: PicketErrors for people. */
export function compileSearch(search: Search, options: CompileOptions): CompiledSearch {
  const filter = options.hide === undefined ? search.filter : and([search.filter, options.hide])
  const events = asEvents(search.commands, filter)
  if (events !== undefined) return events
  const pipeline = new Pipeline(filter, options)
  for (const command of search.commands) apply(command, pipeline)
  return result(pipeline)
}

/** Searches that filters alone can answer. */
function asEvents(commands: readonly Command[], filter: Expression): CompiledSearch | undefined {
  const parts = [filter]
  let oldestFirst = false
  let limit: number | undefined
  for (const command of commands) {
    if (limit !== undefined) return undefined
    if (command.kind === 'filter') parts.push(command.of)
    else if (command.kind === 'sort' && command.keys.length === 1 && command.keys[0]!.name === '@timestamp')
      oldestFirst = !command.keys[0]!.descending
    else if (command.kind === 'head') limit = command.count
    else return undefined
  }
  return { kind: 'events', expression: and(parts), oldestFirst, limit }
}

function apply(command: Command, pipeline: Pipeline): void {
  if (!['sort', 'rename', 'filter', 'where'].includes(command.kind)) pipeline.chart = undefined
  switch (command.kind) {
    case 'filter':
      pipeline.nest(`WHERE ${pipeline.filterSql(command.of)}`)
      return
    case 'where':
      pipeline.nest(`WHERE ${truthOf(pipeline.value(command.of))}`)
      return
    case 'eval':
      for (const { as, of } of command.assign) pipeline.add(as, pipeline.value(of))
      return
    case 'stats':
      stats(pipeline, command.aggregates, command.by)
      return
    case 'timechart':
      timechart(pipeline, command)
      return
    case 'sort':
      pipeline.sortBy([...command.keys.flatMap(key => orderOf(key, pipeline)), ...ofSameTime(command.keys, pipeline)])
      return
    case 'head':
      pipeline.nest(`${pipeline.orderText()} LIMIT ${pipeline.count(command.count)}`)
      return
    case 'tail':
      pipeline.nest(`${pipeline.reversedText()} LIMIT ${pipeline.count(command.count)}`)
      return
    case 'dedup': {
      const keys = command.names.map(name => textOf(pipeline.scope.value(name)))
      pipeline.nest(`${pipeline.orderText()} LIMIT ${pipeline.count(command.keep)} BY ${keys.join(', ')}`)
      return
    }
    case 'fields':
      fields(command, pipeline)
      return
    case 'rename':
      rename(command.pairs, pipeline)
      return
    case 'top':
    case 'rare':
      top(pipeline, command)
      return
    case 'join':
      join(pipeline, command)
      return
    case 'transaction':
      transaction(pipeline, command)
      return
    case 'pattern':
      pattern(pipeline, command)
      return
  }
}

/** Events of the same time follow each other in the direction of the time, as in the list of events. */
function ofSameTime(keys: readonly SortKey[], { scope }: Pipeline): OrderPart[] {
  const last = keys.at(-1)!
  const byTime = scope instanceof EventScope && last.name === '@timestamp' && !scope.added.has(last.name)
  return byTime ? [{ sql: 'id', descending: last.descending }] : []
}

/** What is absent comes last, whatever the direction. */
function orderOf({ name, descending }: SortKey, pipeline: Pipeline): OrderPart[] {
  const { sql, type } = pipeline.scope.value(name)
  if (type === 'number' || type === 'time' || type === 'truth') return [{ sql, descending }]
  return [
    { sql: absentSql({ sql, type }), descending: false },
    { sql: type === 'text' ? `toString(${sql})` : sql, descending }
  ]
}

function fields({ names, remove }: Extract<Command, { kind: 'fields' }>, pipeline: Pipeline): void {
  const kept = remove ? pipeline.shownColumns().filter(name => !names.includes(name)) : names
  const { scope } = pipeline
  if (scope instanceof EventScope) {
    pipeline.toTable(kept)
    return
  }
  for (const name of names) scope.value(name)
  pipeline.scope = new TableScope(new Map(kept.map(name => [name, scope.columns.get(name)!])))
}

function rename(pairs: readonly { readonly from: string; readonly to: string }[], pipeline: Pipeline): void {
  const { scope, chart } = pipeline
  if (scope instanceof EventScope) {
    for (const { from, to } of pairs) pipeline.add(to, scope.value(from))
    return
  }
  for (const { from } of pairs) scope.value(from)
  const names = new Map(pairs.map(({ from, to }) => [from, to]))
  const now = (name: string): string => names.get(name) ?? name
  const taken = new Set(names.values())
  // A column that stood under the new name goes.
  const kept = [...scope.columns].filter(([name]) => names.has(name) || !taken.has(name))
  pipeline.scope = new TableScope(new Map(kept.map(([name, column]) => [now(name), column])))
  if (chart === undefined) return
  pipeline.chart = {
    x: now(chart.x),
    ...(chart.series === undefined ? {} : { series: now(chart.series) }),
    values: chart.values.map(now)
  }
}

function result(pipeline: Pipeline): CompiledSearch {
  const scope = pipeline.scope instanceof EventScope ? pipeline.toTable(pipeline.shownColumns()) : pipeline.scope
  const columns: ResultColumn[] = []
  const select: string[] = []
  for (const [name, { id, type }] of scope.columns) {
    const out = outOf({ sql: id, type })
    columns.push({ name, type: out.type })
    select.push(`${out.sql} AS o${columns.length}`)
  }
  const limit = pipeline.count(pipeline.options.rowsMax)
  const sql = `SELECT ${select.length === 0 ? '1 AS o1' : select.join(', ')} FROM ${pipeline.from} ${pipeline.orderText()} LIMIT ${limit}`
  if (sql.length > sqlLengthMax) throw tooLarge()
  const { chart } = pipeline
  return { kind: 'table', sql, params: pipeline.context.params, columns, ...(chart === undefined ? {} : { chart }) }
}

/** As it goes out: absent is null. */
function outOf(value: Sql): { readonly sql: string; readonly type: ResultType } {
  switch (value.type) {
    case 'time':
      return { sql: `if(isNull(${value.sql}), NULL, ${textOf(value)})`, type: 'time' }
    case 'ip':
      return { sql: `nullIf(${textOf(value)}, '')`, type: 'ip' }
    case 'list':
      return { sql: `arrayMap(x -> toString(x), ${value.sql})`, type: 'list' }
    case 'number':
      return { sql: value.sql, type: 'number' }
    case 'truth':
      return { sql: textOf(value), type: 'text' }
    case 'text':
      return { sql: `nullIf(toString(${value.sql}), '')`, type: 'text' }
  }
}
