/**
 * The macOS unified log, as `log show` and `log stream` print it with `--style ndjson` or `json`: line → ECS event. First stage of the
 * pipeline. Laid out as Elastic's unifiedlogs integration does.
 */

import { numberOf, text, textOf } from '../../core/ecs-values.ts'
import { type JsonObject, NO_EVENT, type Parsed, type Parser, type Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { cleanse, type Document, own, put } from '../ndjson/document.ts'
import { unifiedLogDescription } from './description.ts'
import { entryEvent } from './entry-event.ts'

/** Fields with a place of their own; others stand below `unified_log` in snake case. */
const placed = new Set(
  (
    'timestamp eventMessage subsystem category eventType formatString activityIdentifier parentActivityIdentifier machTimestamp ' +
    'bootUUID processImageUUID senderImageUUID senderProgramCounter timezoneName processImagePath processID threadID userID ' +
    'senderImagePath traceID messageType'
  ).split(' ')
)

function parseEntry(line: string, json: JsonObject, timezoneMinutes: number): Parsed | typeof NO_EVENT {
  const stamp = own(json, 'timestamp')
  // The last line of `log show --style ndjson` counts.
  if (stamp === undefined && own(json, 'finished') !== undefined && own(json, 'count') !== undefined) return NO_EVENT
  if (!isEntry(json))
    return { ok: false, reason: 'not an entry of the unified log: no timestamp, eventType or processImagePath' }
  const timeUs = typeof stamp === 'string' ? parseIso(stamp, timezoneMinutes) : undefined
  const subsystem = typeof json['subsystem'] === 'string' ? json['subsystem'] : undefined
  const message = text(json['eventMessage'])
  const executable = text(json['processImagePath'])
  const library = text(json['senderImagePath'])
  const type = text(json['messageType'])
  const unified: Document = {
    subsystem,
    category: typeof json['category'] === 'string' ? json['category'] : undefined,
    event_type: text(json['eventType']),
    message_type: type,
    format_string: text(json['formatString']),
    activity_id: numberOf(json['activityIdentifier']),
    parent_activity_id: numberOf(json['parentActivityIdentifier']),
    mach_timestamp: numberOf(json['machTimestamp']),
    boot_uuid: text(json['bootUUID']),
    timezone: text(json['timezoneName']),
    trace_id: traceId(line, json),
    process: { uuid: text(json['processImageUUID']) },
    sender: { uuid: text(json['senderImageUUID']), program_counter: numberOf(json['senderProgramCounter']) }
  }
  for (const key in json) {
    if (placed.has(key)) continue
    const kept = cleanse(json[key]!, 1)
    if (kept !== undefined && kept !== '') put(unified, snakeCase(key), kept)
  }
  const event = entryEvent(
    {
      message,
      subsystem,
      type,
      executable,
      name: undefined,
      pid: numberOf(json['processID']),
      thread: numberOf(json['threadID']),
      user: textOf(json['userID']),
      libraryPath: library,
      library: undefined
    },
    unified
  )
  event['@timestamp'] = timeUs === undefined ? undefined : isoMs(timeUs)
  return { ok: true, event, timeUs, kind: 'log' }
}

/** Trace ids are 64-bit: those that a double cannot hold are taken from the text. */
function traceId(line: string, json: JsonObject): string | undefined {
  const value = json['traceID']
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return textOf(value)
  const key = line.indexOf('"traceID"')
  let from = key < 0 ? -1 : line.indexOf(':', key)
  if (from < 0) return String(value)
  from++
  while (line.charCodeAt(from) <= 32) from++
  let end = from
  while (end < line.length && end - from < 24 && line.charCodeAt(end) >= 48 && line.charCodeAt(end) <= 57) end++
  return end > from ? line.slice(from, end) : String(value)
}

/** `creatorActivityID` → `creator_activity_id`. */
function snakeCase(name: string): string {
  let out = ''
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    const upper = code >= 65 && code <= 90
    const before = name.charCodeAt(i - 1)
    if (upper && i > 0 && before >= 97 && before <= 122) out += '_'
    out += upper ? String.fromCharCode(code + 32) : name[i]
  }
  return out
}

function isEntry(json: JsonObject): boolean {
  return (
    typeof own(json, 'timestamp') === 'string' &&
    (own(json, 'machTimestamp') !== undefined || own(json, 'eventType') !== undefined) &&
    (own(json, 'processImagePath') !== undefined || own(json, 'senderImagePath') !== undefined)
  )
}

function recognise(sample: Sample): number {
  let known = 0
  for (const json of sample.json) if (json !== undefined && isEntry(json)) known++
  // `log stream` says first what it filters; `log show` counts at the end.
  return known > 0 && known >= (sample.lines.length - 2) * 0.8 ? 0.93 : 0
}

export const unifiedLog: Parser = {
  name: 'unified-log',
  title: 'macOS unified log (log show --style ndjson or json)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: context => (line, json) => parseEntry(line, json, context.timezoneMinutes ?? 0),
  description: unifiedLogDescription
}
