/** The one place where a feed's requests are tried again: transient failures only, after 1 s, 3 s and 9 s with jitter, or when the server says. */

import { FeedError } from './request.ts'

export type Patience = {
  readonly signal: AbortSignal
  /** Resolves after the time, or at once when stopped. */
  readonly sleep: (ms: number) => Promise<void>
  /** From 0 to 1. */
  readonly chance: () => number
  readonly log: (message: string) => void
}

export const waitsMs = [1000, 3000, 9000] as const
/** A server that wants more time than this is asked again in a later run. */
const waitMaxMs = 30_000

export async function withRetries<T>(patience: Patience, run: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      const wait = waitsMs[attempt]
      if (!(error instanceof FeedError) || !error.retryable || wait === undefined || patience.signal.aborted)
        throw error
      const ms = Math.max(error.retryAfterMs ?? 0, wait * (1 + patience.chance() / 4))
      if (ms > waitMaxMs) throw error
      patience.log(
        `attempt ${attempt + 1} of ${waitsMs.length + 1}: ${error.message}; again in ${(ms / 1000).toFixed(1)} s`
      )
      await patience.sleep(ms)
      if (patience.signal.aborted) throw error
    }
  }
}
