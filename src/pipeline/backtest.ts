/**
 * A rule over what is stored: what it would have found, when, how noisy it would have been, and what exception would silence the noisiest.
 * Nothing is raised.
 */

import { columnOf } from '../core/columns.ts'
import { PicketError } from '../core/errors.ts'
import { tellingFields, valueLengthMax, valuesOfHitsSql } from '../correlate/backtest-sql.ts'
import type { Ask, FirstSeen } from '../correlate/declared.ts'
import { valuesSql } from '../correlate/declared-sql.ts'
import { Statement } from '../correlate/hits-sql.ts'
import type { Windowed } from '../correlate/windowed.ts'
import { windowedSql } from '../correlate/windowed-sql.ts'
import { and, type Expression, equals, fieldsOf, not } from '../filter/expression.ts'
import { formatQuery } from '../filter/format-query.ts'
import { toSql } from '../filter/to-sql.ts'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { ReadOptions } from '../store/reading.ts'
import type { Store } from '../store/store.ts'

export type BacktestSubject =
  | { readonly kind: 'rule'; readonly expression: Expression; readonly fields: readonly string[] }
  | { readonly kind: 'ask'; readonly ask: Ask; readonly filter: Expression }

export type BacktestReport = {
  readonly total: number
  readonly days: readonly { readonly day: string; readonly hits: number }[]
  /** The noisiest values, field by field. */
  readonly fields: readonly { readonly field: string; readonly values: readonly { value: string; count: number }[] }[]
  readonly suggestions: readonly Suggestion[]
  readonly samples: readonly RebuiltRow[]
  readonly rowsRead: number
}

export type Suggestion = {
  /** An exception in the search language. */
  readonly query: string
  readonly silences: number
  readonly stay: number
}

export type BacktestAsking = {
  readonly store: Pick<Store, 'table' | 'search' | 'database'>
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly read?: ReadOptions
}

const samplesMax = 20
const valuesMax = 10
const daysMax = 1_000
const windowDaysMax = 100
const groupsMax = 1_000
const suggestionsMax = 3
const dayUs = 86_400_000_000

type Span = { readonly fromUs: number; readonly toUs: number }

/** Throws `backtest-range`, `backtest-kind`, and what searches throw. */
export async function backtest(subject: BacktestSubject, span: Span, asking: BacktestAsking): Promise<BacktestReport> {
  if (!(span.toUs > span.fromUs)) throw new PicketError('backtest-range', 'The range ends before it begins.')
  if ((span.toUs - span.fromUs) / dayUs > daysMax)
    throw new PicketError('backtest-range', `At most ${daysMax} days can be looked at.`)
  if (subject.kind === 'rule') return ofRule(subject.expression, subject.fields, span, asking)
  const { ask, filter } = subject
  if (ask.kind === 'windowed') return ofWindows(ask.windowed, span, asking)
  if (ask.kind === 'first-seen') return ofFirstSeen(ask, filter, span, asking)
  throw new PicketError(
    'backtest-kind',
    `A ${ask.kind} cannot be back-tested; its filter can: search for it, or give the filter as a threshold.`
  )
}

const statementFor = ({ store, mayBeInMap }: BacktestAsking): Statement =>
  new Statement({ table: `${store.database}.events`, mayBeInMap })

async function ofRule(
  expression: Expression,
  more: readonly string[],
  span: Span,
  asking: BacktestAsking
): Promise<BacktestReport> {
  const { store, read = {} } = asking
  const fields = [...new Set([...tellingFields, ...more.filter(searchable)])].slice(0, 40)
  const statement = statementFor(asking)
  const sql = valuesOfHitsSql(expression, span, fields, Math.max(daysMax, valuesMax), statement)
  const answer = await store.table(sql, statement.params, read)
  const days: { day: string; hits: number }[] = []
  const byField = new Map<number, { value: string; count: number }[]>()
  let total = 0
  for (const [field, value, n] of answer.rows as [number | string, string, string][]) {
    const number = Number(field)
    const count = Number(n)
    if (number === -2) total = count
    else if (number === -1) days.push({ day: value, hits: count })
    else {
      const values = byField.get(number) ?? []
      byField.set(number, values)
      if (values.length < valuesMax) values.push({ value, count })
    }
  }
  const found = fields.flatMap((field, i) => (byField.has(i) ? [{ field, values: byField.get(i)! }] : []))
  const samples = total === 0 ? [] : await samplesOf(expression, span, asking)
  return {
    total,
    days: everyDay(days, span),
    fields: found,
    suggestions: total === 0 ? [] : await suggest(expression, total, found, span, asking),
    samples,
    rowsRead: answer.rowsRead
  }
}

