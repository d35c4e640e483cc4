/** How the work on alerts goes: how soon somebody looks, how soon it is done, and which rules make noise. Without the heartbeat's tests. */

import { type Level, levels } from '../core/detection.ts'
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

/** Of the alerts made in [fromMs, toMs). */
export function alertMetrics(state: State, fromMs: number, toMs: number): AlertMetrics {
  const { db } = state
  const made = 'FROM alerts WHERE test = 0 AND created >= ? AND created < ?'
  const one = (sql: string): Record<string, unknown> => db.prepare(sql).get(fromMs, toMs)!
  const total = one(`SELECT count(*) AS n, sum(state = 'closed') AS closed ${made}`)
  const bySeverity = Object.fromEntries(levels.map(level => [level, 0])) as Record<Level, number>
  for (const row of db.prepare(`SELECT severity, count(*) AS n ${made} GROUP BY severity`).all(fromMs, toMs))
    bySeverity[levels[Number(row['severity'])]!] = Number(row['n'])
  const days = new Map<number, { created: number; closed: number }>()
  for (const column of ['created', 'closed'] as const) {
    const rows = db
      .prepare(
        `SELECT ${column} / ${dayMs} AS day, count(*) AS n FROM alerts WHERE test = 0 AND ${column} >= ? AND ${column} < ? GROUP BY 1`
      )
      .all(fromMs, toMs)
    for (const row of rows) {
      const day = days.get(Number(row['day'])) ?? { created: 0, closed: 0 }
      day[column] = Number(row['n'])
      days.set(Number(row['day']), day)
    }
  }
  const created = Number(total['n'])
  const closed = Number(total['closed'] ?? 0)
  return {
    created,
    closed,
    open: created - closed,
    bySeverity,
    toAcknowledge: durations(state, 'acknowledged', fromMs, toMs),
    toClose: durations(state, 'closed', fromMs, toMs),
    days: [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, counts]) => ({ day: new Date(day * dayMs).toISOString().slice(0, 10), ...counts })),
    rules: noiseByRule(state, fromMs, toMs)
  }
}

function durations(state: State, column: 'acknowledged' | 'closed', fromMs: number, toMs: number): Durations {
  const where = `FROM alerts WHERE test = 0 AND created >= ? AND created < ? AND ${column} IS NOT NULL`
  const count = Number(state.db.prepare(`SELECT count(*) AS n ${where}`).get(fromMs, toMs)!['n'])
  const at = (share: number): number | undefined => {
    if (count === 0) return undefined
    const row = state.db
      .prepare(`SELECT max(0, ${column} - created) AS ms ${where} ORDER BY 1 LIMIT 1 OFFSET ?`)
      .get(fromMs, toMs, Math.min(count - 1, Math.floor(count * share)))
    return Number(row!['ms'])
  }
  return { count, medianMs: at(0.5), p90Ms: at(0.9) }
}

function noiseByRule(state: State, fromMs: number, toMs: number): RuleNoise[] {
  return state.db
    .prepare(
      `SELECT rule_id, max(title) AS title, count(*) AS alerts, sum(count) AS events, sum(state <> 'closed') AS open,
         ifnull(sum(resolution = 'true_positive'), 0) AS tp, ifnull(sum(resolution = 'false_positive'), 0) AS fp,
         ifnull(sum(resolution = 'benign'), 0) AS benign
       FROM alerts WHERE test = 0 AND created >= ? AND created < ? GROUP BY rule_id
       ORDER BY fp + benign DESC, alerts DESC, rule_id LIMIT ?`
    )
    .all(fromMs, toMs, rulesMax)
    .map(row => {
      const [tp, fp, benign] = [Number(row['tp']), Number(row['fp']), Number(row['benign'])]
      const closed = tp + fp + benign
      return {
        rule: row['rule_id'] as string,
        title: row['title'] as string,
        alerts: Number(row['alerts']),
        events: Number(row['events']),
        open: Number(row['open']),
        truePositive: tp,
        falsePositive: fp,
        benign,
        noise: closed === 0 ? undefined : (fp + benign) / closed
      }
    })
}
