/**
 * One partition: a row of segments, of which the last one grows. Readers see durable batches only: what is being written is not in
 * the index yet.
 */
import type { FileHandle } from 'node:fs/promises'
import type { CorruptRange, ReadResult, Retention, StoredMessage } from '../../core/bus.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import { busClosed } from '../limits.ts'
import { Waiters } from '../waiters.ts'
import { decodeHeader, type UnstampedAppend } from './batch.ts'
import { type Disk, readAll, syncFolder } from './disk.ts'
import { GroupWriter, type Room } from './group-writer.ts'
import { readStretch } from './read-stretch.ts'
import { type BusLog, createSegment, type Recovered, recover } from './recover.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndex } from './segment-index.ts'

export type PartitionOptions = {
  /** For messages: `raw/3`. */
  readonly name: string
  readonly segmentBytesMax: number
  readonly clock: () => number
  readonly disk: Disk
  readonly log: BusLog | undefined
}

export class Partition {
  readonly mark: Buffer
  retention: Retention | undefined
  readonly #folder: string
  readonly #options: PartitionOptions
  /** Replaced, never changed. */
  #segments: readonly Segment[]
  #newest: SegmentIndex | undefined
  #newestFile: FileHandle | undefined
  #start: number
  readonly #writer: GroupWriter
  #closed = false
  readonly #waiters = new Waiters()

