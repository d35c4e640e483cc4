/** The result of a rule's evaluation of a resource to an ECS event, as Elastic's aws/config maps it. Called by `aws-config.ts`. */

import { distinct, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { renamed, timeOf, timeText } from '../aws/finding.ts'
import { arnOf } from '../aws/values.ts'
import { evaluationNames } from './names.ts'

export function evaluationEvent(json: JsonObject): Parsed {
  const identifier = object(json['EvaluationResultIdentifier'])
  const timeUs =
    timeOf(json['ResultRecordedTime']) ??
    timeOf(json['ConfigRuleInvokedTime']) ??
    timeOf(identifier?.['OrderingTimestamp'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `ResultRecordedTime` or `ConfigRuleInvokedTime`' }
  const qualifier = object(identifier?.['EvaluationResultQualifier'])
  const rule = object(json['ConfigRuleInfo'])
  const ruleArn = text(rule?.['ConfigRuleArn'])
  const arn = arnOf(ruleArn)
  const compliance = text(json['ComplianceType'])
  const ruleText = text(rule?.['Description'])
  const createdBy = text(rule?.['CreatedBy'])

  const config = renamed(json, evaluationNames)
  const parameters = jsonIn(rule?.['InputParameters'])
  const info = config['rule_info']
  if (parameters !== undefined && typeof info === 'object')
    config['rule_info'] = { ...info, input_parameters: parameters }

  return {
    ok: true,
    timeUs,
    kind: 'evaluation',
    event: {
      '@timestamp': isoMs(timeUs),
      message: ruleText,
      event: {
        module: 'aws',
        dataset: 'aws.config',
        kind: 'event',
        category: ['configuration'],
        type: ['info'],
        id: text(identifier?.['ResourceEvaluationId']),
        created: timeText(identifier?.['OrderingTimestamp']),
        outcome:
          compliance === undefined
            ? undefined
            : compliance === 'COMPLIANT'
              ? 'success'
              : compliance === 'NON_COMPLIANT'
                ? 'failure'
                : 'unknown',
        reason: text(json['Annotation'])
      },
      rule: {
        name: text(rule?.['ConfigRuleName']) ?? text(qualifier?.['ConfigRuleName']),
        uuid: text(rule?.['ConfigRuleId']),
        description: ruleText,
        reference: ruleArn,
        tags: text(object(rule?.['Scope'])?.['TagValue'])
      },
      resource: { id: text(qualifier?.['ResourceId']), type: text(qualifier?.['ResourceType']) },
      result: { evaluation: compliance },
      related: { user: distinct(createdBy) },
      cloud: {
        provider: 'aws',
        account: { id: arn?.account, name: arn?.account },
        region: arn?.region
      },
      observer: { vendor: 'Amazon', product: 'AWS Config' },
      aws: { config }
    }
  }
}

const parametersLengthMax = 16_384

/** The parameters of a rule are JSON inside a string. */
function jsonIn(value: JsonValue | undefined): JsonObject | undefined {
  const inner = text(value)
  if (inner === undefined || inner.length > parametersLengthMax) return undefined
  try {
    return object(JSON.parse(inner))
  } catch {
    return undefined
  }
}
