/**
 * One followed file: what has come since the last look, as chunks, and the place to go on from. The follower (`follow.ts`) makes the
 * chunks durable before it keeps the place; if that fails it says `rollback`, and the next look gives them again.
 *
 * Its records are those that an import of the whole file gives, with the same identity: chunks are cut at the same bytes, but given in
 * parts as the file grows.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Chunk } from '../../core/chunk.ts'
import { PicketError } from '../../core/errors.ts'
import type { Framing, Parser } from '../../core/parser.ts'
import { parserNamed } from '../../parsers/index.ts'
import { type ChunkBase, ChunkMaker } from './chunk-maker.ts'
import type { PresentFile } from './follow-discover.ts'
import {
  beforePrint,
  type FileKey,
  headBytes,
  headPrint,
  isSameContent,
  type KeptPlace,
  type Place
} from './follow-place.ts'
import { type FrameMark, frameLimits, type TailFramer } from './framer.ts'
import { kindOf } from './open-streams.ts'
import { parserGiven, recogniseHead, sampleBytes, tailFramerOf } from './read-chunks.ts'
import { hintOf } from './stream.ts'
import { utf16Of } from './text-bytes.ts'

/** A source as it is configured. */
export type FollowedSource = {
  readonly name: string
  readonly paths: readonly string[]
  readonly format?: string | undefined
  /** Minutes east of UTC. */
  readonly timezone?: number | undefined
}

export type LookOptions = {
  readonly nowMs: number
  readonly recordBytesMax: number
  /** Default: 1 MiB, as imports have it. */
  readonly chunkBytes?: number
  /** Read at one look, at most. */
  readonly budgetBytes: number
}

/** What a look came to. */
export type Look = {
  /** To be kept once the chunks are durable. */
  readonly place: Place | undefined
  /** There is more to read now. */
  readonly more: boolean
  /** The file is to be taken whole, as soon as it is at rest. */
  readonly whole: boolean
  /** The file does not hold any more what it held: it was read from its start. This is the place that was lost. */
  readonly lost: Place | undefined
  /** What it was taken for, where that was decided now. */
  readonly decided: { readonly format: string; readonly confidence: number } | undefined
}

/** How long a file must be as it is until its last line counts although it has no end. */
export const settleMs = 5_000
/** The same for a record of whole lines that further ones might continue. */
const settleLinesMs = 1_000
/** A file that was not written to for so long is at rest, even if it was just found. */
const oldMs = 60_000
const pieceBytes = 1024 * 1024
const headerJsonMax = 48 * 1024
const firstChain = new ChunkMaker({ source: '', format: '', receivedMs: 0, run: '' }).chain

type Live = {
  readonly maker: ChunkMaker
  readonly framer: TailFramer
  readonly recordBytesMax: number
  /** The file was given to the framer up to here. */
  readAt: number
  lastByte: number
  /** The size of the next record, where it was taken already. */
  expected: number | undefined
}

export class Tail {
  readonly key: FileKey
  source: FollowedSource
  file: PresentFile
  /** Where it was left: durable. */
  place: Place | undefined
  /** The place of another file under this name, tried here: it may have been written anew with the same content. */
  heir: KeptPlace | undefined
  /** The path leads elsewhere, or nowhere, since then. */
  goneSinceMs: number | undefined
  /** Another file has its path. */
  isReplaced = false
  #handle: FileHandle | undefined
  #live: Live | undefined
  #verified = false
  #firstSeenMs: number | undefined
  /** What it looked like last, and since when. */
  #seen: { sizeBytes: number; mtimeMs: number; sinceMs: number } | undefined

  /** The file is looked at before the place is believed. */
  constructor(source: FollowedSource, file: PresentFile, place: Place | undefined) {
    this.key = { source: source.name, device: file.device, inode: file.inode }
    this.source = source
    this.file = file
    this.place = place
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
    return this.#live === undefined ? 0 : this.#live.readAt - this.#live.framer.taken
  }

  /** The file as it was found now. */
  found(file: PresentFile, nowMs: number): void {
    this.file = file
    this.goneSinceMs = undefined
    this.isReplaced = false
    if (file.sizeBytes > 0) this.#firstSeenMs ??= nowMs
    this.#sees(file.sizeBytes, file.mtimeMs, nowMs)
  }

  /** Is there anything to do, by what was found? */
  needsLook(nowMs: number): boolean {
    const { place, file } = this
    if (place === undefined) return file.sizeBytes > 0
    if (file.sizeBytes !== place.sizeBytes || file.mtimeMs !== place.mtimeMs) return true
    if (place.taking === 'whole') return false
    if (place.asked !== (this.source.format ?? '')) return true
    return (
      place.position < place.sizeBytes &&
      place.rest?.sizeBytes !== place.sizeBytes &&
      this.#isQuiet(settleLinesMs, nowMs)
    )
  }

  /** Has the file been as it is for some time? */
  isAtRest(nowMs: number): boolean {
    return this.#isQuiet(settleMs, nowMs)
  }

