/** A search's answer as a file: `POST /api/export`. It is written as it is read, so its length costs no memory. */

import { Readable } from 'node:stream'
import { z } from 'zod'
import { csvCell } from '../core/csv.ts'
import type { EcsEvent } from '../core/parser.ts'
import { valuesOf } from '../filter/event-values.ts'
import { hangUp } from './ndjson.ts'
import { lookupColumns, type QueryDeps, timezoneName } from './queries.ts'
import { type CompiledText, compileText, orBadQuery } from './query.ts'
import type { RoutePlugin } from './route.ts'
import { eventOut } from './search.ts'
import { type Cell, rowsOfSheet, workbook } from './xlsx.ts'

const formats = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
} as const

const defaultColumns = [
  '@timestamp',
  'event.dataset',
  'event.action',
  'event.outcome',
  'source.ip',
  'source.port',
  'destination.ip',
  'destination.port',
  'user.name',
  'host.name',
  'message'
]
/** Tables are held in memory. */
const tableRowsMax = 100_000
const eventsMax = 10_000_000

type Answer =
  | { readonly kind: 'events'; readonly events: AsyncGenerator<Record<string, unknown>> }
  | { readonly kind: 'table'; readonly names: readonly string[]; readonly rows: readonly (readonly unknown[])[] }

export function exportRoutes(deps: QueryDeps): RoutePlugin {
  const { admission, nowMs, state, store } = deps
  return (app, guard) => {
    app.post(
      '/api/export',
      {
        preHandler: guard('search'),
        schema: {
          summary: "A search's answer as a file",
          description:
            'Cells of CSV that a spreadsheet would take for a formula begin with an apostrophe. A file that ends early ends without its last line break (NDJSON, CSV) or cannot be opened (XLSX).',
          tags: ['search'],
          body: z.object({
            q: z.string().max(65_536).default(''),
            from: z.string().max(64).optional(),
            to: z.string().max(64).optional(),
            format: z.enum(['ndjson', 'csv', 'xlsx']),
            columns: z.array(z.string().min(1).max(512)).min(1).max(200).optional(),
            limit: z.int().min(1).max(eventsMax).default(100_000),
            timezone: timezoneName.optional()
          })
        }
      },
      async (request, reply) => {
        const { q, from, to, format, columns, limit, timezone } = request.body
        const text = orBadQuery(() =>
          compileText(q, {
            nowMs: nowMs(),
            mayBeInMap: deps.mayBeInMap,
            database: store.database,
            lookups: lookupColumns(state),
            from,
            to,
            timezone,
            rowsMax: Math.min(limit, tableRowsMax)
          })
        )
        const most = format === 'xlsx' ? Math.min(limit, rowsOfSheet - 1) : limit
        const signal = hangUp(reply)
        const place = await admission.enter({ signal })
        reply.raw.once('close', place.leave)
        let parts: AsyncIterable<Buffer | string>
        try {
          const answer = await answerOf(text, most, signal)
          parts = written(answer, format, columns)
        } catch (error) {
          place.leave()
          throw error
        }
        request.audit('search.exported', 'search', { q: q.slice(0, 2000), from, to, format, limit: most })
        const stamp = new Date(nowMs()).toISOString().slice(0, 19).replaceAll(':', '-')
        return reply
          .type(formats[format])
          .header('content-disposition', `attachment; filename="picket-${stamp}.${format}"`)
          .send(Readable.from(parts, { objectMode: false, highWaterMark: 65_536 }))
      }
    )
  }

  async function answerOf({ compiled, range }: CompiledText, limit: number, signal: AbortSignal): Promise<Answer> {
    if (compiled.kind === 'table') {
      const { rows } = await store.table(compiled.sql, compiled.params, { signal })
      return { kind: 'table', names: compiled.columns.map(({ name }) => name), rows }
    }
    const { condition, oldestFirst } = compiled
    const options = { limit: Math.min(limit, compiled.limit ?? limit), oldestFirst, signal }
    const rows = store.events(condition, range, options)
    // Until the first row has come, a failure has its status.
    const first = await rows.next()
    return {
      kind: 'events',
      events: (async function* () {
        if (first.done === true) return
        yield eventOut(first.value).document
        for await (const row of rows) yield eventOut(row).document
      })()
    }
  }
}

function written(
  answer: Answer,
  format: keyof typeof formats,
  columns: readonly string[] | undefined
): AsyncIterable<Buffer | string> {
  if (format === 'ndjson') return joined(ndjsonLines(answer, columns))
  const table = tableOf(answer, columns ?? (answer.kind === 'table' ? answer.names : defaultColumns))
  return format === 'csv' ? joined(csvLines(table)) : workbook(table)
}

async function* ndjsonLines(answer: Answer, columns: readonly string[] | undefined): AsyncGenerator<string> {
  if (answer.kind === 'events' && columns === undefined) {
    for await (const event of answer.events) yield `${JSON.stringify(event)}\n`
    return
  }
  const names = columns ?? (answer.kind === 'table' ? answer.names : [])
  let header = true
  for await (const row of tableOf(answer, names)) {
    if (header) header = false
    else yield `${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, row[index]])))}\n`
  }
}

/** The names, then the rows. */
async function* tableOf(answer: Answer, names: readonly string[]): AsyncGenerator<readonly Cell[]> {
  yield names
  if (answer.kind === 'table') {
    const places = names.map(name => answer.names.indexOf(name))
    for (const row of answer.rows) yield places.map(place => cellOf(place < 0 ? undefined : row[place]))
    return
  }
  const readers = names.map(name => valuesOf(name))
  for await (const event of answer.events)
    yield readers.map(read => {
      const values = read(event as EcsEvent)
      return values.length === 1 ? cellOf(values[0]) : values.length === 0 ? undefined : values.join(', ')
    })
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number' || typeof value === 'string') return value
  return Array.isArray(value) ? value.join(', ') : String(value)
}

async function* csvLines(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<string> {
  for await (const row of rows) yield `${row.map(cell => csvCell(cell)).join(',')}\r\n`
}

/** Lines in pieces of some size: a write for each would cost more than making it. */
async function* joined(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let text = ''
  for await (const line of lines) {
    text += line
    if (text.length < 65_536) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
