/**
 * Finds what became of a followed file that was rotated while nobody looked: renamed, copied (and the original truncated), or
 * compressed since. So what was written to it between the last look and the rotation is not lost.
 */
import { open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type PresentFile, presentFile } from './follow-discover.ts'
import { hashOf, isSameContent, type KeptPlace, type Place } from './follow-place.ts'
import type { Tail } from './follow-tail.ts'
import { kindOf, openStreams } from './open-streams.ts'

export type RotatedCopy = { readonly file: PresentFile; readonly compressed: boolean }

/** Entries of a folder that are looked at, and of those, how many by their content. */
const entriesMax = 10_000
const openedMax = 100
/** A shorter beginning says too little, where there is nothing else to compare. */
const tellingBytes = 64

/** Is the file still where it was found? */
export async function isThere({ key, file }: Pick<Tail, 'key' | 'file'>): Promise<boolean> {
  const present = await presentFile(file.raw).catch(() => undefined)
  return present?.device === key.device && present.inode === key.inode
}

/** Does the file hold what this place was left in? What was taken whole must be as it was. */
export async function isLeftAt(file: PresentFile, place: Place): Promise<boolean> {
  if (place.taking === 'whole') return file.sizeBytes === place.sizeBytes && file.mtimeMs === place.mtimeMs
  try {
    await using handle = await open(file.raw)
    return await isSameContent(handle, place, file.sizeBytes)
  } catch {
    return false
  }
}

/** The file itself under another name in its folder. */
export async function findMoved(kept: KeptPlace): Promise<PresentFile | undefined> {
  for await (const file of neighbours(kept.path, '')) {
    if (file.device === kept.device && file.inode === kept.inode && (await isCopy(file, kept))) return file
  }
  return undefined
}

/**
 * A copy of it, by its content, among the files in its folder whose names begin alike (`eve.json.1`, `eve-20240506.json.gz`), the newest
 * first. `isFollowed` leaves out what is looked after already.
 */
export async function findCopy(
  kept: KeptPlace,
  isFollowed: (file: PresentFile) => boolean
): Promise<RotatedCopy | undefined> {
  const alike: PresentFile[] = []
  for await (const file of neighbours(kept.path, stemOf(basename(kept.path)))) if (!isFollowed(file)) alike.push(file)
  alike.sort((a, b) => b.mtimeMs - a.mtimeMs)
  for (const file of alike.slice(0, openedMax)) {
    if (await isCopy(file, kept)) return { file, compressed: false }
    if (await isCompressed(file, kept)) return { file, compressed: true }
  }
  return undefined
}

/**
 * Files beside it that bear its name as rotated ones do, were written to since the newest of `known` (what was followed under the path) was
 * looked at last, and are none of these: the generations that nobody has seen, the oldest first.
 */
export async function findBetween(
  path: string,
  known: readonly KeptPlace[],
  isKnown: (file: PresentFile) => Promise<boolean>
): Promise<RotatedCopy[]> {
  const sinceMs = Math.max(...known.map(({ place }) => place.mtimeMs))
  const isRotated = rotatedName(basename(path))
  const found: PresentFile[] = []
  for await (const file of neighbours(path, stemOf(basename(path))))
    if (file.sizeBytes > 0 && file.mtimeMs >= sinceMs && isRotated(basename(file.path)) && !(await isKnown(file)))
      found.push(file)
  found.sort((a, b) => a.mtimeMs - b.mtimeMs)
  const between: RotatedCopy[] = []
  for (const file of found.slice(-openedMax)) {
    let isOld = false
    for (const kept of known) isOld ||= (await isCopy(file, kept)) || (await isCompressed(file, kept))
    if (!isOld) between.push({ file, compressed: await isPacked(file) })
  }
  return between
}

/** `app.log` becomes `app.log.1`, `app.log-20260601`, `app.log.2.gz`, `app-20260601.log`. Other logs may have names that begin alike. */
function rotatedName(name: string): (other: string) => boolean {
  const stem = stemOf(name)
  const extension = name.slice(stem.length)
  return other => {
    const plain = other.replace(/\.(gz|zst|bz2|xz)$/, '')
    if (plain.startsWith(name)) return /^[.\-_]\d[\dT:._-]{0,40}$/.test(plain.slice(name.length))
    if (extension === '' || !plain.startsWith(stem) || !plain.endsWith(extension)) return false
    return /^[.\-_]\d{6}[\dT:._-]{0,40}$/.test(plain.slice(stem.length, plain.length - extension.length))
  }
}

async function isPacked(file: PresentFile): Promise<boolean> {
  try {
    await using handle = await open(file.raw)
    const start = Buffer.alloc(8)
    await handle.read(start, 0, 8, 0)
    return kindOf(start) !== 'plain'
  } catch {
    return false
  }
}

async function* neighbours(path: string, stem: string): AsyncGenerator<PresentFile, void> {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter(each => each.startsWith(stem)).slice(0, entriesMax)) {
    const file = await presentFile(Buffer.from(join(folder, name))).catch(() => undefined)
    if (file !== undefined) yield file
  }
}

/** The name without its last extension, if it has one. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}

async function isCopy(file: PresentFile, { place }: KeptPlace): Promise<boolean> {
  return (place.position > 0 || place.head.bytes >= tellingBytes) && isLeftAt(file, place)
}

async function isCompressed(file: PresentFile, { place }: KeptPlace): Promise<boolean> {
  const { bytes, hash } = place.head
  if (bytes < tellingBytes) return false
  try {
    {
      await using handle = await open(file.raw)
      const start = Buffer.alloc(4)
      await handle.read(start, 0, 4, 0)
      const kind = kindOf(start)
      if (kind !== 'gzip' && kind !== 'zstd') return false
    }
    for await (const stream of openStreams(file)) {
      const pieces: Buffer[] = []
      let length = 0
      for await (const piece of stream.bytes) {
        pieces.push(piece)
        length += piece.length
        if (length >= bytes) break
      }
      return length >= bytes && hashOf(Buffer.concat(pieces).subarray(0, bytes)) === hash
    }
  } catch {
    // Not readable: not found.
  }
  return false
}
