/**
 * Zeek's logs, as JSON lines and as Zeek's own tab-separated text, with ECS documents as Elastic's Zeek integration makes them.
 * The two parsers read a record, find out which log it belongs to (logs.ts), and share the mapping (one description a log).
 */

import { object, text } from '../../core/ecs-values.ts'
import {
  type JsonObject,
  type JsonValue,
  NO_EVENT,
  type ParseContext,
  type Parsed,
  type Parser
} from '../../core/parser.ts'
import { jsonDescription, tsvDescription } from './description.ts'
import { begin, type Draft, type Log } from './draft.ts'
import { flat, leftovers, type Own, stay } from './leftovers.ts'
import { logByFileName, logByKeys, logByPath, unknownLog } from './logs.ts'
import { readHeader, readRow, type Table } from './tsv.ts'
import { timeUs } from './values.ts'

export const zeekJson: Parser = {
  name: 'zeek-json',
  title: 'Zeek logs as JSON lines',
  input: 'json',
  framing: 'lines',
  recognise(sample) {
    const records = sample.json.filter(value => value !== undefined)
    if (records.length === 0 || records.length * 2 < sample.lines.length) return 0
    const hint = logByFileName(sample.fileName)
    let sure = 1
    for (const record of records) sure = Math.min(sure, sureness(record, hint))
    return sure
  },
  open(context) {
    const hint = logByFileName(context.fileName)
    let last: Log | undefined = hint
    return (_, json) => {
      if (json['ts'] === undefined && json['result'] !== undefined) return fromSplunk(json, hint)
      const record = flat(json)
      const us = timeUs(record['ts'])
      if (us === undefined) return noTime(record['ts'])
      const log = logOf(record, last) ?? hint
      last = log
      return mapped(record, us, log ?? unknownLog)
    }
  },
  description: jsonDescription
}

export const zeekTsv: Parser = {
  name: 'zeek-tsv',
  title: "Zeek logs in Zeek's own tab-separated format",
  input: 'text',
  framing: 'lines',
  recognise(sample) {
    const [first] = sample.lines
    if (first === undefined || !first.startsWith('#')) return 0
    const fields = sample.lines.some(line => line.startsWith('#fields'))
    if (first.startsWith('#separator ')) return fields ? 1 : 0.9
    return fields && sample.lines.some(line => line.startsWith('#types')) ? 0.95 : 0
  },
  isHeader: line => line.charCodeAt(0) === 35,
  startsHeader: line => line.startsWith('#separator'),
  open(context) {
    const table = readHeader(context.header)
    if (typeof table === 'string') {
      const rejected: Parsed = { ok: false, reason: table }
      return line => (line.charCodeAt(0) === 35 ? NO_EVENT : rejected)
    }
    return rowParser(table, context)
  },
  description: tsvDescription
}

function rowParser(table: Table, context: ParseContext): (line: string) => Parsed | typeof NO_EVENT {
  const log = logOfTable(table, context.fileName)
  // Some logs (loaded_scripts.log) know no time; their records are of when they came.
  const timeless = !table.fields.includes('ts')
  return line => {
    if (line.charCodeAt(0) === 35) return NO_EVENT
    const record = readRow(line, table)
    if (typeof record === 'string') return { ok: false, reason: record }
    const us = timeless ? context.receivedMs * 1000 : timeUs(record['ts'])
    return us === undefined ? noTime(record['ts']) : mapped(record, us, log)
  }
}

function logOfTable(table: Table, fileName: string | undefined): Log {
  const named = table.path === undefined ? undefined : logByPath(table.path)
  if (named !== undefined) return named
  const hint = logByFileName(fileName)
  const keys: Record<string, JsonValue> = Object.create(null)
  for (const field of table.fields) keys[field] = ''
  return logByKeys(keys, hint) ?? hint ?? unknownLog
}

function logOf(record: JsonObject, hint: Log | undefined): Log | undefined {
  const path = record['_path']
  const named = typeof path === 'string' ? logByPath(path) : undefined
  return named ?? logByKeys(record, hint)
}

function noTime(ts: JsonValue | undefined): Parsed {
  return { ok: false, reason: ts === undefined ? 'no ts' : 'ts is not a time' }
}

function mapped(record: JsonObject, us: number, log: Log): Parsed {
  return { ok: true, event: eventOf(record, us, log), timeUs: us, kind: log.path }
}

function eventOf(record: JsonObject, us: number, log: Log): Draft {
  const own = leftovers(record, log.moves)
  const draft = begin(record, us, log, own)
  log.map?.(draft, record, own)
  const path = record['_path']
  if (path !== log.path) stay(own, '_path', path)
  return draft
}

/**
 * A search result of Splunk (`{"preview": …, "result": {"_raw": "…", "host": …, "source": …}}`): the log line is in `_raw`, and the
 * rest of the envelope is kept under `zeek.splunk`.
 */
function fromSplunk(envelope: JsonObject, hint: Log | undefined): Parsed {
  const result = object(envelope['result'])
  const raw = text(result?.['_raw'])
  if (result === undefined || raw === undefined) return { ok: false, reason: 'neither ts nor result._raw' }
  const json = parsedObject(raw)
  if (json === undefined) return { ok: false, reason: 'result._raw is not a JSON object' }
  const record = flat(json)
  const us = timeUs(record['ts'])
  if (us === undefined) return noTime(record['ts'])
  const source = text(result['source'])
  const host = text(result['host'])
  const log = logOf(record, logByFileName(source) ?? hint) ?? hint ?? unknownLog
  const draft = eventOf(record, us, log)
  if (host !== undefined) draft['host'] = { ...(draft['host'] as object | undefined), name: host }
  if (source !== undefined) draft['log'] = { ...(draft['log'] as object | undefined), file: { path: source } }
  draft.zeek['splunk'] = envelopeOf(envelope, result)
  return { ok: true, event: draft, timeUs: us, kind: log.path }
}

function envelopeOf(envelope: JsonObject, result: JsonObject): Own {
  const { _raw, host, source, ...rest } = result
  const { result: _, ...outer } = envelope
  return { ...outer, result: rest }
}

function parsedObject(raw: string): JsonObject | undefined {
  try {
    return object(JSON.parse(raw) as JsonValue)
  } catch {
    return undefined
  }
}

/** How sure it is that a JSON object is a Zeek record. */
function sureness(json: JsonObject, hint: Log | undefined): number {
  let record = json
  if (json['ts'] === undefined) {
    const raw = text(object(json['result'])?.['_raw'])
    const inner = raw === undefined ? undefined : parsedObject(raw)
    if (inner === undefined) return 0
    record = inner
  }
  record = flat(record)
  if (timeUs(record['ts']) === undefined) return 0
  const endpoints = typeof record['id.orig_h'] === 'string' && typeof record['id.resp_h'] === 'string'
  if (endpoints && typeof record['uid'] === 'string') return 0.98
  if (typeof record['_path'] === 'string' && logByPath(record['_path']) !== undefined) return 0.95
  const log = logByKeys(record, hint)
  if (log === undefined) return endpoints ? 0.9 : 0
  return endpoints ? 0.95 : log === hint ? 0.85 : 0.7
}
