/**
 * IBM's Log Event Extended Format (QRadar), versions 1.0 and 2.0, inside syslog and on lines of its own: message → ECS event.
 * All attributes stay below `leef.attributes` as they were written; the predefined ones have their places in ECS.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { FormatDescription } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { transportText } from '../ndjson/names.ts'
import { parseTime } from '../ndjson/times.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { type LeefText, scanLeef } from './scan.ts'
import { parseTimeFormat } from './time-format.ts'

type Attributes = Record<string, string>

const leadMax = 160

const description: FormatDescription = {
  reads:
    'LEEF 1.0 and 2.0 (any delimiter): inside syslog and on lines without a header. `devTime` is read after `devTimeFormat` where it is given.',
  from: 'Products that integrate with IBM QRadar send it to a syslog server: give them the address of Picket, or of an rsyslog that writes files.',
  specifications: ['IBM QRadar: Log Event Extended Format (LEEF) Version 2'],
  sample:
    'LEEF:2.0|Example|Gateway|3.1|deny|^|src=10.0.0.5^dst=192.0.2.7^srcPort=51022^dstPort=443^proto=TCP^sev=5^cat=firewall',
  mapping: [
    ['observer.vendor, .product, .version', 'header'],
    ['event.code', 'header: event id'],
    ['event.severity', 'sev'],
    ['@timestamp', 'devTime (after devTimeFormat)', 'else the syslog header'],
    ['source.*', 'src, srcPort, srcMAC, srcBytes, srcPackets, srcPreNAT, srcPostNAT, identSrc'],
    ['destination.*', 'dst, dstPort, dstMAC, dstBytes, dstPackets, dstPreNAT, dstPostNAT'],
    ['user.name, user.domain, user.roles', 'usrName, else accountName; domain; role'],
    ['network.transport', 'proto', 'names, and numbers of IANA'],
    ['event.action', 'action, else cat'],
    ['rule.name', 'policy'],
    ['url.original', 'url'],
    ['leef.attributes.*', 'every attribute']
  ]
}

export const leef: MessageReader = {
  name: 'leef',
  title: 'LEEF, the Log Event Extended Format of IBM QRadar',
  programs: ['LEEF'],
  sign: /LEEF:/,
  claims: body => markAt(body) >= 0,
  read,
  description
}

/** Where the version begins: after `LEEF:` near the beginning, followed by `1.` or `2.`. -1 if there is no such mark. */
function markAt(body: string): number {
  const at = body.startsWith('LEEF:') ? 0 : body.lastIndexOf('LEEF:', leadMax)
  if (at < 0) return -1
  const version = body.charCodeAt(at + 5) === 32 ? at + 6 : at + 5
  const major = body.charCodeAt(version)
  return (major === 49 || major === 50) && body[version + 1] === '.' && body[version + 3] === '|' ? version : -1
}

function read({ header, body, context }: SyslogMessage): ReadMessage | undefined {
  const from = header.program === 'LEEF' ? 0 : markAt(body)
  if (from < 0) return undefined
  const text = scanLeef(body, from)
  if (text === undefined) return undefined
  const zone = context.timezoneMinutes ?? 0
  const attributes: Attributes = Object.create(null)
  for (let i = 0; i < text.attributes.length; i += 2) attributes[text.attributes[i]!] = text.attributes[i + 1]!
  const { devTime, devTimeFormat } = attributes
  let timeUs: number | undefined
  if (devTime !== undefined) {
    if (devTimeFormat !== undefined) timeUs = parseTimeFormat(devTime, devTimeFormat, zone)
    timeUs ??=
      parseTime(devTime, zone, context.receivedMs) ??
      parseTimeFormat(devTime, 'MMM dd yyyy HH:mm:ss.SSS zzz', zone) ??
      parseTimeFormat(devTime, 'MMM dd yyyy HH:mm:ss zzz', zone)
  }
  timeUs ??= header.timeUs
  const event = leefEvent(text, attributes, timeUs)
  if (header.program === 'LEEF') event['process'] = {}
  if (header.host === undefined && from > 5) {
    const lead = body.slice(0, body.lastIndexOf('LEEF:', from)).trim()
    if (lead !== '' && !lead.includes(' ')) event['host'] = { hostname: lead, name: lead }
  }
  return { event, timeUs, kind: text.eventId?.slice(0, 40) }
}

