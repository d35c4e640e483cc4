/**
 * Values as SQL: where an event's field stands (column, repeated column, map), what the columns of a table are, and functions over both.
 *
 * Types: text ('' is absent), number (Nullable(Float64)), time (Nullable(DateTime64(6))), ip (IPv6, '::' is absent), list (array of
 * texts, empty is absent), truth (0 or 1).
 */

import { columnOf, repeatedFields, repeatMark } from '../../core/columns.ts'
import { PicketError } from '../../core/errors.ts'
import { parseCidr } from '../address.ts'
import type { Context } from '../sql-context.ts'
import {
  addressOfTextSql,
  addressSql,
  communityIdExpression,
  numberOfTextSql,
  timeOfTextSql,
  timeTextSql
} from '../sql-expressions.ts'
import { communityIdField, fieldsBehind, isRelated } from '../virtual-fields.ts'
import { lowerParts, parseWildcard, wildcardLike } from '../wildcard.ts'
import type { Value } from './commands.ts'

export type SqlType = 'text' | 'number' | 'time' | 'ip' | 'list' | 'truth'
export type Sql = { readonly sql: string; readonly type: SqlType }

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
    const repeated = textOf(this.value(other))
    return {
      sql: `if(position(shape, ${context.text(repeatMark(field))}) > 0, ${repeated}, ${textOf(this.#stored(field))})`,
      type: 'text'
    }
  }

  #stored(field: string): Sql {
    const mapped = `fields[${this.#context.text(field)}]`
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
          ? { sql: `if(${name} != toIPv6('::'), ${name}, ifNull(toIPv6OrNull(${mapped}), toIPv6('::')))`, type: 'ip' }
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
          sql: `if(${name} != 0, toFloat64(${name}), ${also ? numberOfTextSql(mapped) : 'NULL'})`,
          type: 'number'
        }
    }
  }
}

/** A field to group by: the column as it stands, where that is enough (texts are made of few groups, not of many rows). */
export function groupSql(value: Value, scope: Scope, context: Context): Sql {
  if (value.kind === 'field' && scope instanceof EventScope && !scope.added.has(value.name)) {
    const column = columnOf(value.name)
    const plain =
      column !== undefined &&
      !context.mayBeInMap(value.name) &&
      !repeatedFields.has(value.name) &&
      value.name !== '@timestamp'
    if (plain && (column.type === 'u8' || column.type === 'u16' || column.type === 'u32' || column.type === 'u64'))
      return { sql: `nullIf(${column.name}, 0)`, type: 'number' }
  }
  return valueSql(value, scope, context)
}

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
      return `ifNull(toString(${sql}), '')`
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

const truth = (sql: string): Sql => ({ sql, type: 'truth' })
const number = (sql: string): Sql => ({ sql, type: 'number' })
const text = (sql: string): Sql => ({ sql, type: 'text' })

export function valueSql(value: Value, scope: Scope, context: Context): Sql {
  const of = (inner: Value): Sql => valueSql(inner, scope, context)
  switch (value.kind) {
    case 'number':
      return number(`toNullable(toFloat64(${context.param(value.value, 'Float64')}))`)
    case 'text':
      return text(context.text(value.value))
    case 'field':
      return scope.value(value.name)
    case 'binary': {
      const [left, right] = [numberOf(of(value.left)), numberOf(of(value.right))]
      // Nothing comes of a division by zero.
      if (value.op === '/' || value.op === '%') {
        const name =
          value.op === '/'
            ? `(${left}) / nullIf(${right}, 0)`
            : `(${left}) - floor((${left}) / nullIf(${right}, 0)) * (${right})`
        return number(`(${name})`)
      }
      return number(`((${left}) ${value.op} (${right}))`)
    }
    case 'compare':
      return compareSql(value.op, of(value.left), of(value.right))
    case 'and':
    case 'or':
      return truth(`(${value.of.map(item => truthOf(of(item))).join(value.kind === 'and' ? ' AND ' : ' OR ')})`)
    case 'not':
      return truth(`(NOT ${truthOf(of(value.of))})`)
    case 'exists':
      return truth(`(${presentSql(of(value.of))})`)
    case 'wildcard': {
      const like = context.text(wildcardLike(lowerParts(parseWildcard(value.pattern))))
      return truth(anyText(of(value.of), one => `${presentSql(text(one))} AND lower(${one}) LIKE ${like}`))
    }
    case 'regex': {
      const pattern = context.text(`(?s${value.cased ? '' : 'i'})${value.pattern}`)
      return truth(anyText(of(value.of), one => `${presentSql(text(one))} AND match(${one}, ${pattern})`))
    }
    case 'call':
      return callSql(value.name, value.args, scope, context)
  }
}

