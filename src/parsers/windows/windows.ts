/**
 * Windows events in their usual containers, through one mapping to ECS (`to-ecs.ts`): JSON (Winlogbeat, NXLog, evtx_dump, EvtxECmd) and XML
 * (wevtutil, Event Viewer, Windows Event Forwarding). First stage of the pipeline: record → ECS event. Files of Windows itself (`.evtx`)
 * are decoded into evtx_dump's JSON before (`evtx/`).
 */

import { object, textOf } from '../../core/ecs-values.ts'
import {
  type JsonObject,
  NO_EVENT,
  type ParseContext,
  type Parsed,
  type Parser,
  type Sample
} from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { own, unfold } from '../ndjson/document.ts'
import { descriptionJson, descriptionXml } from './description.ts'
import { eventOfDump, systemOf } from './from-dump.ts'
import { eventOfEvtxECmd, isEvtxECmd } from './from-evtxecmd.ts'
import { eventOfFlat, isFlat } from './from-nxlog.ts'
import { eventOfWinlogbeat } from './from-winlogbeat.ts'
import { eventOfElement } from './from-xml.ts'
import { mergeInto } from './merge.ts'
import { toEcs } from './to-ecs.ts'
import { findTag, readElement } from './xml.ts'

const noId: Parsed = { ok: false, reason: 'a Windows event without an event ID' }

export function parseJson(json: JsonObject, context: ParseContext): Parsed {
  const zone = context.timezoneMinutes ?? 0
  if (systemOf(json) !== undefined) {
    const source = eventOfDump(json)
    return source === undefined ? noId : toEcs(source, zone)
  }
  if (isWinlogbeat(json)) return parseWinlogbeat(json, zone)
  const source = isEvtxECmd(json) ? eventOfEvtxECmd(json) : eventOfFlat(json)
  if (source === undefined)
    return { ok: false, reason: 'neither `Event.System`, `winlog` nor `EventID`: not a Windows event' }
  return toEcs(source, zone)
}

/** What the document holds beside the event (`agent`, `tags`, `host` …) stays; what a module makes of the event is put over it. */
function parseWinlogbeat(json: JsonObject, zone: number): Parsed {
  const document = unfold(json)
  const source = eventOfWinlogbeat(document)
  if (source === undefined) return noId
  const stamp = textOf(json['@timestamp'])
  const made = toEcs(source, zone, stamp === undefined ? undefined : parseIso(stamp, zone))
  // Ours to say, whatever the document claims.
  delete document['picket']
  delete document['@timestamp']
  return { ...made, event: mergeInto(document, made.event) }
}

function isWinlogbeat(json: JsonObject): boolean {
  const winlog = object(json['winlog'])
  if (winlog !== undefined)
    return ['event_id', 'channel', 'provider_name', 'event_data'].some(key => own(winlog, key) !== undefined)
  return json['winlog.event_id'] !== undefined || json['winlog.channel'] !== undefined
}

function isDump(json: JsonObject): boolean {
  const system = systemOf(json)
  return (
    system?.['EventID'] !== undefined &&
    (system['Provider'] !== undefined || system['Provider_attributes'] !== undefined)
  )
}

export function isWindowsJson(json: JsonObject): boolean {
  return isDump(json) || isWinlogbeat(json) || isFlat(json) || isEvtxECmd(json)
}

/** The share of lines that are of a kind; the last one may be cut off. */
function share(sample: Sample, is: (json: JsonObject) => boolean): number {
  const lines = sample.json.length
  if (lines === 0) return 0
  let good = 0
  for (const json of sample.json) if (json !== undefined && is(json)) good++
  return good >= Math.max(1, lines === 1 ? 1 : (lines - 1) * 0.8) ? 1 : 0
}

export const windowsJson: Parser = {
  name: 'windows-json',
  title: 'Windows events as JSON: Winlogbeat, NXLog, evtx_dump',
  input: 'json',
  framing: 'lines',
  recognise: sample => 0.94 * share(sample, isWindowsJson),
  open(context) {
    return (_text, json) => parseJson(json, context)
  },
  description: descriptionJson
}

const eventMax = 4_000_000

/**
 * One `<Event>`. What stands around it (`<?xml …?>`, `<Events>`, evtx_dump's `Record 12`) is no event.
 */
export function parseXml(text: string, context: ParseContext): Parsed | typeof NO_EVENT {
  if (text.length > eventMax) return { ok: false, reason: `an event of ${text.length} characters` }
  const at = findTag(text, 'Event')
  if (at < 0) return isPrelude(text) ? NO_EVENT : { ok: false, reason: 'no <Event> element' }
  const read = readElement(text, at)
  if (read === undefined) return { ok: false, reason: 'the <Event> element is not well formed, or cut off' }
  if (findTag(text, 'Event', read.end) >= 0)
    return { ok: false, reason: 'several <Event> elements on one line: wrap them in <Events>' }
  const source = eventOfElement(read.element)
  return source === undefined ? noId : toEcs(source, context.timezoneMinutes)
}

function isPrelude(text: string): boolean {
  const line = text.trim()
  return (
    (line.startsWith('<?xml') && line.endsWith('?>') && line.length < 200) ||
    (line.startsWith('<Events') && line.endsWith('>') && line.length < 500) ||
    line === '</Events>' ||
    /^Record [0-9]{1,20}$/.test(line)
  )
}

function begins(line: string): boolean {
  let i = 0
  while (line.charCodeAt(i) === 32 || line.charCodeAt(i) === 9) i++
  if (line.charCodeAt(i) === 60)
    return findTag(line.slice(i, i + 8), 'Event') === 0 || line.startsWith('<?xml', i) || line.startsWith('<Events', i)
  return line.startsWith('Record ', i) && /^Record [0-9]{1,20}\r?$/.test(line.slice(i, i + 32))
}

const namespace = 'schemas.microsoft.com/win/2004/08/events/event'

/** An event of Windows' own namespace at the beginning of a text. */
export function isWindowsXml(text: string): boolean {
  return text.startsWith('<Event') && text.slice(0, 300).includes(namespace)
}

export const windowsXml: Parser = {
  name: 'windows-xml',
  title: 'Windows events as XML: wevtutil, Event Viewer, evtx_dump',
  input: 'text',
  framing: 'multiline',
  begins,
  recognise(sample) {
    const at = findTag(sample.text, 'Event')
    if (at < 0 || !sample.text.slice(at, at + 300).includes(namespace)) return 0
    // Before the first event there is nothing but its surroundings.
    const before = sample.text.slice(0, at).split('\n', 8)
    return before.every(line => line.trim() === '' || isPrelude(line)) ? 0.95 : 0
  },
  open(context) {
    return text => parseXml(text, context)
  },
  description: descriptionXml
}
