/** The values of `eval` and `where` as SQL: operators and functions. */

import { PicketError } from '../../core/errors.ts'
import { networkBounds, parseCidr } from '../address.ts'
import type { Context } from '../sql-context.ts'
import { ipOfTextSql } from '../sql-expressions.ts'
import { lowerParts, parseWildcard, wildcardLike } from '../wildcard.ts'
import type { Value } from './commands.ts'
import type { Scope } from './scopes.ts'
import { numberOf, presentSql, type Sql, textOf, timeOf, truthOf } from './sql-values.ts'

const truth = (sql: string): Sql => ({ sql, type: 'truth' })
const number = (sql: string): Sql => ({ sql, type: 'number' })
const text = (sql: string): Sql => ({ sql, type: 'text' })

/** ClickHouse reads 256 KiB. */
export const sqlLengthMax = 200_000

export function tooLarge(): PicketError {
  return new PicketError(
    'search-too-large',
    'The search is too large for the engine: use fewer commands, or functions less deep inside each other.'
  )
}

export function valueSql(value: Value, scope: Scope, context: Context, nowMs: number): Sql {
  const made = anyValueSql(value, scope, context, nowMs)
  if (made.sql.length > sqlLengthMax / 4) throw tooLarge()
  return made
}

function anyValueSql(value: Value, scope: Scope, context: Context, nowMs: number): Sql {
  const of = (inner: Value): Sql => valueSql(inner, scope, context, nowMs)
  switch (value.kind) {
    case 'number':
      return number(`toNullable(toFloat64(${context.param(value.value, 'Float64')}))`)
    case 'text':
      return text(context.text(value.value))
    case 'field':
      return scope.value(value.name)
    case 'binary': {
      const [left, right] = [operandSql(value.left, of), operandSql(value.right, of)]
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
      return callSql(value.name, value.args, of, context, nowMs)
  }
}

/** ClickHouse moves constants out of `avg(x * constant)`, and fails where such a one is NULL: those of ours do not look like constants. */
function operandSql(value: Value, of: (value: Value) => Sql): string {
  const sql = numberOf(of(value))
  return value.kind !== 'number' && isConstant(value) ? `materialize(${sql})` : sql
}

function isConstant(value: Value): boolean {
  switch (value.kind) {
    case 'number':
    case 'text':
      return true
    case 'field':
      return false
    case 'call':
      return value.args.every(isConstant)
    case 'and':
    case 'or':
      return value.of.every(isConstant)
    case 'binary':
    case 'compare':
      return isConstant(value.left) && isConstant(value.right)
    default:
      return isConstant(value.of)
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

function callSql(
  name: string,
  args: readonly Value[],
  compiled: (value: Value) => Sql,
  context: Context,
  nowMs: number
): Sql {
  const of = (index: number): Sql => compiled(args[index]!)
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
      return binSql(of(0), n(1), args[1]!.kind === 'number' && args[1]!.value % 604_800 === 0)
    case 'now':
      return { sql: `fromUnixTimestamp64Micro(${context.param(nowMs * 1000, 'Int64')}, 'UTC')`, type: 'time' }
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
function binSql(value: Sql, width: string, weeks: boolean): Sql {
  if (value.type !== 'time') {
    const size = `nullIf(abs(${width}), 0)`
    return number(`(floor(${numberOf(value)} / ${size}) * ${size})`)
  }
  const us = `nullIf(toInt64OrNull(toString(round(abs(${width}) * 1000000))), 0)`
  return { sql: `fromUnixTimestamp64Micro(${binTimeUs(value.sql, us, weeks)}, 'UTC')`, type: 'time' }
}

/** In microseconds since 1970. */
export function binTimeUs(time: string, widthUs: string, weeks: boolean): string {
  const us = `toUnixTimestamp64Micro(${time})`
  // 1970-01-05 was a Monday.
  return `(${us} - positiveModulo(${weeks ? `${us} - 345600000000` : us}, ${widthUs}))`
}

/** Only forms that a time may have: a parameter all the same. */
function strftime(form: Value, context: Context): string {
  const given = form.kind === 'text' ? form.value : '%Y-%m-%d %H:%M:%S'
  const letters: Readonly<Record<string, string>> = { M: '%i', S: '%s', B: '%M' }
  // Others mean something else to the engine, or nothing: they are left away.
  const own = given.replace(/%(.?)/gs, (whole, letter: string) =>
    letter === '' ? '%%' : (letters[letter] ?? ('YmdHjayFTDeIpGVbu%'.includes(letter) ? whole : ''))
  )
  return context.text(own)
}

function cidrSql(value: Sql, network: Value, context: Context): Sql {
  const given = network.kind === 'text' ? network.value : ''
  const parsed = parseCidr(given)
  if (parsed === undefined)
    throw new PicketError(
      'cidr-invalid',
      `${JSON.stringify(given.slice(0, 60))} is no network; it is cidr(source.ip, "10.0.0.0/8")`
    )
  const [first, last] = networkBounds(parsed).map(bound => `toIPv6(${context.text(bound)})`)
  if (value.type === 'ip') return truth(`(${presentSql(value)} AND ${value.sql} BETWEEN ${first} AND ${last})`)
  return truth(anyText(value, one => `ifNull(${ipOfTextSql(one)} BETWEEN ${first} AND ${last}, 0)`))
}
