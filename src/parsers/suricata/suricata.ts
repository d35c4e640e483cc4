/**
 * Suricata's EVE JSON: every event type of Suricata 6 to 8 as ECS events, mapped as Elastic's `suricata` integration does.
 * What becomes an ECS field leaves `suricata.eve`, everything else stays there under its own path, so that no value is lost.
 *
 * Documented conversions, all reversible: `timestamp` is `@timestamp`, the event's microseconds and `event.timezone` (absent for
 * +0000); `flow_id` is a string; `proto` is in lower case (a copy stays where it was not all upper case); an Ethernet address is
 * written AA-BB-…; a DNS flag that is true is in `dns.header_flags`. Values of a type that the field does not have stay put.
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */

import { distinct, object, text } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { alertOf } from './alert.ts'
import { dhcpClient, ecsMac, emailOf, fileHash, sshHashes, userOf } from './application.ts'
import { type Dns, dnsOf } from './dns.ts'
import { eventTypeOf, isKnownType } from './event-types.ts'
import { trafficOf } from './flow.ts'
import { httpOf } from './http.ts'
import { countOf, keep, type Rest } from './rest.ts'
import { quicTlsOf, type TlsSection, tlsOf } from './tls.ts'

export const suricata: Parser = {
  name: 'suricata',
  title: 'Suricata EVE JSON',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => parse
}

function recognise(sample: Sample): number {
  let lines = 0
  let eve = 0
  for (const record of sample.json) {
    lines++
    if (record === undefined) continue
    const type = record['event_type']
    if (typeof type !== 'string' || typeof record['timestamp'] !== 'string') continue
    if (isKnownType(type) && (object(record[type]) !== undefined || typeof record['flow_id'] === 'number')) eve++
  }
  return lines > 0 && eve / lines >= 0.8 ? 0.98 : 0
}

function parse(line: string, json: JsonObject): Parsed {
  const stamp = json['timestamp']
  if (typeof stamp !== 'string') return { ok: false, reason: 'timestamp is missing' }
  const timeUs = parseIso(stamp)
  if (timeUs === undefined) return { ok: false, reason: 'timestamp is not a time in ISO 8601' }
  const typeName = text(json['event_type'])
  if (typeName === undefined) return { ok: false, reason: 'event_type is missing' }
  const type = eventTypeOf(typeName)
  const appProto = text(json['app_proto'])
  const protocol = protocolOf(appProto, type.protocol)

  const traffic = trafficOf(json)
  const arp = object(json['arp'])
  const sourceAddress = text(json['src_ip'])
  const destinationAddress = text(json['dest_ip'])
  const sourceIp = addressOf(sourceAddress ?? arp?.['src_ip'])
  const destinationIp = addressOf(destinationAddress ?? arp?.['dest_ip'])
  const sourcePort = portOf(json['src_port'])
  const destinationPort = portOf(json['dest_port'])
  const proto = text(json['proto'])
  const transport = proto === undefined ? undefined : transportOf(proto)
  const ether = object(json['ether'])
  const icmpType = countOf(json['icmp_type'])
  const icmpCode = countOf(json['icmp_code'])

  const dnsObject = object(json['dns'])
  const dns = dnsObject && dnsOf(dnsObject, protocol === 'dns' || type.kind === 'dns')
  const tlsObject = object(json['tls'])
  const quicObject = object(json['quic'])
  const tls: TlsSection | undefined = tlsObject ? tlsOf(tlsObject) : quicObject && quicTlsOf(quicObject)
  const httpObject = object(json['http'])
  const http = httpObject && httpOf(httpObject)
  const alertObject = object(json['alert'])
  const alert = alertObject && alertOf(alertObject)
  const fileObject = object(json['fileinfo'])
  const hash = fileObject && fileHash(fileObject)
  const emailObject = object(json['email'])
  const smtpObject = object(json['smtp'])
  const sshObject = object(json['ssh'])
  const dhcpObject = object(json['dhcp'])
  const client = dhcpObject && dhcpClient(dhcpObject)
  const user = userOf(json)

  if (http !== undefined) http.url.domain = http.hostname ?? (protocol === 'http' ? tls?.serverName : undefined)
  const domains = distinct(tls?.serverName, http?.hostname)

  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    message: alert?.message,
    event: {
      kind: type.eventKind,
      module: 'suricata',
      dataset: 'suricata.eve',
      category: type.category,
      type: eventTypes(type.type, traffic?.phase, alert?.action),
      outcome: type.kind === 'http' ? outcomeOf(http?.status) : undefined,
      severity: alert?.severity,
      start: traffic?.start,
      end: traffic?.end,
      duration: traffic?.durationNs,
      timezone: zoneOf(stamp)
    },
    observer: observerOf(json['host']),
    source: {
      address: sourceAddress,
      ip: sourceIp,
      port: sourcePort,
      mac: macOf(ether?.['src_mac'] ?? arp?.['src_mac']),
      bytes: traffic?.sourceBytes,
      packets: traffic?.sourcePackets
    },
    destination: {
      address: destinationAddress,
      domain: domains?.length === 1 ? domains[0] : domains,
      ip: destinationIp,
      port: destinationPort,
      mac: macOf(ether?.['dest_mac'] ?? arp?.['dest_mac']),
      bytes: traffic?.destinationBytes,
      packets: traffic?.destinationPackets
    },
    network: {
      transport,
      protocol,
      community_id:
        text(json['community_id']) ??
        (sourceIp !== undefined &&
        destinationIp !== undefined &&
        hasCommunityId(transport, sourcePort, destinationPort, icmpType)
          ? COMMUNITY_ID
          : undefined),
      bytes: traffic?.networkBytes,
      packets: traffic?.networkPackets,
      vlan: vlanOf(json['vlan'], 0),
      inner: { vlan: vlanOf(json['vlan'], 1) }
    },
    icmp: icmpType === undefined ? undefined : { type: icmpType, code: icmpCode },
    related: {
      ip: relatedIps(dns?.dns, sourceIp, destinationIp),
      hosts: distinct(tls?.serverName, http?.url.domain, client?.hostName),
      hash: relatedHashes(tls, hash, sshObject, json['files']),
      user: user && [user.name]
    },
    rule: alert?.rule,
    threat: alert?.threat,
    dns: dns?.dns,
    http: http?.http,
    url: http?.url,
    user_agent: http?.userAgent,
    tls: tls?.tls,
    file: fileOf(fileObject, hash, alert?.fileName),
    email: emailObject || smtpObject ? emailOf(emailObject, smtpObject) : undefined,
    user,
    client: client && { ip: client.ip, mac: client.mac },
    suricata: {
      eve: restOf(line, json, {
        stamp,
        appProtoMoved: appProto !== undefined && appProto === protocol,
        dns: dns?.rest,
        tls: tlsObject && tls?.rest,
        http: http?.rest,
        alert: alert?.rest,
        flow: traffic?.rest,
        file: fileObject,
        ether
      })
    }
  }
  return { ok: true, event, timeUs, kind: type.kind }
}

