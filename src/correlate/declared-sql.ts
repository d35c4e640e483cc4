/** The questions of baselines, first-seen values, beacons and silence to the store. What the answers mean is said in `judge.ts`. */

import type { Expression } from '../filter/expression.ts'
import type { Baseline, Beacon, FirstSeen, Silence } from './declared.ts'
import { type Extent, eventHitsSql, type Statement } from './hits-sql.ts'

const keyNames = (groupBy: readonly string[]): string[] => groupBy.map((_, i) => `k${i}`)
const columns = (parts: readonly string[]): string => parts.join(', ')
const lists = (fields: readonly string[]): string[][] => fields.map(field => [field])

/** The length after which a stretch is compared with another. */
export function periodUs({ season, everyUs }: Baseline): number {
  const day = 86_400_000_000
  return season === 'hour-of-week' ? 7 * day : season === 'hour-of-day' ? day : everyUs
}

/** In which stretches something is new: `start` (microseconds), newest first. */
export function newStretchesSql(
  ask: Baseline,
  filter: Expression,
  about: { readonly seen: number; readonly committed: number; readonly stretchesMax: number },
  statement: Statement
): string {
  const { context } = statement
  const seen = context.param(about.seen, 'UInt64')
  const committed = context.param(about.committed, 'UInt64')
  return (
    `SELECT toString(intDiv(toUnixTimestamp64Micro(timestamp), ${ask.everyUs}) * ${ask.everyUs}) AS start, count() AS n ` +
    `FROM ${statement.options.table} WHERE position > ${seen} AND position <= ${committed} AND (${statement.condition(filter)}) ` +
    `GROUP BY start ORDER BY toInt64(start) DESC LIMIT ${about.stretchesMax}`
  )
}

/**
 * For each group that may be out of the ordinary in the stretch: its numbers by stretch, `back` 0 for this one and n for n periods earlier.
 * `kt, k0 …, back, n, n_old, first_us, last_us`. `floor`: only groups with at least so many now; undefined: all.
 */
export function stretchSql(
  ask: Baseline,
  filter: Expression,
  about: {
    readonly startUs: number
    readonly seen: number
    readonly committed: number
    readonly floor: number | undefined
    readonly groupsMax: number
  },
  statement: Statement
): string {
  const { everyUs, historyUs } = ask
  const { startUs } = about
  const period = periodUs(ask)
  const extent: Extent = {
    fromUs: startUs - Math.floor(historyUs / period) * period,
    toUs: startUs + everyUs,
    seen: about.seen,
    committed: about.committed
  }
  const measured = ask.distinct ?? ask.sum
  const hits = eventHitsSql(
    statement,
    filter,
    extent,
    {
      keys: lists(ask.groupBy),
      values: measured === undefined ? [] : [[measured]],
      numeric: ask.sum !== undefined
    },
    [],
    // Of each period, only the stretch that is compared.
    `(${extent.toUs} - 1 - toUnixTimestamp64Micro(timestamp)) % ${period} < ${everyUs}`
  )
  const keys = ['kt', ...keyNames(ask.groupBy)]
  const number = (when: string): string =>
    ask.distinct !== undefined
      ? `uniqExactIf(hv, ${when})`
      : ask.sum !== undefined
        ? `sumIf(assumeNotNull(hv), ${when})`
        : `countIf(${when})`
  const byStretch =
    `SELECT ${columns(keys)}, intDiv(${extent.toUs} - 1 - ht, ${period}) AS back, ${number('1')} AS n, ${number('ho')} AS n_old, ` +
    `min(ht) AS first_us, max(ht) AS last_us FROM (${hits}) WHERE NOT kt GROUP BY ${columns([...keys, 'back'])}`
  const enough =
    about.floor === undefined ? '' : ` HAVING maxIf(n, back = 0) >= ${statement.context.param(about.floor, 'Float64')}`
  return (
    `SELECT ${columns(keys)}, groupArray(back) AS backs, groupArray(toFloat64(n)) AS ns, maxIf(toFloat64(n_old), back = 0) AS before, ` +
    `toString(minIf(first_us, back = 0)), toString(maxIf(last_us, back = 0)) FROM (${byStretch}) ` +
    `GROUP BY ${columns(keys)}${enough} ORDER BY maxIf(n, back = 0) DESC LIMIT ${about.groupsMax}`
  )
}

