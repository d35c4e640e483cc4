/**
 * Times as texts: PHP's letters (`Y-m-d H:i:s`, the manual's DateTimeInterface::format) or strftime's (`%Y-%m-%d`, POSIX and GNU). A pattern is cut
 * once into parts; those that stay the same within a second are joined once a second.
 */

import { civilFromDays, daysFromCivil } from '../../core/time.ts'
import { ProblemError } from '../problem.ts'
import type { Zone } from './zone.ts'

/** A second, taken apart in its zone. */
type Moment = {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** From 0, Sunday. */
  weekday: number
  /** From 0. */
  dayOfYear: number
  unix: number
  offset: number
  zone: string
  standard: (year: number) => number
}

type SecondPart = (moment: Moment) => string
/** Of the milliseconds (with fractions) since the second began. */
type FractionPart = (fractionMs: number) => string
type Part = { readonly second: SecondPart } | { readonly fraction: FractionPart }

const two: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const months = 'January February March April May June July August September October November December'.split(' ')
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

const hour12 = (m: Moment): number => m.hour % 12 || 12
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
const year4 = (m: Moment): string => (m.year >= 0 && m.year <= 9999 ? String(m.year).padStart(4, '0') : String(m.year))
const weekdayFromMonday = (m: Moment): number => m.weekday || 7

function isoWeek(m: Moment): { week: number; year: number } {
  const days = daysFromCivil(m.year, m.month, m.day)
  const thursday = days - (weekdayFromMonday(m) - 4)
  const [year] = civilFromDays(thursday)
  return { week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1, year }
}

