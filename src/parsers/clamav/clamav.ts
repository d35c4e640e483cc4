/**
 * ClamAV: the logs of clamd, freshclam and clamonacc, and their messages in syslog. First stage of the pipeline: line → ECS event.
 *   line    = "Www Mmm dd hh:mm:ss yyyy -> " message                                           local time; clamd.conf LogTime
 *   message = path ": " signature [ "(" hash ":" size ")" ] " FOUND" | path ": OK" | path ": " text " ERROR" | text
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { clamavDescription } from './description.ts'

const lineMax = 16_384
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const days = new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])

/** `Wed Jan  1 00:00:00 2025`. */
function stampOf(text: string, zone: number): number | undefined {
  if (!days.has(text.slice(0, 3)) || text.charCodeAt(3) !== 32) return undefined
  const month = months.indexOf(text.slice(4, 7))
  if (month < 0 || month % 3 !== 0) return undefined
  const number = String(month / 3 + 1).padStart(2, '0')
  const day = text.slice(8, 10).replace(' ', '0')
  return parseIso(`${text.slice(20, 24)}-${number}-${day} ${text.slice(11, 19)}`, zone)
}

function eventOf(message: string): EcsEvent {
  const found = message.endsWith(' FOUND')
  const error = !found && (message.endsWith(' ERROR') || message.startsWith('ERROR: '))
  const ok = !found && message.endsWith(': OK')
  const colon = found || error || ok ? message.lastIndexOf(': ') : -1
  const what = colon > 0 ? message.slice(0, colon) : undefined
  // A file that a client sent: "instream(192.0.2.5@50000)".
  const stream = what === undefined ? null : /^instream\(([^@)]{1,64})@(\d{1,5})\)$/.exec(what)
  const ip = stream !== null && isIp(stream[1]) ? stream[1] : undefined
  const path = stream === null && what?.startsWith('/') === true ? what : undefined
  let signature = found && colon > 0 ? message.slice(colon + 2, -6) : undefined
  let md5: string | undefined
  let size: number | undefined
  const hashed = signature === undefined ? null : /^(.{1,256})\(([0-9a-f]{32,64}):(\d{1,15})\)$/.exec(signature)
  if (hashed !== null) {
    signature = hashed[1]
    md5 = hashed[2]
    size = Number(hashed[3])
  }
  const sha = md5 !== undefined && md5.length === 64
  return {
    message,
    event: {
      kind: found ? 'alert' : 'event',
      module: 'clamav',
      dataset: 'clamav.log',
      category: found || ok ? ['malware', 'file'] : undefined,
      type: found || ok ? ['info'] : error ? ['error'] : undefined,
      action: found ? 'malware-found' : ok ? 'scanned' : undefined
    },
    log: { level: error ? 'error' : message.startsWith('WARNING: ') ? 'warning' : undefined },
    rule: { name: signature },
    file:
      path === undefined && md5 === undefined
        ? undefined
        : {
            path,
            name: path?.slice(path.lastIndexOf('/') + 1),
            size,
            hash: { md5: sha ? undefined : md5, sha256: sha ? md5 : undefined }
          },
    source: ip === undefined ? undefined : { address: ip, ip, port: Number(stream![2]) },
    clamav: { signature, target: path === undefined ? what : undefined },
    related: { hash: distinct(md5), ip: distinct(ip) }
  }
}

function parseLine(line: string, zone: number): Parsed {
  const timeUs = line.length <= lineMax && line.startsWith(' -> ', 24) ? stampOf(line, zone) : undefined
  if (timeUs === undefined) return { ok: false, reason: 'not ClamAV’s log: no "Www Mmm dd hh:mm:ss yyyy -> "' }
  const event = eventOf(line.slice(28).trim())
  event['@timestamp'] = isoMs(timeUs)
  return { ok: true, event, timeUs, kind: 'log' }
}

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  const good = lines.filter(line => parseLine(line, 0).ok).length
  // freshclam draws lines between its runs.
  const drawn = lines.filter(line => line.startsWith('----')).length
  return good > 0 && good + drawn >= lines.length * 0.8 ? 0.93 : 0
}

export const clamav: Parser = {
  name: 'clamav',
  title: 'ClamAV’s logs (clamd, freshclam, clamonacc)',
  input: 'text',
  framing: 'lines',
  recognise,
  isHeader: line => line.startsWith('----------') && line.endsWith('-'),
  open: context => line => parseLine(line, context.timezoneMinutes ?? 0),
  description: clamavDescription
}

export const clamavMessages: MessageReader = {
  name: 'clamav-messages',
  title: 'ClamAV in syslog',
  programs: ['clamd', 'freshclam', 'clamonacc', 'clamdscan', 'clamscan', 'clamav-milter'],
  read({ body }) {
    const at = body.startsWith(' -> ', 24) && stampOf(body, 0) !== undefined ? 28 : 0
    return { event: eventOf(body.slice(at).trim()), kind: 'log' }
  }
}
