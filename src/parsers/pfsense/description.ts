/** What the page on filterlog is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'The packet filter’s log (`filterlog`) of pfSense 2.2 and newer and of OPNsense, IPv4 and IPv6, over BSD or RFC 5424 syslog. What ' +
    'other programs of these firewalls say (DHCP, unbound, OpenVPN, charon …) is read by the readers of those programs.',
  from:
    'pfSense: Status, System Logs, Settings: enable remote logging of firewall events. OPNsense: System, Settings, Logging, Remote. ' +
    'Rules log where “Log packets” is set.',
  specifications: ['pfSense documentation, Raw Filter Log Format', 'OPNsense: filterlog(8)'],
  sample:
    '<134>1 2025-03-02T10:15:30.123456+00:00 fw1.example.com filterlog 4711 - - 4,,,1000000103,igb1.12,match,block,in,4,0x0,,64,4711,0,DF,6,tcp,60,198.51.100.66,10.0.1.10,40000,22,0,S,123456,,64240,,mss;nop;wscale',
  mapping: [
    ['rule.id', 'tracker (pfSense), rule id (OPNsense)'],
    ['event.action, event.type', 'action', '`block` is `denied`, `pass` is `allowed`'],
    ['event.reason', 'reason'],
    ['observer.ingress.interface.name, network.vlan.id', 'interface'],
    ['network.direction', 'direction'],
    ['network.transport, network.iana_number, network.bytes', 'protocol, its number, length'],
    ['source.*, destination.*', 'addresses and ports'],
    ['pfsense.ip.*, pfsense.tcp.*, pfsense.udp.*, pfsense.icmp.*', 'header fields']
  ]
}
