/** Snort's time stamps: `03/02-10:15:30.123456`, `03/02/25-10:15:30.123456`; Suricata's name the year with four digits. */

import { parseIso } from '../../core/time.ts'
import { scanHeader } from '../syslog/header.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const pattern = /^(\d\d)\/(\d\d)(?:\/(\d{4}|\d\d))?-(\d\d:\d\d:\d\d(?:\.\d{1,9})?)/

export function isSnortStamp(text: string): boolean {
  return text.charCodeAt(2) === 47 && pattern.test(text.slice(0, 32))
}

export type SnortTime = { readonly timeUs: number | undefined; readonly fourDigitYear: boolean }

export const noTime: SnortTime = { timeUs: undefined, fourDigitYear: false }

export function snortTime(text: string, receivedMs: number, zone: number): SnortTime {
  const match = pattern.exec(text.slice(0, 32))
  if (match === null) return noTime
  let [, month, day, year, clock] = match
  // Snort 3 writes the year first.
  if (Number(month) > 12 && year?.length === 2) [year, month, day] = [month, day, year]
  if (year !== undefined) {
    const full = year.length === 2 ? `20${year}` : year
    return { timeUs: parseIso(`${full}-${month}-${day}T${clock}`, zone), fourDigitYear: year.length === 4 }
  }
  const name = months[Number(month) - 1]
  const timeUs = name === undefined ? undefined : scanHeader(`${name} ${day} ${clock} x`, receivedMs, zone)?.timeUs
  return { timeUs, fourDigitYear: false }
}
