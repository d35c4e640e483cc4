/** The page about unbound. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What unbound says in syslog and in its own file: queries and answers, local zones that informed or denied, rate limits, DNSSEC ' +
    'that did not hold, TLS handshakes that failed, start and stop.',
  from: 'In `unbound.conf`, section `server`: `log-queries: yes`, `log-replies: yes`, `log-local-actions: yes`, `val-log-level: 2`.',
  specifications: ['unbound.conf(5)', 'Elastic pfSense integration, pipeline for unbound'],
  sample: 'May 28 10:11:12 gw unbound[812]: [812:0] info: 10.0.0.57 www.example.com. A IN NOERROR 0.003412 0 62',
  mapping: [
    ['source.ip, client.ip', 'the first word'],
    ['dns.question.*', 'name, type, class'],
    ['dns.response_code, event.outcome', 'log-replies'],
    ['event.duration', 'log-replies', 'seconds, as nanoseconds'],
    ['unbound.cached, unbound.response_bytes', 'log-replies'],
    ['rule.name, rule.category', 'local-zone', 'the zone and what it does']
  ]
}
