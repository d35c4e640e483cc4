/**
 * ArcSight's Common Event Format, inside syslog and on lines of its own: message → ECS event, as Elastic's `decode_cef` processor
 * and its `cef` integration map it (`cef.*` holds everything the message says, by the dictionary's full names).
 */

import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { addCheckPoint } from './check-point.ts'
import { description } from './description.ts'
import { type CefFields, cefEvent } from './event.ts'
import { cefKey } from './keys.ts'
import { scanCef } from './scan.ts'
import { cefTime, cefValue } from './values.ts'

/** What may stand before `CEF:` where the header was not understood. */
const leadMax = 160

export const cef: MessageReader = {
  name: 'cef',
  title: 'CEF, the Common Event Format of ArcSight and many devices',
  programs: ['CEF'],
  sign: /CEF:/,
  claims: body => markAt(body) >= 0,
  read,
  description
}

/** Where the version begins: after `CEF:` near the beginning, followed by a digit and soon by a pipe. -1 if there is no such mark. */
function markAt(body: string): number {
  const at = body.startsWith('CEF:') ? 0 : body.lastIndexOf('CEF:', leadMax)
  if (at < 0) return -1
  let version = at + 4
  if (body.charCodeAt(version) === 32) version++
  const code = body.charCodeAt(version)
  if (!(code >= 48 && code <= 57)) return -1
  const pipe = body.indexOf('|', version)
  return pipe > 0 && pipe - version <= 4 ? version : -1
}

function read({ header, body, context }: SyslogMessage): ReadMessage | undefined {
  // "host CEF: 0|…": the mark was taken for the tag.
  const from = header.program === 'CEF' && body.charCodeAt(1) === 124 ? 0 : markAt(body)
  if (from < 0) return undefined
  const text = scanCef(body, from)
  if (text === undefined) return undefined
  const zone = context.timezoneMinutes ?? 0
  const extensions: CefFields = {}
  const invalid: Record<string, string> = {}
  let errors: string[] | undefined
  let timeUs: number | undefined
  const pairs = text.extensions
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i]!
    const value = pairs[i + 1]!
    const known = cefKey(key)
    if (known === undefined) {
      if (key !== '_cefVer') put(extensions, key, value)
      continue
    }
    const typed = cefValue(value, known.type, context.receivedMs, zone)
    if (typed === undefined) {
      put(invalid, known.name, value)
      errors = [...(errors ?? []), `${key} is no ${known.type}: ${value.slice(0, 60)}`]
      continue
    }
    if (known.name === 'deviceReceiptTime') timeUs = cefTime(value, context.receivedMs, zone)
    put(extensions, known.name, typed)
  }
  const event = cefEvent(text, extensions, invalid, errors?.slice(0, 16))
  if (text.vendor === 'Check Point') addCheckPoint(event, extensions)
  // The header's word for the message is no process; a word before the mark is the host that syslog's header lacks.
  if (header.program === 'CEF') event['process'] ??= {}
  if (header.host === undefined && from > 4) {
    const lead = body.slice(0, body.lastIndexOf('CEF:', from)).trim()
    if (lead !== '' && !lead.includes(' ')) event['host'] ??= { hostname: lead, name: lead }
  }
  return { event, timeUs: timeUs ?? header.timeUs, kind: text.classId?.slice(0, 40) }
}

function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
