/** RFC 5322's date, with or without the day of the week, and a comment behind it. */

import type { ParseContext } from '../../core/parser.ts'
import { parseTime } from '../ndjson/times.ts'

export function mailDate(text: string | undefined, context: ParseContext): number | undefined {
  if (text === undefined || text.length > 100) return undefined
  const plain = text
    .replace(/\s*\([^)]*\)\s*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const dated = /^[A-Za-z]{3}, /.test(plain) ? plain : `Mon, ${plain}`
  return parseTime(dated, context.timezoneMinutes ?? 0, context.receivedMs)
}
