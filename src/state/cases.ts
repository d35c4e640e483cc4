/** Cases in the state file: what they are called, which alerts are in them, their notes, what became of them. The audit is the caller's. */

import { type Level, levels } from '../core/detection.ts'
import type { AlertId, Resolution } from '../triage/alert.ts'
import { alertsPerCaseMax, type Case, type CaseEntry, type CaseHistoryKind, type CaseId } from '../triage/case.ts'
import { addHistory } from './alert-changes.ts'
import { alertOf } from './alert-list.ts'
import { workAlert } from './alert-work.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const casesSchema = `
  CREATE TABLE cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 256),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    resolution TEXT CHECK (resolution IN ('true_positive', 'false_positive', 'benign')),
    reason TEXT NOT NULL DEFAULT '',
    assignee TEXT COLLATE NOCASE,
    created INTEGER NOT NULL,
    by TEXT NOT NULL,
    updated INTEGER NOT NULL,
    closed INTEGER
  ) STRICT;
  CREATE INDEX cases_updated ON cases (updated, id);

  CREATE TABLE case_history (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
  ) STRICT;
  CREATE INDEX case_history_of ON case_history (case_id, id);

  CREATE TABLE case_events (
    case_id INTEGER NOT NULL REFERENCES cases (id),
    event_id TEXT NOT NULL,
    time_us INTEGER NOT NULL,
    event TEXT NOT NULL,
    added INTEGER NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (case_id, event_id)
  ) STRICT, WITHOUT ROWID;

  -- The content lies in the data folder under its SHA-256.
  CREATE TABLE case_files (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    added INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;
  CREATE INDEX case_files_of ON case_files (case_id);
  CREATE INDEX case_files_content ON case_files (sha256);

  -- What is said of an alert or a case in the audit trail is exported with it.
  CREATE INDEX audit_object ON audit (object, id);`

export const notesMax = 2000

export type CaseFilter = {
  readonly state?: Case['state']
  readonly assignee?: string
  readonly text?: string
}

/** The last ones worked on first; `next` is where to go on. */
export function listCases(
  state: State,
  filter: CaseFilter,
  page: { readonly limit: number; readonly after?: readonly number[] | undefined }
): { cases: Case[]; next: readonly number[] | undefined } {
  const where = ['1']
  const values: (string | number)[] = []
  const add = (condition: string, ...more: (string | number)[]): void => {
    where.push(condition)
    values.push(...more)
  }
  if (filter.state !== undefined) add('state = ?', filter.state)
  if (filter.assignee === '') where.push('assignee IS NULL')
  else if (filter.assignee !== undefined) add('assignee = ?', filter.assignee)
  if (filter.text !== undefined) add("title LIKE ? ESCAPE '\\'", `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`)
  if (page.after?.length === 2) add('(updated, id) < (?, ?)', ...page.after)
  const rows = state.db
    .prepare(`SELECT * FROM cases WHERE ${where.join(' AND ')} ORDER BY updated DESC, id DESC LIMIT ?`)
    .all(...values, page.limit + 1)
  const shown = rows.slice(0, page.limit).map(read)
  const last = shown.at(-1)
  return { cases: shown, next: rows.length > page.limit && last ? [last.updatedMs, last.id] : undefined }
}

export function caseOf(state: State, id: CaseId): Case | undefined {
  const row = prepared(state, 'SELECT * FROM cases WHERE id = ?').get(id)
  return row === undefined ? undefined : read(row)
}

/** What a case is made of, counted; the worst severity of its alerts. */
export function caseCounts(
  state: State,
  id: CaseId
): { alerts: number; openAlerts: number; events: number; files: number; notes: number; severity: Level | undefined } {
  const alerts = prepared(
    state,
    "SELECT count(*) AS n, sum(state <> 'closed') AS open, max(severity) AS worst FROM alerts WHERE case_id = ?"
  ).get(id)!
  const count = (sql: string): number => Number(prepared(state, sql).get(id)!['n'])
  return {
    alerts: Number(alerts['n']),
    openAlerts: Number(alerts['open'] ?? 0),
    events: count('SELECT count(*) AS n FROM case_events WHERE case_id = ?'),
    files: count('SELECT count(*) AS n FROM case_files WHERE case_id = ?'),
    notes: count("SELECT count(*) AS n FROM case_history WHERE case_id = ? AND kind = 'noted'"),
    severity: alerts['worst'] === null ? undefined : levels[Number(alerts['worst'])]
  }
}

export function caseHistory(state: State, id: CaseId): CaseEntry[] {
  return prepared(state, 'SELECT * FROM case_history WHERE case_id = ? ORDER BY id LIMIT 10000')
    .all(id)
    .map(row => ({
      id: Number(row['id']),
      atMs: Number(row['at']),
      by: row['by'] as string,
      kind: row['kind'] as CaseHistoryKind,
      detail: JSON.parse(row['detail'] as string) as Record<string, unknown>
    }))
}

export function addCase(
  state: State,
  made: { readonly title: string; readonly assignee: string | undefined; readonly by: string },
  nowMs: number
): Case {
  const row = prepared(
    state,
    "INSERT INTO cases (title, state, assignee, created, by, updated) VALUES (?, 'open', ?, ?, ?, ?) RETURNING *"
  ).get(made.title, made.assignee ?? null, nowMs, made.by, nowMs)!
  const added = read(row)
  noteCase(state, added.id, 'created', made.by, nowMs, { title: made.title })
  return added
}

/** An entry of the case's history; it counts as work on it. */
export function noteCase(
  state: State,
  id: CaseId,
  kind: CaseHistoryKind,
  by: string,
  nowMs: number,
  detail: Readonly<Record<string, unknown>>
): void {
  prepared(state, 'INSERT INTO case_history (case_id, at, by, kind, detail) VALUES (?, ?, ?, ?, ?)').run(
    id,
    nowMs,
    by,
    kind,
    JSON.stringify(detail)
  )
  prepared(state, 'UPDATE cases SET updated = ? WHERE id = ?').run(nowMs, id)
}

/** Changes what is named; `assignee: ''` is nobody. */
export function changeCase(
  state: State,
  known: Case,
  change: { readonly title?: string | undefined; readonly assignee?: string | undefined },
  by: string,
  nowMs: number
): void {
  if (change.title !== undefined && change.title !== known.title) {
    prepared(state, 'UPDATE cases SET title = ? WHERE id = ?').run(change.title, known.id)
    noteCase(state, known.id, 'renamed', by, nowMs, { from: known.title, to: change.title })
  }
  const assignee = change.assignee === '' ? undefined : change.assignee
  if (change.assignee !== undefined && assignee !== known.assignee) {
    prepared(state, 'UPDATE cases SET assignee = ? WHERE id = ?').run(assignee ?? null, known.id)
    noteCase(state, known.id, 'assigned', by, nowMs, { from: known.assignee, to: assignee })
  }
}

/** Puts alerts into the case, out of others if need be. Undefined if there would be too many; else those that moved. */
export function putIntoCase(
  state: State,
  id: CaseId,
  alerts: readonly AlertId[],
  by: string,
  nowMs: number
): AlertId[] | undefined {
  const there = Number(prepared(state, 'SELECT count(*) AS n FROM alerts WHERE case_id = ?').get(id)!['n'])
  const { title } = caseOf(state, id)!
  const moved: AlertId[] = []
  for (const alert of new Set(alerts)) {
    const known = alertOf(state, alert)
    if (known === undefined || known.caseId === id) continue
    if (there + moved.length >= alertsPerCaseMax) return undefined
    prepared(state, 'UPDATE alerts SET case_id = ?, updated = ? WHERE id = ?').run(id, nowMs, alert)
    addHistory(state, alert, 'case', nowMs, by, { case: id, title, from: known.caseId })
    moved.push(alert)
  }
  if (moved.length > 0) noteCase(state, id, 'alerts-added', by, nowMs, { alerts: moved })
  return moved
}

/** False if it was not in the case. */
export function takeOutOfCase(state: State, id: CaseId, alert: AlertId, by: string, nowMs: number): boolean {
  const { changes } = prepared(state, 'UPDATE alerts SET case_id = NULL, updated = ? WHERE id = ? AND case_id = ?').run(
    nowMs,
    alert,
    id
  )
  if (Number(changes) === 0) return false
  addHistory(state, alert, 'case', nowMs, by, { from: id })
  noteCase(state, id, 'alerts-removed', by, nowMs, { alerts: [alert] })
  return true
}

/** Closes the case and, if asked, its open alerts in the same way. Gives those. */
export function closeCase(
  state: State,
  id: CaseId,
  closing: { readonly resolution: Resolution; readonly reason: string; readonly closeAlerts: boolean },
  by: string,
  nowMs: number
): AlertId[] {
  const { resolution, reason, closeAlerts } = closing
  prepared(state, "UPDATE cases SET state = 'closed', resolution = ?, reason = ?, closed = ? WHERE id = ?").run(
    resolution,
    reason,
    nowMs,
    id
  )
  const open = closeAlerts
    ? prepared(state, "SELECT id FROM alerts WHERE case_id = ? AND state <> 'closed' ORDER BY id")
        .all(id)
        .map(row => Number(row['id']))
    : []
  const why = reason === '' ? `with case ${id}` : reason
  for (const alert of open) workAlert(state, alert, { action: 'close', resolution, reason: why }, by, nowMs)
  noteCase(state, id, 'closed', by, nowMs, { resolution, reason, alerts: open })
  return open
}

export function reopenCase(state: State, id: CaseId, by: string, nowMs: number): void {
  prepared(state, "UPDATE cases SET state = 'open', resolution = NULL, reason = '', closed = NULL WHERE id = ?").run(id)
  noteCase(state, id, 'reopened', by, nowMs, {})
}

function read(row: Record<string, unknown>): Case {
  return {
    id: Number(row['id']),
    title: row['title'] as string,
    state: row['state'] as Case['state'],
    resolution: (row['resolution'] as Resolution | null) ?? undefined,
    reason: row['reason'] as string,
    assignee: (row['assignee'] as string | null) ?? undefined,
    createdMs: Number(row['created']),
    by: row['by'] as string,
    updatedMs: Number(row['updated']),
    closedMs: row['closed'] === null ? undefined : Number(row['closed'])
  }
}
