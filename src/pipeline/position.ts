/**
 * Positions: the order in which rows were committed. Each row carries one in the store (`position`): that of its batch on the bus,
 * plus one, plus a base. Positions only ever grow, whatever clocks do and however long a record waited on the bus: so "what is new
 * since then" has an exact answer, which the time of receipt (set by the source, before the wait) does not give.
 *
 * A bus that was made anew begins at offset 0 again: its base is then what the store holds at most. Rows from before there were
 * positions have 0 and are never new.
 */

import type { Ledger } from '../state/ledger.ts'
import { readSetting, writeSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { rawPartition, rawTopic } from './intake.ts'

export type Positions = {
  readonly base: number
  /** All rows up to this position are in the store and settled; none will be added at or below it. */
  committed(): number
}

export type PositionParts = {
  readonly state: State
  readonly store: Pick<Store, 'table' | 'database'>
  readonly ledger: Pick<Ledger, 'committed'>
  readonly busId: string
}

export async function openPositions({ state, store, ledger, busId }: PositionParts): Promise<Positions> {
  const key = `position-base:${busId}`
  const known = readSetting(state, key)
  const base = typeof known === 'number' ? known : await highest(store)
  if (base !== known) writeSetting(state, key, base)
  return { base, committed: () => base + ledger.committed(rawTopic, rawPartition) }
}

async function highest(store: PositionParts['store']): Promise<number> {
  const { rows } = await store.table(`SELECT toString(max(position)) FROM ${store.database}.events`, {})
  return Number(rows[0]?.[0] ?? 0)
}
