/** The page about ISC DHCP. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What ISC’s dhcpd (DHCPv4 and v6), dhcrelay and dhclient say in syslog: discover, offer, request, acknowledgement, refusal, ' +
    'release, expiry, leases that ran out, dynamic DNS. Other messages are kept with their text.',
  from: 'dhcpd logs to syslog by itself (`log-facility` in `dhcpd.conf` chooses the facility).',
  specifications: ['ISC DHCP 4.4 source: server/dhcp.c, server/dhcpv6.c, client/dhclient.c', 'RFC 2131'],
  sample: 'May 28 10:11:12 gw dhcpd[501]: DHCPACK on 10.0.0.57 to 02:00:00:00:00:57 (laptop7) via eth1',
  mapping: [
    ['event.action', 'the message’s type', '`dhcpack`, `dhcpdiscover` …'],
    ['client.ip, client.mac', 'the address and who has it', 'also as `source.*`'],
    ['client.domain, dhcp.client.hostname', 'the name in brackets', 'as the client claims it'],
    ['server.ip', 'the server that a client chose'],
    ['observer.ingress.interface.name, dhcp.relay_ip', 'via'],
    ['event.reason, event.outcome', 'behind the colon', '`no free leases`, `wrong network` … are failures']
  ]
}
