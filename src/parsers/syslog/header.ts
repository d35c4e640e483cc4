/**
 * The beginning of a syslog record, scanned by hand: the first step of the syslog parser.
 *
 *   record  = bsd | rfc5424
 *   bsd     = [ "<" PRI ">" ] [ stamp SP+ ] [ host SP+ ] [ tag ":" SP* ] message            RFC 3164, and what daemons write to files
 *   stamp   = "Mmm" SP day SP [ yyyy SP ] hh:mm:ss [ "." fraction ] | ISO 8601              rsyslog, SUSE
 *   tag     = name [ "[" pid "]" ]                                                          macOS: names with spaces
 *   rfc5424 = "<" PRI ">" version SP (stamp|"-") SP (host|"-") SP (app|"-") SP (procid|"-") SP (msgid|"-") SP (sd|"-") [ SP message ]
 */

import { parseBsd, parseIso } from '../../core/time.ts'
import { type StructuredData, scanStructuredData } from './structured-data.ts'

export type Header = {
  /** 0 to 191, or -1 where the record has none. */
  priority: number
  /** RFC 5424's, as text; undefined for the older form. */
  version: string | undefined
  /** Microseconds since 1970; undefined where the record has no (readable) time stamp. */
  timeUs: number | undefined
  /** Did the time stamp name its zone? */
  zoned: boolean
  host: string | undefined
  program: string | undefined
  pid: number | undefined
  procId: string | undefined
  msgId: string | undefined
  structured: StructuredData | undefined
  /** Where what follows the time stamp begins (host, tag and message), for formats that keep it together. */
  restAt: number
  /** Where the message begins, blanks before it skipped. */
  bodyAt: number
}

/** Of a record without any. */
export const emptyHeader: Readonly<Header> = {
  priority: -1,
  version: undefined,
  timeUs: undefined,
  zoned: false,
  host: undefined,
  program: undefined,
  pid: undefined,
  procId: undefined,
  msgId: undefined,
  structured: undefined,
  restAt: 0,
  bodyAt: 0
}

/** Longer tags are taken for message text. Names of macOS helpers reach about 100 characters. */
const tagMax = 256

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Does the text at `at` look like `Mmm d`, with a month's name? Cheap: used for each line of a stream. */
export function isBsdStamp(text: string, at: number): boolean {
  if (text.charCodeAt(at + 3) !== 32) return false
  const day = text.charCodeAt(at + 4)
  if (!(day === 32 || isDigit(day))) return false
  switch (text.charCodeAt(at)) {
    case 74:
      return text.startsWith('Jan', at) || text.startsWith('Jun', at) || text.startsWith('Jul', at)
    case 70:
      return text.startsWith('Feb', at)
    case 77:
      return text.startsWith('Mar', at) || text.startsWith('May', at)
    case 65:
      return text.startsWith('Apr', at) || text.startsWith('Aug', at)
    case 83:
      return text.startsWith('Sep', at)
    case 79:
      return text.startsWith('Oct', at)
    case 78:
      return text.startsWith('Nov', at)
    case 68:
      return text.startsWith('Dec', at)
    default:
      return false
  }
}

/** Does the text at `at` look like `yyyy-mm-ddThh:mm`? */
export function isIsoStamp(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 4) === 45 &&
    text.charCodeAt(at + 7) === 45 &&
    text.charCodeAt(at + 13) === 58 &&
    isDigit(text.charCodeAt(at)) &&
    isDigit(text.charCodeAt(at + 3)) &&
    isDigit(text.charCodeAt(at + 12))
  )
}

/** The index after `<PRI>` at `at`, and its value; or `end: at` if there is none. */
export function scanPriority(text: string, at: number): { readonly end: number; readonly value: number } {
  if (text.charCodeAt(at) !== 60) return { end: at, value: -1 }
  let value = 0
  let i = at + 1
  for (; i < at + 4 && isDigit(text.charCodeAt(i)); i++) value = value * 10 + text.charCodeAt(i) - 48
  if (i === at + 1 || value > 191 || text.charCodeAt(i) !== 62) return { end: at, value: -1 }
  return { end: i + 1, value }
}

