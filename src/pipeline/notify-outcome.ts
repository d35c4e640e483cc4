/** What an attempt's outcome means for its message and its destination: sent, again later, or dead; and the breaker. Time and chance are given. */

import type { Outcome } from '../actions/message.ts'
import { afterAnswer, afterFailure, type Breaker, retryDelayMs } from '../actions/retry.ts'
import type { StoredDestination } from '../state/destinations.ts'
import type { Finished, OutboxMessage, OutboxState } from '../state/outbox.ts'

const giveUpHoursDefault = 24

export function settledBy(
  outcome: Outcome,
  message: Pick<OutboxMessage, 'kind' | 'attempts' | 'triedMs'>,
  destination: StoredDestination,
  breaker: Breaker,
  { nowMs, chance, tookMs }: { readonly nowMs: number; readonly chance: number; readonly tookMs: number }
): Finished & { readonly breaker: Breaker } {
  const { result, detail } = outcome
  const isTest = message.kind === 'test'
  const late = result === 'transient' && nowMs - (message.triedMs ?? nowMs) >= giveUpMsOf(destination)
  const state: OutboxState =
    result === 'sent' ? 'sent' : isTest ? 'dropped' : result === 'transient' && !late ? 'waiting' : 'dead'
  return {
    result,
    detail,
    tookMs,
    state,
    nextMs: result === 'transient' ? nowMs + retryDelayMs(message.attempts + 1, chance, outcome.retryAfterMs) : nowMs,
    reason: result === 'sent' ? '' : late ? givenUp(destination, detail) : detail,
    // Whatever a peer answers for good, it is there.
    breaker: result === 'transient' ? afterFailure(breaker, detail, nowMs) : afterAnswer(breaker, nowMs)
  }
}

export function giveUpMsOf({ pace }: StoredDestination): number {
  return (pace.giveUpHours ?? giveUpHoursDefault) * 3_600_000
}

export function givenUp(destination: StoredDestination, reason: string): string {
  const hours = Math.round(giveUpMsOf(destination) / 3_600_000)
  return `given up after ${hours === 1 ? 'an hour' : `${hours} hours`}: ${reason}`
}
