/**
 * Walking a segment from batch to batch, past damage: how an index is built, and how a bus that was killed finds its end.
 * After damage it goes on at the next batch that is whole, is this partition's, and can have come next.
 */
import type { FileHandle } from 'node:fs/promises'
import { PicketError } from '../../core/errors.ts'
import {
  type BatchHeader,
  decodeHeader,
  headerBytes,
  isNewerVersion,
  isSound,
  magic,
  messageBytesMin
} from './batch.ts'
import { type Disk, readAll } from './disk.ts'
import type { SegmentIndex } from './segment-index.ts'

const windowBytes = 1024 * 1024

/**
 * The first position from `from` on where a whole, sound batch starts that can follow `expectedOffset`: each message of the damaged
 * stretch before it took a few bytes, so the offset can only have grown so far.
 */
export function findBatch(
  bytes: Buffer,
  from: number,
  damagedFrom: number,
  expectedOffset: number,
  mark: Buffer
): number | undefined {
  for (let p = bytes.indexOf(magic, from); p >= 0; p = bytes.indexOf(magic, p + 1)) {
    const header = decodeHeader(bytes, p, mark)
    if (header === undefined || p + header.bytes > bytes.length) continue
    if (canFollow(header, expectedOffset, p - damagedFrom) && isSound(header, bytes, p + headerBytes)) return p
  }
  return undefined
}

export function canFollow(header: BatchHeader, expectedOffset: number, damagedBytes: number): boolean {
  const missing = header.baseOffset - expectedOffset
  return missing >= 0 && missing * messageBytesMin <= damagedBytes
}

/**
 * Adds what follows the index in the file to the index. With `checkPayloads` only batches that are sound throughout count;
 * without, a sound header is enough (readers check the rest). Where an append was cut off, its batches are left out.
 * Returns how many bytes of damage lie between the batches found.
 */
export async function walkSegment(
  disk: Disk,
  file: FileHandle,
  fileBytes: number,
  index: SegmentIndex,
  mark: Buffer,
  checkPayloads: boolean
): Promise<{ readonly damagedBytes: number }> {
  const window = new FileWindow(disk, file, fileBytes)
  let p = index.bytes
  let damagedFrom = -1
  let damagedBytes = 0
  let unfinished: { readonly position: number; readonly offset: number } | undefined
  while (p + headerBytes <= fileBytes) {
    const bytes = window.has(p, headerBytes) ? window.bytes : await window.load(p, headerBytes)
    const at = p - window.position
    const header = decodeHeader(bytes, at, mark)
    if (header !== undefined && (await isBatch(header))) {
      if (damagedFrom >= 0) {
        damagedBytes += p - damagedFrom
        damagedFrom = -1
        unfinished = undefined
      }
      if (header.continues) unfinished ??= { position: p, offset: header.baseOffset }
      else unfinished = undefined
      index.add(header, p)
      p += header.bytes
      continue
    }
    if (damagedFrom < 0) {
      damagedFrom = p
      if (isNewerVersion(bytes, at)) {
        throw new PicketError('bus-newer-format', 'the bus was written by a later version of Picket: use that one')
      }
    }
    p = await window.find(p + 1)
  }
  if (unfinished !== undefined) index.cut(unfinished.position, unfinished.offset)
  return { damagedBytes }

  async function isBatch(header: BatchHeader): Promise<boolean> {
    if (p + header.bytes > fileBytes) return false
    if (!canFollow(header, index.endOffset, damagedFrom < 0 ? 0 : p - damagedFrom)) return false
    if (!checkPayloads && damagedFrom < 0) return true
    const bytes = window.has(p, header.bytes) ? window.bytes : await window.load(p, header.bytes)
    return isSound(header, bytes, p - window.position + headerBytes)
  }
}

/** A stretch of the file in memory. */
class FileWindow {
  readonly #disk: Disk
  readonly #file: FileHandle
  readonly #fileBytes: number
  position = 0
  bytes: Buffer = Buffer.alloc(0)

  constructor(disk: Disk, file: FileHandle, fileBytes: number) {
    this.#disk = disk
    this.#file = file
    this.#fileBytes = fileBytes
  }

  has(position: number, length: number): boolean {
    return position >= this.position && position + length <= this.position + this.bytes.length
  }

  async load(position: number, length: number): Promise<Buffer> {
    const size = Math.min(Math.max(length, windowBytes), this.#fileBytes - position)
    this.bytes = await readAll(this.#disk, this.#file, Buffer.allocUnsafeSlow(size), position)
    this.position = position
    return this.bytes
  }

  /** The next position from `position` on where a magic starts, else the end of the file. */
  async find(position: number): Promise<number> {
    let p = position
    while (p + headerBytes <= this.#fileBytes) {
      const bytes = this.has(p, headerBytes) ? this.bytes : await this.load(p, headerBytes)
      if (bytes.length < headerBytes) break
      const found = bytes.indexOf(magic, p - this.position)
      if (found >= 0) return this.position + found
      p = this.position + bytes.length - magic.length + 1
    }
    return this.#fileBytes
  }
}
