/**
 * The batch: the unit on disk that is there whole or not at all. An append becomes one batch, or, when it is large, a chain of
 * batches of about 256 KiB whose last one ends the append; a reader then never has to check more than it wants to read.
 *
 * ```text
 * segment  = *batch                              ; file <20-digit offset of its first message>.log
 * batch    = header payload
 * header   = magic version flags reserved mark payload-bytes count base-offset timestamp payload-crc header-crc   ; 48 bytes
 * magic         = "PKTB"
 * version       = u8                             ; 1
 * flags         = u8                             ; bit 0: the append goes on in the next batch
 * reserved      = u16                            ; 0
 * mark          = 8 bytes                        ; random, one a partition: see below
 * payload-bytes = u32
 * count         = u32                            ; messages, at least 1
 * base-offset   = u64                            ; of the first message; the others follow it
 * timestamp     = u64                            ; when the bus took it, milliseconds since 1970
 * payload-crc   = u32                            ; CRC-32 of the payload (docs/adr/0002)
 * header-crc    = u32                            ; CRC-32 of the 44 bytes before it
 * payload  = *message
 * message  = u32 headers-json u32 value          ; each preceded by its bytes
 * ```
 * All numbers are little-endian.
 *
 * Why the mark: after damage, reading resumes at the next thing that looks like a batch, and a value may contain such a thing,
 * by chance (a copy of a segment) or by design (a forged record). Whoever writes values does not know the mark.
 */
import { crc32 } from 'node:zlib'
import type { BusMessage, StoredMessage } from '../../core/bus.ts'

export const headerBytes = 48
export const magic = Buffer.from('PKTB', 'latin1')
const version = 1
const continues = 1
/** The smallest message: two lengths. Bounds how many offsets a damaged stretch can have held. */
export const messageBytesMin = 8
/** A batch is closed once it has this many bytes. */
const batchBytesTarget = 256 * 1024
/** Smaller values are copied next to their headers; larger ones are written from where they are. */
const copyBelowBytes = 16 * 1024

export type BatchHeader = {
  /** Header and payload. */
  readonly bytes: number
  readonly count: number
  readonly baseOffset: number
  readonly timestampMs: number
  readonly payloadCrc: number
  /** The append goes on in the next batch. */
  readonly continues: boolean
}

/** A batch that lacks its offset, time and header checksum: `stamp` adds them when the group is written. */
export type UnstampedBatch = {
  readonly header: Buffer
  readonly buffers: readonly Buffer[]
  readonly bytes: number
  readonly count: number
}
export type UnstampedAppend = {
  readonly batches: readonly UnstampedBatch[]
  readonly bytes: number
  readonly count: number
}

/** Large values are referenced, not copied: they must not change until the append has settled. */
export function encodeAppend(messages: readonly BusMessage[], jsons: readonly string[], mark: Buffer): UnstampedAppend {
  const batches: UnstampedBatch[] = []
  let bytes = 0
  let from = 0
  while (from < messages.length) {
    let to = from
    let payloadBytes = 0
    while (to < messages.length) {
      const next = messageBytesMin + Buffer.byteLength(jsons[to]!) + messages[to]!.value.length
      if (to > from && payloadBytes + next > batchBytesTarget) break
      payloadBytes += next
      to += 1
    }
    const batch = encodeBatch(messages, jsons, from, to, payloadBytes, mark)
    batches.push(batch)
    bytes += batch.bytes
    from = to
  }
  return { batches, bytes, count: messages.length }
}

function encodeBatch(
  messages: readonly BusMessage[],
  jsons: readonly string[],
  from: number,
  to: number,
  payloadBytes: number,
  mark: Buffer
): UnstampedBatch {
  let stagingBytes = headerBytes + payloadBytes
  for (let i = from; i < to; i += 1) {
    const length = messages[i]!.value.length
    if (length >= copyBelowBytes) stagingBytes -= length
  }
  const staging = Buffer.allocUnsafe(stagingBytes)
  const buffers: Buffer[] = []
  let crc = 0
  let at = headerBytes
  let written = 0
  for (let i = from; i < to; i += 1) {
    const value = messages[i]!.value
    const jsonBytes = staging.write(jsons[i]!, at + 4)
    staging.writeUInt32LE(jsonBytes, at)
    at += 4 + jsonBytes
    staging.writeUInt32LE(value.length, at)
    at += 4
    if (value.length < copyBelowBytes) {
      at += value.copy(staging, at)
    } else {
      crc = crc32(value, crc32(staging.subarray(Math.max(written, headerBytes), at), crc))
      buffers.push(staging.subarray(written, at), value)
      written = at
    }
  }
  if (written < at) {
    crc = crc32(staging.subarray(Math.max(written, headerBytes), at), crc)
    buffers.push(staging.subarray(written, at))
  }
  const header = staging.subarray(0, headerBytes)
  magic.copy(header, 0)
  header[4] = version
  header[5] = to < messages.length ? continues : 0
  header.writeUInt16LE(0, 6)
  mark.copy(header, 8)
  header.writeUInt32LE(payloadBytes, 16)
  header.writeUInt32LE(to - from, 20)
  header.writeUInt32LE(crc, 40)
  return { header, buffers, bytes: headerBytes + payloadBytes, count: to - from }
}

