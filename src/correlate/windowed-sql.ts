/**
 * Windows as one statement: hits → arrays along each group's time → what is covered by a window that fulfils the condition. Reported is
 * what is covered now and was not at the watermark, both answered by the same rows (docs/adr/0019, 0020).
 */

import { boundSql, isEmpty, lowerPart, upperPart } from './bound.ts'
import { farMark, farUs, groupArraysSql, leastHits } from './group-arrays-sql.ts'
import { type Extent, eventHitsSql, type Statement, textSql } from './hits-sql.ts'
import { type Base, hasNot, isGrowing, judgedLate, type RuleCondition, type Windowed } from './windowed.ts'

export type WindowedAbout = {
  /** What is reported lies here; the rows looked at reach further by `reachUs`. */
  readonly fromUs: number
  readonly toUs: number
  readonly seen: number
  readonly committed: number
  /** Up to which time of events windows are over: now, and at the watermark. For conditions that a window can break. */
  readonly overUs: number
  readonly overSeenUs: number
  /** One of several parts that the groups are divided into, where all at once need too much memory. */
  readonly slice?: { readonly number: number; readonly of: number }
  readonly groupsMax: number
  readonly samplesMax: number
  /** Of each different value, at most so many hits: where all of them are too many. */
  readonly perValueMax?: number
}

/** Columns of the answer: `test`, a key each, `count`, `firstUs`, `lastUs`, `peak`, `ids` (decimal), `groups` and `events` (how many there are in all). */
export function windowedSql(windowed: Windowed, about: WindowedAbout, statement: Statement): string {
  const { seen, committed } = about
  const reach = 2 * windowed.spanUs
  const extent = { fromUs: about.fromUs - reach, toUs: about.toUs + reach, seen, committed }
  const keys = keysOf(windowed)
  const late = judgedLate(windowed)
  let hits = hitsSql(windowed, extent, [], statement)
  if (about.slice !== undefined)
    hits = `SELECT * FROM (${hits}) WHERE cityHash64(${keys}) % ${about.slice.of} = ${about.slice.number}`
  hits = busyOnly(windowed, hits, keys, !late)
  const arrays = groupArraysSql({
    ...{ windowed, hits, keys, carried: [], newOnly: !late },
    ...(about.perValueMax === undefined ? {} : { perValueMax: about.perValueMax })
  })
  const p = (value: number): string => statement.context.param(Math.round(value), 'Int64')
  const over = (clock: number): string => (late ? ` AND intDiv(x, 256) + ${windowed.spanUs} <= ${p(clock)}` : '')
  const within = `intDiv(x, 256) >= ${p(about.fromUs)} AND intDiv(x, 256) < ${p(about.toUs)}`
  const covered = `SELECT *, ${coverSql(windowed, statement)} FROM (${arrays})`
  const reported =
    `SELECT *, arrayMap((x, a, o) -> x % 256 > 0 AND a${over(about.overUs)} AND NOT (x % 4 = 2 AND o${over(about.overSeenUs)}) AND ${within}, m, covered_a, covered_o) AS reported ` +
    `FROM (${covered}) WHERE arrayExists(f -> f, reported)`
  const times =
    `SELECT *, arrayFilter((x, f) -> f, m, reported) AS rm, arrayDistinct(arrayFilter((x, f) -> f, i, reported)) AS ri, ` +
    'intDiv(arrayFirst(x -> 1, rm), 256) AS first_us, intDiv(arrayLast(x -> 1, rm), 256) AS last_us ' +
    `FROM (${reported})`
  const number = windowed.kind === 'temporal' ? 'bitCount(c)' : 'c'
  const peak = `arrayMax(arrayMap((x, c, f) -> if(f AND intDiv(x, 256) >= first_us AND intDiv(x, 256) <= last_us + ${windowed.spanUs}, toFloat64(${number}), -inf), m, ca, ok_a))`
  const { names } = columnsOf(windowed)
  return (
    `SELECT kt, ${names.map(name => `${name}, `).join('')}length(ri) AS n, toString(first_us), toString(last_us), ${peak} AS peak, ` +
    `arrayMap(x -> toString(x), arraySlice(ri, 1, ${about.samplesMax})) AS ids, count() OVER () AS groups, sum(n) OVER () AS events ` +
    `FROM (${times}) ORDER BY n DESC, first_us${names.map(name => `, ${name}`).join('')} LIMIT ${about.groupsMax}`
  )
}

