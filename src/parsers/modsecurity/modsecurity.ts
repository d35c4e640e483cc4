/** ModSecurity's audit logs: first stage of the pipeline, transaction → ECS event. */

import type { FormatDescription, Parser, Sample } from '../../core/parser.ts'
import { jsonRecord } from './json-record.ts'
import { sectionOf, serialRecord } from './serial-record.ts'

const specifications = [
  'ModSecurity reference manual, "Audit Log" and "Data Formats: Audit Log Format"',
  'Elastic integration modsecurity, auditlog'
]
const mapping = [
  ['@timestamp', 'time, time_stamp; section A'],
  ['source.ip, source.port', 'remote_address, client_ip; section A'],
  ['destination.ip, destination.port', 'local_address, host_ip; section A'],
  ['http.request.method, http.version', 'request_line, request; section B'],
  ['url.*', 'the Host header, the server’s port (80 or 443) and the request'],
  ['http.response.status_code', 'status, http_code; section F'],
  ['user_agent.*, http.request.referrer', 'request headers'],
  ['http.request.body.content, http.response.body.content', 'bodies; sections C and E'],
  ['modsec.audit.messages, modsec.audit.details', 'messages without and with the rules’ data; section H'],
  ['rule.id, rule.name', 'id and msg of the rules that matched'],
  ['event.action', 'blocked, where the transaction was intercepted'],
  ['transaction.id', 'transaction_id, unique_id']
] as const

const jsonDescription: FormatDescription = {
  reads: 'The audit log in JSON of ModSecurity 2.9 (Apache) and libmodsecurity 3 (nginx and others).',
  from: '`SecAuditLogFormat JSON` and `SecAuditLogType Serial`; the file is that of `SecAuditLog`.',
  specifications,
  sample:
    '{"transaction":{"client_ip":"192.0.2.7","time_stamp":"Sat Mar 14 14:52:47 2026","client_port":44464,"host_ip":"10.0.0.5","host_port":443,"unique_id":"177348041353.000001","request":{"method":"GET","http_version":1.1,"uri":"/owa/","headers":{"Host":"10.0.0.5"}},"response":{"http_code":404,"headers":{"Server":"nginx/1.26.0"}},"producer":{"modsecurity":"ModSecurity v3.0.12 (Linux)"},"messages":[{"message":"Host header is a numeric IP address","details":{"ruleId":"920350","severity":"4"}}]}}',
  mapping
}

const serialDescription: FormatDescription = {
  reads: 'The audit log in its native form of ModSecurity 2 and 3: a transaction in sections A to Z.',
  from: '`SecAuditLogFormat Native` and `SecAuditLogType Serial`; the file is that of `SecAuditLog` (`/var/log/apache2/modsec_audit.log`).',
  specifications,
  sample: `--c7036611-A--
[14/Mar/2026:12:27:56 +0000] ZfLAvX8AAQEAAB2uXxMAAAAH 192.0.2.7 64995 10.0.0.5 80
--c7036611-B--
GET /index.php?c=1 HTTP/1.1
Host: www.example.com

--c7036611-Z--`,
  mapping
}

export const modsecurityJson: Parser = {
  name: 'modsecurity-json',
  title: 'ModSecurity audit log (JSON, versions 2 and 3)',
  input: 'json',
  framing: 'lines',
  recognise: recogniseJson,
  open: context => (_text, json) => jsonRecord(json, context.timezoneMinutes ?? 0),
  description: jsonDescription
}

export const modsecuritySerial: Parser = {
  name: 'modsecurity-serial',
  title: 'ModSecurity audit log (native, versions 2 and 3)',
  input: 'text',
  framing: 'multiline',
  begins: line => sectionOf(line) === 'A',
  recognise: sample => (sectionOf(sample.lines[0] ?? '') === 'A' ? 0.95 : 0),
  open: context => text => serialRecord(text, context.timezoneMinutes ?? 0),
  description: serialDescription
}

function recogniseJson(sample: Sample): number {
  let good = 0
  for (const json of sample.json) {
    const transaction = json?.['transaction']
    if (typeof transaction !== 'object' || transaction === null || Array.isArray(transaction)) continue
    const two = 'transaction_id' in transaction && 'remote_address' in transaction
    if (two || ('time_stamp' in transaction && 'client_ip' in transaction && 'producer' in transaction)) good++
  }
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
