/** Times after a pattern of Java's SimpleDateFormat, as LEEF's `devTimeFormat` gives it: `MMM dd yyyy HH:mm:ss.SSS zzz`. */

import { daysFromCivil, parseZone } from '../../core/time.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Microseconds since 1970. Undefined if the text does not follow the pattern, or the pattern names no year. */
export function parseTimeFormat(text: string, pattern: string, timezoneMinutes: number): number | undefined {
  if (text.length > 64 || pattern.length > 64) return undefined
  let at = 0
  let [year, month, day, hour, minute, second, fraction] = [-1, 1, 1, 0, 0, 0, 0]
  let zone = timezoneMinutes
  let afternoon: boolean | undefined
  for (let p = 0; p < pattern.length; ) {
    const letter = pattern[p]!
    let run = 1
    while (pattern[p + run] === letter) run++
    p += run
    if (letter === "'") continue
    if (!/[a-zA-Z]/.test(letter)) {
      if (text.slice(at, at + run) !== letter.repeat(run)) return undefined
      at += run
      continue
    }
    if (letter === 'M' && run >= 3) {
      month = months.indexOf(text.slice(at, at + 3).toLowerCase()) + 1
      at = wordEnd(text, at)
      if (month === 0) return undefined
      continue
    }
    if (letter === 'E' || letter === 'G') {
      at = wordEnd(text, at)
      continue
    }
    if (letter === 'a') {
      afternoon = text.slice(at, at + 2).toLowerCase() === 'pm'
      at += 2
      continue
    }
    if (letter === 'z' || letter === 'Z' || letter === 'X') {
      const end = text.indexOf(' ', at) < 0 ? text.length : text.indexOf(' ', at)
      const word = text.slice(at, end).replace(/^(GMT|UTC)(?=[+-])/, '')
      zone = word === 'GMT' || word === 'UTC' ? 0 : (parseZone(word, 0) ?? zone)
      at = end
      continue
    }
    // A number: as wide as the pattern where the next piece is a number as well, else as long as it goes.
    const glued = /[a-zA-Z]/.test(pattern[p] ?? '')
    let end = at
    const limit = glued ? at + run : at + 9
    while (end < limit && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++
    if (end === at) return undefined
    const digits = text.slice(at, end)
    const value = Number(digits)
    at = end
    if (letter === 'y' || letter === 'u') year = run === 2 && value < 100 ? 2000 + value : value
    else if (letter === 'M') month = value
    else if (letter === 'd') day = value
    else if (letter === 'H' || letter === 'h' || letter === 'k' || letter === 'K') hour = value
    else if (letter === 'm') minute = value
    else if (letter === 's') second = value
    else if (letter === 'S') fraction = Number(digits.padEnd(6, '0').slice(0, 6))
  }
  if (afternoon !== undefined) hour = (hour % 12) + (afternoon ? 12 : 0)
  if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31) return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const days = daysFromCivil(year, month, day)
  return (days * 86_400 + (hour * 60 + minute - zone) * 60 + second) * 1e6 + fraction
}

function wordEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && /[a-zA-Z]/.test(text[end]!)) end++
  return end
}
