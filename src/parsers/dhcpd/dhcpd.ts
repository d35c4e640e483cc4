/**
 * DHCP as ISC's dhcpd tells it (and dhcrelay, dhclient, udhcpd; dnsmasq's own form is in `dnsmasq/`): who got which address. A reader
 * of syslog messages. Field names as in Elastic's pfSense integration, where it reads the same daemon.
 *
 *   DHCPDISCOVER from MAC [(name)] via INTERFACE[: reason]      DHCPOFFER on IP to MAC [(name)] via INTERFACE
 *   DHCPREQUEST for IP [(server)] from MAC [(name)] via INTERFACE[: reason]    DHCPACK on IP to MAC [(name)] via INTERFACE
 */

import type { Fields } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { Phrase } from '../shared/phrases.ts'
import { description } from './description.ts'

const protocol = 'connection protocol info'
const refused = 'connection protocol denied'

const server: readonly Phrase[] = [
  ['DHCPDISCOVER from {client.mac} ({dhcp.client.hostname>}) via {place*}', 'dhcpdiscover', 'network', protocol],
  ['DHCPDISCOVER from {client.mac} via {place*}', 'dhcpdiscover', 'network', protocol],
  [
    'DHCPOFFER on {client.address} to {client.mac} ({dhcp.client.hostname>}) via {place*}',
    'dhcpoffer',
    'network',
    protocol
  ],
  ['DHCPOFFER on {client.address} to {client.mac} via {place*}', 'dhcpoffer', 'network', protocol],
  [
    'DHCPREQUEST for {client.address} ({server.address}) from {client.mac} ({dhcp.client.hostname>}) via {place*}',
    'dhcprequest',
    'network',
    protocol
  ],
  [
    'DHCPREQUEST for {client.address} ({server.address}) from {client.mac} via {place*}',
    'dhcprequest',
    'network',
    protocol
  ],
  [
    'DHCPREQUEST for {client.address} from {client.mac} ({dhcp.client.hostname>}) via {place*}',
    'dhcprequest',
    'network',
    protocol
  ],
  ['DHCPREQUEST for {client.address} from {client.mac} via {place*}', 'dhcprequest', 'network', protocol],
  [
    'DHCPACK on {client.address} to {client.mac} ({dhcp.client.hostname>}) via {place*}',
    'dhcpack',
    'network',
    protocol,
    'success'
  ],
  ['DHCPACK on {client.address} to {client.mac} via {place*}', 'dhcpack', 'network', protocol, 'success'],
  ['DHCPACK to {client.address} ({client.mac}) via {place*}', 'dhcpack', 'network', protocol, 'success'],
  ['DHCPNAK on {client.address} to {client.mac} via {place*}', 'dhcpnak', 'network', refused, 'failure'],
  [
    'DHCPDECLINE of {client.address} from {client.mac} ({dhcp.client.hostname>}) via {place*}',
    'dhcpdecline',
    'network',
    refused,
    'failure'
  ],
  ['DHCPDECLINE of {client.address} from {client.mac} via {place*}', 'dhcpdecline', 'network', refused, 'failure'],
  [
    'DHCPRELEASE of {client.address} from {client.mac} ({dhcp.client.hostname>}) via {place*}',
    'dhcprelease',
    'network',
    'connection protocol end'
  ],
  [
    'DHCPRELEASE of {client.address} from {client.mac} via {place*}',
    'dhcprelease',
    'network',
    'connection protocol end'
  ],
  ['DHCPINFORM from {client.address} via {place*}', 'dhcpinform', 'network', protocol],
  ['DHCPEXPIRE on {client.address} to {client.mac}', 'dhcpexpire', 'network', 'connection protocol end'],
  ['BOOTREQUEST from {client.mac} via {place*}', 'bootrequest', 'network', protocol],
  [
    'BOOTREPLY for {client.address} to {dhcp.client.hostname} ({client.mac}) via {place*}',
    'bootreply',
    'network',
    protocol
  ],
  ['BOOTREPLY on {client.address} to {client.mac} via {place*}', 'bootreply', 'network', protocol],
  [
    'uid lease {client.address} for client {client.mac} is duplicate on {dhcp.subnet}',
    'lease-duplicate',
    'network',
    'info'
  ],
  ['Abandoning IP address {client.address}: {event.reason*}', 'lease-abandoned', 'network', 'error', 'failure'],
  [
    'Added new forward map from {dhcp.client.hostname} to {client.address}',
    'dns-update',
    'network configuration',
    'change',
    'success'
  ],
  [
    'Added reverse map from {dhcp.reverse_name} to {dhcp.client.hostname}',
    'dns-update',
    'network configuration',
    'change',
    'success'
  ],
  [
    'Removed forward map from {dhcp.client.hostname} to {client.address}',
    'dns-update',
    'network configuration',
    'change',
    'success'
  ],
  ['Removed reverse map on {dhcp.reverse_name}', 'dns-update', 'network configuration', 'change', 'success'],
  [
    'Unable to add forward map from {dhcp.client.hostname} to {client.address}: {event.reason*}',
    'dns-update',
    'network configuration',
    'change error',
    'failure'
  ],
  ['{dhcp.name}: host unknown.', 'host-unknown', 'network', 'error', 'failure'],
  // DHCPv6
  [
    'Solicit message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'solicit',
    'network',
    protocol
  ],
  [
    'Request message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'request',
    'network',
    protocol
  ],
  [
    'Renew message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'renew',
    'network',
    protocol
  ],
  [
    'Rebind message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'rebind',
    'network',
    protocol
  ],
  [
    'Release message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'release',
    'network',
    'connection protocol end'
  ],
  [
    'Confirm message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'confirm',
    'network',
    protocol
  ],
  [
    'Information-request message from {client.address} port {client.port}, transaction ID {dhcp.transaction_id}',
    'information-request',
    'network',
    protocol
  ],
  ['Sending Advertise to {client.address} port {client.port}', 'sending-advertise', 'network', protocol],
  ['Sending Reply to {client.address} port {client.port}', 'sending-reply', 'network', protocol],
  [
    'Advertise NA: address {dhcp.assigned_ip} to client with duid {dhcp.client.duid} iaid = {dhcp.iaid} valid for {dhcp.lease_time=n} seconds',
    'advertise-na',
    'network',
    protocol
  ],
  [
    'Reply NA: address {dhcp.assigned_ip} to client with duid {dhcp.client.duid} iaid = {dhcp.iaid} valid for {dhcp.lease_time=n} seconds',
    'reply-na',
    'network',
    protocol,
    'success'
  ],
  [
    'Reply PD: address {dhcp.assigned_ip} to client with duid {dhcp.client.duid} iaid = {dhcp.iaid} valid for {dhcp.lease_time=n} seconds',
    'reply-pd',
    'network',
    protocol,
    'success'
  ]
]