/** Does a syslog record begin with this line? Lines that do not continue the record before. */
export function beginsRecord(line: string): boolean {
  const at = line.charCodeAt(0) === 0xfeff ? 1 : 0
  const first = line.charCodeAt(at)
  if (first === 60) return scanPriority(line, at).end > at
  if (isDigit(first)) return isIsoStamp(line, at)
  return isBsdStamp(line, at)
}

/** Undefined if the text does not begin as a syslog record does. Linear in the header's length, whatever the message's. */
export function scanHeader(text: string, receivedMs: number, timezoneMinutes: number): Header | undefined {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0
  const priority = scanPriority(text, start)
  const header: Header = { ...emptyHeader, priority: priority.value, restAt: priority.end, bodyAt: priority.end }
  if (priority.value >= 0 && scan5424(text, priority.end, header, timezoneMinutes)) return header
  const afterStamp = scanStamp(text, skipBlanks(text, priority.end), header, receivedMs, timezoneMinutes)
  if (afterStamp < 0) {
    // RFC 3164, 4.3.3: a PRI alone makes a record of whatever follows.
    return priority.value >= 0 ? header : undefined
  }
  scanHostAndTag(text, afterStamp, header)
  return header
}

/** Sets the time and returns the index after the stamp, or -1. */
function scanStamp(text: string, at: number, header: Header, receivedMs: number, timezoneMinutes: number): number {
  if (isBsdStamp(text, at)) return scanBsd(text, at, header, receivedMs, timezoneMinutes)
  if (!isIsoStamp(text, at)) return -1
  let end = at + 19
  const limit = Math.min(text.length, at + 41)
  while (end < limit && text.charCodeAt(end) > 32) end++
  let stamp = text.slice(at, end)
  if (stamp.endsWith(':')) stamp = stamp.slice(0, -1)
  header.timeUs = parseIso(stamp, timezoneMinutes)
  if (header.timeUs === undefined) return -1
  header.zoned = hasZone(stamp)
  return end
}

function hasZone(stamp: string): boolean {
  for (let i = 19; i < stamp.length; i++) {
    const code = stamp.charCodeAt(i)
    if (code === 43 || code === 45 || code === 90 || code === 122) return true
  }
  return false
}

function scanBsd(text: string, at: number, header: Header, receivedMs: number, timezoneMinutes: number): number {
  // Day: two columns (padded with a blank or a zero), or a single digit as macOS writes it.
  const narrow = isDigit(text.charCodeAt(at + 4)) && text.charCodeAt(at + 5) === 32
  let end = at + (narrow ? 6 : 7)
  let year = -1
  if (isDigit(text.charCodeAt(end)) && isDigit(text.charCodeAt(end + 3)) && text.charCodeAt(end + 4) === 32) {
    year = Number(text.slice(end, end + 4))
    end += 5
  }
  const clockAt = end
  if (text.length < clockAt + 8) return -1
  end += 8
  // … or after the clock (network devices).
  if (year < 0 && text.charCodeAt(end) === 32 && text.charCodeAt(end + 5) === 32) {
    if (text.startsWith('20', end + 1) && isDigit(text.charCodeAt(end + 3)) && isDigit(text.charCodeAt(end + 4))) {
      year = Number(text.slice(end + 1, end + 5))
      end += 5
    }
  }
  const day = narrow ? ' ' + text[at + 4] : text.slice(at + 4, at + 6)
  // The rule for stamps without a year looks back from the time of receipt; a year that is named is looked back on from its end.
  const reference = Number.isInteger(year) && year > 0 ? Date.UTC(year, 11, 31, 12) : receivedMs
  const stamp = `${text.slice(at, at + 3)} ${day} ${text.slice(clockAt, clockAt + 8)}`
  const us = parseBsd(stamp, reference, timezoneMinutes)
  if (us === undefined) return -1
  let fraction = 0
  const mark = text.charCodeAt(end)
  if ((mark === 46 || mark === 44) && isDigit(text.charCodeAt(end + 1))) {
    let scale = 100_000
    for (end++; isDigit(text.charCodeAt(end)) && end < text.length; end++) {
      fraction += (text.charCodeAt(end) - 48) * scale
      scale = scale >= 10 ? scale / 10 : 0
    }
  }
  if (text.charCodeAt(end) === 58) end++
  header.timeUs = us + fraction
  return end
}

