/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'CloudTrail’s records: files as it delivers them to S3 (`{"Records": […]}`, packed or not), one record a line, EventBridge events ' +
    'around them, and digest files. Request parameters and response elements are kept whole below `aws.cloudtrail.flattened`.',
  from: 'Make a trail that delivers to an S3 bucket, copy its folder (`aws s3 sync s3://BUCKET/AWSLogs ./AWSLogs`) and import it as it is.',
  specifications: [
    'AWS CloudTrail User Guide, CloudTrail record contents, version 1.11',
    'CloudTrail digest file structure'
  ],
  sample:
    '{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"},"eventTime":"2026-03-01T08:15:42Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.7","userAgent":"curl/8.5.0","requestParameters":null,"responseElements":{"ConsoleLogin":"Success"},"eventID":"7e1f0000-0000-4000-8000-000000000001","eventType":"AwsConsoleSignIn","recipientAccountId":"123456789012"}',
  mapping: [
    ['@timestamp', 'eventTime'],
    ['event.id', 'eventID', 'two records with the same one are one event'],
    ['event.action, event.provider', 'eventName, eventSource'],
    ['event.category, event.type, event.outcome', 'eventName; errorCode, and the answer of sign-ins'],
    ['user.*', 'userIdentity, and what the action was done to (user.target, user.changes)'],
    ['cloud.account.id, cloud.region', 'recipientAccountId, awsRegion'],
    ['source.ip, source.address', 'sourceIPAddress'],
    ['user_agent.*', 'userAgent'],
    ['tls.*', 'tlsDetails'],
    ['error.code, error.message', 'errorCode, errorMessage'],
    ['aws.cloudtrail.*', 'everything, by CloudTrail’s names in snake case']
  ]
}
