/**
 * How far the scheduled detections have looked, and what they must remember. A watermark is a position in the order of commits
 * (docs/adr/0020); it moves in the transaction that raises what was found.
 */

import type { State } from './state.ts'

export const detectionsSchema = `
  CREATE TABLE detection_marks (
    rule TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    -- Up to which time of events windows were over, in microseconds; for conditions that are judged then.
    over_us INTEGER NOT NULL,
    ran INTEGER NOT NULL,
    took INTEGER NOT NULL,
    fired INTEGER NOT NULL DEFAULT 0,
    last_fired INTEGER,
    problem TEXT
  ) STRICT, WITHOUT ROWID;
  -- What was reported already of detections whose answers can come and go, or that are asked again.
  CREATE TABLE detection_firings (
    rule TEXT NOT NULL, key TEXT NOT NULL, until_us INTEGER NOT NULL,
    PRIMARY KEY (rule, key)
  ) STRICT, WITHOUT ROWID;
  -- Values that were seen, for first_seen; when, by the events' own time.
  CREATE TABLE detection_seen (
    rule TEXT NOT NULL, entity TEXT NOT NULL, value TEXT NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,
    PRIMARY KEY (rule, entity, value)
  ) STRICT, WITHOUT ROWID;
`

export type Mark = {
  readonly position: number
  readonly overUs: number
  readonly ranMs: number
  readonly tookMs: number
  /** Alerts raised or added to, over all runs. */
  readonly fired: number
  readonly lastFiredMs: number | undefined
  readonly problem: string | undefined
}

export type Detections = {
  mark(rule: string): Mark | undefined
  marks(): ReadonlyMap<string, Mark>
  setMark(rule: string, mark: Mark): void
  /** Nothing is known of them any more: they begin anew. */
  forget(rules: readonly string[]): void
  /** False if it was reported, and `us`, a time of its events, is not beyond that until which it holds. */
  firstTime(rule: string, key: string, us: number, untilUs: number): boolean
  pruneFirings(beforeUs: number): void
  seen: SeenValues
}

export type SeenValue = {
  readonly entity: string
  readonly value: string
  readonly firstUs: number
  readonly lastUs: number
}

export type SeenValues = {
  count(rule: string): number
  known(rule: string, entity: string, value: string): { firstUs: number; lastUs: number } | undefined
  /** When something was seen of the entity first; undefined if nothing was. */
  entitySince(rule: string, entity: string): number | undefined
  add(rule: string, values: readonly SeenValue[]): void
  /** All that is remembered of the rule. */
  list(rule: string): readonly SeenValue[]
  /** What was not seen since then is forgotten. */
  forget(rule: string, beforeUs: number): void
}

export function openDetections(state: State): Detections {
  const { db } = state
  const read = db.prepare('SELECT * FROM detection_marks WHERE rule = ?')
  const readAll = db.prepare('SELECT * FROM detection_marks')
  const write = db.prepare(
    `INSERT OR REPLACE INTO detection_marks (rule, position, over_us, ran, took, fired, last_fired, problem)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
  )
  const firing = db.prepare('SELECT until_us FROM detection_firings WHERE rule = ? AND key = ?')
  const addFiring = db.prepare('INSERT OR REPLACE INTO detection_firings (rule, key, until_us) VALUES (?, ?, ?)')
  const count = db.prepare('SELECT count(*) AS n FROM detection_seen WHERE rule = ?')
  const known = db.prepare('SELECT first_us, last_us FROM detection_seen WHERE rule = ? AND entity = ? AND value = ?')
  const list = db.prepare('SELECT entity, value, first_us, last_us FROM detection_seen WHERE rule = ?')
  const since = db.prepare('SELECT min(first_us) AS us FROM detection_seen WHERE rule = ? AND entity = ?')
  const add = db.prepare(
    `INSERT INTO detection_seen (rule, entity, value, first_us, last_us) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET first_us = min(first_us, excluded.first_us), last_us = max(last_us, excluded.last_us)`
  )
  return {
    mark(rule) {
      const row = read.get(rule)
      return row === undefined ? undefined : markOf(row)
    },
    marks: () => new Map(readAll.all().map(row => [String(row['rule']), markOf(row)])),
    setMark(rule, mark) {
      const { position, overUs, ranMs, tookMs, fired, lastFiredMs, problem } = mark
      write.run(
        rule,
        position,
        Math.round(overUs),
        Math.round(ranMs),
        Math.round(tookMs),
        fired,
        lastFiredMs === undefined ? null : Math.round(lastFiredMs),
        problem?.slice(0, 1000) ?? null
      )
    },
    forget(rules) {
      state.transaction(() => {
        for (const rule of rules)
          for (const table of ['detection_marks', 'detection_firings', 'detection_seen'])
            db.prepare(`DELETE FROM ${table} WHERE rule = ?`).run(rule)
      })
    },
    firstTime(rule, key, us, untilUs) {
      const row = firing.get(rule, key)
      if (row !== undefined && Number(row['until_us']) > us) return false
      addFiring.run(rule, key, Math.round(untilUs))
      return true
    },
    pruneFirings(beforeUs) {
      db.prepare('DELETE FROM detection_firings WHERE until_us < ?').run(Math.round(beforeUs))
    },
    seen: {
      count: rule => Number(count.get(rule)!['n']),
      known(rule, entity, value) {
        const row = known.get(rule, entity, value)
        return row === undefined ? undefined : { firstUs: Number(row['first_us']), lastUs: Number(row['last_us']) }
      },
      entitySince(rule, entity) {
        const us = since.get(rule, entity)?.['us']
        return us === null || us === undefined ? undefined : Number(us)
      },
      add(rule, values) {
        for (const { entity, value, firstUs, lastUs } of values) add.run(rule, entity, value, firstUs, lastUs)
      },
      list: rule =>
        list.all(rule).map(row => ({
          entity: String(row['entity']),
          value: String(row['value']),
          firstUs: Number(row['first_us']),
          lastUs: Number(row['last_us'])
        })),
      forget(rule, beforeUs) {
        db.prepare('DELETE FROM detection_seen WHERE rule = ? AND last_us < ?').run(rule, Math.round(beforeUs))
      }
    }
  }
}

function markOf(row: Record<string, unknown>): Mark {
  return {
    position: Number(row['position']),
    overUs: Number(row['over_us']),
    ranMs: Number(row['ran']),
    tookMs: Number(row['took']),
    fired: Number(row['fired']),
    lastFiredMs: row['last_fired'] === null ? undefined : Number(row['last_fired']),
    problem: row['problem'] === null ? undefined : String(row['problem'])
  }
}
