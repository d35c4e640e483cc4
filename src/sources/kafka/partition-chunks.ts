/**
 * From a partition's batches, as a fetch brought them, to chunks. A record's place is its offset, so its id is the same wherever a fetch
 * begins and whatever a compaction removed (docs/adr/0022). Aborted transactions and control batches are no records.
 *
 * Batches: https://kafka.apache.org/documentation/#recordbatch. Attributes: bit 4 transactional, bit 5 control. A control record's key is
 * a version (i16) and a type (i16): 0 abort, 1 commit.
 */

import type { Chunk, ChunkHeaders } from '../../core/chunk.ts'
import { type ChunkBase, ChunkMaker, SizedBody } from '../files/chunk-maker.ts'
import { inflatedBytesMax, isHollow } from './bounded-batches.ts'

/** What is used of a batch of the client's. */
export type Batch = {
  readonly firstOffset: bigint
  readonly lastOffsetDelta: number
  readonly attributes: number
  readonly producerId: bigint
  readonly maxTimestamp: bigint
  readonly records: readonly {
    readonly offsetDelta: number
    readonly key: Buffer | null
    readonly value: Buffer | null
  }[]
}

export type Fetched = {
  readonly batches: readonly Batch[]
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
}

export type CutSettings = {
  /** Sets this partition's records apart from all others: cluster, topic, its id, partition. */
  readonly origin: string
  readonly base: ChunkBase
  readonly records: 'messages' | 'lines'
  readonly recordBytesMax: number
}

export type Cut = {
  readonly chunks: readonly Chunk[]
  readonly bytes: number
  readonly records: number
  /** Messages without a value: what compaction reads as "deleted". */
  readonly tombstones: number
  /** The offset to go on from. */
  readonly next: number
}

const chunkBytes = 1 << 20
/** A chunk's header has 64 KiB; a pair takes 20 bytes. */
const placesMax = 1000
const messageWindow = 65_536
const lineWindow = 4096
const linesStride = 65_536
const transactional = 0x10
const control = 0x20
const earliestMs = Date.UTC(2000, 0)
const dayMs = 86_400_000

/** Records before `from` were taken already. */
export function cutPartition(fetched: Fetched, from: number, settings: CutSettings): Cut {
  const cutter = new Cutter(settings)
  const aborted = fetched.aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborting = new Set<bigint>()
  let next = from
  let nextAborted = 0
  for (const batch of fetched.batches) {
    const first = Number(batch.firstOffset)
    const last = first + batch.lastOffsetDelta
    while (nextAborted < aborted.length && Number(aborted[nextAborted]!.firstOffset) <= last)
      aborting.add(aborted[nextAborted++]!.producerId)
    next = Math.max(next, last + 1)
    if ((batch.attributes & control) !== 0) {
      const key = batch.records[0]?.key
      if (key && key.length >= 4 && key.readInt16BE(2) === 0) aborting.delete(batch.producerId)
      continue
    }
    if ((batch.attributes & transactional) !== 0 && aborting.has(batch.producerId)) continue
    cutter.writtenMs = Number(batch.maxTimestamp)
    if (isHollow(batch.records)) {
      cutter.leaveOut(first, last)
      continue
    }
    for (const { offsetDelta, value } of batch.records) {
      const offset = first + offsetDelta
      if (offset >= from) cutter.message(offset, value)
    }
  }
  return { ...cutter.finish(), next }
}

class Cutter {
  writtenMs = 0
  readonly #settings: CutSettings
  readonly #window: number
  readonly #body = new SizedBody()
  readonly #chunks: Chunk[] = []
  #windowNumber = -1
  #firstPlace = 0
  #nextPlace = 0
  #places: [number, number][] = []
  #bytes = 0
  #records = 0
  #tombstones = 0

  constructor(settings: CutSettings) {
    this.#settings = settings
    this.#window = settings.records === 'lines' ? lineWindow : messageWindow
  }

  message(offset: number, value: Buffer | null): void {
    if (value === null) {
      this.#tombstones++
      return
    }
    const place = this.#placeOf(offset)
    if (this.#settings.records === 'messages') this.#record(place, value, 0, value.length)
    else this.#lines(place, value)
  }

  /** A batch that becomes too much is one dead letter. */
  leaveOut(first: number, last: number): void {
    this.#records++
    this.#bury(
      this.#placeOf(first),
      Buffer.from(`offsets ${first} to ${last}`),
      `a compressed batch becomes more than ${inflatedBytesMax >> 20} MiB, or has more than a million records and headers: it was not read`
    )
  }

  /** Also begins the window that the offset is in. */
  #placeOf(offset: number): number {
    const number = Math.floor(offset / this.#window)
    if (number !== this.#windowNumber) {
      this.#flush()
      this.#windowNumber = number
    }
    const within = offset - number * this.#window
    return this.#settings.records === 'messages' ? within : within * linesStride
  }

  finish(): Omit<Cut, 'next'> {
    this.#flush()
    return { chunks: this.#chunks, bytes: this.#bytes, records: this.#records, tombstones: this.#tombstones }
  }

  #lines(firstPlace: number, value: Buffer): void {
    let line = 0
    for (let start = 0; start < value.length; ) {
      const found = value.indexOf(10, start)
      const end = found < 0 ? value.length : found
      // A message has a million bytes, usually. The lines of one with very many share places; their bytes tell them apart.
      this.#record(firstPlace + (line++ % linesStride), value, start, end)
      start = end + 1
    }
  }

  #record(place: number, value: Buffer, start: number, to: number): void {
    let end = to
    while (end > start && (value[end - 1] === 10 || value[end - 1] === 13)) end--
    if (end === start) return
    this.#records++
    const most = this.#settings.recordBytesMax
    if (end - start > most) {
      this.#bury(place, value.subarray(start, end), `the record is too large: ${end - start} bytes (at most ${most})`)
      return
    }
    if (this.#body.records === 0) this.#firstPlace = place
    else if (place !== this.#nextPlace) this.#places.push([this.#body.records, place])
    this.#nextPlace = place + 1
    this.#body.add(value, start, end)
    if (this.#body.bytes >= chunkBytes || this.#places.length >= placesMax) this.#flush()
  }

  #flush(): void {
    const { records } = this.#body
    if (records === 0) return
    const made = this.#maker().preview('sized', this.#body.take(), records, undefined)!
    const places = this.#places.length === 0 ? {} : { places: this.#places }
    this.#give(made, { firstIndex: this.#firstPlace, ...places })
    this.#places = []
  }

  /** Only its beginning is kept. */
  #bury(place: number, value: Buffer, reason: string): void {
    this.#flush()
    const maker = this.#maker()
    const dead = maker.beginDead()
    dead.add(value)
    this.#give(maker.dead(dead, reason), { firstIndex: place })
  }

  #maker(): ChunkMaker {
    const { base, origin } = this.#settings
    const isTime = this.writtenMs > earliestMs && this.writtenMs < base.receivedMs + dayMs
    return new ChunkMaker(isTime ? { ...base, referenceMs: this.writtenMs } : base, `${origin}/${this.#windowNumber}`)
  }

  #give({ headers, body }: Chunk, more: Partial<ChunkHeaders>): void {
    this.#chunks.push({ headers: { ...headers, ...more }, body })
    this.#bytes += body.length
  }
}
