/**
 * The frames of Lumberjack, the protocol in which Beats (and logstash-forwarder) speak to Logstash.
 *
 *   frame      = version type                               ; version: "1" or "2"
 *   window     = version "W" count:u32                      ; so many events follow, then an acknowledgement is expected
 *   json       = "2" "J" sequence:u32 length:u32 payload    ; an event as JSON
 *   data       = "1" "D" sequence:u32 pairs:u32 *( length:u32 key length:u32 value )
 *   compressed = version "C" length:u32 payload             ; zlib over frames
 *   ack        = version "A" sequence:u32                   ; from the server; sequence 0 means: still at it
 *
 * Numbers are big-endian. https://github.com/elastic/go-lumber, https://github.com/logstash-plugins/logstash-input-beats (PROTOCOL.md).
 */

import { inflateSync } from 'node:zlib'
import { messageOf } from '../../core/errors.ts'
import { Unfinished } from '../listen/unfinished.ts'

export type FrameBounds = {
  /** Events that a window may announce. */
  readonly windowMax: number
  /** The largest frame, compressed or not. */
  readonly frameBytesMax: number
  /** The most that a compressed frame may become. */
  readonly inflatedBytesMax: number
}

export type FrameSink = {
  /** A window begins, in the version of the protocol that its acknowledgement must have. */
  window(count: number, version: 1 | 2): void
  /** An event: JSON, not kept. */
  event(sequence: number, json: Buffer): void
}

const pairsMax = 10_000
const W = 87
const J = 74
const D = 68
const C = 67
const A = 65

/** Cuts a connection's bytes into frames. After a problem nothing more is read. */
export class FrameReader {
  readonly #bounds: FrameBounds
  readonly #sink: FrameSink
  /** A frame that is not whole yet, and how long it is as far as is known: 0 where it is not. */
  readonly #unfinished = new Unfinished()
  #wanted = 0
  problem: string | undefined

  constructor(bounds: FrameBounds, sink: FrameSink) {
    this.#bounds = bounds
    this.#sink = sink
  }

  get heldBytes(): number {
    return this.#unfinished.room
  }

  /** The bytes are not kept. */
  read(bytes: Buffer): void {
    if (this.problem !== undefined) return
    const unfinished = this.#unfinished
    let at = 0
    while (unfinished.length > 0 && at < bytes.length) {
      // What the frame still wants, or all there is, where that is not known.
      const left = bytes.length - at
      const taken = this.#wanted === 0 ? left : Math.min(this.#wanted - unfinished.length, left)
      unfinished.hold(bytes, at, at + taken)
      at += taken
      if (unfinished.length < this.#wanted) return
      unfinished.drop(this.#frames(unfinished.view(), false))
      if (this.problem !== undefined) return
    }
    if (at < bytes.length) {
      const rest = at === 0 ? bytes : bytes.subarray(at)
      unfinished.hold(rest, this.#frames(rest, false))
    }
    // An idle connection holds no memory.
    if (unfinished.length === 0) unfinished.clear()
  }

  /** Reads whole frames; how many bytes they were. */
  #frames(bytes: Buffer, inflated: boolean): number {
    let at = 0
    while (this.problem === undefined) {
      const length = this.#lengthAt(bytes, at)
      if (length === undefined) break
      if (at + length > bytes.length) {
        this.#wanted = length
        if (inflated) this.problem = 'a compressed frame ends in the middle of another'
        return at
      }
      this.#frame(bytes, at, length, inflated)
      at += length
    }
    this.#wanted = 0
    if (inflated && this.problem === undefined && at < bytes.length)
      this.problem = 'a compressed frame ends in the middle of another'
    return at
  }

  /** The length of the frame that begins here; undefined where it cannot be told yet. */
  #lengthAt(bytes: Buffer, at: number): number | undefined {
    const have = bytes.length - at
    if (have < 2) return undefined
    const version = bytes[at]!
    const type = bytes[at + 1]!
    if (version !== 49 && version !== 50) return this.#fail(`no frame of Lumberjack: version ${version}`)
    switch (type) {
      case W:
      case A:
        return 6
      case C:
        return have < 6 ? undefined : this.#bounded(6 + bytes.readUInt32BE(at + 2))
      case J:
        return have < 10 ? undefined : this.#bounded(10 + bytes.readUInt32BE(at + 6))
      case D:
        return this.#dataLength(bytes, at)
      default:
        return this.#fail(`no frame of Lumberjack: type ${type}`)
    }
  }

  #dataLength(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < 10) return undefined
    const pairs = bytes.readUInt32BE(at + 6)
    if (pairs > pairsMax) return this.#fail(`an event of ${pairs} fields (at most ${pairsMax})`)
    let end = at + 10
    for (let i = 0; i < pairs * 2; i++) {
      if (bytes.length < end + 4) return undefined
      end += 4 + bytes.readUInt32BE(end)
      if (this.#bounded(end - at) === undefined) return undefined
    }
    return end - at
  }

  #bounded(length: number): number | undefined {
    return length <= this.#bounds.frameBytesMax
      ? length
      : this.#fail(`a frame of ${length} bytes (frameBytesMax is ${this.#bounds.frameBytesMax})`)
  }

  #fail(problem: string): undefined {
    this.problem = problem
    return undefined
  }

  #frame(bytes: Buffer, at: number, length: number, inflated: boolean): void {
    const version = bytes[at] === 49 ? 1 : 2
    switch (bytes[at + 1]) {
      case W: {
        const count = bytes.readUInt32BE(at + 2)
        if (count > this.#bounds.windowMax)
          this.#fail(`a window of ${count} events (windowMax is ${this.#bounds.windowMax})`)
        else this.#sink.window(count, version)
        return
      }
      case J:
        this.#sink.event(bytes.readUInt32BE(at + 2), bytes.subarray(at + 10, at + length))
        return
      case D:
        this.#sink.event(bytes.readUInt32BE(at + 2), pairsAsJson(bytes, at, bytes.readUInt32BE(at + 6)))
        return
      case C: {
        if (inflated) {
          this.#fail('a compressed frame within another')
          return
        }
        let frames: Buffer
        try {
          frames = inflateSync(bytes.subarray(at + 6, at + length), { maxOutputLength: this.#bounds.inflatedBytesMax })
        } catch (error) {
          this.#fail(
            (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
              ? `a compressed frame that becomes more than ${this.#bounds.inflatedBytesMax} bytes`
              : `a compressed frame that cannot be read: ${messageOf(error)}`
          )
          return
        }
        this.#frames(frames, true)
      }
    }
  }
}

function pairsAsJson(bytes: Buffer, frame: number, pairs: number): Buffer {
  const fields: [string, string][] = []
  let at = frame + 10
  const text = (): string => {
    const length = bytes.readUInt32BE(at)
    const value = bytes.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  for (let i = 0; i < pairs; i++) fields.push([text(), text()])
  return Buffer.from(JSON.stringify(Object.fromEntries(fields)))
}

export function ackFrame(version: 1 | 2, sequence: number): Buffer {
  const frame = Buffer.allocUnsafe(6)
  frame[0] = version === 1 ? 49 : 50
  frame[1] = A
  frame.writeUInt32BE(sequence, 2)
  return frame
}
