/**
 * Framing `csv`: a record ends at the first line end outside quotes (RFC 4180); the first record is the header, kept as context.
 *
 * A quote counts where a cell begins, so a lone one within a cell changes nothing. One that is never closed would swallow the file:
 * where no closing quote comes within a mebibyte of the record's begin, the lines of that stretch are records as they are.
 */
import type { Chunk } from '../../core/chunk.ts'
import type { Parser } from '../../core/parser.ts'
import { HeaderInForce, isHeader } from '../../parsers/parse-chunk.ts'
import type { ChunkMaker } from './chunk-maker.ts'
import { type FrameLimits, type FrameMark, type TailFramer, tooLong } from './framer.ts'
import { HeldBytes } from './held-bytes.ts'
import { SizedChunks, withoutLineEnd } from './sized-chunks.ts'

const quote = 34
const never = Number.POSITIVE_INFINITY

const start0: FrameMark = { at: 0 }

export function csvFramer(
  maker: ChunkMaker,
  parser: Parser,
  limits: FrameLimits,
  from: FrameMark = start0
): TailFramer {
  const { recordBytesMax } = limits
  const quotedBytesMax = Math.min(1024 * 1024, recordBytesMax)
  const chunks = new SizedChunks(maker, limits)
  const header = new HeaderInForce(parser, from.header)
  chunks.header = from.header
  const held = new HeldBytes()
  /** Positions within what is held. `start` of the record, `at` the scan; lines that begin before `plainUntil` are records as they are. */
  let start = 0
  let at = 0
  let inQuotes = false
  let plainUntil = Math.max(0, (from.plainUntil ?? 0) - from.at)
  /** The first quote at or after `at`; -1 where it must be looked for, `never` where there is none in what is held. */
  let nextQuote = -1
  /** Where what is held lies in the stream. */
  let heldAt = from.at
  let mark = from
  const reasonOf = (bytes: number) => tooLong('record', bytes, limits)

  /** A chunk begins at this position. */
  function markAt(position: number): void {
    mark = { at: heldAt + position, header: header.lines, plainUntil: heldAt + plainUntil }
  }

  /** A whole record. The first, or what the parser says is one, becomes the header. */
  function* record(bytes: Buffer, from: number, to: number): Generator<Chunk> {
    if (parser.isHeader === undefined ? header.lines === undefined : true) {
      const text = bytes.toString('utf8', from, withoutLineEnd(bytes, from, to))
      if (text === '') return
      if (parser.isHeader === undefined || isHeader(parser, text)) {
        const before = chunks.flush()
        if (before !== undefined) yield before
        maker.pass(bytes.subarray(from, to))
        header.add(text)
        chunks.header = header.lines
        return
      }
    }
    const chunk = chunks.text(bytes, from, to)
    if (chunk !== undefined) yield chunk
  }

  /** The end of the record at `start` (after its line end), or -1 if it is not in what is held. */
  function endOf(bytes: Buffer, ended: boolean): number {
    for (;;) {
      if (inQuotes) {
        const close = bytes.indexOf(quote, at)
        // The same wherever the pieces were cut: a quote counts only within the stretch.
        if (close < 0 || close - start >= quotedBytesMax) {
          if (bytes.length - start < quotedBytesMax && !ended) {
            at = bytes.length
            return -1
          }
          plainUntil = start + quotedBytesMax
          inQuotes = false
          at = start
          nextQuote = -1
          continue
        }
        if (close + 1 === bytes.length && !ended) {
          at = close
          return -1
        }
        if (bytes[close + 1] === quote) at = close + 2
        else {
          at = close + 1
          inQuotes = false
          nextQuote = -1
        }
        continue
      }
      const newline = bytes.indexOf(10, at)
      // What is too long is no table: its quotes mean nothing.
      if (start >= plainUntil && !chunks.isDead) {
        if (nextQuote < at && nextQuote !== never) {
          nextQuote = bytes.indexOf(quote, at)
          if (nextQuote < 0) nextQuote = never
        }
        if (nextQuote < (newline < 0 ? bytes.length : newline) && nextQuote - start < quotedBytesMax) {
          inQuotes = nextQuote === start || isDelimiter(bytes[nextQuote - 1]!)
          at = nextQuote + 1
          nextQuote = -1
          continue
        }
      }
      if (newline >= 0) return newline + 1
      at = bytes.length
      return -1
    }
  }

  function* scan(ended: boolean): Generator<Chunk> {
    const bytes = held.view()
    if (nextQuote === never) nextQuote = -1
    for (;;) {
      const end = endOf(bytes, ended)
      if (end < 0) break
      if (chunks.isDead) {
        chunks.bury(bytes.subarray(start, end))
        yield chunks.buried(reasonOf)
      } else if (end - start > recordBytesMax) {
        yield* bury(bytes.subarray(start, end))
        yield chunks.buried(reasonOf)
      } else yield* record(bytes, start, end)
      start = at = end
      if (chunks.isFresh) markAt(start)
    }
    if (!inQuotes && (chunks.isDead || bytes.length - start > recordBytesMax)) {
      const begins = !chunks.isDead
      yield* bury(bytes.subarray(start))
      if (begins) markAt(start)
      start = bytes.length
    }
    held.drop(start)
    heldAt += start
    at = Math.max(0, at - start)
    plainUntil = Math.max(0, plainUntil - start)
    nextQuote = -1
    start = 0
  }

  function* bury(bytes: Buffer): Generator<Chunk> {
    if (!chunks.isDead) {
      const before = chunks.flush()
      if (before !== undefined) yield before
    }
    chunks.bury(bytes)
  }

  function* push(piece: Buffer): Generator<Chunk> {
    held.append(piece)
    yield* scan(false)
  }

  function* end(problem?: string): Generator<Chunk> {
    if (problem === undefined) yield* scan(true)
    const bytes = held.view()
    if (chunks.isDead) {
      chunks.bury(bytes)
      yield chunks.buried(reasonOf)
      held.clear()
    } else if (problem === undefined && bytes.length > 0) yield* record(bytes, 0, bytes.length)
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
    if (held.length === 0 && !chunks.isDead) return undefined
    const bytes = held.view()
    const last = withoutLineEnd(bytes, 0, bytes.length)
    if (inQuotes || chunks.isDead || last > recordBytesMax) return 'unclear'
    // A header that is not complete yet is no record.
    if (parser.isHeader === undefined ? header.lines === undefined : isHeader(parser, bytes.toString('utf8', 0, last)))
      return undefined
    return chunks.preview(bytes)
  }

  return {
    push,
    end,
    part,
    rest,
    mark: () => mark,
    get taken() {
      return chunks.isDead ? mark.at : heldAt
    }
  }
}

/** What separates cells: `,` `;` tab `|`. */
function isDelimiter(byte: number): boolean {
  return byte === 44 || byte === 59 || byte === 9 || byte === 124
}
