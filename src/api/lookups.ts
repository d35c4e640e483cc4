/** Lookup tables, which searches join with: CSV in, `lookup_rows` in the store. What was uploaded is kept as it came, to be had again. */

import { z } from 'zod'
import { delimiterOf, endsInsideQuotes, splitCells } from '../parsers/csv/split.ts'
import {
  type Lookup,
  listLookups,
  lookupNamed,
  lookupNamePattern,
  lookupsMax,
  removeLookup,
  saveLookup
} from '../state/lookups.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { done, isoOf } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type LookupDeps = {
  readonly store: Pick<Store, 'writeLookup'>
  readonly state: State
  readonly nowMs: () => number
}

const csvBytesMax = 10 << 20
const rowsMax = 200_000
const columnsMax = 100
const cellsMax = 2_000_000

const params = z.object({ name: z.string().regex(lookupNamePattern) })
const reply = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  rows: z.int(),
  updated: z.string(),
  by: z.string()
})

export function lookupRoutes({ store, state, nowMs }: LookupDeps): RoutePlugin {
  return (app, guard) => {
    // The file as it is, for those who have it at hand: curl -T hosts.csv -H 'content-type: text/csv' …
    if (!app.hasContentTypeParser('text/csv'))
      app.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: csvBytesMax }, (_request, csv, done) =>
        done(null, { csv })
      )

    app.get(
      '/api/lookups',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'The lookup tables, for `join`',
          tags: ['lookups'],
          response: { 200: z.object({ lookups: z.array(reply) }) }
        }
      },
      async () => ({ lookups: listLookups(state).map(lookupOut) })
    )

    app.get(
      '/api/lookups/:name',
      { preHandler: guard('search'), schema: { summary: 'A lookup table as CSV', tags: ['lookups'], params } },
      async (request, answer) => {
        const lookup = lookupNamed(state, request.params.name)
        if (lookup === undefined) throw unknown(request.params.name)
        return answer
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${lookup.name}.csv"`)
          .send(lookup.csv)
      }
    )

    app.put(
      '/api/lookups/:name',
      {
        preHandler: guard('ingest'),
        bodyLimit: csvBytesMax * 2,
        schema: {
          summary: 'Keep a CSV file as a lookup table: its first line names the columns',
          tags: ['lookups'],
          params,
          body: z.object({ csv: z.string().min(1).max(csvBytesMax) }),
          response: { 200: reply }
        }
      },
      async request => {
        const { name } = request.params
        const { csv } = request.body
        const table = readTable(csv)
        const lookup = {
          name,
          columns: table.columns,
          rows: table.rows.length,
          updatedMs: nowMs(),
          by: request.principal!.actor
        }
        if (lookupNamed(state, name) === undefined && listLookups(state).length >= lookupsMax)
          throw new ApiError(409, 'too-many-lookups', `There are ${lookupsMax} lookup tables: remove some first.`)
        await store.writeLookup(name, table.rows)
        state.transaction(() => {
          saveLookup(state, { ...lookup, csv })
          request.audit('lookup.written', `lookup:${name}`, { rows: lookup.rows, columns: [...lookup.columns] })
        })
        return lookupOut(lookup)
      }
    )

    app.delete(
      '/api/lookups/:name',
      {
        preHandler: guard('ingest'),
        schema: { summary: 'Remove a lookup table', tags: ['lookups'], params, response: { 200: done } }
      },
      async request => {
        const { name } = request.params
        if (lookupNamed(state, name) === undefined) throw unknown(name)
        await store.writeLookup(name, [])
        state.transaction(() => {
          removeLookup(state, name)
          request.audit('lookup.removed', `lookup:${name}`)
        })
        return { ok: true as const }
      }
    )
  }
}

function lookupOut({ name, columns, rows, updatedMs, by }: Lookup): z.output<typeof reply> {
  return { name, columns: [...columns], rows, updated: isoOf(updatedMs), by }
}

const unknown = (name: string): ApiError => new ApiError(404, 'unknown-lookup', `There is no lookup table ${name}.`)

/** A header line, then rows; a quoted cell may run over lines. Throws an `ApiError` that names the line. */
export function readTable(csv: string): { columns: string[]; rows: Record<string, string>[] } {
  const refuse = (message: string): ApiError => new ApiError(400, 'bad-csv', message)
  const lines = csv.replace(/^\ufeff/, '').split('\n')
  const header = (lines[0] ?? '').replace(/\r$/, '')
  const delimiter = delimiterOf(header) ?? ','
  const columns = splitCells(header, delimiter, columnsMax + 1).map(cell => cell.trim())
  if (columns.length > columnsMax) throw refuse(`The first line names more than ${columnsMax} columns.`)
  if (columns.some(name => name === '' || name.length > 256))
    throw refuse('The first line must name every column, each in at most 256 characters.')
  if (new Set(columns).size < columns.length) throw refuse('The first line names a column twice.')
  const rows: Record<string, string>[] = []
  for (let at = 1; at < lines.length; at++) {
    const first = at
    let line = lines[at]!.replace(/\r$/, '')
    if (line === '') continue
    while (endsInsideQuotes(line, delimiter)) {
      if (at + 1 >= lines.length || at - first > 100) throw refuse(`A quoted cell of line ${first + 1} does not end.`)
      line += `\n${lines[++at]!.replace(/\r$/, '')}`
    }
    const cells = splitCells(line, delimiter, columnsMax + 1)
    if (cells.length > columns.length)
      throw refuse(`Line ${first + 1} has more cells than the first line names columns (${columns.length}).`)
    // A null prototype: a column may be called __proto__.
    const row: Record<string, string> = Object.create(null)
    for (const [index, cell] of cells.entries()) if (cell !== '') row[columns[index]!] = cell
    rows.push(row)
    if (rows.length > rowsMax) throw refuse(`The file has more than ${rowsMax} rows.`)
    if (rows.length * columns.length > cellsMax) throw refuse(`The file has more than ${cellsMax} cells.`)
  }
  return { columns, rows }
}
