/**
 * Brings files in: every stream of every file becomes chunks and goes to `append`, which resolves when they are durable.
 * What cannot be read becomes a dead letter or, where there is not even a stream, a problem that is told.
 */

import type { Chunk } from '../../core/chunk.ts'
import { openStreams } from './open-streams.ts'
import { readChunks } from './read-chunks.ts'
import type { FoundFile, NamedStream } from './stream.ts'

export type ImportOptions = {
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly run: string
  readonly nowMs: () => number
  readonly recordBytesMax: number
  readonly format?: string
  readonly timezoneMinutes?: number
  /** What the ledger calls a stream. Default: its name (the path, or `path!member`). */
  readonly source?: string
  /** See `ReadOptions`; a function gives each stream its own. */
  readonly origin?: string | ((stream: NamedStream) => string)
  /** Where the file was fetched from, for its events to tell. */
  readonly object?: (stream: NamedStream) => string
  /** What `-` means. Default: standard input. */
  readonly stdin?: AsyncIterable<Buffer>
  readonly onRead?: (bytes: number) => void
  readonly onRecords?: (records: number) => void
  readonly onFormat?: (stream: string, format: string, confidence: number) => void
  readonly signal?: AbortSignal
  /** See `OpenOptions`. */
  readonly sameAs?: { readonly device: string; readonly inode: string }
}

/** Appends under way at once: the next chunks are read while these become durable. */
const underWayMax = 4
const appendBytes = 4 << 20

export async function importFile(
  file: FoundFile,
  options: ImportOptions
): Promise<{ chunks: number; records: number }> {
  let chunks = 0
  let records = 0
  const underWay = new Set<Promise<void>>()
  let failure: unknown
  let gathered: Chunk[] = []
  let gatheredBytes = 0
  const flush = async (): Promise<void> => {
    if (gathered.length === 0) return
    const own = gathered
    gathered = []
    gatheredBytes = 0
    const appended = options
      .append(own)
      .catch(error => {
        failure ??= error
      })
      .finally(() => underWay.delete(appended))
    underWay.add(appended)
    if (underWay.size >= underWayMax) await Promise.race(underWay)
    if (failure !== undefined) throw failure
  }
  try {
    for await (const stream of openStreams(file, {
      onRead: options.onRead,
      signal: options.signal,
      stdin: options.stdin,
      sameAs: options.sameAs
    })) {
      const reading = readChunks(stream, {
        nowMs: options.nowMs(),
        run: options.run,
        recordBytesMax: options.recordBytesMax,
        format: options.format,
        timezoneMinutes: options.timezoneMinutes,
        source: options.source,
        origin: typeof options.origin === 'function' ? options.origin(stream) : options.origin,
        object: options.object?.(stream),
        onFormat: (format, confidence) => options.onFormat?.(stream.name, format, confidence)
      })
      for await (const chunk of reading) {
        options.signal?.throwIfAborted()
        chunks++
        records += chunk.headers.records
        options.onRecords?.(chunk.headers.records)
        gathered.push(chunk)
        gatheredBytes += chunk.body.length
        if (gatheredBytes >= appendBytes) await flush()
      }
    }
    await flush()
  } finally {
    await Promise.all(underWay)
  }
  if (failure !== undefined) throw failure
  return { chunks, records }
}
