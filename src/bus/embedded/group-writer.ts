/**
 * Group commit: appends that arrive while the disk is busy are gathered and written as one group: one write, one fdatasync, then
 * all of them are answered.
 *
 * When the disk is full the group is refused, its part that was written is cut off, and the next append tries again. When fdatasync
 * fails nobody knows what is on the medium, and trying again may succeed without having written anything (Linux marks the pages
 * clean): the partition then refuses appends until it is opened anew.
 */
import type { FileHandle } from 'node:fs/promises'
import { messageOf, PicketError } from '../../core/errors.ts'
import { stamp, type UnstampedAppend } from './batch.ts'
import { codeOf, type Disk, isFull, writeAll } from './disk.ts'
import type { BusLog } from './recover.ts'
import type { SegmentIndex } from './segment-index.ts'

/** The segment to append to, and how much more it should take. */
export type Room = { readonly index: SegmentIndex; readonly file: FileHandle; readonly bytes: number }

export type GroupWriterOptions = {
  /** For messages: `raw/3`, and where it is. */
  readonly name: string
  readonly folder: string
  readonly disk: Disk
  readonly clock: () => number
  readonly log: BusLog | undefined
  /** Room for an append of these bytes; may begin a segment, whose first offset will be `offset`. */
  roomFor(bytes: number, offset: number): Promise<Room>
  /** All before this offset is durable now, and those who appended it have been told. */
  onDurable(end: number): void
}

type Pending = { readonly append: UnstampedAppend; resolve(offset: number): void; reject(error: unknown): void }

/** A group is written once it has this many bytes, even if more is waiting: it bounds how long the first one waits. */
const groupBytesMax = 16 * 1024 * 1024

export class GroupWriter {
  readonly #options: GroupWriterOptions
  /** The next offset to be given: the end of what is durable. */
  #end: number
  #pending: Pending[] = []
  #writing: Promise<void> | undefined
  #broken: PicketError | undefined

  constructor(options: GroupWriterOptions, end: number) {
    this.#options = options
    this.#end = end
  }

  get end(): number {
    return this.#end
  }

  append(append: UnstampedAppend): Promise<number> {
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
      this.#options.onDurable(this.#end)
    }
    this.#writing = undefined
  }

  /** Returns how to answer those whose appends were taken from the queue. */
  async #writeGroup(): Promise<(() => void)[]> {
    if (this.#broken !== undefined) return this.#refuse(this.#pending.splice(0), this.#broken)
    let room: Room
    try {
      room = await this.#options.roomFor(this.#pending[0]!.append.bytes, this.#end)
    } catch (error) {
      const failure = isFull(error) ? this.#full(error) : this.#failedToStart(error)
      return this.#refuse(this.#pending.splice(0), failure)
    }
    const { index, file } = room
    const group = this.#takeGroup(room.bytes)
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
      await writeAll(this.#options.disk, file, buffers, index.bytes)
    } catch (error) {
      const cut = await this.#cutBack(file, index.bytes)
      return this.#refuse(group, isFull(error) && cut ? this.#full(error) : this.#break('write', error))
    }
    try {
      await this.#options.disk.datasync(file)
    } catch (error) {
      const failure = this.#break('sync', error)
      await this.#cutBack(file, index.bytes)
      return this.#refuse(group, failure)
    }
    const answers: (() => void)[] = []
    for (const { append, resolve } of group) {
      const first = this.#end
      for (const { bytes, count } of append.batches) {
        index.add({ bytes, count, baseOffset: this.#end, timestampMs, payloadCrc: 0, continues: false }, index.bytes)
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

  /** Unwritten, as far as that can be had: what was refused must not turn up, not even after a power cut. */
  async #cutBack(file: FileHandle, bytes: number): Promise<boolean> {
    try {
      await this.#options.disk.truncate(file, bytes)
      await this.#options.disk.datasync(file)
      return true
    } catch {
      return false
    }
  }

  #full(cause: unknown): PicketError {
    const message = `append to ${this.#options.name}: no room on the disk of ${this.#options.folder}; free some, then it goes on`
    return new PicketError('bus-full', message, { retryable: true, cause })
  }

  #failedToStart(cause: unknown): PicketError {
    if (codeOf(cause) === 'EIO') return this.#break('start a segment', cause)
    const message = `append to ${this.#options.name}: could not start a segment in ${this.#options.folder}: ${messageOf(cause)}`
    return new PicketError('bus-write-failed', message, { retryable: true, cause })
  }

  #break(what: string, cause: unknown): PicketError {
    const message = `append to ${this.#options.name}: could not ${what} in ${this.#options.folder} (${messageOf(cause)}); what the disk holds is unknown: check it, then start again`
    this.#broken = new PicketError('bus-broken', message, { cause })
    this.#options.log?.warn({ partition: this.#options.name, code: codeOf(cause) }, message)
    return this.#broken
  }

  #refuse(group: readonly Pending[], error: PicketError): (() => void)[] {
    return group.map(pending => () => pending.reject(error))
  }

  /** Resolves once nothing is waiting to be written. */
  async idle(): Promise<void> {
    await this.#writing
  }
}
