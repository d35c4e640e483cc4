/**
 * Time stamps as microseconds since 1970 (doubles, exact to the year 2255): strict and fast parsing of the forms that logs use,
 * and ISO 8601 text. Nothing here reads a clock.
 */

const dayUs = 86_400_000_000

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Howard Hinnant, days_from_civil). `month` is 1 to 12. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

const two = (text: string, at: number): number => {
  const a = text.charCodeAt(at) - 48
  const b = text.charCodeAt(at + 1) - 48
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -1000
}

let lastDate = ''
let lastDateUs = 0

/**
 * `2018-10-03T14:42:44.836744+0000` and its kin (ISO 8601, RFC 3339): `T` or a space, any number of fraction digits (cut at
 * microseconds), `Z`, `±hh:mm`, `±hhmm`, `±hh` or no zone (then `timezoneMinutes` east of UTC). Undefined if it is anything else.
 */
export function parseIso(text: string, timezoneMinutes = 0): number | undefined {
  // A record's time is read by its parser, its encoder, and once more against its original.
  if (timezoneMinutes !== 0) return readIso(text, timezoneMinutes)
  for (let i = 0; i < recentMax; i++) if (recentTexts[i] === text) return recentTimes[i]
  const us = readIso(text, 0)
  remember(text, us)
  return us
}

const recentMax = 8
const recentTexts: string[] = new Array(recentMax).fill('')
const recentTimes: (number | undefined)[] = new Array(recentMax).fill(undefined)
let recentAt = 0

function remember(text: string, us: number | undefined): void {
  recentTexts[recentAt] = text
  recentTimes[recentAt] = us
  recentAt = (recentAt + 1) % recentMax
}

function readIso(text: string, timezoneMinutes: number): number | undefined {
  if (text.length < 19 || text.length > 40) return undefined
  let dateUs: number
  if (text.startsWith(lastDate) && lastDate !== '') dateUs = lastDateUs
  else {
    const year = two(text, 0) * 100 + two(text, 2)
    const month = two(text, 5)
    const day = two(text, 8)
    if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
    dateUs = daysFromCivil(year, month, day) * dayUs
    lastDate = text.slice(0, 10)
    lastDateUs = dateUs
  }
  const separator = text.charCodeAt(10)
  if (separator !== 84 && separator !== 32 && separator !== 116) return undefined
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return undefined
  let at = 19
  let fraction = 0
  const mark = text.charCodeAt(at)
  if (mark === 46 || mark === 44) {
    at++
    let scale = 100_000
    const first = at
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - 48
      if (digit < 0 || digit > 9) break
      fraction += digit * scale
      scale = scale >= 10 ? scale / 10 : 0
    }
    if (at === first) return undefined
  }
  const us = dateUs + (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction
  const zone = parseZone(text, at)
  if (zone === undefined) return at === text.length ? us - timezoneMinutes * 60_000_000 : undefined
  return us - zone * 60_000_000
}

/** Minutes east of UTC of `Z`, `+hh:mm`, `+hhmm` or `+hh` that fills the text from `at`; undefined if it does not. */
export function parseZone(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  const left = text.length - at
  if ((sign === 90 || sign === 122) && left === 1) return 0
  if (sign !== 43 && sign !== 45) return undefined
  if (left !== 3 && left !== 5 && left !== 6) return undefined
  if (left === 6 && text.charCodeAt(at + 3) !== 58) return undefined
  const hours = two(text, at + 1)
  const minutes = left === 3 ? 0 : two(text, left === 6 ? at + 4 : at + 3)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes)
}

/** `+0000`, `-0230`: an offset in the form of `event.timezone` in Elastic's integrations. */
export function zoneText(minutes: number): string {
  const size = Math.abs(Math.trunc(minutes))
  return (minutes < 0 ? '-' : '+') + pad2[Math.floor(size / 60) % 100] + pad2[size % 60]
}

const clfMonths = ' Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'
let lastClfDate = ''
let lastClfUs = 0

/**
 * The Common Log Format's `26/Dec/2016:16:16:29 +0200` (26 characters) that begins at `at` of a line. Without ` +0200` (HAProxy,
 * which may have `.726` there), `timezoneMinutes` decides. Undefined if it is anything else; what follows is not looked at.
 */
export function parseClf(line: string, at: number, zoned: boolean, timezoneMinutes = 0): number | undefined {
  let dateUs = lastClfUs
  if (lastClfDate === '' || !line.startsWith(lastClfDate, at)) {
    const date = line.slice(at, at + 12)
    if (date.length < 12 || date[2] !== '/' || date[6] !== '/' || date[11] !== ':') return undefined
    const day = two(date, 0)
    const month = clfMonths.indexOf(` ${date.slice(3, 6)}`) / 4 + 1
    const year = two(date, 7) * 100 + two(date, 9)
    if (!Number.isInteger(month) || month < 1 || year < 1 || day < 1 || day > daysIn(year, month)) return undefined
    dateUs = daysFromCivil(year, month, day) * dayUs
    lastClfDate = date
    lastClfUs = dateUs
  }
  const hour = two(line, at + 12)
  const minute = two(line, at + 15)
  const second = two(line, at + 18)
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60)) return undefined
  if (line.charCodeAt(at + 14) !== 58 || line.charCodeAt(at + 17) !== 58) return undefined
  const us = dateUs + (hour * 3600 + minute * 60 + second) * 1_000_000
  if (!zoned) return us - timezoneMinutes * 60_000_000
  const sign = line.charCodeAt(at + 21)
  const hours = two(line, at + 22)
  const minutes = two(line, at + 24)
  if (line.charCodeAt(at + 20) !== 32 || (sign !== 43 && sign !== 45)) return undefined
  if (!(hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59)) return undefined
  return us - (sign === 45 ? -1 : 1) * (hours * 60 + minutes) * 60_000_000
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