function searchable(field: string): boolean {
  return columnOf(field) !== undefined || /^[\w.@-]{1,200}$/.test(field)
}

async function samplesOf(expression: Expression, span: Span, { store, mayBeInMap, read = {} }: BacktestAsking) {
  const condition = toSql(and([expression, not(equals('event.kind', 'pipeline_error'))]), { mayBeInMap })
  return (await store.search(condition, span, { limit: samplesMax, ...read })).rows
}

/** Days without a hit are days, too. */
function everyDay(days: readonly { day: string; hits: number }[], span: Span): { day: string; hits: number }[] {
  const hits = new Map(days.map(({ day, hits }) => [day, hits]))
  const all: { day: string; hits: number }[] = []
  for (let us = Math.floor(span.fromUs / dayUs) * dayUs; us < span.toUs; us += dayUs) {
    const day = new Date(us / 1000).toISOString().slice(0, 10)
    all.push({ day, hits: hits.get(day) ?? 0 })
  }
  return all
}

type Values = readonly { readonly field: string; readonly values: readonly { value: string; count: number }[] }[]

/**
 * The values that would silence the most while something stays; the first of them also together with a second value that most of its
 * hits share, which is a narrower exception. What the rule itself asks for is no exception.
 */
async function suggest(
  expression: Expression,
  total: number,
  found: Values,
  span: Span,
  asking: BacktestAsking
): Promise<Suggestion[]> {
  const own = new Set(fieldsOf(expression))
  const candidates = found
    .flatMap(({ field, values }) => values.map(({ value, count }) => ({ field, value, count })))
    .filter(({ value, count }) => count < total && count >= Math.max(2, total / 100) && value.length < valueLengthMax)
    .sort((a, b) => b.count - a.count || Number(own.has(a.field)) - Number(own.has(b.field)))
  const seen = new Set<number>()
  const best = candidates.filter(({ count, field }) => {
    // Two fields of the same hits say the same.
    if (seen.has(count) || field === 'event.dataset' || field === 'picket.source') return false
    seen.add(count)
    return true
  })
  const suggestions = best.slice(0, suggestionsMax).map(({ field, value, count }): Suggestion => {
    return { query: formatQuery(equals(field, value)), silences: count, stay: total - count }
  })
  const [first] = best
  if (first === undefined) return suggestions
  const narrow = and([expression, equals(first.field, first.value)])
  const others = found.map(({ field }) => field).filter(field => field !== first.field && !own.has(field))
  const statement = statementFor(asking)
  const sql = valuesOfHitsSql(narrow, span, others, 1, statement)
  const { rows } = await asking.store.table(sql, statement.params, asking.read)
  const shared = (rows as [number | string, string, string][])
    .map(([field, value, n]) => ({ field: others[Number(field)], value, count: Number(n) }))
    .filter(
      ({ field, value, count }) => field !== undefined && count >= first.count * 0.9 && value.length < valueLengthMax
    )
    .filter(({ field }) => field !== 'event.dataset' && field !== 'picket.source' && field !== 'event.action')
    // A value that all hits have narrows nothing.
    .filter(
      ({ field, value }) =>
        !found.some(
          one => one.field === field && one.values.some(known => known.value === value && known.count === total)
        )
    )
    .sort((a, b) => b.count - a.count)[0]
  if (shared === undefined) return suggestions
  const both = and([equals(first.field, first.value), equals(shared.field!, shared.value)])
  return [{ query: formatQuery(both), silences: shared.count, stay: total - shared.count }, ...suggestions].slice(
    0,
    suggestionsMax
  )
}

