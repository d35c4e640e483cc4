/** The parts of a record's 5-tuple and link layer, checked: what is not an address, a port or a tag is left where it was. */

import { isIp } from '../../core/ip.ts'
import type { JsonValue } from '../../core/parser.ts'
import { ecsMac } from './application.ts'

export function transportOf(proto: string): string {
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

export function addressOf(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

export function portOf(value: JsonValue | undefined): number | undefined {
  const port = typeof value === 'string' && value.length > 0 && value.length < 6 ? Number(value) : value
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535 ? port : undefined
}

export function macOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? ecsMac(value) : undefined
}

/** Protocols that Community ID is defined for; those with ports need them, ICMP its type. */
export function hasCommunityId(
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

/** Outer tag first. */
export function vlanOf(vlan: JsonValue | undefined, at: number): { id: string } | undefined {
  const id = Array.isArray(vlan) ? vlan[at] : at === 0 ? vlan : undefined
  return typeof id === 'number' ? { id: String(id) } : undefined
}
