/**
 * LOG lines of Linux's packet filter (iptables, ip6tables, nftables, UFW, firewalld, Shorewall, Ubiquiti's routers): a reader of syslog
 * messages, laid out as Elastic's iptables integration does. `label.ts` reads the rule's prefix, `packet.ts` the packet.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { readLabel, typeOf } from './label.ts'
import { type Packet, readPacket } from './packet.ts'

export const iptables: MessageReader = {
  name: 'iptables',
  title: 'Packets logged by iptables, nftables, UFW, firewalld and Ubiquiti',
  description,
  sign: / OUT=| PROTO=/,
  claims: (body, program) => packetAt(body) >= 0 || isCut(body, program),
  read
}

/** A prefix is at most 127 characters (nftables), after the kernel's uptime. */
const prefixMax = 200

/** Where `IN=` stands, or -1 where the text is no packet. */
function packetAt(body: string): number {
  const out = body.indexOf(' OUT=')
  if (out < 3 || out > prefixMax + 64) return -1
  const at = body.lastIndexOf('IN=', out - 1)
  if (at < 0 || body.indexOf(' ', at) !== out) {
    const before = body.indexOf(' ', at)
    // "IN=br0 PHYSIN=eth1 OUT=br0"
    if (at < 0 || !body.startsWith(' PHYSIN=', before)) return -1
  }
  const physical = body.startsWith('PHYSIN=', at - 4) ? body.lastIndexOf('IN=', at - 5) : at
  if (physical < 0) return -1
  if (body.indexOf(' SRC=', out) < 0 && body.indexOf(' MAC=', out) < 0 && body.indexOf(' ARP ', out) < 0) return -1
  return body.indexOf(' LEN=', out) > 0 || body.indexOf(' PROTO=', out) > 0 || body.indexOf(' ARP ', out) > 0
    ? physical
    : -1
}

/** UniFi gateways send packets whose beginning is cut off: `kernel: TL=126 ID=4622 DF PROTO=TCP SPT=389 …`. */
function isCut(body: string, program: string | undefined): boolean {
  if (program === undefined || !program.endsWith('kernel')) return false
  const equals = body.indexOf('L=')
  return equals >= 0 && equals < 8 && body.indexOf(' PROTO=', equals) > 0 && body.indexOf(' SPT=', equals) > 0
}

function read(message: SyslogMessage): ReadMessage | undefined {
  const { header, body, text } = message
  const at = packetAt(body)
  if (at < 0 && !isCut(body, header.program)) return undefined
  const packet = readPacket(body, Math.max(at, 0))
  // A tag that is not the kernel's is the rule's prefix ("Jan  8 03:37:09 DENY: IN=eth0 …").
  const { program, host } = header
  const kernel = program === undefined || isLogger(program)
  const prefix = body.slice(0, Math.max(at, 0))
  const label = readLabel(kernel || at < 0 ? prefix : `${program}: ${prefix}`)
  const logger = program !== undefined && isUserland(program) ? program : 'kernel'
  const event = eventOf(packet, label, kernel ? host : undefined)
  event['message'] = text.slice(header.restAt)
  event['process'] = { name: logger, pid: header.pid }
  return { event, kind: 'packet' }
}

function isLogger(program: string): boolean {
  return program.endsWith('kernel') || isUserland(program)
}

function isUserland(program: string): boolean {
  return program.startsWith('ulogd') || program.startsWith('nflog')
}

function eventOf(packet: Packet, label: ReturnType<typeof readLabel>, observer: string | undefined): EcsEvent {
  const sourceIp = isIp(packet.source) ? packet.source : undefined
  const destinationIp = isIp(packet.destination) ? packet.destination : undefined
  const hardware = hardwareOf(packet)
  const protocol = packet.protocol?.toLowerCase() || undefined
  const numeric = protocol !== undefined && /^\d{1,3}$/.test(protocol)
  const verdict = typeOf(label.action)
  const both = sourceIp !== undefined && destinationIp !== undefined
  const type = verdict === undefined ? (both ? ['connection'] : undefined) : both ? [verdict, 'connection'] : [verdict]
  const dash = label.ruleSet?.indexOf('-') ?? -1
  const zones = dash < 0 ? undefined : [label.ruleSet!.slice(0, dash), label.ruleSet!.slice(dash + 1)]
  return {
    event: {
      kind: 'event',
      module: 'iptables',
      dataset: 'iptables.log',
      category: ['network'],
      type,
      action: label.action
    },
    source: {
      address: packet.source || undefined,
      ip: sourceIp,
      port: packet.sourcePort,
      mac: hardware.source
    },
    destination: {
      address: packet.destination || undefined,
      ip: destinationIp,
      port: packet.destinationPort,
      mac: hardware.destination
    },
    network: {
      transport: numeric ? undefined : protocol === 'icmpv6' ? 'ipv6-icmp' : protocol === 'arp' ? undefined : protocol,
      protocol: protocol === 'arp' ? 'arp' : undefined,
      iana_number: numeric ? protocol : undefined,
      type: networkType(hardware.etherType, sourceIp),
      vlan: packet.vlan === undefined ? undefined : { id: packet.vlan },
      community_id: both ? COMMUNITY_ID : undefined
    },
    icmp: packet.icmpType === undefined ? undefined : { type: packet.icmpType, code: packet.icmpCode },
    observer: {
      name: observer,
      ingress: {
        zone: zones?.[0],
        interface: packet.input === undefined || packet.input === '' ? undefined : { name: packet.input }
      },
      egress: {
        zone: zones?.[1],
        interface: packet.output === undefined || packet.output === '' ? undefined : { name: packet.output }
      }
    },
    rule: {
      id: label.ruleNumber,
      name: label.ruleSet ?? label.prefix,
      description: label.description
    },
    user: packet.userId === undefined ? undefined : { id: packet.userId },
    group: packet.groupId === undefined ? undefined : { id: packet.groupId },
    related: { ip: distinct(sourceIp, destinationIp) },
    iptables: fieldsOf(packet, label, hardware.etherType, zones)
  }
}

