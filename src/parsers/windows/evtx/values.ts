/**
 * Typed values of binary XML ([MS-EVEN6] 2.2.12, libevtx's documentation) as JSON texts, in evtx_dump's forms: numbers as numbers,
 * hexadecimal ones, times, SIDs and GUIDs as strings.
 */

import { isoText } from '../../../core/time.ts'
import { type ChunkReader, Damage } from './chunk.ts'

export const BINARY_XML = 0x21
const arrayFlag = 0x80

/** The JSON of a value; undefined for none. `BINARY_XML` is not for here. */
export function valueJson(chunk: ChunkReader, type: number, at: number, size: number): string | undefined {
  if (size === 0) return type === 1 || type === 2 ? '""' : undefined
  if ((type & arrayFlag) !== 0) return arrayJson(chunk, type & 0x7f, at, size)
  switch (type) {
    case 0x00:
      return undefined
    case 0x01:
      return JSON.stringify(text16(chunk, at, size))
    case 0x02:
      return JSON.stringify(withoutNuls(chunk.bytes.toString('latin1', at, at + size)))
    case 0x03:
      return String((chunk.u8(at) << 24) >> 24)
    case 0x04:
      return String(chunk.u8(at))
    case 0x05:
      need(chunk, at, size, 2)
      return String(chunk.bytes.readInt16LE(at))
    case 0x06:
      return String(chunk.u16(at))
    case 0x07:
      need(chunk, at, size, 4)
      return String(chunk.bytes.readInt32LE(at))
    case 0x08:
      return String(chunk.u32(at))
    case 0x09:
      need(chunk, at, size, 8)
      return long(chunk.bytes.readBigInt64LE(at))
    case 0x0a:
      need(chunk, at, size, 8)
      return long(chunk.bytes.readBigUInt64LE(at))
    case 0x0b:
      need(chunk, at, size, 4)
      return real(chunk.bytes.readFloatLE(at))
    case 0x0c:
      need(chunk, at, size, 8)
      return real(chunk.bytes.readDoubleLE(at))
    case 0x0d:
      return size >= 4 ? String(chunk.u32(at) !== 0) : String(chunk.u8(at) !== 0)
    case 0x0e:
      return `"${chunk.bytes.toString('hex', at, at + size).toUpperCase()}"`
    case 0x0f:
      need(chunk, at, size, 16)
      return `"${guid(chunk.bytes, at)}"`
    case 0x10:
      return size >= 8 ? hex64(chunk, at, size) : `"0x${chunk.u32(at).toString(16)}"`
    case 0x11:
      need(chunk, at, size, 8)
      return `"${fileTime(chunk.u32(at), chunk.u32(at + 4))}"`
    case 0x12:
      need(chunk, at, size, 16)
      return `"${systemTime(chunk, at)}"`
    case 0x13:
      return `"${sid(chunk, at, size)}"`
    case 0x14:
      return `"0x${chunk.u32(at).toString(16)}"`
    case 0x15:
      return hex64(chunk, at, size)
    default:
      return `"${chunk.bytes.toString('hex', at, at + size).toUpperCase()}"`
  }
}

function need(chunk: ChunkReader, at: number, size: number, bytes: number): void {
  if (size < bytes || at + bytes > chunk.bytes.length) throw new Damage('a value is shorter than its type')
}

function text16(chunk: ChunkReader, at: number, size: number): string {
  return withoutNuls(chunk.utf16(at, size >> 1))
}

function withoutNuls(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Digits that JavaScript would round stay a string. */
function long(value: bigint): string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? String(number) : `"${value}"`
}

function real(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`
}

function hex64(chunk: ChunkReader, at: number, size: number): string {
  need(chunk, at, size, 8)
  const high = chunk.u32(at + 4)
  const low = chunk.u32(at).toString(16)
  return high === 0 ? `"0x${low}"` : `"0x${high.toString(16)}${low.padStart(8, '0')}"`
}

const hex2: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).toUpperCase().padStart(2, '0'))

/** The first three groups are little-endian numbers. */
export function guid(bytes: Uint8Array, at: number): string {
  const h = (i: number) => hex2[bytes[at + i]!]!
  return (
    `${h(3)}${h(2)}${h(1)}${h(0)}-${h(5)}${h(4)}-${h(7)}${h(6)}-${h(8)}${h(9)}-` +
    `${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}`
  )
}

const secondsTo1970 = 11_644_473_600

/** 100 ns since 1601, cut at microseconds. 2^32 of them are 429 s and 4967296 more: so counted, doubles stay exact. */
export function fileTime(low: number, high: number): string {
  const ticks = high * 4_967_296 + low
  const rest = Math.floor(ticks / 10_000_000)
  const us = Math.floor((ticks - rest * 10_000_000) / 10)
  return isoText((high * 429 + rest - secondsTo1970) * 1_000_000 + us, 6) + 'Z'
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0')

/** Year, month, day of the week, day, hour, minute, second, milliseconds: u16 each. */
function systemTime(chunk: ChunkReader, at: number): string {
  const n = (i: number) => chunk.u16(at + i * 2)
  return `${pad(n(0), 4)}-${pad(n(1), 2)}-${pad(n(3), 2)}T${pad(n(4), 2)}:${pad(n(5), 2)}:${pad(n(6), 2)}.${pad(n(7), 3)}Z`
}

/** Revision, count of sub-authorities, a big-endian authority of 48 bits, sub-authorities of 32 bits. */
function sid(chunk: ChunkReader, at: number, size: number): string {
  need(chunk, at, size, 8)
  const count = chunk.u8(at + 1)
  need(chunk, at, size, 8 + count * 4)
  let text = `S-${chunk.u8(at)}-${chunk.bytes.readUIntBE(at + 2, 6)}`
  for (let i = 0; i < count; i++) text += `-${chunk.u32(at + 8 + i * 4)}`
  return text
}

const sizes: ReadonlyMap<number, number> = new Map([
  [0x03, 1],
  [0x04, 1],
  [0x05, 2],
  [0x06, 2],
  [0x07, 4],
  [0x08, 4],
  [0x09, 8],
  [0x0a, 8],
  [0x0b, 4],
  [0x0c, 8],
  [0x0d, 4],
  [0x0f, 16],
  [0x10, 8],
  [0x11, 8],
  [0x12, 16],
  [0x14, 4],
  [0x15, 8]
])

/** Strings end with a zero each; SIDs tell their size; others have a fixed one. */
function arrayJson(chunk: ChunkReader, type: number, at: number, size: number): string {
  if (type === 0x01) return JSON.stringify(text16(chunk, at, size).split('\0'))
  if (type === 0x02) return JSON.stringify(withoutNuls(chunk.bytes.toString('latin1', at, at + size)).split('\0'))
  const items: string[] = []
  const end = at + size
  for (let i = at; i < end; ) {
    const one = type === 0x13 ? 8 + chunk.u8(i + 1) * 4 : sizes.get(type)
    if (one === undefined || i + one > end) throw new Damage('an array of values of no known size')
    items.push(valueJson(chunk, type, i, one) ?? 'null')
    i += one
  }
  return `[${items.join(',')}]`
}
