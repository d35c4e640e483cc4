/**
 * Lets the engine's background merges wait while records queue up: inserting and merging the same rows at once halves the rate at which
 * an import goes, and parts that wait a little are merged more at a time, which costs less in all. They never wait for long: at
 * `partsMax` parts, or when the queue is empty, merges go on. A fresh engine always merges, so a crash leaves nothing switched off.
 */

import { messageOf } from '../core/errors.ts'

export type MergePacingOptions = {
  readonly engine: { setMerging(on: boolean): Promise<void>; activeParts(): Promise<number> }
  readonly backlogBytes: () => number
  readonly log: { warn(fields: object, message: string): void }
  readonly everyMs?: number
  readonly busyBytes?: number
  readonly partsMax?: number
  readonly partsMin?: number
}

/** Should merges go on? Hysteresis between `partsMax` and `partsMin` keeps it from flipping. */
export function shouldMerge(
  merging: boolean,
  busy: boolean,
  parts: number,
  bounds: { partsMax: number; partsMin: number }
): boolean {
  if (!busy) return true
  return merging ? parts > bounds.partsMin : parts >= bounds.partsMax
}

export function paceMerges(options: MergePacingOptions): { close(): Promise<void> } {
  const { engine, backlogBytes, log, everyMs = 300, busyBytes = 16 << 20, partsMax = 120, partsMin = 24 } = options
  let merging = true
  let work: Promise<void> = Promise.resolve()
  let closed = false
  const look = async (): Promise<void> => {
    const busy = backlogBytes() > busyBytes
    if (!busy && merging) return
    try {
      const next = shouldMerge(merging, busy, busy ? await engine.activeParts() : 0, { partsMax, partsMin })
      if (next === merging) return
      await engine.setMerging(next)
      merging = next
    } catch (error) {
      // An engine that was started anew merges.
      merging = true
      log.warn({ error: messageOf(error) }, 'the pace of merges could not be set')
    }
  }
  const timer = setInterval(() => {
    work = work.then(() => (closed ? undefined : look()))
  }, everyMs)
  timer.unref()
  return {
    async close() {
      closed = true
      clearInterval(timer)
      await work
      if (!merging) await engine.setMerging(true).catch(() => {})
    }
  }
}
