/**
 * Kinesis: { kinesis: { data, partitionKey, sequenceNumber, approximateArrivalTimestamp }, eventSourceARN, awsRegion } (Lambda),
 *          { Data, PartitionKey, SequenceNumber, ApproximateArrivalTimestamp } (GetRecords).
 * Firehose: { data } within { requestId, timestamp, records } (HTTP endpoint), { recordId, approximateArrivalTimestamp, data } (Lambda).
 * The data is base64. What is compressed besides (a CloudWatch subscription as Kinesis has it) stays as it is.
 */

import { numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, NO_EVENT, ParseContext, Parsed } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { arnOf } from '../aws/values.ts'
import { textOfBase64 } from '../shared/base64.ts'
import { unwrapped, withoutLineEnd } from '../shared/envelope.ts'
import { cloudOf } from './cloud.ts'

export function isKinesis(json: JsonObject): boolean {
  const kinesis = object(json['kinesis'])
  if (kinesis !== undefined) return typeof kinesis['data'] === 'string' && kinesis['sequenceNumber'] !== undefined
  return typeof json['Data'] === 'string' && json['SequenceNumber'] !== undefined && json['PartitionKey'] !== undefined
}

export function kinesisRecord(json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  const kinesis = object(json['kinesis']) ?? json
  const data = (kinesis['data'] ?? kinesis['Data']) as string
  const decoded = textOfBase64(data)
  const stream = text(json['eventSourceARN'])
  const arn = arnOf(stream)
  const id = text(json['eventID'])
  return unwrapped(context, decoded === undefined ? undefined : withoutLineEnd(decoded), {
    timeUs: secondsOrStamp(kinesis['approximateArrivalTimestamp'] ?? kinesis['ApproximateArrivalTimestamp'], 1),
    identity: id,
    kind: 'kinesis',
    facts: {
      event: { kind: 'event', module: 'aws', dataset: 'aws.kinesis', id },
      cloud: cloudOf(arn?.account, text(json['awsRegion']) ?? arn?.region),
      aws: {
        kinesis: {
          stream_arn: stream,
          partition_key: textOf(kinesis['partitionKey'] ?? kinesis['PartitionKey']),
          sequence_number: textOf(kinesis['sequenceNumber'] ?? kinesis['SequenceNumber']),
          data: decoded === undefined ? data : undefined
        }
      }
    }
  })
}

const firehoseKeys: ReadonlySet<string> = new Set([
  'data',
  'recordId',
  'approximateArrivalTimestamp',
  'kinesisRecordMetadata'
])

export function isFirehose(json: JsonObject): boolean {
  if (typeof json['data'] !== 'string') return false
  for (const key in json) if (!firehoseKeys.has(key)) return false
  return true
}

export function firehoseRecord(
  json: JsonObject,
  wrapper: JsonObject | undefined,
  context: ParseContext
): Parsed | typeof NO_EVENT {
  const data = json['data'] as string
  const decoded = textOfBase64(data)
  const arn = text(wrapper?.['deliveryStreamArn'])
  const id = text(json['recordId'])
  return unwrapped(context, decoded === undefined ? undefined : withoutLineEnd(decoded), {
    timeUs: secondsOrStamp(json['approximateArrivalTimestamp'] ?? wrapper?.['timestamp'], 1000),
    identity: id,
    kind: 'firehose',
    facts: {
      event: { kind: 'event', module: 'aws', dataset: 'aws.firehose', id },
      cloud: cloudOf(arnOf(arn)?.account, text(wrapper?.['region']) ?? arnOf(arn)?.region),
      aws: {
        firehose: {
          arn,
          request_id: text(wrapper?.['requestId']) ?? text(wrapper?.['invocationId']),
          data: decoded === undefined ? data : undefined
        }
      }
    }
  })
}

/** Seconds or milliseconds since 1970 (`perSecond` of them make one), or ISO 8601. */
function secondsOrStamp(value: JsonValue | undefined, perSecond: number): number | undefined {
  if (typeof value === 'string') return parseIso(value)
  const number = numberOf(value)
  const seconds = number === undefined ? 0 : number / perSecond
  return seconds > 0 && seconds < 253_402_300_799 ? Math.round(seconds * 1e6) : undefined
}
