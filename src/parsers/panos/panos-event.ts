/** A PAN-OS record as an event. */

import { communityId } from '../../core/community-id.ts'
import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { userAgent } from '../shared/user-agent.ts'
import type { Layout } from './columns.ts'
import { categoryOf, labelsOf, subtypeOf, typesOf } from './meanings.ts'
import { panosTime } from './panos.ts'
import { misc, tlsOf } from './parts.ts'

export type PanosHead = {
  readonly type: string
  readonly subtype: string
  readonly version: string
  readonly serial: string
  readonly receivedUs: number | undefined
  readonly generatedUs: number | undefined
  readonly host: string | undefined
  readonly zone: number
  readonly rest: string
}

export function panosEvent(head: PanosHead, layout: Layout | undefined, columns: readonly string[]): EcsEvent {
  const { type, subtype } = head
  const places = layout?.places
  const get = (name: string): string | undefined => {
    const place = places?.get(name)
    return place === undefined ? undefined : columns[place] || undefined
  }
  const count = (name: string): number | undefined => {
    const value = get(name)
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined
  }
  const ip = (name: string): string | undefined => {
    const value = get(name)
    return isIp(value) ? value : undefined
  }
  const own = layout === undefined ? {} : ownFields(layout, columns, head.zone)
  own['type'] = type
  own['sub_type'] = subtype || undefined
  if (type === 'DECRYPTION' || layout === undefined) own['config_version'] = head.version
  const action = get('action')
  if (action !== undefined) own['action'] = actions[action] ?? action
  const threat = own['threat'] as { name?: string; id?: string } | undefined
  if (threat?.name !== undefined) nameThreat(threat)
  const network = own['network'] as { pcap_id?: string; nat?: object } | undefined
  if (network?.pcap_id === '0') delete network.pcap_id
  const protocol = get('protocol')?.toLowerCase()
  const addresses = addressesOf(type, ip)
  const { sourceIp, destinationIp } = addresses
  const sourcePort = count('source.port')
  const destinationPort = count('destination.port')
  const natSource = natOf(addresses.sourceNatIp, count('source.nat.port'))
  const natDestination = natOf(addresses.destinationNatIp, count('destination.nat.port'))
  const natId = natCommunityId(natSource, natDestination, protocol)
  if (natId !== undefined) own['network'] = { ...network, nat: { community_id: natId } }
  const user = panosUser(get('srcuser') ?? get('user_by_source'))
  const target = panosUser(get('dstuser'))
  const names = type === 'AUTHENTICATION' ? distinct(get('user'), get('normalize_user')) : undefined
  const userName = names ?? user?.name
  const startUs = timeIn(get('start_time'), head.zone)
  const seconds = count('elapsed_time') ?? count('login_duration')
  const level = get('severity')
  const agent = get('user_agent')
  const device = get('device_name')
  const hostName = get('machine.name')
  const parts = type === 'THREAT' ? misc(subtype, get('misc')) : undefined
  if (parts?.rest !== undefined) own['misc'] = parts.rest
  const hash = get('file.hash')
  const forwarded = ip('forwarded_ip')
  if (forwarded === undefined && get('forwarded_ip') !== undefined) own['x_forwarded_for'] = get('forwarded_ip')
  const hostIp = ip('host.ip') ?? (type === 'GLOBALPROTECT' ? sourceIp : undefined)
  const isHost = type === 'GLOBALPROTECT' || type === 'HIPMATCH' || type === 'HIP-MATCH'
  if (isHost) delete own['host']
  const tls = type === 'DECRYPTION' ? tlsOf(get, count, head.zone) : undefined
  return {
    message: head.rest,
    event: {
      kind: type === 'THREAT' ? 'alert' : 'event',
      module: 'panw',
      dataset: 'panw.panos',
      category: categoryOf(type),
      type: typesOf(subtype, action),
      action: type === 'CONFIG' ? commandOf(get('cmd')) : subtypeOf(subtype),
      outcome: outcomeOf(type, action, get),
      code: get('event.id'),
      reason: get('event.reason'),
      severity: level === undefined ? undefined : severities[level],
      created: head.receivedUs === undefined ? undefined : isoMs(head.receivedUs),
      start: startUs === undefined ? undefined : isoMs(startUs),
      end: startUs === undefined || seconds === undefined ? undefined : isoMs(startUs + seconds * 1_000_000),
      duration: seconds === undefined ? undefined : seconds * 1_000_000_000
    },
    log: { level },
    labels: labelsOf(get('labels')),
    host: {
      ip: hostIp,
      name: type === 'GLOBALPROTECT' ? hostName : hostName?.toLowerCase(),
      id: isHost ? get('host.id') : undefined,
      mac: get('machine.mac_address')?.replace(/[:.]/g, '-').toUpperCase(),
      os: { family: get('client.os'), full: get('client.os_version') ?? get('machine.os') },
      hostname: undefined
    },
    process: {},
    observer: {
      vendor: 'Palo Alto Networks',
      product: 'PAN-OS',
      type: 'firewall',
      serial_number: head.serial,
      hostname: device,
      geo: { name: get('location') },
      ingress: { zone: get('source.zone'), interface: { name: get('inbound_interface') } },
      egress: { zone: get('destination.zone'), interface: { name: get('outbound_interface') } }
    },
    source: {
      ip: sourceIp,
      port: sourcePort,
      bytes: count('bytes_sent'),
      packets: count('packets_sent'),
      nat: natSource,
      geo: { name: get('srcloc') },
      user: { name: userName, domain: user?.domain, email: get('sender') }
    },
    destination: {
      ip: destinationIp,
      domain: parts?.domain,
      port: destinationPort,
      bytes: count('bytes_received'),
      packets: count('packets_received'),
      nat: natDestination,
      geo: { name: get('dstloc') },
      user: { name: target?.name, domain: target?.domain, email: get('recipient') }
    },
    user: { name: userName, domain: user?.domain, email: get('sender') },
    network: {
      application: get('network.application')?.toLowerCase(),
      transport: protocol,
      type: sourceIp === undefined ? undefined : sourceIp.includes(':') ? 'ipv6' : 'ipv4',
      direction: type === 'THREAT' ? directionOf(get('direction')) : undefined,
      bytes: count('network.bytes'),
      packets: count('network.packets'),
      forwarded_ip: forwarded,
      community_id:
        sourcePort && destinationPort && sourceIp !== undefined && destinationIp !== undefined
          ? COMMUNITY_ID
          : undefined
    },
    rule: { name: get('tunnel_inspection_rule') ?? get('ruleset'), uuid: get('rule_uuid') },
    url: parts?.url,
    file: { path: parts?.filePath, name: parts?.fileName, type: get('file.type') },
    http: {
      version: isSet(get('http2_connection')) ? '2' : undefined,
      request: { method: get('http_method'), referrer: get('referrer') }
    },
    user_agent: agent === undefined ? undefined : (userAgent(agent) ?? { original: agent }),
    tls,
    panw: { panos: own },
    related: {
      ip: distinct(
        sourceIp,
        destinationIp,
        natSource?.ip,
        natDestination?.ip,
        hostIp,
        ip('xff.ip'),
        forwarded,
        ip('remote_user.ip'),
        ip('end_ip_address')
      ),
      user: distinct(...(names ?? []), user?.name, target?.name),
      hosts: distinct(device, hostName?.toLowerCase(), get('dst.host'), get('src.host')) ?? [],
      hash: distinct(hash, get('hash'))
    }
  }
}