/** Where the condition holds (`ok_a` among all, `ok_o` among those of the watermark), and what a window that ends there covers. */
function coverSql(windowed: Windowed, statement: Statement): string {
  const { context } = statement
  const { kind, spanUs } = windowed
  const next = `arrayPushBack(arrayPopFront(m), ${farMark})`
  // A hit is judged with all others of its time: at the last of them. In a chain each has its own place.
  const last = kind === 'temporal_ordered' ? '' : ' AND intDiv(y, 256) != intDiv(x, 256)'
  const flags = (condition: string, array: string, code: string): string =>
    `arrayMap((x, y, c) -> toUInt8(${code}${last} AND ${condition}), m, ${next}, ${array})`
  const reached = (array: string): string =>
    `arrayPopBack(arrayReverseFill((t, f) -> f, arrayPushBack(arrayMap(x -> intDiv(x, 256), m), ${farUs}), arrayPushBack(${array}, toUInt8(1))))`
  const { holds, breaks } = conditionSql(windowed, context)
  const parts: string[] = []
  for (const [which, code] of [
    ['a', 'x % 256 > 0'],
    ['o', 'x % 4 = 2']
  ] as const) {
    parts.push(`${flags(holds, `c${which}`, code)} AS ok_${which}`, `${reached(`ok_${which}`)} AS next_${which}`)
    if (breaks === undefined) {
      parts.push(`arrayMap((x, n) -> toUInt8(n - intDiv(x, 256) <= ${spanUs}), m, next_${which}) AS covered_${which}`)
      continue
    }
    parts.push(
      `${reached(flags(breaks, `c${which}`, code))} AS broken_${which}`,
      `arrayMap((x, n, b) -> toUInt8(n - intDiv(x, 256) <= ${spanUs} AND b - intDiv(x, 256) > ${spanUs}), m, next_${which}, broken_${which}) AS covered_${which}`
    )
  }
  return parts.join(', ')
}

/** Of the number (or the set of rules) `c`: what a window must fulfil, and what no window that holds the hit may. */
function conditionSql(
  windowed: Windowed,
  context: Statement['context']
): { holds: string; breaks: string | undefined } {
  const { kind, bound, rules } = windowed
  if (rules !== undefined) {
    const holds = ruleSql(positive(rules))
    return { holds, breaks: hasNot(rules) ? `(${holds} AND NOT ${ruleSql(rules)})` : undefined }
  }
  const number = kind === 'temporal' ? 'bitCount(c)' : 'c'
  if (!isGrowing(kind)) return { holds: boundSql(bound, number, context), breaks: undefined }
  const upper = upperPart(bound)
  return {
    holds: boundSql(lowerPart(bound), number, context),
    breaks: isEmpty(upper) ? undefined : `NOT ${boundSql(upper, number, context)}`
  }
}

function ruleSql(condition: RuleCondition): string {
  if (condition.kind === 'rule') return `bitTest(c, ${condition.base})`
  if (condition.kind === 'not') return `(NOT ${ruleSql(condition.of)})`
  const word = condition.kind === 'and' ? ' AND ' : ' OR '
  return condition.of.length === 0
    ? condition.kind === 'and'
      ? '1'
      : '0'
    : `(${condition.of.map(ruleSql).join(word)})`
}

/** The condition without what is denied: what more hits can only fulfil. */
function positive(condition: RuleCondition): RuleCondition {
  if (condition.kind === 'rule') return condition
  if (condition.kind === 'not') return { kind: 'and', of: [] }
  return { kind: condition.kind, of: condition.of.map(positive) }
}