/** Gives the batch its place and time, just before it is written. */
export function stamp(batch: UnstampedBatch, baseOffset: number, timestampMs: number): void {
  writeUInt64(batch.header, 24, baseOffset)
  writeUInt64(batch.header, 32, timestampMs)
  batch.header.writeUInt32LE(crc32(batch.header.subarray(0, 44)), 44)
}

/** Undefined where no sound header of this partition (or, without a mark, of any) starts. */
export function decodeHeader(bytes: Buffer, at: number, mark: Buffer | undefined): BatchHeader | undefined {
  if (at + headerBytes > bytes.length) return undefined
  if (bytes.readUInt32BE(at) !== magicNumber || bytes[at + 4] !== version) return undefined
  if (mark !== undefined && bytes.compare(mark, 0, 8, at + 8, at + 16) !== 0) return undefined
  if (bytes.readUInt32LE(at + 44) !== crc32(bytes.subarray(at, at + 44))) return undefined
  const count = bytes.readUInt32LE(at + 20)
  const baseOffset = readUInt64(bytes, at + 24)
  if (count === 0 || !Number.isSafeInteger(baseOffset + count)) return undefined
  return {
    bytes: headerBytes + bytes.readUInt32LE(at + 16),
    count,
    baseOffset,
    timestampMs: readUInt64(bytes, at + 32),
    payloadCrc: bytes.readUInt32LE(at + 40),
    continues: (bytes[at + 5]! & continues) !== 0
  }
}
const magicNumber = magic.readUInt32BE(0)

export function markOf(header: Buffer): Buffer {
  return Buffer.from(header.subarray(8, 16))
}

/** A sound header that a later version of Picket wrote: nothing to be repaired, and nothing to be cut. */
export function isNewerVersion(bytes: Buffer, at: number): boolean {
  return (
    at + headerBytes <= bytes.length &&
    bytes.readUInt32BE(at) === magicNumber &&
    bytes[at + 4]! > version &&
    bytes.readUInt32LE(at + 44) === crc32(bytes.subarray(at, at + 44))
  )
}

/** Is the payload, from `at` on, what the header says? */
export function isSound(header: BatchHeader, bytes: Buffer, at: number): boolean {
  return crc32(bytes.subarray(at, at + header.bytes - headerBytes)) === header.payloadCrc
}

/**
 * Adds the messages at or after `fromOffset` of the batch at `at` until `budgetBytes` is used up (the first one always).
 * The payload must have been checked. Values are subarrays. Returns the bytes added, or undefined if the frames make no sense.
 */
export function decodeMessages(
  bytes: Buffer,
  at: number,
  header: BatchHeader,
  fromOffset: number,
  budgetBytes: number,
  into: StoredMessage[]
): number | undefined {
  const end = at + header.bytes
  let added = 0
  let p = at + headerBytes
  for (let i = 0; i < header.count; i += 1) {
    if (p + 4 > end) return undefined
    const json = p + 4
    const jsonEnd = json + bytes.readUInt32LE(p)
    if (jsonEnd + 4 > end) return undefined
    const value = jsonEnd + 4
    const valueEnd = value + bytes.readUInt32LE(jsonEnd)
    if (valueEnd > end) return undefined
    const offset = header.baseOffset + i
    if (offset >= fromOffset) {
      if (into.length > 0 && added + valueEnd - p > budgetBytes) break
      const headers = parseHeaders(bytes.toString('utf8', json, jsonEnd))
      if (headers === undefined) return undefined
      into.push({ offset, timestampMs: header.timestampMs, headers, value: bytes.subarray(value, valueEnd) })
      added += valueEnd - p
    }
    p = valueEnd
  }
  return added
}

function parseHeaders(json: string): Record<string, string> | undefined {
  try {
    return JSON.parse(json) as Record<string, string>
  } catch {
    return undefined
  }
}

function writeUInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 0x1_0000_0000, at)
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4)
}

function readUInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
}
