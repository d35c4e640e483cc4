/** What a run of a feed is given, and what it says of itself: shared by the kinds of feeds (`feed-list.ts`, `feed-stream.ts`). */

import type { Found, Reading } from '../intel/indicator.ts'
import { FeedError, type Reach } from '../sources/feeds/request.ts'
import type { Patience } from '../sources/feeds/retry.ts'
import type { FeedSettings } from '../sources/feeds/settings.ts'
import type { Intel } from '../state/intel.ts'
import type { Feed, FeedCounts } from '../state/intel-feeds.ts'

export type FeedContext = {
  readonly intel: Intel
  /** Where local lists lie: `intel` in the data folder. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly nowMs: () => number
  /** Resolves after the time, or when the run is stopped. */
  readonly sleep: (ms: number) => Promise<void>
  /** From 0 to 1. */
  readonly chance: () => number
  readonly log: (message: string) => void
  readonly limits?: Partial<FeedLimits>
}

export type FeedLimits = {
  readonly indicatorsMax: number
  readonly pagesMax: number
  readonly eventsMax: number
  readonly bytesMax: number
  /** For one request. */
  readonly timeoutMs: number
  /** A stream's run ends after this time, and goes on at the next one. */
  readonly runMaxMs: number
}

export const limitsDefault: FeedLimits = {
  indicatorsMax: 5_000_000,
  pagesMax: 10_000,
  eventsMax: 20_000,
  bytesMax: 256 << 20,
  timeoutMs: 120_000,
  runMaxMs: 20 * 60_000
}

export type FeedOutcome = {
  /** The feed says what we keep: at this time. */
  readonly fetchedMs: number | undefined
  /** It said nothing new. */
  readonly unchanged: boolean
  readonly counts: FeedCounts
  /** A bound was met: the rest follows in the next run, at once. */
  readonly more?: boolean
}

export class Tally {
  #read = 0
  #added = 0
  #removed = 0
  #refused = 0
  #bytes = 0
  #requests = 0
  readonly #problems: string[] = []

  reading({ taken, refused, problems }: Reading, name = ''): void {
    this.#read += taken
    this.#refused += refused
    for (const { where, message } of problems) this.problem(`${name === '' ? '' : `${name}, `}${where}: ${message}`)
  }

  kept({ added, removed }: { added: number; removed: number }): void {
    this.#added += added
    this.#removed += removed
  }

  got(bytes: number): void {
    this.#bytes += bytes
    this.#requests++
  }

  problem(text: string): void {
    if (this.#problems.length < 20) this.#problems.push(text.slice(0, 300))
  }

  get read(): number {
    return this.#read
  }

  get refused(): number {
    return this.#refused
  }

  counts(): FeedCounts {
    return {
      read: this.#read,
      added: this.#added,
      removed: this.#removed,
      refused: this.#refused,
      bytes: this.#bytes,
      requests: this.#requests,
      ...(this.#problems.length > 0 && { problems: this.#problems })
    }
  }
}

const foundsAtOnce = 10_000

/**
 * In pieces, so that nobody waits for a long transaction; an object's values stay together. Pieces that were kept before the place moved are
 * kept again, which changes nothing.
 */
export function piecesOf(founds: readonly Found[]): Found[][] {
  const byId = new Map<string, Found[]>()
  let piece: Found[] = []
  for (const found of founds) {
    if (found.id === undefined) piece.push(found)
    else {
      const same = byId.get(found.id)
      if (same === undefined) byId.set(found.id, [found])
      else same.push(found)
    }
  }
  const pieces: Found[][] = []
  for (const same of byId.values()) {
    if (piece.length > 0 && piece.length + same.length > foundsAtOnce) {
      pieces.push(piece)
      piece = []
    }
    for (const found of same) piece.push(found)
  }
  return [...pieces, piece]
}

/** What runs while the others wait: between the steps of a long write and of long readings. */
export function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

export function stopIfAsked(context: FeedContext): void {
  if (context.signal.aborted) throw new FeedError('feed-stopped', 'stopped')
}

export function limitsOf(context: FeedContext): FeedLimits {
  return { ...limitsDefault, ...context.limits }
}

export function serverOf(
  settings: Pick<Extract<FeedSettings, { kind: 'list' }>, 'credentials' | 'ca'>,
  context: FeedContext
): Reach & { readonly patience: Patience } {
  const { signal, sleep, chance, log } = context
  const { bytesMax, timeoutMs } = limitsOf(context)
  return { ...settings, signal, bytesMax, timeoutMs, patience: { signal, sleep, chance, log } }
}

export type Run<K extends FeedSettings['kind']> = (
  feed: Feed,
  settings: Extract<FeedSettings, { kind: K }>,
  context: FeedContext
) => Promise<FeedOutcome>
