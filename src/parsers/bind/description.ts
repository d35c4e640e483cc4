/** The page about BIND. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What ISC BIND’s `named` (9.9 to 9.20) says in syslog and in its own files: queries (and responses, 9.20), refused requests, ' +
    'response policy zones, rate limits, zone transfers in and out, dynamic updates, notifies, failures to resolve, control commands. ' +
    'Other messages are kept with their category and severity.',
  from:
    '`rndc querylog on`, or in `named.conf`: `logging { channel q { file "queries.log"; print-time yes; print-category yes; ' +
    'print-severity yes; }; category queries { q; }; category security { q; }; category xfer-out { q; }; category rpz { q; }; };`',
  specifications: [
    'BIND 9 Administrator Reference Manual, logging statement and categories',
    'BIND 9.20 source: lib/ns/query.c, client.c, xfrout.c'
  ],
  sample:
    'May 28 10:11:12 ns1 named[812]: client @0x7f2a1c0a2b48 192.0.2.15#53124 (www.example.com): query: www.example.com IN A +E(0)K (192.0.2.53)',
  mapping: [
    ['source.ip, source.port', 'client', 'also `client.*` for queries'],
    ['destination.ip', 'the address in brackets', 'for transfers and resolution: the other server'],
    ['dns.question.*', 'name, class and type'],
    ['dns.header_flags', 'flags', '`+` RD, `D` DO, `C` CD; the whole in `bind.flags`'],
    ['network.transport', 'flags', '`T`: tcp'],
    ['dns.response_code', 'SERVFAIL, REFUSED …'],
    [
      'event.action',
      'by message',
      '`dns-query`, `dns-query-denied`, `zone-transfer-denied`, `dns-update`, `dns-policy-rewrite` …'
    ],
    ['event.outcome, event.reason', 'by message', 'for requests that were refused or failed'],
    ['rule.name, rule.ruleset', 'rpz', 'the policy’s owner name and its kind (QNAME, IP …)'],
    ['bind.category, bind.view, bind.zone, bind.serial, bind.key', 'as named']
  ]
}
