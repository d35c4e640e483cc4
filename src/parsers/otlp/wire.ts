/**
 * Protocol Buffers' wire format, read: just what OTLP needs, bounded by the bytes given.
 *
 *   message = *( key value )            ; key: varint of field << 3 | type
 *   value   = varint                    ; type 0
 *           / 8OCTET                    ; type 1, little-endian
 *           / varint-length *OCTET      ; type 2: text, bytes or a message
 *           / 4OCTET                    ; type 5
 *
 * Types 3 and 4 (groups) are not used by OTLP, and refused. https://protobuf.dev/programming-guides/encoding/
 */

/** Thrown inside; what reads whole messages makes a reason of it. */
export class WireProblem extends Error {}

export type WireType = 0 | 1 | 2 | 5

/** Walks over the fields of a message. The value of the present field is `bytes` from `start` to `end`. */
export class WireReader {
  readonly bytes: Uint8Array
  readonly #end: number
  #at: number
  field = 0
  type: WireType = 0
  start = 0
  end = 0

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.#at = start
    this.#end = end
  }

  /** False at the message's end. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const key = this.#small()
    const type = key & 7
    this.field = key >>> 3
    if (this.field === 0) throw new WireProblem('a field of number 0')
    let length = 0
    if (type === 2) length = this.#small()
    this.start = this.#at
    if (type === 0) {
      let at = this.#at
      while (at < this.#end && this.bytes[at]! >= 128) at++
      if (at - this.#at >= 10) throw new WireProblem('a number of more than ten bytes')
      length = at + 1 - this.#at
    } else if (type === 1) length = 8
    else if (type === 5) length = 4
    else if (type !== 2) throw new WireProblem(`a field of type ${type}`)
    this.type = type
    this.end = this.start + length
    if (this.end > this.#end) throw new WireProblem('a message is cut off')
    this.#at = this.end
    return true
  }

  /** A number that fits 32 bits: keys and lengths. */
  #small(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#end) throw new WireProblem('a message is cut off')
      const byte = this.bytes[this.#at++]!
      value += (byte & 127) * 2 ** shift
      if (byte < 128) {
        if (value > 0xffffffff) break
        return value
      }
    }
    throw new WireProblem('a key or length that is too large')
  }
}

/** A varint as a signed 64-bit number, decimal. */
export function int64Text(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= 7) {
    let value = 0
    for (let at = end - 1; at >= start; at--) value = value * 128 + (bytes[at]! & 127)
    return String(value)
  }
  let value = 0n
  for (let at = end - 1; at >= start; at--) value = (value << 7n) | BigInt(bytes[at]! & 127)
  return BigInt.asIntN(64, value).toString()
}

/** A varint's low 32 bits. */
export function uint32(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start, shift = 0; at < end && shift < 32; at++, shift += 7) value |= (bytes[at]! & 127) << shift
  return value >>> 0
}

export function fixed32(bytes: Uint8Array, start: number): number {
  return (bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24)) >>> 0
}

/** Eight bytes as an unsigned number, decimal. */
export function fixed64Text(bytes: Uint8Array, start: number): string {
  const high = fixed32(bytes, start + 4)
  const low = fixed32(bytes, start)
  return high < 0x200000 ? String(high * 0x100000000 + low) : ((BigInt(high) << 32n) | BigInt(low)).toString()
}

export function double(bytes: Uint8Array, start: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + start, 8).getFloat64(0, true)
}

const utf8 = new TextDecoder()

export function text(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= 24) {
    let out = ''
    let at = start
    for (; at < end && bytes[at]! < 128; at++) out += String.fromCharCode(bytes[at]!)
    if (at === end) return out
  }
  return utf8.decode(bytes.subarray(start, end))
}
