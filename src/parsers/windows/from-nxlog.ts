/**
 * Flat JSON, one key a field: NXLog's `im_msvistalog` and its kin (also Fluent Bit's winevtlog). Keys of the event's header are known
 * (NXLog reference manual, `im_msvistalog` fields); all others are the event's data.
 */

import { list, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { addValue, taskOf, whole } from './from-xml.ts'
import { levelName, opcodeName, outcomeOfNames, readKeywords } from './names.ts'
import type { Data, WinEvent } from './win-event.ts'

const header: ReadonlySet<string> = new Set(
  (
    'EventTime EventReceivedTime EventTimeWritten Hostname host Computer Keywords EventType SeverityValue Severity Level EventID ' +
    'Qualifiers SourceName ProviderName ProviderGuid Version Task TaskValue OpcodeValue Opcode RecordNumber EventRecordID ' +
    'ActivityID RelatedActivityID ProcessID ExecutionProcessID ThreadID ExecutionThreadID Channel Domain AccountName ' +
    'AccountType UserID Message Category SourceModuleName SourceModuleType TimeCreated TimeGenerated TimeWritten StringInserts ' +
    '@timestamp @version tags type port Sid EventCategory MessageSourceAddress'
  ).split(' ')
)

/** Does the object look like such an event? `SourceModuleType` tells; else its header must be there. */
export function isFlat(json: JsonObject): boolean {
  if (json['SourceModuleType'] === 'im_msvistalog') return true
  if (typeof json['Channel'] !== 'string' || textOf(json['EventID']) === undefined) return false
  const named = json['SourceName'] ?? json['ProviderName']
  const placed = json['Hostname'] ?? json['Computer']
  const numbered = json['RecordNumber'] ?? json['EventRecordID']
  return typeof named === 'string' && (placed !== undefined || numbered !== undefined)
}

export function eventOfFlat(json: JsonObject): WinEvent | undefined {
  const eventId = textOf(json['EventID'])
  if (eventId === undefined) return undefined
  const keywords = readKeywords(maskOf(json['Keywords']))
  const named = textOf(json['EventType'])?.replace('_', ' ').toLowerCase()
  const names =
    keywords.names ??
    (named === 'audit success' ? ['Audit Success'] : named === 'audit failure' ? ['Audit Failure'] : undefined)
  const data: Data = {}
  for (const key in json) if (!header.has(key)) addFlat(data, key, json[key]!)
  for (const [i, value] of list(json['StringInserts']).slice(0, 256).entries()) addFlat(data, `param${i + 1}`, value)
  const severity = textOf(json['Severity'])
  return {
    eventId,
    provider: textOf(json['SourceName']) ?? textOf(json['ProviderName']),
    providerGuid: textOf(json['ProviderGuid']),
    eventSource: undefined,
    channel: textOf(json['Channel']),
    computer: textOf(json['Hostname']) ?? textOf(json['Computer']),
    recordId: textOf(json['RecordNumber']) ?? textOf(json['EventRecordID']),
    timeCreated: timeOf(json),
    version: whole(textOf(json['Version'])),
    level: levelName(textOf(json['Level'])) ?? levelOf(severity),
    task: textOf(json['Category']) ?? taskOf(textOf(json['Task'])),
    opcode: textOf(json['Opcode']) ?? opcodeName(textOf(json['OpcodeValue'])),
    keywords: names,
    outcome: keywords.outcome ?? outcomeOfNames(names),
    activityId: textOf(json['ActivityID']),
    relatedActivityId: textOf(json['RelatedActivityID']),
    processId: whole(textOf(json['ExecutionProcessID']) ?? textOf(json['ProcessID'])),
    threadId: whole(textOf(json['ExecutionThreadID']) ?? textOf(json['ThreadID'])),
    userSid: textOf(json['UserID']) ?? textOf(json['Sid']),
    userName: textOf(json['AccountName']),
    userDomain: textOf(json['Domain']),
    userType: textOf(json['AccountType']),
    message: textOf(json['Message']),
    data,
    userData: undefined
  }
}

/** NXLog writes the mask as a signed number, whose digits JavaScript rounds; its bits are exact. */
function maskOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return textOf(value)
  return '0x' + BigInt.asUintN(64, BigInt(value)).toString(16)
}

function timeOf(json: JsonObject): string | undefined {
  for (const key of ['EventTime', 'TimeCreated', '@timestamp', 'TimeGenerated', 'EventTimeWritten']) {
    const value = textOf(json[key])
    if (value !== undefined) return value
  }
  return undefined
}

function levelOf(severity: string | undefined): string | undefined {
  const name = severity?.toLowerCase()
  return name === 'info' ? 'information' : name === 'debug' ? 'verbose' : name
}

function addFlat(data: Data, name: string, value: JsonValue): void {
  for (const item of list(value).slice(0, 256)) {
    const text = textOf(item)
    if (text !== undefined) addValue(data, name, text)
    else if (typeof item === 'object' && item !== null && !Array.isArray(item))
      for (const key in item) addValue(data, `${name}_${key}`, textOf(item[key]) ?? '')
  }
}
