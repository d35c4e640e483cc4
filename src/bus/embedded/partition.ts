/**
 * One partition: a row of segments, of which the last one grows. Appends that arrive while the disk is busy are gathered and
 * written as one group: one write, one fdatasync, then all of them are answered. Readers see durable batches only.
 *
 * When the disk is full the group is refused, its part that was written is cut off, and the next append tries again. When fdatasync
 * fails nobody knows what is on the medium, and trying again may succeed without having written anything (Linux marks the pages
 * clean): the partition then refuses appends until it is opened anew.
 */
import type { FileHandle } from 'node:fs/promises'
import type { CorruptRange, ReadResult, Retention, StoredMessage } from '../../core/bus.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import { busClosed } from '../limits.ts'
import { Waiters } from '../waiters.ts'
import { decodeHeader, decodeMessages, headerBytes, isSound, stamp, type UnstampedAppend } from './batch.ts'
import { codeOf, type Disk, isFull, readAll, syncFolder, writeAll } from './disk.ts'
import { type BusLog, createSegment, type Recovered, recover } from './recover.ts'
import type { Segment, Stretch } from './segment.ts'
import type { SegmentIndex } from './segment-index.ts'
import { canFollow, findBatch } from './walk.ts'

export type PartitionOptions = {
  /** For messages: `raw/3`. */
  readonly name: string
  readonly segmentBytesMax: number
  readonly clock: () => number
  readonly disk: Disk
  readonly log: BusLog | undefined
}

type Pending = { readonly append: UnstampedAppend; resolve(offset: number): void; reject(error: unknown): void }

