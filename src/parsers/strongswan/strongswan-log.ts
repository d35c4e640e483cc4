/**
 * The files that charon writes itself (`filelog` in strongswan.conf), with whichever time format they were given:
 *
 *   line = [ time SP ] thread "[" subsystem "] " text           time: "Mmm dd hh:mm:ss", ISO 8601, "Www Mmm dd hh:mm:ss yyyy"
 */

import type { ParseContext } from '../../core/parser.ts'
import { parseBsd, parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { emptyHeader } from '../syslog/header.ts'
import { description } from './description.ts'
import { scanPrefix, strongswan } from './strongswan.ts'

const subsystems: ReadonlySet<string> = new Set(
  'DMN MGR IKE CHD JOB CFG KNL NET ASN ENC TNC IMC IMV PTS TLS APP ESP LIB'.split(' ')
)

export const strongswanLog = daemonLog({
  name: 'strongswan-log',
  title: 'strongSwan: the log files of charon',
  reader: strongswan,
  description,
  scan,
  sure: () => true
})

const head = /(?:^| )\d{2}\[([A-Z]{3})[0-4]?\] /

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  const found = head.exec(line.slice(0, 64))
  if (found === null || !subsystems.has(found[1]!)) return undefined
  const at = line.charCodeAt(found.index) === 32 ? found.index + 1 : found.index
  const stamp = line.slice(0, Math.max(at - 1, 0)).trim()
  const timeUs = stamp === '' ? undefined : timeOf(stamp, context)
  if (stamp !== '' && timeUs === undefined) return undefined
  const body = line.slice(at)
  return scanPrefix(body).thread === undefined
    ? undefined
    : { header: { ...emptyHeader, timeUs, program: 'charon' }, body, level: undefined }
}

function timeOf(stamp: string, context: ParseContext): number | undefined {
  const zone = context.timezoneMinutes ?? 0
  const iso = parseIso(stamp, zone)
  if (iso !== undefined) return iso
  if (stamp.length === 15) return parseBsd(stamp, context.receivedMs, zone)
  // "Wed May 28 10:11:12 2025", "Wed, 28 May 2025, 10:11:12" is what the documentation shows.
  const year = Number(stamp.slice(20, 24))
  if (stamp.length === 24 && Number.isInteger(year))
    return parseBsd(stamp.slice(4, 19), Date.UTC(year, 11, 31, 12), zone)
  const words = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}),? (\d{2}:\d{2}:\d{2})$/.exec(stamp)
  if (words === null) return undefined
  return parseBsd(`${words[2]} ${words[1]} ${words[4]}`, Date.UTC(Number(words[3]), 11, 31, 12), zone)
}
