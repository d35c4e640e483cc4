/**
 * What happens to alerts, as a log that grows: who follows it (the notifier, the live page) keeps the number of the last change that was
 * dealt with, and asks for what comes after. Of `updated` there is one at most for an alert, the newest, so a rule that fires all day
 * does not fill the disk. Changes are kept for 30 days.
 */

import type { AlertChange, AlertId, ChangeKind, HistoryKind } from '../triage/alert.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

const keptMs = 30 * 86_400_000

export function addChange(
  state: State,
  alert: AlertId,
  kind: ChangeKind,
  nowMs: number,
  by = 'picket',
  about = ''
): void {
  if (kind === 'updated') prepared(state, "DELETE FROM alert_changes WHERE alert = ? AND kind = 'updated'").run(alert)
  prepared(state, 'INSERT INTO alert_changes (alert, kind, at, by, about) VALUES (?, ?, ?, ?, ?)').run(
    alert,
    kind,
    nowMs,
    by,
    about
  )
}

/** The entry that people see, and the change that goes with it. */
export function addHistory(
  state: State,
  alert: AlertId,
  kind: HistoryKind,
  nowMs: number,
  by: string,
  detail: Readonly<Record<string, unknown>>
): void {
  prepared(state, 'INSERT INTO alert_history (alert, at, by, kind, detail) VALUES (?, ?, ?, ?, ?)').run(
    alert,
    nowMs,
    by,
    kind,
    JSON.stringify(detail)
  )
  addChange(state, alert, kind, nowMs, by)
}

/** Up to `limit` changes after number `seq`, the oldest first. */
export function changesAfter(state: State, seq: number, limit: number): AlertChange[] {
  return prepared(state, 'SELECT * FROM alert_changes WHERE seq > ? ORDER BY seq LIMIT ?')
    .all(seq, limit)
    .map(row => ({
      seq: Number(row['seq']),
      alert: Number(row['alert']),
      kind: row['kind'] as ChangeKind,
      atMs: Number(row['at']),
      by: row['by'] as string,
      about: row['about'] as string
    }))
}

/** The number of the newest change there ever was; 0 where there was none. */
export function lastChange(state: State): number {
  const row = prepared(state, "SELECT seq FROM sqlite_sequence WHERE name = 'alert_changes'").get()
  return Number(row?.['seq'] ?? 0)
}

/** Forgets what is older than 30 days. */
export function pruneChanges(state: State, nowMs: number): number {
  return Number(prepared(state, 'DELETE FROM alert_changes WHERE at < ?').run(nowMs - keptMs).changes)
}
