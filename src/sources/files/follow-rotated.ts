/**
 * What lies beside a followed path and belongs to it: files that were rotated (renamed, copied and the original truncated, compressed), known
 * by their inode, then by their content. This only looks; who looks when, and what comes of it, is the affair of `follow-searches.ts`.
 */
import type { FileHandle } from 'node:fs/promises'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type PresentFile, presentFile } from './follow-discover.ts'
import { hashOf, headBytes, isSameContent, type KeptPlace, type Place } from './follow-place.ts'
import { kindOf, openStreams } from './open-streams.ts'
import { isMoved, openSame } from './same-file.ts'
import { worldReason } from './walk.ts'

export type Finding = {
  readonly file: PresentFile
  /** An archive, too. */
  readonly compressed: boolean
  /** Whose rest it holds. Undefined: a generation that nobody has seen. */
  readonly of: KeptPlace | undefined
}

export type Beside = {
  readonly found: readonly Finding[]
  /** Something there is not settled yet: it is being read, or written, or was moved while we looked. */
  readonly unclear: boolean
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
}

export type BesideOptions = {
  /** All that was ever followed under the path. */
  readonly known: readonly KeptPlace[]
  /** Those of them whose rest is looked for. */
  readonly rests: readonly KeptPlace[]
  /** Generations that nobody has seen are looked for among the files written to since then, milliseconds since 1970. */
  readonly sinceMs: number
  readonly names: (folder: string) => Promise<readonly string[]>
  /** What the follower knows of the file: it is looked after, it will be read, or nothing. */
  readonly stateOf: (file: PresentFile) => 'settled' | 'pending' | 'unknown'
  readonly placeOf: (file: PresentFile) => KeptPlace | undefined
  /** Not for a file that is being written. */
  readonly isAtRest: (file: PresentFile) => boolean
}

/** Entries of a folder that are looked at. */
const entriesMax = 10_000
/** A shorter beginning says too little, where there is nothing else to compare. */
const tellingBytes = 64
const packedEnding = /\.(gz|zst|bz2|xz)$/

/** The folder's names, read once for all who ask. */
export function folderNames(): (folder: string) => Promise<readonly string[]> {
  const read = new Map<string, Promise<readonly string[]>>()
  return folder => {
    const names = read.get(folder) ?? readdir(folder).catch(() => [])
    read.set(folder, names)
    return names
  }
}

/** The oldest first. */
export async function lookBeside(path: string, options: BesideOptions): Promise<Beside> {
  const { rests, sinceMs } = options
  const found: Finding[] = []
  const unreadable: { path: string; reason: string }[] = []
  let unclear = false
  const folder = dirname(path)
  const stem = stemOf(basename(path))
  const isRotated = rotatedName(basename(path))
  const names = await options.names(folder)
  const packing = new Set(names.filter(name => name !== basename(path)).map(name => `${name}.`))

  const judge = async (name: string, file: PresentFile): Promise<void> => {
    const state = options.stateOf(file)
    if (state !== 'unknown') {
      unclear ||= state === 'pending'
      return
    }
    await using handle = await openSame(file.raw, file)
    const moved = await restAt(handle, file, options)
    if (moved !== 'none') {
      if (moved !== undefined) found.push({ file, compressed: false, of: moved })
      return
    }
    const { compressed, begin } = await beginningOf(handle, file)
    if (compressed && !options.isAtRest(file)) {
      unclear = true
      return
    }
    const of =
      (await firstWith(rests, begin, handle, file, compressed)) ??
      (await firstWith(options.known, begin, handle, file, compressed))
    if (of === undefined ? file.mtimeMs >= sinceMs && isRotated(name) : rests.includes(of))
      found.push({ file, compressed, of })
  }

  for (const name of names.filter(each => each.startsWith(stem)).slice(0, entriesMax)) {
    const file = await fileAt(folder, name)
    if (file === undefined || file.sizeBytes === 0) continue
    // Being made: what it is made of is there, and is read itself.
    if (packing.has(name.replace(packedEnding, '.'))) continue
    try {
      await judge(name, file)
    } catch (error) {
      unclear = true
      if (!isMoved(error)) unreadable.push({ path: file.path, reason: worldReason(error) })
    }
  }
  // Renamed to something else altogether: known by its inode only.
  let missing = rests.filter(kept => !found.some(({ of }) => of === kept))
  for (const name of names.filter(each => !each.startsWith(stem)).slice(0, entriesMax)) {
    if (missing.length === 0) break
    const file = await fileAt(folder, name)
    const kept = file && missing.find(each => isInode(each, file) && options.stateOf(file) === 'unknown')
    if (file === undefined || kept === undefined || !(await isLeftAt(file, kept.place))) continue
    missing = missing.filter(each => each !== kept)
    found.push({ file, compressed: false, of: kept })
  }
  found.sort((a, b) => a.file.mtimeMs - b.file.mtimeMs)
  return { found, unclear, unreadable }
}

