/** The rows that a panel's search finds, for reports: compiled and asked of the store here, without the network between. */

import { and } from '../filter/expression.ts'
import { compileSearch } from '../filter/pipes/compile.ts'
import { parseSearch } from '../filter/search.ts'
import { toSql } from '../filter/to-sql.ts'
import type { ReportTable } from '../reports/report.ts'
import type { TimeRange } from '../store/store.ts'
import { lookupColumns, type QueryDeps } from './queries.ts'
import { BadQuery, hiddenUnlessAsked } from './query.ts'

/** What is shown of an event that is a row. */
type Known = {
  readonly event?: { readonly dataset?: unknown; readonly action?: unknown }
  readonly rule?: { readonly name?: unknown }
  readonly message?: unknown
  readonly source?: { readonly ip?: unknown }
  readonly destination?: { readonly ip?: unknown }
}

const rowsMax = 2000
const eventsMax = 200

/** Throws `BadQuery` and what the store throws. */
export async function panelRows(
  { store, state, mayBeInMap, admission }: QueryDeps,
  panel: { readonly query: string; readonly filter: string },
  range: TimeRange,
  nowMs: number
): Promise<ReportTable> {
  const parsed = parseSearch(panel.query, { nowMs })
  if (!parsed.ok) throw new BadQuery(parsed.errors)
  const narrowing = parseSearch(panel.filter, { nowMs })
  if (!narrowing.ok) throw new BadQuery(narrowing.errors)
  const { search } = parsed
  const narrowed = { ...search, filter: and([search.filter, narrowing.search.filter]) }
  const { fromUs = range.fromUs, toUs = range.toUs } = search
  const compiled = compileSearch(narrowed, {
    table: `${store.database}.events`,
    lookupTable: `${store.database}.lookup_rows`,
    lookups: lookupColumns(state),
    mayBeInMap,
    fromUs,
    toUs,
    nowMs,
    hide: hiddenUnlessAsked(panel.query),
    rowsMax
  })
  if (compiled.kind === 'table') {
    const { sql, params, columns } = compiled
    const { rows } = await admission.turn(() => store.table(sql, params, {}))
    return { columns, rows }
  }
  const { rows } = await admission.turn(() =>
    store.search(
      toSql(compiled.expression, { mayBeInMap }),
      { fromUs, toUs },
      {
        limit: Math.min(eventsMax, compiled.limit ?? eventsMax),
        oldestFirst: compiled.oldestFirst
      }
    )
  )
  return {
    columns: [
      { name: '@timestamp', type: 'time' },
      { name: 'event.dataset', type: 'text' },
      { name: 'source.ip', type: 'ip' },
      { name: 'destination.ip', type: 'ip' },
      { name: 'what', type: 'text' }
    ],
    rows: rows.map(row => {
      const { event, rule, message, source, destination } = row.document as Known
      const said = [rule?.name ?? event?.action, message].filter(part => typeof part === 'string' && part !== '')
      const what = said.length > 0 ? said.join(' · ') : row.original.toString()
      return [row.timeUs / 1000, event?.dataset, source?.ip, destination?.ip, what]
    })
  }
}