  /** Throws what the file system says. */
  async *look(options: LookOptions): AsyncGenerator<Chunk, Look, void> {
    const handle = await this.#opened()
    const stats = await handle.stat({ bigint: true })
    const sizeBytes = Number(stats.size)
    const mtimeMs = Number(stats.mtimeMs)
    this.#sees(sizeBytes, mtimeMs, options.nowMs)
    let place = this.place
    let lost: Place | undefined
    let decided: Look['decided']
    if (place !== undefined && (!this.#verified || sizeBytes !== place.sizeBytes || mtimeMs !== place.mtimeMs)) {
      if (!(await isSameContent(handle, place, sizeBytes))) {
        // What was seen of the old content's last line is all that there will be.
        if (this.#live !== undefined && place.rest === undefined && this.heldBytes > 0) yield* this.#live.framer.end()
        this.#live = undefined
        this.#firstSeenMs = options.nowMs
        lost = place
        place = this.place = undefined
      }
    }
    this.#verified = true
    if (place?.taking === 'whole') place = undefined
    const answer = (next: Place | undefined, more = false, whole = false): Look => ({
      place: next,
      more,
      whole,
      lost,
      decided
    })
    if (place === undefined || place.asked !== (this.source.format ?? '')) {
      const decision = await this.#decide(handle, sizeBytes, options.nowMs)
      if (decision === undefined) return answer(undefined)
      if (decision === 'whole') return answer(undefined, false, true)
      // A format that was changed holds from where the file was left.
      const position = Math.max(place?.position ?? 0, decision.place.position)
      place = { ...decision.place, position, readBytes: position }
      decided = decision
      this.#live = undefined
    }

    const live = await this.#lively(handle, place, options)
    const { maker, framer } = live
    maker.base = this.#base(place.format, options.nowMs, mtimeMs)
    for (let left = options.budgetBytes; live.readAt < sizeBytes && left > 0; ) {
      const piece = await readAt(handle, live.readAt, Math.min(pieceBytes, sizeBytes - live.readAt, left))
      if (piece.length === 0) break
      live.readAt += piece.length
      live.lastByte = piece.at(-1)!
      left -= piece.length
      for (const chunk of framer.push(piece)) yield* unexpected(live, chunk)
    }
    const part = framer.part()
    if (part !== undefined) yield* unexpected(live, part)
    const position = framer.taken
    const mark = markOf(maker, framer, place)
    const readBytes = live.readAt
    const more = live.readAt < sizeBytes
    let rest = position > place.position ? undefined : place.rest
    const patienceMs = live.lastByte === 10 ? settleLinesMs : settleMs
    if (!more && position < sizeBytes && rest?.sizeBytes !== sizeBytes && this.#isQuiet(patienceMs, options.nowMs)) {
      const last = framer.rest()
      if (last !== 'unclear') {
        const recordBytes = last === undefined ? 0 : firstRecordBytes(last)
        if (last !== undefined && recordBytes !== live.expected) yield last
        live.expected = recordBytes
        rest = { sizeBytes, recordBytes }
      } else if (this.#isQuiet(settleMs, options.nowMs)) {
        yield* framer.end()
        this.#live = undefined
        rest = { sizeBytes, recordBytes: 0 }
      }
    }
    const head = place.head.bytes < headBytes ? await headPrint(handle, sizeBytes) : place.head
    const { rest: _rest, done: _done, ...same } = place
    return answer(
      {
        ...same,
        sizeBytes: more ? position : sizeBytes,
        mtimeMs,
        head,
        before: await beforePrint(handle, position),
        position,
        readBytes,
        ...(rest === undefined ? {} : { rest }),
        ...mark
      },
      more
    )
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

  /** Of the open file, where its path leads elsewhere: its size, and how many names it still has. */
  async stat(nowMs: number): Promise<{ readonly links: number }> {
    const stats = await (await this.#opened()).stat({ bigint: true })
    this.file = { ...this.file, sizeBytes: Number(stats.size), mtimeMs: Number(stats.mtimeMs) }
    this.#sees(this.file.sizeBytes, this.file.mtimeMs, nowMs)
    return { links: Number(stats.nlink) }
  }

  #sees(sizeBytes: number, mtimeMs: number, nowMs: number): void {
    const seen = this.#seen
    if (seen?.sizeBytes !== sizeBytes || seen.mtimeMs !== mtimeMs) this.#seen = { sizeBytes, mtimeMs, sinceMs: nowMs }
  }

  #isQuiet(forMs: number, nowMs: number): boolean {
    const seen = this.#seen
    return seen !== undefined && (nowMs - seen.sinceMs >= forMs || nowMs - seen.mtimeMs >= oldMs)
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle
    const handle = await open(this.file.raw)
    const stats = await handle.stat({ bigint: true })
    if (String(stats.dev) !== this.key.device || String(stats.ino) !== this.key.inode) {
      await handle.close()
      throw new PicketError('file-moved', 'another file took its place while it was being opened', { retryable: true })
    }
    this.#handle = handle
    return handle
  }

  /** What the file is. Undefined while too little of it is there to tell. */
  async #decide(
    handle: FileHandle,
    sizeBytes: number,
    nowMs: number
  ): Promise<'whole' | { place: Place; format: string; confidence: number } | undefined> {
    const bytes = await readAt(handle, 0, Math.min(sizeBytes, sampleBytes + 3))
    const settled = this.#isQuiet(settleMs, nowMs)
    // No compression's signature holds a line end.
    if (bytes.length < 4 && !settled && !bytes.includes(10)) return undefined
    if (kindOf(bytes.subarray(0, 512)) !== 'plain' || utf16Of(bytes.subarray(0, 64)) !== undefined) return 'whole'
    const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    const head = bytes.subarray(from, from + sampleBytes)
    const patient = settled || nowMs - (this.#firstSeenMs ?? nowMs) >= settleMs
    const sure = patient || head.length === sampleBytes
    if (!sure && !head.includes(10)) return undefined
    const given = parserGiven(this.source.format)
    const found = recogniseHead(head, hintOf(this.file.path), given)
    // What is no text, or of no known format, is looked at again when more of it is there.
    if ((found === undefined || found.confidence === 0) && !sure) return undefined
    if (found === undefined || found.framing === 'json') return 'whole'
    const place: Place = {
      taking: found.framing,
      format: found.parser.name,
      asked: this.source.format ?? '',
      sizeBytes: 0,
      mtimeMs: 0,
      head: { bytes: 0, hash: '' },
      before: { bytes: 0, hash: '' },
      position: from,
      readBytes: from,
      mark: { at: from },
      chain: firstChain
    }
    return { place, format: found.parser.name, confidence: found.confidence }
  }

  /** The framer at the place: the one of the last look, or one that is told what came since its chunk began. */
  async #lively(handle: FileHandle, place: Place, options: LookOptions): Promise<Live> {
    if (this.#live !== undefined && this.#live.recordBytesMax === options.recordBytesMax) return this.#live
    const parser = parserNamed(place.format)
    if (parser === undefined || place.taking === 'whole')
      throw new PicketError('unknown-format', `there is no format named ${place.format}`)
    let live = newLive(place, place.taking, parser, options)
    await feed(handle, live, place.mark.at, place.readBytes)
    // Where the limits were changed, or what had no end yet was written anew.
    if (live.framer.taken !== place.position) {
      live = newLive(place, place.taking, parser, options)
      await feed(handle, live, place.mark.at, place.position)
    }
    this.#live = live
    return live
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

function newLive(place: Place, framing: Exclude<Framing, 'json'>, parser: Parser, options: LookOptions): Live {
  const base: ChunkBase = { source: '', format: place.format, receivedMs: 0, run: '' }
  const maker = new ChunkMaker(base, '', place.chain)
  const { recordBytesMax } = options
  const limits = { chunkBytes: options.chunkBytes ?? frameLimits.chunkBytes, recordBytesMax }
  const framer = tailFramerOf(framing, maker, parser, limits, place.mark)
  const expected = place.rest?.recordBytes
  return { maker, framer, recordBytesMax, readAt: place.mark.at, lastByte: 0, expected }
}

/** Tells a framer what came between its mark and the place: all that is complete of it was given. */
async function feed(handle: FileHandle, live: Live, from: number, to: number): Promise<void> {
  live.readAt = from
  while (live.readAt < to) {
    const piece = await readAt(handle, live.readAt, Math.min(pieceBytes, to - live.readAt))
    if (piece.length === 0) break
    live.readAt += piece.length
    live.lastByte = piece.at(-1)!
    for (const _ of live.framer.push(piece));
  }
  live.framer.part()
}

/** A chunk without its first record, where that was taken already (and is what it was). */
function* unexpected(live: Live, chunk: Chunk): Generator<Chunk, void> {
  const { expected } = live
  live.expected = undefined
  const { headers, body } = chunk
  if (expected === undefined || expected === 0 || headers.dead !== undefined || firstRecordBytes(chunk) !== expected) {
    yield chunk
    return
  }
  if (headers.records === 1) return
  const newline = headers.framing === 'lines' ? body.indexOf(10) : -1
  const rest = body.subarray(headers.framing === 'sized' ? 4 + expected : newline + 1)
  const firstIndex = (headers.firstIndex ?? 0) + 1
  yield { headers: { ...headers, firstIndex, records: headers.records - 1 }, body: rest }
}

/** The size of a chunk's first record, where that begins the chunk. */
function firstRecordBytes({ headers, body }: Chunk): number {
  if (headers.framing === 'sized') return body.readUInt32LE(0)
  const newline = body.indexOf(10)
  const end = newline < 0 ? body.length : newline
  return end > 0 && body[end - 1] === 13 ? end - 1 : end
}

/** From where to go on after a restart. Where the header is too long to be kept, that is where it was before. */
function markOf(maker: ChunkMaker, framer: TailFramer, place: Place): { mark: FrameMark; chain: string } {
  const mark = framer.mark()
  const isTooLong = mark.header !== undefined && JSON.stringify(mark.header).length > headerJsonMax
  return isTooLong ? { mark: place.mark, chain: place.chain } : { mark, chain: maker.chain }
}

async function readAt(handle: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, at)
  return buffer.subarray(0, bytesRead)
}
