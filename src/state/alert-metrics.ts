/** How the work on alerts goes: how soon somebody looks, how soon it is done, and which rules make noise. Without the heartbeat's tests. */

import { type Level, levels } from '../core/detection.ts'
import type { Resolution } from '../triage/alert.ts'
import type { State } from './state.ts'

export type Durations = {
  readonly count: number
  readonly medianMs: number | undefined
  readonly p90Ms: number | undefined
}

export type RuleNoise = {
  readonly rule: string
  readonly title: string
  readonly alerts: number
  readonly events: number
  readonly open: number
  readonly truePositive: number
  readonly falsePositive: number
  readonly benign: number
  /** The share of the closed ones that were false positives or benign, 0 to 1; undefined while none is closed. */
  readonly noise: number | undefined
}

export type AlertMetrics = {
  readonly created: number
  readonly closed: number
  readonly open: number
  readonly bySeverity: Readonly<Record<Level, number>>
  readonly toAcknowledge: Durations
  readonly toClose: Durations
  readonly days: readonly { readonly day: string; readonly created: number; readonly closed: number }[]
  /** The noisiest first: by how many alerts of theirs came to nothing. */
  readonly rules: readonly RuleNoise[]
}

const rulesMax = 500
const dayMs = 86_400_000

/** Of the alerts made in [fromMs, toMs): read once, in the order of the index. */
export function alertMetrics(state: State, fromMs: number, toMs: number): AlertMetrics {
  const bySeverity = Object.fromEntries(levels.map(level => [level, 0])) as Record<Level, number>
  const days = new Map<number, { created: number; closed: number }>()
  const rules = new Map<string, Tally>()
  const acknowledged: number[] = []
  const closed: number[] = []
  let created = 0
  const rows = state.db
    .prepare(
      `SELECT severity, created, acknowledged, closed, resolution, rule_id, title, count FROM alerts
       WHERE created >= ? AND created < ? AND +test = 0`
    )
    .iterate(fromMs, toMs)
  for (const row of rows) {
    const madeMs = row['created'] as number
    created++
    bySeverity[levels[row['severity'] as number]!]++
    dayOf(days, madeMs).created++
    if (row['acknowledged'] !== null) acknowledged.push(Math.max(0, (row['acknowledged'] as number) - madeMs))
    if (row['closed'] !== null) closed.push(Math.max(0, (row['closed'] as number) - madeMs))
    const rule = row['rule_id'] as string
    let tally = rules.get(rule)
    if (tally === undefined) rules.set(rule, (tally = { title: row['title'] as string, alerts: 0, events: 0, open: 0 }))
    tally.alerts++
    tally.events += row['count'] as number
    const resolution = row['resolution'] as Resolution | null
    if (resolution === null) tally.open++
    else tally[resolution] = (tally[resolution] ?? 0) + 1
  }
  const closings = state.db
    .prepare(
      `SELECT closed / ${dayMs} AS day, count(*) AS n FROM alerts
       WHERE closed >= ? AND closed < ? AND +test = 0 GROUP BY 1`
    )
    .all(fromMs, toMs)
  for (const row of closings) dayOf(days, Number(row['day']) * dayMs).closed = Number(row['n'])
  return {
    created,
    closed: closed.length,
    open: created - closed.length,
    bySeverity,
    toAcknowledge: durations(acknowledged),
    toClose: durations(closed),
    days: [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, counts]) => ({ day: new Date(day * dayMs).toISOString().slice(0, 10), ...counts })),
    rules: [...rules]
      .map(([rule, tally]) => noiseOf(rule, tally))
      .sort((a, b) => b.falsePositive + b.benign - (a.falsePositive + a.benign) || b.alerts - a.alerts)
      .slice(0, rulesMax)
  }
}

type Tally = { title: string; alerts: number; events: number; open: number } & Partial<Record<Resolution, number>>

function dayOf(
  days: Map<number, { created: number; closed: number }>,
  ms: number
): { created: number; closed: number } {
  const number = Math.floor(ms / dayMs)
  let day = days.get(number)
  if (day === undefined) days.set(number, (day = { created: 0, closed: 0 }))
  return day
}

function durations(took: number[]): Durations {
  took.sort((a, b) => a - b)
  const at = (share: number): number | undefined => took[Math.min(took.length - 1, Math.floor(took.length * share))]
  return { count: took.length, medianMs: at(0.5), p90Ms: at(0.9) }
}

function noiseOf(rule: string, tally: Tally): RuleNoise {
  const { title, alerts, events, open, true_positive = 0, false_positive = 0, benign = 0 } = tally
  const closed = true_positive + false_positive + benign
  return {
    rule,
    title,
    alerts,
    events,
    open,
    truePositive: true_positive,
    falsePositive: false_positive,
    benign,
    noise: closed === 0 ? undefined : (false_positive + benign) / closed
  }
}
