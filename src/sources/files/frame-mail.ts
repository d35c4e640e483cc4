/**
 * Framing `mail`: a stream is one mail, or a mailbox (RFC 4155) if it begins with a `From ` line. A record is the bytes of a mail, without that line and, of a
 * mailbox, without its quoting (mboxrd: `>From ` in the text was `From `, `>>From ` was `>From `). Mails may be larger than other records: what is too large to be
 * kept is left out later, by the mail lane, when it has been hashed and checked.
 */

import type { Chunk } from '../../core/chunk.ts'
import { isFromLine } from '../../parsers/email/email.ts'
import type { ChunkMaker } from './chunk-maker.ts'
import type { FrameLimits, Framer } from './framer.ts'
import { SizedChunks } from './sized-chunks.ts'

/** A chunk must find room in a message of the bus. */
export const mailBytesMax = 48 * 1024 * 1024
/** A line that begins a message is looked for in so much of it. */
const fromLineMax = 512

export function mailFramer(maker: ChunkMaker, limits: FrameLimits): Framer {
  const chunks = new SizedChunks(maker, limits)
  let held: Buffer[] = []
  let heldBytes = 0
  let isMbox: boolean | undefined
  /** The end of what was searched, for a line that lies across two pieces. */
  let tail = Buffer.alloc(0)

  function hold(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (chunks.isDead || heldBytes + bytes.length > mailBytesMax) {
      for (const piece of held) chunks.bury(piece)
      chunks.bury(bytes)
      held = []
      heldBytes = 0
      return
    }
    held.push(bytes)
    heldBytes += bytes.length
  }

  /** The mail that is held has ended. */
  function* mailEnds(): Generator<Chunk> {
    if (chunks.isDead) {
      yield chunks.buried(bytes => `a mail of ${bytes} bytes is longer than ${mailBytesMax}`)
      return
    }
    if (heldBytes === 0) return
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held, heldBytes)
    held = []
    heldBytes = 0
    const record = isMbox === true ? unquoted(bytes) : bytes
    if (record.length === 0) return
    const chunk = chunks.record(record, 0, record.length)
    if (chunk !== undefined) yield chunk
  }

  function* push(piece: Buffer): Generator<Chunk> {
    let bytes = tail.length === 0 ? piece : Buffer.concat([tail, piece])
    tail = Buffer.alloc(0)
    if (isMbox === undefined) {
      if (bytes.length < fromLineMax && !bytes.includes(10)) {
        tail = Buffer.from(bytes)
        return
      }
      isMbox = isFromLine(bytes.toString('latin1', 0, fromLineMax))
    }
    if (!isMbox) {
      if (heldBytes + bytes.length > mailBytesMax && !chunks.isDead) yield* flushed()
      hold(bytes)
      return
    }
    for (;;) {
      const next = nextFrom(bytes)
      if (next === undefined) break
      hold(bytes.subarray(0, next))
      yield* mailEnds()
      bytes = bytes.subarray(next)
    }
    // Kept back: a line that begins a message may be cut.
    const keep = Math.min(bytes.length, fromLineMax * 2)
    if (heldBytes + bytes.length > mailBytesMax && !chunks.isDead) yield* flushed()
    hold(bytes.subarray(0, bytes.length - keep))
    tail = Buffer.from(bytes.subarray(bytes.length - keep))
  }

  /** What is complete goes before a dead record. */
  function* flushed(): Generator<Chunk> {
    const chunk = chunks.flush()
    if (chunk !== undefined) yield chunk
  }

  function* end(problem?: string): Generator<Chunk> {
    hold(tail)
    tail = Buffer.alloc(0)
    if (problem === undefined) {
      isMbox ??= heldBytes > 0 && isFromLine(held[0]!.toString('latin1', 0, fromLineMax))
      yield* mailEnds()
      yield* flushed()
      return
    }
    yield* flushed()
    for (const piece of held) chunks.bury(piece)
    yield chunks.buried(() => problem)
  }

  return { push, end }
}

/** Where the next message begins, after the first bytes: a `From ` line after a blank line. */
function nextFrom(bytes: Buffer): number | undefined {
  for (let at = bytes.indexOf('\nFrom ', 1, 'latin1'); at >= 0; at = bytes.indexOf('\nFrom ', at + 1, 'latin1')) {
    const blank = bytes[at - 1] === 10 || (bytes[at - 1] === 13 && bytes[at - 2] === 10)
    if (!blank) continue
    if (bytes.indexOf(10, at + 1) < 0 && bytes.length - at < fromLineMax) return undefined
    if (isFromLine(bytes.toString('latin1', at + 1, at + 1 + fromLineMax))) return at + 1
  }
  return undefined
}

/** Without the `From ` line, the blank line at its end, and the quoting. */
function unquoted(bytes: Buffer): Buffer {
  const newline = bytes.indexOf(10)
  let end = bytes.length
  if (end >= 2 && bytes[end - 1] === 10 && bytes[end - 2] === 10) end--
  else if (end >= 4 && bytes.toString('latin1', end - 4, end) === '\r\n\r\n') end -= 2
  const body = bytes.subarray(newline < 0 ? bytes.length : newline + 1, Math.max(end, newline + 1))
  if (!body.includes('\n>')) return body
  const pieces: Buffer[] = []
  let from = 0
  for (let at = body.indexOf('\n>', 0, 'latin1'); at >= 0; at = body.indexOf('\n>', at + 1, 'latin1')) {
    let quote = at + 1
    while (body[quote] === 62) quote++
    if (body.toString('latin1', quote, quote + 5) !== 'From ') continue
    pieces.push(body.subarray(from, at + 1))
    from = at + 2
  }
  pieces.push(body.subarray(from))
  return Buffer.concat(pieces)
}
