/** The page about Kea. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What Kea’s servers say in syslog and in their own files (the default layout of lines). Leases that were offered, given, renewed, ' +
    'released, declined or refused; commands; start and stop. Every other message keeps its name in `event.code`.',
  from: 'In the server’s configuration, `loggers`: `"output-options": [{"output": "/var/log/kea/kea-dhcp4.log"}]`, or `"output": "syslog"`.',
  specifications: ['Kea Administrator Reference Manual, Logging', 'Kea Messages Manual'],
  sample:
    'May 28 10:11:12 gw kea-dhcp4[1234]: INFO  [kea-dhcp4.leases.0x7f00] DHCP4_LEASE_ALLOC [hwtype=1 02:00:00:00:00:57], cid=[01:02:00:00:00:00:57], tid=0x3d1d: lease 10.0.0.57 has been allocated for 4000 seconds',
  mapping: [
    ['event.code', 'the message’s name'],
    ['event.action', 'the message’s name', '`dhcpack`, `dhcpoffer` …, else the name in small letters'],
    ['client.ip, client.mac', 'lease, hwtype', 'also as `source.*`'],
    ['kea.client_id, kea.duid, kea.transaction_id, kea.lease_time', 'cid, duid, tid, seconds'],
    ['kea.logger', 'the logger in brackets']
  ]
}
