/** Allow lists: values that are never an indicator's hit, whatever a feed says. What people keep, and what a warninglist feed brings. */

import type { AllowKind } from '../intel/allow-list.ts'
import type { IndicatorType } from '../intel/indicator.ts'
import { type Intel, noteIntelChange } from './intel.ts'

/** MISP's types of warninglists; what they mean: `src/intel/allow-list.ts`. */
export const allowKinds = ['string', 'hostname', 'cidr', 'substring', 'regex'] as const satisfies readonly AllowKind[]

export type AllowList = {
  readonly id: number
  /** The feed that brought it; undefined if people keep it. */
  readonly feed: number | undefined
  readonly name: string
  readonly kind: AllowKind
  readonly description: string
  readonly version: string
  /** The types of indicators that it speaks of; empty: all. */
  readonly types: readonly IndicatorType[]
  readonly enabled: boolean
  readonly entries: number
  readonly updatedMs: number
  readonly by: string
}

export const allowListsMax = 500
export const allowEntriesMax = 2_000_000

export function listAllowLists(intel: Intel): AllowList[] {
  return intel.db.prepare('SELECT * FROM allow_lists ORDER BY name, id').all().map(read)
}

export function allowListOf(intel: Intel, id: number): AllowList | undefined {
  const row = intel.db.prepare('SELECT * FROM allow_lists WHERE id = ?').get(id)
  return row === undefined ? undefined : read(row)
}

/**
 * Keeps a list under its name (within its feed), in place of what it held. Undefined if there are too many lists or entries, or another
 * id has the name.
 */
export function keepAllowList(
  intel: Intel,
  list: Omit<AllowList, 'id' | 'entries' | 'enabled'> & { readonly id?: number; readonly enabled?: boolean },
  entries: readonly string[]
): AllowList | undefined {
  return intel.transaction(() => {
    const { db } = intel
    const named = db
      .prepare('SELECT id, enabled FROM allow_lists WHERE coalesce(feed, 0) = ? AND name = ?')
      .get(list.feed ?? 0, list.name)
    if (list.id !== undefined && named !== undefined && named['id'] !== list.id) return undefined
    const id = list.id ?? (named?.['id'] as number | undefined)
    const others = db
      .prepare('SELECT count(*) AS lists, coalesce(sum(entries), 0) AS entries FROM allow_lists WHERE id IS NOT ?')
      .get(id ?? null) as { lists: number; entries: number }
    if (others.lists >= allowListsMax || others.entries + entries.length > allowEntriesMax) return undefined
    // A list that people switched off stays off when its feed brings a new version.
    const enabled = list.enabled ?? (named === undefined || named['enabled'] === 1)
    const values = [
      list.name,
      list.kind,
      list.description,
      list.version,
      JSON.stringify(list.types),
      enabled ? 1 : 0,
      list.updatedMs,
      list.by
    ]
    let row = id
    if (row === undefined)
      row = Number(
        db
          .prepare(
            'INSERT INTO allow_lists (name, kind, description, version, types, enabled, updated, by, feed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'
          )
          .run(...values, list.feed ?? null).lastInsertRowid
      )
    else
      db.prepare(
        'UPDATE allow_lists SET name = ?, kind = ?, description = ?, version = ?, types = ?, enabled = ?, updated = ?, by = ? WHERE id = ?'
      ).run(...values, row)
    db.prepare('DELETE FROM allow_entries WHERE list = ?').run(row)
    const add = db.prepare('INSERT OR IGNORE INTO allow_entries (list, value) VALUES (?, ?)')
    let count = 0
    for (const entry of entries) count += Number(add.run(row, entry).changes)
    db.prepare('UPDATE allow_lists SET entries = ? WHERE id = ?').run(count, row)
    noteIntelChange(intel)
    return allowListOf(intel, row)
  })
}

export function switchAllowList(intel: Intel, id: number, enabled: boolean): boolean {
  return intel.transaction(() => {
    const { changes } = intel.db.prepare('UPDATE allow_lists SET enabled = ? WHERE id = ?').run(enabled ? 1 : 0, id)
    noteIntelChange(intel)
    return Number(changes) > 0
  })
}

export function removeAllowList(intel: Intel, id: number): boolean {
  return intel.transaction(() => {
    intel.db.prepare('DELETE FROM allow_entries WHERE list = ?').run(id)
    noteIntelChange(intel)
    return Number(intel.db.prepare('DELETE FROM allow_lists WHERE id = ?').run(id).changes) > 0
  })
}

/** Entries of a list in their order, `after` one. */
export function allowEntries(intel: Intel, id: number, ask: { after?: string; limit?: number } = {}): string[] {
  return intel.db
    .prepare('SELECT value FROM allow_entries WHERE list = ? AND value > ? ORDER BY value LIMIT ?')
    .all(id, ask.after ?? '', ask.limit ?? -1)
    .map(row => row['value'] as string)
}

/** The lists in force, with what they hold: for `compileAllowLists`. */
export function allowListsInForce(intel: Intel): (AllowList & { readonly values: readonly string[] })[] {
  return listAllowLists(intel)
    .filter(list => list.enabled)
    .map(list => ({ ...list, values: allowEntries(intel, list.id) }))
}

function read(row: Record<string, unknown>): AllowList {
  return {
    id: row['id'] as number,
    feed: (row['feed'] as number | null) ?? undefined,
    name: row['name'] as string,
    kind: row['kind'] as AllowKind,
    description: row['description'] as string,
    version: row['version'] as string,
    types: JSON.parse(row['types'] as string) as IndicatorType[],
    enabled: row['enabled'] === 1,
    entries: row['entries'] as number,
    updatedMs: row['updated'] as number,
    by: row['by'] as string
  }
}
