/** How many events match, over time; stacked by a field's most frequent values. */

import { z } from 'zod'
import type { SqlCondition, TimeRange } from '../store/store.ts'
import { EventSql } from './event-sql.ts'
import { bucketSeconds, compileQuery, everyEvent, orBadQuery, timeRange } from './query.ts'
import type { RoutePlugin } from './route.ts'
import type { SearchDeps } from './search.ts'

const seriesMax = 8
const text = z.string().max(65_536).optional()
const point = z.string().max(64).optional()

type Series = { value: string; other?: true; buckets: { startMs: number; count: number }[] }

export function histogramRoutes(deps: SearchDeps): RoutePlugin {
  const { store, nowMs, mayBeInMap } = deps
  return (app, guard) => {
    app.get(
      '/api/histogram',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'How many events match, over time; with `by`, stacked by a field',
          tags: ['search'],
          querystring: z.object({
            q: text,
            from: point,
            to: point,
            buckets: z.coerce.number().int().min(1).max(1000).default(80),
            by: z.string().min(1).max(512).optional()
          })
        }
      },
      async request => {
        const { q = '', from, to, buckets, by } = request.query
        const compiled = orBadQuery(() => compileQuery(q, { nowMs: nowMs(), mayBeInMap }))
        const { condition } = compiled
        const asked = { ...timeRange(from, to, nowMs()), ...compiled.range }
        let { fromUs, toUs } = asked
        if (fromUs === undefined || toUs === undefined) {
          const extent = await store.extent()
          if (extent.rows === 0)
            return { bucketMs: 60_000, fromMs: nowMs() - 3_600_000, toMs: nowMs(), buckets: [], total: 0 }
          fromUs ??= extent.fromUs
          toUs ??= Math.max(extent.toUs + 1, fromUs + 1)
        }
        const seconds = bucketSeconds(Math.max(toUs - fromUs, 1_000_000), buckets)
        const { signal } = request
        const [found, series] = await deps.admission.turn(
          async () => {
            const all = store.histogram(condition ?? (isWhole(asked) ? undefined : everyEvent), asked, seconds, signal)
            return Promise.all([
              all,
              by === undefined ? undefined : stacked(by, condition ?? everyEvent, asked, seconds, signal)
            ])
          },
          { signal }
        )
        return {
          bucketMs: seconds * 1000,
          fromMs: Math.floor(fromUs / 1000),
          toMs: Math.ceil(toUs / 1000),
          buckets: found,
          total: found.reduce((sum, bucket) => sum + bucket.count, 0),
          ...(series === undefined ? {} : { by, series })
        }
      }
    )
  }

  /** The most frequent values, then all others as one series; events without the field are in none. */
  async function stacked(
    field: string,
    condition: SqlCondition,
    range: TimeRange,
    seconds: number,
    signal: AbortSignal
  ): Promise<Series[]> {
    const sql = new EventSql(store.database, mayBeInMap)
    const key = sql.key(field)
    const from = sql.from(condition, range) + (key.only === undefined ? '' : ` AND ${key.only}`)
    const width = sql.context.param(seconds, 'UInt32')
    const top = `SELECT ${key.sql} AS v ${from} GROUP BY v HAVING ${key.present('v')} ORDER BY count() DESC, v LIMIT ${seriesMax}`
    const { rows } = await store.table(
      `SELECT if(known, ${key.text('v')}, '') AS value, known, start, sum(n) FROM (
         SELECT v, start, n, v IN (${top}) AS known FROM (
           SELECT ${key.sql} AS v, toUnixTimestamp(toStartOfInterval(timestamp, INTERVAL ${width} SECOND, 'UTC')) AS start, count() AS n
           ${from} GROUP BY v, start HAVING ${key.present('v')}
         )
       ) GROUP BY value, known, start ORDER BY start`,
      sql.params,
      { signal }
    )
    const series = new Map<string, Series & { total: number }>()
    for (const [value, known, start, count] of rows as readonly [string, number, number, string][]) {
      const id = known === 1 ? `=${value}` : ''
      let one = series.get(id)
      if (one === undefined) {
        one = { value: known === 1 ? value : 'other', ...(known === 1 ? {} : { other: true }), buckets: [], total: 0 }
        series.set(id, one)
      }
      one.buckets.push({ startMs: start * 1000, count: Number(count) })
      one.total += Number(count)
    }
    return [...series.values()]
      .sort((a, b) => Number(a.other ?? 0) - Number(b.other ?? 0) || b.total - a.total || (a.value < b.value ? -1 : 1))
      .map(({ total: _, ...one }) => one)
  }
}

/** The histogram's rollup serves whole minutes only. */
function isWhole(range: TimeRange): boolean {
  return (range.fromUs ?? 0) % 60_000_000 === 0 && (range.toUs ?? 0) % 60_000_000 === 0
}
