/** What is stored of notifications, as the API gives it: without secrets. */

import type { z } from 'zod'
import { actionOf } from '../actions/index.ts'
import type { Breaker } from '../actions/retry.ts'
import type { Notifier } from '../pipeline/notifier.ts'
import { quietUntilMs } from '../pipeline/notify-pace.ts'
import { reportsId } from '../pipeline/notify-reports.ts'
import type { StoredDestination } from '../state/destinations.ts'
import type { OutboxMessage } from '../state/outbox.ts'
import type { Attempt, outboxCounts } from '../state/outbox-log.ts'
import type { attemptReply, breakerReply, destinationReply, messageReply } from './notification-shapes.ts'
import { isoOf, isoOrNothing } from './replies.ts'

type Counts = ReturnType<typeof outboxCounts>

export function destinationOut(
  stored: StoredDestination,
  notifier: Pick<Notifier, 'breaker'>,
  counts: Counts,
  nowMs: number,
  mayChange: boolean
): z.output<typeof destinationReply> {
  const { id, name, kind, settings, secrets, enabled, urgent, pace, updatedMs, by } = stored
  const own = counts.filter(each => each.destination === id)
  const sum = (fits: (each: Counts[number]) => boolean): number =>
    own.filter(fits).reduce((total, each) => total + each.count, 0)
  return {
    id,
    name,
    kind,
    where: actionOf(kind)?.where(settings, secrets) ?? '',
    // An address may be as good as a key: it is for those who set it.
    settings: mayChange ? { ...settings } : {},
    secrets: Object.keys(secrets).filter(each => secrets[each] !== ''),
    enabled,
    urgent,
    pace: pace as z.output<typeof destinationReply>['pace'],
    breaker: breakerOut(notifier.breaker(id)),
    quietUntil: isoOrNothing(quietUntilMs(stored, nowMs)),
    counts: {
      waiting: sum(({ state }) => state === 'waiting' || state === 'sending'),
      quiet: sum(({ state, held }) => state === 'waiting' && held === 'quiet'),
      digest: sum(({ state, held }) => state === 'waiting' && held === 'digest'),
      rate: sum(({ state, held }) => state === 'waiting' && held === 'rate'),
      dead: sum(({ state }) => state === 'dead'),
      sent: sum(({ state }) => state === 'sent' || state === 'gathered')
    },
    updated: isoOf(updatedMs),
    by
  }
}

export function breakerOut({ state, failures, sinceMs, retryAtMs, reason }: Breaker): z.output<typeof breakerReply> {
  return { state, failures, since: isoOf(sinceMs), retryAt: state === 'open' ? isoOf(retryAtMs) : undefined, reason }
}

/** Names of destinations; of those that are gone, their ids. */
export function namesOf(destinations: readonly StoredDestination[]): (id: string) => string {
  const names = new Map(destinations.map(({ id, name }) => [id, name]))
  return id => (id === reportsId ? 'Reports by mail' : (names.get(id) ?? `removed (${id})`))
}

export function messageOut(message: OutboxMessage, nameOf: (id: string) => string): z.output<typeof messageReply> {
  const { id, key, destination, kind, severity, subject, alert, state, held, attempts, again } = message
  return {
    id,
    key,
    destination,
    destinationName: nameOf(destination),
    kind,
    severity,
    subject,
    alert: alert === '' ? undefined : alert,
    state,
    held: held === '' ? undefined : held,
    attempts,
    mayRepeat: again,
    next: state === 'waiting' ? isoOf(message.nextMs) : undefined,
    created: isoOf(message.createdMs),
    done: isoOrNothing(message.doneMs),
    reason: message.reason
  }
}

export function attemptOut(
  attempt: Attempt & Pick<OutboxMessage, 'subject' | 'kind'>,
  nameOf: (id: string) => string
): z.output<typeof attemptReply> {
  const { id, message, destination, number, startedMs, tookMs, result, detail, subject, kind } = attempt
  return {
    id,
    message,
    destination,
    destinationName: nameOf(destination),
    number,
    started: isoOf(startedMs),
    tookMs,
    result,
    detail,
    subject,
    kind
  }
}