const months: Readonly<Record<string, number>> = {
  Jan: 1,
  Feb: 2,
  Mar: 3,
  Apr: 4,
  May: 5,
  Jun: 6,
  Jul: 7,
  Aug: 8,
  Sep: 9,
  Oct: 10,
  Nov: 11,
  Dec: 12
}

let lastBsdDate = ''
let lastBsdUs = 0

/**
 * RFC 3164's `Mmm dd hh:mm:ss` (a space or zero before a one-digit day), which names no year: the year is chosen that puts it
 * nearest to, and at most a day after, the time of receipt. Undefined if it is anything else.
 */
export function parseBsd(text: string, receivedMs: number, timezoneMinutes = 0): number | undefined {
  if (text.length < 15) return undefined
  const hour = two(text, 7)
  const minute = two(text, 10)
  const second = two(text, 13)
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60)) return undefined
  if (text.charCodeAt(9) !== 58 || text.charCodeAt(12) !== 58) return undefined
  const inDay = (hour * 3600 + minute * 60 + second - timezoneMinutes * 60) * 1_000_000
  const lastUs = receivedMs * 1000 + dayUs
  if (lastBsdDate !== '' && text.startsWith(lastBsdDate)) {
    const us = lastBsdUs + inDay
    // No later year would do.
    if (us <= lastUs && us > lastUs - 364 * dayUs) return us
  }
  const month = months[text.slice(0, 3)]
  const day = text.charCodeAt(4) === 32 ? text.charCodeAt(5) - 48 : two(text, 4)
  if (month === undefined || !(day >= 1 && day <= 31)) return undefined
  const year = civilFromDays(Math.floor(receivedMs / 86_400_000))[0]
  for (let y = year + 1; y >= year - 8; y--) {
    if (day > daysIn(y, month)) continue
    const dateUs = daysFromCivil(y, month, day) * dayUs
    if (dateUs + inDay > lastUs) continue
    lastBsdDate = text.slice(0, 6)
    lastBsdUs = dateUs
    return dateUs + inDay
  }
  return undefined
}

/** Year, month (1 to 12) and day of a number of days since 1970-01-01. */
export function civilFromDays(days: number): readonly [number, number, number] {
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted + (shifted < 10 ? 3 : -9)
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1]
}

const pad2: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const pad3: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'))
let lastDay = Number.NaN
let lastDayText = ''
let lastSecond = Number.NaN
let lastSecondText = ''

/** `2018-10-03T14:42:44` of microseconds since 1970, in UTC. */
function isoSecond(us: number): string {
  const second = Math.floor(us / 1_000_000)
  if (second === lastSecond) return lastSecondText
  const days = Math.floor(second / 86_400)
  const inDay = second - days * 86_400
  if (days !== lastDay) {
    lastDay = days
    lastDayText = dayText(days)
  }
  const hour = Math.floor(inDay / 3600)
  const minute = Math.floor(inDay / 60) % 60
  lastSecond = second
  lastSecondText = `${lastDayText}${pad2[hour]}:${pad2[minute]}:${pad2[inDay % 60]}`
  return lastSecondText
}

/** `2018-10-03T` */
function dayText(days: number): string {
  const [year, month, day] = civilFromDays(days)
  const yearText =
    year >= 0 && year <= 9999
      ? String(year).padStart(4, '0')
      : (year < 0 ? '-' : '+') + String(Math.abs(year)).padStart(6, '0')
  return `${yearText}-${pad2[month]}-${pad2[day]}T`
}

/** ISO 8601 in UTC with `digits` fraction digits (0, 3 or 6; cut, not rounded), without the zone. */
export function isoText(us: number, digits: 0 | 3 | 6): string {
  // Whole first: what is a hair before a second would round up to a fraction of seven digits.
  const whole = Math.floor(us)
  const second = isoSecond(whole)
  if (digits === 0) return second
  const fraction = whole - Math.floor(whole / 1_000_000) * 1_000_000
  if (digits === 6) return second + '.' + String(fraction).padStart(6, '0')
  return second + '.' + pad3[Math.floor(fraction / 1000)]
}

/** `2018-10-03T14:42:44.836Z`: the form of `@timestamp` in documents. */
export function isoMs(us: number): string {
  const text = isoText(us, 3) + 'Z'
  // What is written here is read again by the encoder. Other lengths are years that `parseIso` does not read.
  if (text.length === 24) remember(text, Math.floor(us / 1000) * 1000)
  return text
}
