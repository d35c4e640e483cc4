/** From the paths of a source (files, folders, patterns) to the files that are there now. The follower's first step, every second or so. */
import type { BigIntStats } from 'node:fs'
import { glob, stat } from 'node:fs/promises'
import { type FoundFile, shownName } from './stream.ts'
import { type WalkProblem, walk, worldReason } from './walk.ts'

/** A regular file that is there, with what it is known by. */
export type PresentFile = {
  readonly path: string
  readonly raw: Buffer
  readonly device: string
  readonly inode: string
  readonly sizeBytes: number
  readonly mtimeMs: number
}

/** More files than this are no source but a mistake (`/`). */
const filesMax = 100_000

export type DiscoverOptions = {
  readonly onProblem: (problem: WalkProblem) => void
  readonly signal?: AbortSignal
}

/** Each file once (two names of one file are one), in the order of the paths. What cannot be read is told; the rest is found. */
export async function presentFiles(paths: readonly string[], options: DiscoverOptions): Promise<PresentFile[]> {
  const found = new Map<string, PresentFile>()
  for (const path of paths) {
    try {
      for await (const file of matching(path, options)) {
        options.signal?.throwIfAborted()
        const id = `${file.device}:${file.inode}`
        if (!found.has(id)) found.set(id, file)
        if (found.size >= filesMax) {
          options.onProblem({ path, reason: `more than ${filesMax} files: the rest is left out` })
          return [...found.values()]
        }
      }
    } catch (error) {
      options.signal?.throwIfAborted()
      options.onProblem({ path, reason: worldReason(error) })
    }
  }
  return [...found.values()]
}

/** A file by its name. Undefined where it is no regular file. */
export async function presentFile(raw: Buffer): Promise<PresentFile | undefined> {
  return presentOf(raw, await stat(raw, { bigint: true }))
}

export function presentOf(raw: Buffer, stats: BigIntStats): PresentFile | undefined {
  if (!stats.isFile()) return undefined
  return {
    path: shownName(raw.toString()),
    raw,
    device: String(stats.dev),
    inode: String(stats.ino),
    sizeBytes: Number(stats.size),
    mtimeMs: Number(stats.mtimeMs)
  }
}

async function* matching(path: string, options: DiscoverOptions): AsyncGenerator<PresentFile, void> {
  const raw = Buffer.from(path)
  let stats: BigIntStats | undefined
  try {
    stats = await stat(raw, { bigint: true })
  } catch (error) {
    // Not a path as it stands: a pattern, or nothing yet.
    if ((error as { code?: unknown }).code !== 'ENOENT' || !/[*?[{]/.test(path)) throw error
  }
  if (stats?.isDirectory()) {
    for await (const file of walk([path], options)) {
      const present = ofWalk(file)
      if (present !== undefined) yield present
    }
  } else if (stats !== undefined) {
    const present = presentOf(raw, stats)
    if (present === undefined) options.onProblem({ path, reason: 'neither a file nor a folder' })
    else yield present
  } else {
    const names: string[] = []
    for await (const name of glob(path)) {
      names.push(name)
      if (names.length > filesMax) break
    }
    for (const name of names.sort()) {
      try {
        const present = await presentFile(Buffer.from(name))
        if (present !== undefined) yield present
      } catch (error) {
        // Gone since; the next look knows.
        if ((error as { code?: unknown }).code !== 'ENOENT')
          options.onProblem({ path: name, reason: worldReason(error) })
      }
    }
  }
}

function ofWalk({ path, raw, sizeBytes, mtimeMs, id }: FoundFile): PresentFile | undefined {
  if (id === undefined || mtimeMs === undefined) return undefined
  const colon = id.indexOf(':')
  return { path, raw, device: id.slice(0, colon), inode: id.slice(colon + 1), sizeBytes, mtimeMs }
}
