/**
 * Juniper's SRX firewalls: sessions, screens, intrusions, web filtering and malware, as structured data of RFC 5424
 * (`set security log format sd-syslog`), and sessions also as text. A reader of syslog messages.
 *
 *   <14>1 stamp host RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.… source-address="…" source-port="…" …]
 *
 * Laid out as Elastic's integration `juniper_srx`: keys in snake case below `juniper.srx`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import { isoMs } from '../../core/time.ts'
import { transports } from '../shared/transports.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { meaningOf } from './meanings.ts'
import { sessionFields } from './session-text.ts'

export const juniperSrx: MessageReader = {
  name: 'juniper-srx',
  title: 'Juniper SRX',
  programs: ['RT_FLOW', 'RT_UTM', 'RT_IDP', 'RT_IDS', 'RT_AAMW', 'RT_SECINTEL'],
  read,
  description
}

const absent: ReadonlySet<string> = new Set(['', 'None', 'UNKNOWN', 'N/A', '-'])
const levels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notification', 'informational', 'debug']
const keysMax = 256

const snakes = new Map<string, string>()
const snakesMax = 1024

/** `source-address` → `source_address` */
function snakeOf(key: string): string {
  const known = snakes.get(key)
  if (known !== undefined) return known
  const made = key.replaceAll('-', '_')
  if (snakes.size < snakesMax) snakes.set(key, made)
  return made
}

function read({ header, body }: SyslogMessage): ReadMessage | undefined {
  const own: Record<string, unknown> = {}
  let tag = header.msgId
  const structured = header.structured as Record<string, Record<string, string> | undefined> | undefined
  if (structured !== undefined) {
    let keys = 0
    for (const id of Object.keys(structured)) {
      const element = structured[id]
      if (typeof element !== 'object' || element === null) continue
      for (const key of Object.keys(element)) {
        const value = element[key]
        if (
          key === '__proto__' ||
          typeof value !== 'string' ||
          (value.length <= 7 && absent.has(value)) ||
          ++keys > keysMax
        )
          continue
        own[snakeOf(key)] = value
      }
    }
    // Kept below `juniper.srx`, not once more below `log.syslog`.
    header.structured = undefined
  } else {
    const colon = body.indexOf(':')
    if (colon < 0 || colon > 64) return undefined
    tag = body.slice(0, colon).trim()
    if (!/^[A-Z][A-Z0-9_]+$/.test(tag)) return undefined
    sessionFields(body.slice(colon + 1).trim(), own)
  }
  if (tag === undefined) return undefined
  const take = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = own[name]
      if (typeof value !== 'string') continue
      own[name] = undefined
      return value
    }
    return undefined
  }
  const count = (...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const value = own[name]
      if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) continue
      own[name] = undefined
      return Number(value)
    }
    return undefined
  }
  const program = header.program!
  const meaning = meaningOf(program, tag, own['attack_name'] as string | undefined)
  const seconds = count('elapsed_time', 'duration')
  const { timeUs } = header
  const source = {
    ip: take('source_address', 'sourceip'),
    port: count('source_port'),
    bytes: count('bytes_from_client', 'outbound_bytes'),
    packets: count('packets_from_client', 'outbound_packets'),
    nat: { ip: take('nat_source_address'), port: count('nat_source_port') },
    user: { name: take('username') }
  }
  const destination = {
    ip: take('destination_address'),
    port: count('destination_port'),
    bytes: count('bytes_from_server', 'inbound_bytes'),
    packets: count('packets_from_server', 'inbound_packets'),
    nat: { ip: take('nat_destination_address'), port: count('nat_destination_port') }
  }
  const number = take('protocol_id')
  const risk = take('application_risk', 'urlcategory_risk')
  const url = program === 'RT_UTM' ? { domain: take('url'), path: take('obj') } : undefined
  own['tag'] = tag
  own['process'] = program
  return {
    kind: program.toLowerCase(),
    event: {
      message: take('message') ?? (body === '' ? undefined : body),
      event: {
        kind: meaning.alert ? 'alert' : 'event',
        module: 'juniper_srx',
        dataset: 'juniper_srx.log',
        category: meaning.category,
        type: meaning.type,
        action: meaning.action,
        outcome: 'success',
        severity: header.priority < 0 ? undefined : header.priority,
        risk_score: risk !== undefined && /^\d{1,3}(\.\d{1,6})?$/.test(risk) ? Number(risk) : undefined,
        start: timeUs === undefined || seconds === undefined ? undefined : isoMs(timeUs - seconds * 1_000_000),
        end: timeUs === undefined || seconds === undefined ? undefined : isoMs(timeUs),
        duration: seconds === undefined ? undefined : seconds * 1_000_000_000
      },
      log: { level: header.priority < 0 ? undefined : levels[header.priority & 7] },
      process: { name: program, pid: header.pid },
      observer: {
        vendor: 'Juniper',
        product: 'SRX',
        type: 'firewall',
        name: header.host,
        ingress: {
          zone: take('source_zone_name', 'source_zone'),
          interface: { name: take('packet_incoming_interface', 'source_interface_name', 'interface_name') }
        },
        egress: {
          zone: take('destination_zone_name', 'destination_zone'),
          interface: { name: take('destination_interface_name') }
        }
      },
      source,
      destination,
      client: { ...source, user: undefined, nat: { port: source.nat.port } },
      server: { ...destination, nat: { port: destination.nat.port } },
      network: {
        iana_number: number,
        transport: number === undefined ? undefined : transports[number],
        protocol: program === 'RT_UTM' ? take('protocol') : program === 'RT_IDP' ? take('protocol_name') : undefined,
        bytes: sum(source.bytes, destination.bytes),
        packets: sum(source.packets, destination.packets),
        community_id:
          number !== undefined && number !== '1' && isIp(source.ip) && isIp(destination.ip) ? COMMUNITY_ID : undefined
      },
      rule:
        program === 'RT_IDP'
          ? { name: take('rulebase_name'), id: take('rule_name') }
          : { name: program === 'RT_IDS' ? undefined : take('policy_name') },
      url,
      file: { name: program === 'RT_UTM' ? take('filename') : undefined },
      juniper: { srx: own },
      related: {
        ip: distinct(source.ip, destination.ip, source.nat.ip, destination.nat.ip),
        user: distinct(source.user.name),
        hosts: distinct(url?.domain, header.host)
      }
    }
  }
}

const sum = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? undefined : one + other
