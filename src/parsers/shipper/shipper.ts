/**
 * JSON of log shippers (Fluent Bit, Fluentd, Filebeat, Vector, Logstash, Promtail …) around a line of another format: the line is in
 * `message`, `log` and the like, everything else says where it comes from. The line becomes the event; the shipper's fields are added
 * as the format for any JSON reads them.
 */

import { object, text } from '../../core/ecs-values.ts'
import { type JsonObject, NO_EVENT, type Parser, type Sample } from '../../core/parser.ts'
import { type Document, put } from '../ndjson/document.ts'
import { ndjson } from '../ndjson/ndjson.ts'
import { withEnvelope, withoutLineEnd } from '../shared/envelope.ts'
import { description } from './description.ts'
import { podFacts } from './kubernetes.ts'

/** Where shippers put the line, the surest first. */
const lineKeys = ['log', 'message', 'Message', 'msg', 'line', '_raw', 'raw', 'MESSAGE'] as const

function lineKey(json: JsonObject): (typeof lineKeys)[number] | undefined {
  for (const key of lineKeys) if (typeof json[key] === 'string' && json[key] !== '') return key
  return undefined
}

/** A document that somebody has normalised already: its message is what is left of it. */
function isFinished(json: JsonObject): boolean {
  if (json['event.category'] !== undefined || json['event.kind'] !== undefined) return true
  const event = object(json['event'])
  return event !== undefined && (event['category'] !== undefined || event['kind'] !== undefined)
}

export const shipper: Parser = {
  name: 'shipper',
  title: 'JSON of Fluent Bit, Fluentd, Filebeat, Vector and other shippers around lines of any format',
  input: 'json',
  framing: 'lines',
  recognise,
  description,
  open(context) {
    const parseOuter = ndjson.open(context)
    return (record, json) => {
      const key = lineKey(json)
      if (key === undefined || isFinished(json)) return parseOuter(record, json)
      const line = withoutLineEnd(json[key] as string)
      const inner = context.parseInner?.(line)
      if (inner === NO_EVENT) return NO_EVENT
      const kubernetes = object(json['kubernetes'])
      const outer = parseOuter(record, without(json, key, 'kubernetes'))
      if (outer === NO_EVENT || !outer.ok) return outer
      const { event } = outer
      if (kubernetes !== undefined) {
        const pod = podFacts(kubernetes)
        event['kubernetes'] = pod.kubernetes
        event['orchestrator'] ??= pod.orchestrator
        event['container'] ??= pod.container
      }
      if (inner?.ok === true) {
        const time = event['@timestamp']
        event['@timestamp'] = undefined
        // What the shipper calls the message besides the line is no message of the line's event.
        if (event['message'] !== undefined) event['labels'] = { shipper_message: event['message'] }
        event['message'] = undefined
        const timeUs = outer.timeUs ?? (time === undefined ? undefined : Date.parse(time) * 1000)
        return withEnvelope(inner, { facts: event, timeUs, identity: outer.identity, kind: outer.kind })
      }
      const own = event['event'] as { module?: string; dataset?: string } | undefined
      if (kubernetes !== undefined && (own?.module === undefined || own.module === 'ndjson'))
        event['event'] = { ...own, module: 'kubernetes', dataset: 'kubernetes.container_logs' }
      event['message'] ??= line
      return outer
    }
  }
}

function without(json: JsonObject, one: string, other: string): JsonObject {
  const rest: Document = {}
  for (const key in json) if (key !== one && key !== other) put(rest, key, json[key])
  return rest as JsonObject
}

function recognise(sample: Sample): number {
  let objects = 0
  let pods = 0
  let known = 0
  const most = Math.min(sample.json.length, 20)
  for (let i = 0; i < most; i++) {
    const json = sample.json[i]
    if (json === undefined) continue
    objects++
    const key = lineKey(json)
    if (key === undefined || isFinished(json)) continue
    const pod = object(json['kubernetes'])
    if (pod !== undefined && (text(pod['pod_name']) ?? object(pod['pod'])) !== undefined) pods++
    else if (holdsRecord(sample, json[key] as string)) known++
  }
  if (objects === 0 || objects < most - 1) return 0
  if (pods >= objects * 0.8) return 0.9
  return pods + known >= objects * 0.5 ? 0.76 : 0
}

/** Shorter texts are words. */
const recordCharsMin = 20

function holdsRecord(sample: Sample, text: string): boolean {
  if (text.length < recordCharsMin) return false
  return (sample.recogniseInner?.(withoutLineEnd(text))?.confidence ?? 0) >= 0.8
}
