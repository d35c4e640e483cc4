/** The values of CEF extensions in their types: numbers, addresses, times. What does not fit its type is told, and kept as text. */

import { isIp } from '../../core/ip.ts'
import { isoMs } from '../../core/time.ts'
import { parseTime } from '../ndjson/times.ts'
import type { CefType } from './keys.ts'

/** Undefined if the text is not of the type. Times are ISO 8601 text. */
export function cefValue(
  text: string,
  type: CefType,
  receivedMs: number,
  timezoneMinutes: number
): string | number | undefined {
  switch (type) {
    case 'string':
      return text
    case 'ip':
      return isIp(text) ? text : undefined
    case 'mac':
      return macText(text)
    case 'double': {
      const number = text.length > 32 || text.trim() === '' ? Number.NaN : Number(text)
      return Number.isFinite(number) ? number : undefined
    }
    case 'time': {
      const us = cefTime(text, receivedMs, timezoneMinutes)
      return us === undefined ? undefined : isoMs(us)
    }
    case 'integer': {
      const number = wholeNumber(text)
      return number !== undefined && Math.abs(number) <= 0x7fffffff ? number : undefined
    }
    default:
      return wholeNumber(text)
  }
}

/** Decimal, or hexadecimal after `0x`. */
function wholeNumber(text: string): number | undefined {
  if (text.length === 0 || text.length > 20) return undefined
  const number = /^[+-]?\d+$/.test(text) || /^0[xX][0-9a-fA-F]+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

/** Six or eight bytes in hex, with or without `:`, `-` or `.` between them: `00:0c:29:eb:35:de`. */
function macText(text: string): string | undefined {
  if (text.length > 23) return undefined
  let hex = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i) | 32
    if ((c >= 48 && c <= 57) || (c >= 97 && c <= 102)) hex += String.fromCharCode(c)
    else if (text[i] !== ':' && text[i] !== '-' && text[i] !== '.') return undefined
  }
  if (hex.length !== 12 && hex.length !== 16) return undefined
  let out = hex.slice(0, 2)
  for (let i = 2; i < hex.length; i += 2) out += ':' + hex.slice(i, i + 2)
  return out
}

/**
 * Microseconds since 1970 of a CEF time: milliseconds since 1970, or `MMM dd [yyyy] HH:mm:ss[.SSS] [zone]`, where the zone is a
 * name (only UTC, GMT and Z are told apart) or an offset. ISO 8601, which the specification does not know, is taken as well.
 */
export function cefTime(text: string, receivedMs: number, timezoneMinutes: number): number | undefined {
  const first = text.charCodeAt(0)
  if (first >= 48 && first <= 57) {
    if (text.length <= 16 && /^\d+$/.test(text)) return Number(text) * 1000
    return parseTime(text, timezoneMinutes, receivedMs)
  }
  if (text.length < 14 || text.length > 48) return undefined
  // Mmm d[d] [yyyy] clock [zone]
  const words = text.split(' ').filter(word => word !== '')
  const [month, day] = words
  if (month === undefined || day === undefined || month.length !== 3 || !/^\d{1,2}$/.test(day)) return undefined
  const named = /^\d{4}$/.test(words[2] ?? '')
  const clock = words[named ? 3 : 2] ?? ''
  const zone = zoneMinutes(words.slice(named ? 4 : 3).join(''), timezoneMinutes)
  if (zone === undefined) return undefined
  const year = named ? ` ${words[2]}` : ''
  return parseTime(`${month} ${day.padStart(2, ' ')} ${clock}${year}`, zone, receivedMs)
}

function zoneMinutes(text: string, otherwise: number): number | undefined {
  if (text === '') return otherwise
  let offset = text
  if (offset.startsWith('GMT') || offset.startsWith('UTC')) offset = offset.slice(3)
  if (offset === '' || offset === 'Z') return 0
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(offset)
  // Zones' names say nothing sure (CST is three zones): the source's zone it is.
  if (match === null) return /^[A-Z]{2,5}$/.test(text) ? otherwise : undefined
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return match[1] === '-' ? -minutes : minutes
}
