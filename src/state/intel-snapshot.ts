/**
 * A list as a whole: what comes is laid aside first; when all of it is there, the difference to what was kept is applied, in
 * transactions that are short enough for others to get a turn between them. What stays keeps its number.
 */

import type { Found } from '../intel/indicator.ts'
import { type Intel, noteIntelChange } from './intel.ts'
import { moveCursor } from './intel-feeds.ts'
import { indicatorWriter, type Kept } from './intel-indicators.ts'

const rowsAtOnce = 20_000
let tables = 0

export class Snapshot {
  readonly #intel: Intel
  readonly #feed: number
  readonly #table = `fresh_${tables++}`
  readonly #writer: ReturnType<typeof indicatorWriter>
  readonly #add: { run(...values: (string | number | null)[]): { changes: number | bigint } }
  #rows = 0

  constructor(intel: Intel, feed: number) {
    this.#intel = intel
    this.#feed = feed
    this.#writer = indicatorWriter(intel, feed)
    // In a temporary file of this connection: nobody else waits for it.
    intel.db.exec(
      `CREATE TEMP TABLE ${this.#table} (value TEXT, type TEXT, id TEXT, port INTEGER, about INTEGER, valid_from INTEGER,
         valid_until INTEGER, seen INTEGER, PRIMARY KEY (value, type, id, port)) WITHOUT ROWID`
    )
    this.#add = intel.db.prepare(`INSERT OR IGNORE INTO temp.${this.#table} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  }

  /** Different ones so far. */
  get rows(): number {
    return this.#rows
  }

  add(founds: readonly Found[]): void {
    for (let at = 0; at < founds.length; at += rowsAtOnce) {
      this.#intel.transaction(() => {
        for (const found of founds.slice(at, at + rowsAtOnce)) {
          const { id = '', type, value, port = 0, validFromMs = null, validUntilMs = null, seenMs = null } = found
          const about = this.#writer.aboutId(found)
          this.#rows += Number(this.#add.run(value, type, id, port, about, validFromMs, validUntilMs, seenMs).changes)
        }
      })
    }
  }

  /** Puts it in force. Between its steps (call `next` until done) others may write. */
  *apply(nowMs: number, cursor: Readonly<Record<string, unknown>>): Generator<void, Kept> {
    const { db } = this.#intel
    const feed = this.#feed
    const fresh = `temp.${this.#table}`
    const newest = Number(db.prepare('SELECT max(seq) AS seq FROM indicators').get()!['seq'] ?? 0)
    const put = db.prepare(
      `INSERT INTO indicators (feed, id, type, value, port, about, valid_from, valid_until, seen, added)
       SELECT ?, id, type, value, port, about, valid_from, valid_until, seen, ? FROM ${fresh}
       WHERE (value, type, id, port) > (?, ?, ?, ?) AND (value, type, id, port) <= (?, ?, ?, ?) ORDER BY value, type, id, port
       ON CONFLICT (value, type, feed, id, port) DO UPDATE SET about = excluded.about, valid_from = excluded.valid_from,
         valid_until = excluded.valid_until, seen = excluded.seen
       WHERE about <> excluded.about OR valid_from IS NOT excluded.valid_from OR valid_until IS NOT excluded.valid_until
         OR seen IS NOT excluded.seen`
    )
    const step = db.prepare(
      `SELECT value, type, id, port FROM ${fresh} WHERE (value, type, id, port) > (?, ?, ?, ?)
       ORDER BY value, type, id, port LIMIT 1 OFFSET ?`
    )
    const last = db.prepare(
      `SELECT value, type, id, port FROM ${fresh} ORDER BY value DESC, type DESC, id DESC, port DESC`
    )
    type Key = { value: string; type: string; id: string; port: number }
    const keyOf = ({ value, type, id, port }: Key): [string, string, string, number] => [value, type, id, port]
    let from: Key = { value: '', type: '', id: '', port: -1 }
    let written = 0
    while (this.#rows > 0) {
      const to = (step.get(...keyOf(from), rowsAtOnce - 1) ?? last.get()) as Key
      this.#intel.transaction(() => {
        written += Number(put.run(feed, nowMs, ...keyOf(from), ...keyOf(to)).changes)
        noteIntelChange(this.#intel)
      })
      const isLast = keyOf(to).join('\0') === keyOf(last.get() as Key).join('\0')
      if (isLast) break
      from = to
      yield
    }
    const added = Number(
      db.prepare('SELECT count(*) AS n FROM indicators WHERE seq > ? AND feed = ?').get(newest, feed)!['n']
    )
    let removed = 0
    const bound = db.prepare('SELECT seq FROM indicators WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1 OFFSET ?')
    const drop = db.prepare(
      `DELETE FROM indicators WHERE seq IN (SELECT i.seq FROM indicators i WHERE i.seq > ? AND i.seq <= ? AND i.feed = ?
         AND NOT EXISTS (SELECT 1 FROM ${fresh} f WHERE f.value = i.value AND f.type = i.type AND f.id = i.id AND f.port = i.port))`
    )
    for (let after = 0; after < newest; ) {
      const to = Number(bound.get(after, newest, rowsAtOnce - 1)?.['seq'] ?? newest)
      this.#intel.transaction(() => {
        const { changes } = drop.run(after, to, feed)
        removed += Number(changes)
        if (Number(changes) > 0) noteIntelChange(this.#intel)
      })
      after = to
      yield
    }
    // The place moves last: if we are killed before, the list is read again, and the difference is what was still missing.
    this.#intel.transaction(() => {
      moveCursor(this.#intel, feed, cursor)
      db.prepare(
        'UPDATE feeds SET indicators = (SELECT count(*) FROM indicators WHERE feed = ?), fetched = ? WHERE id = ?'
      ).run(feed, nowMs, feed)
    })
    return { added, removed, changed: written - added }
  }

  close(): void {
    this.#intel.db.exec(`DROP TABLE IF EXISTS temp.${this.#table}`)
  }
}
