/** Routes that search: events, one event and those around it, and the query explained. */

import { z } from 'zod'
import { explainSearch, parseSearch } from '../filter/search.ts'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { SqlCondition, Store } from '../store/store.ts'
import type { Admission } from './admission.ts'
import { storedEvent } from './one-event.ts'
import { compileQuery, everyEvent, orBadQuery, timeRange } from './query.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type SearchDeps = {
  readonly store: Store
  /** May values of this field stand in the store's map although it has a column? Default: always maybe. */
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly nowMs: () => number
  /** So many searches at once; further ones wait their turn. */
  readonly admission: Admission
}

const text = z.string().max(65_536).optional()
const queryPart = { q: text, from: z.string().max(64).optional(), to: z.string().max(64).optional() }
const cursorShape = /^(-?\d{1,17})\.([0-9a-f]{16})$/
const idParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) })
const at = z.coerce
  .number()
  .int()
  .min(-1e14)
  .max(1e14)
  .optional()
  .describe('The time of the event (timeMs), if it is known: it is found sooner then')

export function searchRoutes(deps: SearchDeps): RoutePlugin {
  const { store, nowMs } = deps
  const { turn } = deps.admission
  const compile = (query: string) =>
    orBadQuery(() => compileQuery(query, { nowMs: nowMs(), mayBeInMap: deps.mayBeInMap }))
  const eventOf = (id: string, atMs: number | undefined, signal: AbortSignal): Promise<RebuiltRow> =>
    storedEvent(store, id, atMs, signal)
  return (app, guard) => {
    app.get(
      '/api/search',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Events that match, newest first',
          tags: ['search'],
          querystring: z.object({
            ...queryPart,
            limit: z.coerce.number().int().min(1).max(1000).default(50),
            cursor: z.string().max(64).optional(),
            order: z.enum(['asc', 'desc']).default('desc').describe('asc: oldest first')
          })
        }
      },
      async request => {
        const { q = '', from, to, limit, cursor, order } = request.query
        const compiled = compile(q)
        const range = { ...timeRange(from, to, nowMs()), ...compiled.range }
        const place = cursor === undefined ? undefined : cursorShape.exec(cursor)
        if (place === null) throw new ApiError(400, 'bad-cursor', 'The cursor is not one that a search gave.')
        const { signal } = request
        const result = await turn(
          () =>
            store.search(compiled.condition ?? everyEvent, range, {
              limit,
              signal,
              oldestFirst: order === 'asc',
              before: place === undefined ? undefined : { timeUs: Number(place[1]), id: place[2]! }
            }),
          { signal }
        )
        const last = result.rows.at(-1)
        return {
          events: result.rows.map(eventOut),
          cursor: last !== undefined && result.rows.length === limit ? `${last.timeUs}.${last.id}` : null,
          rowsRead: result.rowsRead,
          elapsedMs: result.elapsedMs,
          warnings: compiled.warnings
        }
      }
    )

    app.get(
      '/api/events/:id',
      {
        preHandler: guard('search'),
        schema: { summary: 'One event', tags: ['search'], params: idParams, querystring: z.object({ at }) }
      },
      async request => {
        const { signal } = request
        return turn(async () => eventOut(await eventOf(request.params.id, request.query.at, signal)), { signal })
      }
    )

    app.get(
      '/api/events/:id/around',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'An event and those around it in time',
          tags: ['search'],
          params: idParams,
          querystring: z.object({
            q: text.describe('Only neighbours that match'),
            before: z.coerce.number().int().min(0).max(500).default(10),
            after: z.coerce.number().int().min(0).max(500).default(10),
            at
          })
        }
      },
      async request => {
        const { q = '', before, after, at } = request.query
        const condition = compile(q).condition ?? everyEvent
        const { signal } = request
        return turn(
          async () => {
            const event = await eventOf(request.params.id, at, signal)
            const [earlier, later] = await Promise.all([
              neighbours(event, condition, before, false, signal),
              neighbours(event, condition, after, true, signal)
            ])
            return { before: earlier.reverse().map(eventOut), event: eventOut(event), after: later.map(eventOut) }
          },
          { signal }
        )
      }
    )

    app.get(
      '/api/explain',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The query in words, or what is wrong with it',
          tags: ['search'],
          querystring: z.object({ q: text })
        }
      },
      async request => {
        const parsed = parseSearch(request.query.q ?? '', { nowMs: nowMs() })
        if (!parsed.ok) return { ok: false, words: '', errors: parsed.errors, warnings: [] }
        const sentences = explainSearch(parsed.search)
        return { ok: true, words: sentences.join('; then '), sentences, errors: [], warnings: parsed.warnings }
      }
    )
  }

  /** Windows of growing width: neighbours are mostly near, and a year need not be read for them. */
  async function neighbours(
    { timeUs, id }: RebuiltRow,
    condition: SqlCondition,
    limit: number,
    oldestFirst: boolean,
    signal: AbortSignal
  ): Promise<RebuiltRow[]> {
    if (limit === 0) return []
    for (const hours of [1, 24, 720, undefined]) {
      const widthUs = hours === undefined ? undefined : hours * 3_600_000_000
      const range = oldestFirst
        ? { fromUs: timeUs, ...(widthUs === undefined ? {} : { toUs: timeUs + widthUs }) }
        : { toUs: timeUs + 1, ...(widthUs === undefined ? {} : { fromUs: timeUs - widthUs }) }
      const { rows } = await store.search(condition, range, { limit, signal, oldestFirst, before: { timeUs, id } })
      if (rows.length === limit || widthUs === undefined) return [...rows]
    }
    return []
  }
}

export function eventOut(row: RebuiltRow) {
  const document = row.document as Record<string, unknown>
  const event = (document['event'] ?? {}) as Record<string, unknown>
  return {
    id: row.id,
    timeMs: Math.floor(row.timeUs / 1000),
    document: { ...document, event: { ...event, original: row.original.toString() } }
  }
}
