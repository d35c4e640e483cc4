/** What the heartbeat's runs found: a row for each run, and for each test attack whether its alert arrived and how fast. */

import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const heartbeatsSchema = `
  CREATE TABLE heartbeats (
    run TEXT PRIMARY KEY,
    started INTEGER NOT NULL,
    ended INTEGER,
    by TEXT NOT NULL
  ) STRICT;
  CREATE INDEX heartbeats_started ON heartbeats (started);
  CREATE TABLE heartbeat_checks (
    run TEXT NOT NULL REFERENCES heartbeats (run) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    title TEXT NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    sent INTEGER,
    arrived INTEGER,
    alert INTEGER,
    problem TEXT NOT NULL,
    PRIMARY KEY (run, number)
  ) STRICT, WITHOUT ROWID;`

const runsKept = 100

export type HeartbeatCheck = {
  readonly number: number
  readonly source: string
  readonly format: string
  readonly title: string
  /** Of which one at least must find it, by id. */
  readonly rules: readonly string[]
  /** Undefined where there was nothing to send: no attack is known for the format, or no rule in force finds it. */
  readonly sentMs: number | undefined
  readonly arrivedMs: number | undefined
  readonly alert: number | undefined
  readonly problem: string
}

export type HeartbeatRun = {
  readonly run: string
  readonly startedMs: number
  readonly endedMs: number | undefined
  readonly by: string
  readonly checks: readonly HeartbeatCheck[]
}

/** A run begins. */
export function addHeartbeat(state: State, run: Pick<HeartbeatRun, 'run' | 'startedMs' | 'by'>): void {
  state.transaction(() => {
    prepared(state, 'INSERT INTO heartbeats (run, started, by) VALUES (?, ?, ?)').run(run.run, run.startedMs, run.by)
    prepared(
      state,
      'DELETE FROM heartbeats WHERE run IN (SELECT run FROM heartbeats ORDER BY started DESC, run LIMIT -1 OFFSET ?)'
    ).run(runsKept)
  })
}

/** What it is going to send. */
export function addHeartbeatChecks(state: State, run: string, checks: readonly HeartbeatCheck[]): void {
  const add = prepared(
    state,
    'INSERT INTO heartbeat_checks (run, number, source, format, title, rules, sent, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
  )
  state.transaction(() => {
    for (const { number, source, format, title, rules, sentMs, problem } of checks)
      add.run(run, number, source, format, title, JSON.stringify(rules), sentMs ?? null, problem)
  })
}

export function heartbeatArrived(state: State, run: string, number: number, alert: number, atMs: number): void {
  prepared(
    state,
    'UPDATE heartbeat_checks SET arrived = ?, alert = ? WHERE run = ? AND number = ? AND arrived IS NULL'
  ).run(atMs, alert, run, number)
}

/** `problem` is of the checks that were sent and did not arrive. */
export function endHeartbeat(state: State, run: string, problem: string, nowMs: number): void {
  prepared(
    state,
    "UPDATE heartbeat_checks SET problem = ? WHERE run = ? AND sent IS NOT NULL AND arrived IS NULL AND problem = ''"
  ).run(problem, run)
  prepared(state, 'UPDATE heartbeats SET ended = ? WHERE run = ? AND ended IS NULL').run(nowMs, run)
}

/** Those that a stop of Picket cut off. */
export function endInterrupted(state: State, nowMs: number): void {
  state.transaction(() => {
    for (const row of prepared(state, 'SELECT run FROM heartbeats WHERE ended IS NULL').all())
      endHeartbeat(state, row['run'] as string, 'Picket was stopped meanwhile', nowMs)
  })
}

/** The newest first. */
export function listHeartbeats(state: State, limit: number): HeartbeatRun[] {
  return prepared(state, 'SELECT * FROM heartbeats ORDER BY started DESC, run LIMIT ?')
    .all(limit)
    .map(row => ({
      run: row['run'] as string,
      startedMs: Number(row['started']),
      endedMs: row['ended'] === null ? undefined : Number(row['ended']),
      by: row['by'] as string,
      checks: checksOf(state, row['run'] as string)
    }))
}

function checksOf(state: State, run: string): HeartbeatCheck[] {
  const optional = (value: unknown): number | undefined => (value === null ? undefined : Number(value))
  return prepared(state, 'SELECT * FROM heartbeat_checks WHERE run = ? ORDER BY number')
    .all(run)
    .map(row => ({
      number: Number(row['number']),
      source: row['source'] as string,
      format: row['format'] as string,
      title: row['title'] as string,
      rules: JSON.parse(row['rules'] as string) as string[],
      sentMs: optional(row['sent']),
      arrivedMs: optional(row['arrived']),
      alert: optional(row['alert']),
      problem: row['problem'] as string
    }))
}
