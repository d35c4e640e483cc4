/** The values of information elements, from their octets (RFC 7011, section 6.1). */

import { ipText } from '../../core/ip.ts'
import { isoMs } from '../../core/time.ts'
import type { ElementType } from './elements.ts'

export type FlowValue = number | string | boolean

const textDecoder = new TextDecoder()
const address = new Uint8Array(16)

/** Undefined where there is none: no octets, or not as many as the type has. */
export function elementValue(
  type: ElementType,
  bytes: Uint8Array,
  from: number,
  length: number
): FlowValue | undefined {
  if (length === 0) return undefined
  switch (type) {
    case 'u':
      return unsigned(bytes, from, length)
    case 'i':
      return length > 6 ? undefined : signed(bytes, from, length)
    case '4':
      return length === 4 ? `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}` : undefined
    case '6':
      if (length !== 16) return undefined
      address.set(bytes.subarray(from, from + 16))
      return ipText(address, 0)
    case 'm':
      return length === 6 ? hex(bytes, from, 6, '-').toUpperCase() : undefined
    case 's':
      return text(bytes, from, length)
    case 'b':
      return bytes[from] === 1
    case 'f':
      return float(bytes, from, length)
    case 'S':
      return time(Number(unsigned(bytes, from, length)) * 1_000_000)
    case 'M':
      return time(Number(unsigned(bytes, from, length)) * 1000)
    case 'U':
    case 'N':
      return length === 8 ? time(ntp(bytes, from)) : undefined
    case 'o':
      return hex(bytes, from, Math.min(length, 1024), '')
  }
}

/** Beyond 2^53 a number is given as text. */
function unsigned(bytes: Uint8Array, from: number, length: number): number | string | undefined {
  if (length > 8) return hex(bytes, from, Math.min(length, 64), '')
  let value = 0
  for (let i = from; i < from + length; i++) value = value * 256 + bytes[i]!
  if (value <= Number.MAX_SAFE_INTEGER) return value
  let big = 0n
  for (let i = from; i < from + length; i++) big = (big << 8n) | BigInt(bytes[i]!)
  return big.toString()
}

function signed(bytes: Uint8Array, from: number, length: number): number {
  let value = 0
  for (let i = from; i < from + length; i++) value = value * 256 + bytes[i]!
  const limit = 2 ** (length * 8 - 1)
  return value >= limit ? value - limit * 2 : value
}

function float(bytes: Uint8Array, from: number, length: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, length)
  const value = length === 4 ? view.getFloat32(0) : length === 8 ? view.getFloat64(0) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

/** Seconds since 1900 and their fraction. */
function ntp(bytes: Uint8Array, from: number): number {
  const seconds = Number(unsigned(bytes, from, 4)) - 2_208_988_800
  return seconds * 1_000_000 + Math.floor((Number(unsigned(bytes, from + 4, 4)) * 1_000_000) / 4_294_967_296)
}

function time(us: number): string | undefined {
  return us >= 0 && us < 253_402_300_800_000_000 ? isoMs(us) : undefined
}

function text(bytes: Uint8Array, from: number, length: number): string | undefined {
  let end = from + length
  while (end > from && bytes[end - 1] === 0) end--
  return end === from ? undefined : textDecoder.decode(bytes.subarray(from, end))
}

export function hex(bytes: Uint8Array, from: number, length: number, separator: string): string {
  let out = ''
  for (let i = from; i < from + length; i++)
    out += (i > from ? separator : '') + (bytes[i]! < 16 ? '0' : '') + bytes[i]!.toString(16)
  return out
}