/** A group is written once it has this many bytes, even if more is waiting: it bounds how long the first one waits. */
const groupBytesMax = 16 * 1024 * 1024

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
  #end: number
  #pending: Pending[] = []
  #writing: Promise<void> | undefined
  #broken: PicketError | undefined
  #closed = false
  readonly #waiters = new Waiters()

  private constructor(folder: string, options: PartitionOptions, recovered: Recovered, consumedTo: number) {
    this.#folder = folder
    this.#options = options
    this.mark = recovered.mark
    this.#segments = recovered.segments
    this.#newest = recovered.newest
    this.#end = Math.max(recovered.newest?.endOffset ?? 0, consumedTo)
    this.#start = recovered.segments[0]?.baseOffset ?? this.#end
  }

  /** `consumedTo`: a group has read up to there, so that smaller offsets have been given, whatever the disk has kept. */
  static async open(folder: string, options: PartitionOptions, consumedTo: number): Promise<Partition> {
    return new Partition(folder, options, await recover(folder, options.disk, options.log), consumedTo)
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  append(append: UnstampedAppend): Promise<number> {
    if (this.#closed) return Promise.reject(busClosed())
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    return new Promise((resolve, reject) => {
      this.#pending.push({ append, resolve, reject })
      this.#writing ??= this.#writeAllPending()
    })
  }

  async #writeAllPending(): Promise<void> {
    // Those who append in the same breath share the first group.
    await undefined
    while (this.#pending.length > 0) {
      const group = await this.#writeGroup()
      for (const done of group) done()
      this.#waiters.wake(this.#end)
    }
    this.#writing = undefined
  }

  /** Returns how to answer those whose appends were taken from the queue. */
  async #writeGroup(): Promise<(() => void)[]> {
    if (this.#broken !== undefined) return this.#refuse(this.#pending.splice(0), this.#broken)
    let newest: SegmentIndex
    let file: FileHandle
    try {
      ;({ newest, file } = await this.#roomFor(this.#pending[0]!.append.bytes))
    } catch (error) {
      const failure = isFull(error) ? this.#full(error) : this.#failedToStart(error)
      return this.#refuse(this.#pending.splice(0), failure)
    }
    const group = this.#takeGroup(this.#options.segmentBytesMax - newest.bytes)
    const buffers: Buffer[] = []
    const timestampMs = this.#options.clock()
    let offset = this.#end
    for (const { append } of group) {
      for (const batch of append.batches) {
        stamp(batch, offset, timestampMs)
        offset += batch.count
        for (const buffer of batch.buffers) buffers.push(buffer)
      }
    }
    try {
      await writeAll(this.#options.disk, file, buffers, newest.bytes)
    } catch (error) {
      const cut = await this.#cutBack(file, newest.bytes)
      return this.#refuse(group, isFull(error) && cut ? this.#full(error) : this.#break('write', error))
    }
    try {
      await this.#options.disk.datasync(file)
    } catch (error) {
      const failure = this.#break('sync', error)
      await this.#cutBack(file, newest.bytes)
      return this.#refuse(group, failure)
    }
    const answers: (() => void)[] = []
    for (const { append, resolve } of group) {
      const first = this.#end
      for (const { bytes, count } of append.batches) {
        newest.add({ bytes, count, baseOffset: this.#end, timestampMs, payloadCrc: 0, continues: false }, newest.bytes)
        this.#end += count
      }
      answers.push(() => resolve(first))
    }
    return answers
  }

  #takeGroup(roomBytes: number): Pending[] {
    let bytes = 0
    let taken = 0
    for (const { append } of this.#pending) {
      bytes += append.bytes
      if (taken > 0 && (bytes > groupBytesMax || bytes > roomBytes)) break
      taken += 1
    }
    return this.#pending.splice(0, taken)
  }

  /** The segment to append to: the newest, or a new one if that is full, too old, or ends before the next offset. */
  async #roomFor(bytes: number): Promise<{ newest: SegmentIndex; file: FileHandle }> {
    const newest = this.#newest
    if (newest !== undefined && !this.#isToBeSealed(newest, bytes)) {
      this.#newestFile ??= await this.#segments.at(-1)!.hold()
      return { newest, file: this.#newestFile }
    }
    const segment = await createSegment(this.#folder, this.#end, this.mark, this.#options.disk)
    const index = await segment.index()
    const file = await segment.hold()
    if (newest !== undefined) await this.#sealNewest(newest)
    this.#newest = index
    this.#newestFile = file
    this.#segments = [...this.#segments, segment]
    return { newest: index, file }
  }

  #isToBeSealed(newest: SegmentIndex, bytes: number): boolean {
    if (newest.endOffset !== this.#end) return true
    if (newest.bytes === 0) return false
    if (newest.bytes + bytes > this.#options.segmentBytesMax) return true
    const ageMs = this.retention?.ageMs
    return ageMs !== undefined && newest.firstTimestampMs < this.#options.clock() - ageMs
  }

  async #sealNewest(newest: SegmentIndex): Promise<void> {
    const segment = this.#segments.at(-1)!
    await segment.saveIndex(newest)
    if (this.#newestFile !== undefined) await segment.letGo()
    this.#newestFile = undefined
  }

  /** Unwritten, as far as that can be had: what was refused must not turn up. */
  async #cutBack(file: FileHandle, bytes: number): Promise<boolean> {
    try {
      await this.#options.disk.truncate(file, bytes)
      return true
    } catch {
      return false
    }
  }

  #full(cause: unknown): PicketError {
    const message = `append to ${this.#options.name}: no room on the disk of ${this.#folder}; free some, then it goes on`
    return new PicketError('bus-full', message, { retryable: true, cause })
  }

  #failedToStart(cause: unknown): PicketError {
    if (codeOf(cause) === 'EIO') return this.#break('start a segment', cause)
    const message = `append to ${this.#options.name}: could not start a segment in ${this.#folder}: ${messageOf(cause)}`
    return new PicketError('bus-write-failed', message, { retryable: true, cause })
  }

  #break(what: string, cause: unknown): PicketError {
    const message = `append to ${this.#options.name}: could not ${what} in ${this.#folder} (${messageOf(cause)}); what the disk holds is unknown: check it, then start again`
    this.#broken = new PicketError('bus-broken', message, { cause })
    this.#options.log?.warn({ partition: this.#options.name, code: codeOf(cause) }, message)
    return this.#broken
  }

  #refuse(group: readonly Pending[], error: PicketError): (() => void)[] {
    return group.map(pending => () => pending.reject(error))
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
      if (next >= this.#end || place === undefined) break
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
    return segment && { segment, nextBase: this.#segments[i + 1]?.baseOffset ?? this.#end }
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
    const next = this.#decode(stretch, offset, maxBytes, messages, found)
    if (found.length > 0 && (await segment.rebuildLoadedIndex())) {
      messages.length = 0
      return offset
    }
    corrupt.push(...found)
    return next
  }

  #decode(
    stretch: Stretch,
    offset: number,
    maxBytes: number,
    messages: StoredMessage[],
    corrupt: CorruptRange[]
  ): number {
    const { bytes, lengthBytes, fromOffset, toOffset } = stretch
    let expected = fromOffset
    let next = offset
    let budget = maxBytes
    let p = 0
    const damaged = (to: number, damagedBytes: number, reason: string) => {
      if (to > next) corrupt.push({ fromOffset: Math.max(expected, next), toOffset: to, bytes: damagedBytes, reason })
      expected = to
      next = Math.max(next, to)
    }
    while (bytes !== undefined && p < lengthBytes && budget > 0) {
      const header = decodeHeader(bytes, p, this.mark)
      const whole = header !== undefined && p + header.bytes <= bytes.length && canFollow(header, expected, 0)
      if (whole && header.baseOffset + header.count <= next) {
        expected += header.count
        p += header.bytes
        continue
      }
      let reason = whole ? 'the checksum does not fit' : 'not a batch'
      if (whole && isSound(header, bytes, p + headerBytes)) {
        const added = decodeMessages(bytes, p, header, next, budget, messages)
        const last = messages.at(-1)
        if (added !== undefined) {
          const end = header.baseOffset + header.count
          next = last === undefined ? end : last.offset + 1
          if (next < end) return next
          budget -= added
          expected = end
          p += header.bytes
          continue
        }
        reason = 'a batch makes no sense'
        while (messages.length > 0 && messages.at(-1)!.offset >= header.baseOffset) messages.pop()
      }
      const found = findBatch(bytes, p + 1, p, expected, this.mark)
      if (found === undefined) {
        damaged(toOffset, lengthBytes - p, reason)
        p = lengthBytes
      } else {
        damaged(decodeHeader(bytes, found, this.mark)!.baseOffset, found - p, reason)
        p = found
      }
    }
    if (bytes === undefined) damaged(toOffset, lengthBytes, stretch.failure)
    else if (p >= lengthBytes && expected < toOffset) damaged(toOffset, 0, 'missing')
    return next
  }

  waitFor(offset: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(busClosed())
    return offset < this.#end ? Promise.resolve() : this.#waiters.wait(offset, signal)
  }

  async offsetAt(timestampMs: number): Promise<number> {
    for (const segment of this.#segments) {
      try {
        const index = await segment.index()
        if (index.maxTimestampMs >= timestampMs && index.bytes > 0)
          return await this.#offsetIn(segment, index, timestampMs)
      } catch (error) {
        if (this.#segments.includes(segment)) throw error
      }
    }
    return this.#end
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
    await this.#writing
    this.#waiters.close()
    if (this.#newest !== undefined) await this.#sealNewest(this.#newest)
  }
}
