/** The injected clock: the only place where Picket reads the time. Everything else is given a `Clock`, or a time. */

export type Clock = {
  /** Milliseconds since 1970, as people's clocks have it: may step. For time stamps and expiry. */
  nowMs(): number
  /** Milliseconds since some fixed moment, never stepping back. For durations and rates. */
  monotonicMs(): number
}

export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now()
}

/** A clock that stands still until it is told to advance. For tests and the simulator. */
export function manualClock(startMs = 1_750_000_000_000): Clock & { advance(ms: number): void } {
  let nowMs = startMs
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    advance(ms: number) {
      nowMs += ms
    }
  }
}