async function ofWindows(windowed: Windowed, span: Span, asking: BacktestAsking): Promise<BacktestReport> {
  const { store, read = {} } = asking
  if ((span.toUs - span.fromUs) / dayUs > windowDaysMax)
    throw new PicketError('backtest-range', `Of a correlation at most ${windowDaysMax} days can be looked at.`)
  const days: { day: string; hits: number }[] = []
  const groups = new Map<string, number>()
  const ids: string[] = []
  let rowsRead = 0
  let total = 0
  for (let us = Math.floor(span.fromUs / dayUs) * dayUs; us < span.toUs; us += dayUs) {
    const piece = { fromUs: Math.max(us, span.fromUs), toUs: Math.min(us + dayUs, span.toUs) }
    const statement = statementFor(asking)
    const about = {
      ...piece,
      ...{ seen: -1, committed: Number.MAX_SAFE_INTEGER, overUs: span.toUs, overSeenUs: 0 },
      ...{ groupsMax, samplesMax: 5 }
    }
    const answer = await store.table(windowedSql(windowed, about, statement), statement.params, read)
    rowsRead += answer.rowsRead
    let hits = 0
    const width = windowed.groupBy.length
    for (const row of answer.rows) {
      if (Number(row[0]) === 1) continue
      const count = Number(row[1 + width])
      hits += count
      const key = JSON.stringify(row.slice(1, 1 + width))
      groups.set(key, (groups.get(key) ?? 0) + count)
      if (ids.length < samplesMax) ids.push(...(row[5 + width] as string[]))
    }
    total += hits
    days.push({ day: new Date(us / 1000).toISOString().slice(0, 10), hits })
  }
  const sorted = [...groups]
    .map(([key, count]) => ({ values: JSON.parse(key) as string[], count }))
    .sort((a, b) => b.count - a.count)
  const fields = windowed.groupBy.map((field, i) => ({ field, values: byValue(sorted, i).slice(0, valuesMax) }))
  // An alias is no field: it cannot be written in an exception.
  const real = windowed.groupBy.map((name, i) =>
    windowed.bases.every(base => base.keys[i]?.includes(name)) ? name : undefined
  )
  const suggestions = sorted
    .filter(({ count }) => count < total)
    .slice(0, real.includes(undefined) ? 0 : suggestionsMax)
    .map(({ values, count }): Suggestion => {
      const query = formatQuery(and(values.map((value, i) => equals(windowed.groupBy[i]!, value))))
      return { query, silences: count, stay: total - count }
    })
  return {
    total,
    days,
    fields,
    suggestions,
    samples: await byIds(ids.slice(0, samplesMax), span, windowed, asking),
    rowsRead
  }
}

function byValue(groups: readonly { values: readonly string[]; count: number }[], i: number) {
  const counts = new Map<string, number>()
  for (const { values, count } of groups) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + count)
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count)
}

async function byIds(
  ids: readonly string[],
  span: Span,
  windowed: Windowed,
  { store, read = {} }: BacktestAsking
): Promise<readonly RebuiltRow[]> {
  if (ids.length === 0) return []
  const condition = { sql: 'id IN ({ids:Array(UInt64)})', params: { ids: ids.map(id => BigInt(id)) } }
  const range = { fromUs: span.fromUs - windowed.spanUs, toUs: span.toUs + windowed.spanUs }
  return (await store.search(condition, range, { limit: ids.length, oldestFirst: true, ...read })).rows
}

/** What was never seen before within `forget` before the range's beginning, of those who had been seen for `learn`. */
async function ofFirstSeen(
  ask: FirstSeen,
  filter: Expression,
  span: Span,
  asking: BacktestAsking
): Promise<BacktestReport> {
  const { store, read = {} } = asking
  const statement = statementFor(asking)
  const extent = { fromUs: span.fromUs - ask.forgetUs, toUs: span.toUs, seen: -1, committed: Number.MAX_SAFE_INTEGER }
  const rowsMax = 300_000
  const answer = await store.table(
    valuesSql(ask, filter, extent, { all: true, rowsMax: rowsMax + 1 }, statement),
    statement.params,
    read
  )
  if (answer.rows.length > rowsMax)
    throw new PicketError('backtest-range', `There are more than ${rowsMax} values: narrow the filter or the range.`)
  const width = ask.groupBy.length
  const since = new Map<string, number>()
  const hits = answer.rows
    .map(row => ({
      entity: JSON.stringify(row.slice(0, width)),
      value: String(row[width]).replaceAll('\x1f', ', '),
      firstUs: Number(row[width + 2])
    }))
    .filter(({ entity, firstUs }) => {
      const first = since.get(entity)
      if (first === undefined) since.set(entity, firstUs)
      return first !== undefined && firstUs - first >= ask.learnUs && firstUs >= span.fromUs
    })
  const perDay = new Map<string, number>()
  for (const { firstUs } of hits) {
    const day = new Date(firstUs / 1000).toISOString().slice(0, 10)
    perDay.set(day, (perDay.get(day) ?? 0) + 1)
  }
  const groups = hits.map(({ entity, value }) => ({ values: [...(JSON.parse(entity) as string[]), value], count: 1 }))
  const names = [...ask.groupBy, ask.value.join(', ')]
  return {
    total: hits.length,
    days: everyDay(
      [...perDay].map(([day, count]) => ({ day, hits: count })),
      span
    ),
    fields: names.map((field, i) => ({ field, values: byValue(groups, i).slice(0, valuesMax) })),
    suggestions: [],
    samples: [],
    rowsRead: answer.rowsRead
  }
}
