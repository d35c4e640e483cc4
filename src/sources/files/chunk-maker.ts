/**
 * Makes the chunks of one stream: counts them along the chain of hashes that gives each its position (`prefix`), and bounds their headers.
 *
 * The chain: state 0 is the SHA-256 of nothing; after a chunk the state is the SHA-256 of the state before and the chunk's bytes.
 * A prefix is the first 8 hex digits of the state before its chunk. So it depends on the content before it, and on nothing else.
 *
 * A chunk may be given out in parts, as its file grows: they bear its prefix and the place of their first record, so that their records
 * are those of the whole chunk.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Chunk, ChunkHeaders } from '../../core/chunk.ts'

export type ChunkBase = Pick<
  ChunkHeaders,
  'source' | 'format' | 'receivedMs' | 'referenceMs' | 'run' | 'fileName' | 'object' | 'sender' | 'timezoneMinutes'
>

/** What a dead record keeps of a longer one, bytes. */
export const deadBytesMax = 64 * 1024
/** A chunk's header lines, as JSON in JSON: the bus takes 64 KiB of headers. */
const headerJsonBytesMax = 48 * 1024
const headerTooLong = `the header lines are longer than ${headerJsonBytesMax} bytes`

export class ChunkMaker {
  #base: ChunkBase
  #state: Buffer
  /** The chunk that is given out in parts: its bytes so far, how many, and how many records. */
  #open: { readonly hash: Hash; bytes: number; records: number } | undefined

  /**
   * `origin` sets streams of equal content apart, where that does not mean the same records (two requests to an HTTP source).
   * `chain` is a state to go on from (see `chain`).
   */
  constructor(base: ChunkBase, origin = '', chain?: string) {
    this.#base = base
    this.#state = chain === undefined ? createHash('sha256').update(origin).digest() : Buffer.from(chain, 'hex')
  }

  /** The state before the chunk that is being made, hex: a maker that starts from it and its content makes the same chunks. */
  get chain(): string {
    return this.#state.toString('hex')
  }

  /** For the chunks to come. */
  set base(base: ChunkBase) {
    this.#base = base
  }

  /** How many bytes of the present chunk were given out in parts. */
  get partBytes(): number {
    return this.#open?.bytes ?? 0
  }

  /** Undefined where there is no record in it: the chain goes on all the same. */
  lines(body: Buffer, records: number, header: readonly string[] | undefined): Chunk | undefined {
    return this.#made('lines', body, records, header)
  }

  sized(body: Buffer, records: number, header?: readonly string[]): Chunk | undefined {
    return this.#made('sized', body, records, header)
  }

  keyed(body: Buffer, records: number): Chunk | undefined {
    return this.#made('keyed', body, records, undefined)
  }

  /** The next part of the present chunk, which goes on. Undefined where there is no record in it. */
  part(
    framing: 'lines' | 'sized',
    body: Buffer,
    records: number,
    header: readonly string[] | undefined
  ): Chunk | undefined {
    if (body.length === 0) return undefined
    const chunk = this.preview(framing, body, records, header)
    this.#open ??= { hash: createHash('sha256').update(this.#state), bytes: 0, records: 0 }
    this.#open.hash.update(body)
    this.#open.bytes += body.length
    this.#open.records += records
    return chunk
  }

  /** What `part` would give, but nothing is taken. */
  preview(
    framing: ChunkHeaders['framing'],
    body: Buffer,
    records: number,
    header: readonly string[] | undefined
  ): Chunk | undefined {
    return records === 0 ? undefined : this.#chunk(framing, body, records, header, this.#open?.records ?? 0)
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
    framing: ChunkHeaders['framing'],
    body: Buffer,
    records: number,
    header: readonly string[] | undefined
  ): Chunk | undefined {
    const open = this.#open
    if (body.length === 0 && open === undefined) return undefined
    const chunk = this.preview(framing, body, records, header)
    this.#state = (open?.hash ?? createHash('sha256').update(this.#state)).update(body).digest()
    this.#open = undefined
    return chunk
  }

  #chunk(
    framing: ChunkHeaders['framing'],
    body: Buffer,
    records: number,
    header: readonly string[] | undefined,
    firstIndex: number
  ): Chunk {
    const headers: ChunkHeaders = { ...this.#base, framing, records, prefix: this.#prefix() }
    const placed = firstIndex === 0 ? headers : { ...headers, firstIndex }
    if (header === undefined || header.length === 0) return { headers: placed, body }
    return { headers: isTooLong(header) ? { ...placed, dead: headerTooLong } : { ...placed, header }, body }
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

const none = Buffer.alloc(0)

/** A record's id as its sender gave it. */
export type RecordKey = { readonly high: number; readonly low: number }

/** A body of framing `sized`, or `keyed`, as it grows. */
export class SizedBody {
  #buffer = none
  #next = 64 * 1024
  #used = 0
  records = 0

  get bytes(): number {
    return this.#used
  }

  /** With a key for all records, or for none. */
  add(from: Buffer, start: number, end: number, key?: RecordKey): void {
    const size = end - start
    const head = key === undefined ? 4 : 12
    const needed = this.#used + head + size
    if (needed > this.#buffer.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.#next, this.#buffer.length * 2))
      this.#buffer.copy(bigger, 0, 0, this.#used)
      this.#buffer = bigger
    }
    this.#buffer.writeUInt32LE(size, this.#used)
    if (key !== undefined) {
      this.#buffer.writeUInt32LE(key.high, this.#used + 4)
      this.#buffer.writeUInt32LE(key.low, this.#used + 8)
    }
    from.copy(this.#buffer, this.#used + head, start, end)
    this.#used = needed
    this.records++
  }

  /** The body so far; the next begins empty, and takes as much room when it needs any. */
  take(): Buffer {
    const body = this.#buffer.subarray(0, this.#used)
    this.#next = this.#used > this.#buffer.length / 2 ? this.#buffer.length : 64 * 1024
    this.#buffer = none
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
