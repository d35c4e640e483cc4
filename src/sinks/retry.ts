/** Attempts that are made again: after 1, 3, 9 and 27 seconds, or as the other side asks. */

import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, PicketError } from '../core/errors.ts'
import type { Batcher } from './batcher.ts'
import type { Sink, SinkContext, SinkFigures } from './sink.ts'

/** Thrown by an attempt. Other errors count as ones that may pass. */
export class AttemptError extends Error {
  readonly again: boolean
  readonly afterMs: number | undefined
  constructor(message: string, again: boolean, afterMs?: number) {
    super(message)
    this.again = again
    this.afterMs = afterMs
  }
}

const waitsMs = [1000, 3000, 9000, 27_000]
const waitMaxMs = 60_000

/** Counts for `Sink.figures`. */
export class Attempts {
  #retries = 0
  #refused = 0
  #reason: string | undefined
  readonly #context: SinkContext
  readonly #label: string

  constructor(label: string, context: SinkContext) {
    this.#label = label
    this.#context = context
  }

  figures(): SinkFigures {
    return { retries: this.#retries, refused: this.#refused, reason: this.#reason }
  }

  refuse(records: number, reason: string): void {
    this.#refused += records
    this.#reason = reason
  }

  /** `attempt` is called until it does not throw; gives up with an error that says what was attempted. */
  async until<T>(attempt: () => Promise<T>): Promise<T> {
    for (let n = 0; ; n++) {
      try {
        this.#context.signal.throwIfAborted()
        return await attempt()
      } catch (error) {
        const reason = reasonOf(error)
        const wait = waitsMs[n]
        if (this.#context.signal.aborted || wait === undefined || (error instanceof AttemptError && !error.again))
          throw new PicketError('sink', `${this.#label}: ${reason}${n > 0 ? ` (after ${n + 1} attempts)` : ''}`, {
            cause: error
          })
        this.#retries++
        this.#reason = reason
        const asked = error instanceof AttemptError ? (error.afterMs ?? 0) : 0
        const jittered = wait * (0.75 + this.#context.random() / 2)
        await sleep(Math.min(waitMaxMs, Math.max(asked, jittered)), undefined, { signal: this.#context.signal }).catch(
          () => {}
        )
      }
    }
  }
}

/** What fetch hides in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  const code = (cause as { code?: string } | undefined)?.code
  return cause instanceof Error && error instanceof TypeError
    ? (code ?? (cause.message === '' ? error.message : cause.message))
    : messageOf(error)
}

/** A sink that gathers lines and sends batches; `end` lets go of its connection when the last is taken, or given up. */
export function batchedSink(
  label: string,
  batcher: Batcher,
  attempts: Attempts,
  end?: () => Promise<void> | void
): Sink {
  return {
    label,
    write: (lines, keys) => batcher.write(lines, keys),
    async close() {
      try {
        await batcher.close()
      } finally {
        await end?.()
      }
    },
    figures: () => attempts.figures()
  }
}