/** By its inode: whose rest it is; undefined where nothing is to be read of it; `none` where its inode does not say. */
async function restAt(
  handle: FileHandle,
  file: PresentFile,
  { rests, placeOf }: BesideOptions
): Promise<KeptPlace | undefined | 'none'> {
  const isLeft = (place: Place) => isLeftIn(handle, file, place)
  const rest = rests.find(kept => isInode(kept, file))
  if (rest !== undefined && (await isLeft(rest.place))) return rest
  const kept = placeOf(file)
  // An inode alone says little: that of a file that is gone is soon another's.
  if (kept === undefined || !(await isLeft(kept.place))) return 'none'
  const { done, taking, sizeBytes } = kept.place
  return done === true && taking !== 'whole' && file.sizeBytes > sizeBytes ? kept : undefined
}

async function firstWith(
  places: readonly KeptPlace[],
  begin: Beginning,
  handle: FileHandle,
  file: PresentFile,
  compressed: boolean
): Promise<KeptPlace | undefined> {
  for (const kept of places) {
    const { place } = kept
    if (place.taking === 'whole' || !begin(place.head.bytes, place.head.hash)) continue
    if (place.head.bytes < tellingBytes && (compressed || place.position === 0)) continue
    if (compressed || (await isSameContent(handle, place, file.sizeBytes))) return kept
  }
  return undefined
}

/** Has it a beginning of so many bytes with this hash? */
type Beginning = (bytes: number, hash: string) => boolean

async function beginningOf(
  handle: FileHandle,
  file: PresentFile
): Promise<{ readonly compressed: boolean; readonly begin: Beginning }> {
  const buffer = Buffer.alloc(headBytes)
  const { bytesRead } = await handle.read(buffer, 0, headBytes, 0)
  const plain = buffer.subarray(0, bytesRead)
  const compressed = kindOf(plain.subarray(0, 512)) !== 'plain'
  const head = compressed ? await unpackedHead(file) : plain
  const hashes = new Map<number, string>()
  return {
    compressed,
    begin(bytes, hash) {
      if (bytes > head.length) return false
      const own = hashes.get(bytes) ?? hashOf(head.subarray(0, bytes))
      hashes.set(bytes, own)
      return own === hash
    }
  }
}

/** As much of it as can be unpacked. Throws `file-moved`. */
async function unpackedHead(file: PresentFile): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const stream of openStreams(file, { sameAs: file })) {
      for await (const piece of stream.bytes) {
        pieces.push(piece)
        length += piece.length
        if (length >= headBytes) break
      }
      break
    }
  } catch (error) {
    if (isMoved(error)) throw error
    // Damaged: what came before that counts.
  }
  return Buffer.concat(pieces).subarray(0, headBytes)
}

/** Does the file hold what this place was left in? What was taken whole must be as it was. */
async function isLeftAt(file: PresentFile, place: Place): Promise<boolean> {
  try {
    await using handle = await openSame(file.raw, file)
    return await isLeftIn(handle, file, place)
  } catch {
    return false
  }
}

async function isLeftIn(handle: FileHandle, file: PresentFile, place: Place): Promise<boolean> {
  if (file.sizeBytes === place.sizeBytes && file.mtimeMs === place.mtimeMs) return true
  return place.taking !== 'whole' && (await isSameContent(handle, place, file.sizeBytes))
}

function isInode(kept: KeptPlace, file: PresentFile): boolean {
  return kept.device === file.device && kept.inode === file.inode
}

async function fileAt(folder: string, name: string): Promise<PresentFile | undefined> {
  return presentFile(Buffer.from(join(folder, name))).catch(() => undefined)
}

/** `app.log` becomes `app.log.1`, `app.log-20260601`, `app.log.2.gz`, `app-20260601.log`. Other logs may have names that begin alike. */
function rotatedName(name: string): (other: string) => boolean {
  const stem = stemOf(name)
  const extension = name.slice(stem.length)
  return other => {
    const plain = other.replace(packedEnding, '')
    if (plain.startsWith(name)) return /^[.\-_]\d[\dT:._-]{0,40}$/.test(plain.slice(name.length))
    if (extension === '' || !plain.startsWith(stem) || !plain.endsWith(extension)) return false
    return /^[.\-_]\d{6}[\dT:._-]{0,40}$/.test(plain.slice(stem.length, plain.length - extension.length))
  }
}

/** The name without its last extension, if it has one. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}
