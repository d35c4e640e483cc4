/** Asks the store what baselines, first-seen values, beacons and silence find. */

import { PicketError } from '../core/errors.ts'
import type { Baseline, Beacon, FirstSeen, Silence } from '../correlate/declared.ts'
import { beaconSql, newStretchesSql, periodUs, silenceSql, stretchSql, valuesSql } from '../correlate/declared-sql.ts'
import { earlierOf, judge } from '../correlate/judge.ts'
import type { Expression } from '../filter/expression.ts'
import type { SeenValue, SeenValues } from '../state/detections.ts'
import { type Asking, type Finding, groupsMax, type Since, spanText, statementOf } from './find-windows.ts'

export type Found = {
  readonly findings: readonly Finding[]
  /** What is to be remembered, in the transaction that moves the watermark. */
  readonly remember?: () => void
  readonly problem?: string
}

const stretchesMax = 200
export const valuesMax = 300_000
const newValuesMax = 50_000
const forEver = Number.MAX_SAFE_INTEGER

const entityOf = (groupBy: readonly string[], row: readonly unknown[], from: number): Record<string, string> =>
  Object.fromEntries(groupBy.map((name, i) => [name, String(row[from + i])]))

export async function findBaseline(ask: Baseline, filter: Expression, since: Since, asking: Asking): Promise<Found> {
  const findings: Finding[] = []
  const compared = Math.floor(ask.historyUs / periodUs(ask))
  const look = async (startUs: number, side: 'above' | 'below'): Promise<void> => {
    const statement = statementOf(asking)
    const floor = side === 'above' ? ask.floor : undefined
    const sql = stretchSql(ask, filter, { startUs, ...since, floor, groupsMax: 10_000 }, statement)
    const { rows } = await asking.store.table(sql, statement.params, asking.read)
    for (const row of rows) {
      const [backs, numbers, before, first, last] = row.slice(1 + ask.groupBy.length)
      const list = (backs as unknown[]).map(Number)
      const values = (numbers as unknown[]).map(Number)
      const now = values[list.indexOf(0)] ?? 0
      const earlier = earlierOf(list, values, compared)
      const judged = judge(now, earlier, { ...ask, side })
      if (judged?.outside === undefined) continue
      // It was so at the watermark, and was reported then.
      if (side === 'above' && judge(Number(before), earlier, { ...ask, side })?.outside !== undefined) continue
      const entity = entityOf(ask.groupBy, row, 1)
      const what =
        ask.distinct === undefined ? (ask.sum === undefined ? 'events' : `of ${ask.sum}`) : `values of ${ask.distinct}`
      const limit = side === 'above' ? `at most ${Math.round(judged.high)}` : `at least ${Math.round(judged.low)}`
      findings.push({
        entity,
        count: Math.max(1, Math.round(now)),
        firstUs: Number(first) > 0 ? Number(first) : startUs,
        lastUs: Number(last) > 0 ? Number(last) : startUs + ask.everyUs - 1,
        summary: `${Math.round(now)} ${what} within ${spanText(ask.everyUs)}; usual are ${Math.round(judged.median)}, ${limit}`,
        ids: [],
        test: false,
        once: {
          key: `${startUs} ${side} ${JSON.stringify(Object.values(entity))}`,
          untilUs: forEver
        }
      })
    }
  }
  let problem: string | undefined
  if (ask.side !== 'below') {
    const statement = statementOf(asking)
    const about = { ...since, stretchesMax: stretchesMax + 1 }
    const { rows } = await asking.store.table(
      newStretchesSql(ask, filter, about, statement),
      statement.params,
      asking.read
    )
    for (const [start] of rows.slice(0, stretchesMax)) await look(Number(start), 'above')
    if (rows.length > stretchesMax)
      problem = `new events lie in more than ${stretchesMax} stretches; the oldest were not judged`
  }
  if (ask.side !== 'above') {
    // Stretches that are over since the last look.
    const firstEnd = Math.floor(since.overSeenUs / ask.everyUs) + 1
    const lastEnd = Math.floor(since.overUs / ask.everyUs)
    for (let end = Math.max(firstEnd, lastEnd - stretchesMax + 1); end <= lastEnd; end++)
      await look((end - 1) * ask.everyUs, 'below')
  }
  return { findings: findings.slice(0, groupsMax), ...(problem === undefined ? {} : { problem }) }
}