/** The other side: dhclient asks, and says what it was given. */
const client: readonly Phrase[] = [
  [
    'DHCPDISCOVER on {interface} to {server.address} port {server.port} interval {_}',
    'dhcpdiscover',
    'network',
    protocol
  ],
  ['DHCPREQUEST on {interface} to {server.address} port {server.port}', 'dhcprequest', 'network', protocol],
  [
    'DHCPREQUEST for {client.address} on {interface} to {server.address} port {server.port}…',
    'dhcprequest',
    'network',
    protocol
  ],
  ['DHCPOFFER of {client.address} from {server.address}', 'dhcpoffer', 'network', protocol],
  ['DHCPOFFER from {server.address}', 'dhcpoffer', 'network', protocol],
  ['DHCPACK of {client.address} from {server.address}…', 'dhcpack', 'network', protocol, 'success'],
  ['DHCPACK from {server.address}…', 'dhcpack', 'network', protocol, 'success'],
  ['DHCPNAK from {server.address}…', 'dhcpnak', 'network', refused, 'failure'],
  [
    'DHCPRELEASE of {client.address} on {interface} to {server.address} port {server.port}…',
    'dhcprelease',
    'network',
    'connection protocol end'
  ],
  ['bound to {client.address} -- renewal in {dhcp.renewal_time=n} seconds.', 'bound', 'network', protocol, 'success'],
  ['No DHCPOFFERS received.', 'no-offers', 'network', 'protocol error', 'failure']
]

export const dhcpd = phraseReader({
  name: 'dhcpd',
  title: 'ISC DHCP: dhcpd, dhcrelay, dhclient',
  module: 'dhcpd',
  dataset: 'dhcpd.log',
  programs: ['dhcpd', 'dhcpd3', 'dhcrelay', 'dhclient', 'dhclient3', 'isc-dhcpd', 'isc-dhcp-server', 'udhcpd'],
  protocol: 'dhcp',
  transport: 'udp',
  phrases: [...server, ...client],
  description,
  complete
})

/** `via eth0`, `via 10.0.0.1` (a relay), `via eth0: network 10/8: no free leases`. */
function complete(event: Fields): void {
  const place = event['place']
  delete event['place']
  let name = event['interface']
  delete event['interface']
  const facts = event['event'] as Fields
  if (typeof place === 'string') {
    const colon = place.indexOf(': ')
    const via = colon < 0 ? place : place.slice(0, colon)
    if (colon > 0) {
      const reason = place.slice(colon + 2)
      facts['reason'] = reason
      if (isRefusal(reason)) {
        facts['outcome'] = 'failure'
        facts['type'] = ['connection', 'protocol', 'denied']
      }
    }
    const relay = via.startsWith('relay ') ? via.slice(6) : via
    if (relay.includes('.') && relay.charCodeAt(0) < 58) {
      const dhcp = (event['dhcp'] ??= {}) as Fields
      dhcp['relay_ip'] = relay.split(' ', 1)[0]
    } else name = via.split(' ', 1)[0]
  }
  if (typeof name === 'string' && name !== '') event['observer'] = { ingress: { interface: { name } } }
  const side = event['client'] as Fields | undefined
  if (side === undefined) return
  const address = side['address']
  if (typeof address === 'string' && address.includes(':')) (event['network'] as Fields)['protocol'] = 'dhcpv6'
  const hostname = ((event['dhcp'] as Fields | undefined)?.['client'] as Fields | undefined)?.['hostname']
  if (typeof hostname === 'string') side['domain'] ??= hostname
  event['source'] = { ...side }
  const target = event['server'] as Fields | undefined
  if (target !== undefined) event['destination'] = { ...target }
}

function isRefusal(reason: string): boolean {
  for (const word of [
    'no free leases',
    'wrong network',
    'unavailable',
    'unknown',
    'ignored',
    'not responding',
    'duplicate'
  ])
    if (reason.includes(word)) return true
  return false
}
