/**
 * How far new indicators were held against what is stored. A job is about the indicators with numbers in a range and the rows up to a
 * position (later ones were looked at when they came). Each step moves it on in the transaction that keeps what the step found: after a
 * crash it goes on where it was, and nothing counts twice.
 */

import { readSetting, writeSetting } from './settings.ts'
import type { State } from './state.ts'

export const retroSchema = `
  -- done_seq: single values up to here. done_day: names and networks, up to this day of receipt.
  CREATE TABLE retro_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL,
    position INTEGER NOT NULL,
    done_seq INTEGER NOT NULL,
    done_day TEXT NOT NULL DEFAULT '',
    days INTEGER NOT NULL DEFAULT 0,
    days_done INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER,
    events INTEGER NOT NULL DEFAULT 0,
    matches INTEGER NOT NULL DEFAULT 0,
    left_out INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT ''
  ) STRICT;`

/** Rows that came while there was no table: they are of interest for all indicators, others are not. */
export const retroGapSchema = 'ALTER TABLE retro_jobs ADD COLUMN after_position INTEGER NOT NULL DEFAULT 0'

export type RetroJob = {
  readonly id: number
  /** Indicators with numbers above this one … */
  readonly fromSeq: number
  /** … up to this one. */
  readonly toSeq: number
  /** Rows above this position … */
  readonly afterPosition: number
  /** … up to this one. */
  readonly position: number
  readonly doneSeq: number
  readonly doneDay: string
  /** Days that hold rows, and how many are done; 0 of 0 until the single values are. */
  readonly days: number
  readonly daysDone: number
  readonly createdMs: number
  readonly startedMs: number | undefined
  readonly finishedMs: number | undefined
  /** Events that show an indicator. */
  readonly events: number
  /** Pairs of indicator and what was seen of it. */
  readonly matches: number
  /** Steps in which there were more events than are read. */
  readonly leftOut: number
  readonly problem: string
}

const jobsKept = 100

/** The newest indicator that a job was made for. */
export function retroCovered(state: State): number {
  return Number(state.db.prepare('SELECT max(to_seq) AS seq FROM retro_jobs').get()!['seq'] ?? 0)
}

export function addRetroJob(
  state: State,
  fromSeq: number,
  toSeq: number,
  position: number,
  nowMs: number,
  afterPosition = 0
): number {
  return state.transaction(() => {
    const { lastInsertRowid } = state.db
      .prepare(
        'INSERT INTO retro_jobs (from_seq, to_seq, position, done_seq, created, after_position) VALUES (?, ?, ?, ?, ?, ?)'
      )
      .run(fromSeq, toSeq, position, fromSeq, nowMs, afterPosition)
    // The newest one says how far indicators are covered, finished or not.
    state.db
      .prepare('DELETE FROM retro_jobs WHERE finished IS NOT NULL AND id <= ? AND to_seq < ?')
      .run(Number(lastInsertRowid) - jobsKept, toSeq)
    return Number(lastInsertRowid)
  })
}

/** Rows beyond what is stored now will be looked at when they come: after a crash some come again. */
export function lowerRetroPositions(state: State, position: number): void {
  state.db.prepare('UPDATE retro_jobs SET position = min(position, ?) WHERE finished IS NULL').run(position)
}

export function nextRetroJob(state: State): RetroJob | undefined {
  const row = state.db.prepare('SELECT * FROM retro_jobs WHERE finished IS NULL ORDER BY id LIMIT 1').get()
  return row === undefined ? undefined : read(row)
}

/** The newest first. */
export function listRetroJobs(state: State, limit = jobsKept): RetroJob[] {
  return state.db.prepare('SELECT * FROM retro_jobs ORDER BY id DESC LIMIT ?').all(limit).map(read)
}

const gapKey = 'indicators-gap'

/** From this position on rows are stored that no indicator is held against. Stands until `takeGap`, across restarts. */
export function noteGap(state: State, position: number): void {
  if (readSetting(state, gapKey) === undefined) writeSetting(state, gapKey, position)
}

/** Makes a job of the rows that were stored since, for the indicators that have had theirs; before a job for new ones is made. */
export function takeGap(state: State, position: number, nowMs: number): void {
  state.transaction(() => {
    const from = readSetting(state, gapKey)
    if (typeof from !== 'number') return
    writeSetting(state, gapKey, undefined)
    const covered = retroCovered(state)
    if (position > from && covered > 0) addRetroJob(state, 0, covered, position, nowMs, from)
  })
}

export type RetroStep = {
  readonly doneSeq?: number
  readonly doneDay?: string
  readonly days?: number
  readonly daysDone?: number
  readonly events?: number
  readonly matches?: number
  readonly leftOut?: number
  readonly problem?: string
}

export function advanceRetroJob(state: State, id: number, step: RetroStep, nowMs: number): void {
  state.db
    .prepare(
      `UPDATE retro_jobs SET done_seq = coalesce(?, done_seq), done_day = coalesce(?, done_day), days = coalesce(?, days),
         days_done = coalesce(?, days_done), events = events + ?, matches = matches + ?, left_out = left_out + ?,
         problem = coalesce(?, problem), started = coalesce(started, ?) WHERE id = ?`
    )
    .run(
      step.doneSeq ?? null,
      step.doneDay ?? null,
      step.days ?? null,
      step.daysDone ?? null,
      step.events ?? 0,
      step.matches ?? 0,
      step.leftOut ?? 0,
      step.problem ?? null,
      nowMs,
      id
    )
}

export function finishRetroJob(state: State, id: number, nowMs: number): void {
  state.db
    .prepare('UPDATE retro_jobs SET finished = ?, started = coalesce(started, ?) WHERE id = ?')
    .run(nowMs, nowMs, id)
}

function read(row: Record<string, unknown>): RetroJob {
  return {
    id: row['id'] as number,
    fromSeq: row['from_seq'] as number,
    toSeq: row['to_seq'] as number,
    afterPosition: row['after_position'] as number,
    position: row['position'] as number,
    doneSeq: row['done_seq'] as number,
    doneDay: row['done_day'] as string,
    days: row['days'] as number,
    daysDone: row['days_done'] as number,
    createdMs: row['created'] as number,
    startedMs: (row['started'] as number | null) ?? undefined,
    finishedMs: (row['finished'] as number | null) ?? undefined,
    events: row['events'] as number,
    matches: row['matches'] as number,
    leftOut: row['left_out'] as number,
    problem: row['problem'] as string
  }
}
