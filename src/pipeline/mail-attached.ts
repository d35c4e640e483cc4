/** Logs and DMARC reports that are attached to mails, as chunks of their own. The same mail gives the same chunks. */

import { createHash } from 'node:crypto'
import type { Chunk } from '../core/chunk.ts'
import { attachedRecords } from '../parsers/mail/decoder.ts'
import { ChunkMaker, SizedBody } from '../sources/files/chunk-maker.ts'

const chunkBytes = 1 << 20

/** Of all mails in a chunk of format `email`; none of others. */
export async function* attachedChunks({ headers, body }: Chunk): AsyncGenerator<Chunk> {
  if (headers.format !== 'email' || headers.dead !== undefined || headers.framing !== 'sized') return
  for (let at = 0; at + 4 <= body.length; ) {
    const end = Math.min(body.length, at + 4 + body.readUInt32LE(at))
    yield* attachedOf({ headers, body }, body.subarray(at + 4, end))
    at = end
  }
}

export async function* attachedOf({ headers }: Chunk, mail: Buffer): AsyncGenerator<Chunk> {
  let records: string[]
  try {
    records = await attachedRecords(mail.toString('latin1'))
  } catch {
    // What is damaged is an attachment like any other.
    return
  }
  if (records.length === 0) return
  const { source, receivedMs, referenceMs, run, fileName, sender, timezoneMinutes } = headers
  const base = { source, receivedMs, referenceMs, run, fileName, sender, timezoneMinutes, format: 'mail' }
  const maker = new ChunkMaker(base, createHash('sha256').update(mail).digest('hex'))
  const collected = new SizedBody()
  for (const record of records) {
    const bytes = Buffer.from(record)
    collected.add(bytes, 0, bytes.length)
    if (collected.bytes < chunkBytes) continue
    const { records: count } = collected
    yield maker.sized(collected.take(), count)!
  }
  const { records: count } = collected
  if (count > 0) yield maker.sized(collected.take(), count)!
}