/** `host tag[pid]: message`, where each part may be missing. */
function scanHostAndTag(text: string, afterStamp: number, header: Header): void {
  let at = afterStamp + 1
  header.restAt = skipBlanks(text, afterStamp)
  if (text.charCodeAt(at) === 32) {
    // Two blanks: the host is empty (syslogd's own "last message repeated").
    at = skipBlanks(text, at)
    if (!scanTag(text, at, header)) header.bodyAt = at
    return
  }
  let end = at
  let piped = false
  for (; end < text.length && end - at < 256; end++) {
    const code = text.charCodeAt(end)
    if (code <= 32) break
    if (code === 124) piped = true
  }
  if (text.charCodeAt(end - 1) === 58) {
    // No host (busybox, containers): the first word is the tag.
    if (scanTag(text, at, header)) return
  }
  if (piped) {
    header.bodyAt = at
    return
  }
  const afterHost = skipBlanks(text, end)
  if (end > at && scanTag(text, afterHost, header)) {
    header.host = text.slice(at, end)
    return
  }
  // Without a tag only a record off the wire is sure to have a host ("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!").
  if (header.priority >= 0 && end > at) {
    header.host = text.slice(at, end)
    header.bodyAt = afterHost
  } else header.bodyAt = at
}

function scanTag(text: string, at: number, header: Header): boolean {
  const limit = Math.min(text.length, at + tagMax)
  let i = at
  let open = -1
  for (; i < limit; i++) {
    const code = text.charCodeAt(i)
    if (code === 91) open = i
    // A pipe, a quote, a comma, an equals sign: the message has begun (CEF, `key="value"`, `1,2025/03/02 …`), whatever colons it holds.
    if (code === 10 || code === 13 || code === 124 || code === 34 || code === 44 || code === 61) return false
    if (code !== 58) continue
    const next = text.charCodeAt(i + 1)
    if (i + 1 === text.length || next === 32 || next === 9 || next === 10) break
  }
  if (i >= limit || i === at) return false
  header.bodyAt = skipBlanks(text, i + 1)
  let end = i
  if (text.charCodeAt(i - 1) === 93) {
    const pid = open > at ? pidOf(text, open + 1, i - 1) : undefined
    if (pid !== undefined) {
      header.pid = pid
      end = open
    }
  }
  header.program = text.slice(at, end)
  return true
}

function pidOf(text: string, from: number, to: number): number | undefined {
  if (to <= from || to - from > 10) return undefined
  let pid = 0
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (!isDigit(code)) return undefined
    pid = pid * 10 + code - 48
  }
  return pid
}

function scan5424(text: string, at: number, header: Header, timezoneMinutes: number): boolean {
  let i = at
  while (i < at + 3 && isDigit(text.charCodeAt(i))) i++
  if (i === at || text.charCodeAt(at) === 48 || text.charCodeAt(i) !== 32) return false
  const version = text.slice(at, i)
  const words: (string | undefined)[] = []
  for (let w = 0; w < 5; w++) {
    i = skipBlanks(text, i)
    const from = i
    while (i < text.length && i - from < 512 && text.charCodeAt(i) > 32) i++
    if (i === from) return false
    words.push(i === from + 1 && text.charCodeAt(from) === 45 ? undefined : text.slice(from, i))
  }
  const [stamp, host, app, procId, msgId] = words
  let timeUs: number | undefined
  if (stamp !== undefined) {
    timeUs = parseIso(stamp, timezoneMinutes)
    if (timeUs === undefined) return false
    header.zoned = hasZone(stamp)
  }
  header.version = version
  header.timeUs = timeUs
  header.host = host
  header.program = app
  header.procId = procId
  header.pid = procId === undefined ? undefined : pidOf(procId, 0, procId.length)
  header.msgId = msgId
  i = skipBlanks(text, i)
  if (text.charCodeAt(i) === 45 && (i + 1 === text.length || text.charCodeAt(i + 1) === 32)) i++
  else if (text.charCodeAt(i) === 91) {
    const scanned = scanStructuredData(text, i)
    header.structured = scanned.data
    i = scanned.end
  }
  i = skipBlanks(text, i)
  if (text.charCodeAt(i) === 0xfeff) i++
  header.bodyAt = skipBlanks(text, i)
  header.restAt = header.bodyAt
  return true
}

function skipBlanks(text: string, at: number): number {
  let i = at
  while (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9) i++
  return i
}
