/** Where notifications go and by which rules: destinations, routes and templates. What a destination keeps secret is in a column of its own. */

import type { Level } from '../core/detection.ts'
import type { State } from './state.ts'

export const destinationsSchema = `
  CREATE TABLE notify_destinations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
    kind TEXT NOT NULL,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    secrets TEXT NOT NULL CHECK (json_valid(secrets)),
    enabled INTEGER NOT NULL,
    urgent TEXT NOT NULL,
    pace TEXT NOT NULL CHECK (json_valid(pace)),
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;
  CREATE TABLE notify_routes (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    route TEXT NOT NULL CHECK (json_valid(route)),
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;
  CREATE TABLE notify_templates (
    name TEXT PRIMARY KEY COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    updated INTEGER NOT NULL,
    by TEXT NOT NULL
  ) STRICT;`

type Json = Readonly<Record<string, unknown>>

/** How much a destination takes, and when. */
export type Pace = {
  readonly rate?: { readonly count: number; readonly perMinutes: number } | null | undefined
  readonly digestMinutes?: number | undefined
  readonly quiet?:
    | {
        readonly zone: string
        readonly windows: readonly { readonly days: readonly number[]; readonly from: string; readonly to: string }[]
      }
    | undefined
  /** What was under way when Picket ended: sent again (with the same key), or held for somebody to decide. */
  readonly afterCrash?: 'send' | 'hold' | undefined
  readonly giveUpHours?: number | undefined
}

export type StoredDestination = {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly settings: Json
  readonly secrets: Json
  readonly enabled: boolean
  /** Alerts of this severity or a worse one wait for no digest and no quiet hour to end; `never`: none does not. */
  readonly urgent: Level | 'never'
  readonly pace: Pace
  readonly updatedMs: number
  readonly by: string
}

export type StoredRoute = {
  readonly id: string
  readonly name: string
  readonly route: Json
  readonly updatedMs: number
  readonly by: string
}

export type StoredTemplate = {
  readonly name: string
  readonly title: string
  readonly body: string
  readonly updatedMs: number
  readonly by: string
}

const most = { notify_destinations: 100, notify_routes: 200, notify_templates: 100 } as const

export function listDestinations(state: State): StoredDestination[] {
  return state.db.prepare('SELECT * FROM notify_destinations ORDER BY name').all().map(readDestination)
}

export function destinationOf(state: State, id: string): StoredDestination | undefined {
  const row = state.db.prepare('SELECT * FROM notify_destinations WHERE id = ?').get(id)
  return row === undefined ? undefined : readDestination(row)
}

/** `taken`: another has the name. `many`: there are too many. */
export function keepDestination(state: State, kept: StoredDestination): 'kept' | 'taken' | 'many' {
  return state.transaction(() => {
    const other = state.db
      .prepare('SELECT id FROM notify_destinations WHERE name = ? AND id <> ?')
      .get(kept.name, kept.id)
    if (other !== undefined) return 'taken'
    if (isFull(state, 'notify_destinations', 'id', kept.id)) return 'many'
    state.db
      .prepare(
        `INSERT OR REPLACE INTO notify_destinations (id, name, kind, settings, secrets, enabled, urgent, pace, updated, by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
      )
      .run(
        kept.id,
        kept.name,
        kept.kind,
        JSON.stringify(kept.settings),
        JSON.stringify(kept.secrets),
        Number(kept.enabled),
        kept.urgent,
        JSON.stringify(kept.pace),
        kept.updatedMs,
        kept.by
      )
    return 'kept'
  })
}

export function removeDestination(state: State, id: string): boolean {
  return Number(state.db.prepare('DELETE FROM notify_destinations WHERE id = ?').run(id).changes) > 0
}

export function listRoutes(state: State): StoredRoute[] {
  return state.db
    .prepare('SELECT * FROM notify_routes ORDER BY name, id')
    .all()
    .map(row => ({
      id: row['id'] as string,
      name: row['name'] as string,
      route: JSON.parse(row['route'] as string) as Json,
      updatedMs: Number(row['updated']),
      by: row['by'] as string
    }))
}

/** False if there are too many. */
export function keepRoute(state: State, kept: StoredRoute): boolean {
  return state.transaction(() => {
    if (isFull(state, 'notify_routes', 'id', kept.id)) return false
    state.db
      .prepare('INSERT OR REPLACE INTO notify_routes (id, name, route, updated, by) VALUES (?, ?, ?, ?, ?)')
      .run(kept.id, kept.name, JSON.stringify(kept.route), kept.updatedMs, kept.by)
    return true
  })
}

export function removeRoute(state: State, id: string): boolean {
  return Number(state.db.prepare('DELETE FROM notify_routes WHERE id = ?').run(id).changes) > 0
}

export function listTemplates(state: State): StoredTemplate[] {
  return state.db
    .prepare('SELECT * FROM notify_templates ORDER BY name')
    .all()
    .map(row => ({
      name: row['name'] as string,
      title: row['title'] as string,
      body: row['body'] as string,
      updatedMs: Number(row['updated']),
      by: row['by'] as string
    }))
}

/** False if there are too many. */
export function keepTemplate(state: State, kept: StoredTemplate): boolean {
  return state.transaction(() => {
    if (isFull(state, 'notify_templates', 'name', kept.name)) return false
    state.db
      .prepare('INSERT OR REPLACE INTO notify_templates (name, title, body, updated, by) VALUES (?, ?, ?, ?, ?)')
      .run(kept.name, kept.title, kept.body, kept.updatedMs, kept.by)
    return true
  })
}

export function removeTemplate(state: State, name: string): boolean {
  return Number(state.db.prepare('DELETE FROM notify_templates WHERE name = ?').run(name).changes) > 0
}

function isFull(state: State, table: keyof typeof most, column: 'id' | 'name', value: string): boolean {
  const row = state.db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} <> ?`).get(value)
  return Number(row?.['n']) >= most[table]
}

function readDestination(row: Record<string, unknown>): StoredDestination {
  return {
    id: row['id'] as string,
    name: row['name'] as string,
    kind: row['kind'] as string,
    settings: JSON.parse(row['settings'] as string) as Json,
    secrets: JSON.parse(row['secrets'] as string) as Json,
    enabled: row['enabled'] === 1,
    urgent: row['urgent'] as Level | 'never',
    pace: JSON.parse(row['pace'] as string) as Pace,
    updatedMs: Number(row['updated']),
    by: row['by'] as string
  }
}
