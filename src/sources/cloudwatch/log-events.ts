/**
 * From log events to chunks: records as `aws logs filter-log-events` gives them, with what is said of all of them (the log group, the
 * account) as their header. Their identity is the log event's own id (see `parsers/cloudwatch`).
 */

import { createHash } from 'node:crypto'
import type { Chunk } from '../../core/chunk.ts'
import { ChunkMaker } from '../files/chunk-maker.ts'
import { frameLimits } from '../files/framer.ts'
import { SizedChunks } from '../files/sized-chunks.ts'

export type LogEvent = {
  readonly id: string
  readonly stream: string
  readonly timeMs: number
  readonly ingestedMs: number | undefined
  readonly message: string
}

export type LogGroup = { readonly name: string; readonly account: string | undefined }

export type LogChunksOptions = {
  readonly source: string
  readonly timezoneMinutes: number | undefined
  readonly recordBytesMax: number
  readonly nowMs: number
}

export function chunksOf(group: LogGroup, events: readonly LogEvent[], options: LogChunksOptions): Chunk[] {
  const { source, timezoneMinutes, recordBytesMax, nowMs } = options
  const base = {
    source,
    format: 'cloudwatch',
    receivedMs: nowMs,
    run: '',
    ...(timezoneMinutes === undefined ? {} : { timezoneMinutes })
  }
  // A dead letter has no id of its own to be known by: its place must be the same each time.
  const first = events[0]?.id ?? ''
  const maker = new ChunkMaker(base, `cloudwatch ${group.name} ${first}`)
  const sized = new SizedChunks(maker, { ...frameLimits, recordBytesMax })
  sized.header = [JSON.stringify({ owner: group.account, logGroup: group.name })]
  const chunks: Chunk[] = []
  const give = (chunk: Chunk | undefined): void => {
    if (chunk !== undefined) chunks.push(chunk)
  }
  for (const { id, stream, timeMs, ingestedMs, message } of events) {
    const text = JSON.stringify({
      logStreamName: stream,
      timestamp: timeMs,
      message,
      ingestionTime: ingestedMs,
      eventId: id
    })
    const bytes = Buffer.from(text)
    if (bytes.length > recordBytesMax) {
      const dead = new ChunkMaker(base, `cloudwatch ${group.name} ${createHash('sha256').update(id).digest('hex')}`)
      const record = dead.beginDead()
      record.add(bytes)
      give(sized.flush())
      give(dead.dead(record, `the record is too large: ${bytes.length} bytes (at most ${recordBytesMax})`))
    } else give(sized.record(bytes, 0, bytes.length))
  }
  give(sized.flush())
  return chunks
}
