/**
 * The files that unbound writes itself:
 *
 *   line = ( "[" seconds since 1970 "]" | "Mmm dd hh:mm:ss" | ISO 8601 ) SP "unbound[" pid ":" thread "] " level ": " text
 */

import type { ParseContext } from '../../core/parser.ts'
import { parseBsd, parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { emptyHeader } from '../syslog/header.ts'
import { description } from './description.ts'
import { scanLevel, unbound } from './unbound.ts'

export const unboundLog = daemonLog({
  name: 'unbound-log',
  title: 'unbound: its log file',
  reader: unbound,
  description,
  scan,
  sure: ({ body }) => scanLevel(body).level !== undefined
})

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  const at = line.indexOf(' unbound[')
  if (at < 8 || at > 40) return undefined
  const timeUs = timeOf(line.slice(0, at), context)
  const close = line.indexOf('] ', at)
  const colon = line.indexOf(':', at)
  if (timeUs === undefined || close < 0 || colon < 0 || colon > close || close - at > 32) return undefined
  const pid = Number(line.slice(at + 9, colon))
  return {
    header: { ...emptyHeader, timeUs, program: 'unbound', pid: Number.isSafeInteger(pid) ? pid : undefined },
    body: line.slice(close + 2),
    level: undefined
  }
}

function timeOf(text: string, context: ParseContext): number | undefined {
  const zone = context.timezoneMinutes ?? 0
  if (!text.startsWith('['))
    return parseIso(text, zone) ?? (text.length === 15 ? parseBsd(text, context.receivedMs, zone) : undefined)
  const seconds = Number(text.slice(1, -1))
  return text.endsWith(']') && Number.isFinite(seconds) && seconds > 1e8 && seconds < 1e11
    ? Math.round(seconds * 1e6)
    : undefined
}
