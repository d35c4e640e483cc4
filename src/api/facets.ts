/**
 * The most frequent values of fields among the events that match: one pass for all fields that are asked the same. Where there are too
 * many values for the frequent ones to say much, numbers are counted in ranges and addresses in networks.
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
            group: z.enum(['auto', 'never']).default('auto'),
            sample: z.coerce
              .number()
              .int()
              .min(0)
              .max(100_000_000)
              .default(0)
              .describe('Count only in the newest so many events that match; 0: in all')
          })
        }
      },
      async request => {
        const { q = '', from, to, fields, limit, search, own, group, sample } = request.query
        const compiled = orBadQuery(() => compileQuery(q, { nowMs: nowMs(), mayBeInMap }))
        const range = { ...timeRange(from, to, nowMs()), ...compiled.range }
        const names = [...new Set(fields.split(',').map(name => name.trim()))]
          .filter(name => name !== '' && name.length <= 512)
          .slice(0, fieldsMax)
        const { signal } = request
        const facets = await deps.admission.turn(
          async () => {
            const passes = passesOf(names, field =>
              own === 'keep' ? undefined : withoutField(compiled.expression, field)
            )
            const found = await Promise.all(
              passes.map(({ fields, others }) => {
                const condition =
                  others === undefined ? (compiled.condition ?? everyEvent) : toSql(others, { mayBeInMap })
                return count(fields, condition, range, { limit, sample, search, group }, signal)
              })
            )
            const byField = new Map(found.flat().map(facet => [facet.field, facet]))
            return names.map(name => byField.get(name)!)
          },
          { signal }
        )
        return { facets }
      }
    )
  }

  /** Fields that are asked the same are counted together; one with several values an event, for itself. */
  function passesOf(names: readonly string[], othersOf: (field: string) => Expression | undefined): Pass[] {
    const together: string[] = []
    const passes: Pass[] = []
    const sql = new EventSql(store.database, mayBeInMap)
    for (const field of names) {
      const others = othersOf(field)
      if (others === undefined && sql.key(field).array === undefined) together.push(field)
      else passes.push({ fields: [field], others })
    }
    return together.length === 0 ? passes : [{ fields: together, others: undefined }, ...passes]
  }

  async function count(
    fields: readonly string[],
    condition: SqlCondition,
    range: TimeRange,
    about: { limit: number; sample: number; search: string | undefined; group: 'auto' | 'never' },
    signal: AbortSignal
  ): Promise<Facet[]> {
    const sql = new EventSql(store.database, mayBeInMap)
    const keys = fields.map(field => sql.key(field))
    const { limit, sample, search = '' } = about
    const like = search === '' ? undefined : sql.context.text(`%${escapeLike(search)}%`)
    const only = keys.length === 1 && keys[0]!.only !== undefined ? ` AND ${keys[0]!.only}` : ''
    // The hours come first in the table's order: said so, the engine stops reading when it has enough.
    const newest = sample === 0 ? '' : ` ORDER BY toStartOfHour(timestamp) DESC LIMIT ${sample}`
    const values = `SELECT ${keys.map(({ sql, array }, i) => `${array ?? sql} AS k${i}`).join(', ')} ${sql.from(condition, range)}${only}${newest}`
    const list = keys.map((_, i) => `k${i}`).join(', ')
    const counted =
      keys.length === 1
        ? `SELECT 0 AS g, ${keys[0]!.array === undefined ? 'k0' : 'arrayJoin(k0)'} AS v0, count() AS n FROM (${values}) GROUP BY v0`
        : `SELECT grouping(${list}) AS g, ${keys.map((_, i) => `k${i} AS v${i}`).join(', ')}, count() AS n FROM (${values}) ` +
          `GROUP BY GROUPING SETS (${keys.map((_, i) => `(k${i})`).join(', ')})`
    const grouping = (i: number): number => (keys.length === 1 ? 0 : 2 ** keys.length - 1 - 2 ** (keys.length - 1 - i))
    const parts = keys.map((key, i) => {
      const value = `v${i}`
      const condition = [
        `g = ${grouping(i)}`,
        key.present(value),
        ...(like === undefined ? [] : [`${key.text(value)} ILIKE ${like}`])
      ].join(' AND ')
      // Texts are made of those that are shown, not of all; of addresses they are finished below.
      const [plain, text] =
        key.type === 'ip'
          ? [value, 'IPv6NumToString(t.2)']
          : key.type === 'number'
            ? [value, key.text('t.2')]
            : [key.text(value), 't.2']
      const top = `arrayMap(t -> (toString(-t.1), ${text}), groupArraySortedIf(${limit})((-toInt64(n), ${plain}), ${condition}))`
      const group = about.group === 'auto' && search === '' ? groupOf(fields[i]!, key) : undefined
      const groups =
        group === undefined
          ? '[]'
          : `arrayMap(t -> (toString(t.2), ${group.text('t.1')}), arraySlice(arraySort(t -> (-toInt64(t.2), t.1), ` +
            `arrayZip(tupleElement(sumMapIf([${group.of(value)}], [n], ${condition}) AS m${i}, 1), tupleElement(m${i}, 2))), 1, ${limit}))`
      return `countIf(${condition}), sumIf(n, ${condition}), ${top}, ${groups}`
    })
    const { rows } = await store.table(`SELECT ${parts.join(', ')} FROM (${counted})`, sql.params, { signal })
    const row = rows[0] as readonly unknown[]
    return fields.map((field, i) => {
      const [distinct, total, top, groups] = row.slice(i * 4, i * 4 + 4) as [string, string, Pairs, Pairs]
      return facetOf(field, keys[i]!.type, { distinct: Number(distinct), total: Number(total), top, groups })
    })
  }
}

