/** Reading the values of Zeek's types out of JSON: times, durations, lists of texts. Odd input gives undefined. */

import { numberOf } from '../../core/ecs-values.ts'
import type { JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'

/** From here on (the year 5138 in seconds, 1973 in milliseconds) a number counts milliseconds, as with Zeek's `JSON::TS_MILLIS`. */
const millisecondsFrom = 1e11
/** 9999-12-31T23:59:59Z in microseconds. Beyond it ISO 8601 needs a sign. */
const lastUs = 253_402_300_799e6

/**
 * A time (seconds since 1970 with a fraction, milliseconds, or ISO 8601 text) in microseconds since 1970; undefined outside the
 * years 1970 to 9999.
 */
export function timeUs(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'number' ? value : numberOf(value)
  if (number !== undefined) return usOf(number)
  if (typeof value !== 'string') return undefined
  const us = parseIso(value)
  return us !== undefined && us >= 0 && us <= lastUs ? us : undefined
}

function usOf(number: number): number | undefined {
  const us = Math.round(number < millisecondsFrom ? number * 1e6 : number * 1e3)
  return us >= 0 && us <= lastUs ? us : undefined
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
