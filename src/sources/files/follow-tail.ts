/**
 * One followed file: what has come since the last look, as chunks, and the place to go on from. The place counts when the chunks are durable
 * (`follow-batch.ts`); if that fails, `rollback`, and the next look gives them again.
 *
 * Its records are those that an import of the whole file gives, with the same identity: chunks are cut at the same bytes, but given in
 * parts as the file grows.
 */
import type { FileHandle } from 'node:fs/promises'
import type { Chunk } from '../../core/chunk.ts'
import { PicketError } from '../../core/errors.ts'
import type { ChunkBase } from './chunk-maker.ts'
import { decide, decideBytes } from './follow-decide.ts'
import type { PresentFile } from './follow-discover.ts'
import { Live, type LiveLimits, readAt } from './follow-live.ts'
import {
  beforePrint,
  type FileKey,
  headBytes,
  headPrint,
  isSameContent,
  type KeptPlace,
  type Place
} from './follow-place.ts'
import { openSame } from './same-file.ts'
import { hintOf } from './stream.ts'

/** A source as it is configured. */
export type FollowedSource = {
  readonly name: string
  readonly paths: readonly string[]
  readonly format?: string | undefined
  /** Minutes east of UTC. */
  readonly timezone?: number | undefined
}

export type LookOptions = LiveLimits & {
  readonly nowMs: number
  /** Read at one look, at most. */
  readonly budgetBytes: number
}

/** What a look came to. */
export type Look = {
  /** To be kept once the chunks are durable. Undefined where there is none yet. */
  readonly place: Place | undefined
  /** There is more to read now. */
  readonly more: boolean
  /** The file is to be taken whole, as soon as it is at rest. */
  readonly whole: boolean
  /** The file does not hold any more what it held: it was read from its start. This is where it had been left. */
  readonly lost: Place | undefined
  /** What it was taken for, where that was decided now. */
  readonly decided: { readonly format: string; readonly confidence: number } | undefined
}

/** How long a file must be as it is until its last line counts although it has no end. */
const settleMs = 5_000
/** The same for a record of whole lines that further ones might continue. */
const settleLinesMs = 1_000
/** A file that was not written to for so long is at rest, even if it was just found. */
const oldMs = 60_000

function truncated(): PicketError {
  return new PicketError('file-moved', 'the file was truncated while it was read', { retryable: true })
}

export class Tail {
  readonly key: FileKey
  source: FollowedSource
  file: PresentFile
  /** Where it was left: durable. */
  place: Place | undefined
  /** The place of another file under this name, tried here: it may have been written anew with the same content. */
  heir: KeptPlace | undefined
  /** The place of another file that this one goes on from: done, once this one's is kept. */
  settles: KeptPlace | undefined
  /** See `Place`. */
  unseenSinceMs: number | undefined
  /** The path leads elsewhere, or nowhere, since then. */
  goneSinceMs: number | undefined
  /** The path beside which it was found, rotated: it is followed under that. */
  readonly searchedAt: string | undefined
  /** Under which path the file with its inode was known; another one may have been given the inode since. */
  wasAt: string | undefined
  #handle: FileHandle | undefined
  #live: Live | undefined
  #verified = false
  #firstSeenMs: number | undefined
  /** What it looked like last, and since when. */
  #seen: { sizeBytes: number; mtimeMs: number; sinceMs: number } | undefined

  /** The file is looked at before the place is believed. */
  constructor(source: FollowedSource, file: PresentFile, place: Place | undefined, searchedAt?: string) {
    this.searchedAt = searchedAt
    this.key = { source: source.name, device: file.device, inode: file.inode }
    this.source = source
    this.file = file
    this.place = place === undefined ? undefined : { ...place, unseenSinceMs: undefined }
  }

  get isOpen(): boolean {
    return this.#handle !== undefined
  }

  /** Since when it is as it is. */
  get quietSinceMs(): number {
    return this.#seen?.sinceMs ?? 0
  }

  /** Bytes of memory that wait for the end of their record. */
  get heldBytes(): number {
    return this.#live === undefined ? 0 : this.#live.readBytes - this.#live.taken
  }

  /** As it is written down. */
  kept(place: Place, seenMs: number): KeptPlace {
    const { unseenSinceMs } = this
    const path = this.searchedAt ?? this.file.path
    return { ...this.key, path, seenMs, place: unseenSinceMs === undefined ? place : { ...place, unseenSinceMs } }
  }

  /** The file as it was found now. */
  found(file: PresentFile, nowMs: number): void {
    this.file = file
    this.goneSinceMs = undefined
    this.#sees(file.sizeBytes, file.mtimeMs, nowMs)
  }

  /** Is there anything to do, by what was found? */
  needsLook(nowMs: number): boolean {
    const { place, file } = this
    if (place === undefined) return file.sizeBytes > 0
    if (file.sizeBytes !== place.sizeBytes || file.mtimeMs !== place.mtimeMs) return true
    if (place.taking === 'whole') return false
    if (place.asked !== (this.source.format ?? '')) return true
    const hasRest = place.position < place.sizeBytes && place.rest?.sizeBytes !== place.sizeBytes
    return hasRest && this.#isQuiet(settleLinesMs, nowMs)
  }

  /** Has the file been as it is for some time? */
  isAtRest(nowMs: number): boolean {
    return this.#isQuiet(settleMs, nowMs)
  }