/** Values that appeared: `kt, k0 …, hv, n, first_us, last_us, id`. `all`: what there is up to the position, for learning. */
export function valuesSql(
  ask: FirstSeen,
  filter: Expression,
  extent: Extent,
  about: { readonly all: boolean; readonly rowsMax: number },
  statement: Statement
): string {
  const fresh = about.all ? undefined : `position > ${statement.context.param(extent.seen, 'UInt64')}`
  const shape = { keys: lists(ask.groupBy), values: lists(ask.value), numeric: false }
  const hits = eventHitsSql(statement, filter, extent, shape, [], fresh)
  const keys = columns([...keyNames(ask.groupBy), 'hv'])
  return (
    `SELECT ${keys}, count() AS n, toString(min(ht)), toString(max(ht)), toString(argMin(hi, ht)) FROM (${hits}) WHERE NOT kt ` +
    `GROUP BY ${keys} ORDER BY min(ht), ${keys} LIMIT ${about.rowsMax}`
  )
}

/** Groups with something new whose contacts come at regular intervals: `k0 …, contacts, gap, deviation, first_us, last_us`. */
export function beaconSql(
  ask: Beacon,
  filter: Expression,
  extent: Extent,
  about: { readonly groupsMax: number },
  statement: Statement
): string {
  const hits = eventHitsSql(statement, filter, extent, { keys: lists(ask.groupBy), values: [], numeric: false })
  const names = keyNames(ask.groupBy)
  const keys = columns(names)
  const second = 1_000_000
  // Connections of one contact come within a second or two.
  const grouped =
    `SELECT ${keys}, arraySort(groupArray(ht)) AS ts, arrayFilter(t -> t >= ts[-1] - ${ask.spanUs}, ts) AS near, ` +
    `arrayFilter((t, d) -> d >= ${2 * second}, near, arrayPushFront(arrayPopFront(arrayDifference(near)), ${9 * 10 ** 15})) AS contacts ` +
    `FROM (${hits}) WHERE NOT kt GROUP BY ${keys} HAVING countIf(NOT ho) > 0 AND count() >= ${ask.contacts} AND length(contacts) >= ${ask.contacts}`
  const gaps = `SELECT *, arraySort(arrayPopFront(arrayDifference(contacts))) AS gaps, ${medianSql('gaps')} AS gap FROM (${grouped})`
  const spread =
    `SELECT *, arraySort(arrayMap(g -> abs(g - gap), gaps)) AS offs, ${medianSql('offs')} / gap AS deviation FROM ` +
    `(SELECT ${keys}, contacts, gaps, gap FROM (${gaps}) WHERE gap BETWEEN ${ask.gapUs[0]} AND ${ask.gapUs[1]})`
  return (
    `SELECT ${keys}, length(contacts), toFloat64(gap), deviation, toString(contacts[1]), toString(contacts[-1]) FROM (${spread}) ` +
    `WHERE deviation <= ${statement.context.param(ask.jitter, 'Float64')} ORDER BY deviation, ${keys} LIMIT ${about.groupsMax}`
  )
}

/** Sorted numbers only. */
const medianSql = (array: string): string =>
  `((${array}[intDiv(length(${array}) + 1, 2)] + ${array}[intDiv(length(${array}), 2) + 1]) / 2)`

/**
 * When each group was last heard of, by the time of receipt: `k0 …, received` (seconds). `sinceUs`: in all that was received since then; else
 * in what is new.
 */
export function silenceSql(
  ask: Silence,
  filter: Expression,
  about: { readonly sinceUs?: number; readonly seen: number; readonly committed: number; readonly groupsMax: number },
  statement: Statement
): string {
  const { context } = statement
  const only =
    about.sinceUs === undefined
      ? `position > ${context.param(about.seen, 'UInt64')}`
      : `ingested >= toDateTime(${Math.max(0, Math.floor(about.sinceUs / 1_000_000))}, 'UTC')`
  const extent = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER, seen: 0, committed: about.committed }
  const shape = { keys: lists(ask.groupBy), values: [], numeric: false }
  const hits = eventHitsSql(statement, filter, extent, shape, ['toUnixTimestamp(ingested) AS received_s'], only)
  const keys = columns(keyNames(ask.groupBy))
  return `SELECT ${keys}, toUInt32(max(received_s)) AS received FROM (${hits}) WHERE NOT kt GROUP BY ${keys} LIMIT ${about.groupsMax}`
}
