/** What the page of GuardDuty's findings is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Findings of Amazon GuardDuty (schema 2.0) of all types: from its export to S3, its API and command line tool, and EventBridge. All parts of a finding are below `aws.guardduty` in snake case.',
  from: 'In the GuardDuty console, *Settings*, *Findings export options*: choose a bucket. Or an EventBridge rule for `aws.guardduty`.',
  specifications: [
    'Amazon GuardDuty User Guide, "GuardDuty finding format"',
    'Amazon GuardDuty API Reference, "Finding"'
  ],
  sample:
    '{"schemaVersion":"2.0","accountId":"123456789012","region":"us-east-1","partition":"aws","id":"16afba5c","arn":"arn:aws:guardduty:us-east-1:123456789012:detector/1/finding/16afba5c","type":"Recon:EC2/PortProbeUnprotectedPort","resource":{"resourceType":"Instance"},"service":{"serviceName":"guardduty","detectorId":"1","action":{"actionType":"PORT_PROBE"},"resourceRole":"TARGET","eventFirstSeen":"2022-01-01T00:00:00Z","eventLastSeen":"2022-01-01T01:00:00Z","count":4},"severity":2,"createdAt":"2022-01-01T01:05:00.000Z","updatedAt":"2022-01-01T01:05:00.000Z","title":"Unprotected port","description":"Port probed."}',
  mapping: [
    ['@timestamp', 'updatedAt', 'else createdAt'],
    ['message', 'description'],
    ['event.id, event.action, event.severity', 'id, service.action.actionType, severity'],
    ['event.created, event.start, event.end', 'createdAt, service.eventFirstSeen, service.eventLastSeen'],
    ['rule.name, rule.category, rule.ruleset', 'type', 'whole, before the colon, before the slash'],
    [
      'source.*, destination.*',
      'service.action.*.remoteIpDetails, localIpDetails',
      'by the direction of the connection'
    ],
    ['user.*', 'resource.accessKeyDetails, kubernetesUserDetails, rdsDbUserDetails'],
    ['process.*', 'service.runtimeDetails.process'],
    ['file.*', 'service.ebsVolumeScanDetails', 'files in which threats were found'],
    ['host.id, cloud.instance.id', 'resource.instanceDetails.instanceId'],
    ['cloud.account.id, cloud.region', 'accountId, region'],
    ['aws.guardduty.severity.value', 'severity', 'Low, Medium, High, Critical'],
    ['aws.guardduty.*', 'all parts']
  ]
}
