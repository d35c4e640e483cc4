/** Searches with commands, whose answer flows: progress while the engine reads, then a table or events. NDJSON, a value a line. */

import { ApiError, errorOf, type QueryNote, type StoredEvent, secretHeaders } from './api.ts'

export type ColumnType = 'time' | 'number' | 'text' | 'ip' | 'list'
export type TableColumn = { readonly name: string; readonly type: ColumnType }
export type Chart = { readonly x: string; readonly series?: string; readonly values: readonly string[] }
export type Table = {
  readonly columns: readonly TableColumn[]
  readonly rows: readonly (readonly unknown[])[]
  readonly truncated: boolean
  readonly chart?: Chart
}
export type Progress = {
  readonly rowsRead: number
  readonly rowsTotal?: number
  readonly elapsedMs: number
  /** How many go before this one. */
  readonly waiting?: number
}
export type Answer = {
  readonly table?: Table
  readonly events?: readonly StoredEvent[]
  readonly rowsRead: number
  readonly elapsedMs: number
  readonly warnings: readonly QueryNote[]
}

type Line = {
  waiting?: number
  progress?: Progress
  table?: Table
  events?: StoredEvent[]
  done?: { rowsRead: number; elapsedMs: number; warnings?: QueryNote[] }
  error?: { code: string; message: string; details?: QueryNote[] }
}

export type Asked = { q: string; from?: string | undefined; to?: string | undefined; limit?: number | undefined }

/** Throws `ApiError`. Aborting the signal ends the query in the engine. */
export async function runQuery(
  asked: Asked,
  signal: AbortSignal,
  onProgress: (now: Progress) => void
): Promise<Answer> {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone
  let reply: Response
  try {
    reply = await fetch('/api/query', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { ...secretHeaders(), 'content-type': 'application/json' },
      body: JSON.stringify({ ...asked, timezone }),
      signal
    })
  } catch (error) {
    if (signal.aborted) throw error
    throw new ApiError(0, 'unreachable', 'Picket does not answer. Is it running?')
  }
  if (!reply.ok || reply.body === null) throw errorOf(reply.status, await reply.json().catch(() => undefined))
  const answer: { table?: Table; events?: StoredEvent[] } = {}
  for await (const line of linesOf(reply.body)) {
    if (line.error !== undefined) throw new ApiError(200, line.error.code, line.error.message, line.error.details ?? [])
    if (line.waiting !== undefined) onProgress({ rowsRead: 0, elapsedMs: 0, waiting: line.waiting })
    if (line.progress !== undefined) onProgress(line.progress)
    if (line.table !== undefined) answer.table = line.table
    if (line.events !== undefined) answer.events = line.events
    if (line.done !== undefined) return { ...answer, ...line.done, warnings: line.done.warnings ?? [] }
  }
  throw new ApiError(0, 'unreachable', 'The answer ended before it was complete.')
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    const lines = (rest + value).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Line
  }
  if (rest !== '') yield JSON.parse(rest) as Line
}
