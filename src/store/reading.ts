/**
 * Reading from ClickHouse: one query, with bounds on its time, memory and answer, its progress told while it runs, and an end that is
 * one: hanging up does not stop the engine, so a query that is given up is killed.
 *
 * Progress is asked of `system.processes` by another connection: the protocol's own progress stands in headers that arrive with the
 * first row, which is when nobody needs it any more.
 */

import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client'
import { PicketError } from '../core/errors.ts'

export type Progress = {
  readonly rowsRead: number
  /** What the engine expects to read; 0 while it does not know. */
  readonly rowsTotal: number
  readonly bytesRead: number
  readonly elapsedMs: number
}

export type ReadOptions = {
  readonly signal?: AbortSignal | undefined
  /** Told every 200 ms, from 150 ms on: most queries are over by then. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly timeMaxMs?: number | undefined
  readonly memoryBytesMax?: number | undefined
  /** Nobody waits for it: searches of people go first, and it takes one processor. */
  readonly background?: boolean | undefined
  /** At most so many bytes of answer are kept. Default 256 MiB. */
  readonly answerBytesMax?: number | undefined
}

export type Reading = {
  /** The answer in the format `JSONCompact`, as a whole. */
  whole<Result>(sql: string, params: Readonly<Record<string, unknown>>, options?: ReadOptions): Promise<Result>
  /** The answer row by row (`JSONCompactEachRow…`): read as fast as they are taken, killed when they are taken no more. */
  rows(
    sql: string,
    params: Readonly<Record<string, unknown>>,
    options?: ReadOptions & { readonly format?: 'JSONCompactEachRow' | 'JSONCompactEachRowWithNamesAndTypes' }
  ): AsyncGenerator<unknown[]>
}

const firstProgressMs = 150
const progressEveryMs = 200
const answerBytesMaxDefault = 256 << 20

export type ReadingParts = {
  readonly reader: ClickHouseClient
  /** Sees and kills the reader's queries. */
  readonly writer: ClickHouseClient
  readonly queryTimeMaxMs: number
  /** Settings that go with each query; undefined where the user's profile has them all and allows no others. */
  readonly settings?: ClickHouseSettings | undefined
  readonly wrapError: (cause: unknown) => PicketError
}

