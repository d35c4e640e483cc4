/**
 * The files that Kea writes itself:
 *
 *   line = yyyy-mm-dd SP hh:mm:ss.mmm SP LEVEL SP+ "[" logger "/" pid [ "." thread ] "] " MESSAGE_ID SP text
 */

import type { ParseContext } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { emptyHeader } from '../syslog/header.ts'
import { description } from './description.ts'
import { kea, messageName } from './kea.ts'

export const keaLog = daemonLog({
  name: 'kea-log',
  title: 'Kea DHCP: its log files',
  reader: kea,
  description,
  scan,
  sure: ({ body }) => messageName(body.slice(body.indexOf('] ') + 2)) !== undefined
})

const levels: ReadonlySet<string> = new Set(['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  const space = line.indexOf(' ', 11)
  if (space < 0 || line.charCodeAt(4) !== 45) return undefined
  const timeUs = parseIso(line.slice(0, space), context.timezoneMinutes ?? 0)
  if (timeUs === undefined) return undefined
  const body = line.slice(space + 1)
  const levelEnd = body.indexOf(' ')
  const close = body.indexOf('] ')
  const open = body.indexOf('[')
  if (
    !levels.has(body.slice(0, levelEnd)) ||
    open < 4 ||
    open > 7 ||
    close < open ||
    !body.startsWith('kea-', open + 1)
  )
    return undefined
  const slash = body.lastIndexOf('/', close)
  const pid = slash > open ? Number.parseInt(body.slice(slash + 1, close), 10) : Number.NaN
  const dot = body.indexOf('.', open)
  const program = body.slice(open + 1, Math.min(dot < 0 ? close : dot, slash < open ? close : slash, close))
  return {
    header: { ...emptyHeader, timeUs, program, pid: Number.isSafeInteger(pid) ? pid : undefined },
    body,
    level: body.slice(0, levelEnd).toLowerCase()
  }
}
