/**
 * Cuts the bytes of a connection into syslog messages: counted octets and lines, mixed as they come (RFC 6587, 3.4; RFC 5425, 4.3).
 *
 *   counted = count SP message          the count has no leading zero, and the message begins with "<": else it is a line
 *   line    = text (LF / NUL)           a CR before it is no part of the text
 *
 * Memory: at most one unfinished message, and that at most as large as a message may be. A larger one is a dead letter of which the
 * beginning is kept.
 */

import { Unfinished } from '../listen/unfinished.ts'

/** Where messages go: a stream of the outlet. */
export type MessageSink = {
  add(bytes: Buffer, start: number, end: number): void
  bury(bytes: Buffer): void
  buried(reason: string): void
  readonly isBurying: boolean
}

const digitsMax = 9
const none = Buffer.alloc(0)

export class MessageFramer {
  readonly #sink: MessageSink
  readonly #messageBytesMax: () => number
  /** Framing by lines only: what GELF does with NUL. */
  readonly #counted: boolean
  readonly #terminators: readonly number[]
  /** The unfinished message, with its count if it has one. */
  readonly #unfinished = new Unfinished()
  /** Octets of a dead message that are still to come. -1: up to the end of its line. */
  #skip = 0
  #deadBytes = 0

  constructor(
    sink: MessageSink,
    messageBytesMax: () => number,
    options: { readonly counted?: boolean; readonly terminators?: readonly number[] } = {}
  ) {
    this.#sink = sink
    this.#messageBytesMax = messageBytesMax
    this.#counted = options.counted ?? true
    this.#terminators = options.terminators ?? [10, 0]
  }

  get heldBytes(): number {
    return this.#unfinished.length
  }

  /** The bytes are copied where they are kept. */
  read(bytes: Buffer): void {
    let at = 0
    if (this.#sink.isBurying) {
      at = this.#goOnBurying(bytes)
      if (at === bytes.length) return
    }
    const unfinished = this.#unfinished
    if (unfinished.length === 0) unfinished.hold(bytes, this.#scan(bytes, at))
    else {
      unfinished.hold(bytes, at)
      unfinished.drop(this.#scan(unfinished.view(), 0, bytes.length - at))
    }
    this.#bound()
  }

  /** The connection has ended: a last line needs no terminator. */
  end(): void {
    if (this.#sink.isBurying) this.#bury(none, `${this.#tooLong()}, and the connection ended inside it`)
    const held = this.#unfinished.view()
    this.#unfinished.clear()
    if (held.length === 0) return
    const count = this.#count(held, 0)
    if (count.bytes > 0) {
      this.#sink.bury(held)
      this.#sink.buried(
        `the connection ended inside a message: ${held.length - count.size} of ${count.bytes} bytes came`
      )
    } else this.#line(held, 0, held.length)
  }

  /** Takes whole messages from `from` on; returns where the first unfinished one begins. `fresh` bytes at the end are new. */
  #scan(bytes: Buffer, from: number, fresh = bytes.length - from): number {
    let at = from
    // The next terminator of each kind: looked for once.
    const next = this.#terminators.map(() => -2)
    let lookFrom = bytes.length - fresh
    while (at < bytes.length) {
      const count = this.#count(bytes, at)
      if (count.size < 0) return at
      if (count.bytes > 0) {
        const start = at + count.size
        if (count.bytes > this.#messageBytesMax()) return this.#beginBurying(bytes, start, count.bytes)
        if (start + count.bytes > bytes.length) return at
        this.#line(bytes, start, start + count.bytes)
        at = start + count.bytes
        continue
      }
      let end = -1
      for (let i = 0; i < next.length; i++) {
        if (next[i] === -2 || (next[i]! >= 0 && next[i]! < at))
          next[i] = bytes.indexOf(this.#terminators[i]!, Math.max(at, lookFrom))
        if (next[i]! >= 0 && (end < 0 || next[i]! < end)) end = next[i]!
      }
      if (end < 0) return at
      this.#line(bytes, at, end)
      at = end + 1
      lookFrom = at
    }
    return at
  }

  /** `size`: of the count and the space behind it; 0 where a line begins, -1 where that is not clear yet. */
  #count(bytes: Buffer, at: number): { readonly size: number; readonly bytes: number } {
    const first = bytes[at]!
    if (!this.#counted || first < 49 || first > 57) return aLine
    let value = 0
    let i = at
    for (; i < bytes.length && i - at <= digitsMax; i++) {
      const byte = bytes[i]!
      if (byte < 48 || byte > 57) break
      value = value * 10 + byte - 48
    }
    if (i - at > digitsMax) return aLine
    if (i + 1 >= bytes.length) return i >= bytes.length || bytes[i] === 32 ? unclear : aLine
    return bytes[i] === 32 && bytes[i + 1] === 60 ? { size: i + 1 - at, bytes: value } : aLine
  }

  #line(bytes: Buffer, start: number, end: number): void {
    let last = end
    while (last > start && (bytes[last - 1] === 13 || bytes[last - 1] === 10 || bytes[last - 1] === 0)) last--
    if (last - start > this.#messageBytesMax()) {
      this.#deadBytes = last - start
      this.#sink.bury(bytes.subarray(start, last))
      this.#bury(none, this.#tooLong())
    } else this.#sink.add(bytes, start, last)
  }

  #beginBurying(bytes: Buffer, start: number, size: number): number {
    this.#skip = size
    this.#sink.bury(none)
    this.#deadBytes = 0
    const at = start + this.#goOnBurying(bytes.subarray(start))
    return at === bytes.length ? at : this.#scan(bytes, at)
  }

  /** Returns how many of the bytes belong to the dead message. */
  #goOnBurying(bytes: Buffer): number {
    if (this.#skip > 0) {
      const taken = Math.min(this.#skip, bytes.length)
      this.#deadBytes += taken
      this.#skip -= taken
      if (this.#skip === 0) this.#bury(bytes.subarray(0, taken), this.#tooLong())
      else this.#sink.bury(bytes.subarray(0, taken))
      return taken
    }
    let end = -1
    for (const terminator of this.#terminators) {
      const found = bytes.indexOf(terminator)
      if (found >= 0 && (end < 0 || found < end)) end = found
    }
    const taken = end < 0 ? bytes.length : end
    this.#deadBytes += taken
    if (end < 0) this.#sink.bury(bytes)
    else this.#bury(bytes.subarray(0, end), this.#tooLong())
    return end < 0 ? taken : taken + 1
  }

  #bury(bytes: Buffer, reason: string): void {
    this.#sink.bury(bytes)
    this.#sink.buried(reason)
    this.#skip = 0
    this.#deadBytes = 0
  }

  #tooLong(): string {
    return `the message is too long: ${this.#deadBytes} bytes (at most ${this.#messageBytesMax()})`
  }

  /** An unfinished line beyond the bound is dead already. An idle connection holds no memory. */
  #bound(): void {
    const unfinished = this.#unfinished
    if (unfinished.length === 0) unfinished.clear()
    else unfinished.shrink()
    if (unfinished.length <= this.#messageBytesMax() + digitsMax + 1) return
    const held = unfinished.view()
    unfinished.clear()
    this.#deadBytes = held.length
    this.#skip = -1
    this.#sink.bury(held)
  }
}

const aLine = { size: 0, bytes: 0 }
const unclear = { size: -1, bytes: 0 }
