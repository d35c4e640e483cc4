/** Which other alerts belong together with one: those that name the same hosts, users, addresses, at about the same time. */

import type { AlertId } from './alert.ts'

/** A value that two alerts have in common. */
export type SharedValue = {
  readonly alert: AlertId
  readonly field: string
  readonly value: string
  /** In how many of the two it is what the alert is about, and not only named by its events: 0, 1 or 2. */
  readonly entities: 0 | 1 | 2
  /** How many alerts of the time have the value. */
  readonly frequency: number
}

export type RelatedAlert = {
  readonly alert: AlertId
  readonly score: number
  readonly shared: readonly { readonly field: string; readonly value: string }[]
}

const sharedShownMax = 5

/** The best first. A rare value says more than one that everybody has; being about the same says more than naming the same. */
export function rankRelated(shared: readonly SharedValue[], limit: number): RelatedAlert[] {
  const byAlert = new Map<AlertId, { score: number; shared: SharedValue[] }>()
  for (const each of shared) {
    let entry = byAlert.get(each.alert)
    if (entry === undefined) byAlert.set(each.alert, (entry = { score: 0, shared: [] }))
    entry.score += weight(each)
    entry.shared.push(each)
  }
  return [...byAlert]
    .map(([alert, entry]) => ({
      alert,
      score: Math.round(entry.score * 100) / 100,
      shared: entry.shared
        .sort((a, b) => weight(b) - weight(a))
        .slice(0, sharedShownMax)
        .map(({ field, value }) => ({ field, value }))
    }))
    .sort((a, b) => b.score - a.score || b.alert - a.alert)
    .slice(0, limit)
}

const weight = (shared: SharedValue): number => (1 + 2 * shared.entities) / Math.log2(1 + Math.max(1, shared.frequency))
