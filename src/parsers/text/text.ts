/** What no format recognises: kept whole and searchable. A time stamp at the beginning of a line gives the event its time. */

import type { ParseContext, Parsed, Parser } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { isBsdStamp, isIsoStamp, scanHeader } from '../syslog/header.ts'
import { description } from './description.ts'

export const textLines: Parser = {
  name: 'text',
  title: 'Plain text, line by line (what no other format recognises)',
  input: 'text',
  framing: 'lines',
  // The fallback: never chosen by its own claim.
  recognise: () => 0,
  open(context) {
    return (text): Parsed => {
      const timeUs = leadingTime(text, context)
      return {
        ok: true,
        event: {
          '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
          message: text,
          event: { kind: 'event', dataset: 'unknown' }
        },
        timeUs,
        kind: undefined
      }
    }
  },
  description
}

/** `2024-01-31 13:55:36,123 …`, `[2024-01-31T13:55:36Z] …`, `<13>Oct 11 22:14:15 …` */
function leadingTime(text: string, context: ParseContext): number | undefined {
  const zone = context.timezoneMinutes ?? 0
  const first = text.charCodeAt(0)
  if (first === 60) return scanHeader(text, context.receivedMs, zone)?.timeUs
  const at = first === 91 || first === 0xfeff ? 1 : 0
  if (isBsdStamp(text, at))
    return scanHeader(at === 0 ? text : text.slice(at, at + 64), context.receivedMs, zone)?.timeUs
  if (!isIsoStamp(text, at)) return undefined
  let end = at + 19
  const limit = Math.min(text.length, at + 40)
  while (end < limit) {
    const code = text.charCodeAt(end)
    if (code <= 32 || code === 93 || code === 124) break
    end++
  }
  const stamp = text.slice(at, end)
  return parseIso(stamp, zone) ?? parseIso(stamp.slice(0, 19), zone)
}
