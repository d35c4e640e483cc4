/** Where followed files were left, in the state file. What a place holds is the affair of `sources/files`; here it is text. */

import type { State } from './state.ts'

/** Device and inode are unsigned 64-bit numbers: text. `place` is JSON. */
export const followedSchema = `
  CREATE TABLE followed (
    source TEXT NOT NULL,
    device TEXT NOT NULL,
    inode TEXT NOT NULL,
    path TEXT NOT NULL,
    seen INTEGER NOT NULL,
    place TEXT NOT NULL CHECK (json_valid(place)),
    PRIMARY KEY (source, device, inode)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX followed_by_path ON followed (source, path, seen);`

export type FollowedRow = {
  readonly source: string
  readonly device: string
  readonly inode: string
  readonly path: string
  /** When the file was there last, milliseconds since 1970. */
  readonly seenMs: number
  readonly place: string
}

export type FollowedTable = {
  at(source: string, device: string, inode: string): FollowedRow | undefined
  /** The newest first. */
  atPath(source: string, path: string): FollowedRow[]
  of(source: string): FollowedRow[]
  /** All or nothing. */
  save(rows: readonly FollowedRow[]): void
  /** Forgets files that were not there since then. */
  forget(beforeMs: number): void
}

export function followedTable({ db, transaction }: State): FollowedTable {
  const columns = 'source, device, inode, path, seen, place'
  const at = db.prepare(`SELECT ${columns} FROM followed WHERE source = ? AND device = ? AND inode = ?`)
  const atPath = db.prepare(
    `SELECT ${columns} FROM followed WHERE source = ? AND path = ? ORDER BY seen DESC LIMIT 1000`
  )
  const of = db.prepare(`SELECT ${columns} FROM followed WHERE source = ?`)
  const save = db.prepare(`INSERT OR REPLACE INTO followed (${columns}) VALUES (?, ?, ?, ?, ?, ?)`)
  const forget = db.prepare('DELETE FROM followed WHERE seen < ?')
  return {
    at(source, device, inode) {
      const row = at.get(source, device, inode)
      return row === undefined ? undefined : rowOf(row)
    },
    atPath: (source, path) => atPath.all(source, path).map(rowOf),
    of: source => of.all(source).map(rowOf),
    save(rows) {
      transaction(() => {
        for (const row of rows) save.run(row.source, row.device, row.inode, row.path, Math.floor(row.seenMs), row.place)
      })
    },
    forget(beforeMs) {
      forget.run(Math.floor(beforeMs))
    }
  }
}

function rowOf(row: Record<string, unknown>): FollowedRow {
  const text = (name: string) => String(row[name])
  return {
    source: text('source'),
    device: text('device'),
    inode: text('inode'),
    path: text('path'),
    seenMs: Number(row['seen']),
    place: text('place')
  }
}
