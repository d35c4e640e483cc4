/**
 * The most frequent values of fields among the events that match: one statement for all of them. Where there are too many values for
 * the frequent ones to say much, numbers are counted in ranges and addresses in networks, by a second statement.
 */

import { z } from 'zod'
import { and, type Expression } from '../filter/expression.ts'
import { toSql } from '../filter/to-sql.ts'
import { escapeLike } from '../filter/wildcard.ts'
import type { SqlCondition, TimeRange } from '../store/store.ts'
import { EventSql, type FieldKey } from './event-sql.ts'
import { compileQuery, everyEvent, orBadQuery, timeRange } from './query.ts'
import type { RoutePlugin } from './route.ts'
import type { SearchDeps } from './search.ts'

export type FacetValue = {
  value: string
  count: number
  /** Of a range: from (included) to (excluded). */
  from?: number
  to?: number
}
export type Facet = {
  field: string
  kind: 'values' | 'ranges' | 'networks'
  values: FacetValue[]
  /** How many different values there are. */
  distinct: number
}

const fieldsMax = 30
/** From so many values on, of which the frequent ones are less than a third of the events, they are grouped. */
const manyValues = 100
const point = z.string().max(64).optional()

export function facetRoutes(deps: SearchDeps): RoutePlugin {
  const { store, nowMs, mayBeInMap } = deps
  return (app, guard) => {
    app.get(
      '/api/facets',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The most frequent values of fields among the events that match',
          description:
            '`kind` says what the values are: values, ranges of numbers (`from` ≤ n < `to`) or networks in CIDR. ' +
            '`own=drop` leaves out what the query itself asks of a field when that field is counted, so that its other values show.',
          tags: ['search'],
          querystring: z.object({
            q: z.string().max(65_536).optional(),
            from: point,
            to: point,
            fields: z.string().min(1).max(4000),
            limit: z.coerce.number().int().min(1).max(100).default(8),
            search: z.string().max(256).optional().describe('Only values that contain this text'),
            own: z.enum(['keep', 'drop']).default('keep'),
            group: z.enum(['auto', 'never']).default('auto')
          })
        }
      },
      async request => {
        const { q = '', from, to, fields, limit, search, own, group } = request.query
        const compiled = orBadQuery(() => compileQuery(q, { nowMs: nowMs(), mayBeInMap }))
        const range = { ...timeRange(from, to, nowMs()), ...compiled.range }
        const names = [...new Set(fields.split(',').map(name => name.trim()))]
          .filter(name => name !== '' && name.length <= 512)
          .slice(0, fieldsMax)
        const { signal } = request
        const facets = await deps.admission.turn(
          async () => {
            const condition = compiled.condition ?? everyEvent
            const conditionOf = (field: string, index: number): SqlCondition => {
              const others = own === 'keep' ? undefined : withoutField(compiled.expression, field)
              return others === undefined ? condition : toSql(others, { mayBeInMap, paramPrefix: `f${index}_` })
            }
            const found = await valuesOf(names, conditionOf, range, limit, search, signal)
            if (group === 'never' || (search ?? '') !== '') return found
            return grouped(found, conditionOf, range, limit, signal)
          },
          { signal }
        )
        return { facets }
      }
    )
  }

  async function valuesOf(
    names: readonly string[],
    conditionOf: (field: string, index: number) => SqlCondition,
    range: TimeRange,
    limit: number,
    search: string | undefined,
    signal: AbortSignal
  ): Promise<(Facet & { total: number; type: FieldKey['type'] })[]> {
    const sql = new EventSql(store.database, mayBeInMap)
    const keys = names.map(name => sql.key(name))
    const like = (text: string): string =>
      search === undefined || search === '' ? '' : ` AND ${text} ILIKE ${sql.context.text(`%${escapeLike(search)}%`)}`
    const statements = names.map((name, index) => {
      const key = keys[index]!
      const only = key.only === undefined ? '' : ` AND ${key.only}`
      // Texts are made of those that are shown, not of all; of addresses they are finished below.
      const text = key.type === 'ip' ? 'IPv6NumToString(v)' : key.text('v')
      return (
        `SELECT ${index} AS f, ${text} AS value, n, distinct, total FROM (` +
        'SELECT v, n, count() OVER () AS distinct, sum(n) OVER () AS total FROM (' +
        `SELECT ${key.sql} AS v, count() AS n ${sql.from(conditionOf(name, index), range)}${only} ` +
        `GROUP BY v HAVING ${key.present('v')}${like(key.text('v'))}) ORDER BY n DESC, v LIMIT ${limit})`
      )
    })
    const found = names.map((field, index) => ({
      field,
      kind: 'values' as const,
      values: [] as FacetValue[],
      distinct: 0,
      total: 0,
      type: keys[index]!.type
    }))
    if (statements.length === 0) return found
    const { rows } = await store.table(statements.join(' UNION ALL '), sql.params, { signal })
    for (const [index, value, count, distinct, total] of rows as readonly [number, string, string, string, string][]) {
      const facet = found[index]!
      const shown = facet.type === 'ip' ? value.replace(/^::ffff:(?=\d+\.)/, '') : value
      facet.values.push({ value: shown, count: Number(count) })
      facet.distinct = Number(distinct)
      facet.total = Number(total)
    }
    return found
  }

  async function grouped(
    found: readonly (Facet & { total: number; type: FieldKey['type'] })[],
    conditionOf: (field: string, index: number) => SqlCondition,
    range: TimeRange,
    limit: number,
    signal: AbortSignal
  ): Promise<Facet[]> {
    const sql = new EventSql(store.database, mayBeInMap)
    const statements: string[] = []
    for (const [index, { field, distinct, values, total, type }] of found.entries()) {
      const shown = values.reduce((sum, { count }) => sum + count, 0)
      // Ports and codes are names that look like numbers.
      const measured = type === 'number' && !/(port|code|pid|id)$/.test(field)
      if (distinct < manyValues || shown * 3 > total || (type !== 'ip' && !measured)) continue
      const key = sql.key(field)
      const from = sql.from(conditionOf(field, index), range)
      const [of, label] =
        type === 'ip'
          ? [
              "tupleElement(IPv6CIDRToRange(v, if(v BETWEEN toIPv6('::ffff:0.0.0.0') AND toIPv6('::ffff:255.255.255.255'), 112, 48)), 1)",
              key.text('g')
            ]
          : ['if(v < 1, 0, toUInt8(floor(log10(v) + 1e-12)) + 1)', 'toString(g)']
      statements.push(
        `SELECT * FROM (SELECT ${index} AS f, ${label} AS value, sum(n) AS n FROM (SELECT ${of} AS g, n FROM (` +
          `SELECT ${key.sql} AS v, count() AS n ${from} GROUP BY v HAVING ${key.present('v')})) GROUP BY g ORDER BY n DESC, value LIMIT ${limit})`
      )
    }
    const facets: Facet[] = found.map(({ field, kind, values, distinct }) => ({ field, kind, values, distinct }))
    if (statements.length === 0) return facets
    const { rows } = await store.table(
      `SELECT f, value, n FROM (${statements.join(' UNION ALL ')}) ORDER BY f, n DESC, value`,
      sql.params,
      { signal }
    )
    for (const index of new Set(rows.map(row => Number(row[0])))) {
      const own = rows.filter(row => Number(row[0]) === index) as unknown as readonly [number, string, string][]
      const facet = facets[index]!
      if (found[index]!.type === 'ip') {
        facet.kind = 'networks'
        facet.values = own.map(([, value, count]) => ({
          value: `${value}/${value.includes(':') ? 48 : 16}`,
          count: Number(count)
        }))
      } else {
        facet.kind = 'ranges'
        facet.values = own
          .map(([, power, count]) => {
            const [from, to] = power === '0' ? [0, 1] : [10 ** (Number(power) - 1), 10 ** Number(power)]
            return { value: `${from}–${to}`, count: Number(count), from, to }
          })
          .sort((a, b) => a.from - b.from)
      }
    }
    return facets
  }
}

/** The expression without what it demands of this field alone; undefined where it demands nothing. */
export function withoutField(expression: Expression, field: string): Expression | undefined {
  const parts = expression.kind === 'and' ? expression.of : [expression]
  const kept = parts.filter(part => !isAbout(part, field))
  return kept.length === parts.length ? undefined : and(kept)
}

function isAbout(expression: Expression, field: string): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.every(part => isAbout(part, field))
    case 'not':
      return isAbout(expression.of, field)
    default:
      return 'field' in expression && expression.field === field
  }
}