export function createReading({ reader, writer, queryTimeMaxMs, settings, wrapError }: ReadingParts): Reading {
  /** Runs `use` over the answer's stream; whatever way it ends, the query does not go on. */
  async function* run(
    sql: string,
    params: Readonly<Record<string, unknown>>,
    options: ReadOptions
  ): AsyncGenerator<Buffer> {
    const { signal, onProgress } = options
    const timeMaxMs = Math.min(options.timeMaxMs ?? queryTimeMaxMs, queryTimeMaxMs)
    const queryId = crypto.randomUUID()
    const stop = new AbortController()
    let why: 'cancelled' | 'time' | undefined
    const cancel = (): void => {
      why ??= 'cancelled'
      stop.abort()
    }
    if (signal?.aborted === true) throw cancelled()
    signal?.addEventListener('abort', cancel, { once: true })
    // The engine looks at its clock between blocks only: ours stands behind it.
    const late = setTimeout(() => {
      why ??= 'time'
      stop.abort()
    }, timeMaxMs + 1_000)
    const watch = onProgress === undefined ? undefined : watchProgress(writer, queryId, onProgress)
    let over = false
    try {
      const result = await reader.exec({
        query: sql,
        query_params: params,
        query_id: queryId,
        abort_signal: stop.signal,
        ...(settings === undefined
          ? {}
          : {
              clickhouse_settings: {
                ...settings,
                max_execution_time: Math.ceil(timeMaxMs / 1000),
                ...(options.background === true ? { priority: '10', max_threads: 1 } : {}),
                ...(options.memoryBytesMax === undefined ? {} : { max_memory_usage: String(options.memoryBytesMax) })
              }
            })
      })
      for await (const part of result.stream) yield part as Buffer
      over = true
    } catch (cause) {
      over = cause instanceof ClickHouseError
      if (why === 'cancelled') throw cancelled()
      if (why === 'time') throw tooSlow(timeMaxMs, cause)
      if (cause instanceof PicketError) throw cause
      throw wrapError(cause)
    } finally {
      clearTimeout(late)
      watch?.stop()
      signal?.removeEventListener('abort', cancel)
      if (!over) {
        stop.abort()
        await writer
          .command({ query: 'KILL QUERY WHERE query_id = {id:String} ASYNC', query_params: { id: queryId } })
          .catch(() => {})
      }
    }
  }

  return {
    async whole(sql, params, options = {}) {
      const bytesMax = options.answerBytesMax ?? answerBytesMaxDefault
      const parts: Buffer[] = []
      let bytes = 0
      for await (const part of run(`${sql}\nFORMAT JSONCompact`, params, options)) {
        parts.push(part)
        bytes += part.length
        if (bytes > bytesMax) throw tooLarge(bytesMax)
      }
      const text = Buffer.concat(parts).toString()
      try {
        return JSON.parse(text)
      } catch (cause) {
        throw wrapError(exceptionIn(text) ?? cause)
      }
    },

    async *rows(sql, params, { format = 'JSONCompactEachRow', ...options } = {}) {
      let rest: Buffer | undefined
      for await (const part of run(`${sql}\nFORMAT ${format}`, params, options)) {
        let from = 0
        for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, from)) {
          const line = part.subarray(from, end)
          from = end + 1
          const whole = rest === undefined ? line : Buffer.concat([rest, line])
          rest = undefined
          if (whole.length === 0) continue
          yield rowOf(whole, part.subarray(from))
        }
        if (from === part.length) continue
        rest = rest === undefined ? part.subarray(from) : Buffer.concat([rest, part.subarray(from)])
        if (rest.length > answerBytesMaxDefault) throw tooLarge(answerBytesMaxDefault)
      }
      if (rest !== undefined && rest.length > 0) yield rowOf(rest, Buffer.alloc(0))
    }
  }

  function rowOf(line: Buffer, following: Buffer): unknown[] {
    // A query that fails after its first rows says so in their midst.
    if (line[0] === 0x5b) {
      try {
        return JSON.parse(line.toString()) as unknown[]
      } catch {}
    }
    const text = `${line.toString()}\n${following.toString()}`
    throw wrapError(exceptionIn(text) ?? new Error(`an answer that is no row: ${text.slice(0, 200)}`))
  }
}

/** The exception that ClickHouse wrote into an answer that had begun. */
function exceptionIn(text: string): ClickHouseError | undefined {
  const tail = text.slice(-20_000)
  const match = /Code: (\d{1,5})\. DB::Exception: ([^\n]{1,2000})/.exec(tail)
  return match === null ? undefined : new ClickHouseError({ message: match[2]!, code: match[1]!, type: undefined })
}

function watchProgress(
  writer: ClickHouseClient,
  queryId: string,
  onProgress: (progress: Progress) => void
): { stop(): void } {
  let stopped = false
  const look = async (): Promise<void> => {
    try {
      const result = await writer.query({
        query:
          'SELECT toString(read_rows) AS rows, toString(total_rows_approx) AS total, toString(read_bytes) AS bytes, elapsed ' +
          'FROM system.processes WHERE query_id = {id:String}',
        query_params: { id: queryId },
        format: 'JSONEachRow'
      })
      const [row] = await result.json<{ rows: string; total: string; bytes: string; elapsed: number }>()
      if (row !== undefined && !stopped)
        onProgress({
          rowsRead: Number(row.rows),
          rowsTotal: Number(row.total),
          bytesRead: Number(row.bytes),
          elapsedMs: Math.round(row.elapsed * 1000)
        })
    } catch {
      // Progress is a courtesy: the query itself says what is wrong.
    }
    if (!stopped) timer = setTimeout(look, progressEveryMs)
  }
  let timer = setTimeout(look, firstProgressMs)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    }
  }
}

const cancelled = (): PicketError => new PicketError('search-cancelled', 'The search was cancelled.')

export function tooSlow(timeMaxMs: number, cause?: unknown): PicketError {
  return new PicketError(
    'search-too-slow',
    `The search took longer than ${Math.round(timeMaxMs / 1000)} seconds: narrow its time or its filter, or raise limits.queryTimeMax.`,
    { cause }
  )
}

function tooLarge(bytesMax: number): PicketError {
  return new PicketError(
    'search-too-large',
    `The answer is larger than ${bytesMax >> 20} MiB: ask for fewer rows or columns.`
  )
}
