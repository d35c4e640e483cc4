/** Messages of DHCP. */

import { numberOf, text } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import type { Part } from './part.ts'

const kept = [
  'operation',
  'transaction',
  'requested_ip',
  'assigned_ip',
  'server_ip',
  'relay_ip',
  'router_ip',
  'subnet_mask',
  'dns_ip',
  'domain',
  'fqdn',
  'vendor_class'
]

export function dhcpPart(_json: JsonObject, dhcp: JsonObject): Part {
  const message = text(dhcp['message'])
  const hostname = text(dhcp['hostname'])
  const mac = text(dhcp['client_mac'])
  const ips = ['assigned_ip', 'client_ip', 'requested_ip'].map(name => text(dhcp[name]))
  const address = ips.find(ip => ip !== undefined)
  return {
    type: ['protocol', message === 'nak' || message === 'decline' ? 'denied' : 'info'],
    action: message === undefined ? undefined : `dhcp-${message}`,
    protocol: 'dhcp',
    ips: [...ips, text(dhcp['server_ip'])],
    hosts: [hostname, text(dhcp['fqdn'])],
    fields: {
      client: { address, ip: address, mac, domain: hostname },
      packets: {
        dhcp: {
          ...Object.fromEntries(kept.map(name => [name, text(dhcp[name])])),
          message,
          hostname,
          lease_seconds: numberOf(dhcp['lease_seconds'])
        }
      }
    }
  }
}