function leefEvent(text: LeefText, x: Attributes, timeUs: number | undefined): Record<string, unknown> {
  const sourceIp = ipOf(x['src'])
  const destinationIp = ipOf(x['dst'])
  const user = x['usrName'] ?? x['accountName']
  const transport = transportOf(x['proto'])
  return {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: x['msg'] ?? x['message'],
    event: {
      kind: 'event',
      module: 'leef',
      dataset: 'leef.log',
      code: text.eventId,
      severity: whole(x['sev'], 100),
      action: x['action'] ?? x['cat'],
      category: isTrue(x['isLoginEvent']) || isTrue(x['isLogoutEvent']) ? ['authentication'] : undefined,
      type: isTrue(x['isLoginEvent']) ? ['start'] : isTrue(x['isLogoutEvent']) ? ['end'] : undefined
    },
    observer: {
      vendor: text.vendor,
      product: text.product,
      version: text.productVersion,
      hostname: x['devName'],
      ip: ipOf(x['devIp']) === undefined ? undefined : [x['devIp']]
    },
    source: {
      address: x['src'],
      ip: sourceIp,
      port: whole(x['srcPort'], 65535),
      mac: macOf(x['srcMAC']),
      bytes: whole(x['srcBytes'], Number.MAX_SAFE_INTEGER),
      packets: whole(x['srcPackets'], Number.MAX_SAFE_INTEGER),
      domain: x['identHostName'],
      nat: { ip: ipOf(x['srcPostNAT']), port: whole(x['srcPostNATPort'], 65535) }
    },
    destination: {
      address: x['dst'],
      ip: destinationIp,
      port: whole(x['dstPort'], 65535),
      mac: macOf(x['dstMAC']),
      bytes: whole(x['dstBytes'], Number.MAX_SAFE_INTEGER),
      packets: whole(x['dstPackets'], Number.MAX_SAFE_INTEGER),
      nat: { ip: ipOf(x['dstPostNAT']), port: whole(x['dstPostNATPort'], 65535) }
    },
    network: {
      transport: transport.name,
      iana_number: transport.number,
      packets: whole(x['totalPackets'], Number.MAX_SAFE_INTEGER),
      community_id: sourceIp !== undefined && destinationIp !== undefined ? COMMUNITY_ID : undefined
    },
    user: {
      name: user,
      domain: x['domain'],
      roles: x['role'] === undefined ? undefined : [x['role']],
      group: { name: x['identGrpName'], id: x['groupID'] }
    },
    rule: { name: x['policy'] },
    url: { original: x['url'] },
    related: {
      ip: distinct(
        sourceIp,
        destinationIp,
        ipOf(x['identSrc']),
        ipOf(x['srcPreNAT']),
        ipOf(x['srcPostNAT']),
        ipOf(x['dstPreNAT']),
        ipOf(x['dstPostNAT'])
      ),
      user: distinct(x['usrName'], x['accountName']),
      hosts: distinct(x['devName'], x['identHostName'])
    },
    leef: {
      version: text.version,
      vendor: text.vendor,
      product: text.product,
      product_version: text.productVersion,
      event_id: text.eventId,
      attributes: x
    }
  }
}

function ipOf(text: string | undefined): string | undefined {
  return isIp(text) ? text : undefined
}

function whole(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined
  const number = Number(text)
  return number <= max ? number : undefined
}

function macOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^[0-9a-fA-F]{2}([:.-][0-9a-fA-F]{2}){5}$/.test(text)) return undefined
  return text.replaceAll(/[:.]/g, '-').toUpperCase()
}

function transportOf(text: string | undefined): {
  readonly name: string | undefined
  readonly number: string | undefined
} {
  if (text !== undefined && /^\d{1,3}$/.test(text)) {
    const names: Record<string, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp', 132: 'sctp' }
    return { name: names[text], number: text }
  }
  return { name: transportText(text), number: undefined }
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}
