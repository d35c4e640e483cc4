import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'Log events as Amazon CloudWatch Logs hands them out: documents of subscriptions (Lambda, Kinesis, Firehose), answers of ' +
    '`FilterLogEvents` and `GetLogEvents`, rows of Logs Insights. The message of a log event is read as a record of whatever format ' +
    'it is in (VPC flow logs, CloudTrail, an access log …), and gets the log group, the stream and the account added. A message that ' +
    'no format knows stays `message`. Documents that Firehose wrote one behind the other, without line ends, are cut as well.',
  from:
    'A subscription filter to Firehose with a bucket as its destination (with decompression switched on), or by hand: ' +
    '`aws logs filter-log-events --log-group-name NAME > events.json`, then `picket import events.json`.',
  specifications: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html',
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html',
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_OutputLogEvent.html'
  ],
  sample:
    '{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/app/web","logStream":"i-1","subscriptionFilters":["all"],' +
    '"logEvents":[{"id":"31953106606966983378809025079804211143289615424298221568","timestamp":1767225600000,"message":"started"}]}',
  mapping: [
    ['@timestamp', 'the message’s own time, else `timestamp`'],
    ['message', '`message`', 'where no format knows it'],
    ['event.id', '`id`, `eventId`', 'where the message has none'],
    ['cloud.account.id', '`owner`, the beginning of `@log`'],
    ['aws.cloudwatch.log_group', '`logGroup`, `@log`'],
    ['aws.cloudwatch.log_stream', '`logStream`, `logStreamName`, `@logStream`'],
    ['aws.cloudwatch.ingestion_time', '`ingestionTime`'],
    ['log.file.path', 'log group and stream', 'as Elastic’s input writes it']
  ]
}
