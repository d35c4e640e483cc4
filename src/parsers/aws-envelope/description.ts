import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What AWS’s messaging puts around records: EventBridge events (`detail`), SNS notifications (`Message`), SQS messages (`Body`, `body`), ' +
    'records of Kinesis and Firehose (base64). The record within is read as a record of whatever format it is in, and gets account, ' +
    'region, topic, queue or stream added; a text that no format knows stays `message`, an unknown `detail` stays below ' +
    '`aws.eventbridge.detail`. Data that is compressed within its base64 stays as it is.',
  from:
    'An EventBridge rule, a topic or a queue whose messages are written to a file or sent to an HTTP source; ' +
    '`aws sqs receive-message --queue-url URL --attribute-names All > messages.json`.',
  specifications: [
    'https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html',
    'https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html',
    'https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html',
    'https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html'
  ],
  sample:
    '{"Type":"Notification","MessageId":"d1","TopicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","Subject":"disk",' +
    '"Message":"disk is full","Timestamp":"2026-01-01T00:00:00.000Z"}',
  mapping: [
    ['@timestamp', 'the record’s own time, else `time`, `Timestamp`, `SentTimestamp`, the time of arrival'],
    ['cloud.account.id', '`account`, or out of the ARN'],
    ['cloud.region', '`region`, `awsRegion`, or out of the ARN'],
    ['aws.eventbridge.*', '`detail-type`, `source`, `resources`, `detail`'],
    ['aws.sns.*', '`MessageId`, `TopicArn`, `Subject`'],
    ['aws.sqs.*', '`messageId`, `eventSourceARN`, `SenderId`'],
    ['aws.kinesis.*, aws.firehose.*', 'stream, partition key, sequence number, request', '`data` where it is no text']
  ]
}
