/** Asks the store what sliding windows find since a watermark: where something is new, piece by piece, in slices where that is too much. */

import { PicketError } from '../core/errors.ts'
import { boundText } from '../correlate/bound.ts'
import { Statement } from '../correlate/hits-sql.ts'
import { judgedLate, leavesOf, reachUs, type Windowed } from '../correlate/windowed.ts'
import { newHitsSql, windowedSql } from '../correlate/windowed-sql.ts'
import type { ReadOptions } from '../store/reading.ts'
import type { Store } from '../store/store.ts'

/** What a detection found, before its samples are fetched. */
export type Finding = {
  readonly entity: Readonly<Record<string, string>>
  readonly count: number
  readonly firstUs: number
  readonly lastUs: number
  readonly summary: string
  /** Of the events to keep with the alert, as decimal numbers. */
  readonly ids: readonly string[]
  readonly test: boolean
  /** Found again under this key it is not reported, if its last event is before then. */
  readonly once?: { readonly key: string; readonly untilUs: number }
}

export type Asking = {
  readonly store: Pick<Store, 'table' | 'database'>
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly read: ReadOptions
}

export type Since = {
  readonly seen: number
  readonly committed: number
  readonly overSeenUs: number
  readonly overUs: number
}

const hourUs = 3_600_000_000
/** So many hits are looked at in one statement, about. */
const hitsPerPieceMax = 1_000_000
export const groupsMax = 1_000
/** What is tried in turn: the groups in parts, and at last a few hits of each value. */
const attempts = [{ of: 1 }, { of: 4 }, { of: 16 }, { of: 64 }, { of: 64, perValueMax: 3 }] as const

export type Piece = { readonly fromUs: number; readonly toUs: number }

export async function findWindows(
  windowed: Windowed,
  since: Since,
  asking: Asking,
  samplesMax: number
): Promise<Finding[]> {
  const late = judgedLate(windowed)
  const { spanUs } = windowed
  const statement = statementOf(asking)
  const endedUs = late ? ([since.overSeenUs - spanUs, since.overUs - spanUs] as const) : undefined
  const sql = newHitsSql(leavesOf(windowed), { ...since, ...(endedUs === undefined ? {} : { endedUs }) }, statement)
  const { rows } = await asking.store.table(sql, statement.params, asking.read)
  const hours = rows.map(([hour, count]) => ({ fromUs: Number(hour) * 1_000_000, count: Number(count) }))
  const findings: Finding[] = []
  for (const piece of piecesOf(hours, reachUs(windowed)))
    findings.push(...(await findInTime(windowed, piece, since, asking, samplesMax)))
  return findings
}

/**
 * What is reported lies within `reach` of something new. Hours near each other are one piece, up to so many hits; pieces do not overlap, and
 * leave nothing out that is within reach.
 */
export function piecesOf(
  hours: readonly { readonly fromUs: number; readonly count: number }[],
  reach: number
): Piece[] {
  const cores: { fromUs: number; toUs: number; hits: number }[] = []
  for (const { fromUs, count } of hours) {
    const last = cores.at(-1)
    if (last !== undefined && fromUs - last.toUs <= 2 * reach && last.hits + count <= hitsPerPieceMax) {
      last.toUs = fromUs + hourUs
      last.hits += count
    } else cores.push({ fromUs, toUs: fromUs + hourUs, hits: count })
  }
  const pieces: Piece[] = []
  for (const [i, core] of cores.entries()) {
    const next = cores[i + 1]
    const fromUs = Math.max(core.fromUs - reach, pieces.at(-1)?.toUs ?? Number.NEGATIVE_INFINITY)
    const toUs = Math.min(core.toUs + reach, next?.fromUs ?? Number.POSITIVE_INFINITY)
    pieces.push({ fromUs, toUs })
  }
  return pieces
}

/** A piece that takes too long is asked in halves: what is reported lies in one of them. */
async function findInTime(
  windowed: Windowed,
  piece: Piece,
  since: Since,
  asking: Asking,
  samplesMax: number
): Promise<Finding[]> {
  try {
    return await findInPiece(windowed, piece, since, asking, samplesMax)
  } catch (error) {
    const tooMuch =
      error instanceof PicketError && (error.code === 'search-too-slow' || error.code === 'search-too-big')
    // Below that, what must be looked at around it no longer gets less.
    if (!tooMuch || piece.toUs - piece.fromUs <= 2 * windowed.spanUs + 1_000_000) throw error
    const middle = Math.floor((piece.fromUs + piece.toUs) / 2)
    const first = await findInTime(windowed, { fromUs: piece.fromUs, toUs: middle }, since, asking, samplesMax)
    return [...first, ...(await findInTime(windowed, { fromUs: middle, toUs: piece.toUs }, since, asking, samplesMax))]
  }
}

