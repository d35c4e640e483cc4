/**
 * The live tail: `GET /api/tail`, server-sent events. The pipeline tells which rows it has stored; for each one who looks on, those
 * that match are asked of the store. It is bounded: what comes faster than it can be shown is counted, not kept.
 */

import { z } from 'zod'
import type { StoredBatch } from '../pipeline/pipeline.ts'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { SqlCondition } from '../store/store.ts'
import { drained, hangUp } from './ndjson.ts'
import { compileQuery, everyEvent, orBadQuery } from './query.ts'
import { ApiError, type RoutePlugin } from './route.ts'
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
const heartbeatMs = 15_000

export function tailRoutes(deps: TailDeps): RoutePlugin {
  const { store, nowMs, mayBeInMap } = deps
  const open = new Set<AbortController>()
  return (app, guard) => {
    app.addHook('preClose', async () => {
      for (const tail of open) tail.abort()
    })

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
        if (open.size >= tailsMax)
          throw new ApiError(503, 'too-many-tails', `${tailsMax} live tails are open: close one.`, {
            'retry-after': '10'
          })
        const stop = new AbortController()
        open.add(stop)
        const gone = hangUp(reply)
        gone.addEventListener('abort', () => stop.abort(), { once: true })
        reply.hijack()
        const { raw } = reply
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) raw.setHeader(name, value)
        raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
        raw.write(': the tail begins\n\n')
        const send = async (event: string, data: unknown): Promise<void> => {
          if (!raw.destroyed && !raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) await drained(raw)
        }
        const beat = setInterval(() => {
          if (!raw.destroyed && !raw.writableNeedDrain) raw.write(': still here\n\n')
        }, heartbeatMs)
        try {
          await follow(condition, send, stop.signal)
        } catch (error) {
          if (!stop.signal.aborted) {
            request.log.warn({ err: error }, 'a live tail ended')
            await send('failed', { message: error instanceof Error ? error.message : String(error) })
          }
        } finally {
          clearInterval(beat)
          open.delete(stop)
          raw.end()
        }
        return reply
      }
    )
  }

  async function follow(
    condition: SqlCondition,
    send: (event: string, data: unknown) => Promise<void>,
    signal: AbortSignal
  ): Promise<void> {
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

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}
