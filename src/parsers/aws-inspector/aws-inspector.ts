/**
 * Amazon Inspector's findings, as JSON: lines, answers of its API (`{"findings": […]}`), exports, and what EventBridge delivers.
 * First stage of the pipeline: record → ECS event. https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html
 */

import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { description } from './description.ts'
import { findingEvent } from './finding-event.ts'

function parse(_line: string, json: JsonObject): Parsed {
  if (!isFinding(json)) return { ok: false, reason: 'not an Inspector finding: no `findingArn` of inspector2' }
  return findingEvent(json)
}

/** The first generation's findings (`arn:aws:inspector:`) have another form. */
function isFinding(json: JsonObject): boolean {
  const arn = json['findingArn']
  return typeof arn === 'string' && arn.startsWith('arn:') && arn.includes(':inspector2:')
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (isFinding(json)) own++
  }
  if (objects > 0) return own >= objects * 0.8 ? 0.95 : 0
  const start = sample.text
  return start.includes('"findingArn"') && start.includes(':inspector2:') && start.includes('"awsAccountId"') ? 0.9 : 0
}

export const awsInspector: Parser = {
  name: 'aws-inspector',
  title: 'Amazon Inspector findings (JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
