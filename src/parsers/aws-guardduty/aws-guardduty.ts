/**
 * Amazon GuardDuty's findings, as JSON: files from S3, lines, answers of its API (`{"findings": […]}`), and what EventBridge delivers.
 * First stage of the pipeline: record → ECS event. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
 */

import { object, text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { put } from '../cloudtrail/leaves.ts'
import { description } from './description.ts'
import { findingEvent } from './finding-event.ts'

function parse(_line: string, json: JsonObject): Parsed {
  if (isFinding(json)) return findingEvent(json)
  // The command line tool writes the API's names: `AccountId`.
  if (isFinding(lowerFirst(json))) return findingEvent(deepLowerFirst(json, 0) as JsonObject)
  return {
    ok: false,
    reason: 'not a GuardDuty finding: no `service` with a `detectorId` or `serviceName`, or no `type`'
  }
}

/** Inspector's findings and Security Hub's have neither a `service` nor a `schemaVersion`. */
function isFinding(json: JsonObject): boolean {
  const service = object(json['service'])
  return (
    service !== undefined &&
    text(json['type']) !== undefined &&
    json['resource'] !== undefined &&
    (json['schemaVersion'] !== undefined ||
      service['detectorId'] !== undefined ||
      service['serviceName'] === 'guardduty')
  )
}

const depthMax = 24

function lowerFirst(json: JsonObject): JsonObject {
  if (json['SchemaVersion'] === undefined && json['Service'] === undefined) return {}
  return {
    type: json['Type'] ?? null,
    resource: json['Resource'] ?? null,
    service: json['Service'] ?? null,
    schemaVersion: ''
  }
}

function deepLowerFirst(value: JsonValue, depth: number): JsonValue {
  if (typeof value !== 'object' || value === null || depth >= depthMax) return value
  if (Array.isArray(value)) return value.map(item => deepLowerFirst(item, depth + 1))
  const out: Record<string, JsonValue> = {}
  for (const key of Object.keys(value))
    put(out, key.charAt(0).toLowerCase() + key.slice(1), deepLowerFirst(value[key]!, depth + 1))
  return out
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (isFinding(json) || isFinding(lowerFirst(json))) own++
  }
  if (objects > 0) return own >= objects * 0.8 ? 0.95 : 0
  const start = sample.text
  return start.includes('"detectorId"') && start.includes('"schemaVersion"') && start.includes('"resourceType"')
    ? 0.9
    : 0
}

export const awsGuardduty: Parser = {
  name: 'aws-guardduty',
  title: 'Amazon GuardDuty findings (JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
