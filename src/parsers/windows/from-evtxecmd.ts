/**
 * EvtxECmd's JSON (Eric Zimmerman's tools, KAPE): a flat header, and the event's data as a JSON text in `Payload`. What its maps add
 * (`PayloadData1` …) says the same in other words and is left to the original.
 */

import { object, textOf } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import { eventOfDump } from './from-dump.ts'
import type { WinEvent } from './win-event.ts'

const levels: ReadonlyMap<string, number> = new Map([
  ['LogAlways', 0],
  ['Critical', 1],
  ['Error', 2],
  ['Warning', 3],
  ['Info', 4],
  ['Verbose', 5]
])

export function isEvtxECmd(json: JsonObject): boolean {
  const payload = json['Payload']
  return (
    typeof payload === 'string' &&
    payload.startsWith('{') &&
    textOf(json['EventId']) !== undefined &&
    typeof json['Provider'] === 'string'
  )
}

export function eventOfEvtxECmd(json: JsonObject): WinEvent | undefined {
  const keywords = textOf(json['Keywords'])?.toLowerCase()
  const outcome =
    keywords === 'audit success'
      ? '0x8020000000000000'
      : keywords === 'audit failure'
        ? '0x8010000000000000'
        : (json['Keywords'] ?? null)
  const system = {
    Provider: { Name: json['Provider']! },
    EventID: json['EventId']!,
    Level: levels.get(textOf(json['Level']) ?? '') ?? json['Level'] ?? null,
    Keywords: outcome,
    TimeCreated: { SystemTime: json['TimeCreated'] ?? null },
    EventRecordID: json['EventRecordId'] ?? null,
    Execution: { ProcessID: json['ProcessId'] ?? null, ThreadID: json['ThreadId'] ?? null },
    Channel: json['Channel'] ?? null,
    Computer: json['Computer'] ?? null,
    Security: { UserID: json['UserId'] ?? null }
  }
  return eventOfDump({ Event: { ...payloadOf(json), System: system } })
}

function payloadOf(json: JsonObject): JsonObject | undefined {
  try {
    return object(JSON.parse(textOf(json['Payload']) ?? '{}'))
  } catch {
    // Cut off, perhaps: kept as it is.
    return { EventData: { Payload: json['Payload'] ?? null } }
  }
}
