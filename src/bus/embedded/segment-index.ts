/**
 * Where things are in one segment: an entry for each 64 KiB or so, and for each batch as large as that. Built while appending or
 * by walking the segment, and kept beside it as `<segment>.index`, so that opening a large bus does not read it.
 *
 * ```text
 * index   = "PKTI" version=u32 mark numbers entries=u32 *entry crc     ; little-endian; crc = CRC-32 of all before it
 * numbers = base-offset bytes end-offset first-timestamp max-timestamp ; f64 each
 * entry   = offset position max-timestamp-before                       ; f64 each
 * ```
 * The index of a segment that still grows describes a sound beginning of it (`bytes`): opening walks only what follows. It is
 * advice: whatever is wrong with it, it is built again.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { BatchHeader } from './batch.ts'

const entryEveryBytes = 64 * 1024
const fixedBytes = 4 + 4 + 8 + 5 * 8 + 4
const version = 1

export class SegmentIndex {
  readonly baseOffset: number
  /** What is indexed: the position after the last batch. */
  bytes = 0
  endOffset: number
  firstTimestampMs = Number.POSITIVE_INFINITY
  maxTimestampMs = Number.NEGATIVE_INFINITY
  readonly offsets: number[] = []
  readonly positions: number[] = []
  readonly maxTimestampsBefore: number[] = []

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset
    this.endOffset = baseOffset
  }

  /** Batches are added in the order of their positions. */
  add(header: BatchHeader, position: number): void {
    // Whoever looks for an offset in a damaged beginning must come by it.
    if (this.positions.length === 0 && position > 0) this.#addEntry(this.baseOffset, 0)
    const last = this.positions.length - 1
    if (last < 0 || header.bytes >= entryEveryBytes || position - this.positions[last]! >= entryEveryBytes) {
      this.#addEntry(header.baseOffset, position)
    }
    this.bytes = position + header.bytes
    this.endOffset = header.baseOffset + header.count
    if (header.timestampMs < this.firstTimestampMs) this.firstTimestampMs = header.timestampMs
    if (header.timestampMs > this.maxTimestampMs) this.maxTimestampMs = header.timestampMs
  }

  #addEntry(offset: number, position: number): void {
    this.offsets.push(offset)
    this.positions.push(position)
    this.maxTimestampsBefore.push(this.maxTimestampMs)
  }

  /** Forgets the batches from this position on, whose first offset is given. */
  cut(position: number, offset: number): void {
    while (this.positions.length > 0 && this.positions.at(-1)! >= position) {
      this.positions.pop()
      this.offsets.pop()
      this.maxTimestampsBefore.pop()
    }
    this.bytes = position
    this.endOffset = offset
  }

  /** The entry from which to look for an offset: the last one at or before it, else the first. */
  entryOf(offset: number): number {
    return lastWhere(this.offsets, candidate => candidate <= offset)
  }

  /** The entry from which to look for the first batch taken at or after the time. */
  entryBefore(timestampMs: number): number {
    return lastWhere(this.maxTimestampsBefore, candidate => candidate < timestampMs)
  }

  /** The last entry that starts at or before the position. */
  entryAt(position: number): number {
    return lastWhere(this.positions, candidate => candidate <= position)
  }

  async save(path: string, mark: Buffer): Promise<void> {
    const entries = this.offsets.length
    const bytes = Buffer.alloc(fixedBytes + entries * 24 + 4)
    bytes.write('PKTI', 0, 'latin1')
    bytes.writeUInt32LE(version, 4)
    mark.copy(bytes, 8)
    const numbers = [this.baseOffset, this.bytes, this.endOffset, this.firstTimestampMs, this.maxTimestampMs]
    for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, 16 + i * 8)
    bytes.writeUInt32LE(entries, fixedBytes - 4)
    for (let i = 0, at = fixedBytes; i < entries; i += 1, at += 24) {
      bytes.writeDoubleLE(this.offsets[i]!, at)
      bytes.writeDoubleLE(this.positions[i]!, at + 8)
      bytes.writeDoubleLE(this.maxTimestampsBefore[i]!, at + 16)
    }
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
    try {
      await writeFile(`${path}.new`, bytes)
      await rename(`${path}.new`, path)
    } catch (error) {
      await rm(`${path}.new`, { force: true })
      throw error
    }
  }

  /** Undefined if the file is missing, broken, of another segment, or describes more than the segment has. */
  static async load(
    path: string,
    mark: Buffer | undefined,
    baseOffset: number,
    segmentBytes: number
  ): Promise<SegmentIndex | undefined> {
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes === undefined || bytes.length < fixedBytes + 4) return undefined
    if (bytes.readUInt32LE(bytes.length - 4) !== crc32(bytes.subarray(0, -4))) return undefined
    if (bytes.toString('latin1', 0, 4) !== 'PKTI' || bytes.readUInt32LE(4) !== version) return undefined
    if (mark !== undefined && bytes.compare(mark, 0, 8, 8, 16) !== 0) return undefined
    const entries = bytes.readUInt32LE(fixedBytes - 4)
    if (bytes.length !== fixedBytes + entries * 24 + 4 || bytes.readDoubleLE(16) !== baseOffset) return undefined
    const index = new SegmentIndex(baseOffset)
    index.bytes = bytes.readDoubleLE(24)
    if (index.bytes > segmentBytes) return undefined
    index.endOffset = bytes.readDoubleLE(32)
    index.firstTimestampMs = bytes.readDoubleLE(40)
    index.maxTimestampMs = bytes.readDoubleLE(48)
    for (let i = 0, at = fixedBytes; i < entries; i += 1, at += 24) {
      index.offsets.push(bytes.readDoubleLE(at))
      index.positions.push(bytes.readDoubleLE(at + 8))
      index.maxTimestampsBefore.push(bytes.readDoubleLE(at + 16))
    }
    return index
  }
}

/** The last place of a sorted list where the condition, true at first and then false, holds; else the first. */
function lastWhere(sorted: readonly number[], holds: (value: number) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