  private constructor(folder: string, options: PartitionOptions, recovered: Recovered, consumedTo: number) {
    this.#folder = folder
    this.#options = options
    this.mark = recovered.mark
    this.#segments = recovered.segments
    this.#newest = recovered.newest
    const end = Math.max(recovered.newest?.endOffset ?? 0, consumedTo)
    this.#start = recovered.segments[0]?.baseOffset ?? end
    this.#writer = new GroupWriter(
      {
        ...options,
        folder,
        roomFor: (bytes, offset) => this.#roomFor(bytes, offset),
        onDurable: durableEnd => this.#waiters.wake(durableEnd)
      },
      end
    )
  }

  /** `consumedTo`: a group has read up to there, so that smaller offsets have been given, whatever the disk has kept. */
  static async open(folder: string, options: PartitionOptions, consumedTo: number): Promise<Partition> {
    return new Partition(folder, options, await recover(folder, options.disk, options.log), consumedTo)
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#writer.end
  }

  append(append: UnstampedAppend): Promise<number> {
    return this.#closed ? Promise.reject(busClosed()) : this.#writer.append(append)
  }

  /** The segment to append to: the newest, or a new one if that is full, too old, or ends before the next offset. */
  async #roomFor(bytes: number, offset: number): Promise<Room> {
    const newest = this.#newest
    if (newest !== undefined && !this.#isToBeSealed(newest, bytes, offset)) {
      this.#newestFile ??= await this.#segments.at(-1)!.hold()
      return { index: newest, file: this.#newestFile, bytes: this.#options.segmentBytesMax - newest.bytes }
    }
    const segment = await createSegment(this.#folder, offset, this.mark, this.#options.disk)
    const index = await segment.index()
    const file = await segment.hold()
    if (newest !== undefined) await this.#sealNewest(newest)
    this.#newest = index
    this.#newestFile = file
    this.#segments = [...this.#segments, segment]
    return { index, file, bytes: this.#options.segmentBytesMax }
  }

  #isToBeSealed(newest: SegmentIndex, bytes: number, offset: number): boolean {
    if (newest.endOffset !== offset) return true
    if (newest.bytes === 0) return false
    if (newest.bytes + bytes > this.#options.segmentBytesMax) return true
    const ageMs = this.retention?.ageMs
    return ageMs !== undefined && newest.firstTimestampMs < this.#options.clock() - ageMs
  }

  async #sealNewest(newest: SegmentIndex): Promise<void> {
    const segment = this.#segments.at(-1)!
    await segment.saveIndex(newest)
    const file = this.#newestFile
    this.#newestFile = undefined
    // Everything in it has been synced: that closing it fails changes nothing.
    if (file !== undefined) await segment.letGo().catch(() => undefined)
  }

  async read(offset: number, maxBytes: number): Promise<ReadResult> {
    const corrupt: CorruptRange[] = []
    const messages: StoredMessage[] = []
    let next = offset
    while (messages.length === 0) {
      if (this.#closed) throw busClosed()
      if (next < this.#start) {
        corrupt.push({ fromOffset: next, toOffset: this.#start, bytes: 0, reason: 'retention' })
        next = this.#start
      }
      const place = this.#placeOf(next)
      if (next >= this.end || place === undefined) break
      try {
        next = await this.#readFrom(place.segment, place.nextBase, next, maxBytes, messages, corrupt)
      } catch (error) {
        if (!this.#segments.includes(place.segment)) continue // retention took it meanwhile
        if (this.#closed) throw busClosed()
        const message = `read ${this.#options.name} from ${next}: ${messageOf(error)}`
        throw new PicketError('bus-read-failed', message, { retryable: true, cause: error })
      }
    }
    return { messages, nextOffset: next, corrupt }
  }

  /** The segment of an offset, and where the one after it begins. */
  #placeOf(offset: number): { readonly segment: Segment; readonly nextBase: number } | undefined {
    const i = this.#segments.findLastIndex(segment => segment.baseOffset <= offset)
    const segment = this.#segments[i]
    return segment && { segment, nextBase: this.#segments[i + 1]?.baseOffset ?? this.end }
  }

  /** Reads one stretch. Returns the next offset; what it could not read is in `corrupt`. */
  async #readFrom(
    segment: Segment,
    nextBase: number,
    offset: number,
    maxBytes: number,
    messages: StoredMessage[],
    corrupt: CorruptRange[]
  ): Promise<number> {
    const index = await segment.index()
    if (offset >= index.endOffset) {
      if (index !== this.#newest && (await segment.rebuildLoadedIndex())) return offset
      const bytes = index === this.#newest ? 0 : (await segment.sizeBytes()) - index.bytes
      corrupt.push({ fromOffset: offset, toOffset: nextBase, bytes, reason: 'missing' })
      return nextBase
    }
    const found: CorruptRange[] = []
    const stretch = await segment.stretch(offset, maxBytes)
    const next = readStretch(stretch, this.mark, offset, maxBytes, messages, found)
    if (found.length > 0 && (await segment.rebuildLoadedIndex())) {
      messages.length = 0
      return offset
    }
    corrupt.push(...found)
    return next
  }

  waitFor(offset: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(busClosed())
    return offset < this.end ? Promise.resolve() : this.#waiters.wait(offset, signal)
  }

  async offsetAt(timestampMs: number): Promise<number> {
    for (const segment of this.#segments) {
      try {
        const index = await segment.index()
        if (index.maxTimestampMs < timestampMs || index.bytes === 0) continue
        return await this.#offsetIn(segment, index, timestampMs)
      } catch (error) {
        if (this.#segments.includes(segment)) throw error
      }
    }
    return this.end
  }

  /** The first batch of a segment taken at or after the time. Where that cannot be read: there. */
  async #offsetIn(segment: Segment, index: SegmentIndex, timestampMs: number): Promise<number> {
    const entry = index.entryBefore(timestampMs)
    const start = index.positions[entry]!
    const end = index.positions[entry + 1] ?? index.bytes
    const bytes = await segment.use(file =>
      readAll(this.#options.disk, file, Buffer.allocUnsafeSlow(Math.min(end - start, 2 * 64 * 1024)), start)
    )
    let offset = index.offsets[entry]!
    for (let p = 0; p < end - start; ) {
      const header = decodeHeader(bytes, p, this.mark)
      if (header === undefined || header.timestampMs >= timestampMs) return offset
      offset = header.baseOffset + header.count
      p += header.bytes
    }
    return offset
  }

  /** Unlinks sealed segments, oldest first, that are too old or too many. */
  async applyRetention(): Promise<number> {
    const { ageMs, bytes: keepBytes } = this.retention ?? {}
    const sealed = this.#segments.slice(0, -1)
    if (sealed.length === 0 || (ageMs === undefined && keepBytes === undefined)) return 0
    const sizes = await Promise.all(sealed.map(segment => segment.sizeBytes()))
    let totalBytes = sizes.reduce((sum, size) => sum + size, this.#newest?.bytes ?? 0)
    let removedBytes = 0
    let removed = 0
    for (const [i, segment] of sealed.entries()) {
      const isExcess = keepBytes !== undefined && totalBytes > keepBytes
      const isOld = ageMs !== undefined && (await this.#isOldestBefore(this.#options.clock() - ageMs))
      if (!isExcess && !isOld) break
      // Readers first: whoever asks from now on is told of the gap.
      this.#segments = this.#segments.filter(kept => kept !== segment)
      this.#start = this.#segments[0]!.baseOffset
      await segment.remove()
      totalBytes -= sizes[i]!
      removedBytes += sizes[i]!
      removed += 1
    }
    if (removed > 0) await syncFolder(this.#folder)
    return removedBytes
  }

  /** A clock that was ahead for a while must not keep a segment for ever: what follows it was taken later. */
  async #isOldestBefore(timestampMs: number): Promise<boolean> {
    const oldest = await this.#segments[0]!.index()
    const following = await this.#segments[1]!.index()
    const takenMs =
      following.bytes === 0 ? oldest.maxTimestampMs : Math.min(oldest.maxTimestampMs, following.maxTimestampMs)
    return takenMs < timestampMs
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#writer.idle()
    this.#waiters.close()
    if (this.#newest !== undefined) await this.#sealNewest(this.#newest)
  }
}
