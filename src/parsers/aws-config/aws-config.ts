/**
 * AWS Config's records, as JSON: configuration items from its history and snapshot files (`{"configurationItems": […]}`), and results
 * of rules' evaluations from its API (`{"EvaluationResults": […]}`). First stage of the pipeline: record → ECS event.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html, …/API_EvaluationResult.html
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { description } from './description.ts'
import { evaluationEvent } from './evaluation-event.ts'
import { itemEvent } from './item-event.ts'

function parse(_line: string, json: JsonObject): Parsed {
  if (isEvaluation(json)) return evaluationEvent(json)
  if (isItem(json)) return itemEvent(json)
  return { ok: false, reason: 'neither a configuration item nor the result of an evaluation' }
}

function isEvaluation(json: JsonObject): boolean {
  return (
    typeof json['ComplianceType'] === 'string' &&
    object(object(json['EvaluationResultIdentifier'])?.['EvaluationResultQualifier']) !== undefined
  )
}

function isItem(json: JsonObject): boolean {
  return (
    json['configurationItemCaptureTime'] !== undefined &&
    (json['configurationItemStatus'] !== undefined || json['configurationStateId'] !== undefined)
  )
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (isItem(json) || isEvaluation(json)) own++
  }
  if (objects > 0) return own >= objects * 0.8 ? 0.95 : 0
  const start = sample.text
  return start.includes('"configurationItemCaptureTime"') && start.includes('"configurationItemStatus"') ? 0.9 : 0
}

export const awsConfig: Parser = {
  name: 'aws-config',
  title: 'AWS Config: configuration items and results of rules (JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
