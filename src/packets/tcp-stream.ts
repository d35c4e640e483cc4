/**
 * One direction of a TCP connection put in order (RFC 9293), within bounds: what comes early is held, what was seen is passed over, and
 * where something never comes the reader is told of a gap. Where segments overlap, what came first counts.
 */

import type { Budget } from './budget.ts'

/** Further ahead than any window: no part of this connection. */
const aheadMax = 64 << 20
const heldBytesMax = 512 << 10
const heldSegmentsMax = 512

type Held = { readonly seq: number; readonly bytes: Uint8Array; readonly missing: number }

/** What reads a stream. `seen` is octets in order; `gap` that some are missing here. */
export type StreamReader = {
  seen(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void
  gap(fromSource: boolean, size: number): void
}

export class TcpStream {
  next: number
  retransmitted = 0
  missing = 0
  readonly #fromSource: boolean
  readonly #budget: Budget
  #held: Held[] = []
  #heldBytes = 0

  constructor(fromSource: boolean, seq: number, budget: Budget) {
    this.#fromSource = fromSource
    this.next = seq | 0
    this.#budget = budget
  }

  /** A segment: `from` to `to` of what was captured, and `missing` more octets that were cut off. */
  segment(seq: number, bytes: Uint8Array, from: number, to: number, missing: number, reader: StreamReader): void {
    const ahead = (seq - this.next) | 0
    if (ahead === 0) {
      this.#take(bytes, from, to, missing, reader)
      if (this.#held.length > 0) this.#drain(reader)
      return
    }
    if (ahead < 0) {
      const size = to - from + missing
      if (-ahead >= size) {
        this.retransmitted++
        return
      }
      const known = Math.min(-ahead, to - from)
      this.#take(bytes, from + known, to, missing - (-ahead - known), reader)
      if (this.#held.length > 0) this.#drain(reader)
      return
    }
    if (ahead > aheadMax) return
    this.#hold({ seq, bytes: bytes.slice(from, to), missing }, reader)
  }

  /** The other side has acknowledged up to here: what is before it and was not seen will not come any more. */
  acknowledged(ack: number, reader: StreamReader): void {
    while (this.#held.length > 0 && ((ack - this.#held[0]!.seq) | 0) > 0 && ((this.#held[0]!.seq - this.next) | 0) > 0)
      this.#jump(reader)
  }

  /** Nothing more comes: what is held is given, with the gaps before it. */
  finish(reader: StreamReader): void {
    while (this.#held.length > 0) this.#jump(reader)
  }

  /** Nobody reads any more. */
  drop(): void {
    this.#budget.give(this.#heldBytes)
    this.#held = []
    this.#heldBytes = 0
  }

  #take(bytes: Uint8Array, from: number, to: number, missing: number, reader: StreamReader): void {
    this.next = (this.next + (to - from) + missing) | 0
    if (to > from) reader.seen(this.#fromSource, bytes, from, to)
    if (missing > 0) {
      this.missing += missing
      reader.gap(this.#fromSource, missing)
    }
  }

  #hold(segment: Held, reader: StreamReader): void {
    const held = this.#held
    let at = held.length
    while (at > 0 && ((segment.seq - held[at - 1]!.seq) | 0) < 0) at--
    // The same segment again.
    if (at > 0 && held[at - 1]!.seq === segment.seq && held[at - 1]!.bytes.length >= segment.bytes.length) {
      this.retransmitted++
      return
    }
    const size = segment.bytes.length + 64
    if (!this.#budget.take(size)) {
      // No room to wait in: what is missing is given up, and this is read now.
      this.finish(reader)
      this.#skipTo(segment.seq, reader)
      this.segment(segment.seq, segment.bytes, 0, segment.bytes.length, segment.missing, reader)
      return
    }
    held.splice(at, 0, segment)
    this.#heldBytes += size
    while (this.#held.length > 0 && (this.#heldBytes > heldBytesMax || this.#held.length > heldSegmentsMax))
      this.#jump(reader)
  }

  /** Goes on behind the gap before the first held segment. */
  #jump(reader: StreamReader): void {
    this.#skipTo(this.#held[0]!.seq, reader)
    this.#drain(reader)
  }

  #skipTo(seq: number, reader: StreamReader): void {
    const size = (seq - this.next) | 0
    if (size <= 0) return
    this.next = seq | 0
    this.missing += size
    reader.gap(this.#fromSource, size)
  }

  #drain(reader: StreamReader): void {
    while (this.#held.length > 0) {
      const first = this.#held[0]!
      const ahead = (first.seq - this.next) | 0
      if (ahead > 0) return
      this.#held.shift()
      this.#heldBytes -= first.bytes.length + 64
      this.#budget.give(first.bytes.length + 64)
      if (-ahead >= first.bytes.length + first.missing) continue
      const known = Math.min(-ahead, first.bytes.length)
      this.#take(first.bytes, known, first.bytes.length, first.missing - (-ahead - known), reader)
    }
  }
}
