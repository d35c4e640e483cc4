/** The `Date` header of mail (RFC 5322, 3.3), which Zeek's smtp.log hands on as text. */

import { daysFromCivil, isoMs, parseZone } from '../../core/time.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const zones: ReadonlyMap<string, string> = new Map([
  ['ut', 'Z'],
  ['utc', 'Z'],
  ['gmt', 'Z'],
  ['est', '-0500'],
  ['edt', '-0400'],
  ['cst', '-0600'],
  ['cdt', '-0500'],
  ['mst', '-0700'],
  ['mdt', '-0600'],
  ['pst', '-0800'],
  ['pdt', '-0700']
])

/** `Mon, 05 Oct 2009 11:36:07 +0530` (weekday and seconds may be absent, a comment may follow) as ISO 8601; undefined for anything else. */
export function parseMailDate(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 64) return undefined
  const comma = text.indexOf(',')
  const words = text
    .slice(comma + 1)
    .split(' ')
    .filter(word => word !== '')
  const [dayText = '', monthText = '', yearText = '', clock = '', zoneText = ''] = words
  const day = digits(dayText, 1, 2)
  const month = months.indexOf(monthText.toLowerCase())
  const year = digits(yearText, 4, 4)
  const time = clock.split(':')
  const hour = digits(time[0], 1, 2)
  const minute = digits(time[1], 2, 2)
  const second = time.length === 2 ? 0 : digits(time[2], 2, 2)
  const zone = parseZone(zones.get(zoneText.toLowerCase()) ?? zoneText, 0)
  if (day === undefined || month < 0 || year === undefined || year < 1970 || zone === undefined) return undefined
  if (hour === undefined || minute === undefined || second === undefined || time.length > 3) return undefined
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  const seconds = daysFromCivil(year, month + 1, day) * 86_400 + hour * 3600 + minute * 60 + second - zone * 60
  return seconds < 0 ? undefined : isoMs(seconds * 1e6)
}

function digits(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || text.length < min || text.length > max) return undefined
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 48 || text.charCodeAt(i) > 57) return undefined
  return Number(text)
}