function offsetText(minutes: number, colon: string): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two[Math.floor(size / 60)]}${colon}${two[size % 60]}`
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th'
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th'
}

const s = (second: SecondPart): Part => ({ second })
const micro: Part = { fraction: ms => String(Math.floor(ms * 1000)).padStart(6, '0') }
const milli: Part = { fraction: ms => String(Math.floor(ms)).padStart(3, '0') }
const nano: Part = { fraction: ms => String(Math.floor(ms * 1000)).padStart(6, '0') + '000' }

const php: Readonly<Record<string, Part | string>> = {
  d: s(m => two[m.day]!),
  D: s(m => weekdays[m.weekday]!.slice(0, 3)),
  j: s(m => String(m.day)),
  l: s(m => weekdays[m.weekday]!),
  N: s(m => String(weekdayFromMonday(m))),
  S: s(m => ordinal(m.day)),
  w: s(m => String(m.weekday)),
  z: s(m => String(m.dayOfYear)),
  W: s(m => two[isoWeek(m).week]!),
  F: s(m => months[m.month - 1]!),
  m: s(m => two[m.month]!),
  M: s(m => months[m.month - 1]!.slice(0, 3)),
  n: s(m => String(m.month)),
  t: s(m => String(m.month === 2 ? (isLeap(m.year) ? 29 : 28) : [4, 6, 9, 11].includes(m.month) ? 30 : 31)),
  L: s(m => (isLeap(m.year) ? '1' : '0')),
  o: s(m => String(isoWeek(m).year)),
  Y: s(year4),
  y: s(m => two[((m.year % 100) + 100) % 100]!),
  a: s(m => (m.hour < 12 ? 'am' : 'pm')),
  A: s(m => (m.hour < 12 ? 'AM' : 'PM')),
  g: s(m => String(hour12(m))),
  G: s(m => String(m.hour)),
  h: s(m => two[hour12(m)]!),
  H: s(m => two[m.hour]!),
  i: s(m => two[m.minute]!),
  s: s(m => two[m.second]!),
  u: micro,
  v: milli,
  e: s(m => m.zone),
  I: s(m => (m.offset > m.standard(m.year) ? '1' : '0')),
  O: s(m => offsetText(m.offset, '')),
  P: s(m => offsetText(m.offset, ':')),
  p: s(m => (m.offset === 0 ? 'Z' : offsetText(m.offset, ':'))),
  T: s(m => (m.zone === 'UTC' ? 'UTC' : offsetText(m.offset, ':'))),
  Z: s(m => String(m.offset * 60)),
  U: s(m => String(m.unix)),
  c: 'Y-m-d\\TH:i:sP',
  r: 'D, d M Y H:i:s O'
}

const space2 = (n: number): string => String(n).padStart(2, ' ')
const weekOfYear = (m: Moment, firstDay: number): number =>
  Math.floor((m.dayOfYear + 7 - ((m.weekday - firstDay + 7) % 7)) / 7)

const strftime: Readonly<Record<string, Part | string>> = {
  a: s(m => weekdays[m.weekday]!.slice(0, 3)),
  A: s(m => weekdays[m.weekday]!),
  b: s(m => months[m.month - 1]!.slice(0, 3)),
  B: s(m => months[m.month - 1]!),
  c: '%a %b %e %H:%M:%S %Y',
  C: s(m => two[Math.floor(m.year / 100)] ?? ''),
  d: s(m => two[m.day]!),
  D: '%m/%d/%y',
  e: s(m => space2(m.day)),
  f: micro,
  F: '%Y-%m-%d',
  g: s(m => two[isoWeek(m).year % 100]!),
  G: s(m => String(isoWeek(m).year)),
  h: s(m => months[m.month - 1]!.slice(0, 3)),
  H: s(m => two[m.hour]!),
  I: s(m => two[hour12(m)]!),
  j: s(m => String(m.dayOfYear + 1).padStart(3, '0')),
  k: s(m => space2(m.hour)),
  l: s(m => space2(hour12(m))),
  L: milli,
  m: s(m => two[m.month]!),
  M: s(m => two[m.minute]!),
  n: s(() => '\n'),
  N: nano,
  p: s(m => (m.hour < 12 ? 'AM' : 'PM')),
  P: s(m => (m.hour < 12 ? 'am' : 'pm')),
  r: '%I:%M:%S %p',
  R: '%H:%M',
  s: s(m => String(m.unix)),
  S: s(m => two[m.second]!),
  t: s(() => '\t'),
  T: '%H:%M:%S',
  u: s(m => String(weekdayFromMonday(m))),
  U: s(m => two[weekOfYear(m, 0)]!),
  V: s(m => two[isoWeek(m).week]!),
  w: s(m => String(m.weekday)),
  W: s(m => two[weekOfYear(m, 1)]!),
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  y: s(m => two[((m.year % 100) + 100) % 100]!),
  Y: s(year4),
  z: s(m => offsetText(m.offset, '')),
  Z: s(m => (m.zone === 'UTC' ? 'UTC' : offsetText(m.offset, ''))),
  '%': s(() => '%')
}

/** The ready-made formats that give a number. */
export const numberFormats: Readonly<Record<string, (ms: number) => number>> = {
  unix: ms => Math.floor(ms / 1000),
  unixMs: ms => Math.floor(ms),
  unixUs: ms => Math.floor(ms * 1000)
}

/** A pattern as a function of milliseconds since 1970. */
export function compileFormat(pattern: string, zone: Zone): (ms: number) => string {
  const parts = pattern === 'iso' ? partsOf('Y-m-d\\TH:i:s.vp') : partsOf(pattern)
  const moment: Moment = {
    year: 0,
    month: 0,
    day: 0,
    hour: 0,
    minute: 0,
    second: 0,
    weekday: 0,
    dayOfYear: 0,
    unix: Number.NaN,
    offset: 0,
    zone: zone.name,
    standard: zone.standardIn
  }
  let knownDays = Number.NaN
  const setSecond = (unix: number): void => {
    const offset = zone.offsetAt(unix * 1000)
    const local = unix + offset * 60
    const days = Math.floor(local / 86_400)
    const inDay = local - days * 86_400
    moment.unix = unix
    moment.offset = offset
    moment.hour = Math.floor(inDay / 3600)
    moment.minute = Math.floor(inDay / 60) % 60
    moment.second = inDay % 60
    if (days === knownDays) return
    knownDays = days
    const [year, month, day] = civilFromDays(days)
    moment.year = year
    moment.month = month
    moment.day = day
    moment.weekday = (((days + 4) % 7) + 7) % 7
    moment.dayOfYear = days - daysFromCivil(year, 1, 1)
  }

  // Runs of parts that are the same within a second, and between them the fractions.
  const runs: SecondPart[][] = [[]]
  const fractions: FractionPart[] = []
  for (const part of parts) {
    if ('second' in part) runs.at(-1)!.push(part.second)
    else {
      fractions.push(part.fraction)
      runs.push([])
    }
  }
  const texts = runs.map(() => '')
  return ms => {
    const unix = Math.floor(ms / 1000)
    if (unix !== moment.unix) {
      setSecond(unix)
      for (let r = 0; r < runs.length; r++) {
        let text = ''
        for (const part of runs[r]!) text += part(moment)
        texts[r] = text
      }
    }
    let text = texts[0]!
    for (let f = 0; f < fractions.length; f++) text += fractions[f]!(ms - unix * 1000) + texts[f + 1]
    return text
  }
}

function partsOf(pattern: string): Part[] {
  const isStrftime = pattern.includes('%')
  const parts: Part[] = []
  const literal = (text: string): void => void parts.push({ second: () => text })
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    let known: Part | string | undefined
    if (isStrftime) {
      if (c !== '%') {
        literal(c)
        continue
      }
      // `%-d`, `%_d`: GNU's ways not to fill up.
      let next = pattern[++i]
      const bare = next === '-' || next === '_'
      if (bare) next = pattern[++i]
      known = next === undefined || !Object.hasOwn(strftime, next) ? undefined : strftime[next]
      if (known === undefined)
        throw new ProblemError(`has '%${next ?? ''}', which strftime does not know (at character ${i + 1})`)
      if (bare && typeof known !== 'string' && 'second' in known) {
        const { second } = known
        known = { second: m => second(m).replace(/^[0 ](?=.)/, '') }
      }
    } else if (c === '\\') {
      literal(pattern[++i] ?? '\\')
      continue
    } else known = Object.hasOwn(php, c) ? php[c] : undefined
    if (known === undefined) literal(c)
    else if (typeof known === 'string') parts.push(...partsOf(known))
    else parts.push(known)
  }
  return parts
}
