/**
 * Security events of Firepower Threat Defense, messages 430001 to 430005: `Key: value, Key: value, …`, where a value may hold
 * commas and colons. Every value is kept under `cisco.ftd.security_event` or `cisco.ftd.security`, as Elastic's integration has it.
 * After "Cisco Secure Firewall Threat Defense Syslog Messages", chapter "Security Event Syslog Messages".
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import type { ReadMessage } from '../syslog/reader.ts'
import { meaningOf } from './meanings.ts'
import type { Origin } from './origin.ts'
import type { Prefix } from './prefix.ts'
import { eventKeys, numberKeys, securityKeys } from './security-keys.ts'

const pairsMax = 128

export function readSecurityEvent(text: string, prefix: Prefix, origin: Origin, level: string): ReadMessage {
  const pairs = keysAndValues(text)
  const security: Record<string, unknown> = {}
  const event: Record<string, unknown> = {}
  for (const [key, value] of pairs) {
    if (value === '') continue
    const name = Object.hasOwn(eventKeys, key) ? eventKeys[key]! : undefined
    if (name === undefined) {
      security[Object.hasOwn(securityKeys, key) ? securityKeys[key]! : snakeCase(key)] = value
    } else event[name] = numberKeys.has(name) && /^\d{1,15}$/.test(value) ? Number(value) : value
  }
  const get = (key: string) => pairs.get(key) || undefined
  const count = (key: string) => {
    const value = get(key)
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined
  }
  const meaning = meaningOf(prefix.number, undefined)
  const finished = prefix.number === '430003'
  const durationS = count('ConnectionDuration')
  const firstUs = parseIso(get('FirstPacketSecond') ?? '')
  const startUs = finished ? origin.timeUs : firstUs
  const source = get('SrcIP')
  const destination = get('DstIP')
  const protocol = get('Protocol')?.toLowerCase()
  const original = get('URL') ?? get('URI')
  const url = original === undefined ? undefined : urlParts(original)
  const agent = get('UserAgent')
  const user = get('User')
  const question = get('DNSQuery')
  const questionType = get('DNSRecordType')
  const hash = get('FileSHA256') ?? get('ArchiveSHA256')
  const sourceBytes = count('InitiatorBytes')
  const destinationBytes = count('ResponderBytes')
  const malware = prefix.number === '430005' && /^(Malware|Custom Detection)$/.test(get('SHA_Disposition') ?? '')
  const outcomes = [get('AccessControlRuleAction'), get('InlineResult'), get('SSLActualAction')]
    .filter(one => one !== undefined)
    .map(one => one.toLowerCase())
  const icmpType = count('ICMPType')
  const rules = [get('ACPolicy'), get('AccessControlRuleName'), get('IntrusionPolicy'), get('FilePolicy')].filter(
    one => one !== undefined
  )
  return {
    timeUs: origin.timeUs,
    kind: 'ftd',
    event: {
      '@timestamp': origin.timeUs === undefined ? undefined : isoMs(origin.timeUs),
      message: get('Message') ?? text,
      event: {
        kind: malware ? 'alert' : 'event',
        module: 'cisco_ftd',
        dataset: 'cisco_ftd.log',
        category: meaning.category,
        type: meaning.type,
        action: meaning.action,
        outcome: outcomes.length === 1 ? outcomes[0] : outcomes,
        code: prefix.number,
        severity: prefix.severity,
        timezone: origin.timezone,
        start: startUs === undefined ? undefined : isoMs(startUs),
        end:
          finished && startUs !== undefined && durationS !== undefined
            ? isoMs(startUs + durationS * 1_000_000)
            : undefined,
        duration: durationS === undefined ? undefined : durationS * 1_000_000_000
      },
      log: { level },
      host: { hostname: get('NetBIOSDomain') ?? origin.host, name: origin.host },
      process: origin.process === undefined ? {} : { name: origin.process, pid: origin.pid },
      observer: {
        vendor: 'Cisco',
        product: 'ftd',
        type: 'idps',
        hostname: origin.host,
        ingress: { zone: get('IngressZone'), interface: { name: get('IngressInterface') } },
        egress: { zone: get('EgressZone'), interface: { name: get('EgressInterface') } }
      },
      source: {
        address: source,
        ip: isIp(source) ? source : undefined,
        port: count('SrcPort'),
        bytes: sourceBytes,
        packets: count('InitiatorPackets'),
        nat: { ip: get('NAT_InitiatorIP'), port: count('NAT_InitiatorPort') }
      },
      destination: {
        address: destination,
        ip: isIp(destination) ? destination : undefined,
        port: count('DstPort'),
        bytes: destinationBytes,
        packets: count('ResponderPackets'),
        nat: { ip: get('NAT_ResponderIP'), port: count('NAT_ResponderPort') }
      },
      client: { address: get('originalClientSrcIP'), ip: get('originalClientSrcIP') },
      server: { domain: get('SSLServerName') },
      network: {
        transport: protocol,
        iana_number: protocolNumber(protocol),
        protocol: get('ApplicationProtocol')?.toLowerCase(),
        application: application(get('Client'), get('WebApplication')),
        bytes: sourceBytes === undefined || destinationBytes === undefined ? undefined : sourceBytes + destinationBytes,
        community_id: isIp(source) && isIp(destination) ? COMMUNITY_ID : undefined
      },
      icmp: icmpType === undefined ? undefined : { type: icmpType, code: count('ICMPCode') },
      dns: {
        question: { name: question, type: recordTypes[questionType?.toLowerCase() ?? ''] ?? questionType },
        response_code:
          responseCodes[get('DNSResponseType')?.toLowerCase() ?? ''] ??
          get('DNSResponseType') ??
          (questionType === undefined ? undefined : 'NOERROR')
      },
      file: { name: get('FileName') ?? get('ArchiveFileName'), size: count('FileSize'), hash: { sha256: hash } },
      http: {
        request: { referrer: get('HTTPReferer') },
        response: { status_code: count('HTTPResponse') }
      },
      url:
        url === undefined ? { domain: get('ReferencedHost') } : { ...url, domain: url.domain ?? get('ReferencedHost') },
      user: { name: user === undefined ? undefined : user.slice(user.lastIndexOf('\\') + 1), id: user },
      user_agent: agent === undefined ? undefined : (userAgent(agent) ?? { original: agent }),
      rule: {
        name: get('AccessControlRuleName'),
        ruleset: get('ACPolicy') ?? get('IntrusionPolicy') ?? get('FilePolicy'),
        id: get('SID'),
        version: get('Revision'),
        description: prefix.number === '430001' ? get('Message') : undefined
      },
      service: { id: get('GID') },
      cisco: {
        ftd: {
          rule_name: rules.length === 1 ? rules[0] : rules,
          source_interface: get('IngressInterface'),
          destination_interface: get('EgressInterface'),
          threat_category: get('ThreatName'),
          threat_level: get('ThreatScore'),
          security,
          security_event: event
        }
      },
      related: {
        ip: distinct(
          isIp(source) ? source : undefined,
          get('NAT_InitiatorIP'),
          isIp(destination) ? destination : undefined,
          get('NAT_ResponderIP'),
          get('EncryptPeerIP')
        ),
        user: distinct(user === undefined ? undefined : user.slice(user.lastIndexOf('\\') + 1)),
        hosts: distinct(get('NetBIOSDomain'), origin.host),
        hash: distinct(hash)
      }
    }
  }
}

/** A comma parts two pairs where a key and its colon follow: letters, digits, blanks and underlines. */
function keysAndValues(text: string): Map<string, string> {
  const pairs = new Map<string, string>()
  let keyAt = 0
  let colon = text.indexOf(':')
  while (colon > 0 && pairs.size < pairsMax) {
    let end = text.length
    let nextColon = -1
    for (let comma = text.indexOf(',', colon); comma >= 0; comma = text.indexOf(',', comma + 1)) {
      let at = comma + 1
      while (at < text.length && at - comma < 64 && isKeyCode(text.charCodeAt(at))) at++
      if (at > comma + 1 && text.charCodeAt(at) === 58) {
        end = comma
        nextColon = at
        break
      }
    }
    const key = text.slice(keyAt, colon).trim()
    if (!pairs.has(key)) pairs.set(key, text.slice(colon + 1, end).trim())
    keyAt = end + 1
    colon = nextColon
  }
  return pairs
}

