/** The page about OpenVPN. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What OpenVPN 2.3 to 2.6, server and client, says in syslog and in its own file: connections, logins that succeeded and failed, ' +
    'certificates that were refused, TLS errors, packets that did not belong, addresses that were assigned, ends. And the status file ' +
    '(versions 1, 2 and 3): who is connected, since when, with how many bytes.',
  from: 'In the server’s configuration: `verb 3`, and `log-append /var/log/openvpn.log` or nothing (syslog); `status /var/log/openvpn-status.log 60`.',
  specifications: [
    'openvpn(8), log and status options',
    'OpenVPN 2.6 source: src/openvpn/ssl.c, ssl_verify.c, multi.c, status'
  ],
  sample:
    'May 28 10:11:12 vpn openvpn[901]: 203.0.113.44:51820 [alice] Peer Connection Initiated with [AF_INET]203.0.113.44:51820',
  mapping: [
    [
      'event.action, event.outcome',
      'by message',
      '`vpn-connected`, `vpn-login`, `tls-handshake-failed`, `certificate-refused`, `vpn-disconnected` …'
    ],
    ['source.ip, source.port', 'the peer', 'from the prefix or the message'],
    ['source.nat.ip', 'the address inside the tunnel'],
    ['user.name', 'the common name or the user name'],
    ['tls.client.subject, tls.client.x509.subject.common_name', 'VERIFY'],
    ['event.reason', 'what went wrong'],
    [
      'event.start, event.duration, source.bytes, destination.bytes',
      'status file',
      'connected since, bytes received and sent'
    ]
  ]
}
