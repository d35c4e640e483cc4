/**
 * The Open Cybersecurity Schema Framework (OCSF), versions 1.0-rc to 1.6, as Amazon Security Lake and many products write it: record →
 * ECS event, as Elastic's Amazon Security Lake integration maps it. The whole record stays below `ocsf.*`.
 */

import { distinct, object } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type Document, own } from '../ndjson/document.ts'
import { userAgent } from '../shared/user-agent.ts'
import { categoriesOfClass, kindOfClass, typesOfClass } from './categories.ts'
import { description } from './description.ts'
import { dnsOf, threatOf, tlsOf, vulnerabilityOf } from './findings-and-protocols.ts'
import {
  device,
  endpoint,
  file,
  hashes,
  listAt,
  numberAt,
  objectAt,
  process,
  textAt,
  user,
  userNames
} from './objects.ts'
import { tidy } from './tidy.ts'

export const ocsf: Parser = {
  name: 'ocsf',
  title: 'OCSF events (Open Cybersecurity Schema Framework; Amazon Security Lake)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description
}

function isOcsf(json: JsonObject | undefined): boolean {
  if (json === undefined) return false
  const uid = classUid(json)
  if (uid === undefined) return false
  const metadata = object(json['metadata'])
  const signs = [
    json['category_uid'],
    json['activity_id'],
    json['type_uid'],
    metadata?.['version'],
    json['severity_id']
  ]
  return signs.filter(sign => sign !== undefined && sign !== null).length >= 3
}

/** Three digits or more: the category's, and the class within it. */
function classUid(json: JsonObject): string | undefined {
  const uid = json['class_uid']
  if (typeof uid === 'number') return Number.isInteger(uid) && uid >= 0 ? String(uid) : undefined
  return typeof uid === 'string' && /^\d{1,9}$/.test(uid) ? uid : undefined
}

function recognise(sample: Sample): number {
  if (sample.lines.length === 0) return 0
  const good = sample.json.filter(isOcsf).length
  return good >= sample.lines.length * 0.8 ? 0.94 : 0
}

function parse(json: JsonObject): Parsed {
  const uid = classUid(json)
  if (uid === undefined) return { ok: false, reason: 'has no class_uid: not an OCSF event' }
  const o = tidy(json)
  rawData(o)
  const timeUs = timeOf(json)
  const metadata = objectAt(o, 'metadata')
  const activity = textAt(o, 'activity_name')
  const identity = textAt(metadata, 'uid')
  const actor = objectAt(o, 'actor')
  const subject = objectAt(o, 'user')
  const acting = objectAt(actor, 'user')
  const target = own(o, 'process') === undefined ? objectAt(actor, 'process') : objectAt(o, 'process')
  const files = objectAt(o, 'file') ?? objectAt(target, 'file')
  const source = endpoint(objectAt(o, 'src_endpoint'))
  const destination = endpoint(objectAt(o, 'dst_endpoint'))
  const traffic = objectAt(o, 'traffic')
  const connection = objectAt(o, 'connection_info')
  const request = objectAt(o, 'http_request')
  const url = objectAt(request, 'url')
  const agent = textAt(request, 'user_agent')
  const host = device(objectAt(o, 'device'))
  const finding = objectAt(o, 'finding') ?? objectAt(o, 'finding_info')
  const cloud = objectAt(o, 'cloud')
  const owner = objectAt(cloud, 'account')
  const duration = numberAt(o, 'duration')
  const category = textAt(o, 'category_name')
  const status = numberAt(objectAt(o, 'http_response'), 'code')
  const applications = distinct(
    textAt(objectAt(o, 'src_endpoint'), 'svc_name')?.toLowerCase(),
    textAt(objectAt(o, 'dst_endpoint'), 'svc_name')?.toLowerCase()
  )
  const sourceIp = ipIn(source)
  const destinationIp = ipIn(destination)
  const acted = user(acting)
  if (subject !== undefined && acted !== undefined) acted['target'] = user(subject)
  return {
    ok: true,
    timeUs,
    kind: uid,
    // A finding that is told again keeps its uid.
    identity: uid.startsWith('2') ? undefined : identity,
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: textAt(o, 'message'),
      event: {
        module: 'ocsf',
        dataset: category === undefined ? 'ocsf.event' : `ocsf.${plain(category)}`,
        kind: kindOfClass(uid),
        category: categoriesOfClass(uid, own(o, 'malware') !== undefined, own(o, 'vulnerabilities') !== undefined),
        type: typesOfClass(uid, activity),
        action: activity?.toLowerCase().replaceAll(/[: ]/g, '-'),
        code: textAt(metadata, 'event_code'),
        duration: duration === undefined ? undefined : duration * 1e6,
        id: identity,
        provider: textAt(metadata, 'log_provider') ?? textAt(objectAt(metadata, 'product'), 'vendor_name'),
        sequence: numberAt(metadata, 'sequence'),
        severity: numberAt(o, 'severity_id'),
        outcome: outcomeOf(own(o, 'status_id')),
        start: textAt(o, 'start_time') ?? textAt(o, 'start_time_dt'),
        end: textAt(o, 'end_time') ?? textAt(o, 'end_time_dt'),
        created: textAt(finding, 'created_time') ?? textAt(finding, 'created_time_dt'),
        risk_score: numberAt(o, 'risk_score'),
        url: textAt(finding, 'src_url')
      },
      cloud: {
        account: { id: textAt(owner, 'uid'), name: textAt(owner, 'name') },
        availability_zone: textAt(cloud, 'zone'),
        project: { id: textAt(cloud, 'project_uid') },
        provider: textAt(cloud, 'provider'),
        region: textAt(cloud, 'region')
      },
      source: { ...source, bytes: numberAt(traffic, 'bytes_out'), packets: numberAt(traffic, 'packets_out') },
      destination: { ...destination, bytes: numberAt(traffic, 'bytes_in'), packets: numberAt(traffic, 'packets_in') },
      network: {
        application: applications,
        bytes: numberAt(traffic, 'bytes'),
        packets: numberAt(traffic, 'packets'),
        direction: directionOf(connection),
        iana_number: textAt(connection, 'protocol_num'),
        transport: textAt(connection, 'protocol_name')?.toLowerCase(),
        type: textAt(connection, 'protocol_ver')?.toLowerCase(),
        vlan: { id: textAt(objectAt(o, 'device'), 'vlan_uid') },
        community_id:
          sourceIp !== undefined && destinationIp !== undefined && connection !== undefined ? COMMUNITY_ID : undefined
      },
      user: acted ?? (subject === undefined ? undefined : { target: user(subject) }),
      process: process(target),
      file: file(files),
      host,
      http: {
        request: {
          id: textAt(request, 'uid'),
          method: textAt(request, 'http_method'),
          referrer: textAt(request, 'referrer')
        },
        response: { status_code: status },
        version: textAt(request, 'version')
      },
      url: {
        original: textAt(url, 'url_string') ?? textAt(url, 'text'),
        domain: textAt(url, 'hostname'),
        path: textAt(url, 'path'),
        port: numberAt(url, 'port'),
        query: textAt(url, 'query_string'),
        scheme: textAt(url, 'scheme'),
        subdomain: textAt(url, 'subdomain')
      },
      user_agent: agent === undefined ? undefined : userAgent(agent),
      dns: dnsOf(o),
      tls: tlsOf(objectAt(o, 'tls')),
      threat: threatOf(listAt(o, 'attacks')),
      vulnerability: vulnerabilityOf(listAt(o, 'vulnerabilities')),
      container: containerOf(objectAt(target, 'container')),
      related: {
        ip: relatedIps(o, sourceIp, destinationIp, host),
        user: distinct(...userNames(acting), ...userNames(objectAt(target, 'user')), ...userNames(subject)),
        hosts: distinct(
          ...((source['domain'] as string[] | undefined) ?? []),
          ...((destination['domain'] as string[] | undefined) ?? []),
          textAt(objectAt(o, 'device'), 'domain'),
          textAt(objectAt(o, 'device'), 'hostname'),
          textAt(objectAt(o, 'device'), 'name')
        ),
        hash: relatedHashes(files)
      },
      ocsf: o
    }
  }
}

