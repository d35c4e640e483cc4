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
import type { EcsEvent, JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { alertOf } from './alert.ts'
import { dhcpClient, emailOf, fileHash, sshHashes, userOf } from './application.ts'
import { description } from './description.ts'
import { type Dns, dnsOf } from './dns.ts'
import { addressOf, hasCommunityId, macOf, portOf, transportOf, vlanOf } from './endpoints.ts'
import { eventTypeOf, isKnownType } from './event-types.ts'
import { trafficOf } from './flow.ts'
import { httpOf } from './http.ts'
import { isCanonical, restOf } from './leftovers.ts'
import { countOf } from './rest.ts'
import { quicTlsOf, type TlsSection, tlsOf } from './tls.ts'

export const suricata: Parser = {
  name: 'suricata',
  title: 'Suricata EVE JSON',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => parse,
  description
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

/** `-04:00` of a canonical stamp's `-0400`; undefined for +0000 and other forms. */
function zoneOf(stamp: string): string | undefined {
  return stamp.endsWith('+0000') || !isCanonical(stamp) ? undefined : `${stamp.slice(26, 29)}:${stamp.slice(29)}`
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
