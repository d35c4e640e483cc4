/**
 * Dashboards that people made, in the state file: one JSON document each. What a document holds is the affair of
 * `api/dashboard-shape.ts`; here it is text under a name, with a revision that grows, so that two people do not overwrite each other.
 */

import type { State } from './state.ts'

export const dashboardsSchema = `
  CREATE TABLE dashboards (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
    document TEXT NOT NULL CHECK (json_valid(document)),
    revision INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`

export const dashboardsMax = 500

export type StoredDashboard = {
  readonly name: string
  readonly document: unknown
  /** 1 for a new one; one more with each change. */
  readonly revision: number
  readonly updatedMs: number
  /** Who changed it last, as the audit trail names them. */
  readonly by: string
}

/** In the order of their names. */
export function listDashboards(state: State): StoredDashboard[] {
  return state.db.prepare('SELECT * FROM dashboards ORDER BY name').all().map(read)
}

export function dashboardNamed(state: State, name: string): StoredDashboard | undefined {
  const row = state.db.prepare('SELECT * FROM dashboards WHERE name = ?').get(name)
  return row === undefined ? undefined : read(row)
}

export type Kept = { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly why: Refusal }
type Refusal = 'changed' | 'too-many'

/** `revision` is what the change was made on (0: there was none); undefined writes over whatever there is. */
export function keepDashboard(
  state: State,
  kept: { name: string; document: unknown; revision: number | undefined; updatedMs: number; by: string }
): Kept {
  return state.transaction(() => {
    const before = dashboardNamed(state, kept.name)?.revision ?? 0
    if (kept.revision !== undefined && kept.revision !== before) return { ok: false, why: 'changed' }
    if (before === 0) {
      const { n } = state.db.prepare('SELECT count(*) AS n FROM dashboards').get() as { n: number }
      if (n >= dashboardsMax) return { ok: false, why: 'too-many' }
    }
    state.db
      .prepare('INSERT OR REPLACE INTO dashboards (name, document, revision, updated, by) VALUES (?, ?, ?, ?, ?)')
      .run(kept.name, JSON.stringify(kept.document), before + 1, kept.updatedMs, kept.by)
    return { ok: true, revision: before + 1 }
  })
}

export function removeDashboard(state: State, name: string): boolean {
  return Number(state.db.prepare('DELETE FROM dashboards WHERE name = ?').run(name).changes) > 0
}

function read(row: Record<string, unknown>): StoredDashboard {
  return {
    name: row['name'] as string,
    document: JSON.parse(row['document'] as string),
    revision: Number(row['revision']),
    updatedMs: Number(row['updated']),
    by: row['by'] as string
  }
}
