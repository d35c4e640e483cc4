/**
 * Bounds what the Kafka client makes of compressed batches: a producer decides what one becomes, and the client inflates it whole. A batch
 * beyond the bounds is read as a hollow one: as many records as it says it has, without values, and recognisable. So its offsets are known,
 * and it can be passed.
 *
 * Records (https://kafka.apache.org/documentation/#record): each a length, an attribute byte, time delta, offset delta, key, value, headers;
 * numbers are zigzag varints, and so are the lengths before keys and values; -1 is null.
 * LZ4 frames: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. Snappy begins with its size, a varint; Xerial's form of it is blocks.
 */

import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { compressionsAlgorithms } from '@platformatic/kafka'
import { PicketError } from '../../core/errors.ts'

/** What one batch may become. */
export const inflatedBytesMax = 64 << 20
/** Records and headers of one batch: each takes some hundred bytes of memory, however small it is. */
const partsMax = 1_000_000
/** What one fetch may become: all of its batches are read at once. */
const fetchedBytesMax = 256 << 20
export const tooMuchAtOnce = 'kafka-fetch-too-large'

/** length 7, attributes, time and offset delta 0, a key of one byte, no value, no headers. */
const hollowRecord = [14, 0, 0, 0, 2, 0, 1, 0]
let hollow: Buffer | undefined

type HasKey = { readonly key: Buffer | null }

export function isHollow(records: readonly HasKey[]): boolean {
  return hollow !== undefined && records[0]?.key?.buffer === hollow.buffer
}

let fetchedBytes = 0
let willForget = false

/** Throws `kafka-fetch-too-large` where the batches that are read in one go become too much. */
function bounded(inflate: (data: Buffer) => Buffer): (data: Buffer | { readonly buffer: Buffer }) => Buffer {
  return given => {
    let inflated: Buffer | undefined
    try {
      inflated = inflate(Buffer.isBuffer(given) ? given : given.buffer)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ERR_BUFFER_TOO_LARGE' && code !== tooLarge) throw error
    }
    fetchedBytes += inflated?.length ?? inflatedBytesMax
    if (!willForget)
      setImmediate(() => {
        fetchedBytes = 0
        willForget = false
      })
    willForget = true
    if (fetchedBytes > fetchedBytesMax) {
      const error = new PicketError(tooMuchAtOnce, `the batches of one fetch become more than ${fetchedBytesMax} bytes`)
      // To the client: asking for the same again is of no use.
      throw Object.assign(error, { canRetry: false })
    }
    if (inflated !== undefined && !hasTooManyParts(inflated)) return inflated
    hollow ??= Buffer.alloc(hollowRecord.length * partsMax, Buffer.from(hollowRecord))
    return hollow
  }
}

const tooLarge = 'too-large'

function orTooLarge(bytes: number): void {
  if (bytes > inflatedBytesMax) throw new PicketError(tooLarge, `it becomes ${bytes} bytes`)
}

/** From now on, the client inflates within bounds. All clients of the process do. */
export function boundBatches(): void {
  const options = { maxOutputLength: inflatedBytesMax }
  const { gzip, zstd, snappy, lz4 } = compressionsAlgorithms
  if (isBounded) return
  isBounded = true
  const inflateSnappy = snappy.decompressSync
  const inflateLz4 = lz4.decompressSync
  Object.assign(gzip, { decompressSync: bounded(data => gunzipSync(data, options)) })
  Object.assign(zstd, { decompressSync: bounded(data => zstdDecompressSync(data, options)) })
  Object.assign(snappy, {
    decompressSync: bounded(data => {
      orTooLarge(snappySize(data))
      return inflateSnappy(data)
    })
  })
  Object.assign(lz4, {
    decompressSync: bounded(data => {
      orTooLarge(lz4SizeMax(data))
      return inflateLz4(data)
    })
  })
}
let isBounded = false

const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])

function snappySize(data: Buffer): number {
  if (!data.subarray(0, xerial.length).equals(xerial)) return new Varints(data, 0).unsigned()
  let size = 0
  for (let at = 16; at + 4 <= data.length; ) {
    const length = data.readUInt32BE(at)
    size += new Varints(data, at + 4).unsigned()
    at += 4 + length
  }
  return size
}

/** Of a frame: its blocks, as if each were as large as blocks may be. */
function lz4SizeMax(data: Buffer): number {
  if (data.length < 7 || data.readUInt32LE(0) !== 0x184d2204) return 0
  const flags = data[4]!
  const blockMax = 1 << (8 + 2 * ((data[5]! >> 4) & 7))
  const checksum = (flags & 0x10) === 0 ? 0 : 4
  let size = 0
  for (let at = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4); at + 4 <= data.length; ) {
    const word = data.readUInt32LE(at)
    const length = word & 0x7fffffff
    if (word === 0) break
    size += word >>> 31 === 1 ? length : blockMax
    at += 4 + length + checksum
  }
  return size
}

/** The smallest header takes two bytes. */
const fewBytes = partsMax * 2

function hasTooManyParts(records: Buffer): boolean {
  if (records.length < fewBytes) return false
  let parts = 0
  for (let at = 0; at < records.length && parts <= partsMax; ) {
    const read = new Varints(records, at)
    const length = read.signed()
    const next = read.at + length
    if (length <= 0) break
    read.at++
    read.signed()
    read.signed()
    for (let i = 0; i < 2; i++) {
      const size = read.signed()
      read.at += Math.max(0, size)
    }
    parts += 1 + Math.max(0, read.signed())
    at = next
  }
  return parts > partsMax
}

/** Reads varints one after the other; 0 behind the end. */
class Varints {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  unsigned(): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = this.#bytes[this.at++] ?? 0
      value += (byte & 127) * factor
      if (byte < 128) break
    }
    return value
  }

  /** Zigzag. */
  signed(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
