/** Routes that search: events, histogram, facets, and the query explained. */

import { z } from 'zod'
import { columnOf } from '../core/columns.ts'
import { explain } from '../filter/explain.ts'
import { parseQuery } from '../filter/parse-query.ts'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { Store } from '../store/store.ts'
import type { Admission } from './admission.ts'
import { bucketSeconds, compileQuery, everyEvent, orBadQuery, timeRange } from './query.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type SearchDeps = {
  readonly store: Store
  /** May values of this field stand in the store's map although it has a column? Default: always maybe. */
  readonly mayBeInMap?: (field: string) => boolean
  readonly nowMs: () => number
  /** So many searches at once; further ones wait their turn. */
  readonly admission: Admission
}

const text = z.string().max(65_536).optional()
const queryPart = { q: text, from: z.string().max(64).optional(), to: z.string().max(64).optional() }
const cursorShape = /^(-?\d{1,17})\.([0-9a-f]{16})$/

export function searchRoutes(deps: SearchDeps): RoutePlugin {
  const { store, nowMs } = deps
  const turn = deps.admission.turn
  const compile = (query: string) =>
    orBadQuery(() => compileQuery(query, { nowMs: nowMs(), mayBeInMap: deps.mayBeInMap }))
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
            cursor: z.string().max(64).optional()
          })
        }
      },
      async request => {
        const { q = '', from, to, limit, cursor } = request.query
        const compiled = compile(q)
        const range = timeRange(from, to, nowMs())
        const place = cursor === undefined ? undefined : cursorShape.exec(cursor)
        if (place === null) throw new ApiError(400, 'bad-cursor', 'The cursor is not one that a search gave.')
        const result = await turn(() =>
          store.search(compiled.condition ?? everyEvent, range, {
            limit,
            signal: request.signal,
            before: place === undefined ? undefined : { timeUs: Number(place[1]), id: place[2]! }
          })
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
      '/api/histogram',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'How many events match, over time',
          tags: ['search'],
          querystring: z.object({ ...queryPart, buckets: z.coerce.number().int().min(1).max(1000).default(80) })
        }
      },
      async request => {
        const { q = '', from, to, buckets } = request.query
        const { condition } = compile(q)
        const asked = timeRange(from, to, nowMs())
        let { fromUs, toUs } = asked
        if (fromUs === undefined || toUs === undefined) {
          const extent = await store.extent()
          if (extent.rows === 0)
            return { bucketMs: 60_000, fromMs: nowMs() - 3_600_000, toMs: nowMs(), buckets: [], total: 0 }
          fromUs ??= extent.fromUs
          toUs ??= Math.max(extent.toUs + 1, fromUs + 1)
        }
        const seconds = bucketSeconds(Math.max(toUs - fromUs, 1_000_000), buckets)
        const found = await turn(() =>
          store.histogram(condition ?? (isWhole(asked) ? undefined : everyEvent), asked, seconds, request.signal)
        )
        return {
          bucketMs: seconds * 1000,
          fromMs: Math.floor(fromUs / 1000),
          toMs: Math.ceil(toUs / 1000),
          buckets: found,
          total: found.reduce((sum, bucket) => sum + bucket.count, 0)
        }
      }
    )

    app.get(
      '/api/facets',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The most frequent values of fields among the events that match',
          tags: ['search'],
          querystring: z.object({
            ...queryPart,
            fields: z.string().min(1).max(2000),
            limit: z.coerce.number().int().min(1).max(100).default(8)
          })
        }
      },
      async request => {
        const { q = '', from, to, fields, limit } = request.query
        const condition = compile(q).condition ?? everyEvent
        const range = timeRange(from, to, nowMs())
        const names = [...new Set(fields.split(','))].filter(name => name !== '').slice(0, 30)
        const facets = await turn(() =>
          Promise.all(
            names.map(async field => ({ field, values: await store.facet(facetSql(field), condition, range, limit) }))
          )
        )
        return { facets }
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
        const parsed = parseQuery(request.query.q ?? '', { nowMs: nowMs() })
        return parsed.ok
          ? { ok: true, words: explain(parsed.expression), errors: [], warnings: parsed.warnings ?? [] }
          : { ok: false, words: '', errors: parsed.errors, warnings: [] }
      }
    )
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

/** The histogram's rollup serves whole minutes only. */
function isWhole(range: { fromUs?: number; toUs?: number }): boolean {
  return (range.fromUs ?? 0) % 60_000_000 === 0 && (range.toUs ?? 0) % 60_000_000 === 0
}

function facetSql(field: string): { sql: string; params: Record<string, unknown> } {
  const column = columnOf(field)
  if (column === undefined)
    return {
      sql: 'arrayJoin(arrayFilter((v, k) -> k = {facet:String}, fields.values, fields.keys))',
      params: { facet: field }
    }
  if (column.type === 'words') return { sql: `arrayJoin(\`${column.name}\`)`, params: {} }
  if (column.type === 'ip')
    return {
      sql: `replaceRegexpOne(IPv6NumToString(\`${column.name}\`), '^::ffff:(\\\\d+\\\\.)', '\\\\1')`,
      params: {}
    }
  return { sql: `toString(\`${column.name}\`)`, params: {} }
}
