/**
 * The fields that occur, and what could be written next in a query. Both look at the newest events only, so that they are as quick
 * on a year as on a day; values are those of the last days.
 */

import { z } from 'zod'
import { columns } from '../core/columns.ts'
import { type Completion, complete } from '../filter/complete.ts'
import { presenceSql } from '../filter/sql-columns.ts'
import { escapeLike } from '../filter/wildcard.ts'
import type { TimeRange } from '../store/store.ts'
import { EventSql } from './event-sql.ts'
import { lookupColumns, type QueryDeps } from './queries.ts'
import { compileQuery, everyEvent, orBadQuery, timeRange } from './query.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type FieldInfo = { name: string; type: 'time' | 'number' | 'text' | 'ip' | 'list'; share: number }
const sampleRows = 20_000
const fieldsMax = 2_000
const itemsMax = 50
const cacheMs = 30_000
const dayMs = 86_400_000
const valuesTimeMaxMs = 2_000
const point = z.string().max(64).optional()

export function fieldRoutes(deps: QueryDeps): RoutePlugin {
  const { store, nowMs, mayBeInMap, state } = deps
  let known: { atMs: number; fields: Promise<FieldInfo[]> } | undefined

  /** Those of the newest events, asked at most every half minute. */
  const usual = (): Promise<FieldInfo[]> => {
    if (known === undefined || nowMs() - known.atMs > cacheMs || nowMs() < known.atMs) {
      const fields = fieldsOf('', {})
      known = { atMs: nowMs(), fields }
      fields.catch(() => {
        known = undefined
      })
    }
    return known.fields
  }

  return (app, guard) => {
    app.get(
      '/api/fields',
      {
        preHandler: guard('search'),
        schema: {
          summary: `The fields that occur among the newest ${sampleRows} events that match: their type, and the share of events that have them`,
          tags: ['search'],
          querystring: z.object({ q: z.string().max(65_536).optional(), from: point, to: point })
        }
      },
      async request => {
        const { q = '', from, to } = request.query
        const range = timeRange(from, to, nowMs())
        if (q.trim() === '' && range.fromUs === undefined && range.toUs === undefined) return { fields: await usual() }
        return { fields: await fieldsOf(q, range, request.signal) }
      }
    )

    app.get(
      '/api/complete',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What could be written at a place of a query: fields, values by frequency, commands, functions',
          tags: ['search'],
          querystring: z.object({
            q: z.string().max(20_000),
            at: z.coerce.number().int().min(0).max(20_000).optional(),
            from: point,
            to: point
          })
        }
      },
      async request => {
        const { q, at = q.length, from, to } = request.query
        const fields = await usual().catch((): FieldInfo[] => [])
        const { needValuesOf, ...place } = complete(q, at, {
          fields: fields.map(({ name, type, share }) => {
            return { name, detail: `${type}, in ${Math.round(share * 100)}% of events` }
          }),
          lookups: lookupColumns(state)
        })
        if (needValuesOf === undefined) return place
        const lately = { fromUs: (nowMs() - 7 * dayMs) * 1000 }
        const range = from === undefined && to === undefined ? lately : timeRange(from, to, nowMs())
        const begun = q.slice(place.from, Math.min(at, q.length)).replace(/^"/, '')
        const frequent = await values(needValuesOf, begun, range, request.signal)
        return { ...place, items: [...frequent, ...place.items] }
      }
    )
  }

  async function fieldsOf(q: string, range: TimeRange, signal?: AbortSignal): Promise<FieldInfo[]> {
    const compiled = orBadQuery(() => compileQuery(q, { nowMs: nowMs(), mayBeInMap }))
    const sql = new EventSql(store.database, mayBeInMap)
    const from = sql.from(compiled.condition ?? everyEvent, { ...range, ...compiled.range })
    const newest = `(SELECT ${[...columns.map(({ name }) => `\`${name}\``), 'fields', 'shape'].join(', ')} ${from} ORDER BY timestamp DESC LIMIT ${sampleRows})`
    const present = columns.map(presenceSql)
    const { rows } = await deps.admission.turn(
      () =>
        store.table(
          `SELECT count() AS total, [${present.map(one => `countIf(${one})`).join(', ')}] AS ours,
             sumMap(arrayDistinct(mapKeys(fields)), arrayMap(x -> 1, arrayDistinct(mapKeys(fields)))) AS others FROM ${newest}`,
          sql.params,
          { signal }
        ),
      { signal }
    )
    const [total, ours, [names, counts]] = rows[0] as readonly [string, string[], [string[], (string | number)[]]]
    const found = new Map<string, FieldInfo>()
    const all = Math.max(1, Number(total))
    for (const [index, { field, type }] of columns.entries()) {
      const count = Number(ours[index])
      if (count > 0) found.set(field, { name: field, type: typeNames[type] ?? 'number', share: count / all })
    }
    for (const [index, name] of names.entries()) {
      const count = Number(counts[index])
      const column = found.get(name)
      // A column's default stands in the map.
      if (column !== undefined) column.share = Math.min(1, column.share + count / all)
      else found.set(name, { name, type: 'text', share: count / all })
    }
    return [...found.values()].sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1)).slice(0, fieldsMax)
  }

  async function values(field: string, begun: string, range: TimeRange, signal: AbortSignal): Promise<Completion[]> {
    const sql = new EventSql(store.database, mayBeInMap)
    try {
      const key = sql.key(field)
      const from = sql.from(everyEvent, range) + (key.only === undefined ? '' : ` AND ${key.only}`)
      const like = begun === '' ? '' : ` AND ${key.text('v')} ILIKE ${sql.context.text(`${escapeLike(begun)}%`)}`
      const { rows } = await deps.admission.turn(
        () =>
          store.table(
            `SELECT ${key.text('v')} AS value, count() AS n FROM (SELECT ${key.sql} AS v ${from} LIMIT 2000000) ` +
              `GROUP BY v HAVING ${key.present('v')}${like} ORDER BY n DESC, value LIMIT ${itemsMax}`,
            sql.params,
            { signal, timeMaxMs: valuesTimeMaxMs }
          ),
        { signal }
      )
      return (rows as unknown as readonly [string, string][])
        .filter(([value]) => value.length <= 512)
        .map(([value, count]) => ({
          label: value,
          kind: 'value',
          detail: `${Number(count).toLocaleString('en')} events`,
          insert: /^[\w.@:/-]+$/.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
        }))
    } catch (error) {
      // A list that cannot be had in time is none.
      if (error instanceof ApiError || signal.aborted) throw error
      return []
    }
  }
}

const typeNames: Readonly<Partial<Record<string, FieldInfo['type']>>> = {
  time: 'time',
  word: 'text',
  text: 'text',
  ip: 'ip',
  words: 'list'
}
