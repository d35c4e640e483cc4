/**
 * OpenTelemetry log records as OTLP JSON: a document with its resource, scope and record → ECS event. Attributes that are named as
 * ECS names them, or that have a counterpart there, take that place; all others stay below `otlp.attributes` and `otlp.resource`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { cleanse, type Document, merge, own } from '../ndjson/document.ts'
import { isEcsField } from '../ndjson/names.ts'
import { isOtlpLogs, type LogRecord, logRecords } from './records.ts'
import { anyValue, keyValues, objectOf, unixNano } from './values.ts'

export const otlp: Parser = {
  name: 'otlp',
  title: 'OpenTelemetry log records (OTLP JSON)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description: {
    reads:
      'OTLP logs in JSON (`resourceLogs`), one event a log record. Files are cut into records; a document of several records that comes ' +
      'to a plain HTTP source is one event with all their messages; to a source of type `otlp`, an event each. Metrics and traces are not read.',
    from: 'The OpenTelemetry Collector’s file exporter (`format: json`), or any exporter for OTLP/HTTP.',
    specifications: [
      'https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto',
      'https://opentelemetry.io/docs/specs/otel/logs/data-model/'
    ],
    sample:
      '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeLogs":[{"scope":{"name":"com.example.Cart"},"logRecords":[{"timeUnixNano":"1735689600000000000","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"card refused"},"attributes":[{"key":"exception.type","value":{"stringValue":"CardError"}}],"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]}]}]}',
    mapping: [
      ['@timestamp', 'timeUnixNano, else observedTimeUnixNano'],
      ['message', 'body', 'a structured body as JSON text, and below otlp.body'],
      ['log.level', 'severityText, else the name of severityNumber’s range'],
      ['event.severity', 'severityNumber'],
      ['trace.id, span.id', 'traceId, spanId'],
      ['service.name, .version, .environment, .node.name', 'resource: service.*, deployment.environment'],
      ['host.*, process.*, container.*, cloud.*', 'resource attributes of those names'],
      ['orchestrator.*, kubernetes.*', 'resource: k8s.*'],
      ['error.type, .message, .stack_trace', 'exception.type, .message, .stacktrace'],
      ['log.logger', 'scope.name'],
      ['log.origin.*', 'code.function.name, code.file.path, code.line.number']
    ]
  }
}

/** Attributes with a counterpart in ECS under another name. */
const renamed: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'exception.type': 'error.type',
    'exception.message': 'error.message',
    'exception.stacktrace': 'error.stack_trace',
    'code.function': 'log.origin.function',
    'code.function.name': 'log.origin.function',
    'code.filepath': 'log.origin.file.name',
    'code.file.path': 'log.origin.file.name',
    'code.lineno': 'log.origin.file.line',
    'code.line.number': 'log.origin.file.line',
    'thread.id': 'process.thread.id',
    'thread.name': 'process.thread.name',
    'service.instance.id': 'service.node.name',
    'deployment.environment': 'service.environment',
    'deployment.environment.name': 'service.environment',
    'host.arch': 'host.architecture',
    'os.type': 'host.os.type',
    'os.name': 'host.os.name',
    'os.version': 'host.os.version',
    'os.description': 'host.os.full',
    'process.executable.path': 'process.executable',
    'process.executable.name': 'process.name',
    'process.owner': 'process.user.name',
    'container.image.name': 'container.image.name',
    'cloud.availability_zone': 'cloud.availability_zone',
    'cloud.platform': 'cloud.service.name',
    'k8s.cluster.name': 'orchestrator.cluster.name',
    'k8s.namespace.name': 'kubernetes.namespace',
    'k8s.node.name': 'kubernetes.node.name',
    'k8s.pod.name': 'kubernetes.pod.name',
    'k8s.pod.uid': 'kubernetes.pod.uid',
    'k8s.container.name': 'kubernetes.container.name',
    'k8s.deployment.name': 'kubernetes.deployment.name',
    'http.method': 'http.request.method',
    'http.status_code': 'http.response.status_code',
    'http.url': 'url.full',
    'http.user_agent': 'user_agent.original',
    'enduser.id': 'user.name',
    'net.peer.ip': 'source.ip',
    'net.sock.peer.addr': 'source.ip',
    'event.name': 'event.action'
  })
)

const severityNames = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

function recognise(sample: Sample): number {
  const good = sample.json.filter(json => json !== undefined && isOtlpLogs(json)).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.94 : 0
}

