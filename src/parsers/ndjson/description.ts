/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Any JSON objects: one a line, pretty-printed, in an array, or in an array within an object. ECS documents (Filebeat, Winlogbeat, ' +
    'Elastic Agent) pass as they are; journald’s export is read as syslog is; of any other application’s, time, message, level, ' +
    'addresses, users and the like are found by their usual names, and all fields keep theirs.',
  from: 'Whatever writes structured logs: most applications have a switch for JSON.',
  specifications: ['RFC 8259', 'NDJSON 1.0', 'Elastic Common Schema 8.17'],
  sample:
    '{"time":"2026-03-01T08:15:42Z","level":"warn","msg":"login failed","user":"alice","client_ip":"192.0.2.7","attempt":3}',
  mapping: [
    ['@timestamp', 'time, timestamp, ts, @timestamp, date … (ISO 8601, or seconds to nanoseconds since 1970)'],
    ['message', 'message, msg, log …'],
    ['log.level', 'level, severity, lvl …'],
    ['source.ip, source.port', 'client_ip, remote_addr, src_ip …'],
    ['user.name', 'user, username …'],
    ['related.ip', 'the addresses found'],
    ['everything else', 'under its own name', 'what would hide an ECS object goes below ndjson']
  ]
}
