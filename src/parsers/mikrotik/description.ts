/** What the page on RouterOS is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Messages of MikroTik’s RouterOS 6 and 7: the firewall’s log, logins, DHCP leases, PPP sessions, wireless clients, links and changes of ' +
    'the configuration; of every other message the topics and the text.',
  from:
    '`/system logging action set remote remote=192.0.2.10`, `/system logging add topics=firewall action=remote`, and so for the other ' +
    'topics. With `bsd-syslog=yes` the router’s name and time come along. A rule’s `log-prefix` should say what the rule does.',
  specifications: ['RouterOS documentation: Log, Firewall/Filter'],
  sample:
    '<134>Mar  2 10:15:30 rtr1 firewall,info DROP-WAN input: in:ether1 out:(unknown 0), connection-state:new src-mac 00:00:5e:00:53:01, proto TCP (SYN), 198.51.100.66:40000->203.0.113.1:22, len 60',
  mapping: [
    ['mikrotik.topics, log.level', 'the topics'],
    ['event.action, mikrotik.chain', 'the chain'],
    ['rule.name, mikrotik.prefix, event.type', 'the prefix; `denied` or `allowed` where it says so'],
    ['source.*, destination.*, network.*', 'addresses, ports, protocol, length, NAT'],
    ['observer.ingress.interface.name, observer.egress.interface.name', 'in, out'],
    ['user.name, event.outcome, source.ip', 'logins'],
    ['client.ip, client.mac', 'DHCP leases, PPP sessions, wireless clients']
  ]
}
