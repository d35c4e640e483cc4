/** What the page of AWS Config's records is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Configuration items from the history and snapshot files that AWS Config writes to S3, and results of evaluations as its API gives them. What a resource is configured as keeps the names of its service.',
  from: 'In the AWS Config console, *Settings*, *Delivery method*: the S3 bucket. Or `aws configservice get-compliance-details-by-config-rule`.',
  specifications: ['AWS Config API Reference, "ConfigurationItem", "EvaluationResult"'],
  sample:
    '{"configurationItemCaptureTime":"2022-01-01T00:00:00.000Z","configurationStateId":1641000000000,"awsAccountId":"123456789012","configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket","resourceId":"example","ARN":"arn:aws:s3:::example","awsRegion":"us-east-1","tags":{},"relationships":[],"configuration":{"name":"example"}}',
  mapping: [
    ['@timestamp', 'configurationItemCaptureTime, ResultRecordedTime'],
    ['event.type, event.action', 'configurationItemStatus', '`creation`, `deletion`, else `change`'],
    ['event.outcome, result.evaluation', 'ComplianceType', '`success` for COMPLIANT, `failure` for NON_COMPLIANT'],
    ['rule.*, message', 'ConfigRuleInfo'],
    ['resource.id, resource.type, resource.name', 'resourceId, resourceType, resourceName; EvaluationResultQualifier'],
    ['cloud.account.id, cloud.region', 'awsAccountId, awsRegion', 'of evaluations: from ConfigRuleArn'],
    ['aws.config.item.*', 'all parts of configuration items'],
    ['aws.config.*', 'all parts of evaluations']
  ]
}
