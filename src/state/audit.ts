/**
 * The audit trail: who did what to what, when, from where. Rows are only ever added (triggers refuse the rest), and each
 * carries a hash over itself and the hash before it: a row that was changed, removed or slipped in past the triggers shows.
 * Cutting off the newest rows does not show in the table alone; each hash also goes to the log, which can be kept elsewhere.
 */

import { createHash } from 'node:crypto'
import type { State } from './state.ts'

export type AuditEntry = {
  /** `user:anna`, `token:backup`, `local` (the CLI on this machine), `anonymous`. */
  readonly actor: string
  /** `session.opened`, `token.created` … */
  readonly action: string
  /** What it was done to: `user:ben`, `token:1f3a…`; empty if there is no such thing. */
  readonly object: string
  readonly detail?: Readonly<Record<string, unknown>>
  readonly ip: string
}

export type AuditRow = Required<AuditEntry> & { readonly id: number; readonly timeMs: number; readonly hash: string }

const detailBytesMax = 16_384

/** Adds an entry (in the caller's transaction, if there is one: what is audited and its entry stand or fall together). */
export function appendAudit(state: State, entry: AuditEntry, nowMs: number): AuditRow {
  let detail = JSON.stringify(entry.detail ?? {})
  if (detail.length > detailBytesMax) detail = JSON.stringify({ cut: detail.slice(0, detailBytesMax / 2) })
  return state.transaction(() => {
    const last = state.db.prepare('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1').get()
    const id = Number(last?.['id'] ?? 0) + 1
    const fields = [id, nowMs, entry.actor, entry.action, entry.object, detail, entry.ip] as const
    const hash = chain(String(last?.['hash'] ?? ''), fields)
    state.db
      .prepare('INSERT INTO audit (id, time, actor, action, object, detail, ip, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(...fields, hash)
    return { ...entry, id, timeMs: nowMs, detail: JSON.parse(detail), hash }
  })
}

/** Up to `limit` entries before the entry `before` (or the newest), newest first; `intact` says whether their hashes hold. */
export function readAudit(
  state: State,
  limit: number,
  before?: number
): { readonly rows: readonly AuditRow[]; readonly intact: boolean } {
  const found = state.db
    .prepare('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?')
    .all(before ?? Number.MAX_SAFE_INTEGER, limit + 1)
  let intact = true
  const rows: AuditRow[] = []
  for (const [index, row] of found.slice(0, limit).entries()) {
    const previous = found[index + 1]
    if (!holds(row, previous)) intact = false
    rows.push(read(row))
  }
  return { rows, intact }
}

/** An entry with what its hash was made over besides itself: whoever has it can check it alone. */
export type ChainedAuditRow = Omit<AuditRow, 'detail'> & {
  /** The hash of the entry before; '' for the first. */
  readonly previous: string
  /** As JSON text, as it was hashed. */
  readonly detail: string
}

/** Entries about any of the objects, the oldest first. */
export function readAuditOf(state: State, objects: readonly string[], limit: number): ChainedAuditRow[] {
  return state.db
    .prepare(
      `SELECT a.*, ifnull((SELECT hash FROM audit p WHERE p.id = a.id - 1), '') AS previous FROM audit a
       WHERE a.object IN (SELECT value FROM json_each(?)) ORDER BY a.id LIMIT ?`
    )
    .all(JSON.stringify(objects), limit)
    .map(row => ({ ...read(row), previous: row['previous'] as string, detail: row['detail'] as string }))
}

/** Does the entry's own hash hold? */
export function auditRowHolds(row: ChainedAuditRow): boolean {
  const { id, timeMs, actor, action, object, detail, ip } = row
  return row.hash === chain(row.previous, [id, timeMs, actor, action, object, detail, ip])
}

/** Checks the whole chain: the first entry that does not fit, or the number of entries and the newest hash. */
export function verifyAudit(state: State): { ok: true; entries: number; head: string } | { ok: false; id: number } {
  let previous: Record<string, unknown> | undefined
  let entries = 0
  for (const row of state.db.prepare('SELECT * FROM audit ORDER BY id').iterate()) {
    if (!holds(row, previous)) return { ok: false, id: Number(row['id']) }
    previous = row
    entries++
  }
  return { ok: true, entries, head: String(previous?.['hash'] ?? '') }
}

function holds(row: Record<string, unknown>, previous: Record<string, unknown> | undefined): boolean {
  const fields = ['id', 'time', 'actor', 'action', 'object', 'detail', 'ip'].map(key => row[key])
  const follows = row['id'] === Number(previous?.['id'] ?? 0) + 1
  return follows && row['hash'] === chain(String(previous?.['hash'] ?? ''), fields)
}

/** SHA-256 of the JSON array [previous hash, id, time, actor, action, object, detail, ip], in hexadecimal. */
function chain(previous: string, fields: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, ...fields]))
    .digest('hex')
}

function read(row: Record<string, unknown>): AuditRow {
  return {
    id: row['id'] as number,
    timeMs: row['time'] as number,
    actor: row['actor'] as string,
    action: row['action'] as string,
    object: row['object'] as string,
    detail: parse(row['detail'] as string),
    ip: row['ip'] as string,
    hash: row['hash'] as string
  }
}

/** The triggers can be got round by whoever owns the file: what stands there need not be JSON any more. */
function parse(detail: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(detail)
  } catch {
    return { unreadable: detail }
  }
}
