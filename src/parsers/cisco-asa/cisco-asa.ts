/**
 * Messages of Cisco's firewalls, ASA and Firepower Threat Defense (FTD): `%ASA-6-302013: Built inbound TCP connection …`.
 * A reader of syslog messages; the wordings stand in wordings.ts, what they mean in meanings.ts, how they begin in prefix.ts.
 * Laid out as Elastic's integrations `cisco_asa` and `cisco_ftd`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { urlParts } from '../shared/url.ts'
import { matchWording } from '../shared/wording.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { type Details, detailsOf } from './details.ts'
import { meaningOf } from './meanings.ts'
import { type Origin, originOf } from './origin.ts'
import { type Prefix, prefixAt, scanPrefix } from './prefix.ts'
import { readSecurityEvent } from './security-event.ts'
import { ecs, slots, wordingsOf } from './wordings.ts'

const lineMax = 16_384

export const ciscoAsa: MessageReader = {
  name: 'cisco-asa',
  title: 'Cisco ASA and Firepower Threat Defense',
  sign: /%(?:ASA|FTD|PIX|FWSM)-/,
  claims: (body, program) => (program !== undefined && prefixAt(program) === 0) || prefixAt(body) >= 0,
  read,
  description
}

const levels = ['unknown', 'alert', 'critical', 'error', 'warning', 'notification', 'informational', 'debug']

/** The values of the message at hand. One array for all: reading is synchronous, and nothing keeps it. */
const values: (string | undefined)[] = new Array(slots.count).fill(undefined)

function read(message: SyslogMessage): ReadMessage | undefined {
  const { header } = message
  let text = message.body
  let prefix: Prefix | undefined
  let before = ''
  let fromTag: string | undefined
  if (header.program !== undefined && header.program.charCodeAt(0) === 37) {
    prefix = scanPrefix(header.program, 0)
    // Syslog took it for the tag.
    if (prefix !== undefined) header.program = undefined
  }
  if (prefix === undefined) {
    const at = prefixAt(text)
    prefix = at < 0 ? undefined : scanPrefix(text, at)
    if (prefix === undefined) return undefined
    before = text.slice(0, at)
    fromTag = header.program
    text = text.slice(prefix.end)
  }
  if (text.length > lineMax) text = text.slice(0, lineMax)
  const origin = originOf(message, fromTag, before)
  if (prefix.product === 'ftd' && prefix.number.startsWith('43000'))
    return readSecurityEvent(text, prefix, origin, levels[prefix.severity]!)
  values.fill(undefined)
  const wordings = wordingsOf(prefix.number)
  let matched = -1
  if (wordings !== undefined) {
    for (const wording of wordings) {
      matched = matchWording(wording, text, 0, values)
      if (matched >= 0) break
      values.fill(undefined)
    }
  }
  const details = detailsOf(prefix.number, text, values, matched)
  return { event: eventOf(prefix, text, origin, details), timeUs: origin.timeUs, kind: 'asa' }
}

function eventOf(prefix: Prefix, text: string, origin: Origin, details: Details): EcsEvent {
  const { source, destination, own } = details
  const meaning = meaningOf(prefix.number, details.verdict)
  if (prefix.suffix !== undefined) own['suffix'] = prefix.suffix
  const durationUs = details.durationS === undefined ? undefined : details.durationS * 1_000_000
  const timeUs = origin.timeUs
  const endUs = durationUs === undefined ? undefined : timeUs
  const transport = details.transport
  const url = values[ecs.urlOriginal] === undefined ? undefined : urlParts(values[ecs.urlOriginal]!)
  const userName = values[ecs.userName] ?? details.destinationUser?.name
  const serverUser = values[ecs.serverUser]
  const serverDomain = prefix.number.startsWith('338')
    ? (values[ecs.sourceDomain] ?? values[ecs.destinationDomain])
    : undefined
  const sourceDomain = values[ecs.sourceDomain] ?? source.domain
  const destinationDomain = values[ecs.destinationDomain] ?? destination.domain
  const type = prefix.product === 'asa' ? 'firewall' : 'idps'
  const known = (name: string | undefined) => (name === '*****' ? undefined : name)
  return {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: text,
    event: {
      kind: 'event',
      module: `cisco_${prefix.product}`,
      dataset: `cisco_${prefix.product}.log`,
      category: meaning.category,
      type: meaning.type,
      action: meaning.action,
      outcome: meaning.outcome,
      code: prefix.number,
      severity: prefix.severity,
      reason: details.reason,
      id: values[ecs.eventId],
      timezone: origin.timezone,
      start: endUs === undefined ? undefined : isoMs(endUs - durationUs!),
      end: endUs === undefined ? undefined : isoMs(endUs),
      duration: details.durationS === undefined ? undefined : details.durationS * 1_000_000_000
    },
    log: { level: levels[prefix.severity] },
    host: origin.host === undefined ? undefined : { hostname: origin.host },
    process: origin.process === undefined ? {} : { name: origin.process, pid: origin.pid },
    observer: {
      vendor: 'Cisco',
      product: prefix.product,
      type,
      hostname: origin.host,
      ingress: { interface: { name: values[ecs.ingress] } },
      egress: { interface: { name: values[ecs.egress] } }
    },
    source: {
      address: source.address,
      ip: source.ip,
      domain: sourceDomain,
      port: source.port,
      mac: values[ecs.sourceMac],
      bytes: numberIn(ecs.sourceBytes),
      nat: { ip: source.natIp, port: source.natPort },
      user: {
        name: details.sourceUser?.name,
        domain: details.sourceUser?.domain,
        email: details.sourceUser?.email,
        group: { name: details.sourceGroup }
      }
    },
    destination: {
      address: destination.address,
      ip: destination.ip,
      domain: destinationDomain,
      port: destination.port,
      bytes: numberIn(ecs.destinationBytes),
      nat: { ip: destination.natIp, port: destination.natPort },
      user: {
        name: details.destinationUser?.name,
        domain: details.destinationUser?.domain,
        email: details.destinationUser?.email
      }
    },
    client: { user: { name: values[ecs.clientUser] }, ...details.client },
    server: { domain: serverDomain, user: { name: serverUser }, ...details.server },
    user: { name: userName, email: values[ecs.userEmail] },
    network: {
      transport: transport === 'icmpv6' ? 'ipv6-icmp' : transport,
      iana_number: details.ianaNumber,
      protocol: details.protocol,
      type: values[ecs.networkType]?.toLowerCase(),
      direction: details.direction?.toLowerCase(),
      bytes: numberIn(ecs.networkBytes),
      community_id: details.isFlow ? COMMUNITY_ID : undefined
    },
    icmp: details.icmpType === undefined ? undefined : { type: details.icmpType, code: details.icmpCode ?? 0 },
    input: { type: values[ecs.inputType] },
    file: { path: values[ecs.filePath] },
    url,
    user_agent: { original: values[ecs.userAgent] },
    tls: { version: details.tlsVersion, version_protocol: details.tlsProtocol },
    cisco: prefix.product === 'asa' ? { asa: own } : { ftd: own },
    related: {
      ip: distinct(source.ip, source.natIp, destination.ip, destination.natIp),
      user: distinct(
        known(userName),
        known(serverUser),
        known(details.sourceUser?.name),
        known(details.destinationUser?.name)
      ),
      hosts: distinct(
        origin.host,
        destinationDomain,
        sourceDomain,
        details.sourceUser?.domain,
        details.destinationUser?.domain
      )
    }
  }
}

function numberIn(place: number): number | undefined {
  const value = values[place]
  return value === undefined ? undefined : Number(value)
}
