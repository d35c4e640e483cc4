/**
 * From paths that the user names to files: folders are walked (sorted by name, links followed, each folder once), `-` is standard input.
 * The first step of an import; `open-streams.ts` is the next.
 */
import type { BigIntStats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { messageOf } from '../../core/errors.ts'
import { type FoundFile, shownName } from './stream.ts'

export type WalkProblem = { readonly path: string; readonly reason: string }

export type WalkOptions = {
  /** Told of everything that cannot be read: the walk goes on. */
  readonly onProblem?: (problem: WalkProblem) => void
  readonly signal?: AbortSignal
}

/** What there is to read: for progress. */
export type FilePlan = { readonly files: number; readonly bytes: number; readonly problems: readonly WalkProblem[] }

/** Folders within folders: more is a loop of mounts, or an attack. */
const depthMax = 256

/**
 * The files at and below the paths, in the order of the paths and sorted by name within folders. A file that was met before
 * (a second link to it) is left out within folders; one that is named twice is read twice.
 */
export async function* walk(paths: readonly string[], options: WalkOptions = {}): AsyncGenerator<FoundFile> {
  const seen = new Set<string>()
  for (const path of paths) {
    if (path === '-') yield { path: '-', raw: Buffer.from('-'), sizeBytes: 0, mtimeMs: undefined }
    else yield* below(Buffer.from(path), 0, seen, options)
  }
}

/** Walks once without reading: how many files, how many bytes. */
export async function planFiles(paths: readonly string[], options: WalkOptions = {}): Promise<FilePlan> {
  const problems: WalkProblem[] = []
  let files = 0
  let bytes = 0
  const onProblem = (problem: WalkProblem) => {
    problems.push(problem)
    options.onProblem?.(problem)
  }
  for await (const file of walk(paths, { ...options, onProblem })) {
    files++
    bytes += file.sizeBytes
  }
  return { files, bytes, problems }
}

async function* below(
  raw: Buffer,
  depth: number,
  seen: Set<string>,
  options: WalkOptions
): AsyncGenerator<FoundFile, void> {
  options.signal?.throwIfAborted()
  const problem = (reason: string) => options.onProblem?.({ path: shownName(raw.toString()), reason })
  let stats: BigIntStats
  try {
    stats = await stat(raw, { bigint: true })
  } catch (error) {
    problem(worldReason(error))
    return
  }
  const id = `${stats.dev}:${stats.ino}`
  if (stats.isDirectory()) {
    if (seen.has(id)) return
    seen.add(id)
    if (depth >= depthMax) {
      problem(`more than ${depthMax} folders within each other`)
      return
    }
    let names: Buffer[]
    try {
      names = await readdir(raw, { encoding: 'buffer' })
    } catch (error) {
      problem(worldReason(error))
      return
    }
    names.sort(Buffer.compare)
    const slash = Buffer.from(raw.at(-1) === 47 ? '' : '/')
    for (const name of names) yield* below(Buffer.concat([raw, slash, name]), depth + 1, seen, options)
    return
  }
  if (depth > 0) {
    if (seen.has(id)) return
    // A pipe or device within a folder could block for ever; named by the user it is meant.
    if (!stats.isFile()) {
      problem('neither a file nor a folder')
      return
    }
  }
  seen.add(id)
  const regular = stats.isFile()
  yield {
    path: shownName(raw.toString()),
    raw,
    sizeBytes: regular ? Number(stats.size) : 0,
    mtimeMs: regular ? Number(stats.mtimeMs) : undefined,
    id
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'a link that leads to itself',
  EISDIR: 'a folder',
  EMFILE: 'too many open files',
  EIO: 'the disk reports an error',
  ENAMETOOLONG: 'the path is too long',
  ENOTDIR: 'part of the path is not a folder'
}

/** What the operating system said, in words. */
export function worldReason(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return (typeof code === 'string' && reasons[code]) || messageOf(error)
}