type Pass = { readonly fields: readonly string[]; readonly others: Expression | undefined }
/** Counts and texts. */
type Pairs = readonly (readonly [string, string])[]

/** What many values of a field are grouped by, and that as text. */
function groupOf(
  field: string,
  { type, text }: FieldKey
): { of: (value: string) => string; text: (group: string) => string } | undefined {
  if (type === 'ip')
    return {
      of: v =>
        `tupleElement(IPv6CIDRToRange(${v}, if(${v} BETWEEN toIPv6('::ffff:0.0.0.0') AND toIPv6('::ffff:255.255.255.255'), 112, 48)), 1)`,
      text
    }
  // Ports and codes are names that look like numbers.
  if (type !== 'number' || /(port|code|pid|id)$/.test(field)) return undefined
  return {
    of: v => `ifNull(if(${v} < 1, 0, toUInt8(floor(log10(greatest(${v}, 1)) + 1e-12)) + 1), 0)`,
    text: group => `toString(${group})`
  }
}

function facetOf(
  field: string,
  type: FieldKey['type'],
  { distinct, total, top, groups }: { distinct: number; total: number; top: Pairs; groups: Pairs }
): Facet {
  const shown = top.reduce((sum, [count]) => sum + Number(count), 0)
  if (groups.length === 0 || distinct < manyValues || shown * 3 > total) {
    const values = top.map(([count, text]) => ({
      value: type === 'ip' ? text.replace(/^::ffff:(?=\d+\.)/, '') : text,
      count: Number(count)
    }))
    return { field, kind: 'values', values, distinct }
  }
  if (type === 'ip') {
    const values = groups.map(([count, text]) => ({
      value: `${text}/${text.includes(':') ? 48 : 16}`,
      count: Number(count)
    }))
    return { field, kind: 'networks', values, distinct }
  }
  const values = groups
    .map(([count, power]) => {
      const [from, to] = power === '0' ? [0, 1] : [10 ** (Number(power) - 1), 10 ** Number(power)]
      return { value: `${from}–${to}`, count: Number(count), from, to }
    })
    .sort((a, b) => a.from - b.from)
  return { field, kind: 'ranges', values, distinct }
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
