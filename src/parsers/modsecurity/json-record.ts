/**
 * ModSecurity's audit log in JSON (`SecAuditLogFormat JSON`): what version 2 writes (`transaction`, `request`, `response`,
 * `audit_data` side by side) and what libmodsecurity 3 writes (all below `transaction`).
 */

import { list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { requestLine } from '../shared/access-line.ts'
import { auditEvent, auditTime, type Headers, type Rules, readMessage, zoneName } from './audit-event.ts'

const noTransaction: Parsed = { ok: false, reason: 'no transaction, or none with a time' }

export function jsonRecord(json: JsonObject, timezoneMinutes: number): Parsed {
  const transaction = object(json['transaction'])
  if (transaction === undefined) return noTransaction
  return transaction['time_stamp'] !== undefined
    ? versionThree(transaction, timezoneMinutes)
    : versionTwo(json, transaction, timezoneMinutes)
}

function versionTwo(json: JsonObject, transaction: JsonObject, timezoneMinutes: number): Parsed {
  const timeText = text(transaction['time'])
  const time = timeText === undefined ? undefined : auditTime(timeText, timezoneMinutes)
  if (time === undefined) return noTransaction
  const request = object(json['request'])
  const response = object(json['response'])
  const audit = object(json['audit_data'])
  const line = text(request?.['request_line'])
  const parts = line === undefined ? undefined : requestLine(line)
  const action = object(audit?.['action'])
  const rules: Rules = { ids: [], names: [], tags: [], severities: [] }
  const details: object[] = []
  const messages: string[] = []
  for (const value of list(audit?.['messages']).slice(0, 256)) {
    if (typeof value !== 'string') continue
    messages.push(readMessage(value, rules))
    details.push({ value })
  }
  const producer = list(audit?.['producer'])
  return auditEvent({
    timeUs: time.timeUs,
    timezone: zoneName(time.zone, timeText!.includes(' ')),
    id: text(transaction['transaction_id']),
    sourceIp: ipOf(transaction['remote_address']),
    sourcePort: numberOf(transaction['remote_port']),
    destinationIp: ipOf(transaction['local_address']),
    destinationPort: numberOf(transaction['local_port']),
    method: parts?.method,
    target: parts?.target,
    version: parts?.version,
    status: numberOf(response?.['status']),
    requestHeaders: headersOf(request?.['headers']),
    responseHeaders: headersOf(response?.['headers']),
    requestBody: bodyOf(request?.['body']),
    responseBody: bodyOf(response?.['body']),
    server: text(audit?.['server']),
    connector: undefined,
    producer: textOf(producer[0]),
    messages,
    details,
    rules,
    intercepted: action === undefined ? undefined : action['intercepted'] === true,
    other: {
      request_line: parts?.method === undefined ? line : undefined,
      action: action === undefined ? undefined : { phase: numberOf(action['phase']), message: text(action['message']) },
      engine_mode: text(audit?.['engine_mode']),
      error_messages: list(audit?.['error_messages']).filter(value => typeof value === 'string')
    }
  })
}

function versionThree(transaction: JsonObject, timezoneMinutes: number): Parsed {
  const timeText = text(transaction['time_stamp'])
  const time = timeText === undefined ? undefined : auditTime(timeText, timezoneMinutes)
  if (time === undefined) return noTransaction
  const request = object(transaction['request'])
  const response = object(transaction['response'])
  const producer = object(transaction['producer'])
  const rules: Rules = { ids: [], names: [], tags: [], severities: [] }
  const messages: string[] = []
  const details: object[] = []
  for (const value of list(transaction['messages']).slice(0, 256)) {
    const entry = object(value)
    const found = object(entry?.['details'])
    if (entry === undefined) continue
    const message = text(entry['message'])
    if (message !== undefined) messages.push(message)
    if (found !== undefined) {
      details.push({ details: found })
      addTo(rules.ids, text(found['ruleId']))
      addTo(rules.severities, text(found['severity']))
      for (const tag of list(found['tags']).slice(0, 64)) addTo(rules.tags, text(tag))
    }
    addTo(rules.names, message)
  }
  const responseHeaders = headersOf(response?.['headers'])
  return auditEvent({
    timeUs: time.timeUs,
    timezone: zoneName(time.zone, false),
    id: text(transaction['unique_id']) ?? textOf(transaction['id']),
    sourceIp: ipOf(transaction['client_ip']),
    sourcePort: numberOf(transaction['client_port']),
    destinationIp: ipOf(transaction['host_ip']),
    destinationPort: numberOf(transaction['host_port']),
    method: text(request?.['method']),
    target: text(request?.['uri']),
    version: textOf(request?.['http_version']),
    status: numberOf(response?.['http_code']),
    requestHeaders: headersOf(request?.['headers']),
    responseHeaders,
    requestBody: bodyOf(request?.['body']),
    responseBody: bodyOf(response?.['body']),
    server: responseHeaders.get('server'),
    connector: text(producer?.['connector']),
    producer: text(producer?.['modsecurity']),
    messages,
    details,
    rules,
    intercepted: undefined,
    other: { server_id: text(transaction['server_id']), engine_mode: text(producer?.['secrules_engine']) }
  })
}

function addTo(values: string[], value: string | undefined): void {
  if (value !== undefined && value !== '') values.push(value)
}

function ipOf(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

/** A text, or the list of chunks that version 2 makes of long bodies. */
function bodyOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  const chunks = list(value).filter(chunk => typeof chunk === 'string')
  return chunks.length === 0 ? undefined : chunks.join('')
}

export function headersOf(value: JsonValue | undefined): Headers {
  const headers = new Map<string, string>()
  const fields = object(value)
  for (const name in fields) {
    const content = textOf(fields[name])
    if (content !== undefined && headers.size < 256) headers.set(name.toLowerCase(), content)
  }
  return headers
}
