/**
 * Columns of ClickHouse's `Native` format, built in place: each value is written once, straight into its column's buffer.
 * Rows that are not set cost nothing until the end, and a column that was never set is left out of the block altogether.
 *
 * Native block: varint columns, varint rows, then for each column: its name, its type (varint length and bytes), its data.
 *   String: varint length and bytes, for each row.
 *   LowCardinality(String): u64 version 1, u64 flags (0x200 | index width 0..3), u64 keys, the keys as String, u64 rows, an index a row.
 *   Array(T): (T's version if it is LowCardinality) u64 end offsets, then T's data. Map(K, V): an array of K and of V with one set of offsets.
 * Source: ClickHouse, src/DataTypes/Serializations/SerializationLowCardinality.cpp, SerializationArray.cpp.
 */

import { writeIp } from '../../core/ip.ts'

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  while (left >= 128) {
    bytes.push((left % 128) | 128)
    left = Math.floor(left / 128)
  }
  bytes.push(left)
  return Buffer.from(bytes)
}

export function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([varint(bytes.length), bytes])
}

export function writeU64(out: Buffer, at: number, value: number): void {
  const low = value >>> 0
  out.writeUInt32LE(low, at)
  out.writeUInt32LE(((value - low) / 4294967296) >>> 0, at + 4)
}

type Utf8Buffer = Buffer & { utf8Write(text: string, at: number): number }

/** Strings one after another, each with its length before it. */
export class TextBuffer {
  bytes = Buffer.allocUnsafeSlow(1 << 12) as Utf8Buffer
  end = 0

  reset(): void {
    this.end = 0
  }

  #grow(size: number): void {
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.end + size + 4096)) as Utf8Buffer
    this.bytes.copy(bigger, 0, 0, this.end)
    this.bytes = bigger
  }

  empty(count: number): void {
    if (this.end + count > this.bytes.length) this.#grow(count)
    this.bytes.fill(0, this.end, this.end + count)
    this.end += count
  }

  push(text: string): void {
    const length = text.length
    if (this.end + length * 3 + 5 > this.bytes.length) this.#grow(length * 3 + 5)
    const bytes = this.bytes
    let at = this.end
    if (length < 20) {
      let out = at + 1
      let i = 0
      for (; i < length; i++) {
        const c = text.charCodeAt(i)
        if (c > 127) break
        bytes[out++] = c
      }
      if (i === length) {
        bytes[at] = length
        this.end = out
        return
      }
    }
    // Room for the length that pure ASCII would need; moved up by a byte in the rare case that it was too small.
    let prefix = length < 128 ? 1 : length < 16384 ? 2 : length < 2097152 ? 3 : 4
    const size = bytes.utf8Write(text, at + prefix)
    const needed = size < 128 ? 1 : size < 16384 ? 2 : size < 2097152 ? 3 : size < 268435456 ? 4 : 5
    if (needed !== prefix) {
      bytes.copyWithin(at + needed, at + prefix, at + prefix + size)
      prefix = needed
    }
    let left = size
    while (left >= 128) {
      bytes[at++] = (left & 127) | 128
      left >>>= 7
    }
    bytes[at++] = left
    this.end = at + size
  }

  pushBytes(source: Uint8Array, start: number, stop: number): void {
    const size = stop - start
    if (this.end + size + 5 > this.bytes.length) this.#grow(size + 5)
    const bytes = this.bytes
    let at = this.end
    let left = size
    while (left >= 128) {
      bytes[at++] = (left & 127) | 128
      left >>>= 7
    }
    bytes[at++] = left
    bytes.set(size === source.length ? source : source.subarray(start, stop), at)
    this.end = at + size
  }

  taken(): Buffer {
    return this.bytes.subarray(0, this.end)
  }
}

/** A column of a block being built. `used` is false until something other than the default was put. */
export type NativeColumn = {
  readonly name: string
  readonly type: string
  used: boolean
  reset(): void
  finish(rows: number): readonly Buffer[]
}

