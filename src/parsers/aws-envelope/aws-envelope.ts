/**
 * How AWS's messaging hands records on: Kinesis and Firehose records (base64), SNS notifications, SQS messages, EventBridge events.
 * The record within is read as a record of whatever format it is in; what the envelope says is added.
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, NO_EVENT, ParseContext, Parsed, Parser, RecordParser, Sample } from '../../core/parser.ts'
import { textOfBase64 } from '../shared/base64.ts'
import { wrapperOf } from '../shared/wrapper.ts'
import { description } from './description.ts'
import { eventBridge, isEventBridge } from './event-bridge.ts'
import { firehoseRecord, isFirehose, isKinesis, kinesisRecord } from './kinesis.ts'
import { isSns, isSqs, snsNotification, sqsMessage } from './messages.ts'

function open(context: ParseContext): RecordParser {
  const wrapper = wrapperOf(context)
  return (_text, json) => parse(json, wrapper, context)
}

function parse(json: JsonObject, wrapper: JsonObject | undefined, context: ParseContext): Parsed | typeof NO_EVENT {
  if (isEventBridge(json)) return eventBridge(json, context)
  const sns = object(json['Sns']) ?? json
  if (isSns(sns)) return snsNotification(sns, context)
  if (isSqs(json)) return sqsMessage(json, context)
  if (isKinesis(json)) return kinesisRecord(json, context)
  if (isFirehose(json)) return firehoseRecord(json, wrapper, context)
  return { ok: false, reason: 'neither an EventBridge event nor a record of SNS, SQS, Kinesis or Firehose' }
}

function claim(json: JsonObject): number {
  if (isEventBridge(json)) return 0.7
  const sns = object(json['Sns'])
  if (isSns(sns ?? json) || isSqs(json) || isKinesis(json)) return 0.9
  return isFirehose(json) && textOfBase64(json['data'] as string) !== undefined ? 0.6 : 0
}

function recognise(sample: Sample): number {
  let objects = 0
  let good = 0
  let least = 1
  for (const json of sample.json.slice(0, 20)) {
    if (json === undefined) continue
    objects++
    const sure = claim(json)
    if (sure === 0) continue
    good++
    least = Math.min(least, sure)
  }
  return objects > 0 && good >= objects * 0.8 && objects >= Math.min(sample.lines.length, 20) - 1 ? least : 0
}

export const awsEnvelope: Parser = {
  name: 'aws-envelope',
  title:
    'AWS EventBridge events, SNS notifications, SQS messages, Kinesis and Firehose records (JSON around any format)',
  input: 'json',
  framing: 'json',
  recognise,
  open,
  description
}
