/**
 * The loss ledger: for each source, hour and run, received = stored + dead-lettered + duplicates (+ what is still under way).
 * Both sides are counted apart: `received` when the bus has made a chunk durable, the outcomes when the store has. A position in the
 * bus, the outcomes of what lies before it, and what is on its way are changed in one transaction, so that they cannot disagree.
 */

import { messageOf, PicketError } from '../core/errors.ts'
import { gatesOf } from './gates.ts'
import type { State } from './state.ts'

export type Counts = { received: number; stored: number; deadLettered: number; duplicates: number }

/** What became of the records of one source and format in one batch. */
export type Outcome = {
  readonly source: string
  readonly format: string
  readonly run: string
  readonly hour: number
  stored: number
  deadLettered: number
  duplicates: number
  readonly reasons: Record<string, number>
}

/** A chunk that the bus has taken. */
export type Arrival = {
  readonly offset: number
  readonly source: string
  readonly format: string
  readonly run: string
  readonly hour: number
  readonly records: number
  /** The gatekeeper that handed it over, and what comes next in its spool. */
  readonly gate?: { readonly id: string; readonly next: number } | undefined
  /** It came from another topic: that one is settled up to `next` with it, and where its records were counted there, they are not again. */
  readonly carried?: { readonly topic: string; readonly next: number; readonly counted: boolean } | undefined
}

/** A batch about to be inserted: after a crash it is made again, exactly so. */
export type Intent = { readonly from: number; readonly to: number; readonly token: string; readonly known: Uint8Array }

export type SourceLedger = Counts & {
  readonly source: string
  readonly format: string
  readonly reasons: readonly { reason: string; count: number }[]
}

export type LedgerReport = {
  readonly totals: Counts
  readonly sources: readonly SourceLedger[]
  /** Received, and neither stored nor otherwise accounted for yet. */
  readonly pending: number
}

/** What writes rejects with `ledger-write`, retryable, where the disk is full or fails; then nothing of it was written. */
export type Ledger = {
  arrived(topic: string, partition: number, arrivals: readonly Arrival[]): void
  /** The offset after the last chunk that `arrived` was told of. */
  arrivedUpTo(topic: string, partition: number): number
  committed(topic: string, partition: number): number
  intent(topic: string, partition: number): Intent | undefined
  setIntent(topic: string, partition: number, intent: Intent): void
  /** The batch is durable in the store: its outcomes count, the position moves, and `also` is run, all in one transaction. */
  settle(topic: string, partition: number, to: number, outcomes: readonly Outcome[], also?: () => void): void
  /** The chunks of a stretch of the bus that could not be read, from what `arrived` said of them. */
  arrivals(topic: string, partition: number, from: number, to: number): Arrival[]
  /** Dead letters that were tried again: they leave the dead and count as received anew. */
  replayed(source: string, format: string, count: number): void
  /** Fields with a column some of whose values stand in the store's map: known before the first such row is stored. */
  spilled(fields: readonly string[]): void
  hasSpilled(field: string): boolean
  report(filter?: { run?: string; sinceHour?: number }): LedgerReport
  hours(sinceHour: number): { hour: number; counts: Counts }[]
}

export const ledgerSchema = `
  CREATE TABLE ledger (
    hour INTEGER NOT NULL, source TEXT NOT NULL, format TEXT NOT NULL, run TEXT NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, stored INTEGER NOT NULL DEFAULT 0,
    dead_lettered INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, format, run, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ledger_run ON ledger (run);
  CREATE INDEX ledger_hour ON ledger (hour);
  CREATE TABLE ledger_reasons (
    run TEXT NOT NULL, source TEXT NOT NULL, format TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, source, format, reason)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE arrivals (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    source TEXT NOT NULL, format TEXT NOT NULL, run TEXT NOT NULL, hour INTEGER NOT NULL, records INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE positions (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, arrived INTEGER NOT NULL DEFAULT 0, committed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE spilled (field TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE intents (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL, token TEXT NOT NULL, known BLOB NOT NULL,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
`

/** Reasons are grouped by their text; more different ones than this a source and they are counted together. */
const reasonsMax = 50

