/** Reading the values of Zeek's types out of JSON: times, durations, lists of texts. Odd input gives undefined. */

import { numberOf } from '../../core/ecs-values.ts'
import type { JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'

/** 9999-12-31T23:59:59Z. Beyond it ISO 8601 needs a sign. */
const lastSecond = 253_402_300_799

/** A time (seconds since 1970 with a fraction, or ISO 8601 text) in microseconds since 1970; undefined outside the years 1970 to 9999. */
export function timeUs(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value >= 0 && value <= lastSecond ? Math.round(value * 1e6) : undefined
  if (typeof value !== 'string') return undefined
  const seconds = numberOf(value)
  if (seconds !== undefined) return seconds >= 0 && seconds <= lastSecond ? Math.round(seconds * 1e6) : undefined
  const us = parseIso(value)
  return us !== undefined && us >= 0 && us <= lastSecond * 1e6 ? us : undefined
}

export function isoTime(value: JsonValue | undefined): string | undefined {
  const us = timeUs(value)
  return us === undefined ? undefined : isoMs(us)
}

/** An interval in seconds as nanoseconds, the unit of `event.duration`. */
export function nanoseconds(value: JsonValue | undefined): number | undefined {
  const seconds = numberOf(value)
  return seconds === undefined || seconds < 0 || seconds > 1e9 ? undefined : Math.round(seconds * 1e9)
}

/** The texts of a vector or set, or the one text; undefined if there are none, or something that is no text among them. */
export function texts(value: JsonValue | undefined): string[] | undefined {
  if (typeof value === 'string') return value === '' ? undefined : [value]
  if (!Array.isArray(value)) return undefined
  const found: string[] = []
  for (const item of value) {
    if (typeof item === 'string' && item !== '') found.push(item)
    else if (item !== '' && item !== null) return undefined
  }
  return found.length === 0 ? undefined : found
}