async function findInPiece(
  windowed: Windowed,
  piece: Piece,
  since: Since,
  asking: Asking,
  samplesMax: number
): Promise<Finding[]> {
  for (const attempt of attempts) {
    const { of } = attempt
    try {
      const found: Finding[] = []
      for (let number = 0; number < of; number++) {
        const statement = statementOf(asking)
        const slice = of === 1 ? {} : { slice: { number, of } }
        const few = 'perValueMax' in attempt ? { perValueMax: attempt.perValueMax } : {}
        const sql = windowedSql(windowed, { ...piece, ...since, ...slice, ...few, groupsMax, samplesMax }, statement)
        const { rows } = await asking.store.table(sql, statement.params, asking.read)
        found.push(...rows.map(row => findingOf(windowed, row)), ...beyond(rows, windowed))
      }
      return found
    } catch (error) {
      const tooBig = error instanceof PicketError && error.code === 'search-too-big'
      if (!tooBig || attempt === attempts.at(-1)) throw error
    }
  }
  return []
}

export function statementOf({ store, mayBeInMap }: Asking): Statement {
  return new Statement({ table: `${store.database}.events`, mayBeInMap })
}

function findingOf(windowed: Windowed, row: readonly unknown[]): Finding {
  const width = windowed.groupBy.length
  const [count, firstUs, lastUs, peak, ids] = row.slice(1 + width)
  return {
    entity: Object.fromEntries(windowed.groupBy.map((name, i) => [name, String(row[1 + i])])),
    count: Number(count),
    firstUs: Number(firstUs),
    lastUs: Number(lastUs),
    summary: summaryOf(windowed, Number(peak)),
    ids: ids as string[],
    test: Number(row[0]) === 1
  }
}

/** Groups that there was no room for are counted in one without an entity. */
function beyond(rows: readonly (readonly unknown[])[], windowed: Windowed): Finding[] {
  const [first] = rows
  if (first === undefined) return []
  const width = windowed.groupBy.length
  const groups = Number(first[6 + width]) - rows.length
  const events = Number(first[7 + width]) - rows.reduce((sum, row) => sum + Number(row[1 + width]), 0)
  if (groups <= 0) return []
  const firstUs = Math.min(...rows.map(row => Number(row[2 + width])))
  const lastUs = Math.max(...rows.map(row => Number(row[3 + width])))
  const summary = `${groups} more groups than the ${groupsMax} that are told one by one`
  return [{ entity: {}, count: events, firstUs, lastUs, summary, ids: [], test: false }]
}

export function summaryOf(windowed: Windowed, peak: number): string {
  const { kind, bound, spanUs, bases } = windowed
  const within = `within ${spanText(spanUs)}`
  const asked = windowed.rules === undefined ? ` (asked for: ${boundText(bound)})` : ''
  const number = Number.isInteger(peak) ? String(peak) : peak.toFixed(2)
  const field = bases[0]?.values[0]?.[0] ?? ''
  switch (kind) {
    case 'event_count':
      return `${number} events ${within}${asked}`
    case 'value_count':
      return `${number} different values of ${field} ${within}${asked}`
    case 'temporal':
      return `${number} of ${bases.length} rules matched ${within}`
    case 'temporal_ordered':
      return `${number} of ${bases.length} rules matched in order ${within}`
    case 'value_sum':
      return `${field} adds up to ${number} ${within}${asked}`
    case 'value_avg':
      return `${field} is ${number} on the average ${within}${asked}`
    case 'value_median':
      return `the median of ${field} is ${number} ${within}${asked}`
    case 'value_percentile':
      return `percentile ${windowed.percentile ?? 50} of ${field} is ${number} ${within}${asked}`
  }
}

/** `5 minutes`, `1 hour`, `90 seconds`. */
export function spanText(us: number): string {
  const seconds = us / 1_000_000
  const units = [
    [604_800, 'week'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute']
  ] as const
  for (const [size, name] of units)
    if (seconds >= size && seconds % size === 0) return `${seconds / size} ${name}${seconds === size ? '' : 's'}`
  return `${Math.round(seconds * 10) / 10} second${seconds === 1 ? '' : 's'}`
}
