/**
 * AWS CloudTrail as JSON: record by record (the file reader cuts `{"Records":[…]}`, arrays and lines), digest files, records inside
 * EventBridge events (`detail`) and inside Splunk search exports (`result._raw`). First stage of the pipeline: record → ECS event.
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { description } from './description.ts'
import { digestEvent, isDigest } from './digest.ts'
import { present, putNew } from './leaves.ts'
import { isRecord, recordEvent } from './record-event.ts'

function parse(text: string, json: JsonObject): Parsed {
  if (isRecord(json)) return recordEvent(text, json, undefined)
  if (isDigest(json)) return digestEvent(json)
  const detail = object(json['detail'])
  if (detail !== undefined && isRecord(detail)) return wrapped(recordEvent(text, detail, 'detail'), json, 'detail')
  const raw = object(json['result'])?.['_raw']
  if (typeof raw === 'string') return parseRaw(raw, json)
  return { ok: false, reason: 'not a CloudTrail record: none of eventName, eventSource, eventID, eventTime, eventType' }
}

function parseRaw(raw: string, json: JsonObject): Parsed {
  let inner: JsonObject | undefined
  try {
    inner = object(JSON.parse(raw))
  } catch {
    inner = undefined
  }
  if (inner === undefined || !(isRecord(inner) || isDigest(inner)))
    return { ok: false, reason: '`result._raw` holds no CloudTrail record' }
  const parsed = isRecord(inner) ? recordEvent(raw, inner, undefined) : digestEvent(inner)
  return wrapped(parsed, json, 'result')
}

/** What the wrapping holds beside the record is kept under `aws.cloudtrail.wrapping`. */
function wrapped(parsed: Parsed, outer: JsonObject, record: 'detail' | 'result'): Parsed {
  if (!parsed.ok) return parsed
  const wrapping: Record<string, unknown> = {}
  for (const key of Object.keys(outer)) {
    if (key === record) continue
    const kept = present(outer[key])
    if (kept !== undefined) putNew(wrapping, key.replaceAll('-', '_'), kept)
  }
  const result = record === 'result' ? object(outer['result']) : undefined
  for (const key of result === undefined ? [] : Object.keys(result)) {
    const kept = key === '_raw' ? undefined : present(result![key])
    if (kept !== undefined) putNew(wrapping, key, kept)
  }
  const aws = parsed.event['aws'] as { cloudtrail: Record<string, unknown> }
  aws.cloudtrail['wrapping'] = wrapping
  return parsed
}

/** AWS's own: S3 notifications have the same keys but `eventSource: "aws:s3"`. */
function isTelling(json: JsonObject): boolean {
  if (isDigest(json)) return json['logFiles'] !== undefined || json['awsAccountId'] !== undefined
  const detail = object(json['detail'])
  if (detail !== undefined) return isTelling(detail)
  const raw = object(json['result'])?.['_raw']
  if (typeof raw === 'string') return raw.includes('"eventVersion"') && raw.includes('.amazonaws.com"')
  if (json['eventVersion'] === undefined) return false
  const source = json['eventSource']
  const type = json['eventType']
  return (
    (typeof source === 'string' && source.includes('.amazonaws.com') && json['eventName'] !== undefined) ||
    (typeof type === 'string' && type.startsWith('Aws') && json['eventID'] !== undefined)
  )
}

function recognise(sample: Sample): number {
  let objects = 0
  let telling = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    const records = json['Records']
    const first = Array.isArray(records) ? object(records[0]) : json
    objects++
    if (first !== undefined && isTelling(first)) telling++
  }
  if (objects > 0) return telling >= objects * 0.8 ? 0.95 : 0
  // One document over many lines, or a line longer than the sample: look for its keys.
  const text = sample.text
  const start = text.trimStart().charCodeAt(0)
  if (start !== 123 && start !== 91) return 0
  const has = (key: string) => text.includes(key)
  if (has('"digestStartTime"') && has('"digestS3Object"')) return 0.95
  return has('"eventVersion"') && has('"eventName"') && has('"eventSource"') && has('.amazonaws.com"') ? 0.9 : 0
}

export const cloudtrail: Parser = {
  name: 'cloudtrail',
  title: 'AWS CloudTrail (JSON files, lines, EventBridge events; digest files)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
