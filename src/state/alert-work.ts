/** What people do to alerts, and what time does: it wakes the snoozed ones. The audit entry is the caller's, in the same transaction. */

import { levels } from '../core/detection.ts'
import { type Alert, type AlertAction, type AlertId, isOpen, mentionsIn } from '../triage/alert.ts'
import { addChange, addHistory } from './alert-changes.ts'
import { alertOf } from './alert-list.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'
import { userNamed } from './users.ts'

export const commentsMax = 1000
const wokenAtOnceMax = 1000

/** `unchanged`: it was so already. What was refused says why, for people. */
export type Worked =
  | { readonly ok: true; readonly changed: boolean; readonly alert: Alert }
  | { readonly ok: false; readonly code: 'unknown-alert' | 'wrong-state' | 'too-many-comments'; readonly why: string }

/** Does it to one alert. Call it in a transaction, with the audit entry. */
export function workAlert(state: State, id: AlertId, action: AlertAction, by: string, nowMs: number): Worked {
  const alert = alertOf(state, id)
  if (alert === undefined) return { ok: false, code: 'unknown-alert', why: `There is no alert ${id}.` }
  const refusal = refusalOf(state, alert, action)
  if (refusal !== undefined) return refusal
  const changed = apply(state, alert, action, by, nowMs)
  return { ok: true, changed, alert: changed ? alertOf(state, id)! : alert }
}

function refusalOf(state: State, alert: Alert, action: AlertAction): Worked | undefined {
  const wrong = (why: string): Worked => ({ ok: false, code: 'wrong-state', why })
  switch (action.action) {
    case 'acknowledge':
    case 'start':
    case 'snooze':
      return isOpen(alert.state) ? undefined : wrong(`Alert ${alert.id} is closed: reopen it first.`)
    case 'comment': {
      const { n } = prepared(
        state,
        "SELECT count(*) AS n FROM alert_history WHERE alert = ? AND kind = 'commented'"
      ).get(alert.id) as { n: number }
      if (n < commentsMax) return undefined
      return { ok: false, code: 'too-many-comments', why: `Alert ${alert.id} has ${commentsMax} comments.` }
    }
    default:
      return undefined
  }
}

function apply(state: State, alert: Alert, action: AlertAction, by: string, nowMs: number): boolean {
  const { id } = alert
  const note = (kind: Parameters<typeof addHistory>[2], detail: Record<string, unknown>): true => {
    prepared(state, 'UPDATE alerts SET updated = ? WHERE id = ?').run(nowMs, id)
    addHistory(state, id, kind, nowMs, by, detail)
    return true
  }
  switch (action.action) {
    case 'acknowledge':
    case 'start': {
      const next = action.action === 'start' ? 'in_progress' : 'acknowledged'
      if (alert.state === next || (next === 'acknowledged' && alert.state === 'in_progress')) return false
      prepared(state, 'UPDATE alerts SET state = ?, acknowledged = ifnull(acknowledged, ?) WHERE id = ?').run(
        next,
        nowMs,
        id
      )
      return note('state', { from: alert.state, to: next })
    }
    case 'close': {
      const { resolution, reason } = action
      if (!isOpen(alert.state) && alert.resolution === resolution && alert.reason === reason) return false
      prepared(
        state,
        `UPDATE alerts SET state = 'closed', resolution = ?, reason = ?, closed = ifnull(closed, ?),
           acknowledged = ifnull(acknowledged, ?), snoozed_until = NULL WHERE id = ?`
      ).run(resolution, reason, nowMs, nowMs, id)
      return note('state', { from: alert.state, to: 'closed', resolution, reason })
    }
    case 'reopen':
      if (isOpen(alert.state)) return false
      prepared(
        state,
        "UPDATE alerts SET state = 'in_progress', resolution = NULL, reason = '', closed = NULL WHERE id = ?"
      ).run(id)
      return note('state', { from: 'closed', to: 'in_progress', resolution: alert.resolution })
    case 'assign':
      if ((alert.assignee ?? '').toLowerCase() === (action.assignee ?? '').toLowerCase()) return false
      prepared(state, 'UPDATE alerts SET assignee = ? WHERE id = ?').run(action.assignee ?? null, id)
      return note('assigned', { from: alert.assignee, to: action.assignee })
    case 'comment': {
      note('commented', { text: action.text })
      for (const name of mentionsIn(action.text)) mention(state, id, name, by, nowMs)
      return true
    }
    case 'snooze':
      if (alert.snoozedUntilMs === action.untilMs) return false
      prepared(state, 'UPDATE alerts SET snoozed_until = ? WHERE id = ?').run(action.untilMs, id)
      return note('snoozed', { until: new Date(action.untilMs).toISOString() })
    case 'unsnooze':
      if (alert.snoozedUntilMs === undefined) return false
      prepared(state, 'UPDATE alerts SET snoozed_until = NULL WHERE id = ?').run(id)
      return note('woken', {})
    case 'severity': {
      const { severity, reason } = action
      if (alert.severity === severity) return false
      const why = [...alert.severityWhy, `set to ${severity} by ${by}${reason === '' ? '' : `: ${reason}`}`].slice(-20)
      prepared(
        state,
        'UPDATE alerts SET severity = ?1, severity_set = ?1, severity_by = ?2, severity_why = ?3 WHERE id = ?4'
      ).run(levels.indexOf(severity), by, JSON.stringify(why), id)
      return note('severity', { from: alert.severity, to: severity, reason })
    }
  }
}

/** Only who exists can be meant. */
function mention(state: State, id: AlertId, name: string, by: string, nowMs: number): void {
  const user = userNamed(state, name)
  if (user === undefined || user.disabledMs !== undefined) return
  prepared(state, 'INSERT OR REPLACE INTO alert_mentions (user, alert, at) VALUES (?, ?, ?)').run(user.name, id, nowMs)
  addChange(state, id, 'mentioned', nowMs, by, user.name)
}

/** Those whose time has come are no longer snoozed. Gives their ids. */
export function wakeSnoozed(state: State, nowMs: number): AlertId[] {
  return state.transaction(() => {
    const ids = prepared(
      state,
      'SELECT id FROM alerts WHERE snoozed_until IS NOT NULL AND snoozed_until <= ? ORDER BY snoozed_until LIMIT ?'
    )
      .all(nowMs, wokenAtOnceMax)
      .map(row => Number(row['id']))
    for (const id of ids) {
      prepared(state, 'UPDATE alerts SET snoozed_until = NULL, updated = ? WHERE id = ?').run(nowMs, id)
      addHistory(state, id, 'woken', nowMs, 'picket', {})
    }
    return ids
  })
}

/** Closes what the heartbeat has raised, so that its next run raises it anew. */
export function closeTests(state: State, nowMs: number): void {
  state.transaction(() => {
    for (const row of prepared(state, "SELECT id FROM alerts WHERE test = 1 AND state <> 'closed'").all())
      workAlert(
        state,
        Number(row['id']),
        { action: 'close', resolution: 'benign', reason: 'heartbeat' },
        'picket',
        nowMs
      )
  })
}

/** Test alerts of the heartbeat from before then. Real ones are never removed. */
export function forgetTests(state: State, beforeMs: number): number {
  return Number(prepared(state, 'DELETE FROM alerts WHERE test = 1 AND created < ?').run(beforeMs).changes)
}
