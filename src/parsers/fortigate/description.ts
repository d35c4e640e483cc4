/** What the page on FortiGate is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Logs of FortiGate firewalls (FortiOS 5.6 to 7.6) in the default format, `key=value`: traffic, security profiles (utm, dns) and ' +
    'events; with any syslog header or none. Keys without an ECS field stay under `fortinet.firewall`. CEF output of a FortiGate is ' +
    'read as CEF.',
  from:
    'On the FortiGate: `config log syslogd setting`, `set status enable`, `set server 192.0.2.10`, `set format default`. Or a file ' +
    'downloaded from Log & Report.',
  specifications: ['FortiOS Log Message Reference 7.4'],
  sample:
    'date=2025-03-02 time=10:15:30 devname="fgt1" devid="FGT00000000000001" eventtime=1740910530123456789 tz="+0000" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.0.0.5 srcport=51234 srcintf="lan" dstip=198.51.100.7 dstport=443 dstintf="wan1" policyid=1 proto=6 action="close" service="HTTPS" duration=30 sentbyte=1000 rcvdbyte=9000 sentpkt=10 rcvdpkt=12',
  mapping: [
    ['@timestamp', 'date, time, tz'],
    ['event.start', 'eventtime'],
    ['event.action', 'action (traffic), eventtype (utm), `login`'],
    ['event.code', 'logid'],
    ['event.type', 'action, utmaction', '`allowed`, `denied`, `start`, `end`'],
    [
      'source.*, destination.*',
      'srcip, srcport, dstip, dstport, sentbyte, rcvdbyte …',
      'of VPN events, remip is the source'
    ],
    ['source.nat.*, destination.nat.*', 'transip, transport, tranip, tranport'],
    ['source.user.name, user.name', 'user, unauthuser, xauthuser'],
    ['network.iana_number, network.transport, network.protocol', 'proto, service'],
    ['observer.name, observer.serial_number', 'devname, devid'],
    ['observer.ingress.interface.name, observer.egress.interface.name', 'srcintf, dstintf'],
    [
      'rule.id, rule.name, rule.uuid, rule.category, rule.ruleset',
      'policyid, policyname, poluuid, appcat or catdesc, policytype or profile'
    ],
    ['url.domain, url.path', 'hostname, url'],
    ['dns.*, tls.*, file.*', 'qname, xid, ipaddr; sni, cipher, certhash; filename, filesize'],
    ['message', 'msg'],
    ['fortinet.firewall.*', 'every other key']
  ]
}
