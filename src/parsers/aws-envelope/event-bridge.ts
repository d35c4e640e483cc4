/**
 * EventBridge: { version, id, detail-type, source, account, time, region, resources: [ arn ], detail: { … } }
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */

import { object, text } from '../../core/ecs-values.ts'
import { type JsonObject, NO_EVENT, type ParseContext, type Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { cleanse } from '../ndjson/document.ts'
import { withEnvelope } from '../shared/envelope.ts'
import { cloudOf } from './cloud.ts'

export function isEventBridge(json: JsonObject): boolean {
  return (
    typeof json['detail-type'] === 'string' &&
    typeof json['source'] === 'string' &&
    object(json['detail']) !== undefined
  )
}

export function eventBridge(json: JsonObject, context: ParseContext): Parsed | typeof NO_EVENT {
  const time = text(json['time'])
  const timeUs = time === undefined ? undefined : parseIso(time)
  const detail = object(json['detail'])!
  const resources = json['resources']
  const inner = context.parseInner?.(detail)
  if (inner === NO_EVENT) return NO_EVENT
  // What only the format for any JSON knows is clearer below its own name.
  const known = inner?.ok === true && (inner.event['event'] as { module?: unknown } | undefined)?.module !== 'ndjson'
  const id = text(json['id'])
  const facts = {
    '@timestamp': known || timeUs === undefined ? undefined : isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'aws',
      dataset: 'aws.eventbridge',
      id,
      action: known ? undefined : text(json['detail-type']),
      provider: text(json['source'])
    },
    cloud: cloudOf(text(json['account']), text(json['region'])),
    aws: {
      eventbridge: {
        detail_type: text(json['detail-type']),
        source: text(json['source']),
        version: text(json['version']),
        resources: Array.isArray(resources) ? resources.filter(each => typeof each === 'string') : undefined,
        detail: known ? undefined : cleanse(detail, 4)
      }
    }
  }
  if (known) return withEnvelope(inner, { facts, timeUs, identity: id, kind: undefined })
  return { ok: true, event: facts, timeUs, identity: id, kind: 'eventbridge' }
}
