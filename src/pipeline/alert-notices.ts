/** What the log of changes of alerts says, as notices: the alert as it is now, with what happened to it then. */

import type { Notice, NoticeKind } from '../actions/message.ts'
import { type Level, levels } from '../core/detection.ts'
import { changesAfter } from '../state/alert-changes.ts'
import { alertOf } from '../state/alert-list.ts'
import type { State } from '../state/state.ts'
import type { Alert, AlertChange } from '../triage/alert.ts'
import type { Change, ReadChanges } from './notify-changes.ts'

export function readAlertChanges(state: State): ReadChanges {
  return (after, limit) =>
    changesAfter(state, after, limit).map((change): Change => {
      const kind = kindOf(state, change)
      const alert = kind === undefined ? undefined : alertOf(state, change.alert)
      return { change: change.seq, notice: kind && alert && noticeOf(alert, kind, change.atMs) }
    })
}

export function noticeOf(alert: Alert, kind: NoticeKind, atMs: number): Notice {
  const { id, title, kind: by, level, tags } = alert.rule
  const { severity, entity, count, firstUs, lastUs, summary, test } = alert
  const rule = { id, title, kind: by, level, tags }
  return { alert: String(alert.id), kind, atMs, rule, severity, entity, count, firstUs, lastUs, summary, test }
}

/** Undefined where nobody is told of it: comments, assignments, more of the same events. */
function kindOf(state: State, change: AlertChange): NoticeKind | undefined {
  const { kind, by } = change
  if (kind === 'created' || kind === 'escalated') return kind
  // Whoever wakes an alert knows of it.
  if (kind === 'woken') return by === 'picket' && !escalatedWith(state, change) ? 'reopened' : undefined
  if (kind !== 'state' && kind !== 'severity') return undefined
  const { from, to } = detailOf(state, change)
  if (kind === 'severity') return rank(to) > rank(from) ? 'escalated' : undefined
  if (to === 'closed') return 'closed'
  if (from === 'closed') return 'reopened'
  return to === 'acknowledged' || to === 'in_progress' ? 'acknowledged' : undefined
}

/** What got worse woke up by that: that is told already. */
function escalatedWith(state: State, { alert, atMs }: AlertChange): boolean {
  const row = state.db
    .prepare("SELECT 1 AS n FROM alert_changes WHERE alert = ? AND kind = 'escalated' AND at = ?")
    .get(alert, atMs)
  return row !== undefined
}

/** The log says that something changed; the history, from what to what. */
function detailOf(state: State, { alert, kind, atMs, by }: AlertChange): { from?: string; to?: string } {
  const row = state.db
    .prepare(
      'SELECT detail FROM alert_history WHERE alert = ? AND kind = ? AND at = ? AND by = ? ORDER BY id DESC LIMIT 1'
    )
    .get(alert, kind, atMs, by)
  return row === undefined ? {} : (JSON.parse(row['detail'] as string) as { from?: string; to?: string })
}

const rank = (level: string | undefined): number => levels.indexOf(level as Level)
