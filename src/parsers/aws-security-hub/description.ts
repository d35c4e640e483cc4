/** What the page of Security Hub's findings is made from. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Findings in the AWS Security Finding Format (schema 2018-10-08), of Security Hub itself and of the products that send theirs to it. All parts are below `aws.securityhub_findings` in snake case; details of resources keep their own names.',
  from: 'An EventBridge rule for `aws.securityhub`, or `aws securityhub get-findings` (Security Hub CSPM).',
  specifications: ['AWS Security Hub User Guide, "AWS Security Finding Format (ASFF)"'],
  sample:
    '{"SchemaVersion":"2018-10-08","Id":"arn:aws:securityhub:us-east-1:123456789012:security-control/S3.1/finding/1","ProductArn":"arn:aws:securityhub:us-east-1::product/aws/securityhub","GeneratorId":"security-control/S3.1","AwsAccountId":"123456789012","CreatedAt":"2022-01-01T00:00:00.000Z","UpdatedAt":"2022-01-02T00:00:00.000Z","Severity":{"Label":"HIGH","Normalized":70},"Title":"Block public access","Description":"…","Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::example"}],"Compliance":{"Status":"FAILED"}}',
  mapping: [
    ['@timestamp', 'UpdatedAt', 'else CreatedAt'],
    ['event.id, event.severity', 'Id, Severity.Normalized'],
    [
      'event.outcome, result.evaluation',
      'Compliance.Status',
      'PASSED: `success`, `passed`; FAILED: `failure`, `failed`; else `unknown`'
    ],
    ['rule.id', 'GeneratorId', 'else Compliance.SecurityControlId'],
    ['rule.name, message', 'Title'],
    ['rule.description, rule.reference', 'Description, Remediation.Recommendation.Url'],
    ['rule.ruleset', 'Compliance.RelatedRequirements'],
    ['resource.id, resource.type, resource.name', 'Resources'],
    ['user.*, host.*, orchestrator.*, cloud.instance.*', 'Resources', 'by the type of the resource'],
    ['source.*, destination.*, network.*', 'Network'],
    ['process.*', 'Process'],
    ['threat.*', 'ThreatIntelIndicators'],
    ['vulnerability.*', 'Vulnerabilities'],
    ['cloud.account.id, cloud.region', 'AwsAccountId, Region'],
    ['aws.securityhub_findings.*', 'all parts']
  ]
}
