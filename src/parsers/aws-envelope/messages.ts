/**
 * SNS: { Type: "Notification", MessageId, TopicArn, Subject, Message, Timestamp, … }; within Lambda's records below `Sns`.
 * SQS: { MessageId, ReceiptHandle, Body, Attributes } (ReceiveMessage), { messageId, receiptHandle, body, attributes, eventSourceARN } (Lambda).
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */

import { numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, NO_EVENT, ParseContext, Parsed } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { arnOf } from '../aws/values.ts'
import { unwrapped, withoutLineEnd } from '../shared/envelope.ts'
import { cloudOf } from './cloud.ts'

export function isSns(json: JsonObject): boolean {
  return json['Type'] === 'Notification' && typeof json['Message'] === 'string' && typeof json['TopicArn'] === 'string'
}

export function snsNotification(json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  const stamp = text(json['Timestamp'])
  const topic = text(json['TopicArn'])
  const arn = arnOf(topic)
  const id = text(json['MessageId'])
  return unwrapped(context, withoutLineEnd(json['Message'] as string), {
    timeUs: stamp === undefined ? undefined : parseIso(stamp),
    identity: id,
    kind: 'sns',
    facts: {
      event: { kind: 'event', module: 'aws', dataset: 'aws.sns', id },
      cloud: cloudOf(arn?.account, arn?.region),
      aws: { sns: { message_id: id, topic_arn: topic, subject: text(json['Subject']) } }
    }
  })
}

export function isSqs(json: JsonObject): boolean {
  return (
    (typeof json['body'] === 'string' &&
      typeof json['receiptHandle'] === 'string' &&
      json['messageId'] !== undefined) ||
    (typeof json['Body'] === 'string' && typeof json['ReceiptHandle'] === 'string' && json['MessageId'] !== undefined)
  )
}

export function sqsMessage(json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  const attributes = object(json['attributes']) ?? object(json['Attributes'])
  const sentMs = numberOf(attributes?.['SentTimestamp'])
  const queue = text(json['eventSourceARN'])
  const arn = arnOf(queue)
  const id = text(json['messageId']) ?? text(json['MessageId'])
  return unwrapped(context, withoutLineEnd((json['body'] ?? json['Body']) as string), {
    timeUs: sentMs !== undefined && sentMs > 0 && sentMs < 253_402_300_799_000 ? sentMs * 1000 : undefined,
    identity: id,
    kind: 'sqs',
    facts: {
      event: { kind: 'event', module: 'aws', dataset: 'aws.sqs', id },
      cloud: cloudOf(arn?.account, text(json['awsRegion']) ?? arn?.region),
      aws: { sqs: { message_id: id, queue_arn: queue, sender_id: text(attributes?.['SenderId']) } }
    }
  })
}
