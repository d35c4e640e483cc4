/** Searches that people keep, for themselves or for all, and what they set on the page: JSON under a key, per user or shared. */

import type { State } from './state.ts'

/** `owner` is `user:3` (an id, not a name), `token:…`, `local`, or '' for what is shared. */
export const savedSearchesSchema = `
  CREATE TABLE saved_searches (
    owner TEXT NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    search TEXT NOT NULL CHECK (json_valid(search)),
    updated INTEGER NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (owner, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE user_settings (
    owner TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
    value TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (owner, key)
  ) STRICT, WITHOUT ROWID;`

/** The owner of what belongs to everybody. */
export const everybody = ''
export const savedSearchesMax = 1000
export const settingsMax = 200

export type SavedSearch = {
  readonly name: string
  readonly shared: boolean
  readonly search: Readonly<Record<string, unknown>>
  readonly updatedMs: number
  readonly by: string
}

/** Those of the owner and the shared ones, by name. */
export function listSavedSearches(state: State, owner: string): SavedSearch[] {
  return state.db
    .prepare('SELECT * FROM saved_searches WHERE owner = ? OR owner = ? ORDER BY name, owner DESC')
    .all(owner, everybody)
    .map(read)
}

/** The owner's own before the shared one of this name. */
export function savedSearchNamed(state: State, owner: string, name: string): SavedSearch | undefined {
  const row = state.db
    .prepare('SELECT * FROM saved_searches WHERE (owner = ? OR owner = ?) AND name = ? ORDER BY owner DESC LIMIT 1')
    .get(owner, everybody, name)
  return row === undefined ? undefined : read(row)
}

/** False if there are too many. */
export function saveSearch(
  state: State,
  owner: string,
  saved: { name: string; search: Readonly<Record<string, unknown>>; updatedMs: number; by: string }
): boolean {
  return state.transaction(() => {
    const others = state.db
      .prepare('SELECT count(*) AS n FROM saved_searches WHERE owner = ? AND name <> ?')
      .get(owner, saved.name)!
    if (Number(others['n']) >= savedSearchesMax) return false
    state.db
      .prepare('INSERT OR REPLACE INTO saved_searches (owner, name, search, updated, by) VALUES (?, ?, ?, ?, ?)')
      .run(owner, saved.name, JSON.stringify(saved.search), saved.updatedMs, saved.by)
    return true
  })
}

export function removeSavedSearch(state: State, owner: string, name: string): boolean {
  const { changes } = state.db.prepare('DELETE FROM saved_searches WHERE owner = ? AND name = ?').run(owner, name)
  return Number(changes) > 0
}

export function readUserSetting(state: State, owner: string, key: string): unknown {
  const row = state.db.prepare('SELECT value FROM user_settings WHERE owner = ? AND key = ?').get(owner, key)
  return row === undefined ? undefined : JSON.parse(row['value'] as string)
}

/** `undefined` removes it. False if there are too many. */
export function writeUserSetting(state: State, owner: string, key: string, value: unknown): boolean {
  return state.transaction(() => {
    if (value === undefined) {
      state.db.prepare('DELETE FROM user_settings WHERE owner = ? AND key = ?').run(owner, key)
      return true
    }
    const others = state.db
      .prepare('SELECT count(*) AS n FROM user_settings WHERE owner = ? AND key <> ?')
      .get(owner, key)!
    if (Number(others['n']) >= settingsMax) return false
    state.db
      .prepare('INSERT OR REPLACE INTO user_settings (owner, key, value) VALUES (?, ?, ?)')
      .run(owner, key, JSON.stringify(value))
    return true
  })
}

function read(row: Record<string, unknown>): SavedSearch {
  return {
    name: row['name'] as string,
    shared: row['owner'] === everybody,
    search: JSON.parse(row['search'] as string) as Record<string, unknown>,
    updatedMs: Number(row['updated']),
    by: row['by'] as string
  }
}
