/** A query of an engine in the cloud: begun, asked after until it is done, stopped where nobody waits any more. */

import { setTimeout as sleep } from 'node:timers/promises'
import { PicketError } from '../../core/errors.ts'
import { awsFailure } from '../../platform/aws/failure.ts'

const firstWaitMs = 300
const longestWaitMs = 3_000

/** `ask` gives undefined while the query runs. Throws `cloud-query` when it takes longer than `timeoutMs`, after `stop`. */
export async function waited<T>(options: {
  readonly what: string
  readonly timeoutMs: number
  readonly ask: () => Promise<T | undefined>
  readonly stop: () => Promise<unknown>
}): Promise<T> {
  const endMs = performance.now() + options.timeoutMs
  try {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 1.5)) {
      const answer = await options.ask()
      if (answer !== undefined) return answer
      if (performance.now() > endMs)
        throw new PicketError(
          'cloud-query',
          `${options.what} is not done after ${Math.round(options.timeoutMs / 60_000)} minutes: ask for a shorter time range`
        )
      await sleep(waitMs)
    }
  } catch (error) {
    // It would go on, and cost.
    await options.stop().catch(() => {})
    throw error
  }
}

/** What the SDK throws, in words that say what was attempted. */
export async function asked<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof PicketError) throw cause
    throw new PicketError('aws', awsFailure(cause, what).message, { cause })
  }
}
