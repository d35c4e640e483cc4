/**
 * The files that OpenVPN writes itself (`log`, `log-append`), and its output without a syslog:
 *
 *   line = ( "yyyy-mm-dd hh:mm:ss" | "Www Mmm dd hh:mm:ss yyyy" ) SP [ "us=" n SP ] message
 */

import type { ParseContext } from '../../core/parser.ts'
import { parseBsd, parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { compilePhrases, matchPhrase } from '../shared/phrases.ts'
import { emptyHeader } from '../syslog/header.ts'
import { description } from './description.ts'
import { openvpn, openvpnPhrases, prefixOf } from './openvpn.ts'

// Sentences that other logs might hold too tell nothing.
const phrases = compilePhrases(openvpnPhrases.filter(([template]) => !template.startsWith('user ')))

export const openvpnLog = daemonLog({
  name: 'openvpn-log',
  title: 'OpenVPN: its log file',
  reader: openvpn,
  description,
  scan,
  sure: ({ body }) => {
    const prefix = prefixOf(body)
    return (
      prefix !== undefined || matchPhrase(phrases, body) !== undefined || body.startsWith('library versions: OpenSSL ')
    )
  },
  share: 0.2
})

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  const zone = context.timezoneMinutes ?? 0
  let timeUs: number | undefined
  let at: number
  if (line.charCodeAt(4) === 45) {
    at = 19
    if (line.charCodeAt(at) !== 32) return undefined
    timeUs = parseIso(line.slice(0, at), zone)
  } else {
    // "Wed May 28 10:11:12 2025"
    at = 24
    if (line.charCodeAt(at) !== 32 || line.charCodeAt(19) !== 32) return undefined
    const year = Number(line.slice(20, 24))
    if (!Number.isInteger(year) || year < 1970 || year > 9999) return undefined
    timeUs = parseBsd(line.slice(4, 19), Date.UTC(year, 11, 31, 12), zone)
  }
  if (timeUs === undefined) return undefined
  at++
  if (line.startsWith('us=', at)) {
    const space = line.indexOf(' ', at)
    const micro = space < 0 ? Number.NaN : Number(line.slice(at + 3, space))
    if (Number.isInteger(micro) && micro >= 0 && micro < 1_000_000) {
      timeUs += micro
      at = space + 1
    }
  }
  return { header: { ...emptyHeader, timeUs, program: 'openvpn' }, body: line.slice(at), level: undefined }
}