type Sections = {
  readonly stamp: string
  readonly appProtoMoved: boolean
  readonly dns: Rest | JsonObject | undefined
  readonly tls: Rest | JsonObject | undefined
  readonly http: Rest | undefined
  readonly alert: Rest | undefined
  readonly flow: Rest | undefined
  readonly file: JsonObject | undefined
  readonly ether: JsonObject | undefined
}

/** The record without what moved: `suricata.eve`. */
function restOf(line: string, json: JsonObject, sections: Sections): Record<string, unknown> {
  const rest: Record<string, unknown> = {}
  for (const key in json) {
    const value = json[key]!
    switch (key) {
      case 'timestamp':
        if (!isCanonical(sections.stamp)) rest[key] = value
        break
      case 'src_ip':
      case 'dest_ip':
        if (text(value) === undefined) rest[key] = value
        break
      case 'src_port':
      case 'dest_port':
        if (typeof value !== 'number' || portOf(value) === undefined) rest[key] = value
        break
      case 'proto':
        if (typeof value !== 'string' || value !== value.toUpperCase()) rest[key] = value
        break
      case 'app_proto':
        if (!sections.appProtoMoved) rest[key] = value
        break
      case 'flow_id':
        rest[key] = flowId(line, value)
        break
      case 'dns':
        rest[key] = sections.dns ?? value
        break
      case 'tls':
        rest[key] = sections.tls ?? value
        break
      case 'http':
        rest[key] = sections.http ?? value
        break
      case 'alert':
        rest[key] = sections.alert ?? value
        break
      case 'flow':
        rest[key] = sections.flow ?? value
        break
      case 'fileinfo':
        rest[key] = sections.file === undefined ? value : fileRest(sections.file)
        break
      case 'ether':
        rest[key] = sections.ether === undefined ? value : etherRest(sections.ether)
        break
      default:
        keep(rest as Rest, key, value)
    }
  }
  return rest
}

/** `2018-10-03T14:42:44.836744+0000`: what `@timestamp`, microseconds and the zone make again. */
function isCanonical(stamp: string): boolean {
  const sign = stamp.charCodeAt(26)
  return (
    stamp.length === 31 &&
    (sign === 43 || sign === 45) &&
    stamp.charCodeAt(10) === 84 &&
    stamp.charCodeAt(19) === 46 &&
    stamp.charCodeAt(17) !== 54
  )
}

/** `-04:00` of a canonical stamp's `-0400`; undefined for +0000 and other forms. */
function zoneOf(stamp: string): string | undefined {
  return stamp.endsWith('+0000') || !isCanonical(stamp) ? undefined : `${stamp.slice(26, 29)}:${stamp.slice(29)}`
}

/** As a string; digits that a double cannot hold are taken from the line itself. */
function flowId(line: string, value: JsonValue): JsonValue {
  if (typeof value !== 'number') return value
  if (Number.isSafeInteger(value)) return String(value)
  const at = line.indexOf('"flow_id":')
  let end = at + 10
  while (end < line.length && end < at + 40 && line.charCodeAt(end) >= 48 && line.charCodeAt(end) <= 57) end++
  return at >= 0 && end > at + 10 ? line.slice(at + 10, end) : value
}

