/** Where the parts of an Inspector finding go that do not simply become snake case (Elastic's aws.inspector.*). */

import { naming } from '../aws/finding.ts'

export const names = naming(
  `
  filePath.fileName                       name
  filePath.filePath                       path
  adjustedCvss.score                      score.value
  adjustedCvss.scoreSource                score.source
  steps.componentId                       component.id
  steps.componentType                     component.type
  steps.componentArn                      component.arn
  packageVulnerabilityDetails.source      source.value
  packageVulnerabilityDetails.sourceUrl   source.url.original
  packageVulnerabilityDetails.vendorCreatedAt vendor.created_at
  packageVulnerabilityDetails.vendorSeverity  vendor.severity
  packageVulnerabilityDetails.vendorUpdatedAt vendor.updated_at
  recommendation.Url                      url.original
  details.awsEc2Instance                  aws.ec2_instance
  details.awsEcrContainerImage            aws.ecr_container_image
  details.awsLambdaFunction               aws.lambda_function
  awsEc2Instance.ipV4Addresses            ipv4_addresses
  awsEc2Instance.ipV6Addresses            ipv6_addresses
  awsEcrContainerImage.imageHash          image.hash
  awsEcrContainerImage.imageTags          image.tags
  `,
  'updatedAt firstObservedAt lastObservedAt lastKnownExploitAt vendorCreatedAt vendorUpdatedAt launchedAt lastInUseAt pushedAt lastModifiedAt',
  '',
  'resources.tags inspectorScoreDetails.adjustments adjustedCvss.adjustments layers'
)
