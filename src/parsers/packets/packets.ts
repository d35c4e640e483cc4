/**
 * What packets said: the records that the decoder of captures makes (`src/packets`), a flow or a transaction each, as events.
 * Laid out as Elastic lays out what Zeek and Suricata say of the same; what ECS has no field for is below `packets`.
 */

import { distinct, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { isInternal } from '../netflow/locality.ts'
import { netflow } from '../netflow/netflow.ts'
import { description } from './description.ts'
import { dhcpPart } from './dhcp.ts'
import { dnsPart } from './dns.ts'
import { capturePart, flowPart } from './flow.ts'
import { httpPart } from './http.ts'
import type { Part } from './part.ts'
import { sshPart } from './ssh.ts'
import { tlsPart } from './tls.ts'

export const packets: Parser = {
  name: 'packets',
  title: 'Packet captures: flows, DNS, TLS, HTTP, DHCP, SSH',
  input: 'json',
  framing: 'lines',
  recognise,
  open(context) {
    // A capture may hold exports of flows.
    const exported = netflow.open(context)
    return (line, json) => (text(json['type'])?.startsWith('netflow_') ? exported(line, json) : parse(json))
  },
  description
}

const parts: ReadonlyMap<string, (json: JsonObject, section: JsonObject) => Part> = new Map([
  ['packets_flow', flowPart],
  ['packets_capture', capturePart],
  ['packets_dns', dnsPart],
  ['packets_tls', tlsPart],
  ['packets_http', httpPart],
  ['packets_dhcp', dhcpPart],
  ['packets_ssh', sshPart]
])

function recognise(sample: Sample): number {
  const records = sample.json.slice(0, 20)
  if (records.length === 0) return 0
  const good = records.filter(json => json !== undefined && parts.has(text(json['type']) ?? '')).length
  return good >= records.length * 0.8 ? 0.97 : 0
}

const none: JsonObject = {}

function parse(json: JsonObject): Parsed {
  const type = text(json['type'])
  const part = type === undefined ? undefined : parts.get(type)
  if (type === undefined || part === undefined) return { ok: false, reason: 'no record of packets' }
  const timeUs = parseIso(text(json['timestamp']) ?? '')
  if (timeUs === undefined) return { ok: false, reason: 'timestamp is not a time in ISO 8601' }
  const kind = type.slice('packets_'.length)
  const made = part(json, object(json[kind]) ?? none)
  const sourceIp = addressOf(json['src_ip'])
  const destinationIp = addressOf(json['dest_ip'])
  const transport = text(json['transport'])
  const vlan = Array.isArray(json['vlan']) ? json['vlan'] : []
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: made.kind ?? 'event',
      module: 'packets',
      dataset: `packets.${kind}`,
      category: made.category ?? ['network'],
      type: made.type ?? ['protocol', 'info'],
      action: made.action,
      outcome: made.outcome,
      start: made.endUs === undefined ? undefined : isoMs(timeUs),
      end: made.endUs === undefined ? undefined : isoMs(made.endUs),
      duration: made.durationNs
    },
    source: { address: sourceIp, ip: sourceIp, port: numberOf(json['src_port']), ...made.source },
    destination: { address: destinationIp, ip: destinationIp, port: numberOf(json['dest_port']), ...made.destination },
    network: {
      transport,
      protocol: made.protocol,
      type: sourceIp === undefined ? undefined : sourceIp.includes(':') ? 'ipv6' : 'ipv4',
      direction: directionOf(sourceIp, destinationIp),
      community_id: sourceIp === undefined || destinationIp === undefined ? undefined : COMMUNITY_ID,
      vlan: { id: textOf(vlan[0]) },
      inner: { vlan: { id: textOf(vlan[1]) } },
      ...made.network
    },
    related: {
      ip: distinct(sourceIp, destinationIp, ...(made.ips ?? [])),
      hosts: made.hosts && distinct(...made.hosts),
      hash: made.hashes && distinct(...made.hashes),
      user: made.users && distinct(...made.users)
    },
    ...made.fields
  }
  return { ok: true, event, timeUs, kind }
}

function addressOf(value: unknown): string | undefined {
  return isIp(value) ? value : undefined
}

function directionOf(source: string | undefined, destination: string | undefined): string | undefined {
  if (source === undefined || destination === undefined) return undefined
  const [from, to] = [isInternal(source), isInternal(destination)]
  return from ? (to ? 'internal' : 'outbound') : to ? 'inbound' : 'external'
}
