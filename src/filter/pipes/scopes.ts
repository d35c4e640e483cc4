/** What names mean in the commands of a search: the fields of events (column, repeated column, map), or the columns of a table. */

import { columnOf, repeatedFields, repeatMark } from '../../core/columns.ts'
import { PicketError } from '../../core/errors.ts'
import { presenceSql } from '../sql-columns.ts'
import type { Context } from '../sql-context.ts'
import { communityIdExpression, ipOfTextSql, numberOfTextSql, timeOfTextSql } from '../sql-expressions.ts'
import { communityIdField, fieldsBehind, isRelated } from '../virtual-fields.ts'
import { type Sql, type SqlType, textOf } from './sql-values.ts'

/** What names mean at a place in the pipe. Throws `field-not-searchable`, `no-column`. */
export type Scope = { value(name: string): Sql }

/** The fields of events, and what `eval` has added to them. */
export class EventScope implements Scope {
  readonly #context: Context
  readonly added: ReadonlyMap<string, Sql>

  constructor(context: Context, added: ReadonlyMap<string, Sql> = new Map()) {
    this.#context = context
    this.added = added
  }

  with(name: string, value: Sql): EventScope {
    return new EventScope(this.#context, new Map([...this.added, [name, value]]))
  }

  value(name: string): Sql {
    return this.added.get(name) ?? this.#field(name)
  }

  #field(field: string): Sql {
    const context = this.#context
    if (field === '@timestamp') return { sql: 'timestamp', type: 'time' }
    if (field === 'event.id' || field === 'picket.id') return { sql: "leftPad(lower(hex(id)), 16, '0')", type: 'text' }
    if (field === 'picket.ingested') return { sql: "toDateTime64(ingested, 6, 'UTC')", type: 'time' }
    if (field === communityIdField) return { sql: communityIdExpression, type: 'text' }
    if (field === 'event.original' || isRelated(field))
      throw new PicketError(
        'field-not-searchable',
        `${field} repeats other fields and is not stored: name one of those`
      )
    const [own, ...others] = fieldsBehind(field)
    if (others.length > 0) {
      const texts = [own!, ...others].map(name => textOf(this.#stored(name)))
      return {
        sql: `multiIf(${texts[0]} != '', ${texts[0]}, ${texts[1]} != '', ${texts[1]}, ${texts[2] ?? "''"})`,
        type: 'text'
      }
    }
    const other = repeatedFields.get(field)
    if (other === undefined) return this.#stored(field)
    const [here, there] = [this.#stored(field), this.#stored(other)]
    const marked = `position(shape, ${context.text(repeatMark(field))}) > 0`
    if (here.type === there.type) return { sql: `if(${marked}, ${there.sql}, ${here.sql})`, type: here.type }
    const repeated = textOf(there)
    return {
      sql: `if(${marked}, ${repeated}, ${textOf(here)})`,
      type: 'text'
    }
  }

  #stored(field: string): Sql {
    // `fields['…']` gives the last of several values in some plans; the first of them is wanted always.
    const mapped = `mapValues(fields)[indexOf(mapKeys(fields), ${this.#context.text(field)})]`
    const column = columnOf(field)
    if (column === undefined) return { sql: mapped, type: 'text' }
    const also = this.#context.mayBeInMap(field)
    const { name } = column
    switch (column.type) {
      case 'word':
      case 'text':
        return { sql: also ? `if(${name} != '', toString(${name}), ${mapped})` : name, type: 'text' }
      case 'ip':
        return also
          ? { sql: `if(${name} != toIPv6('::'), ${name}, ifNull(${ipOfTextSql(mapped)}, toIPv6('::')))`, type: 'ip' }
          : { sql: name, type: 'ip' }
      case 'time':
        return {
          sql: `if(${name} != toDateTime64(0, 6, 'UTC'), ${name}, ${also ? timeOfTextSql(mapped) : 'NULL'})`,
          type: 'time'
        }
      case 'words':
        return {
          sql: also ? `if(empty(${name}) AND ${mapped} != '', [${mapped}], arrayMap(x -> toString(x), ${name}))` : name,
          type: 'list'
        }
      default:
        // Zero stands in the map: in the column it means absent.
        return {
          sql: `if(${presenceSql(column)}, toFloat64(${name}), ${also ? numberOfTextSql(mapped) : 'NULL'})`,
          type: 'number'
        }
    }
  }
}

export type Column = { readonly id: string; readonly type: SqlType }

/** The columns that a command has made. */
export class TableScope implements Scope {
  readonly columns: ReadonlyMap<string, Column>

  constructor(columns: ReadonlyMap<string, Column>) {
    this.columns = columns
  }

  value(name: string): Sql {
    const column = this.columns.get(name)
    if (column === undefined) {
      const known = [...this.columns.keys()].slice(0, 20).join(', ')
      throw new PicketError('no-column', `There is no column ${name.slice(0, 100)} here; there are: ${known}.`)
    }
    return { sql: column.id, type: column.type }
  }
}
