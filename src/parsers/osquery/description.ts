/** The osquery format as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const osqueryDescription: FormatDescription = {
  reads:
    'The results of scheduled queries that osqueryd logs (differential: one row with `action` `added` or `removed`; snapshots with all ' +
    'rows; batches with `diffResults`), and status lines of the JSON loggers. A snapshot is one event that holds its rows.',
  from:
    'The filesystem logger writes `/var/log/osquery/osqueryd.results.log` and `osqueryd.snapshots.log`. Other loggers (TLS, Kinesis, ' +
    'Kafka, Fleet) carry the same objects.',
  specifications: ['https://osquery.readthedocs.io/en/stable/deployment/logging/'],
  sample:
    '{"name":"pack_it_listening_ports","hostIdentifier":"web1","calendarTime":"Wed Jan  1 00:00:00 2025 UTC","unixTime":1735689600,' +
    '"epoch":0,"counter":3,"numerics":false,"columns":{"address":"0.0.0.0","pid":"811","port":"22","protocol":"6"},"action":"added"}',
  mapping: [
    ['event.action', '`action`'],
    ['rule.name', '`name`', 'the query'],
    ['host.hostname', '`hostIdentifier`'],
    ['host.id, user.name', '`decorations`'],
    [
      'file.*',
      '`path`, `filename`, `directory`, `mode`, `size`, `uid`, `atime` … of the columns',
      'whatever the table'
    ],
    ['process.*', '`pid`, `process` or `name`, `cmdline`, `parent` of the columns'],
    ['source.*, destination.*', '`local_address`, `remote_address` and their ports'],
    ['hash.*, related.hash', '`md5`, `sha1`, `sha256`'],
    ['osquery.result.*', 'the record', 'columns as `osquery.result.columns.NAME`, empty ones left out'],
    ['osquery.status.*, log.level, log.origin.*', 'status lines']
  ]
}
