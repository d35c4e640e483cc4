/**
 * AWS Network Firewall's logs (alert, flow, TLS), as JSON: Suricata's EVE records inside an envelope that names the firewall.
 * First stage of the pipeline: record → ECS event, as Elastic's aws/firewall_logs maps it.
 *   {"firewall_name", "availability_zone", "event_timestamp": seconds, "event": {EVE record}}
 * What the mapping has no field for is kept below `aws.firewall`. https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html
 */

import { distinct, list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { ipOf, ipTypeOf, keepRest, portOf, regionOfZone, tlsVersion } from '../aws/values.ts'
import { present } from '../cloudtrail/leaves.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { description } from './description.ts'

function parse(line: string, json: JsonObject): Parsed {
  const record = object(json['event'])
  if (record === undefined) return { ok: false, reason: 'no `event` object: not a Network Firewall record' }
  const stamp = textOf(record['timestamp'])
  const timeUs =
    (stamp === undefined ? undefined : (parseIso(stamp) ?? unixUs(stamp))) ?? unixUs(textOf(json['event_timestamp']))
  if (timeUs === undefined) return { ok: false, reason: 'no time in `event.timestamp` or `event_timestamp`' }

  const type = text(record['event_type'])
  const sourceAddress = text(record['src_ip'])
  const sourceIp = ipOf(sourceAddress)
  const destinationAddress = text(record['dest_ip'])
  const destinationIp = ipOf(destinationAddress)
  const alert = object(record['alert'])
  const http = object(record['http'])
  const tls = object(record['tls'])
  const tcp = object(record['tcp'])
  const flow = object(record['netflow']) ?? object(record['flow'])
  const action = text(alert?.['action'])
  const category = alert?.['category']
  const ruleId = textOf(alert?.['signature_id'])
  const appProto = text(record['app_proto'])
  const sni = text(tls?.['sni']) ?? text(record['sni'])
  const hostname = text(http?.['hostname'])
  const url = http === undefined ? undefined : urlParts(textOf(http['url']) ?? '')
  const protocol = text(http?.['protocol'])
  const agent = text(http?.['http_user_agent'])
  const zone = text(json['availability_zone'])
  const version = tlsVersion(text(tls?.['version']))
  const flags = text(tcp?.['tcp_flags'])
  const icmpType = numberOf(record['icmp_type'])

  const kept: Record<string, unknown> = {
    event_timestamp: textOf(json['event_timestamp']),
    event_type: type,
    flow: flowOf(line, record, flow),
    app_proto: appProto === 'failed' ? appProto : undefined,
    tcp_flags: flags,
    tcp_flags_array: flags === undefined ? undefined : flagList(flags)
  }
  keepRest(kept, json, knownOuter)
  keepRest(kept, record, knownRecord)
  keepSection(kept, 'alert', alert, knownAlert)
  keepSection(kept, 'http', http, knownHttp)
  keepSection(kept, 'tls', tls, version === undefined ? knownTlsWithoutVersion : knownTls)
  keepSection(kept, 'tcp', tcp, knownTcp)

  return {
    ok: true,
    timeUs,
    kind: type ?? 'event',
    event: {
      '@timestamp': isoMs(timeUs),
      message: typeof category === 'string' ? category : undefined,
      event: {
        module: 'aws',
        dataset: 'aws.firewall_logs',
        kind: type === 'alert' ? 'alert' : 'event',
        category: ['network'],
        type: action === undefined ? ['connection'] : ['connection', action === 'blocked' ? 'denied' : action],
        severity: numberOf(alert?.['severity'])
      },
      source: { address: sourceAddress, ip: sourceIp, port: portOf(record['src_port']) },
      destination: {
        address: destinationAddress,
        ip: destinationIp,
        port: portOf(record['dest_port']),
        domain: sni ?? hostname
      },
      network: {
        transport: text(record['proto'])?.toLowerCase(),
        protocol: appProto === undefined || appProto === 'failed' ? 'unknown' : appProto,
        type: ipTypeOf(sourceIp),
        community_id: sourceIp === undefined || destinationIp === undefined ? undefined : COMMUNITY_ID
      },
      icmp: icmpType === undefined ? undefined : { type: icmpType, code: numberOf(record['icmp_code']) },
      rule:
        alert === undefined
          ? undefined
          : {
              id: ruleId,
              name: text(alert['signature']) ?? ruleId,
              category: text(category),
              version: textOf(alert['rev'])
            },
      http:
        http === undefined
          ? undefined
          : {
              request: { method: text(http['http_method']), referrer: text(http['http_refer']) },
              response: { status_code: numberOf(http['status']), mime_type: text(http['http_content_type']) },
              version: protocol?.startsWith('HTTP/') ? protocol.slice(5) : undefined
            },
      url,
      user_agent: agent === undefined ? undefined : userAgent(agent),
      tls: tls === undefined ? sniOnly(sni) : tlsOf(tls, sni, version),
      related: {
        ip: distinct(sourceIp, destinationIp),
        hosts: distinct(url?.domain, sni, hostname === undefined || ipOf(hostname) !== undefined ? undefined : hostname)
      },
      cloud: { provider: 'aws', availability_zone: zone, region: regionOfZone(zone) },
      observer: {
        name: text(json['firewall_name']),
        type: 'firewall',
        vendor: 'AWS',
        product: 'Network Firewall'
      },
      aws: { firewall: kept }
    }
  }
}

const knownOuter = new Set(['firewall_name', 'availability_zone', 'event_timestamp', 'event'])
const knownRecord = new Set(
  'timestamp event_type src_ip src_port dest_ip dest_port proto app_proto flow_id alert http tls tcp netflow flow sni icmp_type icmp_code'.split(
    ' '
  )
)
const knownAlert = new Set(['signature_id', 'signature', 'category', 'severity', 'rev'])
const knownHttp = new Set(
  'hostname url http_user_agent http_method protocol http_refer status http_content_type'.split(' ')
)
const knownTlsWithoutVersion = new Set('sni certificate chain serial subject issuerdn notbefore notafter'.split(' '))
const knownTls = new Set([...knownTlsWithoutVersion, 'version'])
const knownTcp = new Set(['tcp_flags'])

function keepSection(
  kept: Record<string, unknown>,
  name: string,
  section: JsonObject | undefined,
  known: ReadonlySet<string>
): void {
  if (section === undefined) return
  const rest: Record<string, unknown> = {}
  keepRest(rest, section, known)
  kept[name] = rest
}

function sniOnly(sni: string | undefined) {
  return sni === undefined ? undefined : { client: { server_name: sni } }
}

function tlsOf(tls: JsonObject, sni: string | undefined, version: ReturnType<typeof tlsVersion>) {
  const notBefore = text(tls['notbefore'])
  const notAfter = text(tls['notafter'])
  return {
    version: version?.version,
    version_protocol: version?.name,
    client: { server_name: sni, ja3: text(object(tls['ja3'])?.['hash']) },
    server: {
      ja3s: text(object(tls['ja3s'])?.['hash']),
      subject: text(tls['subject']),
      issuer: text(tls['issuerdn']),
      certificate: text(tls['certificate']),
      certificate_chain: distinct(...list(tls['chain']).map(text)),
      x509: {
        serial_number: text(tls['serial'])?.replaceAll(':', ''),
        not_before: notBefore === undefined ? undefined : isoOr(notBefore),
        not_after: notAfter === undefined ? undefined : isoOr(notAfter)
      }
    }
  }
}

/** In UTC with milliseconds; what is no time stays as it is. */
function isoOr(stamp: string): string {
  const us = parseIso(stamp)
  return us === undefined ? stamp : isoMs(us)
}

/** The record's counters, and the flow's id, whole: JSON numbers above 2^53 would be rounded. */
function flowOf(line: string, record: JsonObject, flow: JsonObject | undefined) {
  const id = record['flow_id']
  const whole = typeof id === 'number' && !Number.isSafeInteger(id) ? digitsAfter(line, '"flow_id":') : textOf(id)
  if (flow === undefined) return { id: whole }
  const kept = present(flow)
  return typeof kept === 'object' && !Array.isArray(kept) ? { ...kept, id: whole } : { id: whole }
}

function digitsAfter(line: string, key: string): string | undefined {
  const at = line.indexOf(key)
  if (at < 0) return undefined
  let from = at + key.length
  while (line.charCodeAt(from) === 32) from++
  let end = from
  while (end - from < 20 && line.charCodeAt(end) >= 48 && line.charCodeAt(end) <= 57) end++
  return end === from ? undefined : line.slice(from, end)
}

const flagNames = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const

/** Suricata writes the flags as two hexadecimal digits. */
function flagList(flags: string): string[] | undefined {
  if (flags.length > 4) return undefined
  const bits = Number.parseInt(flags, 16)
  return Number.isNaN(bits) ? undefined : flagNames.filter((_name, bit) => (bits & (1 << bit)) !== 0)
}

/** Unix seconds as text. */
function unixUs(stamp: string | undefined): number | undefined {
  const seconds = numberOf(stamp)
  return seconds === undefined || seconds <= 0 || seconds > 253_402_300_799
    ? undefined
    : Math.round(seconds * 1_000_000)
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (text(json['firewall_name']) !== undefined && isOwn(object(json['event']))) own++
  }
  return objects > 0 && own >= objects * 0.8 ? 0.95 : 0
}

function isOwn(event: JsonObject | undefined): boolean {
  return (
    event !== undefined &&
    (event['src_ip'] !== undefined || event['event_type'] !== undefined || event['sni'] !== undefined)
  )
}

export const awsNetworkFirewall: Parser = {
  name: 'aws-network-firewall',
  title: 'AWS Network Firewall logs (JSON: alert, flow, TLS)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
