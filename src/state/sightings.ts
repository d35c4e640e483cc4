/**
 * Sightings: indicators that were seen in events, with how often, from when to when. In `picket.db`, so that they stand or fall with the
 * alerts that they raise and the ledger's position. They outlive their indicators.
 */

import type { IndicatorType, Sighting } from '../intel/indicator.ts'
import type { State } from './state.ts'

export const sightingsSchema = `
  -- What was seen here; what peers tell stands in intel.db. An attacker's network may hold many addresses: see sightingsMax.
  CREATE TABLE sightings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    indicator TEXT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL,
    observed TEXT NOT NULL,
    field TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    updated INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX sightings_by_indicator ON sightings (indicator, value, observed, field);
  CREATE INDEX sightings_by_update ON sightings (updated);
  CREATE INDEX sightings_by_value ON sightings (value);`

export const sightingsMax = 500_000

export type StoredSighting = Sighting & {
  readonly seq: number
  readonly updatedMs: number
}

/**
 * Adds to what is known: counts add up, the span grows. Call it within the transaction that settles the events they come from: then
 * each counts once.
 */
export function addSightings(state: State, sightings: readonly Sighting[], nowMs: number): void {
  if (sightings.length === 0) return
  state.transaction(() => {
    const add = state.db.prepare(
      `INSERT INTO sightings (indicator, type, value, source, observed, field, count, first_us, last_us, updated)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (indicator, value, observed, field) DO UPDATE SET
         count = count + excluded.count, first_us = min(first_us, excluded.first_us), last_us = max(last_us, excluded.last_us),
         updated = excluded.updated, source = excluded.source`
    )
    for (const { id, type, value, source, observed, field, count, firstUs, lastUs } of sightings)
      add.run(id, type, value, source, observed, field, count, firstUs, lastUs, nowMs)
  })
}

/** The latest first. */
export function listSightings(
  state: State,
  ask: {
    value?: string | undefined
    indicator?: string | undefined
    before?: { updatedMs: number; seq: number } | undefined
    limit: number
  }
): StoredSighting[] {
  const before = ask.before ?? { updatedMs: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }
  return state.db
    .prepare(
      `SELECT * FROM sightings WHERE (updated, seq) < (?, ?) AND (? IS NULL OR value = ? OR observed = ?) AND (? IS NULL OR indicator = ?) ORDER BY updated DESC, seq DESC LIMIT ?`
    )
    .all(
      before.updatedMs,
      before.seq,
      ask.value ?? null,
      ask.value ?? null,
      ask.value ?? null,
      ask.indicator ?? null,
      ask.indicator ?? null,
      ask.limit
    )
    .map(read)
}

/** What was seen here, summed up by indicator and value, of those that changed at that time or later; for telling peers. */
export function sightingSums(
  state: State,
  sinceMs: number,
  limit: number
): {
  id: string
  type: IndicatorType
  value: string
  count: number
  firstUs: number
  lastUs: number
  updatedMs: number
}[] {
  return state.db
    .prepare(
      `SELECT indicator, type, value, sum(count) AS count, min(first_us) AS first_us, max(last_us) AS last_us, max(updated) AS updated
       FROM sightings WHERE (indicator, value) IN
         (SELECT indicator, value FROM sightings WHERE updated >= ? ORDER BY updated LIMIT ?)
       GROUP BY indicator, type, value ORDER BY max(updated)`
    )
    .all(sinceMs, limit)
    .map(row => ({
      id: row['indicator'] as string,
      type: row['type'] as IndicatorType,
      value: row['value'] as string,
      count: row['count'] as number,
      firstUs: row['first_us'] as number,
      lastUs: row['last_us'] as number,
      updatedMs: row['updated'] as number
    }))
}

/** When something was last seen; 0 if nothing was. */
export function newestSightingMs(state: State): number {
  return Number(state.db.prepare('SELECT max(updated) AS updated FROM sightings').get()!['updated'] ?? 0)
}

/** Removes the oldest beyond what is kept. */
export function pruneSightings(state: State, kept = sightingsMax): number {
  const { changes } = state.db
    .prepare('DELETE FROM sightings WHERE seq <= (SELECT seq FROM sightings ORDER BY seq DESC LIMIT 1 OFFSET ?)')
    .run(kept)
  return Number(changes)
}

function read(row: Record<string, unknown>): StoredSighting {
  return {
    seq: row['seq'] as number,
    id: row['indicator'] as string,
    type: row['type'] as IndicatorType,
    value: row['value'] as string,
    source: row['source'] as string,
    observed: row['observed'] as string,
    field: row['field'] as string,
    count: row['count'] as number,
    firstUs: row['first_us'] as number,
    lastUs: row['last_us'] as number,
    updatedMs: row['updated'] as number
  }
}
