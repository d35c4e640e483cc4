/** What the page of Inspector's findings is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Findings of Amazon Inspector (the current one, inspector2): vulnerable packages, code vulnerabilities and reachable ports. All parts are below `aws.inspector` in snake case.',
  from: 'Export findings to S3 in the Inspector console, `aws inspector2 list-findings`, or an EventBridge rule for `aws.inspector2`.',
  specifications: ['Amazon Inspector API Reference, "Finding"'],
  sample:
    '{"awsAccountId":"123456789012","description":"A flaw.","findingArn":"arn:aws:inspector2:us-east-1:123456789012:finding/1","firstObservedAt":1662110000.1,"lastObservedAt":1662110000.1,"updatedAt":1662110001.5,"severity":"HIGH","status":"ACTIVE","title":"CVE-2022-0001 - openssl","type":"PACKAGE_VULNERABILITY","resources":[{"id":"i-1","type":"AWS_EC2_INSTANCE","region":"us-east-1"}],"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2022-0001","source":"NVD","vulnerablePackages":[{"name":"openssl","version":"1.0.2k"}]}}',
  mapping: [
    ['@timestamp', 'updatedAt', 'else lastObservedAt'],
    ['message, vulnerability.description', 'description'],
    ['vulnerability.id, vulnerability.title', 'packageVulnerabilityDetails.vulnerabilityId, title'],
    ['vulnerability.severity', 'severity', 'Low, Medium, High, Critical, Unknown'],
    ['vulnerability.score.base, vulnerability.score.version', 'inspectorScoreDetails.adjustedCvss'],
    ['vulnerability.reference', 'packageVulnerabilityDetails.referenceUrls'],
    ['package.*', 'packageVulnerabilityDetails.vulnerablePackages'],
    ['resource.id, resource.type, resource.name', 'resources'],
    ['host.*, cloud.instance.id, cloud.machine.type', 'resources', 'of type AWS_EC2_INSTANCE'],
    ['network.transport', 'networkReachabilityDetails.protocol'],
    ['cloud.account.id, cloud.region', 'awsAccountId, resources.region'],
    ['aws.inspector.*', 'all parts']
  ]
}
