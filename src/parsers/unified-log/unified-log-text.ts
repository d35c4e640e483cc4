/**
 * The macOS unified log as `log show` prints it for people, in its default and its compact style: record → ECS event, by the same names
 * as the JSON styles.
 *   default = stamp zone SP+ "0x" thread SP+ type SP+ "0x" activity SP+ pid SP+ ttl SP+ process ": " [ "(" library ") " ]
 *             [ "[" subsystem ":" category "] " ] message
 *   compact = stamp SP+ code SP+ process "[" pid ":" thread "] " [ "[" subsystem ":" category "] " ] [ "(" library ") " ] message
 *   stamp   = yyyy-mm-dd SP hh:mm:ss.fraction            compact: milliseconds, local time; lines that begin otherwise continue a message
 */

import type { Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { unifiedLogTextDescription } from './description.ts'
import { entryEvent } from './entry-event.ts'

const recordMax = 262_144

const types = new Set([
  'Default',
  'Info',
  'Debug',
  'Error',
  'Fault',
  'Activity',
  'Signpost',
  'State',
  'Timesync',
  'Loss'
])
const codes: ReadonlyMap<string, string> = new Map([
  ['Df', 'Default'],
  ['I', 'Info'],
  ['In', 'Info'],
  ['Db', 'Debug'],
  ['D', 'Debug'],
  ['E', 'Error'],
  ['Er', 'Error'],
  ['F', 'Fault'],
  ['Ft', 'Fault'],
  ['A', 'Activity'],
  ['Ac', 'Activity'],
  ['Sp', 'Signpost']
])

type Entry = {
  readonly timeUs: number
  readonly type: string
  readonly process: string
  readonly pid: number
  readonly thread: number | undefined
  readonly activity: number | undefined
  /** Where the library, the subsystem and the message begin. */
  readonly at: number
}

function readEntry(text: string, zone: number): Entry | undefined {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(10) !== 32 || text.charCodeAt(19) !== 46) return undefined
  const space = text.indexOf(' ', 19)
  if (space < 0 || space > 34) return undefined
  const timeUs = parseIso(text.slice(0, space), zone)
  if (timeUs === undefined) return undefined
  return text.startsWith('0x', skip(text, space)) ? readDefault(text, space, timeUs) : readCompact(text, space, timeUs)
}

function readDefault(text: string, from: number, timeUs: number): Entry | undefined {
  const words: string[] = []
  let at = from
  for (let i = 0; i < 5; i++) {
    at = skip(text, at)
    const end = text.indexOf(' ', at)
    if (end < 0) return undefined
    words.push(text.slice(at, end))
    at = end
  }
  const [thread, type, activity, pid] = words as [string, string, string, string, string]
  at = skip(text, at)
  const colon = text.indexOf(': ', at)
  if (!types.has(type) || colon < 0 || colon > at + 256 || !activity.startsWith('0x')) return undefined
  const number = Number(pid)
  if (!Number.isSafeInteger(number)) return undefined
  return {
    timeUs,
    type,
    process: text.slice(at, colon),
    pid: number,
    thread: hexNumber(thread),
    activity: hexNumber(activity),
    at: colon + 2
  }
}

function readCompact(text: string, from: number, timeUs: number): Entry | undefined {
  const start = skip(text, from)
  const end = text.indexOf(' ', start)
  const type = end < 0 || end > start + 2 ? undefined : codes.get(text.slice(start, end))
  if (type === undefined) return undefined
  const name = skip(text, end)
  const open = text.indexOf('[', name)
  const close = open < 0 || open > name + 256 ? -1 : text.indexOf('] ', open)
  const ids = close < 0 ? null : /^(\d{1,10}):([0-9a-f]{1,16})$/.exec(text.slice(open + 1, close))
  if (ids === null) return undefined
  return {
    timeUs,
    type,
    process: text.slice(name, open),
    pid: Number(ids[1]),
    thread: hexNumber(ids[2]!),
    activity: undefined,
    at: close + 2
  }
}

function hexNumber(text: string): number | undefined {
  const number = Number.parseInt(text, 16)
  return Number.isSafeInteger(number) ? number : undefined
}

function skip(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === 32) at++
  return at
}

function parseRecord(text: string, zone: number): Parsed {
  const entry = text.length > recordMax ? undefined : readEntry(text, zone)
  if (entry === undefined) return { ok: false, reason: 'not an entry of `log show`: no time, thread, type and process' }
  let at = entry.at
  let library: string | undefined
  let subsystem: string | undefined
  let category: string | undefined
  // The default style names the library first, the compact one the subsystem.
  for (let i = 0; i < 2; i++) {
    if (library === undefined && text.charCodeAt(at) === 40) {
      const close = text.indexOf(') ', at)
      if (close < 0 || close > at + 256) break
      library = text.slice(at + 1, close)
      at = close + 2
    } else if (subsystem === undefined && text.charCodeAt(at) === 91) {
      const close = text.indexOf('] ', at)
      const colon = close < 0 || close > at + 512 ? -1 : text.lastIndexOf(':', close)
      if (colon <= at) break
      subsystem = text.slice(at + 1, colon)
      category = text.slice(colon + 1, close)
      at = close + 2
    }
  }
  const event = entryEvent(
    {
      message: text.slice(at).trimEnd() || undefined,
      subsystem,
      type: entry.type,
      executable: undefined,
      name: entry.process,
      pid: entry.pid,
      thread: entry.thread,
      user: undefined,
      libraryPath: undefined,
      library
    },
    { subsystem, category, message_type: entry.type, activity_id: entry.activity }
  )
  event['@timestamp'] = isoMs(entry.timeUs)
  return { ok: true, event, timeUs: entry.timeUs, kind: 'log' }
}

/** `Timestamp                       Thread     Type        Activity             PID    TTL`, and what filter is at work. */
function isHeader(line: string): boolean {
  return line.startsWith('Timestamp  ') || line.startsWith('Filtering the log data') || line.startsWith('Skipping ')
}

function recognise(sample: Sample): number {
  const lines = sample.lines.filter(line => !isHeader(line)).slice(0, 20)
  if (lines.length === 0 || readEntry(lines[0]!, 0) === undefined) return 0
  const good = lines.filter(line => readEntry(line, 0) !== undefined).length
  return good >= lines.length * 0.5 ? 0.93 : 0
}

export const unifiedLogText: Parser = {
  name: 'unified-log-text',
  title: 'macOS unified log as text (log show, default and compact style)',
  input: 'text',
  framing: 'multiline',
  begins: line => readEntry(line, 0) !== undefined,
  recognise,
  isHeader,
  open: context => text => parseRecord(text, context.timezoneMinutes ?? 0),
  description: unifiedLogTextDescription
}
