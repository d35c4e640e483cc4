/** The table of assets: what addresses and hosts there are and how much depends on them. Edited by people, asked for each new alert. */

import { type Asset, type AssetTable, assetTable } from '../triage/assets.ts'
import type { Criticality } from '../triage/severity.ts'
import type { State } from './state.ts'

export const assetsMax = 10_000

export type StoredAsset = Asset & {
  readonly id: number
  readonly note: string
  readonly updatedMs: number
  readonly by: string
}

const tables = new WeakMap<State, AssetTable>()

/** Compiled once, until an asset changes. */
export function assetsInForce(state: State): AssetTable {
  let table = tables.get(state)
  if (table === undefined) {
    table = assetTable(listAssets(state))
    tables.set(state, table)
  }
  return table
}

export function listAssets(state: State): StoredAsset[] {
  return state.db.prepare('SELECT * FROM assets ORDER BY name, match').all().map(read)
}

/** What matches the same is replaced. Undefined if there are too many. */
export function putAsset(
  state: State,
  asset: Asset & { readonly note: string; readonly by: string },
  nowMs: number
): StoredAsset | undefined {
  return state.transaction(() => {
    const others = state.db.prepare('SELECT count(*) AS n FROM assets WHERE match <> ?').get(asset.match)!
    if (Number(others['n']) >= assetsMax) return undefined
    const row = state.db
      .prepare(
        `INSERT INTO assets (name, match, criticality, note, updated, by) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (match) DO UPDATE SET name = excluded.name, criticality = excluded.criticality, note = excluded.note,
           updated = excluded.updated, by = excluded.by
         RETURNING *`
      )
      .get(asset.name, asset.match, asset.criticality, asset.note, nowMs, asset.by)!
    tables.delete(state)
    return read(row)
  })
}

export function removeAsset(state: State, id: number): StoredAsset | undefined {
  const row = state.db.prepare('DELETE FROM assets WHERE id = ? RETURNING *').get(id)
  tables.delete(state)
  return row === undefined ? undefined : read(row)
}

function read(row: Record<string, unknown>): StoredAsset {
  return {
    id: Number(row['id']),
    name: row['name'] as string,
    match: row['match'] as string,
    criticality: row['criticality'] as Criticality,
    note: row['note'] as string,
    updatedMs: Number(row['updated']),
    by: row['by'] as string
  }
}
