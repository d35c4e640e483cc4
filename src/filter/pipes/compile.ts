/**
 * A search as SQL for the store. Each command makes a query around the one before it; names from people never stand in the SQL: the
 * columns of tables are c0, c1 …, fields and values are parameters.
 */

import { PicketError } from '../../core/errors.ts'
import { and, type Expression } from '../expression.ts'
import type { Search } from '../search.ts'
import { Context, type SqlOptions, type SqlParam } from '../sql-context.ts'
import { toSql } from '../to-sql.ts'
import type { Aggregate, Command, Group, SortKey, Value } from './commands.ts'
import {
  binTime,
  EventScope,
  groupSql,
  numberOf,
  presentSql,
  type Scope,
  type Sql,
  type SqlType,
  textOf,
  truthOf,
  valueSql
} from './sql-values.ts'

export type ResultType = 'time' | 'number' | 'text' | 'ip' | 'list'
export type ResultColumn = { readonly name: string; readonly type: ResultType }
export type Chart = { readonly x: string; readonly series?: string; readonly values: readonly string[] }

export type CompiledSearch =
  /** Rows stay events: found by the condition. `expression` is what it asks. */
  | {
      readonly kind: 'events'
      readonly expression: Expression
      readonly oldestFirst: boolean
      readonly limit: number | undefined
    }
  | {
      readonly kind: 'table'
      readonly sql: string
      readonly params: Readonly<Record<string, SqlParam>>
      readonly columns: readonly ResultColumn[]
      readonly chart?: Chart
    }

export type CompileOptions = SqlOptions & {
  /** `picket.events`, with its database. */
  readonly table: string
  /** `picket.lookup_rows`. */
  readonly lookupTable?: string
  /** The lookup tables, and their columns. */
  readonly lookups?: ReadonlyMap<string, readonly string[]>
  /** Microseconds since 1970. */
  readonly fromUs?: number
  readonly toUs?: number
  /** What `now()` is. */
  readonly nowMs?: number
  /** Events that no search sees unless it asks for them. */
  readonly hide?: Expression
  /** At most so many rows come out. */
  readonly rowsMax: number
}