/** `app_proto` in lower case, unless it says that none was found; else the event type's. */
function protocolOf(appProto: string | undefined, ofType: string | undefined): string | undefined {
  switch (appProto) {
    case undefined:
    case 'failed':
    case 'unknown':
    case 'template':
    case 'template-rust':
      return ofType
    default:
      return appProto.toLowerCase()
  }
}

function transportOf(proto: string): string {
  switch (proto) {
    case 'TCP':
      return 'tcp'
    case 'UDP':
      return 'udp'
    case 'ICMP':
      return 'icmp'
    case 'IPv6-ICMP':
      return 'ipv6-icmp'
    default:
      return proto.toLowerCase()
  }
}

function addressOf(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

function portOf(value: JsonValue | undefined): number | undefined {
  const port = typeof value === 'string' && value.length > 0 && value.length < 6 ? Number(value) : value
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535 ? port : undefined
}

function macOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? ecsMac(value) : undefined
}

/** Protocols that Community ID is defined for; those with ports need them, ICMP its type. */
function hasCommunityId(
  transport: string | undefined,
  sourcePort: number | undefined,
  destinationPort: number | undefined,
  icmpType: number | undefined
): boolean {
  switch (transport) {
    case 'tcp':
    case 'udp':
    case 'sctp':
      return sourcePort !== undefined && destinationPort !== undefined
    case 'icmp':
    case 'ipv6-icmp':
      return icmpType !== undefined
    case 'igmp':
    case 'gre':
    case 'esp':
      return true
    default:
      return false
  }
}

/** The type's own words, then the flow's phase, then what was done with the packet. */
function eventTypes(
  own: readonly string[] | undefined,
  phase: string | undefined,
  action: string | undefined
): readonly string[] | undefined {
  if (phase === undefined && action === undefined) return own
  return distinct(...(own ?? []), phase, action)
}

function outcomeOf(status: number | undefined): string | undefined {
  return status === undefined ? undefined : status < 400 ? 'success' : 'failure'
}

const observer = { product: 'Suricata', type: 'ids', vendor: 'OISF', name: undefined }

/** `host` is the name that the sensor's configuration gives it. */
function observerOf(host: JsonValue | undefined): object {
  return typeof host === 'string' && host !== '' ? { ...observer, name: host } : observer
}

/** Outer tag first. */
function vlanOf(vlan: JsonValue | undefined, at: number): { id: string } | undefined {
  const id = Array.isArray(vlan) ? vlan[at] : at === 0 ? vlan : undefined
  return typeof id === 'number' ? { id: String(id) } : undefined
}

function relatedIps(
  dns: Dns | undefined,
  source: string | undefined,
  destination: string | undefined
): string[] | undefined {
  if (dns?.resolved_ip !== undefined) return distinct(...dns.resolved_ip, source, destination)
  if (source === undefined) return destination === undefined ? undefined : [destination]
  return destination === undefined || destination === source ? [source] : [source, destination]
}

function relatedHashes(
  tls: TlsSection | undefined,
  file: ReturnType<typeof fileHash> | undefined,
  ssh: JsonObject | undefined,
  files: JsonValue | undefined
): string[] | undefined {
  if (tls === undefined && file === undefined && ssh === undefined && files === undefined) return undefined
  const hashes: (string | undefined)[] = tls === undefined ? [] : [...tls.hashes]
  if (file !== undefined) hashes.push(file.md5, file.sha1, file.sha256)
  if (ssh !== undefined) hashes.push(...sshHashes(ssh))
  if (Array.isArray(files)) {
    for (const item of files.slice(0, 32)) {
      const one = object(item)
      if (one === undefined) continue
      const { md5, sha1, sha256 } = fileHash(one)
      hashes.push(md5, sha1, sha256)
    }
  }
  return distinct(...hashes)
}

function fileOf(
  fileinfo: JsonObject | undefined,
  hash: ReturnType<typeof fileHash> | undefined,
  name: JsonValue | undefined
): object | undefined {
  if (fileinfo === undefined && name === undefined) return undefined
  return {
    path: text(fileinfo?.['filename']),
    name,
    size: countOf(fileinfo?.['size']),
    hash
  }
}

function fileRest(fileinfo: JsonObject): Rest {
  const rest: Rest = {}
  for (const key in fileinfo) {
    const value = fileinfo[key]
    if (key === 'filename' ? text(value) !== undefined : key === 'size' && countOf(value) !== undefined) continue
    keep(rest, key, value)
  }
  return rest
}

function etherRest(ether: JsonObject): Rest {
  const rest: Rest = {}
  for (const key in ether) {
    const value = ether[key]
    if ((key === 'src_mac' || key === 'dest_mac') && isPlainMac(value)) continue
    keep(rest, key, value)
  }
  return rest
}

/** As Suricata writes it (`00:1a:e9:9d:53:b7`), so that ECS's notation leads back to it. */
function isPlainMac(value: JsonValue | undefined): boolean {
  if (typeof value !== 'string' || value.length !== 17) return false
  return ecsMac(value)?.replaceAll('-', ':').toLowerCase() === value
}