  /** Throws what the file system says. */
  async *look(options: LookOptions): AsyncGenerator<Chunk, Look, void> {
    const { nowMs } = options
    const handle = await this.#opened()
    const stats = await handle.stat({ bigint: true })
    const sizeBytes = Number(stats.size)
    const mtimeMs = Number(stats.mtimeMs)
    this.#sees(sizeBytes, mtimeMs, nowMs)
    let place = this.place
    let lost: Place | undefined
    let decided: Look['decided']
    const answer = (next: Place | undefined, more = false, whole = false): Look => {
      return { place: next, more, whole, lost, decided }
    }
    const isChanged = place !== undefined && (sizeBytes !== place.sizeBytes || mtimeMs !== place.mtimeMs)
    if (place !== undefined && (isChanged || !this.#verified) && !(await isSameContent(handle, place, sizeBytes))) {
      // What was seen of the old content's last line is all that there will be.
      const live = this.#live
      if (live !== undefined && this.heldBytes > 0 && place.rest?.sizeBytes !== live.readBytes) yield* live.end()
      this.#live = undefined
      this.#firstSeenMs = nowMs
      lost = place
      place = undefined
    }
    this.#verified = true
    if (place?.taking === 'whole') place = undefined
    if (place === undefined || place.asked !== (this.source.format ?? '')) {
      const begin = await readAt(handle, 0, Math.min(sizeBytes, decideBytes))
      const waitedMs = nowMs - (this.#firstSeenMs ?? nowMs)
      const patienceIsOver = waitedMs >= settleMs || this.#isQuiet(settleMs, nowMs)
      const decision = decide(begin, { path: this.file.path, asked: this.source.format, patienceIsOver })
      if (decision === undefined || decision === 'whole') return answer(undefined, false, decision === 'whole')
      // A format that was changed holds from where the file was left.
      const position = Math.max(place?.position ?? 0, decision.place.position)
      place = { ...decision.place, position, readBytes: position }
      decided = { format: decision.format, confidence: decision.confidence }
      this.#live = undefined
    }

    if (this.#live?.recordBytesMax !== options.recordBytesMax) this.#live = await Live.at(place, handle, options)
    const live = this.#live
    if (live.readBytes < place.position) throw truncated()
    const head = place.head.bytes < headBytes ? await headPrint(handle, sizeBytes) : place.head
    const until = Math.min(sizeBytes, live.readBytes + options.budgetBytes)
    yield* live.upTo(handle, until, this.#base(place.format, nowMs, mtimeMs))
    const { taken: position, readBytes } = live
    const marked = live.mark(place)
    const more = readBytes < sizeBytes
    let rest = position > place.position ? undefined : place.rest
    const patienceMs = live.endsInNewline ? settleLinesMs : settleMs
    if (!more && position < sizeBytes && rest?.sizeBytes !== sizeBytes && this.#isQuiet(patienceMs, nowMs)) {
      const recordBytes = yield* live.rest()
      if (recordBytes !== 'unclear') rest = { sizeBytes, recordBytes }
      else if (this.#isQuiet(settleMs, nowMs)) {
        yield* live.end()
        this.#live = undefined
        rest = { sizeBytes, recordBytes: 0 }
      }
    }
    const before = await beforePrint(handle, position)
    // It may be as long again by now as it was: with what is written to it since then.
    const { size: sizeNow } = await handle.stat()
    if (sizeNow < readBytes || !(await isSameContent(handle, { ...place, head }, sizeNow))) throw truncated()
    const { taking, format, asked } = place
    const restOf = rest === undefined ? {} : { rest }
    const size = more ? position : sizeBytes
    const next: Place = {
      taking,
      format,
      asked,
      sizeBytes: size,
      mtimeMs,
      head,
      before,
      position,
      readBytes,
      ...marked
    }
    return answer({ ...next, ...restOf }, more)
  }

  /** The last look's chunks were not taken: the next one gives them again. */
  rollback(): void {
    this.#live = undefined
  }

  /** Lets go of the file and of all memory; it is opened again when it grows. */
  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    this.#live = undefined
    await handle?.close()
  }

  /** Of the open file, where its path leads elsewhere: how it is now, and how many names it still has. */
  async stat(nowMs: number): Promise<{ readonly links: number }> {
    const stats = await (await this.#opened()).stat({ bigint: true })
    this.file = { ...this.file, sizeBytes: Number(stats.size), mtimeMs: Number(stats.mtimeMs) }
    this.#sees(this.file.sizeBytes, this.file.mtimeMs, nowMs)
    return { links: Number(stats.nlink) }
  }

  #sees(sizeBytes: number, mtimeMs: number, nowMs: number): void {
    const seen = this.#seen
    if (sizeBytes > 0) this.#firstSeenMs = Math.min(this.#firstSeenMs ?? nowMs, nowMs)
    if (seen?.sizeBytes === sizeBytes && seen.mtimeMs === mtimeMs) seen.sinceMs = Math.min(seen.sinceMs, nowMs)
    else this.#seen = { sizeBytes, mtimeMs, sinceMs: nowMs }
  }

  #isQuiet(forMs: number, nowMs: number): boolean {
    const seen = this.#seen
    return seen !== undefined && (nowMs - seen.sinceMs >= forMs || nowMs - seen.mtimeMs >= oldMs)
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle
    const handle = await openSame(this.file.raw, this.key)
    this.#handle = handle
    return handle
  }

  #base(format: string, receivedMs: number, mtimeMs: number): ChunkBase {
    const fileName = hintOf(this.file.path)
    return {
      source: this.source.name,
      format,
      receivedMs,
      referenceMs: mtimeMs,
      run: '',
      ...(fileName === '' ? {} : { fileName }),
      ...(this.source.timezone === undefined ? {} : { timezoneMinutes: this.source.timezone })
    }
  }
}
