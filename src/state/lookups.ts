/** The tables that searches join with: what they are called and their columns. Their rows are in the store (`lookup_rows`). */

import type { State } from './state.ts'

export const lookupsSchema = `
  CREATE TABLE lookups (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
    columns TEXT NOT NULL CHECK (json_valid(columns)),
    rows INTEGER NOT NULL,
    csv TEXT NOT NULL,
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;`

export const lookupNamePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/
export const lookupsMax = 200

export type Lookup = {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: number
  readonly updatedMs: number
  readonly by: string
}

const columns = 'name, columns, rows, updated, by'

export function listLookups(state: State): Lookup[] {
  return state.db.prepare(`SELECT ${columns} FROM lookups ORDER BY name`).all().map(read)
}

export function lookupNamed(state: State, name: string): (Lookup & { readonly csv: string }) | undefined {
  const row = state.db.prepare(`SELECT ${columns}, csv FROM lookups WHERE name = ?`).get(name)
  return row === undefined ? undefined : { ...read(row), csv: row['csv'] as string }
}

/** False if there are too many. */
export function saveLookup(state: State, lookup: Lookup & { readonly csv: string }): boolean {
  return state.transaction(() => {
    const others = state.db.prepare('SELECT count(*) AS n FROM lookups WHERE name <> ?').get(lookup.name)!
    if (Number(others['n']) >= lookupsMax) return false
    state.db
      .prepare('INSERT OR REPLACE INTO lookups (name, columns, rows, csv, updated, by) VALUES (?, ?, ?, ?, ?, ?)')
      .run(lookup.name, JSON.stringify(lookup.columns), lookup.rows, lookup.csv, lookup.updatedMs, lookup.by)
    return true
  })
}

export function removeLookup(state: State, name: string): boolean {
  return Number(state.db.prepare('DELETE FROM lookups WHERE name = ?').run(name).changes) > 0
}

function read(row: Record<string, unknown>): Lookup {
  return {
    name: row['name'] as string,
    columns: JSON.parse(row['columns'] as string) as string[],
    rows: Number(row['rows']),
    updatedMs: Number(row['updated']),
    by: row['by'] as string
  }
}
