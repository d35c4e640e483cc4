/**
 * AWS Site-to-Site VPN's logs, as JSON: the tunnels' activity (IKE, IPsec, dead peer detection) and their BGP sessions.
 * First stage of the pipeline: record → ECS event. Elastic has no mapping for them; the names below `aws.vpn` are AWS's own.
 *   tunnel  {"event_timestamp": seconds, "timestamp", "details", "dpd_enabled", "nat_t_detected", "ike_phase1_state", "ike_phase2_state"}
 *   BGP     {"resource_id", "event_timestamp", "timestamp", "type": "BGPStatus" | "RouteStatus", "status", "message": {"details", …}}
 * https://docs.aws.amazon.com/vpn/latest/s2svpn/log-contents.html
 */

import { distinct, object, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { timeOf } from '../aws/finding.ts'
import { ipOf, keepRest } from '../aws/values.ts'
import { description } from './description.ts'

function parse(_line: string, json: JsonObject): Parsed {
  if (!isTunnel(json) && !isBgp(json))
    return { ok: false, reason: 'neither a tunnel record (ike_phase1_state) nor a BGP record (resource_id, type)' }
  const timeUs = timeOf(json['event_timestamp']) ?? timeOf(json['timestamp'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `event_timestamp` or `timestamp`' }
  const bgp = isBgp(json)
  const message = object(json['message'])
  const details = text(json['details']) ?? text(message?.['details']) ?? text(json['message'])
  const status = text(json['status'])
  const type = text(json['type'])
  const peer = bgp && details !== undefined ? addressAfter(details, 'neighbor ') : peerOf(details)
  const vpn: Record<string, unknown> = {}
  keepRest(vpn, json, details === undefined || message !== undefined ? knownMessage : known)
  if (message !== undefined) {
    const rest: Record<string, unknown> = {}
    keepRest(rest, message, details === undefined ? none : knownDetails)
    vpn['message'] = rest
  }
  if (details !== undefined) vpn['details'] = details
  const down = json['ike_phase1_state'] === 'down' || status === 'DOWN'
  return {
    ok: true,
    timeUs,
    kind: bgp ? 'bgp' : 'tunnel',
    event: {
      '@timestamp': isoMs(timeUs),
      message: details,
      event: {
        module: 'aws',
        dataset: 'aws.vpn_logs',
        kind: 'event',
        category: ['network'],
        type: ['connection'],
        action: bgp
          ? [type, status]
              .filter(part => part !== undefined)
              .join('-')
              .toLowerCase()
          : undefined,
        outcome: failures.some(failure => details?.includes(failure)) || (bgp && down) ? 'failure' : undefined
      },
      network: { protocol: bgp ? 'bgp' : 'ike' },
      source: peer === undefined ? undefined : { address: peer, ip: peer },
      related: { ip: distinct(peer) },
      cloud: { provider: 'aws' },
      observer: { vendor: 'AWS', product: 'Site-to-Site VPN', type: 'vpn' },
      aws: { vpn }
    }
  }
}

const known = new Set(['details', 'message'])
const knownMessage = new Set(['message'])
const knownDetails = new Set(['details'])
const none = new Set<string>()

/** Of the messages that AWS documents, those in which something was refused or has ended. */
const failures = [
  'mismatch',
  'unsuccessful',
  'AUTHENTICATION_FAILED',
  'No Proposal Match',
  'timed out',
  'Timeout',
  'TS_UNACCEPTABLE',
  'not responsive',
  'unable to establish',
  'prefix limit was exceeded'
]

function peerOf(details: string | undefined): string | undefined {
  return details === undefined ? undefined : (addressAfter(details, 'cgw: ') ?? addressAfter(details, 'from CGW: '))
}

function addressAfter(details: string, words: string): string | undefined {
  const at = details.indexOf(words)
  if (at < 0) return undefined
  let from = at + words.length
  if (details.startsWith('{ip: ', from)) from += 5
  let end = from
  while (end < details.length && end - from < 46 && !' ,;)}'.includes(details[end]!)) end++
  return ipOf(details.slice(from, end).replace(/\.$/, ''))
}

function isTunnel(json: JsonObject): boolean {
  return textOf(json['ike_phase1_state']) !== undefined && json['ike_phase2_state'] !== undefined
}

function isBgp(json: JsonObject): boolean {
  const type = json['type']
  return (type === 'BGPStatus' || type === 'RouteStatus') && json['resource_id'] !== undefined
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (json['event_timestamp'] !== undefined && (isTunnel(json) || isBgp(json))) own++
  }
  return objects > 0 && own >= objects * 0.8 ? 0.95 : 0
}

export const awsVpn: Parser = {
  name: 'aws-vpn',
  title: 'AWS Site-to-Site VPN logs (JSON: tunnels, BGP)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