export function openLedger(state: State): Ledger {
  const { db } = state
  const gates = gatesOf(state)
  const addReceived = db.prepare(
    `INSERT INTO ledger (hour, source, format, run, received) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET received = received + excluded.received`
  )
  const addOutcome = db.prepare(
    `INSERT INTO ledger (hour, source, format, run, stored, dead_lettered, duplicates) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET stored = stored + excluded.stored, dead_lettered = dead_lettered + excluded.dead_lettered,
       duplicates = duplicates + excluded.duplicates`
  )
  const addReason = db.prepare(
    `INSERT INTO ledger_reasons (run, source, format, reason, count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count`
  )
  const reasonCount = db.prepare('SELECT count(*) AS n FROM ledger_reasons WHERE run = ? AND source = ? AND format = ?')
  const hasReason = db.prepare(
    'SELECT 1 AS n FROM ledger_reasons WHERE run = ? AND source = ? AND format = ? AND reason = ?'
  )
  const addArrival = db.prepare(
    'INSERT OR REPLACE INTO arrivals (topic, partition, offset, source, format, run, hour, records) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
  )
  const setArrived = db.prepare(
    'INSERT INTO positions (topic, partition, arrived) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET arrived = excluded.arrived'
  )
  const setCommitted = db.prepare(
    'INSERT INTO positions (topic, partition, committed) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET committed = excluded.committed'
  )
  const forgetArrivals = db.prepare('DELETE FROM arrivals WHERE topic = ? AND partition = ? AND offset < ?')
  const position = db.prepare('SELECT arrived, committed FROM positions WHERE topic = ? AND partition = ?')

  const spilledFields = new Set(
    db
      .prepare('SELECT field FROM spilled')
      .all()
      .map(row => String(row['field']))
  )

  return {
    spilled(fields) {
      const fresh = fields.filter(field => !spilledFields.has(field))
      if (fresh.length === 0) return
      state.transaction(() => {
        for (const field of fresh) db.prepare('INSERT OR IGNORE INTO spilled (field) VALUES (?)').run(field)
      })
      for (const field of fresh) spilledFields.add(field)
    },
    hasSpilled: field => spilledFields.has(field),
    arrived(topic, partition, arrivals) {
      if (arrivals.length === 0) return
      write(state, () => {
        for (const a of arrivals) {
          if (a.carried?.counted !== true) addReceived.run(a.hour, a.source, a.format, a.run, a.records)
          addArrival.run(topic, partition, a.offset, a.source, a.format, a.run, a.hour, a.records)
        }
        for (const { gate } of arrivals) if (gate !== undefined) gates.taken(gate.id, gate.next)
        setArrived.run(topic, partition, arrivals.at(-1)!.offset + 1)
        const carried = arrivals.findLast(arrival => arrival.carried !== undefined)?.carried
        if (carried === undefined) return
        setCommitted.run(carried.topic, 0, carried.next)
        forgetArrivals.run(carried.topic, 0, carried.next)
      })
    },
    arrivedUpTo: (topic, partition) => Number(position.get(topic, partition)?.['arrived'] ?? 0),
    committed: (topic, partition) => Number(position.get(topic, partition)?.['committed'] ?? 0),
    intent(topic, partition) {
      const row = db
        .prepare('SELECT first, next, token, known FROM intents WHERE topic = ? AND partition = ?')
        .get(topic, partition)
      if (row === undefined) return undefined
      return {
        from: Number(row['first']),
        to: Number(row['next']),
        token: String(row['token']),
        known: row['known'] as Uint8Array
      }
    },
    setIntent(topic, partition, intent) {
      write(state, () => {
        db.prepare(
          'INSERT OR REPLACE INTO intents (topic, partition, first, next, token, known) VALUES (?, ?, ?, ?, ?, ?)'
        ).run(topic, partition, intent.from, intent.to, intent.token, intent.known)
      })
    },
    settle(topic, partition, to, outcomes, also) {
      write(state, () => {
        for (const o of outcomes) {
          addOutcome.run(o.hour, o.source, o.format, o.run, o.stored, o.deadLettered, o.duplicates)
          for (const [reason, count] of Object.entries(o.reasons)) {
            const known =
              hasReason.get(o.run, o.source, o.format, reason) !== undefined ||
              Number(reasonCount.get(o.run, o.source, o.format)?.['n']) < reasonsMax
            addReason.run(o.run, o.source, o.format, known ? reason : 'other reasons', count)
          }
        }
        setCommitted.run(topic, partition, to)
        db.prepare('DELETE FROM intents WHERE topic = ? AND partition = ?').run(topic, partition)
        forgetArrivals.run(topic, partition, to)
        also?.()
      })
    },
    arrivals(topic, partition, from, to) {
      const rows = db
        .prepare(
          'SELECT offset, source, format, run, hour, records FROM arrivals WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ? ORDER BY offset'
        )
        .all(topic, partition, from, to)
      return rows as unknown as Arrival[]
    },
    replayed(source, format, count) {
      write(state, () => {
        const rows = db
          .prepare(
            'SELECT hour, run, dead_lettered FROM ledger WHERE source = ? AND format = ? AND dead_lettered > 0 ORDER BY hour DESC'
          )
          .all(source, format)
        let left = count
        for (const row of rows) {
          const taken = Math.min(left, Number(row['dead_lettered']))
          db.prepare(
            'UPDATE ledger SET dead_lettered = dead_lettered - ?, received = received - ? WHERE source = ? AND format = ? AND run = ? AND hour = ?'
          ).run(taken, taken, source, format, String(row['run']), Number(row['hour']))
          left -= taken
          if (left === 0) break
        }
      })
    },
    report(filter = {}) {
      const where: string[] = []
      const values: (string | number)[] = []
      if (filter.run !== undefined) {
        where.push('run = ?')
        values.push(filter.run)
      }
      if (filter.sinceHour !== undefined) {
        where.push('hour >= ?')
        values.push(filter.sinceHour)
      }
      const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`
      const rows = db
        .prepare(
          `SELECT source, format, sum(received) AS received, sum(stored) AS stored, sum(dead_lettered) AS dead, sum(duplicates) AS duplicates
           FROM ledger ${condition} GROUP BY source, format ORDER BY received DESC, source, format`
        )
        .all(...values)
      const reasons = db
        .prepare(
          `SELECT source, format, reason, sum(count) AS count FROM ledger_reasons ${filter.run === undefined ? '' : 'WHERE run = ?'}
           GROUP BY source, format, reason ORDER BY count DESC`
        )
        .all(...(filter.run === undefined ? [] : [filter.run]))
      const bySource = new Map<string, { reason: string; count: number }[]>()
      for (const row of reasons) {
        const key = `${row['source']}\0${row['format']}`
        const list = bySource.get(key) ?? []
        if (list.length < 10) list.push({ reason: String(row['reason']), count: Number(row['count']) })
        bySource.set(key, list)
      }
      const totals: Counts = { received: 0, stored: 0, deadLettered: 0, duplicates: 0 }
      const sources = rows.map(row => {
        const counts = {
          received: Number(row['received']),
          stored: Number(row['stored']),
          deadLettered: Number(row['dead']),
          duplicates: Number(row['duplicates'])
        }
        for (const key of Object.keys(totals) as (keyof Counts)[]) totals[key] += counts[key]
        const source = String(row['source'])
        const format = String(row['format'])
        return {
          source,
          format,
          ...counts,
          reasons: counts.deadLettered > 0 ? (bySource.get(`${source}\0${format}`) ?? []) : []
        }
      })
      return { totals, sources, pending: totals.received - totals.stored - totals.deadLettered - totals.duplicates }
    },
    hours(sinceHour) {
      return db
        .prepare(
          `SELECT hour, sum(received) AS received, sum(stored) AS stored, sum(dead_lettered) AS dead, sum(duplicates) AS duplicates
           FROM ledger WHERE hour >= ? GROUP BY hour ORDER BY hour`
        )
        .all(sinceHour)
        .map(row => ({
          hour: Number(row['hour']),
          counts: {
            received: Number(row['received']),
            stored: Number(row['stored']),
            deadLettered: Number(row['dead']),
            duplicates: Number(row['duplicates'])
          }
        }))
    }
  }
}

/** SQLite's result codes that are the world's fault: busy, locked, I/O, full, cannot open. */
const worldCodes = new Set([5, 6, 10, 13, 14])

function write(state: State, fn: () => void): void {
  try {
    state.transaction(fn)
  } catch (error) {
    const code = (error as { errcode?: unknown } | null)?.errcode
    if (typeof code !== 'number' || !worldCodes.has(code & 0xff)) throw error
    const message = `The ledger cannot be written (${messageOf(error)}): is the disk of the data folder full?`
    throw new PicketError('ledger-write', message, { retryable: true, cause: error })
  }
}