/** A question about any of the values of a list, or about the one. */
function anyText(value: Sql, ask: (sql: string) => string): string {
  if (value.type === 'list')
    return `arrayExists(item -> ${ask('item')}, arrayMap(item -> toString(item), ${value.sql}))`
  return `(${ask(textOf(value))})`
}

function compareSql(op: string, left: Sql, right: Sql): Sql {
  const equality = op === '=' || op === '!='
  const numeric = (side: Sql): boolean => side.type === 'number' || side.type === 'truth'
  if (equality && !numeric(left) && !numeric(right)) {
    const other = `lower(${textOf(right)})`
    const equal = anyText(left, one => `lower(${one}) = ${other}`)
    return truth(op === '=' ? equal : `(NOT ${equal})`)
  }
  if (left.type === 'time' || right.type === 'time') {
    const compared = `ifNull((${timeOf(left)}) ${op} (${timeOf(right)}), ${op === '!=' ? 1 : 0})`
    return truth(compared)
  }
  return truth(`ifNull((${numberOf(left)}) ${op} (${numberOf(right)}), ${op === '!=' ? 1 : 0})`)
}

function callSql(name: string, args: readonly Value[], scope: Scope, context: Context): Sql {
  const of = (index: number): Sql => valueSql(args[index]!, scope, context)
  const n = (index: number): string => numberOf(of(index))
  const t = (index: number): string => textOf(of(index))
  const int = (index: number): string => `toInt64OrZero(toString(round(ifNull(${n(index)}, 0))))`
  switch (name) {
    case 'if': {
      const [a, b] = alike([of(1), of(2)])
      return { sql: `if(${truthOf(of(0))}, ${a!.sql}, ${b!.sql})`, type: a!.type }
    }
    case 'coalesce': {
      const values = alike(args.map((_, index) => of(index)))
      const last = values.at(-1)!
      const pairs = values.slice(0, -1).map(value => `${presentSql(value)}, ${value.sql}`)
      return pairs.length === 0 ? last : { sql: `multiIf(${pairs.join(', ')}, ${last.sql})`, type: last.type }
    }
    case 'abs':
    case 'floor':
    case 'sqrt':
    case 'log':
      return finite(`${name}(${n(0)})`)
    case 'ceil':
      return finite(`ceil(${n(0)})`)
    case 'round':
      return finite(
        args.length === 1 ? `floor(${n(0)} + 0.5)` : `(floor(${n(0)} * exp10(${int(1)}) + 0.5) / exp10(${int(1)}))`
      )
    case 'pow':
      return finite(`pow(${n(0)}, ${n(1)})`)
    case 'lower':
      return text(`lower(${t(0)})`)
    case 'upper':
      return text(`upper(${t(0)})`)
    case 'len':
      return number(`if(${presentSql(text(t(0)))}, toFloat64(lengthUTF8(${t(0)})), NULL)`)
    case 'trim':
      return text(`trimBoth(${t(0)})`)
    case 'substr':
      return text(
        args.length === 2
          ? `substringUTF8(${t(0)}, greatest(1, ${int(1)}))`
          : `substringUTF8(${t(0)}, greatest(1, ${int(1)}), greatest(0, ${int(2)}))`
      )
    case 'concat':
      return text(args.length === 1 ? t(0) : `concat(${args.map((_, index) => t(index)).join(', ')})`)
    case 'replace':
      return text(`if(empty(${t(1)}), ${t(0)}, replaceAll(${t(0)}, ${t(1)}, ${t(2)}))`)
    case 'split':
      return text(
        `if(empty(${t(1)}), ${t(0)}, arrayElement(splitByString(${t(1)}, ${t(0)}), if(${int(2)} = 0, 1, ${int(2)})))`
      )
    case 'number':
      return number(n(0))
    case 'text':
      return text(t(0))
    case 'bin':
      return binSql(of(0), n(1))
    case 'now':
      return { sql: "now64(6, 'UTC')", type: 'time' }
    case 'hour':
      return number(`toFloat64(toHour(${timeOf(of(0))}))`)
    case 'weekday':
      return number(`toFloat64(toDayOfWeek(${timeOf(of(0))}))`)
    case 'date':
      return text(`ifNull(substring(toString(${timeOf(of(0))}), 1, 10), '')`)
    case 'strftime':
      return text(`ifNull(formatDateTime(${timeOf(of(0))}, ${strftime(args[1]!, context)}), '')`)
    case 'epoch':
      return number(numberOf({ sql: timeOf(of(0)), type: 'time' }))
    case 'cidr':
      return cidrSql(of(0), args[1]!, context)
    case 'contains':
      return truth(anyText(of(0), one => `position(lower(${one}), lower(${t(1)})) > 0 AND ${t(1)} != ''`))
    default:
      throw new PicketError('no-function', `There is no function ${name}.`)
  }
}

