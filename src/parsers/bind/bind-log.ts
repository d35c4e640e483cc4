/**
 * The files that named writes itself (`channel … { file … }`):
 *
 *   line = [ time SP ] [ category ": " ] [ severity ": " ] text
 *   time = dd "-" Mmm "-" yyyy SP hh:mm:ss.mmm | ISO 8601 (print-time iso8601, iso8601-utc)
 */

import type { ParseContext } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { emptyHeader } from '../syslog/header.ts'
import { bind, scanCategory } from './bind.ts'
import { description } from './description.ts'

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

export const bindLog = daemonLog({
  name: 'bind-log',
  title: 'BIND: the log files of named',
  reader: bind,
  description,
  scan,
  sure: ({ body }) => {
    const { category, level, at } = scanCategory(body)
    return (
      (category !== undefined && level !== undefined) || body.startsWith('client ', at) || body.startsWith('zone ', at)
    )
  }
})

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  const zone = context.timezoneMinutes ?? 0
  let timeUs: number | undefined
  let at = -1
  if (line.charCodeAt(2) === 45 && line.charCodeAt(6) === 45 && line.charCodeAt(11) === 32) {
    const month = months.indexOf(line.slice(3, 6))
    if (month < 0 || month % 3 !== 0) return undefined
    at = line.indexOf(' ', 12)
    if (at < 0) return undefined
    const number = String(month / 3 + 1).padStart(2, '0')
    timeUs = parseIso(`${line.slice(7, 11)}-${number}-${line.slice(0, 2)}T${line.slice(12, at)}`, zone)
  } else if (line.charCodeAt(4) === 45 && line.charCodeAt(10) === 84) {
    at = line.indexOf(' ', 19)
    if (at < 0 || scanCategory(line.slice(at + 1, at + 100)).at === 0) return undefined
    timeUs = parseIso(line.slice(0, at), zone)
  }
  if (timeUs === undefined) return undefined
  return { header: { ...emptyHeader, timeUs, program: 'named' }, body: line.slice(at + 1), level: undefined }
}