/** Throws `field-not-searchable`, `no-column`, `no-lookup`, `cidr-invalid`: PicketErrors for people. */
export function compileSearch(search: Search, options: CompileOptions): CompiledSearch {
  const filter = options.hide === undefined ? search.filter : and([search.filter, options.hide])
  const events = asEvents(search.commands, filter)
  return events ?? new Compiler(filter, options).compile(search.commands)
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

type Column = { readonly id: string; readonly type: SqlType }

class TableScope implements Scope {
  readonly columns: ReadonlyMap<string, Column>

  constructor(columns: ReadonlyMap<string, Column>) {
    this.columns = columns
  }

  value(name: string): Sql {
    const column = this.columns.get(name)
    if (column === undefined) {
      const known = [...this.columns.keys()].slice(0, 20).join(', ')
      throw new PicketError('no-column', `There is no column ${name} here; there are: ${known}.`)
    }
    return { sql: column.id, type: column.type }
  }
}

/** Shown where events become rows of a table by other means than their names. */
const eventColumns = ['@timestamp', 'event.dataset', 'message']

class Compiler {
  readonly #context: Context
  readonly #options: CompileOptions
  #from: string
  #scope: EventScope | TableScope
  /** The order of the rows so far, as SQL. */
  #order: string[]
  #chart: Chart | undefined
  #ids = 0

  constructor(filter: Expression, options: CompileOptions) {
    const context = new Context({ ...options, paramPrefix: 'v' })
    this.#context = context
    this.#options = options
    const condition = toSql(filter, { mayBeInMap: options.mayBeInMap, paramPrefix: 'f' })
    Object.assign(context.params, condition.params)
    const range: string[] = []
    if (options.fromUs !== undefined) range.push(`timestamp >= ${this.#instant(options.fromUs)}`)
    if (options.toUs !== undefined) range.push(`timestamp < ${this.#instant(options.toUs)}`)
    if (condition.sql !== '1') range.push(condition.sql)
    this.#from = range.length === 0 ? options.table : `(SELECT * FROM ${options.table} WHERE ${range.join(' AND ')})`
    this.#scope = new EventScope(context)
    this.#order = ['timestamp DESC', 'id DESC']
  }

  #instant(us: number): string {
    return `fromUnixTimestamp64Micro(${this.#context.param(Math.floor(us), 'Int64')}, 'UTC')`
  }

  compile(commands: readonly Command[]): CompiledSearch {
    for (const command of commands) this.#apply(command)
    if (this.#scope instanceof EventScope) this.#toTable([...eventColumns, ...this.#scope.added.keys()])
    const scope = this.#scope as TableScope
    const columns: ResultColumn[] = []
    const select: string[] = []
    for (const [name, column] of scope.columns) {
      const { sql, type } = outOf({ sql: column.id, type: column.type })
      columns.push({ name, type })
      select.push(`${sql} AS o${columns.length}`)
    }
    const order = this.#order.length === 0 ? '' : ` ORDER BY ${this.#order.join(', ')}`
    const limit = this.#context.param(this.#options.rowsMax, 'UInt32')
    const sql = `SELECT ${select.length === 0 ? '1 AS o1' : select.join(', ')} FROM ${this.#from}${order} LIMIT ${limit}`
    const chart = this.#chart
    return { kind: 'table', sql, params: this.#context.params, columns, ...(chart === undefined ? {} : { chart }) }
  }

  #apply(command: Command): void {
    if (command.kind !== 'sort' && command.kind !== 'rename' && command.kind !== 'filter' && command.kind !== 'where')
      this.#chart = undefined
    switch (command.kind) {
      case 'filter': {
        const { sql, params } = toSql(command.of, {
          mayBeInMap: this.#options.mayBeInMap,
          paramPrefix: `w${this.#ids++}_`
        })
        Object.assign(this.#context.params, params)
        this.#nest(`WHERE ${sql}`)
        return
      }
      case 'where':
        this.#nest(`WHERE ${truthOf(this.#value(command.of))}`)
        return
      case 'eval':
        this.#eval(command.assign)
        return
      case 'stats':
        this.#stats(command.aggregates, command.by)
        return
      case 'timechart':
        this.#timechart(command)
        return
      case 'sort':
        this.#order = this.#orderBy(command.keys)
        return
      case 'head':
        this.#nest(`${this.#orderText()} LIMIT ${this.#context.param(command.count, 'UInt32')}`)
        return
      case 'tail': {
        const order = this.#order.map(reversed)
        this.#nest(
          `ORDER BY ${order.length === 0 ? '1' : order.join(', ')} LIMIT ${this.#context.param(command.count, 'UInt32')}`
        )
        return
      }
      case 'dedup': {
        const keys = command.names.map(name => textOf(this.#scope.value(name)))
        this.#nest(`${this.#orderText()} LIMIT ${this.#context.param(command.keep, 'UInt32')} BY ${keys.join(', ')}`)
        return
      }
      case 'fields': {
        if (this.#scope instanceof EventScope) {
          const shown = [...eventColumns, ...this.#scope.added.keys()]
          this.#toTable(command.remove ? shown.filter(name => !command.names.includes(name)) : command.names)
          return
        }
        const { columns } = this.#scope
        for (const name of command.names) this.#scope.value(name)
        const kept = command.remove ? [...columns.keys()].filter(name => !command.names.includes(name)) : command.names
        this.#scope = new TableScope(new Map(kept.map(name => [name, columns.get(name)!])))
        return
      }
      case 'rename': {
        if (this.#scope instanceof EventScope)
          this.#toTable([
            ...new Set([...eventColumns, ...this.#scope.added.keys(), ...command.pairs.map(({ from }) => from)])
          ])
        const scope = this.#scope as TableScope
        for (const { from } of command.pairs) scope.value(from)
        const names = new Map(command.pairs.map(({ from, to }) => [from, to]))
        this.#scope = new TableScope(
          new Map([...scope.columns].map(([name, column]) => [names.get(name) ?? name, column]))
        )
        const chart = this.#chart
        if (chart !== undefined) {
          const now = (name: string): string => names.get(name) ?? name
          this.#chart = {
            x: now(chart.x),
            ...(chart.series === undefined ? {} : { series: now(chart.series) }),
            values: chart.values.map(now)
          }
        }
        return
      }
      case 'top':
      case 'rare':
        this.#top(command)
        return
      case 'join':
        this.#join(command)
        return
      case 'transaction':
        this.#transaction(command)
        return
      case 'pattern':
        this.#pattern(command)
        return
    }
  }

  #value(value: Value): Sql {
    return valueSql(value, this.#scope, this.#context)
  }

  #orderText(): string {
    return this.#order.length === 0 ? '' : `ORDER BY ${this.#order.join(', ')}`
  }

  #nest(clause: string): void {
    this.#from = `(SELECT * FROM ${this.#from} ${clause})`
  }

  #newId(): string {
    return `c${this.#ids++}`
  }

  #orderBy(keys: readonly SortKey[]): string[] {
    return keys.flatMap(({ name, descending }) => {
      const value = this.#scope.value(name)
      const sql =
        value.type === 'list' || value.type === 'ip'
          ? value.sql
          : value.type === 'text'
            ? `toString(${value.sql})`
            : value.sql
      const direction = descending ? 'DESC' : 'ASC'
      return value.type === 'text' ? [`${sql} = '' ASC`, `${sql} ${direction}`] : [`${sql} ${direction} NULLS LAST`]
    })
  }

  /** Events become rows of a table with these columns; their order is kept. */
  #toTable(names: readonly string[]): void {
    const scope = this.#scope
    const columns = new Map<string, Column>()
    const select: string[] = []
    for (const name of names) {
      if (columns.has(name)) continue
      const { sql, type } = scope.value(name)
      const id = this.#newId()
      select.push(`${sql} AS ${id}`)
      columns.set(name, { id, type })
    }
    const order = this.#order.map((part, index) => ({ part, id: `k${this.#ids}_${index}` }))
    for (const { part, id } of order) select.push(`${part.replace(/ (?:ASC|DESC)(?: NULLS LAST)?$/, '')} AS ${id}`)
    this.#from = `(SELECT ${select.join(', ')} FROM ${this.#from})`
    this.#order = order.map(({ part, id }) => id + (/ (?:ASC|DESC)(?: NULLS LAST)?$/.exec(part)?.[0] ?? ''))
    this.#ids++
    this.#scope = new TableScope(columns)
  }

  #eval(assign: readonly { readonly as: string; readonly of: Value }[]): void {
    for (const { as, of } of assign) {
      const value = this.#value(of)
      if (this.#scope instanceof EventScope) {
        const id = this.#newId()
        this.#from = `(SELECT *, ${value.sql} AS ${id} FROM ${this.#from})`
        this.#scope = new EventScope(
          this.#context,
          new Map([...this.#scope.added, [as, { sql: id, type: value.type }]])
        )
      } else {
        const id = this.#newId()
        this.#from = `(SELECT *, ${value.sql} AS ${id} FROM ${this.#from})`
        this.#scope = new TableScope(new Map([...this.#scope.columns, [as, { id, type: value.type }]]))
      }
    }
  }

  #stats(aggregates: readonly Aggregate[], by: readonly Group[]): void {
    const groups = by.map(group => ({ as: group.as, ...this.#groupValue(group) }))
    const columns = new Map<string, Column>()
    const select: string[] = []
    const keys: string[] = []
    const present: string[] = []
    for (const { as, sql, type } of groups) {
      const id = this.#newId()
      keys.push(id)
      const list = type === 'list'
      select.push(`${list ? `arrayJoin(${sql})` : sql} AS ${id}`)
      columns.set(as, { id, type: list ? 'text' : type })
      if (!list) present.push(presentSql({ sql: id, type }))
    }
    for (const aggregate of aggregates) {
      const { sql, type } = this.#aggregate(aggregate)
      const id = this.#newId()
      select.push(`${sql} AS ${id}`)
      columns.set(aggregate.as, { id, type })
    }
    const group =
      keys.length === 0
        ? ''
        : ` GROUP BY ${keys.join(', ')}${present.length === 0 ? '' : ` HAVING ${present.join(' AND ')}`}`
    this.#from = `(SELECT ${select.join(', ')} FROM ${this.#from}${group})`
    this.#scope = new TableScope(columns)
    this.#order = keys.map(id => `${id} ASC`)
    const bin = by.find(one => one.kind === 'bin')
    if (bin !== undefined) {
      const other = by.find(one => one.kind !== 'bin')
      this.#chart = {
        x: bin.as,
        ...(other === undefined ? {} : { series: other.as }),
        values: aggregates.map(({ as }) => as)
      }
    }
  }

  #groupValue(group: Group): Sql {
    if (group.kind === 'value') return groupSql(group.of, this.#scope, this.#context)
    const value = this.#value(group.of)
    if (value.type !== 'time') throw new PicketError('no-time', 'bin with a length of time needs a time.')
    return { sql: binTime(value.sql, this.#context.param(group.seconds * 1_000_000, 'Int64')), type: 'time' }
  }

  #aggregate({ name, of, percentile }: Aggregate): Sql {
    if (of === undefined) return { sql: 'toNullable(toFloat64(count()))', type: 'number' }
    const value = this.#value(of)
    const present = presentSql(value)
    const time = this.#scope instanceof EventScope ? 'timestamp' : undefined
    switch (name) {
      case 'count':
        return {
          sql: `toNullable(toFloat64(countIf(${value.type === 'truth' ? value.sql : present})))`,
          type: 'number'
        }
      case 'dc':
        return {
          sql:
            value.type === 'list'
              ? `toNullable(toFloat64(length(groupUniqArrayArray(arrayMap(x -> lower(x), ${value.sql})))))`
              : `toNullable(toFloat64(uniqExactIf(${value.type === 'text' ? `lower(${value.sql})` : `assumeNotNull(${value.sql})`}, ${present})))`,
          type: 'number'
        }
      case 'sum':
      case 'avg':
        return number(`${name}(${numberOf(value)})`)
      case 'stdev':
        return number(`stddevSamp(${numberOf(value)})`)
      case 'median':
        return number(`quantileExactInclusive(0.5)(${numberOf(value)})`)
      case 'percentile':
        // A level is no parameter to ClickHouse; it is a number that we print.
        return number(`quantileExactInclusive(${String((percentile ?? 50) / 100)})(${numberOf(value)})`)
      case 'min':
      case 'max':
        if (value.type === 'number' || value.type === 'truth') return number(`${name}(${numberOf(value)})`)
        if (value.type === 'time') return { sql: `${name}(toNullable(${value.sql}))`, type: 'time' }
        return { sql: `${name}If(toString(${textOf(value)}), ${present})`, type: 'text' }
      case 'first':
      case 'last': {
        const kept =
          value.type === 'number' || value.type === 'time' || value.type === 'ip'
            ? value
            : { sql: `toString(${textOf(value)})`, type: 'text' as const }
        const function_ = name === 'first' ? 'argMinIf' : 'argMaxIf'
        if (time === undefined)
          return { sql: `any${name === 'last' ? 'Last' : ''}If(${kept.sql}, ${present})`, type: kept.type }
        return { sql: `${function_}(${kept.sql}, (${time}, id), ${present})`, type: kept.type }
      }
      case 'values': {
        const one =
          value.type === 'list'
            ? `arrayMap(x -> toString(x), ${value.sql})`
            : `if(${present}, [toString(${textOf(value)})], [])`
        return { sql: `arraySlice(arraySort(groupUniqArrayArray(10000)(${one})), 1, 100)`, type: 'list' }
      }
    }
  }

  #timechart({ seconds, aggregates, by, limit }: Extract<Command, { kind: 'timechart' }>): void {
    const time = this.#scope.value('@timestamp')
    if (time.type !== 'time') throw new PicketError('no-time', 'timechart needs rows with a @timestamp.')
    const width = seconds ?? chosenWidth(this.#options)
    const group: Group = { kind: 'bin', seconds: width, of: { kind: 'field', name: '@timestamp' }, as: '@timestamp' }
    if (by === undefined) {
      this.#stats(aggregates, [group])
      return
    }
    const series = groupSql(by, this.#scope, this.#context)
    const list = series.type === 'list'
    const id = this.#newId()
    const name = textOf(list ? { sql: `arrayJoin(${series.sql})`, type: 'text' } : series)
    this.#from = `(SELECT *, toString(${name}) AS ${id} FROM ${this.#from})`
    const top = this.#context.param(limit, 'UInt32')
    const largest = `(SELECT ${id} FROM ${this.#from} WHERE ${id} != '' GROUP BY ${id} ORDER BY count() DESC, ${id} LIMIT ${top})`
    const other = this.#newId()
    this.#from = `(SELECT *, multiIf(${id} = '', '', ${id} IN ${largest}, ${id}, 'other') AS ${other} FROM ${this.#from})`
    const as = by.kind === 'field' ? by.name : 'series'
    const added: Sql = { sql: other, type: 'text' }
    const scope = this.#scope
    this.#scope =
      scope instanceof EventScope
        ? new EventScope(this.#context, new Map([...scope.added, [as, added]]))
        : new TableScope(new Map([...scope.columns, [as, { id: other, type: 'text' }]]))
    this.#stats(aggregates.slice(0, 1), [group, { kind: 'value', of: { kind: 'field', name: as }, as }])
  }

  #top({ kind, count, of, by }: Extract<Command, { kind: 'top' | 'rare' }>): void {
    const group = (name: string): Group => ({ kind: 'value', of: { kind: 'field', name }, as: name })
    this.#stats([{ name: 'count', of: undefined, as: 'count' }], [...by, ...of].map(group))
    const scope = this.#scope as TableScope
    const total = scope.value('count').sql
    const parts = by.map(name => scope.value(name).sql)
    const id = this.#newId()
    const over = parts.length === 0 ? '' : `PARTITION BY ${parts.join(', ')}`
    this.#from = `(SELECT *, round(${total} * 100 / (sum(${total}) OVER (${over})), 2) AS ${id} FROM ${this.#from})`
    this.#scope = new TableScope(new Map([...scope.columns, ['percent', { id, type: 'number' }]]))
    const direction = kind === 'top' ? 'DESC' : 'ASC'
    this.#order = [
      ...parts.map(part => `${part} ASC`),
      `${total} ${direction}`,
      ...of.map(name => `${scope.value(name).sql} ASC`)
    ]
    const limit = this.#context.param(count, 'UInt32')
    this.#nest(`${this.#orderText()} LIMIT ${limit}${parts.length === 0 ? '' : ` BY ${parts.join(', ')}`}`)
  }

  #join({ lookup, on, column, outer }: Extract<Command, { kind: 'join' }>): void {
    const { lookups, lookupTable } = this.#options
    const known = lookups?.get(lookup)
    if (known === undefined || lookupTable === undefined) {
      const names = [...(lookups?.keys() ?? [])].slice(0, 20).join(', ')
      throw new PicketError(
        'no-lookup',
        `There is no lookup table ${lookup}${names === '' ? '' : `; there are: ${names}`}.`
      )
    }
    if (!known.includes(column))
      throw new PicketError('no-column', `${lookup} has no column ${column}; it has: ${known.slice(0, 20).join(', ')}.`)
    if (this.#scope instanceof EventScope)
      this.#toTable([...new Set([...eventColumns, ...this.#scope.added.keys(), on])])
    const scope = this.#scope as TableScope
    const key = `lower(${textOf(scope.value(on))})`
    const cells = this.#newId()
    const table = `(SELECT lower(cells[${this.#context.text(column)}]) AS k, argMin(cells, number) AS ${cells} FROM ${lookupTable} WHERE lookup = ${this.#context.text(lookup)} GROUP BY k HAVING k != '')`
    const columns = new Map(scope.columns)
    const select = ['l.*']
    for (const name of known) {
      if (name === column && name === on) continue
      const id = this.#newId()
      select.push(`r.${cells}[${this.#context.text(name)}] AS ${id}`)
      columns.set(columns.has(name) ? `${lookup}.${name}` : name, { id, type: 'text' })
    }
    this.#from = `(SELECT ${select.join(', ')} FROM (SELECT *, ${key} AS k FROM ${this.#from}) AS l ${outer ? 'LEFT' : 'INNER'} JOIN ${table} AS r ON l.k = r.k)`
    this.#scope = new TableScope(columns)
  }

  #transaction({ by, gapSeconds }: Extract<Command, { kind: 'transaction' }>): void {
    const time = this.#scope.value('@timestamp')
    if (time.type !== 'time') throw new PicketError('no-time', 'transaction needs rows with a @timestamp.')
    const keys = by.map(name => ({ name, id: this.#newId(), ...this.#scope.value(name) }))
    const [t, gap, session, count] = [this.#newId(), this.#newId(), this.#newId(), this.#newId()]
    const chosen = keys.map(key => `${key.sql} AS ${key.id}`)
    const partition = `PARTITION BY ${keys.map(key => key.id).join(', ')} ORDER BY ${t}`
    const present = keys.map(key => presentSql({ sql: key.id, type: key.type }))
    const rows = `SELECT ${chosen.join(', ')}, ${time.sql} AS ${t} FROM ${this.#from} WHERE ${present.join(' AND ')}`
    const gapUs = this.#context.param(gapSeconds * 1_000_000, 'Int64')
    const us = `toUnixTimestamp64Micro(${t})`
    const gaps = `SELECT *, if(row_number() OVER (${partition}) = 1 OR ${us} - lagInFrame(${us}, 1, ${us}) OVER (${partition} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) > ${gapUs}, 1, 0) AS ${gap} FROM (${rows})`
    const sessions = `SELECT *, sum(${gap}) OVER (${partition} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ${session} FROM (${gaps})`
    const [start, end, duration] = [this.#newId(), this.#newId(), this.#newId()]
    const ids = keys.map(key => key.id).join(', ')
    this.#from =
      `(SELECT ${ids}, min(${t}) AS ${start}, max(${t}) AS ${end}, toNullable(dateDiff('microsecond', ${start}, ${end}) / 1000000) AS ${duration}, ` +
      `toNullable(toFloat64(count())) AS ${count} FROM (${sessions}) GROUP BY ${ids}, ${session})`
    this.#scope = new TableScope(
      new Map<string, Column>([
        ...keys.map(key => [key.name, { id: key.id, type: key.type }] as const),
        ['start', { id: start, type: 'time' }],
        ['end', { id: end, type: 'time' }],
        ['duration', { id: duration, type: 'number' }],
        ['count', { id: count, type: 'number' }]
      ])
    )
    this.#order = [`${start} DESC`, ...keys.map(key => `${key.id} ASC`)]
  }

  #pattern({ of, count }: Extract<Command, { kind: 'pattern' }>): void {
    const value = textOf(this.#scope.value(of))
    const ids = { pattern: this.#newId(), count: this.#newId(), example: this.#newId() }
    const shape = shapes.reduce(
      (sql, [regex, by]) => `replaceRegexpAll(${sql}, '${regex}', '${by}')`,
      `toString(${value})`
    )
    this.#from =
      `(SELECT ${shape} AS ${ids.pattern}, toNullable(toFloat64(count())) AS ${ids.count}, min(toString(${value})) AS ${ids.example} ` +
      `FROM ${this.#from} GROUP BY ${ids.pattern} HAVING ${ids.pattern} != '')`
    this.#scope = new TableScope(
      new Map<string, Column>([
        ['pattern', { id: ids.pattern, type: 'text' }],
        ['count', { id: ids.count, type: 'number' }],
        ['example', { id: ids.example, type: 'text' }]
      ])
    )
    this.#order = [`${ids.count} DESC`, `${ids.pattern} ASC`]
    this.#nest(`${this.#orderText()} LIMIT ${this.#context.param(count, 'UInt32')}`)
  }
}

/** What varies in messages, in this order. Constants of ours: they stand in the SQL as they are. */
export const shapes: readonly (readonly [regex: string, by: string])[] = [
  ['[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}', '<uuid>'],
  ['[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}', '<ip>'],
  ['[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}[.,0-9]*Z?', '<time>'],
  ['0x[0-9A-Fa-f]+', '<hex>'],
  ['[0-9]+', '<n>']
]

function number(sql: string): Sql {
  return { sql: `if(isFinite(${sql}), toNullable(toFloat64(${sql})), NULL)`, type: 'number' }
}

function reversed(order: string): string {
  return / DESC( NULLS LAST)?$/.test(order)
    ? order.replace(/ DESC( NULLS LAST)?$/, ' ASC$1')
    : order.replace(/ ASC( NULLS LAST)?$/, ' DESC$1')
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

const widths = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000]

/** About a hundred steps over the range; hours where there is none. */
function chosenWidth({ fromUs, toUs }: CompileOptions): number {
  if (fromUs === undefined || toUs === undefined) return 3600
  const seconds = (toUs - fromUs) / 1_000_000
  return widths.find(width => seconds / width <= 120) ?? widths.at(-1)!
}
