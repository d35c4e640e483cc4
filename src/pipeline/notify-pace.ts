/**
 * What of a destination's waiting messages may go now: quiet hours, digests and rate limits. A plan is made from the rows as they are and
 * the time as it is, each time anew: no moment is stored, so that a clock that steps leaves nothing behind.
 */

import type { Rate } from '../actions/action.ts'
import { type Hours, isWithin, nextChangeMs } from '../actions/hours.ts'
import { isAtLeast } from '../actions/routes.ts'
import type { StoredDestination } from '../state/destinations.ts'
import type { Held, WaitingRow } from '../state/outbox.ts'

/** So many are sent before the plan is made anew. */
const batchMax = 100

export type Plan = {
  /** To be sent, in this order. */
  readonly send: readonly WaitingRow[]
  /** To be made into one message, and why. */
  readonly gather: { readonly rows: readonly WaitingRow[]; readonly why: 'quiet' | 'digest' | 'rate' } | undefined
  readonly hold: ReadonlyMap<Held, readonly WaitingRow[]>
}

export function planOf(
  destination: StoredDestination,
  rows: readonly WaitingRow[],
  /** How many may still be sent in the current window of the rate. */
  room: number,
  nowMs: number
): Plan {
  const { urgent, pace } = destination
  const isUrgent = (row: WaitingRow): boolean => urgent !== 'never' && isAtLeast(row.severity, urgent)
  const hold = new Map<Held, readonly WaitingRow[]>()
  // What somebody asked for themselves disturbs nobody.
  let rest = rows
  if (pace.quiet !== undefined && isWithin(pace.quiet as Hours, nowMs)) {
    const mayDisturb = (row: WaitingRow): boolean => row.kind === 'report' || row.kind === 'test' || isUrgent(row)
    hold.set(
      'quiet',
      rows.filter(row => !mayDisturb(row))
    )
    rest = rows.filter(mayDisturb)
  }
  // What was tried by itself already stays by itself: it may have arrived.
  const isFresh = (row: WaitingRow): boolean => row.kind === 'alert' && row.attempts === 0
  const slept = rest.filter(row => isFresh(row) && row.held === 'quiet')
  if (slept.length > 1) return { send: [], gather: { rows: slept, why: 'quiet' }, hold }
  if (pace.digestMinutes !== undefined) {
    const patient = rest.filter(row => isFresh(row) && !isUrgent(row))
    const ageMs = patient.length === 0 ? 0 : nowMs - patient[0]!.createdMs
    // A clock that was set back: the digest is sent rather than kept for as long.
    const isDue = ageMs >= pace.digestMinutes * 60_000 || ageMs < 0
    if (isDue && patient.length > 1) return { send: [], gather: { rows: patient, why: 'digest' }, hold }
    if (!isDue) {
      hold.set('digest', patient)
      const held = new Set(patient)
      rest = rest.filter(row => !held.has(row))
    }
  }
  if (room <= 0) {
    hold.set('rate', rest)
    return { send: [], gather: undefined, hold }
  }
  const fresh = rest.filter(isFresh)
  if (fresh.length > 1 && fresh.length > room) return { send: [], gather: { rows: fresh, why: 'rate' }, hold }
  const [urgents, others] = [rest.filter(isUrgent), rest.filter(row => !isUrgent(row))]
  return { send: [...urgents, ...others].slice(0, Math.min(room, batchMax)), gather: undefined, hold }
}

/** When what is held by quiet hours goes on; undefined while it is not quiet. */
export function quietUntilMs({ pace }: StoredDestination, nowMs: number): number | undefined {
  if (pace.quiet === undefined || !isWithin(pace.quiet as Hours, nowMs)) return undefined
  return nextChangeMs(pace.quiet as Hours, nowMs)
}

/** Undefined: as much as there is. */
export function rateOf({ pace }: StoredDestination, usual: Rate | undefined): Rate | undefined {
  return pace.rate === null ? undefined : (pace.rate ?? usual)
}
