/**
 * SQL for experts: `POST /api/sql`, in ClickHouse's own words, as a user of the engine who may read our tables and nothing more
 * (`readonly = 1`: no settings, no writes; no access to files, URLs, other servers or the system's tables). Bounded in time, memory
 * and rows. The answer flows as that of `/api/query`.
 */

import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { hangUp, type Lines, sendLines } from './ndjson.ts'
import { queryId } from './queries.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import { createRunningQueries } from './running-queries.ts'
import type { SearchDeps } from './search.ts'

const answerBytesMax = 64 << 20

export function sqlRoutes({ store, admission }: SearchDeps): RoutePlugin {
  const running = createRunningQueries()
  return (app, guard) => {
    app.post(
      '/api/sql',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'SQL over the tables events, histogram and lookup_rows; read only',
          tags: ['search'],
          body: z.object({
            id: queryId.optional(),
            sql: z.string().min(1).max(100_000),
            limit: z.int().min(1).max(100_000).default(1000)
          })
        }
      },
      async (request, reply) => {
        const { id, sql, limit } = request.body
        // A statement of the engine ends with its format, which is ours to choose.
        const statement = sql.trim().replace(/;\s*$/, '')
        if (statement === '') throw new ApiError(400, 'bad-sql', 'There is no statement.')
        const named = id === undefined ? undefined : running.begin(id, request.principal!)
        const gone = hangUp(reply)
        const signal = named === undefined ? gone : AbortSignal.any([gone, named.signal])
        request.audit('sql.run', 'sql', { sql: statement.slice(0, 4000) })
        try {
          return await sendLines(request, reply, lines =>
            admission.turn(() => answer(statement, limit, lines, signal), {
              signal,
              onPlace: waiting => lines.offer({ waiting })
            })
          )
        } finally {
          named?.end()
        }
      }
    )

    app.delete(
      '/api/sql/:id',
      {
        preHandler: guard('admin'),
        schema: { summary: 'End a statement under way', tags: ['search'], params: z.object({ id: queryId }) }
      },
      async request => {
        if (!running.cancel(request.params.id, request.principal!))
          throw new ApiError(404, 'unknown-query', 'No statement of that name is under way.')
        return { ok: true as const }
      }
    )
  }

  async function answer(statement: string, limit: number, lines: Lines, signal: AbortSignal): Promise<void> {
    const startedMs = performance.now()
    let rowsRead = 0
    const onProgress = (progress: { rowsRead: number }): void => {
      rowsRead = progress.rowsRead
      lines.offer({ progress })
    }
    const rows: unknown[][] = []
    let names: unknown[] = []
    let types: unknown[] = []
    let number = 0
    let bytes = 0
    let truncated = false
    try {
      for await (const row of store.foreign(statement, { signal, onProgress })) {
        number++
        if (number === 1) names = row
        else if (number === 2) types = row
        else if (rows.length >= limit) {
          truncated = true
          break
        } else {
          rows.push(row)
          bytes += JSON.stringify(row).length
          if (bytes > answerBytesMax) {
            truncated = true
            break
          }
        }
      }
    } catch (error) {
      // What the engine says of the statement is what its author needs to know.
      if (error instanceof PicketError && error.code === 'store-refused')
        throw new ApiError(400, 'bad-sql', error.message.replace(/^ClickHouse refused searching: /, ''))
      throw error
    }
    const columns = names.map((name, index) => ({ name: String(name), type: typeOf(String(types[index])) }))
    // 64-bit numbers come as texts; those that JSON can hold become numbers.
    for (const row of rows)
      for (const [index, { type }] of columns.entries()) {
        const cell = row[index]
        if (type === 'number' && typeof cell === 'string' && Number.isSafeInteger(Number(cell)))
          row[index] = Number(cell)
      }
    await lines.write({ table: { columns, rows, truncated } })
    await lines.write({ done: { rowsRead, elapsedMs: Math.round(performance.now() - startedMs), warnings: [] } })
  }
}

function typeOf(type: string): 'time' | 'number' | 'text' | 'ip' | 'list' {
  const inner = type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1')
  if (/^(U?Int|Float|Decimal|BFloat)/.test(inner)) return 'number'
  if (/^Date/.test(inner)) return 'time'
  if (/^IPv[46]/.test(inner)) return 'ip'
  return /^(Array|Tuple)/.test(inner) ? 'list' : 'text'
}
