/**
 * What the sources that fetch or run something (a queue, a bucket, a sensor) are given, and what they give back: the words between them
 * and `pipeline/pull-sources.ts`. Each kind is a folder in `src/sources/` and a line in its list there.
 */

import type { Chunk } from '../../core/chunk.ts'
import type { ListenLog } from '../listen/source.ts'

/** Where a source was left: small texts by key, in the state file. */
export type Checkpoints = {
  get(key: string): string | undefined
  /** Those whose keys begin so, in the order of their keys. */
  startingWith(prefix: string): ReadonlyMap<string, string>
  /** All or nothing; undefined forgets. Throws `PicketError` where the disk is full: what was fetched will be fetched again. */
  save(entries: ReadonlyMap<string, string | undefined>): void
}

export type PullContext = {
  /** Resolves when the chunks are durable; waits while the pipeline is behind. Rejects: nothing was taken. */
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly checkpoints: Checkpoints
  readonly log: ListenLog
  readonly nowMs: () => number
  readonly recordBytesMax: () => number
  /** A folder of this source's own in the data folder, which exists: files that it writes (a child's configuration, captures). */
  readonly folder: () => string
  /** What people set while Picket runs, beside the configuration: JSON under a key of the state file. */
  readonly setting: (key: string) => unknown
}

/** What a source has seen since it began. */
export type PullFigures = {
  readonly records: number
  /** Why nothing comes now, and what to do about it; undefined where all is well. The source tries again by itself. */
  readonly problem: string | undefined
  /** What waits on the other side, where it can be told: messages, records, objects. */
  readonly waiting?: number
  /** Further figures of this kind of source, for `/metrics` and the page: names in snake case, numbers. */
  readonly more?: Readonly<Record<string, number>>
}

/** A source that fetches. It begins at once, waits the world's failures out by itself, and never throws for them. */
export type Pulling = {
  figures(): PullFigures
  /** Takes nothing new, and resolves when what was taken is durable and noted. */
  close(): Promise<void>
}
