/** The page about LOG lines of the packet filter. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What the `LOG` target of iptables and ip6tables, the `log` statement of nftables, UFW, firewalld, Shorewall and Ubiquiti’s ' +
    'EdgeOS and UniFi gateways write to the kernel’s log (and ulogd to syslog), in `kern.log`, `ufw.log`, `messages`, syslog off the ' +
    'wire or `dmesg`. What a rule did is read from its prefix: give your rules prefixes that say it (`DROP_INPUT: `).',
  from:
    'Linux: `iptables -A INPUT -j LOG --log-prefix "DROP_INPUT: "`, `nft add rule inet filter input log prefix "drop: " drop`, ' +
    '`ufw logging on`, `firewall-cmd --set-log-denied=all`. Ubiquiti: tick *Enable logging* in a rule and send syslog to Picket.',
  specifications: [
    'Linux kernel, net/netfilter/nf_log_syslog.c',
    'iptables-extensions(8), LOG target',
    'nft(8), log statement',
    'Elastic iptables integration, data stream log'
  ],
  sample:
    'Mar  4 09:15:02 gw kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.9 ' +
    'DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=4711 DF PROTO=TCP SPT=41022 DPT=22 WINDOW=29200 RES=0x00 SYN URGP=0',
  mapping: [
    [
      'event.action',
      'prefix',
      'the word that names a verdict: `drop`, `drop_input`, `block`; `A` and `D` of Ubiquiti: `accept`, `drop`'
    ],
    ['event.type', 'prefix', '`denied` or `allowed`, and `connection`'],
    ['source.ip, source.port', 'SRC, SPT'],
    ['destination.ip, destination.port', 'DST, DPT'],
    ['source.mac, destination.mac', 'MAC'],
    ['network.transport, network.iana_number', 'PROTO', 'a name, or a number'],
    ['network.type', 'MAC', 'by EtherType, else by the addresses'],
    ['observer.name', 'the header’s host'],
    ['observer.ingress.interface.name, observer.egress.interface.name', 'IN, OUT'],
    ['rule.name, rule.id', 'prefix', 'rule set and number of Ubiquiti, else the whole prefix'],
    ['user.id, group.id', 'UID, GID', 'of packets sent by the host itself'],
    ['iptables.*', 'everything else', 'length, ttl, tos, id, fragment_flags, tcp.*, udp.*, icmp.*, mark …']
  ]
}
