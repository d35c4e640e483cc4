/**
 * The live tail: `GET /api/tail`, server-sent events. The pipeline tells which rows it has stored; for each one who looks on, those
 * that match are asked of the store. It is bounded: what comes faster than it can be shown is counted, not kept.
 */

import { z } from 'zod'
import type { StoredBatch } from '../pipeline/pipeline.ts'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { SqlCondition } from '../store/store.ts'
import { type LiveStream, LiveStreams, pause } from './live-streams.ts'
import { compileQuery, everyEvent, orBadQuery } from './query.ts'
import type { RoutePlugin } from './route.ts'
import { eventOut, type SearchDeps } from './search.ts'

export type TailDeps = SearchDeps & {
  /** Calls back for each batch of rows that has become searchable; gives back the way to end that. */
  readonly onStored: (listener: (batch: StoredBatch) => void) => () => void
}

const tailsMax = 32
/** Rows of one look, and how many ids one look asks about. */
const rowsMax = 200
const idsMax = 5_000
const idsPendingMax = 20_000
const everyMs = 300

export function tailRoutes(deps: TailDeps): RoutePlugin {
  const { store, nowMs, mayBeInMap } = deps
  return (app, guard) => {
    const streams = new LiveStreams(app, tailsMax, 'live tails')
    app.get(
      '/api/tail',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Events that match, as they come in (server-sent events)',
          description:
            '`event: rows` carries up to 200 events; `event: skipped` carries {"count"}: rows that were stored and not looked at, or matched and are not shown.',
          tags: ['search'],
          querystring: z.object({ q: z.string().max(65_536).optional() })
        }
      },
      async (request, reply) => {
        const { q = '' } = request.query
        const condition = orBadQuery(() => compileQuery(q, { nowMs: nowMs(), mayBeInMap })).condition ?? everyEvent
        return streams.answer(request, reply, stream => follow(condition, stream))
      }
    )
  }

  async function follow(condition: SqlCondition, { send, signal }: LiveStream): Promise<void> {
    const pending: { batch: StoredBatch; ids: bigint[] }[] = []
    let count = 0
    let skipped = 0
    let wake = (): void => {}
    const end = deps.onStored(batch => {
      const rows = batch.ids.length / 2
      // The newest of a flood: the last ones stored.
      const taken = Math.min(rows, idsMax)
      skipped += rows - taken
      pending.push({ batch, ids: idsOf(batch.ids, rows - taken) })
      count += taken
      while (count > idsPendingMax) {
        const dropped = pending.shift()!
        count -= dropped.ids.length
        skipped += dropped.ids.length
      }
      wake()
    })
    const stopped = (): void => wake()
    signal.addEventListener('abort', stopped)
    try {
      while (!signal.aborted) {
        if (pending.length === 0)
          await new Promise<void>(resolve => {
            wake = resolve
          })
        if (signal.aborted) return
        const looks = pending.splice(0)
        count = 0
        const found: RebuiltRow[] = []
        for (const { batch, ids } of looks) {
          const rows = await matching(batch, ids, condition, signal)
          found.push(...rows)
        }
        // The search asked for one more than is shown.
        const over = Math.max(0, found.length - rowsMax)
        if (found.length > 0) {
          const shown = found.sort((a, b) => a.timeUs - b.timeUs).slice(over)
          await send('rows', { events: shown.map(eventOut) })
        }
        skipped += over
        if (skipped > 0) {
          await send('skipped', { count: skipped })
          skipped = 0
        }
        await pause(everyMs, signal)
      }
    } finally {
      end()
      signal.removeEventListener('abort', stopped)
    }
  }

  async function matching(
    batch: StoredBatch,
    ids: readonly bigint[],
    condition: SqlCondition,
    signal: AbortSignal
  ): Promise<readonly RebuiltRow[]> {
    if (ids.length === 0) return []
    const dated =
      batch.toUs < batch.fromUs
        ? '0'
        : 'timestamp >= fromUnixTimestamp64Micro({tailFrom:Int64}) AND timestamp <= fromUnixTimestamp64Micro({tailTo:Int64})'
    const times = batch.undated > 0 ? `(${dated} OR picket_undated = 1)` : dated
    const { rows } = await store.search(
      {
        sql: `id IN {tailIds:Array(UInt64)} AND ${times} AND (${condition.sql})`,
        params: {
          ...condition.params,
          tailIds: ids,
          tailFrom: Math.floor(batch.fromUs),
          tailTo: Math.ceil(batch.toUs)
        }
      },
      {},
      { limit: rowsMax + 1, signal }
    )
    return rows
  }
}

function idsOf(halves: Uint32Array, from: number): bigint[] {
  const ids: bigint[] = []
  for (let i = from * 2; i < halves.length; i += 2) ids.push((BigInt(halves[i]!) << 32n) | BigInt(halves[i + 1]!))
  return ids
}
