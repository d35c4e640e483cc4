/** How notifications do, for Prometheus. */

import { breakerStates } from '../actions/retry.ts'
import type { Metrics } from '../platform/metrics.ts'
import { listDestinations } from '../state/destinations.ts'
import { outboxCounts } from '../state/outbox-log.ts'
import type { State } from '../state/state.ts'
import type { Notifier } from './notifier.ts'

export function observeNotifications(state: State, notifier: Notifier, metrics: Metrics): void {
  const names = (): Map<string, string> => new Map(listDestinations(state).map(({ id, name }) => [id, name]))
  metrics.gauge(
    'picket_notifications',
    'Notifications in the outbox, by destination and state',
    ['destination', 'state'],
    gauge => {
      gauge.reset()
      const known = names()
      const sums = new Map<string, { destination: string; state: string; count: number }>()
      for (const { destination: id, state: of, count } of outboxCounts(state)) {
        const destination = known.get(id) ?? id
        const key = `${destination}\0${of}`
        sums.set(key, { destination, state: of, count: (sums.get(key)?.count ?? 0) + count })
      }
      for (const { destination, state: of, count } of sums.values()) gauge.set({ destination, state: of }, count)
    }
  )
  metrics.gauge(
    'picket_notification_breaker',
    'The breaker of a destination: 0 closed, 1 open, 2 half open',
    ['destination'],
    gauge => {
      gauge.reset()
      for (const [id, destination] of names())
        gauge.set({ destination }, breakerStates.indexOf(notifier.breaker(id).state))
    }
  )
}
