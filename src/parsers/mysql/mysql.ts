/** MySQL's, MariaDB's and Percona's error and slow query logs: first stage of the pipeline. */

import type { FormatDescription, Parser, Sample } from '../../core/parser.ts'
import { beginsErrorRecord, errorRecord } from './error-record.ts'
import { beginsSlowRecord, slowRecord } from './slow-record.ts'

const errorDescription: FormatDescription = {
  reads:
    'The error log of MySQL 5.5 to 9, MariaDB and Percona Server as text, records over several lines included. Times without a zone are local: `--timezone` says of where.',
  from: '`/var/log/mysql/error.log` (`log_error`).',
  specifications: ['https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html', 'Elastic integration mysql, error'],
  sample: '2026-03-14T09:26:53.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.',
  mapping: [
    ['@timestamp', 'time'],
    ['mysql.thread_id', 'thread'],
    ['log.level', 'priority', 'event.type is error too for Error'],
    ['event.code, event.provider', '[MY-…] [subsystem]'],
    ['message', 'all after the priority']
  ]
}

const slowDescription: FormatDescription = {
  reads:
    'The slow query log of MySQL 5.5 to 9, MariaDB and Percona Server, with `log_slow_extra` and `log_slow_verbosity`.',
  from: '`slow_query_log = 1`; the file is that of `slow_query_log_file`.',
  specifications: [
    'https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html',
    'https://mariadb.com/kb/en/slow-query-log-extended-statistics/',
    'Elastic integration mysql, slowlog'
  ],
  sample: `# User@Host: app[app] @ web1.example.com [192.0.2.7]  Id:    14
# Query_time: 2.475469  Lock_time: 0.000287 Rows_sent: 10  Rows_examined: 3145718
use shop;
SET timestamp=1773480413;
SELECT 1;`,
  mapping: [
    ['@timestamp', 'SET timestamp'],
    ['user.name, mysql.slowlog.current_user', 'User@Host'],
    ['source.domain, source.ip', 'User@Host'],
    ['mysql.thread_id', 'Id, Thread_id'],
    ['event.duration', 'Query_time', 'in nanoseconds'],
    ['event.start, event.end', 'Start, End'],
    ['mysql.slowlog.schema', 'Schema, use'],
    ['mysql.slowlog.*', 'the other statistics'],
    ['mysql.slowlog.query', 'the statement']
  ]
}

export const mysqlError: Parser = {
  name: 'mysql-error',
  title: 'MySQL and MariaDB error log',
  input: 'text',
  framing: 'multiline',
  begins: beginsErrorRecord,
  recognise: recogniseError,
  open: context => record => errorRecord(record, context.timezoneMinutes ?? 0),
  description: errorDescription
}

export const mysqlSlow: Parser = {
  name: 'mysql-slow',
  title: 'MySQL and MariaDB slow query log',
  input: 'text',
  framing: 'multiline',
  begins: beginsSlowRecord,
  recognise(sample) {
    const { lines } = sample
    const host = lines.some(line => line.startsWith('# User@Host: '))
    return host &&
      lines.some(line => line.includes('Query_time: ')) &&
      lines.some(line => line.startsWith('SET timestamp='))
      ? 0.95
      : 0
  },
  open: () => record => slowRecord(record),
  description: slowDescription
}

function recogniseError(sample: Sample): number {
  let good = 0
  let begun = 0
  for (const line of sample.lines) {
    if (!beginsErrorRecord(line)) continue
    begun++
    if (/^[0-9T:.Z+ -]{15,36}(\d+ )?(\[(Note|Warning|Error|ERROR|System)\] |mysqld_safe )/.test(line)) good++
  }
  return good > 0 && good >= begun * 0.8 && good * 3 >= sample.lines.length ? 0.93 : 0
}