/**
 * Only the hits of groups that have enough of them, and something new: counted by a hash first, which takes an eighth of the memory that
 * the arrays of a million quiet groups would. Groups that share a hash are told apart later.
 */
function busyOnly(windowed: Windowed, hits: string, keys: string, newOnly: boolean): string {
  const least = leastHits(windowed)
  if (least < 2 || windowed.bases.some(({ of }) => of.kind === 'windowed')) return hits
  const fresh = newOnly ? ' AND countIf(NOT ho) > 0' : ''
  const busy = `SELECT cityHash64(${keys}) AS hash FROM (${hits}) GROUP BY hash HAVING count() >= ${least}${fresh}`
  return `SELECT * FROM (${hits}) WHERE cityHash64(${keys}) IN (${busy})`
}

export function columnsOf(windowed: Windowed): { readonly names: readonly string[] } {
  return { names: windowed.groupBy.map((_, i) => `k${i}`) }
}

function keysOf(windowed: Windowed): string {
  return ['kt', ...columnsOf(windowed).names].join(', ')
}

/** Texts of the events that an outer one groups by or counts, carried through the windows of an inner one. */
type Carried = readonly (readonly string[])[]

function hitsSql(windowed: Windowed, extent: Extent, carried: Carried, statement: Statement): string {
  const { kind, bases } = windowed
  const several = bases.length > 1
  const ofRules = kind === 'temporal' || kind === 'temporal_ordered'
  const parts = bases.map((base, i) => {
    const hits =
      base.of.kind === 'events'
        ? withCarried(base, base.of.expression, windowed, extent, carried, statement)
        : momentsSql(base.of.windowed, base, windowed, extent, carried, statement)
    return ofRules ? `SELECT *, toUInt8(${i}) AS hr FROM (${hits})` : hits
  })
  if (!several) return parts[0]!
  const union = parts.map(part => `(${part})`).join(' UNION ALL ')
  if (ofRules) return union
  // An event that several rules find is one event.
  const names = [...columnsOf(windowed).names, ...(hasValue(windowed) ? ['hv'] : []), ...carried.map((_, i) => `q${i}`)]
  return `SELECT ht, hi, max(o) AS ho, kt${names.map(name => `, ${name}`).join('')} FROM (SELECT *, ho AS o FROM (${union})) GROUP BY ht, hi, kt${names.map(name => `, ${name}`).join('')}`
}

const hasValue = ({ kind }: Windowed): boolean => kind.startsWith('value_')
const isNumeric = ({ kind }: Windowed): boolean => hasValue({ kind } as Windowed) && kind !== 'value_count'

function withCarried(
  base: Base,
  expression: Parameters<typeof eventHitsSql>[1],
  windowed: Windowed,
  extent: Extent,
  carried: Carried,
  statement: Statement
): string {
  const columns = { keys: base.keys, values: hasValue(windowed) ? base.values : [], numeric: isNumeric(windowed) }
  const extra = carried.map((fields, i) => {
    const value = statement.value(fields)
    const text = value.type === 'list' ? `toString(arrayElement(${value.sql}, 1))` : textSql(value)
    return `${text} AS q${i}`
  })
  return eventHitsSql(statement, expression, extent, columns, extra)
}

/**
 * The hits that an inner one gives to an outer: the events with which its condition held. To an outer one that counts, a stretch of such
 * moments is one hit, the first.
 */
