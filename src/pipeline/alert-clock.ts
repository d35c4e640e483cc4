/** What time does to alerts: it wakes the snoozed ones, and what is old or too much is forgotten: changes, hits, kept events. */

import { messageOf } from '../core/errors.ts'
import { pruneChanges } from '../state/alert-changes.ts'
import { forgetIndicatorHits } from '../state/alert-severity.ts'
import { samplesBytesMax, trimSamples } from '../state/alert-trim.ts'
import { wakeSnoozed } from '../state/alert-work.ts'
import type { State } from '../state/state.ts'

const everyMs = 5_000
const pruneEveryMs = 3_600_000

export function watchAlertClock(options: {
  readonly state: State
  readonly log: { warn(fields: object, message: string): void }
  readonly nowMs: () => number
  readonly everyMs?: number
}): { close(): void } {
  const { state, log, nowMs } = options
  let prunedMs = 0
  const look = (): void => {
    try {
      wakeSnoozed(state, nowMs())
      if (Math.abs(nowMs() - prunedMs) < pruneEveryMs) return
      pruneChanges(state, nowMs())
      forgetIndicatorHits(state, nowMs())
      trimSamples(state, samplesBytesMax, nowMs())
      prunedMs = nowMs()
    } catch (error) {
      // A full disk: the next look tries again.
      log.warn({ error: messageOf(error) }, 'snoozed alerts could not be woken')
    }
  }
  look()
  const timer = setInterval(look, options.everyMs ?? everyMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
