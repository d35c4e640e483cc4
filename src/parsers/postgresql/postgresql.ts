/**
 * PostgreSQL's server log: plain (`stderr`) with the usual prefixes, CSV and JSON. First stage of the pipeline.
 *
 *   plain  = time " " zone " " [ "[" pid [ "-" line ] "]" [ ":" ] " " ] [ "[" line "-" part "] " ] [ who " " ] level ":  " [ state ": " ] text
 *   who    = user "@" database / "db=" … ",user=" … ",app=" … ",client=" …
 *   rds    = time " " zone ":" client "(" port ")" ":" user "@" database ":[" pid "]:" level ":  " text
 *   csv    = the 22 to 26 columns of `log_destination = csvlog`, the first a time
 *   json   = the fields of `log_destination = jsonlog` (15 and newer)
 * Further lines of a record begin with a tab (plain) or stand in quotes (CSV).
 */

import { numberOf, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { splitCells } from '../csv/split.ts'
import { portNumber } from '../shared/addresses.ts'
import { description, jsonDescription } from './description.ts'
import { postgresqlEvent, type Stamp, stampOf } from './postgresql-event.ts'

const recordMax = 1024 * 1024
const levels = '(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION)'
const levelAt = new RegExp(`(?:^|[ :\\]])${levels}: {1,2}`)
const noTime: Parsed = { ok: false, reason: 'does not begin with a time and a zone' }
const noLevel: Parsed = { ok: false, reason: 'no severity (LOG, ERROR …) after the prefix' }
const fewCells: Parsed = { ok: false, reason: 'fewer than 22 columns: not a record of csvlog' }

export const postgresql: Parser = {
  name: 'postgresql',
  title: 'PostgreSQL server log (plain, CSV, Amazon RDS)',
  input: 'text',
  framing: 'multiline',
  begins: line => stampOf(line, 0) !== undefined,
  recognise,
  open: context => record => parseRecord(record, context.timezoneMinutes ?? 0),
  description
}

export const postgresqlJson: Parser = {
  name: 'postgresql-json',
  title: 'PostgreSQL server log (jsonlog)',
  input: 'json',
  framing: 'lines',
  recognise: recogniseJson,
  open: context => (_text, json) => jsonRecord(json, context.timezoneMinutes ?? 0),
  description: jsonDescription
}

function parseRecord(record: string, timezoneMinutes: number): Parsed {
  if (record.length > recordMax) return { ok: false, reason: `a record of ${record.length} characters` }
  const stamp = stampOf(record, timezoneMinutes)
  if (stamp === undefined) return noTime
  const separator = record.charCodeAt(stamp.end)
  if (separator === 44) return tableRecord(record, stamp)
  return plainRecord(record, stamp, separator === 58)
}

function plainRecord(record: string, stamp: Stamp, rds: boolean): Parsed {
  const head = record.slice(stamp.end + 1, stamp.end + 1025)
  const match = levelAt.exec(head)
  if (match === null) return noLevel
  let prefix = head.slice(0, match.index + (match[0].startsWith(match[1]!) ? 0 : 1))
  let message = record.slice(stamp.end + 1 + match.index + match[0].length)
  const state = /^[0-9A-Z]{5}: /.exec(message)?.[0].slice(0, 5)
  if (state !== undefined) message = message.slice(7)
  const base = {
    timeUs: stamp.timeUs,
    timestamp: record.slice(0, stamp.end),
    timezone: stamp.zone,
    level: match[1],
    message,
    state,
    table: false,
    rds
  }
  if (rds) {
    const parts = /^([^(]{0,255})(?:\((\d{1,5})\))?:([^@:]{0,255})@([^:]{0,255}):\[(\d{1,10})\]:$/.exec(prefix)
    if (parts === null) return postgresqlEvent(base)
    return postgresqlEvent({
      ...base,
      client: bare(parts[1]),
      clientPort: portNumber(parts[2] ?? ''),
      user: bare(parts[3]),
      database: bare(parts[4]),
      pid: Number(parts[5])
    })
  }
  const process = /^\[(\d{1,10})(?:-(\d{1,10}))?\]:? ?/.exec(prefix)
  if (process !== null) prefix = prefix.slice(process[0].length)
  const line = /^\[(\d{1,10})(?:-(\d{1,10}))?\] /.exec(prefix)
  if (line !== null) prefix = prefix.slice(line[0].length)
  const sessionLine = line?.[1] ?? process?.[2]
  const facts = factsOf(prefix.trim())
  return postgresqlEvent({
    ...base,
    pid: process === null ? undefined : Number(process[1]),
    sessionLine: sessionLine === undefined ? undefined : Number(sessionLine),
    sequence: line?.[2] === undefined ? undefined : Number.parseInt(line[2], 16),
    user: facts.get('user'),
    database: facts.get('db') ?? facts.get('database'),
    application: facts.get('app') ?? facts.get('application'),
    client: facts.get('client') ?? facts.get('host')
  })
}

/** `user@database`, `[unknown]@[unknown]`, `db=a,user=b,app=c,client=d`, or both after each other. */
function factsOf(prefix: string): ReadonlyMap<string, string> {
  const facts = new Map<string, string>()
  for (const word of prefix.split(prefix.includes(',') ? ',' : ' ', 32)) {
    const equals = word.indexOf('=')
    const at = word.indexOf('@')
    if (equals > 0) put(facts, word.slice(0, equals).trim().toLowerCase(), word.slice(equals + 1))
    else if (at > 0) {
      put(facts, 'user', word.slice(0, at))
      put(facts, 'db', word.slice(at + 1))
    }
  }
  return facts
}

function put(facts: Map<string, string>, name: string, value: string): void {
  const content = bare(value)
  if (content !== undefined) facts.set(name, content)
}

/** Without brackets: `[unknown]`, `[local]`. */
function bare(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const trimmed = value.trim()
  const inner = trimmed.startsWith('[') && trimmed.endsWith(']') ? trimmed.slice(1, -1) : trimmed
  return inner === '' ? undefined : inner
}

function tableRecord(record: string, stamp: Stamp): Parsed {
  const cells = splitCells(record.slice(stamp.end + 1), ',', 40)
  if (cells.length < 21) return fewCells
  const cell = (i: number) => cells[i]?.trim() || undefined
  const from = cell(3)
  const colon = from === undefined || from.startsWith('[') ? -1 : from.lastIndexOf(':')
  return postgresqlEvent({
    timeUs: stamp.timeUs,
    timestamp: record.slice(0, stamp.end),
    timezone: stamp.zone,
    user: cell(0),
    database: cell(1),
    pid: numberOf(cell(2)),
    client: colon < 0 ? from : from!.slice(0, colon),
    clientPort: colon < 0 ? undefined : portNumber(from!.slice(colon + 1)),
    sessionId: cell(4),
    sessionLine: numberOf(cell(5)),
    commandTag: cell(6),
    sessionStart: cell(7),
    virtualTransaction: cell(8),
    transaction: numberOf(cell(9)),
    level: cell(10),
    state: cell(11),
    message: cells[12] ?? '',
    detail: cell(13),
    hint: cell(14),
    internalQuery: cell(15),
    context: cell(17),
    query: cell(18),
    location: cell(20),
    application: cell(21),
    backendType: cell(22),
    queryId: cell(24),
    table: true
  })
}

function jsonRecord(json: JsonObject, timezoneMinutes: number): Parsed {
  const timestamp = text(json['timestamp'])
  const stamp = timestamp === undefined ? undefined : stampOf(timestamp, timezoneMinutes)
  if (stamp === undefined) return noTime
  return postgresqlEvent({
    timeUs: stamp.timeUs,
    timestamp: timestamp!,
    timezone: stamp.zone,
    user: text(json['user']),
    database: text(json['dbname']),
    pid: numberOf(json['pid']),
    client: text(json['remote_host']),
    clientPort: numberOf(json['remote_port']),
    sessionId: text(json['session_id']),
    sessionLine: numberOf(json['line_num']),
    commandTag: text(json['ps']),
    sessionStart: text(json['session_start']),
    virtualTransaction: text(json['vxid']),
    transaction: numberOf(json['txid']),
    level: text(json['error_severity']),
    state: text(json['state_code']),
    message: text(json['message']) ?? '',
    detail: text(json['detail']),
    hint: text(json['hint']),
    internalQuery: text(json['internal_query']),
    context: text(json['context']),
    query: text(json['statement']),
    location: text(json['file_name']),
    application: text(json['application_name']),
    backendType: text(json['backend_type']),
    queryId: textOf(json['query_id']),
    table: true
  })
}

function recognise(sample: Sample): number {
  const first = sample.lines[0] ?? ''
  if (!isOurs(first)) return 0
  let good = 0
  let stamped = 0
  for (const line of sample.lines) {
    if (stampOf(line, 0) === undefined) continue
    stamped++
    if (isOurs(line)) good++
  }
  return good >= stamped * 0.8 && good * 8 >= sample.lines.length ? 0.95 : 0
}

function isOurs(line: string): boolean {
  const stamp = stampOf(line, 0)
  if (stamp === undefined) return false
  const separator = line.charCodeAt(stamp.end)
  if (separator === 44) return new RegExp(`,${levels},[0-9A-Z]{5},`).test(line.slice(0, 1024))
  if (separator === 58) return new RegExp(`:\\[\\d+\\]:${levels}: `).test(line.slice(0, 512))
  return separator === 32 && levelAt.test(line.slice(stamp.end + 1, 512)) && /: {2}/.test(line.slice(stamp.end, 600))
}

function recogniseJson(sample: Sample): number {
  let good = 0
  for (const json of sample.json)
    if (json !== undefined && 'error_severity' in json && 'session_start' in json && 'backend_type' in json) good++
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
