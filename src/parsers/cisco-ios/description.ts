/** What the page on Cisco's routers and switches is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'System messages of Cisco IOS, IOS XE, IOS XR and NX-OS: `%FACILITY-SEVERITY-MNEMONIC: text`, with sequence numbers, host names, time ' +
    'stamps or uptimes in front, or without. Access lists, logins, logouts, configuration changes, the zone firewall and BGP’s bad ' +
    'authentication are read in full; of every other message facility, severity, mnemonic and text.',
  from:
    'On the device: `service timestamps log datetime msec year show-timezone`, `service sequence-numbers`, `logging host 192.0.2.10`, ' +
    '`login on-success log`, `login on-failure log`; access lists log where their entries end with `log`.',
  specifications: ['Cisco IOS XE System Message Guide', 'Cisco IOS Configuration Fundamentals, System Logging'],
  sample:
    '<189>4711: Mar  2 2025 10:15:30.123 UTC: %SEC-6-IPACCESSLOGP: list outside-in denied tcp 198.51.100.66(40000) -> 10.0.1.10(22), 1 packet',
  mapping: [
    ['event.code, event.severity, log.level', 'mnemonic, severity'],
    ['cisco.ios.facility', 'facility'],
    ['event.sequence, cisco.ios.sequence', 'the sequence number'],
    ['event.action, event.type', 'permitted, denied'],
    ['cisco.ios.access_list', 'the list'],
    ['source.*, destination.*, network.*, icmp.*', 'addresses, ports, packets, protocol, type and code'],
    ['source.user.name, event.outcome', 'logins'],
    ['message', 'the text after the mnemonic']
  ]
}