/** What is kept below `panw.panos`. */
function ownFields(layout: Layout, values: readonly string[], zone: number): Record<string, unknown> {
  const own: Record<string, unknown> = {}
  const end = Math.min(values.length, layout.columns.length)
  for (let i = 0; i < end; i++) {
    const value = values[i]!
    const { path, as } = layout.columns[i]!
    if (path === undefined || value === '' || (value.charCodeAt(0) === 32 && value.trim() === '')) continue
    let target = own
    for (let p = 0; p < path.length - 1; p++) target = (target[path[p]!] ??= {}) as Record<string, unknown>
    target[path[path.length - 1]!] = as === 'text' ? value : convert(value, as, zone)
  }
  const categories = own['url_category_list']
  if (typeof categories === 'string') own['url_category_list'] = categories.trim().split(',')
  return own
}

function convert(value: string, as: 'number' | 'time' | 'mac', zone: number): unknown {
  if (as === 'number') return /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (as === 'mac') return value.replace(/[:.]/g, '-').toUpperCase()
  const us = panosTime(value, zone)
  return us === undefined ? value : isoMs(us)
}

function timeIn(text: string | undefined, zone: number): number | undefined {
  return text === undefined ? undefined : panosTime(text, zone)
}

function addressesOf(type: string, ip: (name: string) => string | undefined) {
  if (type === 'GLOBALPROTECT') {
    return {
      sourceIp: nonZero(ip('private.ip')) ?? nonZero(ip('private.ipv6')),
      destinationIp: undefined,
      sourceNatIp: nonZero(ip('public.ip')) ?? nonZero(ip('public.ipv6')),
      destinationNatIp: undefined
    }
  }
  return {
    sourceIp: nonZero(ip('source.ipv6')) ?? ip('source.ip'),
    destinationIp: ip('destination.ip'),
    sourceNatIp: ip('source.nat.ip'),
    destinationNatIp: ip('destination.nat.ip')
  }
}

