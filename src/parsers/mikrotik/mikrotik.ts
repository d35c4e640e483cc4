/**
 * MikroTik's RouterOS: the firewall's log, logins, DHCP leases, PPP sessions, wireless clients, changes. A reader of syslog messages.
 *
 *   message = topic 1*( "," topic ) SP text
 *
 * There is no integration of Elastic's for it: ECS fields, and the rest below `mikrotik`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { readFirewall } from './firewall.ts'
import { factsOf } from './texts.ts'
import { scanTopics } from './topics.ts'

const textMax = 8192

export const mikrotik: MessageReader = {
  name: 'mikrotik',
  title: 'MikroTik RouterOS',
  sign: /,[a-z]/,
  claims: body => scanTopics(body) !== undefined,
  read,
  description
}

const levels: ReadonlySet<string> = new Set(['debug', 'info', 'warning', 'error', 'critical'])

function read({ body, header }: SyslogMessage): ReadMessage | undefined {
  const scanned = scanTopics(body)
  if (scanned === undefined || body.length > textMax) return undefined
  const { topics } = scanned
  const text = body.slice(scanned.end)
  const host = header.host ?? scanned.host
  const level = topics.findLast(topic => levels.has(topic))
  const observer = { vendor: 'MikroTik', product: 'RouterOS', type: 'router', name: host }
  const base = { module: 'mikrotik', dataset: 'mikrotik.log', kind: 'event' }
  const hosts = host === undefined ? undefined : { hostname: host, name: host }
  if (topics.includes('firewall')) {
    const packet = readFirewall(text)
    if (packet !== undefined) {
      const { source, destination } = packet
      const sourceIp = isIp(source.ip) ? source.ip : undefined
      const destinationIp = isIp(destination.ip) ? destination.ip : undefined
      return {
        kind: 'firewall',
        event: {
          message: text,
          event: {
            ...base,
            category: ['network'],
            type: packet.verdict === undefined ? ['connection'] : ['connection', packet.verdict],
            action: packet.chain
          },
          log: { level },
          host: hosts,
          observer: {
            ...observer,
            ingress: { interface: { name: packet.in } },
            egress: { interface: { name: packet.out } }
          },
          rule: { name: packet.prefix },
          source: { ...source, ip: sourceIp, address: source.ip },
          destination: { ...destination, ip: destinationIp, address: destination.ip },
          network: {
            transport: packet.transport,
            type: sourceIp === undefined ? undefined : sourceIp.includes(':') ? 'ipv6' : 'ipv4',
            bytes: packet.length,
            community_id: sourceIp === undefined || destinationIp === undefined ? undefined : COMMUNITY_ID
          },
          icmp: packet.icmp,
          mikrotik: {
            topics,
            chain: packet.chain,
            prefix: packet.prefix,
            connection_state: packet.state,
            tcp_flags: packet.flags
          },
          related: {
            ip: distinct(sourceIp, destinationIp, source.nat?.ip, destination.nat?.ip),
            hosts: distinct(host)
          }
        }
      }
    }
  }
  const facts = factsOf(topics, text)
  const sourceIp = isIp(facts?.source) ? facts.source : undefined
  return {
    kind: 'routeros',
    event: {
      message: text,
      event: {
        ...base,
        category: facts?.category,
        type: facts?.type,
        action: facts?.action,
        outcome: facts?.outcome
      },
      log: { level },
      host: hosts,
      observer,
      user: { name: facts?.user },
      source: { address: facts?.source, ip: sourceIp, port: facts?.port },
      client: { ip: isIp(facts?.clientIp) ? facts.clientIp : undefined, mac: facts?.mac },
      mikrotik: {
        topics,
        via: facts?.via,
        interface: facts?.interfaceName,
        server: facts?.server,
        host_name: facts?.hostName,
        signal: facts?.signal
      },
      related: {
        ip: distinct(sourceIp, isIp(facts?.clientIp) ? facts.clientIp : undefined),
        user: distinct(facts?.user),
        hosts: distinct(host, facts?.hostName)
      }
    }
  }
}
