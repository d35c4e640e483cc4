/**
 * Alerts of Snort as text: one line each (`alert_fast`), several lines (`alert_full`), comma separated (`alert_csv`, pfSense's), and in
 * syslog; Suricata's fast.log too. A reader of syslog messages, since its lines need no header of syslog's.
 *
 *   fast   = stamp SP+ "[**] [" gid ":" sid ":" rev "] " message " [**] " [ "[Classification: " text "] " ] "[Priority: " n "] "
 *            "{" protocol "} " source " -> " destination
 *   full   = "[**] [" ids "] " message " [**]" LF [ classification SP ] priority SP LF stamp SP source " -> " destination LF header lines
 *   syslog = "[" ids "] " message SP classification SP priority [ ":" ] " {" protocol "} " source " -> " destination
 *   csv    = stamp "," gid "," sid "," rev "," message "," protocol "," source "," port "," destination "," port …
 *   stamp  = mm "/" dd [ "/" yy[yy] ] "-" hh:mm:ss "." microseconds
 *
 * Laid out as Elastic's integration `snort`.
 */

import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { type Alert, alertEvent, emptyAlert } from './alert.ts'
import { readCsv } from './csv.ts'
import { description } from './description.ts'
import { readPacketLines } from './packet-lines.ts'
import { isSnortStamp, noTime, type SnortTime, snortTime } from './stamp.ts'

const textMax = 16_384

