/** Documents of Winlogbeat, Elastic Agent and Logstash: `winlog.*` nested, or with dotted names. */

import { object, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { type Document, own } from '../ndjson/document.ts'
import { whole } from './from-xml.ts'
import { outcomeOfNames } from './names.ts'
import { type Data, putData, type WinEvent } from './win-event.ts'

/** `document` is the record with its dotted names unfolded. */
export function eventOfWinlogbeat(document: Document): WinEvent | undefined {
  const winlog = part(document, 'winlog')
  const event = part(document, 'event')
  if (winlog === undefined) return undefined
  const eventId = text(winlog, 'event_id') ?? text(event, 'code')
  if (eventId === undefined) return undefined
  const process = part(winlog, 'process')
  const user = part(winlog, 'user')
  const keywords = texts(own(winlog, 'keywords'))
  return {
    eventId,
    provider: text(winlog, 'provider_name') ?? text(event, 'provider'),
    providerGuid: text(winlog, 'provider_guid'),
    eventSource: undefined,
    channel: text(winlog, 'channel'),
    computer: text(winlog, 'computer_name'),
    recordId: text(winlog, 'record_id'),
    timeCreated: text(winlog, 'time_created'),
    version: whole(text(winlog, 'version')),
    level: text(winlog, 'level') ?? text(part(document, 'log'), 'level'),
    task: text(winlog, 'task'),
    opcode: text(winlog, 'opcode'),
    keywords,
    outcome: outcomeOf(text(winlog, 'outcome') ?? text(event, 'outcome')) ?? outcomeOfNames(keywords),
    activityId: text(winlog, 'activity_id'),
    relatedActivityId: text(winlog, 'related_activity_id'),
    processId: whole(text(process, 'pid')),
    threadId: whole(text(part(process, 'thread'), 'id')),
    userSid: text(user, 'identifier'),
    userName: text(user, 'name'),
    userDomain: text(user, 'domain'),
    userType: text(user, 'type'),
    message: text(document, 'message'),
    data: dataOf(part(winlog, 'event_data')),
    userData: winlog['user_data'] === undefined ? undefined : dataOf(part(winlog, 'user_data'))
  }
}

function part(from: unknown, key: string): Document | undefined {
  if (typeof from !== 'object' || from === null) return undefined
  const value = own(from, key)
  return object(value as JsonValue) as Document | undefined
}

function text(from: Document | undefined, key: string): string | undefined {
  return from === undefined ? undefined : textOf(own(from, key) as JsonValue)
}

function texts(value: unknown): readonly string[] | undefined {
  const items = Array.isArray(value) ? value : [value]
  const found = items.slice(0, 64).filter((item): item is string => typeof item === 'string' && item !== '')
  return found.length === 0 ? undefined : found
}

function outcomeOf(outcome: string | undefined): 'success' | 'failure' | undefined {
  return outcome === 'success' || outcome === 'failure' ? outcome : undefined
}

function dataOf(from: JsonObject | Document | undefined): Data {
  const data: Data = {}
  for (const key in from) addLeaf(data, key, from[key], 0)
  return data
}

function addLeaf(data: Data, name: string, value: unknown, depth: number): void {
  if (typeof value === 'string') {
    if (value !== '') putData(data, name, value)
  } else if (typeof value === 'number' || typeof value === 'boolean') putData(data, name, String(value))
  else if (Array.isArray(value)) {
    const items = value.slice(0, 256).flatMap(item => textOf(item as JsonValue) ?? [])
    if (items.length > 0) putData(data, name, items)
  } else if (typeof value === 'object' && value !== null && depth < 4)
    for (const key in value) addLeaf(data, `${name}.${key}`, (value as Document)[key], depth + 1)
}
