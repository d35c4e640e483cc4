/**
 * Flows of NetFlow 5, NetFlow 9 and IPFIX, decoded (flow-decoder.ts), as events. Laid out as Elastic's integration `netflow`.
 */

import { distinct, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { description } from './description.ts'
import { isInternal } from './locality.ts'

export const netflow: Parser = {
  name: 'netflow',
  title: 'NetFlow 5, NetFlow 9, IPFIX',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description
}

function recognise(sample: Sample): number {
  const records = sample.json.slice(0, 20)
  if (records.length === 0) return 0
  const good = records.filter(json => json !== undefined && isFlow(json)).length
  return good >= records.length * 0.8 ? 0.95 : 0
}

function isFlow(json: JsonObject): boolean {
  const type = json['type']
  return (
    (type === 'netflow_flow' || type === 'netflow_options') &&
    object(json['netflow']) !== undefined &&
    object(json['exporter']) !== undefined
  )
}

const transports: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  132: 'sctp'
}

function parse(json: JsonObject): Parsed {
  if (!isFlow(json)) return { ok: false, reason: 'no record of a flow export' }
  const fields = object(json['netflow'])!
  const exporter = object(json['exporter'])!
  const type = json['type'] as string
  const timeUs = parseIso(text(json['timestamp']) ?? '')
  const number = (...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const value = numberOf(fields[name])
      if (value !== undefined) return value
    }
    return undefined
  }
  const address = text(exporter['address'])
  const observerIp = address === undefined ? undefined : hostOf(address)
  const flow = type === 'netflow_flow'
  const sourceIp = textOf(fields['source_ipv4_address']) ?? textOf(fields['source_ipv6_address'])
  const destinationIp = textOf(fields['destination_ipv4_address']) ?? textOf(fields['destination_ipv6_address'])
  const six = fields['source_ipv6_address'] !== undefined || fields['destination_ipv6_address'] !== undefined
  const four = fields['source_ipv4_address'] !== undefined || fields['destination_ipv4_address'] !== undefined
  const sourceInside = isIp(sourceIp) ? isInternal(sourceIp) : undefined
  const destinationInside = isIp(destinationIp) ? isInternal(destinationIp) : undefined
  const protocol = number('protocol_identifier')
  const bytes = number('octet_delta_count', 'octet_total_count', 'initiator_octets')
  const packets = number('packet_delta_count', 'packet_total_count', 'initiator_packets')
  const backBytes = number('reverse_octet_delta_count', 'reverse_octet_total_count', 'responder_octets')
  const backPackets = number('reverse_packet_delta_count', 'reverse_packet_total_count', 'responder_packets')
  const source = {
    ip: sourceIp,
    port: number('source_transport_port', 'tcp_source_port', 'udp_source_port'),
    mac: textOf(fields['source_mac_address']),
    bytes,
    packets,
    locality: localityOf(sourceInside)
  }
  const destination = {
    ip: destinationIp,
    port: number('destination_transport_port', 'tcp_destination_port', 'udp_destination_port'),
    mac: textOf(fields['destination_mac_address']),
    bytes: backBytes,
    packets: backPackets,
    locality: localityOf(destinationInside)
  }
  const biflow = number('biflow_direction')
  // The exporter saw the answer first.
  const [client, server] = biflow === 2 ? [destination, source] : [source, destination]
  const times = flow ? timesOf(fields, exporter, timeUs, number) : undefined
  const icmp = protocol === 1 || protocol === 58 ? icmpOf(number) : undefined
  return {
    ok: true,
    timeUs,
    kind: flow ? 'flow' : 'options',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: {
        kind: 'event',
        module: 'netflow',
        dataset: 'netflow.log',
        category: biflow === undefined ? ['network'] : ['network', 'session'],
        action: type,
        type: flow ? ['connection'] : undefined,
        start: times?.start,
        end: times?.end,
        duration: times?.duration
      },
      observer: { ip: observerIp === undefined ? undefined : [observerIp] },
      flow: flow
        ? {
            locality:
              sourceInside === undefined && destinationInside === undefined
                ? undefined
                : localityOf(sourceInside !== false && destinationInside !== false)
          }
        : undefined,
      source: flow ? client : undefined,
      destination: flow ? server : undefined,
      client: flow && biflow !== undefined ? client : undefined,
      server: flow && biflow !== undefined ? server : undefined,
      network: flow
        ? {
            transport: protocol === undefined ? undefined : (transports[protocol] ?? String(protocol)),
            iana_number: protocol === undefined ? undefined : String(protocol),
            type: four && six ? ['ipv4', 'ipv6'] : six ? 'ipv6' : four ? 'ipv4' : undefined,
            bytes: sum(bytes, backBytes),
            packets: sum(packets, backPackets),
            name: textOf(fields['wlan_ssid']),
            direction: directionOf(sourceInside, destinationInside, number('flow_direction')),
            community_id: isIp(sourceIp) && isIp(destinationIp) && protocol !== undefined ? COMMUNITY_ID : undefined
          }
        : undefined,
      icmp,
      user: { name: textOf(fields['user_name']) ?? textOf(fields['username']) },
      netflow: { ...fields, exporter, type },
      related: {
        ip: distinct(sourceIp, destinationIp),
        user: distinct(textOf(fields['user_name']) ?? textOf(fields['username']))
      }
    }
  }
}

