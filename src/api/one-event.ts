/** A stored event by its id. */

import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { Store } from '../store/store.ts'
import { ApiError } from './route.ts'

/** `atMs`: its time, if it is known: it is found sooner then. Throws `unknown-event`. */
export async function storedEvent(
  store: Pick<Store, 'search'>,
  id: string,
  atMs: number | undefined,
  signal: AbortSignal
): Promise<RebuiltRow> {
  const condition = { sql: 'id = {id:UInt64}', params: { id: BigInt(`0x${id}`).toString() } }
  const near = atMs === undefined ? [] : [{ fromUs: (atMs - 1) * 1000, toUs: (atMs + 2) * 1000 }]
  for (const range of [...near, {}]) {
    const { rows } = await store.search(condition, range, { limit: 1, signal })
    if (rows[0] !== undefined) return rows[0]
  }
  throw new ApiError(404, 'unknown-event', 'There is no such event (any more).')
}
