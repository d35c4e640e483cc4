/**
 * osquery's logs: results of scheduled queries (a row that came or went, a snapshot of all rows) and status lines, as the logger
 * plugins write them, one JSON object a line. Laid out as Elastic's osquery integration does. First stage of the pipeline.
 */

import { distinct, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { cleanse, type Document, own, put } from '../ndjson/document.ts'
import { osqueryDescription } from './description.ts'

const actions = new Set(['added', 'removed', 'snapshot'])

/** `hostIdentifier` and its like, as the integration spells them. */
const renamed = new Map([
  ['hostIdentifier', 'host_identifier'],
  ['unixTime', 'unix_time'],
  ['calendarTime', 'calendar_time']
])

function parseResult(json: JsonObject): Parsed {
  if (isStatus(json)) return parseStatus(json)
  if (!isResult(json))
    return { ok: false, reason: 'neither a result of osquery (name, columns) nor a status (severity)' }
  const timeUs = timeOf(json)
  const columns = object(json['columns'])
  const decorations = object(json['decorations'])
  const column = (name: string) => (columns === undefined ? undefined : textOf(columns[name]))
  const host = textOf(json['hostIdentifier'])
  const user = textOf(decorations?.['username'])
  const pid = integer(columns?.['pid'])
  const hashes = { md5: column('md5'), sha1: column('sha1'), sha256: column('sha256') }
  const local = address(columns?.['local_address'])
  const remote = address(columns?.['remote_address'])
  const url = column('source_url')
  const action = text(json['action'])
  return {
    ok: true,
    timeUs,
    kind: action === 'snapshot' ? 'snapshot' : 'result',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: { kind: 'event', module: 'osquery', dataset: 'osquery.result', type: ['info'], action },
      osquery: { result: resultOf(json) },
      file: {
        accessed: seconds(columns?.['atime']),
        created: seconds(columns?.['ctime']),
        mtime: seconds(columns?.['mtime']),
        directory: column('directory'),
        name: column('filename'),
        gid: column('gid'),
        inode: column('inode'),
        mode: column('mode'),
        path: column('path'),
        size: integer(columns?.['size']),
        type: column('type'),
        uid: column('uid')
      },
      hash: hashes,
      user: { name: user },
      host: { hostname: host, id: textOf(decorations?.['host_uuid']) },
      process: {
        name: column('process') ?? (pid === undefined ? undefined : column('name')),
        pid,
        command_line: column('cmdline'),
        parent: { pid: integer(columns?.['parent']) }
      },
      source: local === undefined ? undefined : { address: local, ip: local, port: integer(columns?.['local_port']) },
      destination:
        remote === undefined ? undefined : { address: remote, ip: remote, port: integer(columns?.['remote_port']) },
      url: { full: url === 'null' ? undefined : url },
      rule: { name: text(json['name']) },
      related: {
        user: distinct(user, column('username')),
        hosts: distinct(host),
        hash: distinct(hashes.md5, hashes.sha1, hashes.sha256),
        ip: distinct(local, remote)
      }
    }
  }
}

/** Everything that the record says, empty columns left out. */
function resultOf(json: JsonObject): Document {
  const out: Document = {}
  for (const key in json) {
    const value = json[key]!
    const kept = key === 'columns' || key === 'decorations' ? rowOf(value) : cleanse(value, 2)
    put(out, renamed.get(key) ?? key, kept)
  }
  return out
}

function rowOf(value: JsonValue): unknown {
  const row = object(value)
  if (row === undefined) return cleanse(value, 2)
  const out: Document = {}
  for (const key in row) if (row[key] !== '') put(out, key, cleanse(row[key]!, 3))
  return out
}

const levels = ['info', 'warning', 'error', 'critical']

function parseStatus(json: JsonObject): Parsed {
  const timeUs = timeOf(json)
  const host = textOf(json['hostIdentifier'])
  const user = textOf(object(json['decorations'])?.['username'])
  const status: Document = {}
  for (const key in json) if (key !== 'message') put(status, renamed.get(key) ?? key, cleanse(json[key]!, 2))
  return {
    ok: true,
    timeUs,
    kind: 'status',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      message: text(json['message']),
      event: { kind: 'event', module: 'osquery', dataset: 'osquery.status', type: ['info'] },
      log: {
        level: levels[integer(json['severity']) ?? -1],
        origin: { file: { name: text(json['filename']), line: integer(json['line']) } }
      },
      host: { hostname: host, id: textOf(object(json['decorations'])?.['host_uuid']) },
      user: { name: user },
      osquery: { status },
      related: { hosts: distinct(host), user: distinct(user) }
    }
  }
}

function timeOf(json: JsonObject): number | undefined {
  const value = numberOf(own(json, 'unixTime') as JsonValue | undefined)
  return value !== undefined && value > 0 && value < 9e9 ? Math.round(value * 1e6) : undefined
}

function seconds(value: JsonValue | undefined): string | undefined {
  const number = numberOf(value)
  return number !== undefined && number > 0 && number < 9e9 ? isoMs(Math.round(number * 1e6)) : undefined
}

function integer(value: JsonValue | undefined): number | undefined {
  const number = numberOf(value)
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined
}

function address(value: JsonValue | undefined): string | undefined {
  return isIp(value) ? value : undefined
}

function isResult(json: JsonObject): boolean {
  if (typeof own(json, 'name') !== 'string' || !hasStamp(json)) return false
  const action = own(json, 'action')
  if (typeof own(json, 'columns') === 'object') return typeof action === 'string' && actions.has(action)
  return (action === 'snapshot' && Array.isArray(own(json, 'snapshot'))) || typeof own(json, 'diffResults') === 'object'
}

function isStatus(json: JsonObject): boolean {
  return (
    hasStamp(json) &&
    own(json, 'severity') !== undefined &&
    typeof own(json, 'filename') === 'string' &&
    typeof own(json, 'message') === 'string'
  )
}

function hasStamp(json: JsonObject): boolean {
  return (
    own(json, 'hostIdentifier') !== undefined &&
    (own(json, 'unixTime') !== undefined || own(json, 'calendarTime') !== undefined)
  )
}

function recognise(sample: Sample): number {
  let known = 0
  for (const json of sample.json) if (json !== undefined && (isResult(json) || isStatus(json))) known++
  return known > 0 && known >= sample.lines.length * 0.8 ? 0.93 : 0
}

export const osquery: Parser = {
  name: 'osquery',
  title: 'osquery: results, snapshots and status lines',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parseResult(json),
  description: osqueryDescription
}
