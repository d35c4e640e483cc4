/**
 * Opening a partition's folder: which segments there are, and where the newest one ends. After a kill or a power cut its tail may
 * be torn: what follows the last whole batch is cut off and reported. What was there before the last clean close is not walked again.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeHeader, headerBytes, magic, markOf } from './batch.ts'
import { type Disk, readAll, syncFolder } from './disk.ts'
import { baseOffsetOf, Segment, segmentPath } from './segment.ts'
import { SegmentIndex } from './segment-index.ts'
import { walkSegment } from './walk.ts'

/** As pino's: fields, then words. */
export type BusLog = { warn(fields: Readonly<Record<string, unknown>>, message: string): void }

export type Recovered = {
  readonly mark: Buffer
  /** Oldest first. */
  readonly segments: Segment[]
  /** The index of the last segment. */
  readonly newest: SegmentIndex | undefined
}

export async function recover(folder: string, disk: Disk, log: BusLog | undefined): Promise<Recovered> {
  await mkdir(folder, { recursive: true })
  const offsets: number[] = []
  const names = await readdir(folder)
  const there = new Set(names)
  for (const name of names) {
    const offset = baseOffsetOf(name)
    if (offset !== undefined) offsets.push(offset)
    // Left behind by a kill: half an index, or the index of a segment that retention took.
    else if (name.endsWith('.new') || (name.endsWith('.index') && !there.has(name.replace(/index$/, 'log')))) {
      await rm(join(folder, name), { force: true })
    }
  }
  offsets.sort((a, b) => a - b)
  const mark = await learnMark(folder, offsets, disk)
  const last = offsets.pop()
  const segments = offsets.map(offset => new Segment(folder, offset, mark, disk))
  if (last === undefined) return { mark, segments, newest: undefined }
  const newest = await recoverNewest(segmentPath(folder, last), last, mark, disk, log)
  segments.push(new Segment(folder, last, mark, disk, newest))
  return { mark, segments, newest }
}

async function recoverNewest(
  path: string,
  baseOffset: number,
  mark: Buffer,
  disk: Disk,
  log: BusLog | undefined
): Promise<SegmentIndex> {
  const { size } = await stat(path)
  const known = await SegmentIndex.load(`${path.slice(0, -4)}.index`, mark, baseOffset, size)
  if (known?.bytes === size) return known
  const index = known ?? new SegmentIndex(baseOffset)
  await use(path, 'r+', async file => {
    const { damagedBytes } = await walkSegment(disk, file, size, index, mark, true)
    if (damagedBytes > 0) {
      log?.warn({ path, damagedBytes }, 'the bus has a damaged stretch: readers will be told')
    }
    if (index.bytes < size) {
      log?.warn(
        { path, cutBytes: size - index.bytes, endOffset: index.endOffset },
        'the end of the bus was torn: what follows the last whole batch was cut off'
      )
      await disk.truncate(file, index.bytes)
    }
    // What a killed process wrote may be in memory only: from here on readers rely on it.
    await disk.datasync(file)
  })
  return index
}

/** The partition's mark stands in the header that each segment starts with. The newest that is sound tells. */
async function learnMark(folder: string, offsets: readonly number[], disk: Disk): Promise<Buffer> {
  for (const offset of offsets.toReversed()) {
    const start = await use(segmentPath(folder, offset), 'r', file => readAll(disk, file, Buffer.alloc(headerBytes), 0))
    if (decodeHeader(start, 0, undefined)?.baseOffset === offset) return markOf(start)
  }
  // No segment starts soundly: take the first sound header anywhere.
  for (const offset of offsets) {
    const mark = await use(segmentPath(folder, offset), 'r', file => findMark(disk, file))
    if (mark !== undefined) return mark
  }
  return randomBytes(8)
}

async function findMark(disk: Disk, file: FileHandle): Promise<Buffer | undefined> {
  const window = Buffer.alloc(1024 * 1024)
  for (let position = 0; ; position += window.length - headerBytes) {
    const bytes = await readAll(disk, file, window, position)
    for (let p = bytes.indexOf(magic); p >= 0; p = bytes.indexOf(magic, p + 1)) {
      if (decodeHeader(bytes, p, undefined) !== undefined) return markOf(bytes.subarray(p))
    }
    if (bytes.length < window.length) return undefined
  }
}

async function use<T>(path: string, flags: string, callback: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags)
  try {
    return await callback(file)
  } finally {
    await file.close()
  }
}

/** The next segment's file, empty and durable. */
export async function createSegment(folder: string, baseOffset: number, mark: Buffer, disk: Disk): Promise<Segment> {
  const index = new SegmentIndex(baseOffset)
  const segment = new Segment(folder, baseOffset, mark, disk, index)
  await use(segment.path, 'w', async () => undefined)
  await syncFolder(folder)
  return segment
}
