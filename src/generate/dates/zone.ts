/** How far a place is east of UTC at a moment: an offset, or a name of the time zone database. */

import { parseZone } from '../../core/time.ts'
import { ProblemError } from '../problem.ts'

export type Zone = {
  readonly name: string
  /** Minutes east of UTC. */
  readonly offsetAt: (ms: number) => number
  /** The same without summer time, in a year. */
  readonly standardIn: (year: number) => number
}

const utc: Zone = { name: 'UTC', offsetAt: () => 0, standardIn: () => 0 }
const quarterMs = 900_000

export function readZone(text: string | undefined): Zone {
  if (text === undefined || text === 'Z' || text.toUpperCase() === 'UTC') return utc
  const fixed = parseZone(text, 0)
  if (fixed !== undefined) return { name: text, offsetAt: () => fixed, standardIn: () => fixed }
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: text,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric'
    })
  } catch {
    throw new ProblemError("is no time zone; write 'Z', an offset like '+02:00', or a name like 'Europe/Berlin'")
  }
  // Clocks change at quarters of an hour only, and asking is slow.
  let quarter = Number.NaN
  let minutes = 0
  return {
    name: text,
    standardIn: year => Math.min(offsetOf(format, Date.UTC(year, 0, 1)), offsetOf(format, Date.UTC(year, 6, 1))),
    offsetAt: ms => {
      const at = Math.floor(ms / quarterMs)
      if (at !== quarter) {
        quarter = at
        minutes = offsetOf(format, at * quarterMs)
      }
      return minutes
    }
  }
}

function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value)
  const local = Date.UTC(part['year']!, part['month']! - 1, part['day']!, part['hour']!, part['minute']!)
  return Math.round((local - ms) / 60_000)
}
