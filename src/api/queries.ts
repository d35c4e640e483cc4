/**
 * A whole search, commands and all: `POST /api/query`. The answer flows: how many wait before it, its progress, then the table or the
 * events, then `done`. Hanging up, or `DELETE /api/queries/ID`, ends it in the engine, too.
 */

import { z } from 'zod'
import { listLookups } from '../state/lookups.ts'
import type { State } from '../state/state.ts'
import { hangUp, type Lines, sendLines } from './ndjson.ts'
import { type CompiledText, compileText, orBadQuery } from './query.ts'
import { done } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import { createRunningQueries } from './running-queries.ts'
import { eventOut, type SearchDeps } from './search.ts'

export type QueryDeps = SearchDeps & { readonly state: State }

export const queryId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{4,64}$/)
  .describe('A name for this search, chosen by the caller, under which it can be ended')

export const lookupColumns = (state: State): ReadonlyMap<string, readonly string[]> =>
  new Map(listLookups(state).map(({ name, columns }) => [name, columns]))

export const timezoneName = z
  .string()
  .max(64)
  .refine(zone => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return true
    } catch {
      return false
    }
  }, 'is no time zone')

export function queryRoutes(deps: QueryDeps): RoutePlugin {
  const { admission, nowMs, state, store } = deps
  const running = createRunningQueries()
  return (app, guard) => {
    app.post(
      '/api/query',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'A search with its commands; the answer flows as NDJSON',
          description:
            'Lines: {"waiting": n} while n searches go before it; {"progress": {rowsRead, rowsTotal, bytesRead, elapsedMs}}; ' +
            'then {"table": {columns, rows, truncated, chart}} or {"events", "cursor"}; then {"done": {rowsRead, elapsedMs, warnings}}. ' +
            'A failure after the first line is {"error": {code, message}}. Closing the connection ends the search.',
          tags: ['search'],
          body: z.object({
            id: queryId.optional(),
            q: z.string().max(65_536).default(''),
            from: z.string().max(64).optional(),
            to: z.string().max(64).optional(),
            limit: z.int().min(1).max(10_000).default(1000),
            timezone: timezoneName.optional()
          })
        }
      },
      async (request, reply) => {
        const { id, q, from, to, limit, timezone } = request.body
        const { mayBeInMap } = deps
        const text = orBadQuery(() =>
          compileText(q, {
            nowMs: nowMs(),
            mayBeInMap,
            database: store.database,
            lookups: lookupColumns(state),
            from,
            to,
            timezone,
            // One more than is shown tells whether there are more.
            rowsMax: limit + 1
          })
        )
        const named = id === undefined ? undefined : running.begin(id, request.principal!)
        const gone = hangUp(reply)
        const signal = named === undefined ? gone : AbortSignal.any([gone, named.signal])
        try {
          return await sendLines(request, reply, async lines => {
            await admission.turn(() => answer(text, limit, lines, signal), {
              signal,
              onPlace: waiting => lines.offer({ waiting })
            })
          })
        } finally {
          named?.end()
        }
      }
    )

    app.delete(
      '/api/queries/:id',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'End a search under way',
          tags: ['search'],
          params: z.object({ id: queryId }),
          response: { 200: done }
        }
      },
      async request => {
        if (!running.cancel(request.params.id, request.principal!))
          throw new ApiError(404, 'unknown-query', 'No search of that name is under way.')
        return { ok: true as const }
      }
    )
  }

  async function answer(text: CompiledText, limit: number, lines: Lines, signal: AbortSignal): Promise<void> {
    const { compiled, range, warnings } = text
    const read = { signal, onProgress: (progress: object) => lines.offer({ progress }) }
    if (compiled.kind === 'table') {
      const { rows, rowsRead, elapsedMs } = await store.table(compiled.sql, compiled.params, read)
      const { columns, chart } = compiled
      const table = { columns, rows: rows.slice(0, limit), truncated: rows.length > limit }
      await lines.write({ table: chart === undefined ? table : { ...table, chart } })
      return lines.write({ done: { rowsRead, elapsedMs, warnings } })
    }
    const wanted = Math.min(limit, compiled.limit ?? limit)
    const { rows, rowsRead, elapsedMs } = await store.search(compiled.condition, range, {
      ...read,
      limit: wanted,
      oldestFirst: compiled.oldestFirst
    })
    const last = rows.at(-1)
    const more = last !== undefined && rows.length === wanted && wanted !== compiled.limit
    await lines.write({ events: rows.map(eventOut), cursor: more ? `${last.timeUs}.${last.id}` : null })
    await lines.write({ done: { rowsRead, elapsedMs, warnings } })
  }
}
