/**
 * Lets the engine's background merges wait while records queue up: inserting and merging at once halves the rate at which an import
 * goes, and parts that wait are merged more at a time, which costs less in all. What an import brings is merged when it is over, by
 * whoever runs next with nothing better to do. They do not wait for ever: from `partsMax` parts on merges go on beside the inserts
 * until `partsMin` are left. An engine that starts merges at once, so the first thing said to it is to wait; a crash leaves nothing
 * switched off.
 */

import { messageOf } from '../core/errors.ts'

export type MergePacingOptions = {
  readonly engine: { setMerging(on: boolean): Promise<void>; activeParts(): Promise<number> }
  readonly backlogBytes: () => number
  readonly log: { warn(fields: object, message: string): void }
  readonly everyMs?: number
  /** More than this waiting to be stored is a queue. */
  readonly busyBytes?: number
  /** No queue for so long is rest. */
  readonly restMs?: number
  readonly partsMax?: number
  readonly partsMin?: number
}

/** Should merges go on? Hysteresis between `partsMax` and `partsMin` keeps it from flipping. */
export function shouldMerge(
  merging: boolean,
  resting: boolean,
  parts: number,
  bounds: { partsMax: number; partsMin: number }
): boolean {
  if (resting) return true
  return merging ? parts > bounds.partsMin : parts >= bounds.partsMax
}

export function paceMerges(options: MergePacingOptions): { close(): Promise<void> } {
  const { engine, backlogBytes, log, everyMs = 300, busyBytes = 16 << 20, restMs = 5_000 } = options
  // The engine slows inserts down from 1000 parts on.
  const { partsMax = 800, partsMin = 400 } = options
  // Unknown until the first word to the engine, which may have been started anew since.
  let merging: boolean | undefined
  let busyAtMs = performance.now()
  let work: Promise<void> = Promise.resolve()
  let closed = false
  const look = async (): Promise<void> => {
    const nowMs = performance.now()
    if (backlogBytes() > busyBytes) busyAtMs = nowMs
    const resting = nowMs - busyAtMs >= restMs
    if (resting && merging === true) return
    try {
      const next = shouldMerge(merging ?? false, resting, resting ? 0 : await engine.activeParts(), {
        partsMax,
        partsMin
      })
      if (next === merging) return
      await engine.setMerging(next)
      merging = next
    } catch (error) {
      merging = undefined
      log.warn({ error: messageOf(error) }, 'the pace of merges could not be set')
    }
  }
  const next = (): void => {
    work = work.then(() => (closed ? undefined : look()))
  }
  next()
  const timer = setInterval(next, everyMs)
  timer.unref()
  return {
    async close() {
      closed = true
      clearInterval(timer)
      await work
    }
  }
}
