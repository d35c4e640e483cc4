/**
 * The query that the commands of a search build up: each puts a query around the one before. Columns are c0, c1 …: names from people never
 * stand in the SQL.
 */

import { columnOf, computedFields } from '../../core/columns.ts'
import type { Expression } from '../expression.ts'
import { Context, type SqlOptions } from '../sql-context.ts'
import { toSql } from '../to-sql.ts'
import type { Value } from './commands.ts'
import { sqlLengthMax, tooLarge, valueSql } from './functions.ts'
import { type Column, EventScope, TableScope } from './scopes.ts'
import type { Sql } from './sql-values.ts'

export type Chart = { readonly x: string; readonly series?: string; readonly values: readonly string[] }

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
  readonly nowMs: number
  /** Events that no search sees unless it asks for them. */
  readonly hide?: Expression
  /** At most so many rows come out. */
  readonly rowsMax: number
}

/** Rows are ordered by several of these, so that equal ones have an order too. What is absent comes last. */
export type OrderPart = { readonly sql: string; readonly descending: boolean }

/** Computed columns are not among `*`. What no command uses is not read. */
const eventRow = ['*', ...[...computedFields.keys()].map(field => columnOf(field)!.name)].join(', ')

/** Shown where events become rows of a table by other means than their names. */
const eventColumns = ['@timestamp', 'event.dataset', 'message']

const orderPartsMax = 16

export class Pipeline {
  readonly context: Context
  readonly options: CompileOptions
  #from = ''
  scope: EventScope | TableScope
  order: readonly OrderPart[]
  chart: Chart | undefined
  #ids = 0

  constructor(filter: Expression, options: CompileOptions) {
    this.options = options
    this.context = new Context({ ...options, paramPrefix: 'v' })
    const condition = this.filterSql(filter)
    const where: string[] = []
    if (options.fromUs !== undefined) where.push(`timestamp >= ${this.#instant(options.fromUs)}`)
    if (options.toUs !== undefined) where.push(`timestamp < ${this.#instant(options.toUs)}`)
    if (condition !== '1') where.push(condition)
    this.from = `(SELECT ${eventRow} FROM ${options.table}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`})`
    this.scope = new EventScope(this.context)
    this.order = [
      { sql: 'timestamp', descending: true },
      { sql: 'id', descending: true }
    ]
  }

  get from(): string {
    return this.#from
  }

  /** Throws `search-too-large`: some commands and functions name what they work on more than once. */
  set from(sql: string) {
    if (sql.length > sqlLengthMax) throw tooLarge()
    this.#from = sql
  }

  #instant(us: number): string {
    return `fromUnixTimestamp64Micro(${this.context.param(Math.floor(us), 'Int64')}, 'UTC')`
  }

  filterSql(filter: Expression): string {
    const { sql, params } = toSql(filter, {
      mayBeInMap: this.context.mayBeInMap,
      paramPrefix: `f${this.#ids++}_`
    })
    Object.assign(this.context.params, params)
    return sql
  }

  value(value: Value): Sql {
    return valueSql(value, this.scope, this.context, this.options.nowMs)
  }

  newId(): string {
    return `c${this.#ids++}`
  }

  count(rows: number): string {
    return this.context.param(rows, 'UInt32')
  }

  orderText(order = this.order): string {
    return order.length === 0 ? '' : `ORDER BY ${order.map(partText).join(', ')}`
  }

  /** The rows from the last one on. */
  reversedText(): string {
    return this.order.length === 0
      ? ''
      : `ORDER BY ${this.order.map(({ sql, descending }) => `${sql} ${descending ? 'ASC' : 'DESC'} NULLS FIRST`).join(', ')}`
  }

  /** New keys first; where they are equal the order stays. */
  sortBy(keys: readonly OrderPart[]): void {
    const known = new Set(keys.map(key => key.sql))
    this.order = [...keys, ...this.order.filter(({ sql }) => !known.has(sql))].slice(0, orderPartsMax)
  }

  nest(clause: string): void {
    this.from = `(SELECT * FROM ${this.from} ${clause})`
  }

  /** A further column in each row. */
  add(name: string, value: Sql): void {
    const id = this.newId()
    this.from = `(SELECT *, ${value.sql} AS ${id} FROM ${this.from})`
    this.named(name, { id, type: value.type })
  }

  /** Gives a column that is there already a name. */
  named(name: string, column: Column): void {
    this.scope =
      this.scope instanceof EventScope
        ? this.scope.with(name, { sql: column.id, type: column.type })
        : new TableScope(new Map([...this.scope.columns, [name, column]]))
  }

  /** Events become rows of a table with these columns; their order is kept. */
  toTable(names: readonly string[]): TableScope {
    const columns = new Map<string, Column>()
    const select: string[] = []
    for (const name of names) {
      if (columns.has(name)) continue
      const { sql, type } = this.scope.value(name)
      const id = this.newId()
      select.push(`${sql} AS ${id}`)
      columns.set(name, { id, type })
    }
    const order = this.order.map(({ sql, descending }) => {
      const id = this.newId()
      select.push(`${sql} AS ${id}`)
      return { sql: id, descending }
    })
    this.from = `(SELECT ${select.join(', ')} FROM ${this.from})`
    this.order = order
    const scope = new TableScope(columns)
    this.scope = scope
    return scope
  }

  /** What is shown of events that nobody chose columns of. */
  shownColumns(): string[] {
    if (this.scope instanceof TableScope) return [...this.scope.columns.keys()]
    return [...new Set([...eventColumns, ...this.scope.added.keys()])]
  }

  /** The rows so far are summed up into others. */
  replace(from: string, columns: readonly (readonly [string, Column])[], order: readonly OrderPart[]): void {
    this.from = `(${from})`
    this.scope = new TableScope(new Map(columns))
    this.order = order
  }
}

const partText = ({ sql, descending }: OrderPart): string => `${sql} ${descending ? 'DESC' : 'ASC'} NULLS LAST`
