/**
 * Where a followed file was left: what is kept of it between looks and across restarts, and how a file is known to be the same again.
 * The follower (`follow.ts`) keeps places through the `Places` that it is given.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { FrameMark } from './framer.ts'

/** A hash of a stretch of a file, and its length in bytes. */
export type Print = { readonly bytes: number; readonly hash: string }

export type Place = {
  /** Tailed by this framing; or taken whole, each time it has changed and come to rest (compressed files, archives, JSON documents …). */
  readonly taking: 'lines' | 'csv' | 'multiline' | 'whole'
  /** A parser's name; empty where the file is taken whole. */
  readonly format: string
  /** The format that the configuration named when that was decided; empty if it named none. */
  readonly asked: string
  /** The file's size and time when it was looked at last. */
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Its first bytes, and those before the position. */
  readonly head: Print
  readonly before: Print
  /** Records that end at or before this byte were given away, and are durable. */
  readonly position: number
  /** The file was read up to here: behind the position lies a record that has no end yet. */
  readonly readBytes: number
  /** From where the chunk being made can be made again: see `FrameMark` and `ChunkMaker.chain`. */
  readonly mark: FrameMark
  readonly chain: string
  /** The unfinished record behind the position, taken because nothing came any more when the file had this size. */
  readonly rest?: { readonly sizeBytes: number; readonly recordBytes: number }
  /** Rotated away and read to its end. */
  readonly done?: boolean | undefined
  /** Before this file others may have come and gone under its path, unseen: they are looked for among what was written to since then. */
  readonly unseenSinceMs?: number | undefined
}

/** A file is known by its device and inode; each source keeps its own place in it. */
export type FileKey = { readonly source: string; readonly device: string; readonly inode: string }

export type KeptPlace = FileKey & {
  readonly path: string
  /** When it was there last, milliseconds since 1970. */
  readonly seenMs: number
  readonly place: Place
}

export type Places = {
  at(key: FileKey): KeptPlace | undefined
  /** What was ever followed under this path, the newest first. */
  atPath(source: string, path: string): readonly KeptPlace[]
  of(source: string): readonly KeptPlace[]
  /** Durable when it returns. */
  save(places: readonly KeptPlace[]): void
  /** Those of files that were not there since then. */
  forget(beforeMs: number): void
}

export function idOf({ source, device, inode }: FileKey): string {
  return `${source}\0${device}:${inode}`
}

const orphanDevice = 'content'

/**
 * The file holds something else now (it was truncated): the place in what it held, under a key that no file has, until that is found
 * elsewhere, in a copy.
 */
export function orphanOf(kept: KeptPlace): KeptPlace {
  const { device, inode, place } = kept
  return { ...kept, device: orphanDevice, inode: `${device}:${inode}:${place.head.hash}` }
}

export function isOrphan({ device }: FileKey): boolean {
  return device === orphanDevice
}

/** May there be more of the file than was read? */
export function isUnread({ place }: KeptPlace): boolean {
  return place.done !== true && place.taking !== 'whole'
}

/** From when on what was written may hold what came after all of these, unseen. Undefined where nothing was followed. */
export function unseenSince(known: readonly KeptPlace[]): number | undefined {
  if (known.length === 0) return undefined
  const asked = known.flatMap(({ place }) => place.unseenSinceMs ?? [])
  if (asked.length > 0) return Math.min(...asked)
  // A compressed file may be younger than the one that came after it.
  const tailed = known.filter(({ place }) => place.taking !== 'whole')
  return Math.max(...(tailed.length > 0 ? tailed : known).map(({ place }) => place.mtimeMs))
}

export const headBytes = 1024
const beforeBytes = 256

export async function headPrint(handle: FileHandle, sizeBytes: number): Promise<Print> {
  return printOf(handle, 0, Math.min(headBytes, sizeBytes))
}

export async function beforePrint(handle: FileHandle, position: number): Promise<Print> {
  const bytes = Math.min(beforeBytes, position)
  return printOf(handle, position - bytes, bytes)
}

/** Does the file still hold what the place was left in? False where it was truncated or replaced. */
export async function isSameContent(handle: FileHandle, place: Place, sizeBytes: number): Promise<boolean> {
  if (sizeBytes < Math.max(place.position, place.head.bytes)) return false
  const head = await printOf(handle, 0, place.head.bytes)
  if (head.hash !== place.head.hash) return false
  const before = await printOf(handle, place.position - place.before.bytes, place.before.bytes)
  return before.hash === place.before.hash
}

async function printOf(handle: FileHandle, from: number, bytes: number): Promise<Print> {
  const buffer = Buffer.allocUnsafe(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, from)
  return { bytes: bytesRead, hash: hashOf(buffer.subarray(0, bytesRead)) }
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

export const noPrint: Print = { bytes: 0, hash: hashOf(Buffer.alloc(0)) }

/** The place of a file that was taken whole, when it was so large and so old. */
export function wholePlace(sizeBytes: number, mtimeMs: number, asked: string): Place {
  const chain = '0'.repeat(64)
  return {
    taking: 'whole',
    format: '',
    asked,
    sizeBytes,
    mtimeMs,
    head: noPrint,
    before: noPrint,
    position: 0,
    readBytes: 0,
    mark: { at: 0 },
    chain
  }
}

/** A place as it was written down. Undefined where it cannot be trusted: the file is then read from its start, which stores nothing twice. */
export function readPlace(text: string): Place | undefined {
  try {
    const place = JSON.parse(text) as Place
    const numbers = [
      place.sizeBytes,
      place.mtimeMs,
      place.position,
      place.readBytes,
      place.mark.at,
      place.head.bytes,
      place.before.bytes
    ]
    const sound =
      ['lines', 'csv', 'multiline', 'whole'].includes(place.taking) &&
      numbers.every(number => Number.isSafeInteger(number) && number >= 0) &&
      place.mark.at <= place.position &&
      place.before.bytes <= place.position &&
      place.position <= place.readBytes &&
      (place.unseenSinceMs === undefined || Number.isSafeInteger(place.unseenSinceMs)) &&
      /^[0-9a-f]{64}$/.test(place.chain)
    return sound ? place : undefined
  } catch {
    return undefined
  }
}
