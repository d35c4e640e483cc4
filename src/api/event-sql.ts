/** SQL over events that several routes write: which rows, and a field's values as people see them. Values are parameters. */

import { columnOf } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { EventScope } from '../filter/pipes/scopes.ts'
import { presentSql, type SqlType, textOf } from '../filter/pipes/sql-values.ts'
import { Context, instant } from '../filter/sql-context.ts'
import type { SqlCondition, TimeRange } from '../store/store.ts'
import { ApiError } from './route.ts'

export class EventSql {
  readonly context: Context
  readonly #params: Record<string, unknown> = {}
  readonly #table: string
  readonly #scope: EventScope

  constructor(database: string, mayBeInMap: ((field: string) => boolean) | undefined) {
    this.context = new Context({ paramPrefix: 'x', ...(mayBeInMap === undefined ? {} : { mayBeInMap }) })
    this.#table = `${database}.events`
    this.#scope = new EventScope(this.context)
  }

  get params(): Readonly<Record<string, unknown>> {
    return { ...this.#params, ...this.context.params }
  }

  /** `FROM … WHERE …`. Conditions of one statement must have parameters of different names. */
  from(condition: SqlCondition, range: TimeRange): string {
    Object.assign(this.#params, condition.params)
    const parts = [`(${condition.sql})`]
    if (range.fromUs !== undefined) parts.unshift(`timestamp >= ${instant(Math.floor(range.fromUs), this.context)}`)
    if (range.toUs !== undefined) parts.unshift(`timestamp < ${instant(Math.floor(range.toUs), this.context)}`)
    return `FROM ${this.#table} WHERE ${parts.join(' AND ')}`
  }

  /** A field to group by: as the store has it, whether it is there, and its text. Throws an `ApiError` if it cannot be. */
  key(field: string): FieldKey {
    const column = columnOf(field)
    if (
      column === undefined &&
      !/\.address$|^event\.id$|^picket\.|^network\.community_id$|^related\.|^event\.original$/.test(field)
    ) {
      // Without a column, all values stand in the map.
      const name = this.context.text(field)
      const array = `arrayFilter((v, k) -> k = ${name}, mapValues(fields), mapKeys(fields))`
      return {
        sql: `arrayJoin(${array})`,
        array,
        present: id => `${id} != ''`,
        text: id => id,
        type: 'text',
        only: `has(mapKeys(fields), ${name})`
      }
    }
    if (
      column !== undefined &&
      /^u\d/.test(column.type) &&
      !this.context.mayBeInMap(field) &&
      column.name === column.stored
    )
      return { sql: column.name, present: id => `${id} != 0`, text: id => `toString(${id})`, type: 'number' }
    try {
      const value = this.#scope.value(field)
      if (value.type === 'list')
        return {
          sql: `arrayJoin(${value.sql})`,
          array: value.sql,
          present: id => `${id} != ''`,
          text: id => `toString(${id})`,
          type: 'list'
        }
      return {
        sql: value.sql,
        present: id => presentSql({ sql: id, type: value.type }),
        text: id => `toString(${textOf({ sql: id, type: value.type })})`,
        type: value.type
      }
    } catch (error) {
      if (error instanceof PicketError) throw new ApiError(400, error.code, error.message)
      throw error
    }
  }
}

export type FieldKey = {
  readonly sql: string
  /** Of a field with several values: all of them, which `sql` makes rows of. */
  readonly array?: string
  readonly present: (id: string) => string
  readonly text: (id: string) => string
  readonly type: SqlType
  /** Rows for which this is not true have no value. */
  readonly only?: string
}
