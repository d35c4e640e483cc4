/**
 * AWS Security Hub's findings in the AWS Security Finding Format (ASFF), as JSON: lines, answers of its API (`{"Findings": […]}`), and
 * the findings inside EventBridge events. First stage of the pipeline: record → ECS event.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { description } from './description.ts'
import { findingEvent } from './finding-event.ts'

function parse(_line: string, json: JsonObject): Parsed {
  const finding = findingIn(json)
  if (finding === undefined)
    return {
      ok: false,
      reason: 'not a Security Hub finding: no SchemaVersion, ProductArn or AwsAccountId beside its Id'
    }
  return findingEvent(finding)
}

/** The record itself, or the one finding in the `detail` of an EventBridge event. */
function findingIn(json: JsonObject): JsonObject | undefined {
  if (isFinding(json)) return json
  const findings = json['findings']
  const only = Array.isArray(findings) && findings.length === 1 ? object(findings[0]) : undefined
  return only !== undefined && isFinding(only) ? only : undefined
}

/** Required by ASFF: SchemaVersion, Id, ProductArn, AwsAccountId, GeneratorId, times, title, resources. Two of the telling ones will do. */
function isFinding(json: JsonObject): boolean {
  if (typeof json['Id'] !== 'string') return false
  let telling = 0
  for (const key of ['SchemaVersion', 'ProductArn', 'AwsAccountId', 'GeneratorId'])
    if (typeof json[key] === 'string') telling++
  return telling >= 2
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    const finding = findingIn(json)
    if (finding?.['ProductArn'] !== undefined || object(finding?.['FindingProviderFields']) !== undefined) own++
  }
  if (objects > 0) return own >= objects * 0.8 ? 0.95 : 0
  const start = sample.text
  return start.includes('"ProductArn"') && start.includes('"GeneratorId"') && start.includes('"AwsAccountId"') ? 0.9 : 0
}

export const awsSecurityHub: Parser = {
  name: 'aws-security-hub',
  title: 'AWS Security Hub findings (ASFF, JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