export type FirstSeenAbout = {
  readonly rule: string
  readonly seen: SeenValues
  readonly learnt: boolean
  readonly nowUs: number
  /** How long ago a time is; steps of the clock taken out. */
  readonly ageOf: (us: number) => number
}

export async function findFirstSeen(
  ask: FirstSeen,
  filter: Expression,
  since: Since,
  asking: Asking,
  { rule, seen, learnt, nowUs, ageOf }: FirstSeenAbout
): Promise<Found> {
  const width = ask.groupBy.length
  const read = async (
    all: boolean,
    rowsMax: number,
    backUs = ask.forgetUs
  ): Promise<readonly (readonly unknown[])[]> => {
    const statement = statementOf(asking)
    // New events may be of any time; what was learnt before is not older than what is forgotten.
    const extent = { fromUs: all ? nowUs - backUs : 0, toUs: Number.MAX_SAFE_INTEGER, ...since }
    const sql = valuesSql(ask, filter, extent, { all, rowsMax: rowsMax + 1 }, statement)
    return (await asking.store.table(sql, statement.params, asking.read)).rows
  }
  const seenIn = (row: readonly unknown[]): SeenValue => ({
    entity: JSON.stringify(row.slice(0, width)),
    value: String(row[width]),
    firstUs: Number(row[width + 2]),
    lastUs: Number(row[width + 3])
  })
  if (!learnt) {
    // What is stored is the first lesson.
    const rows = await asMuchAsCanBeRead(ask.forgetUs, backUs => read(true, valuesMax, backUs))
    const values = rows.slice(0, valuesMax).map(seenIn)
    const problem = rows.length > valuesMax ? `more than ${valuesMax} values: narrow the filter` : undefined
    return { findings: [], remember: () => seen.add(rule, values), ...(problem === undefined ? {} : { problem }) }
  }
  const rows = await read(false, newValuesMax)
  const values = rows.slice(0, newValuesMax).map(seenIn)
  const findings: Finding[] = []
  const fresh = new Map<string, number>()
  for (const [i, value] of values.entries()) {
    const row = rows[i]!
    const known = seen.known(rule, value.entity, value.value)
    if (known !== undefined && value.firstUs - known.lastUs <= ask.forgetUs) continue
    const since = seen.entitySince(rule, value.entity) ?? fresh.get(value.entity)
    if (since === undefined) fresh.set(value.entity, value.firstUs)
    // Of who is new, everything is: that is learnt first.
    if (since === undefined || value.firstUs - since < ask.learnUs) continue
    const entity = entityOf(ask.groupBy, row, 0)
    const text = value.value.replaceAll('\x1f', ', ')
    findings.push({
      entity: { ...entity, [ask.value.join(', ')]: text },
      count: Number(row[width + 1]),
      firstUs: value.firstUs,
      lastUs: value.lastUs,
      summary: `${ask.value.join(', ')} ${text} was never seen before${width === 0 ? '' : ` for ${Object.values(entity).join(', ')}`}`,
      ids: [String(row[width + 4])],
      test: false
    })
  }
  const full = seen.count(rule) + values.length > valuesMax
  const late = rows.length > newValuesMax
  const problem = full
    ? `more than ${valuesMax} values: narrow the filter`
    : late
      ? `more than ${newValuesMax} new values at once: those beyond were not looked at`
      : undefined
  return {
    findings: findings.slice(0, groupsMax),
    remember: () => {
      if (!full) seen.add(rule, values)
      forgetBefore(seen, rule, nowUs - ask.forgetUs, { nowUs, ageOf })
    },
    ...(problem === undefined ? {} : { problem })
  }
}

