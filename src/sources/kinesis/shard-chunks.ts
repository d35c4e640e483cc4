/**
 * From the records of a shard to chunks. A record that is one line is a record; one that holds several (compressed, a document of CloudWatch,
 * lines) is read as a file would be, as a stream of its own.
 *
 * The identity of the first kind: they are counted, and from every so many on the count begins anew under that record's sequence number.
 * So it depends on where the reading began and on the records, and not on how Kinesis cuts its answers.
 */

import { createHash } from 'node:crypto'
import type { Chunk } from '../../core/chunk.ts'
import { DeadRecord, SizedBody } from '../files/chunk-maker.ts'
import { importFile } from '../files/import-files.ts'
import { wrapperAt } from '../files/json-wrapper.ts'
import { kindOf } from '../files/open-streams.ts'
import { disaggregated } from './aggregated.ts'
import type { StreamRecord } from './api.ts'

/** Where a shard was left: after a sequence number, so many records after the one that names them. */
export type Place = { readonly after: string; readonly origin: string; readonly index: number }

export type ShardChunksOptions = {
  /** The stream and the shard, as they stand in identities. */
  readonly name: string
  readonly source: string
  readonly format: string | undefined
  readonly timezoneMinutes: number | undefined
  readonly recordBytesMax: number
  readonly nowMs: () => number
  /** Resolves when they are durable. */
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
}

const chunkBytes = 1 << 20
const appendBytes = 8 << 20
const countMax = 4_096
/** The format that looks at each line by itself. */
const anyFormat = 'mixed'

/** Resolves with the place behind the records, when they are durable. */
export async function takeRecords(
  records: readonly StreamRecord[],
  from: Place | undefined,
  options: ShardChunksOptions
): Promise<{ readonly place: Place | undefined; readonly records: number }> {
  const { source, format, timezoneMinutes, recordBytesMax, nowMs, append } = options
  const body = new SizedBody()
  let origin = from?.origin ?? ''
  let index = from?.index ?? countMax
  let first = index
  let ready: Chunk[] = []
  let readyBytes = 0
  let count = 0

  const give = async (chunk: Chunk): Promise<void> => {
    ready.push(chunk)
    count += chunk.headers.records
    readyBytes += chunk.body.length
    if (readyBytes >= appendBytes) await flush()
  }
  const flush = async (): Promise<void> => {
    const own = ready
    ready = []
    readyBytes = 0
    if (own.length > 0) await append(own)
  }
  const headers = (recordsIn: number, dead?: string) => ({
    source,
    format: format ?? anyFormat,
    framing: 'sized' as const,
    records: recordsIn,
    receivedMs: nowMs(),
    prefix: createHash('sha256').update(`kinesis ${options.name} ${origin}`).digest('hex').slice(0, 8),
    ...(first === 0 ? {} : { firstIndex: first }),
    run: '',
    ...(timezoneMinutes === undefined ? {} : { timezoneMinutes }),
    ...(dead === undefined ? {} : { dead })
  })
  const close = async (): Promise<void> => {
    const { records: held } = body
    if (held > 0) await give({ headers: headers(held), body: body.take() })
    first = index
  }
  const single = async (sequence: string, data: Buffer, end: number): Promise<void> => {
    if (index >= countMax) {
      await close()
      origin = sequence
      index = 0
      first = 0
    }
    if (end > recordBytesMax) {
      await close()
      const dead = new DeadRecord(Buffer.alloc(0))
      dead.add(data.subarray(0, end))
      const { head } = dead
      const sized = Buffer.allocUnsafe(4 + head.length)
      sized.writeUInt32LE(head.length, 0)
      head.copy(sized, 4)
      await give({
        headers: headers(1, `the record is too large: ${end} bytes (at most ${recordBytesMax})`),
        body: sized
      })
      index++
      first = index
      return
    }
    body.add(data, 0, end)
    index++
    if (body.bytes >= chunkBytes) await close()
  }
  const several = async (sequence: string, data: Buffer): Promise<void> => {
    await close()
    await importFile(
      { path: 'record', raw: Buffer.alloc(0), sizeBytes: data.length, mtimeMs: undefined, bytes: piece(data) },
      {
        append: async chunks => {
          // Its name is nobody's: a file has one.
          for (const { headers: made, body: bytes } of chunks)
            await give({ headers: { ...made, fileName: undefined }, body: bytes })
        },
        run: '',
        nowMs,
        recordBytesMax,
        source,
        ...(format === undefined ? {} : { format }),
        ...(timezoneMinutes === undefined ? {} : { timezoneMinutes }),
        origin: `kinesis ${options.name} ${sequence}`
      }
    )
  }

  for (const { sequence, data } of records) {
    const parts = disaggregated(data) ?? [data]
    for (const [at, part] of parts.entries()) {
      const end = lineEnd(part)
      if (end === 0) continue
      const id = parts.length === 1 ? sequence : `${sequence}.${at}`
      if (holdsSeveral(part, end)) await several(id, part)
      else await single(id, part, end)
    }
  }
  await close()
  await flush()
  const last = records.at(-1)
  return { place: last === undefined ? from : { after: last.sequence, origin, index }, records: count }
}

function lineEnd(data: Buffer): number {
  let end = data.length
  while (end > 0 && (data[end - 1] === 10 || data[end - 1] === 13)) end--
  return end
}

const sampleBytes = 8_192

function holdsSeveral(data: Buffer, end: number): boolean {
  if (kindOf(data.subarray(0, 512)) !== 'plain') return true
  const newline = data.indexOf(10)
  if (newline >= 0 && newline < end) return true
  const first = data[0]
  if (first === 91) return true
  return first === 123 && (wrapperAt(data.subarray(0, Math.min(end, sampleBytes)), 0) ?? 0) > 0
}

async function* piece(data: Buffer): AsyncGenerator<Buffer, void> {
  yield data
}