const nonZero = (ip: string | undefined) => (ip === '0.0.0.0' || ip === '::' ? undefined : ip)

type Nat = { readonly ip: string; readonly port: number | undefined }

/** Without translation, address and port are zero. */
function natOf(ip: string | undefined, port: number | undefined): Nat | undefined {
  if (ip === undefined || ((ip === '0.0.0.0' || ip === '::') && !port)) return undefined
  return { ip, port }
}

function natCommunityId(source: Nat | undefined, destination: Nat | undefined, transport: string | undefined) {
  if (source === undefined || destination === undefined || !source.port || !destination.port) return undefined
  return communityId({
    sourceIp: source.ip,
    destinationIp: destination.ip,
    sourcePort: source.port,
    destinationPort: destination.port,
    transport
  })
}

/** `Name(1234)`: name and number. */
function nameThreat(threat: { name?: string; id?: string }): void {
  const text = threat.name!
  const open = text.lastIndexOf('(')
  if (open < 0 || !text.endsWith(')')) return
  const id = text.slice(open + 1, -1).trim()
  if (!/^\d{1,15}$/.test(id)) return
  threat.id = id
  threat.name = id === '9999' ? 'URL-filtering' : text.slice(0, open)
}

function panosUser(
  text: string | undefined
): { readonly name: string; readonly domain: string | undefined } | undefined {
  if (text === undefined) return undefined
  const slash = text.lastIndexOf('\\')
  if (slash > 0) return { name: text.slice(slash + 1), domain: text.slice(0, text.indexOf('\\')) }
  const sign = text.indexOf('@')
  if (sign > 0) return { name: text.slice(0, sign), domain: text.slice(sign + 1) || undefined }
  return { name: text, domain: undefined }
}

function directionOf(text: string | undefined): string {
  if (text === '0' || text === 'client-to-server') return 'inbound'
  return text === '1' || text === 'server-to-client' ? 'outbound' : 'unknown'
}

function outcomeOf(type: string, action: string | undefined, get: (name: string) => string | undefined) {
  switch (type) {
    case 'TRAFFIC':
    case 'START':
    case 'END':
      return action === 'allow' ? 'success' : 'failure'
    case 'THREAT':
      return action === 'alert' || action === 'allow' || action === 'continue' ? 'success' : 'failure'
    case 'CONFIG': {
      const result = get('result')
      return result === 'Succeeded' ? 'success' : result === 'Failed' ? 'failure' : 'unknown'
    }
    case 'GLOBALPROTECT':
      return get('event.status')
    case 'DECRYPTION':
      return get('error_message') === undefined ? 'success' : 'failure'
    case 'AUTHENTICATION':
      return /fail|denied|reject|invalid|timed? ?out/i.test(get('event.result') ?? '') ? 'failure' : 'success'
    case 'CORRELATION':
      return 'success'
    default:
      return undefined
  }
}

const commands: ReadonlySet<string> = new Set('add clone commit delete edit move rename set'.split(' '))
const commandOf = (cmd: string | undefined) => (cmd !== undefined && commands.has(cmd) ? `cmd-${cmd}` : undefined)

const isSet = (value: string | undefined) => value !== undefined && value !== '0'

const severities: Readonly<Record<string, number>> = { critical: 1, high: 2, medium: 3, low: 4, informational: 5 }

const actions: Readonly<Record<string, string>> = {
  'drop icmp': 'drop-icmp',
  'drop ICMP': 'drop-icmp',
  'reset both': 'reset-both',
  'reset client': 'reset-client',
  'reset server': 'reset-server'
}
