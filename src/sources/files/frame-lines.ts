/** Framing `lines`: chunks are stretches of whole lines as they lie in the stream, cut without copying where they lie in one piece. */
import type { Chunk } from '../../core/chunk.ts'
import type { Parser } from '../../core/parser.ts'
import { HeaderInForce, isBlank, isHeader, mayBeHeader } from '../../parsers/parse-chunk.ts'
import type { ChunkMaker, DeadRecord } from './chunk-maker.ts'
import { type FrameLimits, type FrameMark, type TailFramer, tooLong } from './framer.ts'
import { HeldBytes } from './held-bytes.ts'

const start0: FrameMark = { at: 0 }

export function linesFramer(
  maker: ChunkMaker,
  parser: Parser,
  limits: FrameLimits,
  from: FrameMark = start0
): TailFramer {
  const { chunkBytes, recordBytesMax } = limits
  const hasHeaders = parser.isHeader !== undefined
  const header = new HeaderInForce(parser, from.header)
  const held = new HeldBytes()
  /** Within what is held: where the line begins whose end is looked for, and from where it is looked for. */
  let line = 0
  let searched = 0
  let records = 0
  let headerAtStart = from.header
  /** Where what is held lies in the stream. */
  let heldAt = from.at
  /** Where the present chunk begins, and the header in force there. */
  let chunkAt = from.at
  let headerAtChunk = from.header
  /** A line that is too long, as it goes by. */
  let skipped: DeadRecord | undefined
  let skippedEndsInReturn = false

  /** The chunk of the first `end` bytes held. */
  function cut(bytes: Buffer, start: number, end: number): Chunk | undefined {
    const chunk = maker.lines(bytes.subarray(start, end), records, headerAtStart)
    records = 0
    headerAtStart = headerAtChunk = header.lines
    chunkAt = heldAt + end
    return chunk
  }

  function deadLine(record: DeadRecord, contentBytes: number): Chunk {
    return maker.dead(record, tooLong('line', contentBytes, limits))
  }

  /** A line's bytes without terminator: a record, a header, or nothing. */
  function count(bytes: Buffer, start: number, end: number): void {
    const size = end - start
    if (size === 0 || (size === 1 && bytes[start] === 13)) return
    if (hasHeaders && mayBeHeader(bytes[start]!)) {
      const text = bytes.toString('utf8', start, bytes[end - 1] === 13 ? end - 1 : end)
      if (isHeader(parser, text)) {
        header.add(text)
        return
      }
    }
    records++
  }

  /** What is held is joined with no more of the piece than its chunk needs: the rest stays where it is, uncopied. */
  function* push(piece: Buffer): Generator<Chunk> {
    if (held.length > 0 && skipped === undefined) {
      const newline = piece.indexOf(10, Math.max(0, chunkBytes - 1 - held.length - maker.partBytes))
      if (newline >= 0 && newline + 1 < piece.length) {
        yield* scan(piece.subarray(0, newline + 1))
        yield* scan(piece.subarray(newline + 1))
        return
      }
    }
    yield* scan(piece)
  }

  function* scan(piece: Buffer): Generator<Chunk> {
    let fresh = piece
    if (skipped !== undefined) {
      const newline = fresh.indexOf(10)
      const end = newline < 0 ? fresh.length : newline
      if (end > 0) skippedEndsInReturn = fresh[end - 1] === 13
      skipped.add(fresh.subarray(0, newline < 0 ? end : end + 1))
      heldAt += newline < 0 ? end : end + 1
      if (newline < 0) return
      chunkAt = heldAt
      const record = skipped
      skipped = undefined
      yield deadLine(record, record.bytes - 1 - (skippedEndsInReturn ? 1 : 0))
      fresh = fresh.subarray(newline + 1)
    }
    if (fresh.length === 0) return
    held.append(fresh)
    const bytes = held.view()
    let start = 0
    for (;;) {
      const newline = bytes.indexOf(10, searched)
      if (newline < 0) break
      if (newline - line > recordBytesMax) {
        const size = newline - line - (bytes[newline - 1] === 13 ? 1 : 0)
        if (size > recordBytesMax) {
          const before = cut(bytes, start, line)
          if (before !== undefined) yield before
          const record = maker.beginDead()
          record.add(bytes.subarray(line, newline + 1))
          yield deadLine(record, size)
          start = line = searched = newline + 1
          chunkAt = heldAt + start
          continue
        }
      }
      count(bytes, line, newline)
      line = searched = newline + 1
      if (maker.partBytes + line - start >= chunkBytes) {
        const chunk = cut(bytes, start, line)
        start = line
        if (chunk !== undefined) yield chunk
      }
    }
    searched = bytes.length
    // One more than the limit may still be the carriage return of a line that is just short enough.
    if (bytes.length - line > recordBytesMax + 1) {
      const before = cut(bytes, start, line)
      if (before !== undefined) yield before
      skipped = maker.beginDead()
      skipped.add(bytes.subarray(line))
      skippedEndsInReturn = bytes.at(-1) === 13
      start = line = bytes.length
    }
    held.drop(start)
    heldAt += start
    line -= start
    searched -= start
    if (held.length === 0) line = searched = 0
  }

  function* end(problem?: string): Generator<Chunk> {
    if (skipped !== undefined) {
      yield deadLine(skipped, skipped.bytes - (skippedEndsInReturn ? 1 : 0))
      skipped = undefined
      if (problem !== undefined) yield maker.dead(maker.beginDead(), problem)
      return
    }
    const bytes = held.view()
    const left = bytes.length - line - (bytes.at(-1) === 13 ? 1 : 0)
    const over = left > recordBytesMax
    if (problem === undefined && !over) {
      if (bytes.length > line) count(bytes, line, bytes.length)
      line = bytes.length
    }
    const chunk = cut(bytes, 0, line)
    if (chunk !== undefined) yield chunk
    if (problem !== undefined || over) {
      const record = maker.beginDead()
      record.add(bytes.subarray(line))
      yield problem === undefined ? deadLine(record, left) : maker.dead(record, problem)
    }
    held.clear()
    line = searched = 0
  }

  function part(): Chunk | undefined {
    if (skipped !== undefined) return undefined
    const chunk = maker.part('lines', held.view().subarray(0, line), records, headerAtStart)
    records = 0
    headerAtStart = header.lines
    held.drop(line)
    heldAt += line
    searched -= line
    line = 0
    held.compact()
    return chunk
  }

  function rest(): Chunk | 'unclear' | undefined {
    const bytes = held.view()
    if (skipped !== undefined || bytes.length - (bytes.at(-1) === 13 ? 1 : 0) > recordBytesMax) return 'unclear'
    if (isBlank(bytes, 0, bytes.length)) return undefined
    if (hasHeaders && mayBeHeader(bytes[0]!)) {
      const text = bytes.toString('utf8', 0, bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length)
      if (isHeader(parser, text)) return undefined
    }
    return maker.preview('lines', Buffer.from(bytes), 1, headerAtStart)
  }

  return {
    push,
    end,
    part,
    rest,
    mark: () => ({ at: chunkAt, ...(headerAtChunk === undefined ? {} : { header: headerAtChunk }) }),
    get taken() {
      return skipped === undefined ? heldAt + line : chunkAt
    }
  }
}
