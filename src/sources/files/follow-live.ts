/**
 * The framer of a followed file, kept between looks, or made again from where the file was left: it is then told what came since its chunk
 * began, and gives the same chunks.
 */
import type { FileHandle } from 'node:fs/promises'
import type { Chunk } from '../../core/chunk.ts'
import { PicketError } from '../../core/errors.ts'
import { parserNamed } from '../../parsers/index.ts'
import { type ChunkBase, ChunkMaker } from './chunk-maker.ts'
import type { Place } from './follow-place.ts'
import { type FrameLimits, type FrameMark, frameLimits, type TailFramer } from './framer.ts'
import { tailFramerOf } from './read-chunks.ts'

export type LiveLimits = { readonly recordBytesMax: number; readonly chunkBytes?: number | undefined }

const pieceBytes = 1024 * 1024
const headerJsonMax = 48 * 1024

export class Live {
  readonly #maker: ChunkMaker
  readonly #framer: TailFramer
  readonly recordBytesMax: number
  /** The file was given to the framer up to here. */
  readBytes: number
  #lastByte = 0
  /** The size of the next record, where it was taken already. */
  #expected: number | undefined

  private constructor(place: Place, limits: LiveLimits) {
    const parser = parserNamed(place.format)
    if (parser === undefined || place.taking === 'whole')
      throw new PicketError('unknown-format', `there is no format named ${place.format}`)
    const { recordBytesMax } = limits
    const bounds: FrameLimits = { chunkBytes: limits.chunkBytes ?? frameLimits.chunkBytes, recordBytesMax }
    this.#maker = new ChunkMaker({ source: '', format: place.format, receivedMs: 0, run: '' }, '', place.chain)
    this.#framer = tailFramerOf(place.taking, this.#maker, parser, bounds, place.mark)
    this.recordBytesMax = recordBytesMax
    this.readBytes = place.mark.at
    this.#expected = place.rest?.recordBytes
  }

  static async at(place: Place, handle: FileHandle, limits: LiveLimits): Promise<Live> {
    const live = new Live(place, limits)
    await live.#passOver(handle, place.readBytes)
    if (live.taken === place.position) return live
    // Where the limits were changed, or what had no end yet was written anew.
    const anew = new Live(place, limits)
    await anew.#passOver(handle, place.position)
    return anew
  }

  /** All records that are complete by then were given. */
  async #passOver(handle: FileHandle, to: number): Promise<void> {
    while (this.readBytes < to) {
      const piece = await this.#next(handle, to)
      if (piece === undefined) break
      for (const _ of this.#framer.push(piece));
    }
    this.#framer.part()
  }

  async #next(handle: FileHandle, to: number): Promise<Buffer | undefined> {
    const piece = await readAt(handle, this.readBytes, Math.min(pieceBytes, to - this.readBytes))
    if (piece.length === 0) return undefined
    this.readBytes += piece.length
    this.#lastByte = piece.at(-1)!
    return piece
  }

  /** Records that end at or before this byte of the file were given. */
  get taken(): number {
    return this.#framer.taken
  }

  get endsInNewline(): boolean {
    return this.#lastByte === 10
  }

  /** What is complete up to there. */
  async *upTo(handle: FileHandle, to: number, base: ChunkBase): AsyncGenerator<Chunk, void> {
    this.#maker.base = base
    while (this.readBytes < to) {
      const piece = await this.#next(handle, to)
      if (piece === undefined) break
      for (const chunk of this.#framer.push(piece)) yield* this.#unexpected(chunk)
    }
    const part = this.#framer.part()
    if (part !== undefined) yield* this.#unexpected(part)
  }

  /** The record that has no end yet, unless it was given as it is. Its size; `unclear` where there is more to it: then use `end`. */
  *rest(): Generator<Chunk, number | 'unclear'> {
    const last = this.#framer.rest()
    if (last === 'unclear') return last
    const bytes = last === undefined ? 0 : firstRecordBytes(last)
    if (last !== undefined && bytes !== this.#expected) yield last
    this.#expected = bytes
    return bytes
  }

  /** All that is left, as an import would end. This is of no use afterwards. */
  *end(): Generator<Chunk, void> {
    for (const chunk of this.#framer.end()) yield* this.#unexpected(chunk)
  }

  /** From where to go on after a restart. Where the header is too long to be kept, that is where it was before. */
  mark(before: { readonly mark: FrameMark; readonly chain: string }): { mark: FrameMark; chain: string } {
    const mark = this.#framer.mark()
    const isTooLong = mark.header !== undefined && JSON.stringify(mark.header).length > headerJsonMax
    return isTooLong ? { mark: before.mark, chain: before.chain } : { mark, chain: this.#maker.chain }
  }

  /** A chunk without its first record, where that was given already (and is what it was). */
  *#unexpected(chunk: Chunk): Generator<Chunk, void> {
    const expected = this.#expected
    this.#expected = undefined
    const { headers, body } = chunk
    if (!expected || headers.dead !== undefined || firstRecordBytes(chunk) !== expected) {
      yield chunk
      return
    }
    if (headers.records === 1) return
    const from = headers.framing === 'sized' ? 4 + expected : body.indexOf(10) + 1
    const firstIndex = (headers.firstIndex ?? 0) + 1
    yield { headers: { ...headers, firstIndex, records: headers.records - 1 }, body: body.subarray(from) }
  }
}

/** The size of a chunk's first record, where that begins the chunk. */
function firstRecordBytes({ headers, body }: Chunk): number {
  if (headers.framing === 'sized') return body.readUInt32LE(0)
  const newline = body.indexOf(10)
  const end = newline < 0 ? body.length : newline
  return end > 0 && body[end - 1] === 13 ? end - 1 : end
}

export async function readAt(handle: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, at)
  return buffer.subarray(0, bytesRead)
}
