/** What the pages on Snort are made from. */

import type { FormatDescription } from '../../core/parser.ts'

const mapping: FormatDescription['mapping'] = [
  ['rule.id, rule.version, snort.gid', 'sid, rev, gid'],
  ['rule.description, rule.category', 'message, classification'],
  ['event.severity', 'priority', '1 is the worst'],
  ['event.type', 'action', '`denied`, `allowed`'],
  ['source.*, destination.*', 'addresses, ports, MAC addresses'],
  ['network.transport', 'protocol'],
  ['snort.ip.*, snort.tcp.*, snort.udp.*, snort.icmp.*', 'header fields'],
  ['snort.*', 'every other field']
]

export const description: FormatDescription = {
  reads:
    'Alerts of Snort 2 and 3 as text: `alert_fast`, `alert_full`, `alert_csv` in its default columns, pfSense’s CSV, syslog; and Suricata’s ' +
    'fast.log (for Suricata, EVE tells far more). Stamps without a year get the one nearest to the time of receipt.',
  from: 'Snort: `-A fast`, `-A full`, or `alert_fast = { file = true }` in snort.lua. Follow the file, or send it by syslog.',
  specifications: ['Snort 2.9 Users Manual, 2.6 Output Modules', 'Snort 3 Reference Manual, Loggers'],
  sample:
    '03/02-10:15:30.123456  [**] [1:1000001:2] EXAMPLE web attack [**] [Classification: Attempted Information Leak] [Priority: 2] {TCP} 198.51.100.66:40000 -> 10.0.1.10:80',
  mapping
}

export const jsonDescription: FormatDescription = {
  reads: 'Alerts of Snort 3’s `alert_json` logger, with whichever fields were chosen.',
  from: 'In snort.lua: `alert_json = { file = true, fields = "timestamp gid sid rev msg class priority action proto src_addr src_port dst_addr dst_port" }`.',
  specifications: ['Snort 3 Reference Manual, alert_json'],
  sample:
    '{ "timestamp" : "03/02-10:15:30.123456", "gid" : 1, "sid" : 1000001, "rev" : 2, "msg" : "EXAMPLE web attack", "class" : "Attempted Information Leak", "priority" : 2, "action" : "allow", "proto" : "TCP", "src_addr" : "198.51.100.66", "src_port" : 40000, "dst_addr" : "10.0.1.10", "dst_port" : 80 }',
  mapping
}