type Numbers = (...names: readonly string[]) => number | undefined

/** Start and end: told as times, or relative to the exporter's start, whose age it tells. */
function timesOf(fields: JsonObject, exporter: JsonObject, exportedUs: number | undefined, number: Numbers) {
  let start = timeIn(fields, 'flow_start')
  let end = timeIn(fields, 'flow_end')
  const uptime = numberOf(exporter['uptime_millis'])
  if (uptime !== undefined && uptime > 0 && exportedUs !== undefined) {
    const first = number('flow_start_sys_up_time')
    const last = number('flow_end_sys_up_time')
    if (first !== undefined && first <= uptime) start ??= exportedUs - (uptime - first) * 1000
    if (last !== undefined && last <= uptime) end ??= exportedUs - (uptime - last) * 1000
  }
  const milliseconds = number('flow_duration_milliseconds')
  let durationUs = milliseconds === undefined ? number('flow_duration_microseconds') : milliseconds * 1000
  if (start !== undefined && end !== undefined && end >= start) durationUs = end - start
  else if (durationUs !== undefined && durationUs < 1e15) {
    if (start !== undefined) end ??= start + durationUs
    else if (end !== undefined) start = end - durationUs
  }
  return {
    start: iso(start),
    end: iso(end),
    duration: durationUs === undefined || durationUs > 1e12 ? undefined : Math.round(durationUs) * 1000
  }
}

function timeIn(fields: JsonObject, name: string): number | undefined {
  for (const unit of ['milliseconds', 'microseconds', 'nanoseconds', 'seconds']) {
    const value = text(fields[`${name}_${unit}`])
    if (value !== undefined) return parseIso(value)
  }
  return undefined
}

const iso = (us: number | undefined) =>
  us === undefined || us < 0 || us > 253_402_300_799_000_000 ? undefined : isoMs(us)

/** Type and code, in elements of their own, in one, or where the destination's port stands. */
function icmpOf(number: Numbers): { readonly type: number; readonly code: number } | undefined {
  const type = number('icmp_type_ipv4', 'icmp_type_ipv6')
  if (type !== undefined) return { type, code: number('icmp_code_ipv4', 'icmp_code_ipv6') ?? 0 }
  const both = number('icmp_type_code_ipv4', 'icmp_type_code_ipv6') ?? number('destination_transport_port')
  return both === undefined || both > 65535 || both < 0 ? undefined : { type: both >> 8, code: both & 255 }
}

function hostOf(address: string): string | undefined {
  const colon = address.lastIndexOf(':')
  const host = (colon < 0 ? address : address.slice(0, colon)).replace(/^\[|\]$/g, '')
  return isIp(host) && host !== '0.0.0.0' ? host : undefined
}

const localityOf = (inside: boolean | undefined) =>
  inside === undefined ? undefined : inside ? 'internal' : 'external'

function directionOf(source: boolean | undefined, destination: boolean | undefined, told: number | undefined): string {
  if (source !== undefined && destination !== undefined)
    return source ? (destination ? 'internal' : 'outbound') : destination ? 'inbound' : 'external'
  return told === 0 ? 'inbound' : told === 1 ? 'outbound' : 'unknown'
}

const sum = (one: number | undefined, other: number | undefined) => (one === undefined ? undefined : one + (other ?? 0))
