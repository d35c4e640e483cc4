/** Where the parts of AWS Config's records go that do not simply become snake case (Elastic's aws.config.*). */

import { naming } from '../aws/finding.ts'

export const evaluationNames = naming(
  `
  .ConfigRuleInfo                         rule_info
  `,
  'ConfigRuleInvokedTime ResultRecordedTime OrderingTimestamp',
  '',
  'ConfigRuleInfo.InputParameters'
)

/** What a resource is configured as keeps its own names: they are those of the service's API. */
export const itemNames = naming(
  `
  .ARN                                    arn
  `,
  'configurationItemCaptureTime resourceCreationTime configurationItemDeliveryTime',
  'configurationStateId',
  '.tags .configuration .supplementaryConfiguration'
)
