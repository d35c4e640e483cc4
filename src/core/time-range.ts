/** Points in time as people give them: `-15m`, `now`, `now-24h`, `2026-11-21`, `2026-11-21T06:00`, ISO 8601, or milliseconds since 1970. */

import { daysFromCivil, parseIso } from './time.ts'

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Microseconds since 1970, or undefined if the text is no point in time. */
export function parseTimePoint(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim()
  if (trimmed === 'now') return nowMs * 1000
  const relative = /^(?:now)?([+-])(\d{1,9})([smhdw])$/.exec(trimmed)
  if (relative !== null) {
    const amount = Number(relative[2]) * unitsMs[relative[3]!]!
    return (nowMs + (relative[1] === '-' ? -amount : amount)) * 1000
  }
  if (/^\d{12,14}$/.test(trimmed)) return Number(trimmed) * 1000
  if (/^\d{9,10}$/.test(trimmed)) return Number(trimmed) * 1_000_000
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(trimmed)
  if (day !== null) {
    return parseIso(`${trimmed}T00:00:00`) === undefined
      ? undefined
      : daysFromCivil(Number(day[1]), Number(day[2]), Number(day[3])) * 86_400_000_000
  }
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d$/.test(trimmed)) return parseIso(`${trimmed}:00`)
  return parseIso(trimmed)
}