function fieldsOf(
  packet: Packet,
  label: ReturnType<typeof readLabel>,
  etherType: number | undefined,
  zones: readonly string[] | undefined
): object {
  const { inner } = packet
  return {
    prefix: label.prefix,
    ether_type: etherType,
    input_device: packet.input,
    output_device: packet.output,
    physical_input_device: packet.physicalInput,
    physical_output_device: packet.physicalOutput,
    length: packet.length,
    tos: packet.tos,
    precedence_bits: packet.precedence,
    ttl: packet.ttl,
    id: packet.id,
    flow_label: packet.flowLabel,
    fragment_flags: packet.fragmentFlags,
    fragment_offset: packet.fragmentOffset,
    incomplete_bytes: packet.incomplete,
    mark: packet.mark,
    spi: packet.spi,
    arp_operation: packet.arpOperation,
    tcp: {
      seq: packet.tcpSeq,
      ack: packet.tcpAck,
      window: packet.tcpWindow,
      reserved_bits: packet.tcpReserved,
      flags: packet.tcpFlags,
      urgent: packet.urgent === 0 ? undefined : packet.urgent
    },
    udp: { length: packet.udpLength },
    icmp: {
      type: packet.icmpType,
      code: packet.icmpCode,
      id: packet.icmpId,
      seq: packet.icmpSeq,
      parameter: packet.icmpParameter,
      redirect: packet.icmpRedirect,
      mtu: packet.icmpMtu,
      about:
        inner === undefined
          ? undefined
          : {
              source_ip: inner.source,
              source_port: inner.sourcePort,
              destination_ip: inner.destination,
              destination_port: inner.destinationPort,
              transport: inner.protocol?.toLowerCase()
            }
    },
    ubiquiti:
      label.ruleSet === undefined
        ? undefined
        : { rule_set: label.ruleSet, rule_number: label.ruleNumber, input_zone: zones?.[0], output_zone: zones?.[1] }
  }
}

type Hardware = {
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly etherType: number | undefined
}

/** `MAC=` is the frame's header as bytes: destination, source, EtherType, and for some devices more. */
function hardwareOf(packet: Packet): Hardware {
  const { mac } = packet
  if (mac === undefined || mac === '')
    return {
      source: macText(packet.macSource),
      destination: macText(packet.macDestination),
      etherType: packet.etherType
    }
  return {
    destination: macText(mac.slice(0, 17)),
    source: macText(mac.slice(18, 35)),
    etherType: mac.length >= 41 && mac[38] === ':' ? byteAt(mac, 36) * 256 + byteAt(mac, 39) : undefined
  }
}

function byteAt(mac: string, at: number): number {
  const value = Number('0x' + mac.slice(at, at + 2))
  return Number.isInteger(value) ? value : 0
}

/** `00:11:22:aa:bb:cc` as ECS writes it, or undefined if it is not one. */
function macText(mac: string | undefined): string | undefined {
  if (mac === undefined || mac.length !== 17) return undefined
  for (let i = 0; i < 17; i++) {
    const c = mac.charCodeAt(i)
    const hex = (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)
    if (i % 3 === 2 ? c !== 58 : !hex) return undefined
  }
  return mac.replaceAll(':', '-').toUpperCase()
}

function networkType(etherType: number | undefined, ip: string | undefined): string | undefined {
  if (etherType === 0x0800) return 'ipv4'
  if (etherType === 0x86dd) return 'ipv6'
  return ip === undefined || etherType !== undefined ? undefined : ip.includes(':') ? 'ipv6' : 'ipv4'
}
