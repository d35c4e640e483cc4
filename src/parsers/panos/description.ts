/** What the page on PAN-OS is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Logs of Palo Alto Networks’ firewalls and Panorama (PAN-OS 9 to 11) in the default comma separated format: TRAFFIC, THREAT, SYSTEM, ' +
    'CONFIG, GLOBALPROTECT, USERID, HIPMATCH, AUTHENTICATION, DECRYPTION, CORRELATION, IPTAG, GTP, SCTP and tunnel inspection; with ' +
    'any syslog header or none. Of other types the first seven columns are read. CEF and LEEF output is read as such.',
  from:
    'On the firewall: Device, Server Profiles, Syslog: a profile with Picket’s address and the default format (BSD or IETF); then Objects, ' +
    'Log Forwarding, and Device, Log Settings.',
  specifications: ['PAN-OS Administrator’s Guide 11.1, Syslog Field Descriptions'],
  sample:
    '<14>Mar  2 10:15:31 fw1 1,2025/03/02 10:15:31,000000000000001,TRAFFIC,end,2562,2025/03/02 10:15:30,10.0.0.5,198.51.100.7,203.0.113.2,198.51.100.7,out,example\\alice,,ssl,vsys1,trust,untrust,ethernet1/2,ethernet1/1,forward,,4711,1,51234,443,51234,443,0x400000,tcp,allow,10000,1000,9000,22,2025/03/02 10:15:00,30,any,,1,0x0,10.0.0.0-10.255.255.255,Netherlands,,10,12,tcp-fin',
  mapping: [
    ['@timestamp', 'generated time'],
    ['event.created', 'receive time'],
    ['event.action', 'subtype', '`flow_terminated`, `url_filtering`, `exploit_detected` …'],
    ['event.type, event.outcome', 'action'],
    ['event.start, event.duration, event.end', 'start time, elapsed time'],
    ['source.*, destination.*', 'addresses, ports, bytes, packets'],
    ['source.nat.*, destination.nat.*', 'NAT addresses and ports, where there was translation'],
    ['source.user.*, destination.user.*, user.*', 'source user, destination user'],
    ['observer.ingress.*, observer.egress.*', 'zones and interfaces'],
    ['rule.name, rule.uuid', 'rule, rule UUID'],
    ['url.*, file.*', 'the miscellaneous column of threats'],
    ['labels.*', 'the bits of the flags'],
    ['panw.panos.*', 'every other column']
  ]
}
