/**
 * OpenVPN's status file: who is connected now. Written anew every minute (`status FILE 60`), in three versions:
 *
 *   1       "OpenVPN CLIENT LIST", "Updated," time, "Common Name,Real Address,…", lines, "ROUTING TABLE", …, "END"
 *   2, 3    "TITLE", "TIME", "HEADER" sep "CLIENT_LIST" sep names, "CLIENT_LIST" sep values, "ROUTING_TABLE" …; commas or tabs
 */

import { NO_EVENT, type Parsed, type Parser, type Sample } from '../../core/parser.ts'
import { isoMs, parseBsd, parseIso } from '../../core/time.ts'
import { endpointOf } from '../shared/endpoint.ts'
import { description } from './description.ts'

const valuesMax = 64

export const openvpnStatus: Parser = {
  name: 'openvpn-status',
  title: 'OpenVPN: its status file, who is connected',
  input: 'text',
  framing: 'lines',
  description,
  recognise,
  isHeader: line =>
    line.startsWith('TIME,') || line.startsWith('TIME\t') || line.startsWith('Updated,') || isNames(line),
  startsHeader: line => line.startsWith('TIME') || line.startsWith('Updated,'),
  open(context) {
    const header = context.header ?? []
    const zone = context.timezoneMinutes ?? 0
    const timeUs = timeOf(
      header.find(line => line.startsWith('TIME') || line.startsWith('Updated,')),
      zone
    )
    const names = header.findLast(isClientNames)
    const listed = header.at(-1) === names
    return line => parseLine(line, timeUs, names, listed, zone)
  }
}

function recognise(sample: Sample): number {
  const [first, second] = sample.lines
  if (first === 'OpenVPN CLIENT LIST' && second?.startsWith('Updated,') === true) return 0.95
  if (first !== undefined && /^TITLE[,\t]OpenVPN /.test(first) && second !== undefined && /^TIME[,\t]/.test(second))
    return 0.95
  return 0
}

function isClientNames(line: string): boolean {
  return line.startsWith('Common Name,') || /^HEADER[,\t]CLIENT_LIST[,\t]/.test(line)
}

function isNames(line: string): boolean {
  return (
    isClientNames(line) ||
    line.startsWith('Virtual Address,') ||
    line.startsWith('HEADER,') ||
    line.startsWith('HEADER\t')
  )
}

/** `Updated,2025-05-28 10:11:12`, `TIME,2025-05-28 10:11:12,1748427072`, `Updated,Wed May 28 10:11:12 2025` */
function timeOf(line: string | undefined, zone: number): number | undefined {
  if (line === undefined) return undefined
  const parts = line.split(/[,\t]/, 3)
  const seconds = Number(parts[2])
  if (parts[2] !== undefined && Number.isInteger(seconds) && seconds > 0 && seconds < 1e11) return seconds * 1e6
  return when(parts[1] ?? '', zone)
}

function when(text: string, zone: number): number | undefined {
  const year = Number(text.slice(20, 24))
  return (
    parseIso(text, zone) ??
    (Number.isInteger(year) && year > 0 && year < 9999 && text.length === 24
      ? parseBsd(text.slice(4, 19), Date.UTC(year, 11, 31, 12), zone)
      : undefined)
  )
}

function parseLine(
  line: string,
  timeUs: number | undefined,
  names: string | undefined,
  listed: boolean,
  zone: number
): Parsed | typeof NO_EVENT {
  const tabs = line.includes('\t')
  const values = line.split(tabs ? '\t' : ',', valuesMax)
  const kind = values[0]!
  const modern = kind === 'CLIENT_LIST'
  if (!modern && (names === undefined || names.startsWith('HEADER') || !listed || values.length < 5)) return NO_EVENT
  if (names === undefined) return { ok: false, reason: 'a client before the line of names (HEADER,CLIENT_LIST,…)' }
  const columns = names.split(names.includes('\t') ? '\t' : ',', valuesMax)
  // "HEADER,CLIENT_LIST,Common Name,…" over "CLIENT_LIST,alice,…"
  const shift = modern ? 1 : 0
  const value = (name: string): string | undefined => {
    const at = columns.indexOf(name)
    const found = at < 0 ? undefined : values[at - shift]
    return found === undefined || found === '' || found === 'UNDEF' ? undefined : found
  }
  const real = value('Real Address')
  const source = real === undefined ? undefined : endpointOf(real, ':')
  if (source === undefined) return { ok: false, reason: 'names no address' }
  const common = value('Common Name')
  const user = value('Username') ?? common
  const virtual = value('Virtual Address')
  const received = count(value('Bytes Received'))
  const sent = count(value('Bytes Sent'))
  const sinceSeconds = count(value('Connected Since (time_t)'))
  const since = sinceSeconds === undefined ? when(value('Connected Since') ?? '', zone) : sinceSeconds * 1e6
  return {
    ok: true,
    ...(timeUs === undefined ? {} : { timeUs }),
    kind: 'status',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: {
        kind: 'state',
        module: 'openvpn',
        dataset: 'openvpn.status',
        category: ['network', 'session'],
        type: ['info'],
        action: 'vpn-session-listed',
        start: since === undefined ? undefined : isoMs(since),
        duration: since === undefined || timeUs === undefined || timeUs < since ? undefined : (timeUs - since) * 1000
      },
      source: { ...source, bytes: received, nat: { ip: virtual } },
      destination: { bytes: sent },
      network: {
        protocol: 'openvpn',
        bytes: received === undefined || sent === undefined ? undefined : received + sent
      },
      user: { name: user },
      related: {
        ip: [source.ip, virtual].filter(ip => ip !== undefined),
        user: user === undefined ? undefined : user === common || common === undefined ? [user] : [user, common]
      },
      openvpn: {
        common_name: common,
        virtual_ipv6: value('Virtual IPv6 Address'),
        client_id: value('Client ID'),
        peer_id: value('Peer ID'),
        cipher: value('Data Channel Cipher')
      }
    }
  }
}

function count(text: string | undefined): number | undefined {
  const number = text === undefined || text.length > 16 ? Number.NaN : Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
