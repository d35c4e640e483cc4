/** A configuration item (how a resource is configured since when) to an ECS event. Called by `aws-config.ts`. Elastic has no mapping. */

import { text } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { renamed, timeOf, timeText } from '../aws/finding.ts'
import { itemNames } from './names.ts'

/** What the status says of the resource: https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html */
function typeOf(status: string | undefined): string {
  if (status === 'ResourceDiscovered') return 'creation'
  return status === 'ResourceDeleted' || status === 'ResourceDeletedNotRecorded' ? 'deletion' : 'change'
}

export function itemEvent(json: JsonObject): Parsed {
  const timeUs = timeOf(json['configurationItemCaptureTime'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `configurationItemCaptureTime`' }
  const status = text(json['configurationItemStatus'])
  const arn = text(json['ARN']) ?? text(json['arn'])
  return {
    ok: true,
    timeUs,
    kind: 'item',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.config',
        kind: 'state',
        category: ['configuration'],
        type: [typeOf(status)],
        action: status,
        start: timeText(json['resourceCreationTime'])
      },
      resource: {
        id: text(json['resourceId']) ?? arn,
        type: text(json['resourceType']),
        name: text(json['resourceName'])
      },
      cloud: {
        provider: 'aws',
        account: { id: text(json['awsAccountId']) ?? text(json['accountId']) },
        region: text(json['awsRegion']),
        availability_zone: text(json['availabilityZone'])
      },
      observer: { vendor: 'Amazon', product: 'AWS Config' },
      aws: { config: { item: renamed(json, itemNames) } }
    }
  }
}