export class TextColumn implements NativeColumn {
  readonly name: string
  readonly type = 'String'
  used = false
  #rows = 0
  readonly #buffer = new TextBuffer()

  constructor(name: string) {
    this.name = name
  }

  reset(): void {
    this.used = false
    this.#rows = 0
    this.#buffer.reset()
  }

  put(row: number, text: string): void {
    this.used = true
    if (row > this.#rows) this.#buffer.empty(row - this.#rows)
    this.#rows = row + 1
    this.#buffer.push(text)
  }

  putBytes(row: number, source: Uint8Array, start: number, stop: number): void {
    this.used = true
    if (row > this.#rows) this.#buffer.empty(row - this.#rows)
    this.#rows = row + 1
    this.#buffer.pushBytes(source, start, stop)
  }

  finish(rows: number): readonly Buffer[] {
    if (rows > this.#rows) this.#buffer.empty(rows - this.#rows)
    this.#rows = rows
    return [this.#buffer.taken()]
  }
}

/** The dictionary of a LowCardinality(String): key 0 is the empty string. */
class Dictionary {
  readonly #indexes = new Map<string, number>()
  readonly #keys = new TextBuffer()
  count = 1
  #last = ''
  #lastIndex = 0

  reset(): void {
    this.#indexes.clear()
    this.#keys.reset()
    this.#keys.empty(1)
    this.count = 1
    this.#last = ''
    this.#lastIndex = 0
  }

  index(text: string): number {
    if (text === this.#last) return this.#lastIndex
    let index = text === '' ? 0 : this.#indexes.get(text)
    if (index === undefined) {
      index = this.count++
      this.#indexes.set(text, index)
      this.#keys.push(text)
    }
    this.#last = text
    this.#lastIndex = index
    return index
  }

  some(test: (text: string) => boolean): boolean {
    for (const text of this.#indexes.keys()) if (test(text)) return true
    return false
  }

  /** The serialisation without its version: flags, keys, then the rows' indexes in the narrowest width. */
  serialize(indexes: Uint32Array, rows: number): readonly Buffer[] {
    const width = this.count <= 256 ? 0 : this.count <= 65536 ? 1 : 2
    const head = Buffer.allocUnsafe(16)
    writeU64(head, 0, 0x200 | width)
    writeU64(head, 8, this.count)
    const rowsHead = Buffer.allocUnsafe(8)
    writeU64(rowsHead, 0, rows)
    const used = indexes.subarray(0, rows)
    const narrow = width === 0 ? Uint8Array.from(used) : width === 1 ? Uint16Array.from(used) : used
    return [head, this.#keys.taken(), rowsHead, Buffer.from(narrow.buffer, narrow.byteOffset, narrow.byteLength)]
  }
}

const version1 = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])

export class WordColumn implements NativeColumn {
  readonly name: string
  readonly type = 'LowCardinality(String)'
  used = false
  #indexes: Uint32Array = new Uint32Array(0)
  #rows = 0
  readonly #dictionary = new Dictionary()

  constructor(name: string) {
    this.name = name
  }

  reset(): void {
    if (this.used) this.#indexes.fill(0, 0, this.#rows)
    this.used = false
    this.#rows = 0
  }

  put(row: number, text: string): void {
    if (!this.used) {
      this.used = true
      this.#dictionary.reset()
    }
    if (row >= this.#indexes.length) this.#indexes = grown(this.#indexes, row)
    this.#indexes[row] = this.#dictionary.index(text)
    this.#rows = row + 1
  }

  /** Does one of the block's values pass? */
  some(test: (text: string) => boolean): boolean {
    return this.used && this.#dictionary.some(test)
  }

  finish(rows: number): readonly Buffer[] {
    if (rows > this.#indexes.length) this.#indexes = grown(this.#indexes, rows)
    return [version1, ...this.#dictionary.serialize(this.#indexes, rows)]
  }
}

function grown(old: Uint32Array, index: number): Uint32Array {
  const bigger = new Uint32Array(Math.max(8192, old.length * 2, index + 1))
  bigger.set(old)
  return bigger
}

/** Fixed-width values in one zero-filled buffer, written through views (the machine must be little-endian, as the format is). */
abstract class FixedColumn implements NativeColumn {
  readonly name: string
  readonly type: string
  used = false
  protected readonly width: number
  protected bytes = new Uint8Array(0)
  protected shorts = new Uint16Array(0)
  protected words = new Uint32Array(0)
  #room = 0
  #rows = 0

  constructor(name: string, type: string, width: number) {
    this.name = name
    this.type = type
    this.width = width
  }

  reset(): void {
    if (this.used) this.bytes.fill(0, 0, this.#rows * this.width)
    this.used = false
    this.#rows = 0
  }

  /** Makes the row writable. */
  protected reach(row: number): void {
    this.used = true
    if (row >= this.#room) this.#grow(row + 1)
    if (row >= this.#rows) this.#rows = row + 1
  }

  #grow(rows: number): void {
    this.#room = Math.max(8192, this.#room * 2, rows)
    const bigger = new Uint8Array(this.#room * this.width)
    bigger.set(this.bytes)
    this.bytes = bigger
    this.shorts = new Uint16Array(bigger.buffer, 0, bigger.length >> 1)
    this.words = new Uint32Array(bigger.buffer, 0, bigger.length >> 2)
  }

  finish(rows: number): readonly Buffer[] {
    if (rows > this.#room) this.#grow(rows)
    return [Buffer.from(this.bytes.buffer, 0, rows * this.width)]
  }
}

const widths = { UInt8: 1, UInt16: 2, UInt32: 4, UInt64: 8 } as const
const limits = { UInt8: 255, UInt16: 65535, UInt32: 4294967295, UInt64: Number.MAX_SAFE_INTEGER } as const

export class NumberColumn extends FixedColumn {
  readonly max: number

  constructor(name: string, type: keyof typeof widths) {
    super(name, type, widths[type])
    this.max = limits[type]
  }

  /** False where the column cannot hold the value. */
  put(row: number, value: number): boolean {
    if (!(value >= 0 && value <= this.max) || Math.floor(value) !== value) return false
    this.reach(row)
    if (this.width === 2) this.shorts[row] = value
    else if (this.width === 8) {
      this.words[row * 2] = value
      this.words[row * 2 + 1] = value / 4294967296
    } else if (this.width === 4) this.words[row] = value
    else this.bytes[row] = value
    return true
  }

  /** The two halves of an unsigned 64-bit number. */
  putHalves(row: number, high: number, low: number): void {
    this.reach(row)
    this.words[row * 2] = low
    this.words[row * 2 + 1] = high
  }
}

export const timeUsMin = Date.UTC(1900, 0, 1) * 1000
export const timeUsMax = Date.UTC(2255, 0, 1) * 1000

export class TimeColumn extends FixedColumn {
  constructor(name: string) {
    super(name, "DateTime64(6, 'UTC')", 8)
  }

  /** Microseconds since 1970; false where that is outside of 1900 to 2255. */
  put(row: number, us: number): boolean {
    if (!(us >= timeUsMin && us < timeUsMax)) return false
    this.reach(row)
    // Modulo 2^32 by the view; the high half rounds down, also below zero.
    this.words[row * 2] = us
    this.words[row * 2 + 1] = Math.floor(us / 4294967296)
    return true
  }
}

export class IpColumn extends FixedColumn {
  constructor(name: string) {
    super(name, 'IPv6', 16)
  }

  /** False where the text is no address. */
  put(row: number, text: string): boolean {
    this.reach(row)
    if (writeIp(text, this.bytes, row * 16)) return true
    this.bytes.fill(0, row * 16, row * 16 + 16)
    return false
  }
}

/** `Array(LowCardinality(String))`. */
export class WordsColumn implements NativeColumn {
  readonly name: string
  readonly type = 'Array(LowCardinality(String))'
  used = false
  #ends: Uint32Array = new Uint32Array(0)
  #rows = 0
  #indexes: Uint32Array = new Uint32Array(0)
  #count = 0
  readonly #dictionary = new Dictionary()

  constructor(name: string) {
    this.name = name
  }

  reset(): void {
    this.used = false
    this.#rows = 0
    this.#count = 0
  }

  put(row: number, words: readonly string[]): void {
    if (!this.used) {
      this.used = true
      this.#dictionary.reset()
    }
    this.#pad(row)
    for (let i = 0; i < words.length; i++) {
      if (this.#count >= this.#indexes.length) this.#indexes = grown(this.#indexes, this.#count)
      this.#indexes[this.#count++] = this.#dictionary.index(words[i]!)
    }
    this.#ends[row] = this.#count
    this.#rows = row + 1
  }

  /** Adds one word to the row under way. */
  push(row: number, word: string): void {
    if (!this.used) {
      this.used = true
      this.#dictionary.reset()
    }
    this.#pad(row)
    if (this.#count >= this.#indexes.length) this.#indexes = grown(this.#indexes, this.#count)
    this.#indexes[this.#count++] = this.#dictionary.index(word)
    this.#ends[row] = this.#count
    if (row >= this.#rows) this.#rows = row + 1
  }

  #pad(row: number): void {
    if (row >= this.#ends.length) this.#ends = grown(this.#ends, row)
    while (this.#rows < row) this.#ends[this.#rows++] = this.#count
  }

  finish(rows: number): readonly Buffer[] {
    if (rows > 0) this.#pad(rows)
    return [version1, offsets(this.#ends, rows), ...this.#dictionary.serialize(this.#indexes, this.#count)]
  }
}

function offsets(ends: Uint32Array, rows: number): Buffer {
  const out = new Uint32Array(rows * 2)
  for (let i = 0; i < rows; i++) out[i * 2] = ends[i]!
  return Buffer.from(out.buffer)
}

/** `Map(LowCardinality(String), String)`: entries are added to the row under way, in order; a key may come more than once. */
export class FieldsColumn implements NativeColumn {
  readonly name: string
  readonly type = 'Map(LowCardinality(String), String)'
  used = false
  #ends: Uint32Array = new Uint32Array(0)
  #rows = 0
  #keys: Uint32Array = new Uint32Array(0)
  #count = 0
  readonly #dictionary = new Dictionary()
  readonly #values = new TextBuffer()

  constructor(name: string) {
    this.name = name
  }

  reset(): void {
    this.used = false
    this.#rows = 0
    this.#count = 0
    this.#values.reset()
  }

  put(row: number, key: string, value: string): void {
    if (!this.used) {
      this.used = true
      this.#dictionary.reset()
    }
    if (row >= this.#rows) {
      if (row >= this.#ends.length) this.#ends = grown(this.#ends, row)
      while (this.#rows < row) this.#ends[this.#rows++] = this.#count
      this.#rows = row + 1
    }
    if (this.#count >= this.#keys.length) this.#keys = grown(this.#keys, this.#count)
    this.#keys[this.#count++] = this.#dictionary.index(key)
    this.#values.push(value)
    this.#ends[row] = this.#count
  }

  finish(rows: number): readonly Buffer[] {
    if (rows > this.#ends.length) this.#ends = grown(this.#ends, rows)
    while (this.#rows < rows) this.#ends[this.#rows++] = this.#count
    const keys = this.#dictionary.serialize(this.#keys, this.#count)
    return [version1, offsets(this.#ends, rows), ...keys, this.#values.taken()]
  }
}

/** The block: used columns only. Its buffers may be reused by the columns afterwards, so the bytes are copied out. */
export function nativeBlock(columns: readonly NativeColumn[], rows: number): Buffer {
  const used = columns.filter(column => column.used)
  const parts: Buffer[] = [varint(used.length), varint(rows)]
  for (const column of used) {
    parts.push(lengthPrefixed(column.name), lengthPrefixed(column.type), ...column.finish(rows))
  }
  let size = 0
  for (const part of parts) size += part.length
  const block = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const part of parts) {
    block.set(part, at)
    at += part.length
  }
  return block
}
