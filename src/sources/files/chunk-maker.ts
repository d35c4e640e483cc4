/**
 * Makes the chunks of one stream: counts them along the chain of hashes that gives each its position (`prefix`), and bounds their headers.
 *
 * The chain: state 0 is the SHA-256 of nothing; after a chunk the state is the SHA-256 of the state before and the chunk's bytes.
 * A prefix is the first 8 hex digits of the state before its chunk. So it depends on the content before it, and on nothing else.
 */
import { createHash } from 'node:crypto'
import type { Chunk, ChunkHeaders } from '../../core/chunk.ts'

export type ChunkBase = Pick<
  ChunkHeaders,
  'source' | 'format' | 'receivedMs' | 'referenceMs' | 'run' | 'fileName' | 'timezoneMinutes'
>

/** What a dead record keeps of a longer one, bytes. */
export const deadBytesMax = 64 * 1024
/** A chunk's header lines, as JSON in JSON: the bus takes 64 KiB of headers. */
const headerJsonBytesMax = 48 * 1024
const headerTooLong = `the header lines are longer than ${headerJsonBytesMax} bytes`

export class ChunkMaker {
  readonly #base: ChunkBase
  #state: Buffer

  /** `origin` sets streams of equal content apart, where that does not mean the same records (two requests to an HTTP source). */
  constructor(base: ChunkBase, origin = '') {
    this.#base = base
    this.#state = createHash('sha256').update(origin).digest()
  }

  /** Undefined where there is no record in it: the chain goes on all the same. */
  lines(body: Buffer, records: number, header: readonly string[] | undefined): Chunk | undefined {
    return this.#made('lines', body, records, header)
  }

  sized(body: Buffer, records: number, header?: readonly string[]): Chunk | undefined {
    return this.#made('sized', body, records, header)
  }

  /** Content that is in no chunk but is part of what comes before the next: a table's header. */
  pass(bytes: Uint8Array): void {
    this.#state = createHash('sha256').update(this.#state).update(bytes).digest()
  }

  /** Begins a record that is dead on arrival; its bytes may be many more than are kept. */
  beginDead(): DeadRecord {
    return new DeadRecord(this.#state)
  }

  dead(record: DeadRecord, reason: string): Chunk {
    const { head } = record
    const body = Buffer.allocUnsafe(4 + head.length)
    body.writeUInt32LE(head.length, 0)
    head.copy(body, 4)
    const prefix = this.#prefix()
    this.#state = record.digest()
    return { headers: { ...this.#base, framing: 'sized', records: 1, prefix, dead: reason }, body }
  }

  #made(
    framing: 'lines' | 'sized',
    body: Buffer,
    records: number,
    header: readonly string[] | undefined
  ): Chunk | undefined {
    if (body.length === 0) return undefined
    const prefix = this.#prefix()
    this.#state = createHash('sha256').update(this.#state).update(body).digest()
    if (records === 0) return undefined
    if (header === undefined || header.length === 0) {
      return { headers: { ...this.#base, framing, records, prefix }, body }
    }
    if (isTooLong(header)) return { headers: { ...this.#base, framing, records, prefix, dead: headerTooLong }, body }
    return { headers: { ...this.#base, framing, records, prefix, header }, body }
  }

  #prefix(): string {
    return this.#state.toString('hex', 0, 4)
  }
}

/** Collects a record that cannot be kept whole: its head, its size, and its place in the chain. Memory stays bounded. */
export class DeadRecord {
  readonly #hash
  #head: Buffer[] = []
  #headBytes = 0
  bytes = 0

  constructor(state: Buffer) {
    this.#hash = createHash('sha256').update(state)
  }

  add(bytes: Buffer): void {
    this.#hash.update(bytes)
    this.bytes += bytes.length
    const room = deadBytesMax - this.#headBytes
    if (room <= 0 || bytes.length === 0) return
    // A copy: the piece behind it must not be kept alive.
    const kept = Buffer.from(bytes.subarray(0, room))
    this.#head.push(kept)
    this.#headBytes += kept.length
  }

  get head(): Buffer {
    return Buffer.concat(this.#head, this.#headBytes)
  }

  digest(): Buffer {
    return this.#hash.digest()
  }
}

/** A body of framing `sized` as it grows. */
export class SizedBody {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024)
  #used = 0
  records = 0

  get bytes(): number {
    return this.#used
  }

  add(from: Buffer, start: number, end: number): void {
    const size = end - start
    const needed = this.#used + 4 + size
    if (needed > this.#buffer.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(bigger, 0, 0, this.#used)
      this.#buffer = bigger
    }
    this.#buffer.writeUInt32LE(size, this.#used)
    from.copy(this.#buffer, this.#used + 4, start, end)
    this.#used = needed
    this.records++
  }

  /** The body so far; the next begins empty, with as much room. */
  take(): Buffer {
    const body = this.#buffer.subarray(0, this.#used)
    this.#buffer = Buffer.allocUnsafeSlow(this.#used > this.#buffer.length / 2 ? this.#buffer.length : 64 * 1024)
    this.#used = 0
    this.records = 0
    return body
  }
}

function isTooLong(header: readonly string[]): boolean {
  let chars = 0
  for (const line of header) chars += line.length
  if (chars * 12 < headerJsonBytesMax) return false
  return Buffer.byteLength(JSON.stringify(JSON.stringify(header))) > headerJsonBytesMax
}
