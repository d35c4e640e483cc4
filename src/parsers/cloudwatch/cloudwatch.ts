/**
 * Log events as Amazon CloudWatch Logs hands them out, with the record of another format as their message.
 *   subscription: { messageType, owner, logGroup, logStream, subscriptionFilters, logEvents: [ { id, timestamp, message } ] }
 *     (to Lambda, Kinesis and Firehose; cut into its events by the file reader, which hands the rest on as a header)
 *   FilterLogEvents: { events: [ { logStreamName, timestamp, message, ingestionTime, eventId } ], … }
 *   GetLogEvents:    { events: [ { timestamp, message, ingestionTime } ], … }
 *   Logs Insights:   { "@timestamp", "@message", "@logStream", "@log": "account:group", "@ptr" }
 * The fields are those of Elastic's aws-cloudwatch input.
 */

import { numberOf, object, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, NO_EVENT, ParseContext, Parsed, Parser, RecordParser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { unwrapped, withoutLineEnd } from '../shared/envelope.ts'
import { wrapperOf } from '../shared/wrapper.ts'
import { description } from './description.ts'

/** A field of `extractedFields` or the like is no wrapper's: more is not kept. */
const eventsMax = 10_000

function open(context: ParseContext): RecordParser {
  const wrapper = wrapperOf(context)
  return (_text, json) => {
    const events = json['logEvents']
    if (!Array.isArray(events)) return logEvent(json, wrapper, context)
    const first = object(events[0])
    if (events.length === 1 && first !== undefined) return logEvent(first, json, context)
    return together(events, json, context)
  }
}

function logEvent(json: JsonObject, wrapper: JsonObject | undefined, context: ParseContext): Parsed | typeof NO_EVENT {
  const raw = json['message'] ?? json['@message']
  const message = typeof raw === 'string' ? withoutLineEnd(raw) : object(raw)
  if (message === undefined) return { ok: false, reason: 'a CloudWatch log event without a message' }
  const ms = numberOf(json['timestamp'])
  const stamp = json['@timestamp']
  const timeUs = ms !== undefined && isMs(ms) ? ms * 1000 : typeof stamp === 'string' ? parseIso(stamp) : undefined
  const id = textOf(json['id']) ?? textOf(json['eventId'])
  const log = textOf(json['@log'])
  const colon = log === undefined ? -1 : log.indexOf(':')
  const group = textOf(wrapper?.['logGroup']) ?? textOf(json['logGroup']) ?? (colon > 0 ? log!.slice(colon + 1) : log)
  const stream =
    textOf(wrapper?.['logStream']) ??
    textOf(json['logStreamName']) ??
    textOf(json['logStream']) ??
    textOf(json['@logStream'])
  const owner = textOf(wrapper?.['owner']) ?? textOf(json['owner']) ?? (colon > 0 ? log!.slice(0, colon) : undefined)
  const ingested = numberOf(json['ingestionTime'])
  const filters = wrapper?.['subscriptionFilters']
  const extracted = object(json['extractedFields'])
  return unwrapped(context, message, {
    timeUs,
    identity: id,
    kind: 'cloudwatch',
    facts: {
      '@timestamp': undefined,
      message: undefined,
      event: { kind: 'event', module: 'aws', dataset: 'aws.cloudwatch_logs', id },
      cloud: { provider: 'aws', account: owner === undefined ? undefined : { id: owner } },
      log: group === undefined || stream === undefined ? undefined : { file: { path: `${group}/${stream}` } },
      aws: {
        cloudwatch: {
          log_group: group,
          log_stream: stream,
          ingestion_time: ingested === undefined || !isMs(ingested) ? undefined : isoMs(ingested * 1000),
          message_type: textOf(wrapper?.['messageType']),
          subscription_filters: Array.isArray(filters) ? filters.filter(each => typeof each === 'string') : undefined,
          extracted_fields: extracted === undefined ? undefined : texts(extracted)
        }
      }
    }
  })
}

/** A document that was not cut (it lies within another record): one event of all its messages. */
function together(events: readonly unknown[], json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  const messages: string[] = []
  for (const event of events.slice(0, eventsMax)) {
    const message = object(event as JsonObject)?.['message']
    if (typeof message === 'string') messages.push(withoutLineEnd(message))
  }
  const first = object(events[0] as JsonObject) ?? {}
  return logEvent({ ...first, message: messages.join('\n') }, json, { ...context, parseInner: undefined })
}

function isMs(value: number): boolean {
  return value > 0 && value < 253_402_300_799_000
}

/** The columns that a subscription filter's pattern cut out. */
function texts(json: JsonObject): Record<string, string> | undefined {
  const out: Record<string, string> = {}
  for (const key of Object.keys(json).slice(0, 128)) {
    const value = textOf(json[key])
    if (value !== undefined && key !== '__proto__') out[key] = value
  }
  return out
}

function isLogEvent(json: JsonObject): boolean {
  if (Array.isArray(json['logEvents'])) return typeof json['logGroup'] === 'string' && json['messageType'] !== undefined
  if (typeof json['@message'] === 'string') return json['@ptr'] !== undefined || json['@logStream'] !== undefined
  if (typeof json['timestamp'] !== 'number' || typeof json['message'] !== 'string') return false
  if (typeof json['ingestionTime'] === 'number') return true
  const id = json['id']
  // 56 digits. A control message has none: it comes with a document of its own.
  return typeof id === 'string' && id.length >= 50 && id.length <= 64 && id.charCodeAt(0) === 51 && !id.includes(' ')
}

function recognise(sample: Sample): number {
  let objects = 0
  let good = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (isLogEvent(json)) good++
  }
  if (objects > 0) return objects >= sample.lines.length - 1 && good >= objects * 0.8 ? 0.97 : 0
  // One document that is longer than the sample before its first event ends.
  const start = sample.text.slice(0, 4096).trimStart()
  return start.charCodeAt(0) === 123 && start.includes('"logEvents"') && start.includes('"logGroup"') ? 0.95 : 0
}

export const cloudwatch: Parser = {
  name: 'cloudwatch',
  title: 'Amazon CloudWatch Logs: subscriptions, FilterLogEvents, GetLogEvents, Logs Insights (JSON around any format)',
  input: 'json',
  framing: 'json',
  recognise,
  open,
  description
}
