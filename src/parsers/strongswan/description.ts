/** The page about strongSwan. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What strongSwan’s charon (5.x and 6.x) says in syslog, in the journal and in the files of `filelog`: tunnels and child tunnels that ' +
    'came up, were rekeyed and went down, who authenticated and who failed, proposals and selectors that were refused, peers that did ' +
    'not answer, packets. The peer is `source`, whoever began.',
  from: 'charon logs to syslog by itself; `charon { filelog { log { path = /var/log/charon.log time_format = %b %e %T } } }` writes a file.',
  specifications: ['strongSwan documentation, Logger Configuration', 'strongSwan 5.9 source: src/libcharon'],
  sample:
    'May 28 10:11:12 gw charon: 12[IKE] <office|3> IKE_SA office[3] established between 192.0.2.1[gw.example.com]...203.0.113.44[alice@example.com]',
  mapping: [
    [
      'event.action, event.outcome, event.reason',
      'by message',
      '`tunnel-established`, `vpn-login`, `proposal-refused`, `tunnel-closed` …'
    ],
    ['source.ip, source.port', 'the peer', 'in packet lines, the sender'],
    ['destination.ip, destination.port', 'this gateway', 'or the peer that is called'],
    ['source.nat.ip', 'the virtual IP'],
    ['user.name', 'the identity', 'of EAP, RADIUS and XAuth; of a tunnel where it looks like a mail address'],
    ['source.bytes, destination.bytes', 'closing CHILD_SA', 'received and sent'],
    [
      'strongswan.*',
      'everything else',
      'connection, ike_sa, child_sa, SPIs, selectors, identities, proposals, exchange'
    ]
  ]
}
