/**
 * Events as XML turned into JSON: evtx_dump (`#attributes`, `#text`, or `…_attributes` beside the element), and the `@Name` style
 * of python-evtx and other converters.
 *   {"Event": {"System": {…}, "EventData": {"Name": value, …} | {"Data": …}, "UserData": {"Type": {…}}}}
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { addValue, taskOf, whole } from './from-xml.ts'
import { knownAccount } from './known-sids.ts'
import { levelName, opcodeName, readKeywords } from './names.ts'
import type { Data, WinEvent } from './win-event.ts'

/** The `System` object of an event in this shape. */
export function systemOf(json: JsonObject): JsonObject | undefined {
  return object(object(json['Event'])?.['System'])
}

export function eventOfDump(json: JsonObject): WinEvent | undefined {
  const event = object(json['Event'])
  const system = object(event?.['System'])
  const eventId = system === undefined ? undefined : scalar(system['EventID'])
  if (event === undefined || system === undefined || eventId === undefined) return undefined
  const provider = attributes(system, 'Provider')
  const execution = attributes(system, 'Execution')
  const correlation = attributes(system, 'Correlation')
  const keywords = readKeywords(scalar(system['Keywords']))
  const userSid = attribute(attributes(system, 'Security'), 'UserID')
  const account = knownAccount(userSid)
  const rendering = object(event['RenderingInfo'])
  return {
    eventId,
    provider: attribute(provider, 'Name'),
    providerGuid: bracedGuid(attribute(provider, 'Guid')),
    eventSource: attribute(provider, 'EventSourceName'),
    channel: scalar(system['Channel']),
    computer: scalar(system['Computer']),
    recordId: scalar(system['EventRecordID']),
    timeCreated: attribute(attributes(system, 'TimeCreated'), 'SystemTime'),
    version: whole(scalar(system['Version'])),
    level: scalar(rendering?.['Level'])?.toLowerCase() ?? levelName(scalar(system['Level'])),
    task: scalar(rendering?.['Task']) ?? taskOf(scalar(system['Task'])),
    opcode: scalar(rendering?.['Opcode']) ?? opcodeName(scalar(system['Opcode'])),
    keywords: keywords.names,
    outcome: keywords.outcome,
    activityId: bracedGuid(attribute(correlation, 'ActivityID')),
    relatedActivityId: bracedGuid(attribute(correlation, 'RelatedActivityID')),
    processId: whole(attribute(execution, 'ProcessID')),
    threadId: whole(attribute(execution, 'ThreadID')),
    userSid,
    userName: account?.name,
    userDomain: account?.domain,
    userType: account?.type,
    message: scalar(rendering?.['Message']),
    data: eventData(event['EventData']),
    userData: userData(event['UserData'])
  }
}

/** The text of an element: a value, or `{"#text": value}`. */
function scalar(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const inner = object(value)?.['#text']
  return inner === undefined || typeof inner === 'object' ? undefined : scalar(inner)
}

function attributes(parent: JsonObject, name: string): JsonObject | undefined {
  const element = object(parent[name])
  return object(element?.['#attributes']) ?? object(parent[`${name}_attributes`]) ?? element
}

function attribute(from: JsonObject | undefined, name: string): string | undefined {
  return from === undefined ? undefined : scalar(from[name] ?? from[`@${name}`])
}

/** `5770385F-C22A-…` as Windows renders it: in braces. Any other text is left as it is. */
export function bracedGuid(text: string | undefined): string | undefined {
  if (text === undefined || text.length !== 36 || text.charCodeAt(8) !== 45) return text
  for (let i = 0; i < 36; i++) {
    const c = text.charCodeAt(i)
    const dash = i === 8 || i === 13 || i === 18 || i === 23
    // evtx_dump writes GUIDs in capitals: one in small letters is a string that the program wrote without braces.
    if (dash ? c !== 45 : !((c >= 48 && c <= 57) || (c >= 65 && c <= 70))) return text
  }
  return `{${text}}`
}

function eventData(value: JsonValue | undefined): Data {
  const data: Data = {}
  const element = object(value)
  if (element === undefined) {
    if (value !== undefined && value !== null) addJson(data, 'param1', value)
    return data
  }
  for (const name in element) {
    const inner = element[name]!
    if (name === '#attributes' || name.startsWith('@')) continue
    if (name === 'Data') addUnnamed(data, inner)
    else addJson(data, name === '#text' ? 'param1' : name, inner)
  }
  return data
}

/** `Data`: a text, a list of them, `{"#text": …}`, or named ones as `{"@Name": …, "#text": …}`. */
function addUnnamed(data: Data, value: JsonValue): void {
  const inner = object(value)
  const own = inner === undefined ? undefined : (attributes({ Data: inner }, 'Data') ?? inner)
  const name = attribute(own, 'Name')
  if (inner !== undefined && name !== undefined) {
    addJson(data, name, inner['#text'] ?? null)
    return
  }
  const list = inner === undefined ? value : (inner['#text'] ?? null)
  const items: readonly JsonValue[] = Array.isArray(list) ? list : [list]
  let unnamed = 0
  for (const item of items.slice(0, 256)) {
    const one = object(item)
    const itemName = attribute(one === undefined ? undefined : (object(one['#attributes']) ?? one), 'Name')
    addJson(data, itemName ?? `param${++unnamed}`, one === undefined ? item : (one['#text'] ?? null))
  }
}

function addJson(data: Data, name: string, value: JsonValue, depth = 0): void {
  if (value === null) return
  if (typeof value !== 'object') {
    addValue(data, name, typeof value === 'string' ? bracedGuid(value)! : String(value))
    return
  }
  if (depth > 4) return
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 256)) addJson(data, name, item, depth + 1)
    return
  }
  for (const key in value)
    if (key !== '#attributes') addJson(data, key === '#text' ? name : `${name}_${key}`, value[key]!, depth + 1)
}

function userData(value: JsonValue | undefined): Data | undefined {
  const outer = object(value)
  const type = outer === undefined ? undefined : Object.keys(outer).find(key => !key.endsWith('attributes'))
  if (outer === undefined || type === undefined) return undefined
  const data: Data = { xml_name: type }
  const inner = object(outer[type])
  for (const name in inner) if (name !== '#attributes' && !name.startsWith('@')) addJson(data, name, inner[name]!)
  return data
}