function momentsSql(
  inner: Windowed,
  base: Base,
  outer: Windowed,
  extent: Extent,
  carried: Carried,
  statement: Statement
): string {
  const values = hasValue(outer) ? base.values : []
  const wanted: Carried = [...base.keys, ...values, ...carried]
  const reach = 2 * inner.spanUs
  const wider = { ...extent, fromUs: extent.fromUs - reach, toUs: extent.toUs + reach }
  const names = wanted.map((_, i) => `q${i}`)
  const hits = hitsSql(inner, wider, wanted, statement)
  const arrays = groupArraysSql({ windowed: inner, hits, keys: keysOf(inner), carried: names, newOnly: false })
  const covered = `SELECT *, ${coverSql(inner, statement)} FROM (${arrays})`
  const each = outer.kind === 'temporal' || outer.kind === 'temporal_ordered'
  const moments = (which: 'a' | 'o'): string => {
    const moment = `arrayMap((x, f, c) -> toUInt8(f AND c), m, ok_${which}, covered_${which})`
    if (each) return moment
    // The last moment before this one, filled forward.
    const times = `arrayFill(t -> t >= 0, arrayMap((x, f) -> if(f, intDiv(x, 256), toInt64(-1)), m, ${moment}))`
    const before = `arrayPushFront(arrayPopBack(${times}), toInt64(-1))`
    return `arrayMap((x, f, p) -> toUInt8(f AND (p < 0 OR intDiv(x, 256) - p > ${inner.spanUs})), m, ${moment}, ${before})`
  }
  const fields = ['m', 'i', 'moment_a', 'moment_o', ...names]
  const rows =
    `SELECT kt, ${fields.join(', ')} FROM (SELECT kt, m, i, ${names.map(name => `${name}, `).join('')}${moments('a')} AS moment_a, ${moments('o')} AS moment_o ` +
    `FROM (${covered})) ARRAY JOIN ${fields.join(', ')} WHERE moment_a`
  const from = statement.context.param(Math.round(extent.fromUs), 'Int64')
  const to = statement.context.param(Math.round(extent.toUs), 'Int64')
  const keyCount = base.keys.length
  const select = [
    'intDiv(m, 256) AS ht',
    'i AS hi',
    'moment_o AS ho',
    'kt',
    ...base.keys.map((_, k) => `q${k} AS k${k}`),
    ...(values.length === 0
      ? []
      : isNumeric(outer)
        ? [`toFloat64OrNull(q${keyCount}) AS hv`]
        : values.length === 1
          ? [`q${keyCount} AS hv`]
          : [`concat(${values.map((_, v) => `q${keyCount + v}`).join(", '\\x1f', ")}) AS hv`]),
    ...carried.map((_, c) => `q${keyCount + values.length + c} AS r${c}`)
  ]
  const present = [
    ...base.keys.map((_, k) => `k${k} != ''`),
    ...(values.length === 0 ? [] : [isNumeric(outer) ? 'isNotNull(hv)' : "hv != ''"])
  ]
  const given = ['ht', 'hi', 'ho', 'kt', ...base.keys.map((_, k) => `k${k}`), ...(values.length === 0 ? [] : ['hv'])]
  return (
    `SELECT ${[...given, ...carried.map((_, c) => `r${c} AS q${c}`)].join(', ')} FROM (SELECT ${select.join(', ')} FROM (${rows})) ` +
    `WHERE ht >= ${from} AND ht < ${to}${present.map(part => ` AND ${part}`).join('')}`
  )
}

/** How many events matter, by the hour of their time: those that are new, and those whose windows have ended since. */
export function newHitsSql(
  leaves: readonly Parameters<typeof eventHitsSql>[1][],
  about: { readonly seen: number; readonly committed: number; readonly endedUs?: readonly [number, number] },
  statement: Statement
): string {
  const { context } = statement
  const p = (value: number): string => context.param(Math.round(value), 'Int64')
  const fresh = `position > ${context.param(about.seen, 'UInt64')}`
  const ended =
    about.endedUs === undefined
      ? ''
      : ` OR (timestamp > fromUnixTimestamp64Micro(${p(about.endedUs[0])}, 'UTC') AND timestamp <= fromUnixTimestamp64Micro(${p(about.endedUs[1])}, 'UTC'))`
  const found = leaves.map(
    leaf =>
      `SELECT toUnixTimestamp(toStartOfHour(timestamp)) AS hour FROM ${statement.options.table} ` +
      `WHERE (${fresh}${ended}) AND position <= ${context.param(about.committed, 'UInt64')} AND (${statement.condition(leaf)})`
  )
  return `SELECT hour, count() AS n FROM (${found.map(sql => `(${sql})`).join(' UNION ALL ')}) GROUP BY hour ORDER BY hour`
}
