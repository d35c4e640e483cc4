/** Framing `multiline`: a record is a line that begins one (the parser says which) and the lines after it that do not. */
import type { Chunk } from '../../core/chunk.ts'
import type { Parser } from '../../core/parser.ts'
import type { ChunkMaker } from './chunk-maker.ts'
import { type FrameLimits, type FrameMark, type TailFramer, tooLong } from './framer.ts'
import { HeldBytes } from './held-bytes.ts'
import { SizedChunks } from './sized-chunks.ts'

/** What the parser is shown of a line, bytes. */
const shownBytesMax = 4096

const start0: FrameMark = { at: 0 }

export function multilineFramer(
  maker: ChunkMaker,
  parser: Parser,
  limits: FrameLimits,
  from: FrameMark = start0
): TailFramer {
  const { recordBytesMax } = limits
  const chunks = new SizedChunks(maker, limits)
  const held = new HeldBytes()
  /** Within what is held, from the record's begin on: the line being looked at, from where its end is looked for, and if it was shown. */
  let line = 0
  /** Where the line before begins. */
  let lineBefore = 0
  let searched = 0
  let shown = false
  /** Where what is held lies in the stream, and where the present chunk begins there. */
  let heldAt = from.at
  let chunkAt = from.at
  const reasonOf = (bytes: number) => tooLong('record', bytes, limits)

  const asksForFirst = (parser.begins?.length ?? 0) > 1
  const asksForLast = (parser.begins?.length ?? 0) > 2

  function begins(bytes: Buffer, start: number, end: number): boolean {
    try {
      const first = asksForFirst && start < line ? textOf(bytes, start, bytes.indexOf(10, start)) : undefined
      const last = asksForLast && start < line ? textOf(bytes, lineBefore, line - 1) : undefined
      return parser.begins?.(textOf(bytes, line, end), first, last) === true
    } catch {
      return false
    }
  }

  /** A line, without its terminator, as the parser is shown it. */
  function textOf(bytes: Buffer, from: number, end: number): string {
    const last = end > from && bytes[end - 1] === 13 ? end - 1 : end
    return bytes.toString('utf8', from, Math.min(last, from + shownBytesMax))
  }

  /** Chunks that the whole lines (and, at the end, the last one) complete. */
  function* scan(ended: boolean): Generator<Chunk> {
    const bytes = held.view()
    let start = 0
    for (;;) {
      const newline = bytes.indexOf(10, searched)
      const end = newline < 0 ? bytes.length : newline
      if (!shown) {
        if (newline < 0 && !(ended && end > line) && end - line < shownBytesMax) break
        shown = true
        if (begins(bytes, start, end)) {
          const chunk = close(bytes, start, line)
          if (chunk !== undefined) yield chunk
          start = line
          if (chunks.isFresh) chunkAt = heldAt + start
        }
      }
      if (newline < 0) break
      lineBefore = line
      line = searched = newline + 1
      shown = false
      if (line - start > recordBytesMax || chunks.isDead) start = yield* bury(bytes, start, line)
    }
    searched = bytes.length
    // A line that was not shown yet may begin the next record: it does not count.
    const until = shown ? bytes.length : line
    if (until - start > recordBytesMax || (chunks.isDead && until > start)) start = yield* bury(bytes, start, until)
    held.drop(start)
    heldAt += start
    line = Math.max(0, line - start)
    lineBefore = Math.max(0, lineBefore - start)
    searched = Math.max(0, searched - start)
  }

  function* bury(bytes: Buffer, start: number, end: number): Generator<Chunk, number> {
    if (!chunks.isDead) {
      const before = chunks.flush()
      if (before !== undefined) yield before
      chunkAt = heldAt + start
    }
    chunks.bury(bytes.subarray(start, end))
    return end
  }

  function close(bytes: Buffer, start: number, end: number): Chunk | undefined {
    if (!chunks.isDead) return chunks.text(bytes, start, end)
    chunks.bury(bytes.subarray(start, end))
    return chunks.buried(reasonOf)
  }

  function* push(piece: Buffer): Generator<Chunk> {
    held.append(piece)
    yield* scan(false)
  }

  function* end(problem?: string): Generator<Chunk> {
    yield* scan(true)
    const bytes = held.view()
    if (problem === undefined || chunks.isDead) {
      const chunk = close(bytes, 0, bytes.length)
      if (chunk !== undefined) yield chunk
      held.clear()
    }
    const rest = chunks.flush()
    if (rest !== undefined) yield rest
    if (problem !== undefined) {
      chunks.bury(held.view())
      yield chunks.buried(() => problem)
    }
    held.clear()
  }

  function part(): Chunk | undefined {
    held.compact()
    return chunks.part()
  }

  function rest(): Chunk | 'unclear' | undefined {
    const bytes = held.view()
    // An unfinished last line may turn out to begin the next record.
    if (chunks.isDead || bytes.length > recordBytesMax || (bytes.length > line && line > 0)) return 'unclear'
    return chunks.preview(bytes)
  }

  return {
    push,
    end,
    part,
    rest,
    mark: () => ({ at: chunkAt }),
    get taken() {
      return chunks.isDead ? chunkAt : heldAt
    }
  }
}
