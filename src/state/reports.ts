/** Reports that were made, and those that are made again and again, in the state file. The files themselves lie in a folder. */

import type { State } from './state.ts'

export const reportsSchema = `
  CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    asked TEXT NOT NULL CHECK (json_valid(asked)),
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    problem TEXT NOT NULL,
    schedule TEXT NOT NULL,
    created INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reports_by_time ON reports (created);
  CREATE TABLE report_schedules (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
    schedule TEXT NOT NULL CHECK (json_valid(schedule)),
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`

export const schedulesMax = 200

/** One made, or one that failed: then `file` is empty and `problem` says why. */
export type StoredReport = {
  readonly id: string
  /** What it was asked for with: title, customer, range … */
  readonly asked: Readonly<Record<string, unknown>>
  /** Its name in the folder of reports. */
  readonly file: string
  readonly bytes: number
  readonly problem: string
  /** The name of the schedule that it was made by; empty if somebody asked. */
  readonly schedule: string
  readonly createdMs: number
  readonly by: string
}

export type StoredSchedule = {
  readonly name: string
  readonly schedule: Readonly<Record<string, unknown>>
  readonly updatedMs: number
  readonly by: string
}

export function addReport(state: State, report: StoredReport): void {
  const { id, asked, file, bytes, problem, schedule, createdMs, by } = report
  state.db
    .prepare(
      'INSERT INTO reports (id, asked, file, bytes, problem, schedule, created, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
    )
    .run(id, JSON.stringify(asked), file, bytes, problem, schedule, createdMs, by)
}

/** The newest first. */
export function listReports(state: State, limit: number): StoredReport[] {
  return state.db.prepare('SELECT * FROM reports ORDER BY created DESC, id LIMIT ?').all(limit).map(read)
}

/** Those beyond the newest `kept`. */
export function oldReports(state: State, kept: number): StoredReport[] {
  return state.db.prepare('SELECT * FROM reports ORDER BY created DESC, id LIMIT 1000 OFFSET ?').all(kept).map(read)
}

export function reportOf(state: State, id: string): StoredReport | undefined {
  const row = state.db.prepare('SELECT * FROM reports WHERE id = ?').get(id)
  return row === undefined ? undefined : read(row)
}

export function removeReport(state: State, id: string): boolean {
  return Number(state.db.prepare('DELETE FROM reports WHERE id = ?').run(id).changes) > 0
}

export function listSchedules(state: State): StoredSchedule[] {
  return state.db
    .prepare('SELECT * FROM report_schedules ORDER BY name')
    .all()
    .map(row => ({
      name: row['name'] as string,
      schedule: JSON.parse(row['schedule'] as string) as Record<string, unknown>,
      updatedMs: Number(row['updated']),
      by: row['by'] as string
    }))
}

/** False if there are too many. */
export function keepSchedule(state: State, kept: StoredSchedule): boolean {
  return state.transaction(() => {
    const others = state.db.prepare('SELECT count(*) AS n FROM report_schedules WHERE name <> ?').get(kept.name)!
    if (Number(others['n']) >= schedulesMax) return false
    state.db
      .prepare('INSERT OR REPLACE INTO report_schedules (name, schedule, updated, by) VALUES (?, ?, ?, ?)')
      .run(kept.name, JSON.stringify(kept.schedule), kept.updatedMs, kept.by)
    return true
  })
}

export function removeSchedule(state: State, name: string): boolean {
  return Number(state.db.prepare('DELETE FROM report_schedules WHERE name = ?').run(name).changes) > 0
}

function read(row: Record<string, unknown>): StoredReport {
  return {
    id: row['id'] as string,
    asked: JSON.parse(row['asked'] as string) as Record<string, unknown>,
    file: row['file'] as string,
    bytes: Number(row['bytes']),
    problem: row['problem'] as string,
    schedule: row['schedule'] as string,
    createdMs: Number(row['created']),
    by: row['by'] as string
  }
}
