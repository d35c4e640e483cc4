/** An alert's life as one list: the events that matched, and what people and Picket did about them, by time. */

import type { Alert, HistoryEntry, KeptEvent } from './alert.ts'

export type TimelineEntry =
  | { readonly kind: 'event'; readonly atUs: number; readonly id: string; readonly event: string }
  /** Matched events between the first ones and the latest, which are not kept. */
  | { readonly kind: 'more-events'; readonly atUs: number; readonly count: number }
  | { readonly kind: 'history'; readonly atUs: number; readonly entry: HistoryEntry }

export function timelineOf(
  alert: Alert,
  kept: { readonly first: readonly KeptEvent[]; readonly latest: readonly KeptEvent[] },
  history: readonly HistoryEntry[]
): TimelineEntry[] {
  const events = [...kept.first, ...kept.latest]
  const entries: TimelineEntry[] = events.map(({ id, timeUs, event }) => ({ kind: 'event', atUs: timeUs, id, event }))
  for (const entry of history) entries.push({ kind: 'history', atUs: entry.atMs * 1000, entry })
  const count = alert.count - events.length
  if (count > 0) {
    const lastOfFirst = Math.max(alert.firstUs, ...kept.first.map(({ timeUs }) => timeUs))
    entries.push({ kind: 'more-events', atUs: lastOfFirst, count })
  }
  const order = { event: 0, 'more-events': 1, history: 2 }
  return entries.sort((a, b) => a.atUs - b.atUs || order[a.kind] - order[b.kind])
}