export async function findBeacons(
  ask: Beacon,
  filter: Expression,
  since: Since,
  asking: Asking,
  newestUs: number
): Promise<Found> {
  const statement = statementOf(asking)
  const extent = { fromUs: newestUs - 2 * ask.spanUs, toUs: Number.MAX_SAFE_INTEGER, ...since }
  const sql = beaconSql(ask, filter, extent, { groupsMax }, statement)
  const { rows } = await asking.store.table(sql, statement.params, asking.read)
  const width = ask.groupBy.length
  return {
    findings: rows.map(row => {
      const [contacts, gap, deviation, first, last] = row.slice(width).map(Number) as [
        number,
        number,
        number,
        number,
        number
      ]
      const entity = entityOf(ask.groupBy, row, 0)
      return {
        entity,
        count: contacts,
        firstUs: first,
        lastUs: last,
        summary: `${contacts} contacts, one every ${spanText(Math.round(gap / 1_000_000) * 1_000_000)}, give or take ${(deviation * 100).toFixed(1)} %`,
        ids: [],
        test: false,
        once: { key: JSON.stringify(Object.values(entity)), untilUs: last + ask.spanUs }
      }
    })
  }
}

export type SilenceAbout = {
  readonly rule: string
  readonly seen: SeenValues
  /** Is it remembered already who was heard? */
  readonly learnt: boolean
  readonly nowUs: number
  /** How long ago, in microseconds, a time of receipt is; steps of the clock taken out. */
  readonly ageOf: (us: number) => number
}

/** Who was heard when is remembered: only what is new is asked for. */
export async function findSilence(
  ask: Silence,
  filter: Expression,
  since: Since,
  asking: Asking,
  { rule, seen, learnt, nowUs, ageOf }: SilenceAbout
): Promise<Found> {
  const read = async (backUs: number | undefined): Promise<readonly (readonly unknown[])[]> => {
    const statement = statementOf(asking)
    const { seen: from, committed } = since
    const sinceUs = backUs === undefined ? {} : { sinceUs: nowUs - backUs }
    const sql = silenceSql(ask, filter, { seen: from, committed, groupsMax: heardMax, ...sinceUs }, statement)
    return (await asking.store.table(sql, statement.params, asking.read)).rows
  }
  const rows = learnt
    ? since.committed > since.seen
      ? await read(undefined)
      : []
    : await asMuchAsCanBeRead(ask.seenWithinUs, read)
  const width = ask.groupBy.length
  const fresh = rows.map((row): SeenValue => {
    const receivedUs = Number(row[width]) * 1_000_000
    return { entity: JSON.stringify(row.slice(0, width)), value: '', firstUs: receivedUs, lastUs: receivedUs }
  })
  const heard = new Map<string, number>()
  for (const { entity, lastUs } of [...seen.list(rule), ...fresh])
    heard.set(entity, Math.max(lastUs, heard.get(entity) ?? 0))
  const findings = [...heard].flatMap(([key, lastUs]): Finding[] => {
    const ageUs = ageOf(lastUs)
    if (ageUs <= ask.longerThanUs || ageUs > ask.seenWithinUs) return []
    const names = JSON.parse(key) as string[]
    const whole = Math.floor(ageUs / 60_000_000) * 60_000_000
    return [
      {
        entity: entityOf(ask.groupBy, names, 0),
        count: 1,
        firstUs: lastUs,
        lastUs,
        summary: `${names.join(', ')} has sent nothing for ${spanText(whole)}`,
        ids: [],
        test: false,
        once: { key: `${lastUs} ${key}`, untilUs: forEver }
      }
    ]
  })
  return {
    findings: findings.slice(0, groupsMax),
    remember: () => {
      seen.add(rule, fresh)
      forgetBefore(seen, rule, nowUs - 2 * ask.seenWithinUs, { nowUs, ageOf })
    },
    ...(rows.length >= heardMax ? { problem: `more than ${heardMax} groups: group by less` } : {})
  }
}

type TrueTime = { readonly nowUs: number; readonly ageOf: (us: number) => number }

/** A clock that has jumped ahead makes nobody forget: only where the time truly passed. */
function forgetBefore(seen: SeenValues, rule: string, beforeUs: number, { nowUs, ageOf }: TrueTime): void {
  if (ageOf(beforeUs) >= nowUs - beforeUs - 3_600_000_000) seen.forget(rule, beforeUs)
}

const heardMax = 10_000

/** The past, or what of it can be read: an eighth, or a little of it. */
async function asMuchAsCanBeRead<T>(backUs: number, read: (backUs: number) => Promise<T>): Promise<T> {
  for (const part of [1, 8]) {
    try {
      return await read(backUs / part)
    } catch (error) {
      if (!(error instanceof PicketError) || !/^search-too-(slow|big)$/.test(error.code)) throw error
    }
  }
  return read(backUs / 64)
}
