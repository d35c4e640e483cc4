/** What a person reads about PostgreSQL's formats; `docs/formats/` is made from it. */

import type { FormatDescription } from '../../core/parser.ts'

const specifications = [
  'https://www.postgresql.org/docs/current/runtime-config-logging.html',
  'Elastic integration postgresql, log'
]
const mapping = [
  ['@timestamp, event.timezone', 'the time in front', 'a zone that is not known is what --timezone says'],
  ['log.level', 'the severity'],
  ['message', 'the message without duration and step'],
  ['process.pid', 'pid'],
  ['user.name', 'user'],
  ['postgresql.log.database', 'database'],
  ['postgresql.log.client_addr, postgresql.log.client_port, source.ip', 'client'],
  ['postgresql.log.application_name', 'application'],
  ['postgresql.log.sql_state_code', 'SQLSTATE', 'event.type is error where it is no success, warning or no data'],
  ['event.duration', 'duration', 'in nanoseconds'],
  ['postgresql.log.query, postgresql.log.query_step, postgresql.log.query_name', 'the statement, its step, its name'],
  ['postgresql.log.session_id, postgresql.log.session_start_time, postgresql.log.transaction_id …', 'the other columns']
] as const

export const description: FormatDescription = {
  reads:
    'The server log as text with the prefixes that distributions and Amazon RDS use (`%m [%p] `, `%m [%p] %q%u@%d `, `%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h `, `%t:%r:%u@%d:[%p]:`), and csvlog of any version. Records over several lines are one event.',
  from: '`/var/log/postgresql/*.log`, `log/` in the data folder; `log_destination = stderr` or `csvlog`.',
  specifications,
  sample: '2026-03-14 09:26:53.557 CET [4983] app@shop LOG:  duration: 37.118 ms  statement: SELECT 1',
  mapping
}

export const jsonDescription: FormatDescription = {
  reads: 'The server log as JSON (PostgreSQL 15 and newer).',
  from: '`log_destination = jsonlog`.',
  specifications,
  sample:
    '{"timestamp":"2026-03-14 09:26:53.557 UTC","user":"app","dbname":"shop","pid":4983,"remote_host":"192.0.2.7","remote_port":42304,"session_id":"65f2c0bd.1377","line_num":1,"session_start":"2026-03-14 09:26:50 UTC","txid":0,"error_severity":"LOG","message":"connection authorized","backend_type":"client backend"}',
  mapping
}
