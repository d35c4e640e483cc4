/**
 * When a message is tried again, and when a destination is left alone: plain values and functions over them, because both must
 * outlive the process (they are rows of the outbox). Time and chance are passed in.
 */

const hourMs = 3_600_000
/** The first three waits are exact; the others have jitter, so that what failed together does not come back together. */
const ladderMs = [1000, 3000, 9000] as const

/** How long to wait after the `attempts`-th attempt (from 1) failed. `chance` is from 0 to 1. */
export function retryDelayMs(attempts: number, chance: number, askedMs = 0): number {
  const exact = ladderMs[attempts - 1]
  const wait = exact ?? Math.min(hourMs, 1000 * 3 ** Math.min(attempts - 1, 12)) * (0.5 + chance / 2)
  // A peer that says when (Retry-After) is believed, up to an hour.
  return Math.round(Math.min(hourMs, Math.max(wait, askedMs)))
}

export const retryDelayMaxMs = hourMs

export const breakerStates = ['closed', 'open', 'half-open'] as const
export type BreakerState = (typeof breakerStates)[number]

/** closed: messages go. open: none goes until `retryAtMs`. half-open: one goes, and decides. */
export type Breaker = {
  readonly state: BreakerState
  /** Transient failures since the last success. */
  readonly failures: number
  /** How often it opened since the last success: each time it stays open longer. */
  readonly openings: number
  readonly sinceMs: number
  readonly retryAtMs: number
  /** What the peer, or the way to it, said last. */
  readonly reason: string
}

export const failuresToOpen = 5
const pauseFirstMs = 30_000
export const pauseMaxMs = 900_000

export function closedBreaker(nowMs: number): Breaker {
  return { state: 'closed', failures: 0, openings: 0, sinceMs: nowMs, retryAtMs: 0, reason: '' }
}

/** The breaker as it is now: an open one whose pause is over is half-open. A clock that was set back does not keep it open. */
export function breakerAt(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state !== 'open') return breaker
  const isOver = nowMs >= breaker.retryAtMs || breaker.retryAtMs - nowMs > pauseMaxMs
  return isOver ? { ...breaker, state: 'half-open', sinceMs: nowMs } : breaker
}

/** After the peer answered: whatever it said, it is there. */
export function afterAnswer(breaker: Breaker, nowMs: number): Breaker {
  return breaker.state === 'closed' && breaker.failures === 0 ? breaker : closedBreaker(nowMs)
}

export function afterFailure(breaker: Breaker, reason: string, nowMs: number): Breaker {
  const failures = breaker.failures + 1
  if (breaker.state === 'closed' && failures < failuresToOpen) return { ...breaker, failures, reason }
  const openings = breaker.openings + 1
  const pauseMs = Math.min(pauseMaxMs, pauseFirstMs * 2 ** Math.min(openings - 1, 10))
  return { state: 'open', failures, openings, sinceMs: nowMs, retryAtMs: nowMs + pauseMs, reason }
}
