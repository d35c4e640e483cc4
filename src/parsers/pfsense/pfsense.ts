/**
 * `filterlog`: what pfSense's and OPNsense's packet filters log, comma separated, in syslog. A reader of syslog messages.
 *
 *   record = rule "," [ sub-rule ] "," [ anchor ] "," tracker "," interface "," reason "," action "," direction "," ip
 *   ip     = "4," tos "," ecn "," ttl "," id "," offset "," flags "," number "," protocol "," rest
 *          | "6," class "," flow-label "," hop-limit "," protocol "," number "," rest
 *   rest   = length "," source "," destination [ "," tcp | "," udp | "," icmp … ]
 *   tcp    = port "," port "," length "," flags "," seq "," ack "," window "," urgent "," options *( ";" options )
 *
 * Laid out as Elastic's integration `pfsense`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { icmpFields } from './icmp.ts'

const lineMax = 4096

export const pfsense: MessageReader = {
  name: 'pfsense',
  title: 'pfSense and OPNsense packet filter (filterlog)',
  programs: ['filterlog', '(filterlog)'],
  read,
  description
}

function read({ body, header }: SyslogMessage): ReadMessage | undefined {
  if (body.length > lineMax) return undefined
  const parts = body.split(',')
  if (parts.length < 14) return undefined
  const six = parts[8] === '6'
  if (!six && parts[8] !== '4') return undefined
  // Where length, source and destination stand.
  const at = six ? 14 : 17
  const source = parts[at + 1]
  const destination = parts[at + 2]
  if (!isIp(source) || !isIp(destination)) return undefined
  const transport = (six ? parts[12] : parts[16])?.toLowerCase() || undefined
  const number = (six ? parts[13] : parts[15]) || undefined
  const rest = at + 3
  const hasPorts = transport === 'tcp' || transport === 'udp'
  const action = parts[6] || undefined
  const interfaceName = parts[4] || undefined
  const dot = interfaceName === undefined ? -1 : interfaceName.lastIndexOf('.')
  const vlan = dot < 0 ? undefined : digits(interfaceName!.slice(dot + 1))
  const type = ['connection']
  if (action === 'block' || action === 'reject') type.push('denied')
  else if (action === 'pass') type.push('allowed')
  const tracker = parts[3] || undefined
  // OPNsense's rules are known by the MD5 of something, pfSense's by a number.
  const opnsense = tracker?.length === 32
  const icmp = transport?.includes('icmp') ? icmpFields(parts, rest) : undefined
  const direction = parts[7]
  return {
    kind: 'filterlog',
    event: {
      event: {
        kind: 'event',
        module: 'pfsense',
        dataset: 'pfsense.log',
        provider: 'filterlog',
        category: ['network'],
        type,
        action,
        reason: parts[5] || undefined
      },
      observer: {
        vendor: opnsense ? 'deciso' : 'netgate',
        product: opnsense ? 'OPNsense' : undefined,
        type: 'firewall',
        name: isIp(header.host) ? undefined : header.host,
        ip: isIp(header.host) ? header.host : undefined,
        ingress: { interface: { name: interfaceName }, vlan: { id: vlan } }
      },
      process: { name: 'filterlog', pid: header.pid },
      rule: { id: tracker },
      source: { address: source, ip: source, port: hasPorts ? count(parts[rest]) : undefined },
      destination: { address: destination, ip: destination, port: hasPorts ? count(parts[rest + 1]) : undefined },
      network: {
        type: six ? 'ipv6' : 'ipv4',
        transport,
        iana_number: number,
        direction: direction === 'in' ? 'inbound' : direction === 'out' ? 'outbound' : undefined,
        bytes: count(parts[at]),
        packets: transport === 'igmp' ? lengthOf(parts[rest]) : undefined,
        vlan: { id: vlan },
        community_id: COMMUNITY_ID
      },
      icmp: icmp?.ids,
      pfsense: {
        rule: { number: parts[0] || undefined, sub_number: parts[1] || undefined, anchor: parts[2] || undefined },
        ip: six
          ? { tos: parts[9] || undefined, flow_label: parts[10] || undefined, ttl: count(parts[11]) }
          : {
              tos: parts[9] || undefined,
              ecn: parts[10] || undefined,
              ttl: count(parts[11]),
              id: count(parts[12]),
              offset: count(parts[13]),
              flags: parts[14] || undefined
            },
        tcp: transport === 'tcp' ? tcpFields(parts, rest) : undefined,
        udp: transport === 'udp' ? { length: count(parts[rest + 2]) } : undefined,
        icmp: icmp?.fields,
        // CARP, IPsec and others.
        other: hasPorts || icmp !== undefined || transport === 'igmp' ? undefined : parts.slice(rest)
      },
      related: { ip: distinct(destination, source) }
    }
  }
}

function tcpFields(parts: readonly string[], at: number): object {
  const seq = parts[at + 4]
  // "4100:4200" where the segment has a length.
  const colon = seq === undefined ? -1 : seq.indexOf(':')
  return {
    length: count(parts[at + 2]),
    flags: parts[at + 3] || undefined,
    seq: count(colon < 0 ? seq : seq!.slice(0, colon)),
    ack: count(parts[at + 5]),
    window: count(parts[at + 6]),
    urg: parts[at + 7] || undefined,
    options: parts[at + 8] ? parts[at + 8]!.split(';') : undefined
  }
}

/** `datalength=8`. */
function lengthOf(text: string | undefined): number | undefined {
  return text?.startsWith('datalength=') ? count(text.slice(11)) : undefined
}

export function count(text: string | undefined): number | undefined {
  return text === undefined || digits(text) === undefined ? undefined : Number(text)
}

function digits(text: string): string | undefined {
  if (text === '' || text.length > 15) return undefined
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 48 || c > 57) return undefined
  }
  return text
}
