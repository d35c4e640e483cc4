/** What the page on Cisco's firewalls is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Syslog messages of Cisco ASA (and PIX, FWSM) and of Firepower Threat Defense: `%ASA-6-302013: …`, `%FTD-6-430003: …`, with ' +
    'or without a syslog header, with the device’s own time stamp, host and zone in front. About 150 message numbers are read in ' +
    'full; of others the number, the severity and the text are kept. Security events (430001 to 430005) are read key by key.',
  from:
    'On the device: `logging enable`, `logging timestamp`, `logging device-id hostname`, `logging trap informational` and ' +
    '`logging host inside 192.0.2.10`; point the host at Picket’s syslog port. In the Firepower Management Center: Devices, ' +
    'Platform Settings, Syslog.',
  specifications: [
    'Cisco Secure Firewall ASA Series Syslog Messages',
    'Cisco Secure Firewall Threat Defense Syslog Messages, chapter “Security Event Syslog Messages”'
  ],
  sample:
    '<166>Mar 02 2025 10:15:30 fw1 : %ASA-6-302013: Built outbound TCP connection 4711 for outside:198.51.100.7/443 (198.51.100.7/443) to inside:10.0.0.5/51234 (203.0.113.2/51234)',
  mapping: [
    ['event.code', 'the message number'],
    ['event.severity, log.level', 'the severity in the prefix'],
    [
      'event.action, event.type, event.outcome',
      'follow from the message number',
      'a denied connection is `denied`, with the outcome `success`'
    ],
    ['source.*, destination.*', 'addresses and ports', 'an outbound connection has the inside as its source'],
    ['source.nat.*, destination.nat.*', 'mapped addresses and ports, where they differ'],
    ['source.user.*, destination.user.*, user.name', 'users; `LOCAL\\` and security group tags are taken off'],
    ['network.transport, network.direction, network.bytes', 'protocol, direction and bytes'],
    ['event.duration, event.start, event.end', 'durations of connections that end'],
    ['observer.ingress.interface.name, observer.egress.interface.name', 'names of interfaces'],
    ['cisco.asa.rule_name', 'the access list'],
    ['cisco.asa.*, cisco.ftd.*', 'everything else that a message says'],
    ['cisco.ftd.security_event.*, cisco.ftd.security.*', 'the keys of a security event']
  ]
}
