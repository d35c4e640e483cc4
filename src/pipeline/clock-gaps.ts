/**
 * Time that did not pass as the clock says: its steps, and the time in which Picket did not run. What was silent then was not. Remembered over
 * restarts, as ages reach back over several.
 */

import { readSetting, writeSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'

export type Clock = {
  readonly nowMs: () => number
  /** Milliseconds since whenever, that never step. */
  readonly monotonicMs: () => number
}

export type ClockGaps = {
  /** To be called every few seconds: sees steps, and leaves word that we are alive. */
  look(): void
  /** How long ago a time of the clock truly was, in microseconds, as far as we know. */
  ageUs(us: number): number
  /** Milliseconds of true time since the last step (or since we run, or were seen to run). */
  steadyMs(): number
}

type Gap = { readonly atUs: number; readonly sizeUs: number }

const key = 'detections:clock-gaps'
const aliveKey = 'detections:alive'
const gapMs = 60_000
const aliveEveryMs = 30_000
const gapsMax = 500

export function openClockGaps(state: State, { nowMs, monotonicMs }: Clock): ClockGaps {
  const stored = readSetting(state, key)
  let gaps = (Array.isArray(stored) ? stored : []) as Gap[]
  let wall = nowMs()
  let steady = monotonicMs()
  let since = steady
  let aliveAt = steady

  const add = (atMs: number, sizeMs: number): void => {
    gaps = [...gaps, { atUs: atMs * 1000, sizeUs: sizeMs * 1000 }].slice(-gapsMax)
    state.transaction(() => {
      writeSetting(state, key, gaps)
      writeSetting(state, aliveKey, nowMs())
    })
  }

  const alive = readSetting(state, aliveKey)
  if (typeof alive === 'number' && Math.abs(wall - alive) > gapMs) add(alive, wall - alive)
  else writeSetting(state, aliveKey, wall)

  return {
    look() {
      const [now, at] = [nowMs(), monotonicMs()]
      const step = now - wall - (at - steady)
      if (Math.abs(step) > gapMs) {
        add(wall, step)
        since = at
      }
      wall = now
      steady = at
      if (at - aliveAt >= aliveEveryMs) {
        aliveAt = at
        writeSetting(state, aliveKey, now)
      }
    },
    ageUs(us) {
      const later = gaps.filter(({ atUs }) => atUs >= us).reduce((sum, { sizeUs }) => sum + sizeUs, 0)
      return nowMs() * 1000 - us - later
    },
    steadyMs: () => monotonicMs() - since
  }
}
