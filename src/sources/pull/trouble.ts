/** What keeps a source that fetches from fetching: told once when it begins and once when it is over, waited out ever longer. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { ListenLog } from '../listen/source.ts'

const firstMs = 1_000
const longestMs = 60_000
/** What is not met again for so long is of the past: the message went elsewhere, the shard is gone. */
const forgottenMs = 20 * 60_000

export class Trouble {
  readonly #log: ListenLog
  readonly #source: string
  readonly #now = new Map<string, { readonly message: string; readonly times: number; readonly atMs: number }>()

  constructor(log: ListenLog, source: string) {
    this.#log = log
    this.#source = source
  }

  /** For the figures: what is wrong now. */
  get problem(): string | undefined {
    const sinceMs = performance.now() - forgottenMs
    for (const [about, { message, atMs }] of this.#now) {
      if (atMs >= sinceMs) return message
      this.#now.delete(about)
    }
    return undefined
  }

  /** `about` is what failed (a shard, the queue). Returns how long to wait before the next try. */
  met(about: string, message: string, chance = Math.random()): number {
    const times = (this.#now.get(about)?.times ?? 0) + 1
    if (times === 1)
      this.#log.warn({ source: this.#source, problem: message }, 'a source fetches nothing now; it is tried again')
    this.#now.set(about, { message, times, atMs: performance.now() })
    const longest = Math.min(longestMs, firstMs * 2 ** Math.min(times - 1, 10))
    return longest / 2 + (chance * longest) / 2
  }

  over(about: string): void {
    if (this.#now.delete(about)) this.#log.info({ source: this.#source }, 'a source fetches again')
  }
}

/** Resolves early, without an error, when told to stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
