/**
 * MongoDB's server log, as JSON (4.4 and newer) and as text (before): first stage of the pipeline, as Elastic's mongodb integration
 * maps it.
 *
 *   text = time " " severity " " component 1*" " "[" context "] " message
 *   JSON = {"t":{"$date":…},"s":severity,"c":component,"id":…,"ctx":context,"msg":message,"attr":{…}}
 */

import { distinct, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { FormatDescription, JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { hostPort } from '../shared/addresses.ts'

const lineMax = 262_144
const line =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}) ([FEWID]\d?) {1,2}([A-Z_]{1,16}|-) {1,10}(?:\[([^\]]{0,200})\] ?)?/
const noTime: Parsed = { ok: false, reason: 'no time in t.$date' }
const notMongo: Parsed = { ok: false, reason: 'not a line of MongoDB: no "time severity component [context]"' }

const specifications = [
  'https://www.mongodb.com/docs/manual/reference/log-messages/',
  'Elastic integration mongodb, log'
]
const from = '`/var/log/mongodb/mongod.log`.'
const mapping = [
  ['@timestamp', 't.$date'],
  ['log.level', 's'],
  ['mongodb.log.component', 'c'],
  ['event.type', 'c, s', 'access, change or info; error too for E and F'],
  ['mongodb.log.context', 'ctx'],
  ['message', 'msg'],
  ['mongodb.log.id, mongodb.log.attr.*', 'id, attr'],
  ['source.ip, source.port', 'attr.remote'],
  ['user.name', 'attr.principalName, attr.user']
] as const

const jsonDescription: FormatDescription = {
  reads: 'The structured log of MongoDB 4.4 and newer.',
  from,
  specifications,
  sample:
    '{"t":{"$date":"2026-03-14T09:26:53.123+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"192.0.2.7:51230","connectionId":1}}',
  mapping
}
const textDescription: FormatDescription = {
  reads: 'The text log of MongoDB 3.0 to 4.2.',
  from,
  specifications,
  sample:
    '2026-03-14T09:26:53.123+0000 I NETWORK  [listener] connection accepted from 192.0.2.7:51230 #1 (1 connection now open)',
  mapping
}

export const mongodbJson: Parser = {
  name: 'mongodb-json',
  title: 'MongoDB server log (JSON, 4.4 and newer)',
  input: 'json',
  framing: 'lines',
  recognise: recogniseJson,
  open: () => (_text, json) => jsonRecord(json),
  description: jsonDescription
}

export const mongodbText: Parser = {
  name: 'mongodb-text',
  title: 'MongoDB server log (text, before 4.4)',
  input: 'text',
  framing: 'multiline',
  begins: begun => line.test(begun.slice(0, 300)),
  recognise(sample) {
    const good = sample.lines.filter(candidate => line.test(candidate.slice(0, 300))).length
    return good > 0 && line.test(sample.lines[0] ?? '') && good * 2 >= sample.lines.length ? 0.95 : 0
  },
  open: () => record => textRecord(record),
  description: textDescription
}

/** Written under other names. */
const renamed = new Set(['t', 's', 'c', 'ctx', 'msg', 'tags', 'truncated', 'size'])

function jsonRecord(json: JsonObject): Parsed {
  const date = object(json['t'])?.['$date']
  const timeUs = typeof date === 'string' ? parseIso(date) : undefined
  if (timeUs === undefined) return noTime
  const attributes = object(json['attr'])
  const remote = remoteOf(attributes?.['remote'] ?? attributes?.['client'])
  const user = nameOf(attributes?.['principalName'] ?? attributes?.['user'])
  const level = text(json['s'])
  const component = text(json['c'])
  const rest: Record<string, JsonValue> = {}
  for (const key in json) if (!renamed.has(key) && key !== '__proto__') rest[key] = json[key]!
  return {
    ok: true,
    timeUs,
    kind: 'log',
    event: {
      '@timestamp': isoMs(timeUs),
      message: textOf(json['msg']),
      event: {
        kind: 'event',
        module: 'mongodb',
        dataset: 'mongodb.log',
        category: ['database'],
        type: typesOf(component, level)
      },
      log: { level },
      source: remote,
      user: user === undefined ? undefined : { name: user },
      related: { ip: distinct(remote?.ip), user: distinct(user) },
      mongodb: { log: { ...rest, component, context: text(json['ctx']), tags: json['tags'] } }
    }
  }
}

function textRecord(record: string): Parsed {
  if (record.length > lineMax) return { ok: false, reason: `a record of ${record.length} characters` }
  const match = line.exec(record.slice(0, 300))
  const timeUs = match === null ? undefined : parseIso(match[1]!)
  if (match === null || timeUs === undefined) return notMongo
  const message = record.slice(match[0].length)
  const remote = remoteOf(/ (?:from|connection) ([0-9A-Fa-f:.[\]]{3,60}:\d{1,5}) /.exec(message.slice(0, 300))?.[1])
  return {
    ok: true,
    timeUs,
    kind: 'log',
    event: {
      '@timestamp': isoMs(timeUs),
      message,
      event: {
        kind: 'event',
        module: 'mongodb',
        dataset: 'mongodb.log',
        category: ['database'],
        type: typesOf(match[3], match[2])
      },
      log: { level: match[2] },
      source: remote,
      related: { ip: distinct(remote?.ip) },
      mongodb: { log: { component: match[3], context: match[4] } }
    }
  }
}

function typesOf(component: string | undefined, level: string | undefined): string[] {
  const type = component === 'ACCESS' ? 'access' : component === 'WRITE' ? 'change' : 'info'
  return level === 'F' || level === 'E' ? [type, 'error'] : [type]
}

function remoteOf(
  value: JsonValue | undefined
): { readonly address: string; readonly ip: string; readonly port: number | undefined } | undefined {
  if (typeof value !== 'string') return undefined
  const { host, port } = hostPort(value)
  return isIp(host) ? { address: host, ip: host, port } : undefined
}

function nameOf(value: JsonValue | undefined): string | undefined {
  return text(value) ?? text(object(value)?.['user'])
}

function recogniseJson(sample: Sample): number {
  let good = 0
  for (const json of sample.json) {
    const date = object(json?.['t'])?.['$date']
    if (typeof date === 'string' && typeof json?.['c'] === 'string' && numberOf(json['id']) !== undefined) good++
  }
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
