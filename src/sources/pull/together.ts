/**
 * Appends that come while one is under way go together in the next: many small things read in parallel wait for the disk (and the ledger's
 * transaction) once, not one after the other.
 */

import type { Chunk } from '../../core/chunk.ts'
import type { PullContext } from './source.ts'

type Waiting = {
  readonly chunks: readonly Chunk[]
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const bytesMaxUsual = 8 << 20

/** As the `append` that is given: resolves when these chunks are durable, rejects where nothing of them was taken. */
export function together(append: PullContext['append'], bytesMax = bytesMaxUsual): PullContext['append'] {
  let waiting: Waiting[] = []
  let running = false

  const run = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      let count = 0
      let bytes = 0
      while (count < waiting.length && (count === 0 || bytes + waiting[count]!.bytes <= bytesMax))
        bytes += waiting[count++]!.bytes
      const own = waiting.slice(0, count)
      waiting = waiting.slice(count)
      try {
        await append(own.flatMap(({ chunks }) => chunks))
        for (const { resolve } of own) resolve()
      } catch (error) {
        for (const { reject } of own) reject(error)
      }
    }
    running = false
  }

  return chunks => {
    if (chunks.length === 0) return Promise.resolve()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    waiting.push({ chunks, bytes: chunks.reduce((sum, { body }) => sum + body.length, 0), resolve, reject })
    if (!running) void run()
    return promise
  }
}
