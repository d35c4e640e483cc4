/** Time stamps as programs write them into JSON and tables: ISO 8601 and its relatives, epochs of any unit, the web's forms. Reads no clock. */

import { parseBsd, parseIso } from '../../core/time.ts'

/** 1973 to 5138 as seconds; the same span in the other units. Smaller numbers are counters, not times. */
const secondsMin = 1e8
const secondsMax = 1e11

/** Microseconds since 1970 of an epoch in seconds, milliseconds, microseconds or nanoseconds: its size tells the unit. */
export function parseEpoch(value: number): number | undefined {
  if (!(value >= secondsMin)) return undefined
  if (value < secondsMax) return Math.round(value * 1e6)
  if (value < secondsMax * 1e3) return Math.round(value * 1e3)
  if (value < secondsMax * 1e6) return Math.floor(value)
  if (value < secondsMax * 1e9) return Math.floor(value / 1e3)
  return undefined
}

/** Any time stamp that stands alone, as microseconds since 1970. Undefined for what is not surely one. */
export function parseTime(value: unknown, timezoneMinutes: number, receivedMs: number): number | undefined {
  if (typeof value === 'number') return parseEpoch(value)
  if (typeof value !== 'string' || value.length < 9 || value.length > 48) return undefined
  const first = value.charCodeAt(0)
  if (first >= 48 && first <= 57) {
    if (value.charCodeAt(4) === 45) return parseIsoLoosely(value, timezoneMinutes)
    if (value.charCodeAt(4) === 47) return parseIsoLoosely(value.replaceAll('/', '-'), timezoneMinutes)
    return isNumeric(value) ? parseEpoch(Number(value)) : parseDayFirst(value, timezoneMinutes)
  }
  if (first === 91) return parseTime(value.slice(1, value.endsWith(']') ? -1 : undefined), timezoneMinutes, receivedMs)
  const comma = value.indexOf(', ')
  // "Tue, 10 Oct 2000 13:55:36 GMT" (RFC 5322, HTTP); "Tue Oct 10 13:55:36 2000" (ctime).
  if (comma > 0 && comma < 10) return parseDayFirst(value.slice(comma + 2), timezoneMinutes)
  return parseCtime(value, timezoneMinutes, receivedMs)
}

function isNumeric(text: string): boolean {
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) dots++
    else if (code < 48 || code > 57) return false
  }
  return dots <= 1
}

/** ISO 8601 with a blank before the zone, a zone's name `UTC`, no seconds, or no time of day. */
function parseIsoLoosely(text: string, timezoneMinutes: number): number | undefined {
  if (text.length === 10) return parseIso(text + 'T00:00:00', timezoneMinutes)
  if (text.length === 16) return parseIso(text + ':00', timezoneMinutes)
  const strict = parseIso(text, timezoneMinutes)
  if (strict !== undefined) return strict
  if (text.endsWith(' UTC') || text.endsWith(' GMT')) return parseIso(text.slice(0, -4) + 'Z')
  if (text.charCodeAt(19) === 32) return parseIso(text.slice(0, 19) + text.slice(20), timezoneMinutes)
  const blank = text.indexOf(' ', 20)
  return blank > 0 ? parseIso(text.slice(0, blank) + text.slice(blank + 1), timezoneMinutes) : undefined
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** `10/Oct/2000:13:55:36 -0700` (Apache), `10 Oct 2000 13:55:36 GMT`. */
function parseDayFirst(text: string, timezoneMinutes: number): number | undefined {
  const dayDigits = text.charCodeAt(1) >= 48 && text.charCodeAt(1) <= 57 ? 2 : 1
  const day = Number(text.slice(0, dayDigits))
  const month = months.indexOf(text.slice(dayDigits + 1, dayDigits + 4))
  const year = Number(text.slice(dayDigits + 5, dayDigits + 9))
  if (month < 0 || month % 3 !== 0 || !Number.isInteger(year) || !(day >= 1)) return undefined
  const clock = text.slice(dayDigits + 10, dayDigits + 18)
  let zone = text.slice(dayDigits + 18).trim()
  if (zone === 'GMT' || zone === 'UTC') zone = 'Z'
  return parseIso(`${pad(year, 4)}-${pad(month / 3 + 1, 2)}-${pad(day, 2)}T${clock}${zone}`, timezoneMinutes)
}

/** `[Tue ]Oct 10 13:55:36[.123] [2000]`: without a year, the year before the time of receipt. */
function parseCtime(text: string, timezoneMinutes: number, receivedMs: number): number | undefined {
  const at = text.charCodeAt(3) === 32 && months.indexOf(text.slice(0, 3)) < 0 ? 4 : 0
  const stamp = text.slice(at, at + 15)
  let rest = text.slice(at + 15)
  let fraction = 0
  if (rest.startsWith('.')) {
    const end = rest.indexOf(' ')
    const digits = end < 0 ? rest.slice(1) : rest.slice(1, end)
    if (!/^\d{1,9}$/.test(digits)) return undefined
    fraction = Math.floor(Number(digits.padEnd(6, '0').slice(0, 6)))
    rest = end < 0 ? '' : rest.slice(end)
  }
  const year = rest.trim()
  if (year === '') {
    const us = parseBsd(stamp, receivedMs, timezoneMinutes)
    return us === undefined ? undefined : us + fraction
  }
  if (!/^\d{4}$/.test(year)) return undefined
  const us = parseBsd(stamp, Date.UTC(Number(year), 11, 31, 12), timezoneMinutes)
  return us === undefined ? undefined : us + fraction
}

function pad(number: number, length: number): string {
  return String(number).padStart(length, '0')
}

/** A date (`2024-01-31`) and a time of day (`13:55:36`) that stand in two fields. */
export function parseDateAndTime(date: unknown, time: unknown, timezoneMinutes: number): number | undefined {
  if (typeof date !== 'string' || typeof time !== 'string' || date.length !== 10 || time.length < 8) return undefined
  return parseIso(`${date}T${time}`, timezoneMinutes)
}
