/**
 * Logs of Palo Alto Networks' firewalls and of Panorama (PAN-OS), comma separated, in syslog or in files. A reader of syslog messages.
 *
 *   record = reserved "," received "," serial "," type "," [ subtype ] "," version "," generated "," columns of the type
 *   time   = "yyyy/mm/dd hh:mm:ss" | ISO 8601
 *
 * Laid out as Elastic's integration `panw`; the columns stand in columns.ts, the event in panos-event.ts.
 */

import { parseIso } from '../../core/time.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { layouts } from './columns.ts'
import { description } from './description.ts'
import { panosEvent } from './panos-event.ts'
import { splitColumns } from './split.ts'

const lineMax = 65_536
/** The reserved first column may hold the host's name in front (`PA-220 1`). */
const firstColumnMax = 96

export const panos: MessageReader = {
  name: 'panos',
  title: 'Palo Alto Networks PAN-OS',
  sign: /,\d[\s\S]{3}[-/]/,
  claims: body => headAt(body) > 0,
  read,
  description
}

/** Where the serial number begins, or -1: after a first column and a time stamp, as no other log has them. */
function headAt(body: string): number {
  const comma = body.indexOf(',')
  if (comma < 1 || comma > firstColumnMax) return -1
  const c = body.charCodeAt(comma + 1)
  if (c < 48 || c > 57) return -1
  const mark = body.charCodeAt(comma + 5)
  if (mark !== 47 && mark !== 45) return -1
  const end = body.indexOf(',', comma + 1)
  if (end < comma + 20 || end > comma + 41 || body.charCodeAt(comma + 14) !== 58) return -1
  let serialEnd = end + 1
  while (serialEnd - end < 24 && isAlphanumeric(body.charCodeAt(serialEnd))) serialEnd++
  if (body.charCodeAt(serialEnd) !== 44) return -1
  // The type: capitals.
  let typeEnd = serialEnd + 1
  while (typeEnd - serialEnd < 24 && isCapital(body.charCodeAt(typeEnd))) typeEnd++
  return typeEnd - serialEnd > 2 && body.charCodeAt(typeEnd) === 44 ? end + 1 : -1
}

function isAlphanumeric(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)
}

const isCapital = (c: number): boolean => (c >= 65 && c <= 90) || c === 45

function read({ body, header, context }: SyslogMessage): ReadMessage | undefined {
  const start = headAt(body)
  if (start < 0 || body.length > lineMax) return undefined
  const zone = context.timezoneMinutes ?? 0
  const receivedUs = panosTime(body.slice(body.indexOf(',') + 1, start - 1), zone)
  // Serial, type, subtype, version, time.
  const bounds: number[] = [start]
  for (let i = 0; i < 5; i++) {
    const comma = body.indexOf(',', bounds[i])
    if (comma < 0) return undefined
    bounds.push(comma + 1)
  }
  const part = (i: number) => body.slice(bounds[i], bounds[i + 1]! - 1)
  const type = part(1)
  const generatedUs = panosTime(part(4), zone)
  if (receivedUs === undefined && generatedUs === undefined) return undefined
  const layout = layouts.get(type)
  const rest = body.slice(bounds[5])
  // "PA-220 1,…": without a priority, syslog leaves the host in the message.
  const words = body.slice(0, body.indexOf(',')).trim().split(' ')
  const host = header.host ?? (words.length > 1 ? words[0] : undefined)
  const event = panosEvent(
    { type, subtype: part(2), version: part(3), serial: part(0), receivedUs, generatedUs, host, zone, rest },
    layout,
    layout === undefined ? [] : splitColumns(rest, 0)
  )
  return { event, timeUs: generatedUs ?? receivedUs, kind: type.toLowerCase() }
}

/** `2025/03/02 10:15:30`, or ISO 8601. */
export function panosTime(text: string, zone: number): number | undefined {
  return parseIso(text.charCodeAt(4) === 47 ? `${text.slice(0, 4)}-${text.slice(5, 7)}-${text.slice(8)}` : text, zone)
}
