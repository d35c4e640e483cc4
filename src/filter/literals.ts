/** How values and the literals of queries are read as numbers, times and regular expressions: one reading for both engines. */

import { RE2JS } from 're2js'
import { civilFromDays, daysFromCivil, isoText, parseIso } from '../core/time.ts'
import { addressText } from './address.ts'
import type { TimePart } from './expression.ts'
import { asciiLower } from './tokens.ts'

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** The number that a text spells in decimal, or undefined. */
export function numberOfText(text: string): number | undefined {
  const c = text.charCodeAt(0)
  if (!((c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46)) return undefined
  return decimal.test(text) ? Number(text) : undefined
}

/** The times that a time column holds, in microseconds: 1900 up to, not including, 2255. */
const timeUsMin = daysFromCivil(1900, 1, 1) * 86_400_000_000
const timeUsEnd = daysFromCivil(2255, 1, 1) * 86_400_000_000

/** The time that a value spells (ISO 8601 with date and time; UTC where it names no zone), in microseconds, or undefined. */
export function timeOfText(text: string): number | undefined {
  const c = text.charCodeAt(0)
  if (!(c === 49 || c === 50)) return undefined
  const us = parseIso(text)
  return us !== undefined && us >= timeUsMin && us < timeUsEnd ? us : undefined
}

/** A part of a time in UTC; a week as ISO 8601 counts them, from 1 to 53. */
export function timePartOf(us: number, part: TimePart): number {
  const minutes = Math.floor(us / 60_000_000)
  if (part === 'minute') return ((minutes % 60) + 60) % 60
  const days = Math.floor(minutes / 1440)
  if (part === 'hour') return Math.floor((minutes - days * 1440) / 60)
  const [year, month, day] = civilFromDays(days)
  switch (part) {
    case 'day':
      return day
    case 'month':
      return month
    case 'year':
      return year
    case 'week': {
      // The week is that of its Thursday (the first day of 1970 was one).
      const thursday = days - ((((days + 3) % 7) + 7) % 7) + 3
      return Math.floor((thursday - daysFromCivil(civilFromDays(thursday)[0], 1, 1)) / 7) + 1
    }
  }
}

/** A stretch of time in microseconds since 1970: from `startUs` up to, not including, `endUs`. */
export type Span = { readonly startUs: number; readonly endUs: number }

const dateLiteral = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)Z?)?)?)?$/
const fractionDigits = /[.,](\d{1,9})/

/** The span that a literal names: `2024`, `2024-05`, `2024-05-06`, `2024-05-06T07:08`, and full ISO 8601 times down to the microsecond. */
export function timeLiteral(text: string): Span | undefined {
  if (text.length > 40) return undefined
  const match = dateLiteral.exec(text)
  if (match === null) {
    const startUs = parseIso(text)
    if (startUs === undefined) return undefined
    const digits = Math.min(6, fractionDigits.exec(text)?.[1]?.length ?? 0)
    return { startUs, endUs: startUs + 10 ** (6 - digits) }
  }
  const year = Number(match[1])
  const month = Number(match[2] ?? 1)
  const day = Number(match[3] ?? 1)
  const pad = (n: number): string => String(n).padStart(2, '0')
  const startUs = parseIso(`${match[1]}-${pad(month)}-${pad(day)}T${match[4] ?? '00'}:${match[5] ?? '00'}:00`)
  if (startUs === undefined) return undefined
  const days = daysFromCivil(year, month, day)
  if (match[4] !== undefined) return { startUs, endUs: startUs + 60_000_000 }
  if (match[3] !== undefined) return { startUs, endUs: startUs + 86_400_000_000 }
  const after =
    match[2] !== undefined
      ? daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1)
      : daysFromCivil(year + 1, 1, 1)
  return { startUs, endUs: startUs + (after - days) * 86_400_000_000 }
}

/** A time as a literal of full precision. */
export function timeText(us: number): string {
  return `${isoText(us, 6)}Z`
}

/**
 * The texts that an equality with this literal accepts: the literal (in lower case unless `cased`) and, if it is an address,
 * the address's canonical text.
 */
export function literalTexts(value: string, cased = false): readonly string[] {
  const text = cased ? value : asciiLower(value)
  const address = addressText(value)
  return address === undefined || address === text ? [text] : [text, address]
}

const regexLengthMax = 2000

export type Regex =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly reason: string }

/** A regular expression in RE2's syntax (linear time; no look-around, no back-references). */
export function compileRegex(pattern: string, cased: boolean): Regex {
  if (pattern.length > regexLengthMax) return { ok: false, reason: `longer than ${regexLengthMax} characters` }
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.DOTALL | (cased ? 0 : RE2JS.CASE_INSENSITIVE))
    return { ok: true, test: text => compiled.test(text) }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** The pattern as ClickHouse's `match` wants it (there `.` matches line breaks already). */
export function sqlRegex(pattern: string, cased: boolean): string {
  return cased ? pattern : `(?i)${pattern}`
}