export const snort: MessageReader = {
  name: 'snort',
  title: 'Snort alerts as text (fast, full, CSV, syslog), Suricata fast.log',
  programs: ['snort', 'suricata', 'snort3', 'barnyard2'],
  sign: /\[\*\*\] \[|\/\d\d[-/]\d\d/,
  claims,
  read,
  description
}

function claims(body: string): boolean {
  const c = body.charCodeAt(0)
  if (c === 91) return body.startsWith('[**] [')
  if (c < 48 || c > 57 || !isSnortStamp(body)) return false
  const head = body.slice(15, 64)
  return head.includes('[**] [') || /^[\d/:.-]* ?,\d{1,10},\d{1,10},\d{1,10},/.test(head)
}

function read({ body, header, context }: SyslogMessage): ReadMessage | undefined {
  if (body.length > textMax) return undefined
  const zone = context.timezoneMinutes ?? 0
  let alert: Alert | undefined
  if (isSnortStamp(body)) {
    alert = /^[^ ,]{14,32} ?,/.test(body)
      ? readCsv(body, context.receivedMs, zone)
      : readFast(body, body.indexOf('['), snortTime(body, context.receivedMs, zone))
  } else if (body.startsWith('[**] [')) alert = readFull(body, context.receivedMs, zone)
  else if (body.startsWith('[')) alert = readFast(body, 0, noTime)
  if (alert === undefined) return undefined
  const suricata = header.program === 'suricata' || alert.fourDigitYear
  const event = alertEvent(alert, header.host, suricata, alert.timeUs ?? header.timeUs)
  // `log.syslog` and the process are the daemon's; a file's line has neither.
  if (header.program === undefined) event['process'] = {}
  return { event, timeUs: alert.timeUs ?? header.timeUs, kind: 'alert' }
}

/** From the first bracket on: `[**] [1:2:3] …`, `[Drop] [**] [1:2:3] …`, `[1:2:3] …`. */
function readFast(text: string, from: number, time: SnortTime): Alert | undefined {
  if (from < 0) return undefined
  let at = from
  let action: string | undefined
  const drop = /^\[(w?Drop|Block|Reject|Alert)\] /i.exec(text.slice(at, at + 10))
  if (drop !== null) {
    action = drop[1]!.toLowerCase() === 'alert' ? undefined : 'Block'
    at += drop[0].length
  }
  if (text.startsWith('[**] ', at)) at += 5
  const ids = readIds(text, at)
  if (ids === undefined) return undefined
  const brace = text.lastIndexOf(' {')
  const close = brace < 0 ? -1 : text.indexOf('} ', brace)
  if (close < 0) return undefined
  let message = text.slice(ids.end, brace).trim()
  const priority = /\[Priority: (\d{1,9})\]:?$/.exec(message)
  if (priority !== null) message = message.slice(0, priority.index).trim()
  const classAt = message.lastIndexOf('[Classification: ')
  let category: string | undefined
  if (classAt >= 0 && message.endsWith(']')) {
    category = message.slice(classAt + 17, -1)
    message = message.slice(0, classAt).trim()
  }
  if (message.endsWith('[**]')) message = message.slice(0, -4).trim()
  return {
    ...emptyAlert,
    ...time,
    ...ids,
    message: unquoted(message),
    category,
    priority: priority === null ? undefined : Number(priority[1]),
    protocol: text.slice(brace + 2, close),
    ...endpoints(text.slice(close + 2)),
    action
  }
}

function readFull(text: string, receivedMs: number, zone: number): Alert | undefined {
  const lines = text.split('\n', 16).map(line => line.trim())
  const first = lines[0]!
  // An alert_fast line whose stamp was cut off.
  if (lines.length < 3) return readFast(text, 0, noTime)
  const ids = readIds(first, 5)
  if (ids === undefined) return undefined
  const message = first.slice(ids.end).trim()
  const priority = /\[Priority: (\d{1,9})\]/.exec(lines[1]!)
  const classAt = lines[1]!.indexOf('[Classification: ')
  const classEnd = lines[1]!.indexOf(']', classAt)
  const stamped = lines.findIndex((line, i) => i > 0 && isSnortStamp(line))
  if (stamped < 0) return undefined
  const line = lines[stamped]!
  const space = line.indexOf(' ')
  if (space < 0) return undefined
  const packet = readPacketLines(lines.slice(stamped + 1))
  return {
    ...emptyAlert,
    ...snortTime(line, receivedMs, zone),
    ...ids,
    message: message.endsWith('[**]') ? message.slice(0, -4).trim() : message,
    category: classAt < 0 || classEnd < 0 ? undefined : lines[1]!.slice(classAt + 17, classEnd),
    priority: priority === null ? undefined : Number(priority[1]),
    ...endpoints(line.slice(space + 1)),
    ...packet
  }
}

function readIds(text: string, at: number) {
  const match = /^\[(\d{1,10}):(\d{1,10}):(\d{1,10})\] ?/.exec(text.slice(at, at + 40))
  if (match === null) return undefined
  return { gid: Number(match[1]), sid: match[2]!, revision: match[3]!, end: at + match[0].length }
}

/** `10.0.0.1:80 -> 10.0.0.2:1234`, `2001:db8::1:80 -> …`, or without ports. */
function endpoints(text: string) {
  const arrow = text.indexOf(' -> ')
  if (arrow < 0) return {}
  const [source, sourcePort] = endpoint(text.slice(0, arrow).trim())
  const rest = text.slice(arrow + 4).trim()
  const space = rest.search(/\s/)
  const [destination, destinationPort] = endpoint(space < 0 ? rest : rest.slice(0, space))
  return { source, sourcePort, destination, destinationPort }
}

function endpoint(text: string): readonly [string | undefined, number | undefined] {
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    const port = text.slice(close + 2)
    return [text.slice(1, close), /^\d{1,5}$/.test(port) ? Number(port) : undefined]
  }
  const colon = text.lastIndexOf(':')
  const colons = text.split(':', 9).length - 1
  // An IPv6 address in full has seven colons; one more is the port's. Shortened ones are ambiguous: digits after the last are a port.
  if (colon < 0 || colons === 7) return [text || undefined, undefined]
  const port = text.slice(colon + 1)
  if (!/^\d{1,5}$/.test(port) || text.charCodeAt(colon - 1) === 58) return [text || undefined, undefined]
  return [text.slice(0, colon), Number(port)]
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}
