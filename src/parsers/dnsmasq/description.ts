/** The page about dnsmasq. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What dnsmasq and Pi-hole’s FTL say in syslog, and in the file of `log-facility` (`/var/log/dnsmasq.log`, `pihole.log`): queries, ' +
    'what they were answered with and from where (cache, hosts file, block list), DHCP, TFTP, rebinding attacks that were stopped.',
  from: 'In `dnsmasq.conf`: `log-queries=extra` and `log-dhcp`; Pi-hole logs queries by itself.',
  specifications: ['dnsmasq(8)', 'dnsmasq 2.90 source: src/cache.c, src/rfc2131.c', 'Pi-hole FTL documentation'],
  sample: 'May 28 10:11:12 dnsmasq[812]: 4711 10.0.0.57/53211 query[A] www.example.com from 10.0.0.57',
  mapping: [
    ['event.action', 'by message', '`dns-query`, `dns-forwarded`, `dns-answer`, `dns-blocked`, `dhcpack` …'],
    ['source.ip, source.port', 'from, or the client of log-queries=extra'],
    ['destination.ip, destination.port', 'the server that a query was forwarded to'],
    ['dns.question.*', 'name and type'],
    ['dns.answers, dns.resolved_ip, dns.response_code', 'is'],
    ['dnsmasq.source', 'reply, cached, config, /etc/hosts, gravity …'],
    ['dnsmasq.serial', 'the number that joins the lines of a query'],
    ['client.ip, client.mac, dhcp.client.hostname', 'DHCP', 'also as `source.*`'],
    ['observer.ingress.interface.name', 'DHCP', 'the interface']
  ]
}
