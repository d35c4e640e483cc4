/**
 * The frames of RELP, the protocol in which rsyslog sends syslog with acknowledgements.
 *
 *   frame   = txnr SP command SP length [SP data] LF    ; length: of the data, octets; without data there is no space before the LF
 *   txnr    = 1*9DIGIT                                   ; counts up by one, 1 to 999999999 and again; 0: a hint, not answered
 *   command = 1*32ALPHA                                  ; open, syslog, close; rsp and serverclose from the server
 *   rsp     = code SP text [LF offers]                   ; 200: done, 500: not; the data of an answer
 *
 * https://github.com/rsyslog/librelp/blob/master/doc/relp.md (versions 0, which librelp speaks, and 1 are the same to us)
 */

import { Unfinished } from '../listen/unfinished.ts'

export type FrameSink = {
  frame(txnr: number, command: string, bytes: Buffer, start: number, end: number): void
  /** A message larger than messages may be: its bytes come in parts, then its end. */
  bury(part: Buffer): void
  buried(txnr: number, size: number): void
}

export type Header = { readonly txnr: number; readonly command: string; readonly length: number; readonly size: number }

const digitsMax = 9
const commandMax = 32
const headerMax = digitsMax + 1 + commandMax + 1 + digitsMax + 1
/** Of all commands but `syslog`. */
const otherBytesMax = 16_384

/** Cuts a connection's bytes into frames. After a problem nothing more is read. Memory: one unfinished frame. */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #messageBytesMax: () => number
  readonly #unfinished = new Unfinished()
  /** The message that is too large, and how many of its octets (and its LF) are still to come. */
  #large: Header | undefined
  #left = 0
  problem: string | undefined

  constructor(sink: FrameSink, messageBytesMax: () => number) {
    this.#sink = sink
    this.#messageBytesMax = messageBytesMax
  }

  get heldBytes(): number {
    return this.#unfinished.length
  }

  /** The bytes are not kept. */
  read(bytes: Buffer): void {
    if (this.problem !== undefined) return
    const unfinished = this.#unfinished
    if (unfinished.length === 0) {
      unfinished.hold(bytes, this.#scan(bytes, 0))
      return
    }
    unfinished.hold(bytes, 0)
    unfinished.drop(this.#scan(unfinished.view(), 0))
    if (unfinished.length === 0) unfinished.clear()
  }

  get isInside(): boolean {
    return this.#unfinished.length > 0 || this.#large !== undefined
  }

  /** Takes whole frames; returns where the first unfinished one begins. */
  #scan(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length && this.problem === undefined) {
      if (this.#large !== undefined) {
        at = this.#skip(bytes, at, this.#large)
        continue
      }
      const header = headerOf(bytes, at)
      if (typeof header === 'string') return this.#fail(header, bytes)
      if (header === undefined) return at
      const { txnr, command, length, size } = header
      const start = at + size
      if (command !== 'syslog' && length > otherBytesMax)
        return this.#fail(`a command ${command} of ${length} bytes`, bytes)
      if (command === 'syslog' && length > this.#messageBytesMax()) {
        this.#large = header
        this.#left = length + 1
        at = start
        continue
      }
      const end = start + length
      if (end >= bytes.length) return at
      if (bytes[end] !== 10) return this.#fail('a frame that does not end where it said', bytes)
      this.#sink.frame(txnr, command, bytes, start, end)
      at = end + 1
    }
    return this.problem === undefined ? at : bytes.length
  }

  #skip(bytes: Buffer, at: number, { txnr, length }: Header): number {
    const taken = Math.min(this.#left, bytes.length - at)
    const ends = taken === this.#left
    this.#left -= taken
    this.#sink.bury(bytes.subarray(at, at + taken - (ends ? 1 : 0)))
    if (!ends) return at + taken
    this.#large = undefined
    if (bytes[at + taken - 1] !== 10) return this.#fail('a frame that does not end where it said', bytes)
    this.#sink.buried(txnr, length)
    return at + taken
  }

  #fail(problem: string, bytes: Buffer): number {
    this.problem = problem
    return bytes.length
  }
}

/** The header that begins there; undefined where it is not whole; what is wrong with it. `size`: up to the data or the LF. */
function headerOf(bytes: Buffer, from: number): Header | undefined | string {
  const most = Math.min(bytes.length, from + headerMax)
  const txnr = numberAt(bytes, from, most)
  if (txnr === undefined) return from + digitsMax < most ? 'no transaction number' : wholeOr(bytes, from, most)
  let at = txnr.end
  if (bytes[at] !== 32) return 'no command behind the transaction number'
  const commandStart = ++at
  while (at < most && isLetter(bytes[at]!)) at++
  if (at === most && most === bytes.length && at - commandStart <= commandMax) return undefined
  if (at === commandStart || at - commandStart > commandMax || bytes[at] !== 32) return 'no command'
  const command = bytes.toString('latin1', commandStart, at)
  const length = numberAt(bytes, at + 1, most)
  if (length === undefined)
    return at + 1 + digitsMax < most ? 'no length behind the command' : wholeOr(bytes, at + 1, most)
  at = length.end
  // A frame without data may leave the space out.
  if (bytes[at] === 10 && length.value === 0) return { txnr: txnr.value, command, length: 0, size: at - from }
  if (bytes[at] !== 32) return 'no space behind the length'
  return { txnr: txnr.value, command, length: length.value, size: at + 1 - from }
}

/** A number and where it ends; undefined where no other byte has come behind it, or it is none. */
function numberAt(
  bytes: Buffer,
  from: number,
  most: number
): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  let at = from
  for (; at < most && at - from < digitsMax; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return at === from || at === bytes.length ? undefined : { value, end: at }
}

/** What has come of a number so far is digits only: it may become one. */
function wholeOr(bytes: Buffer, from: number, most: number): undefined | string {
  for (let at = from; at < most; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return 'no number where one must be'
  }
  return undefined
}

function isLetter(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90)
}

const lf = '\n'

export function answer(txnr: number, text: string): string {
  return `${txnr} rsp ${Buffer.byteLength(text)} ${text}${lf}`
}

export const done = (txnr: number): string => `${txnr} rsp 6 200 OK${lf}`
export const serverClose = `0 serverclose 0${lf}`

/** What an `open` offers: `name=value` lines. */
export function offersOf(data: string): ReadonlyMap<string, string> {
  const offers = new Map<string, string>()
  for (const line of data.split('\n').slice(0, 64)) {
    const at = line.indexOf('=')
    if (at > 0) offers.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  return offers
}