function finite(sql: string): Sql {
  return number(`if(isFinite(${sql}), ${sql}, NULL)`)
}

/** Values of one type: their own if they share it, else texts. */
function alike(values: readonly Sql[]): readonly Sql[] {
  const [first] = values
  if (values.every(value => value.type === first!.type) && first!.type !== 'list') return values
  return values.map(value => text(`toString(${textOf(value)})`))
}

/** Rounded down. Weeks begin on Monday. */
export function binSql(value: Sql, width: string): Sql {
  if (value.type !== 'time') {
    const size = `nullIf(abs(${width}), 0)`
    return number(`(floor(${numberOf(value)} / ${size}) * ${size})`)
  }
  const us = `toInt64OrNull(toString(round(abs(${width}) * 1000000)))`
  return { sql: binTime(value.sql, us), type: 'time' }
}

export function binTime(time: string, widthUs: string): string {
  const us = `toUnixTimestamp64Micro(${time})`
  // 1970-01-05 was a Monday.
  const offset = `if(${widthUs} % 604800000000 = 0, 345600000000, 0)`
  return `fromUnixTimestamp64Micro(${us} - positiveModulo(${us} - ${offset}, nullIf(${widthUs}, 0)), 'UTC')`
}

/** Only forms that a time may have: a parameter all the same. */
function strftime(form: Value, context: Context): string {
  const given = form.kind === 'text' ? form.value : '%Y-%m-%d %H:%M:%S'
  const letters: Readonly<Record<string, string>> = { M: '%i', S: '%s', B: '%M' }
  const own = given.replace(
    /%(.)/g,
    (whole, letter: string) => letters[letter] ?? ('YmdHjayuUWVGFTDeIp%'.includes(letter) ? whole : '')
  )
  return context.text(own)
}

function cidrSql(value: Sql, network: Value, context: Context): Sql {
  const given = network.kind === 'text' ? network.value : ''
  if (parseCidr(given) === undefined)
    throw new PicketError(
      'cidr-invalid',
      `${JSON.stringify(given.slice(0, 60))} is no network; it is cidr(source.ip, "10.0.0.0/8")`
    )
  const range = context.text(given)
  const address =
    value.type === 'ip'
      ? `if(${value.sql} = toIPv6('::'), '', ${addressSql(value.sql)})`
      : `ifNull(${addressOfTextSql(textOf(value))}, '')`
  const four = !given.includes(':')
  return truth(
    `if(${four ? '' : 'NOT '}isIPv4String(${address}) AND ${address} != '', isIPAddressInRange(if(${address} = '', '::', ${address}), ${range}), 0)`
  )
}