function parse(json: JsonObject): Parsed {
  if (!isOtlpLogs(json)) return { ok: false, reason: 'no OTLP logs: no resourceLogs with scopeLogs and logRecords' }
  const records = logRecords(json)
  const first = records[0]
  if (first === undefined) return { ok: false, reason: 'OTLP logs without a log record' }
  const timeUs = unixNano(first.record['timeUnixNano']) ?? unixNano(first.record['observedTimeUnixNano'])
  const event = eventOf(first, timeUs)
  if (records.length > 1) addOthers(event, records)
  return { ok: true, event, timeUs, kind: undefined }
}

function eventOf({ resource, scope, record }: LogRecord, timeUs: number | undefined): Document {
  const body = anyValue(record['body'])
  const severity = typeof record['severityNumber'] === 'number' ? record['severityNumber'] : undefined
  const severityName = severity === undefined || severity < 1 ? undefined : severityNames[(severity - 1) >> 2]
  const observed = unixNano(record['observedTimeUnixNano'])
  const scopeOf = objectOf(scope)
  const structured = typeof body === 'object'
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: structured ? JSON.stringify(body).slice(0, 65536) : body === undefined ? undefined : String(body),
    event: {
      kind: 'event',
      module: 'otlp',
      dataset: 'otlp.logs',
      severity,
      created: observed === undefined ? undefined : isoMs(observed),
      action: textOf(record['eventName'])
    },
    log: { level: textOf(record['severityText']) ?? severityName, logger: textOf(scopeOf?.['name']) },
    trace: { id: textOf(record['traceId']) },
    span: { id: textOf(record['spanId']) },
    otlp: {
      body: structured ? cleanse(body as never, 1) : undefined,
      flags: typeof record['flags'] === 'number' ? record['flags'] : undefined,
      dropped_attributes_count: countOf(record['droppedAttributesCount']),
      scope: {
        version: textOf(scopeOf?.['version']),
        attributes: scopeOf === undefined ? undefined : keyValues(scopeOf['attributes'])
      }
    }
  }
  place(event, keyValues(objectOf(resource)?.['attributes']), 'otlp.resource')
  place(event, keyValues(record['attributes']), 'otlp.attributes')
  addRelated(event)
  return event
}

function place(event: Document, attributes: Document, otherwise: string): void {
  for (const key in attributes) {
    const value = attributes[key]
    const target = renamed.get(key)
    if (target !== undefined && isFree(event, target) && fits(target, value)) merge(event, target, plain(target, value))
    else if (target === undefined && isEcsField(key) && isFree(event, key) && fits(key, value)) merge(event, key, value)
    else merge(event, `${otherwise}.${key}`, cleanse(value as never, 2))
  }
}

/** Nothing stands at the path, nor a plain value in its way. */
function isFree(event: Document, path: string): boolean {
  let at: unknown = event
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return at === undefined
    at = own(at, part)
    if (at === undefined) return true
  }
  return false
}

function fits(path: string, value: unknown): boolean {
  if ((typeof value === 'object' && !Array.isArray(value)) || path.includes('.ip.')) return false
  return !path.endsWith('.ip') || isIp(value)
}

function plain(path: string, value: unknown): unknown {
  return path === 'kubernetes.namespace' || path.endsWith('.name') ? String(value) : value
}

/** What a document of several records says: their messages together, and how many they are. */
function addOthers(event: Document, records: readonly LogRecord[]): void {
  const bodies = records
    .map(({ record }) => anyValue(record['body']))
    .map(body => (typeof body === 'object' ? JSON.stringify(body) : body))
  event['message'] = bodies.filter(body => body !== undefined).join('\n')
  merge(event, 'otlp.records_count', records.length)
  const levels = records.map(({ record }) => textOf(record['severityText']))
  const traces = records.map(({ record }) => textOf(record['traceId']))
  const attributes = records.map(({ record }) => keyValues(record['attributes']))
  merge(event, 'otlp.records', {
    severity_text: distinct(...levels),
    trace_id: distinct(...traces),
    attributes: attributes.slice(1).map(one => cleanse(one as never, 2))
  })
}

function addRelated(event: Document): void {
  const ips: string[] = []
  for (const side of ['source', 'destination', 'client', 'server']) {
    const end = own(event, side)
    if (typeof end !== 'object' || end === null) continue
    for (const name of ['ip', 'address']) {
      const ip = own(end, name)
      if (isIp(ip)) ips.push(ip)
    }
  }
  if (ips.length > 0 && isFree(event, 'related.ip')) merge(event, 'related.ip', distinct(...ips))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined
}
