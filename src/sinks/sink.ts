/**
 * Where generated records go. A kind is a file in this folder and a line in `index.ts`; which one is meant, and how it is set, is said by one address
 * (`kafka://broker:9092/topic?compression=zstd`).
 */

import type { z } from 'zod'

export type SinkFigures = {
  /** Attempts that were made again. */
  readonly retries: number
  /** Records that the other side did not want; they are not sent again. */
  readonly refused: number
  /** Why the last attempt failed, or the last record was refused. */
  readonly reason: string | undefined
}

export type Sink = {
  /** What it is, for people. Without secrets. */
  readonly label: string
  /** Resolves when there is room for more: at the latest when the other side has taken all of it. Rejects when it has given up. */
  write(lines: readonly string[], keys: readonly (string | undefined)[] | undefined): Promise<void>
  /** Resolves when all that was written has been taken. */
  close(): Promise<void>
  figures(): SinkFigures
}

export type SinkContext = {
  readonly nowMs: () => number
  /** Aborted: nothing is waited for any longer. */
  readonly signal: AbortSignal
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  /** CSV: the line before the first record of each file or object. */
  readonly header: string | undefined
  /** How records are written: what files are called, and what a request says that it brings. */
  readonly format: 'ndjson' | 'csv' | 'template'
}

/** An address, taken apart. */
export type Target = {
  readonly scheme: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** `host:port`, or several with commas. */
  readonly host: string
  /** Without the slash that it begins with. */
  readonly path: string
  /** As it was written, without what may be secret. */
  readonly shown: string
  /** As it was written, without options. */
  readonly url: string
}

export type SinkKind<S extends z.ZodType = z.ZodType> = {
  readonly schemes: readonly string[]
  readonly example: string
  readonly about: string
  /** Are options in the address's query ours, or the other side's? */
  readonly ownsQuery: boolean
  /** All values are texts; each is described. */
  readonly options: S
  readonly open: (target: Target, options: z.output<S>, context: SinkContext) => Promise<Sink> | Sink
}

/** Only for its type: options and what opens with them belong together. */
export function sinkKind<S extends z.ZodType>(kind: SinkKind<S>): SinkKind {
  return kind as unknown as SinkKind
}

export const noFigures: SinkFigures = { retries: 0, refused: 0, reason: undefined }