function isKeyCode(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 32 || c === 95
}

/** `DeviceUUID` → `device_uuid`, `Some Key` → `some_key`. */
function snakeCase(key: string): string {
  let out = ''
  let lowerBefore = false
  for (let i = 0; i < key.length && i < 64; i++) {
    const c = key[i]!
    const upper = c >= 'A' && c <= 'Z'
    if (upper && lowerBefore) out += '_'
    out += c === ' ' || c === '.' ? '_' : c.toLowerCase()
    lowerBefore = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
  }
  return out
}

function application(client: string | undefined, web: string | undefined): string | string[] | undefined {
  if (client !== undefined && web !== undefined) return [client.toLowerCase(), web.toLowerCase()]
  return (client ?? web)?.toLowerCase()
}

function protocolNumber(protocol: string | undefined): string | undefined {
  return protocol === 'tcp' ? '6' : protocol === 'udp' ? '17' : protocol === 'icmp' ? '1' : undefined
}

const recordTypes: Readonly<Record<string, string>> = {
  'a host address': 'A',
  'ip6 address': 'AAAA',
  'text strings': 'TXT',
  'a domain name pointer': 'PTR',
  'an authoritative name server': 'NS',
  'the canonical name for an alias': 'CNAME',
  'marks the start of a zone of authority': 'SOA',
  'mail exchange': 'MX',
  'server selection': 'SRV'
}

const responseCodes: Readonly<Record<string, string>> = {
  'non-existent domain': 'NXDOMAIN',
  'server failure': 'SERVFAIL',
  'query refused': 'REFUSED',
  'no error': 'NOERROR'
}