/** `raw_data` is the record that the event was made from: an object where it is JSON, else text under another name. */
function rawData(o: Document): void {
  const raw = own(o, 'raw_data')
  if (typeof raw !== 'string') return
  // An exception costs more than the rest of the event: only what can be an object is tried.
  if (isBraced(raw))
    try {
      const value: unknown = JSON.parse(raw)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        o['raw_data'] = tidy({ value: value as JsonObject })['value']
        return
      }
    } catch {
      // Not JSON: text.
    }
  o['raw_data'] = undefined
  o['raw_data_keyword'] = raw
}

function isBraced(text: string): boolean {
  return text.trimStart().startsWith('{') && text.trimEnd().endsWith('}')
}

function timeOf(json: JsonObject): number | undefined {
  const { time, time_dt } = json
  const millis = typeof time === 'string' && /^\d{10,15}$/.test(time) ? Number(time) : time
  if (typeof millis === 'number' && millis > 0 && millis < 253_402_300_799_999) return Math.round(millis) * 1000
  return typeof time_dt === 'string' ? parseIso(time_dt) : undefined
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 48)
}

function outcomeOf(status: unknown): string | undefined {
  return status === '1' ? 'success' : status === '2' ? 'failure' : status === '0' ? 'unknown' : undefined
}

function directionOf(connection: Document | undefined): string[] | undefined {
  const boundary = textAt(connection, 'boundary')
  const direction = textAt(connection, 'direction')
  const words: string[] = []
  if (boundary === 'Internal' || boundary === 'External') words.push(boundary.toLowerCase())
  if (direction === 'Inbound' || direction === 'Outbound') words.push(direction.toLowerCase())
  if (direction === 'Unknown' || boundary === 'Unknown') words.push('unknown')
  return words.length === 0 ? undefined : words
}

function containerOf(of: Document | undefined): Document | undefined {
  if (of === undefined) return undefined
  const image = objectAt(of, 'image')
  const tag = textAt(image, 'tag')
  return {
    id: textAt(of, 'uid'),
    name: textAt(of, 'name'),
    runtime: textAt(of, 'runtime'),
    image: { name: textAt(image, 'name'), tag: tag === undefined ? undefined : [tag] },
    labels: image === undefined ? undefined : own(image, 'labels')
  }
}

function ipIn(end: Document): string | undefined {
  const ip = end['ip']
  return isIp(ip) ? ip : undefined
}

function relatedIps(
  o: Document,
  source: string | undefined,
  destination: string | undefined,
  host: Document | undefined
): string[] | undefined {
  const ips = (host?.['ip'] as string[] | undefined) ?? []
  const proxy = textAt(objectAt(o, 'proxy'), 'ip')
  const forwarded = objectAt(o, 'http_request')?.['x_forwarded_for']
  const more = [source, destination, ...ips, proxy, ...(Array.isArray(forwarded) ? forwarded : [])]
  return distinct(...more.filter((ip): ip is string => isIp(ip)))
}

function relatedHashes(of: Document | undefined): string[] | undefined {
  const found = hashes(of)
  return found === undefined ? undefined : distinct(...Object.values(found as Record<string, string[]>).flat())
}
