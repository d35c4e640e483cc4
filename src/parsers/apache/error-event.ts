/**
 * A record of Apache's error log to an ECS event, as Elastic's apache integration maps it. Forms of 2.2 and 2.4 (core.c,
 * `ErrorLogFormat`):
 *
 *   2.2 = "[" Www Mmm dd hh:mm:ss yyyy "] [" level "] " [ "[client " address "] " ] message
 *   2.4 = "[" Www Mmm dd hh:mm:ss.uuuuuu yyyy "] [" module ":" level "] [pid " pid [ ":tid " tid ] "] "
 *         [ file "(" line "): " ] [ "(" errno ")" text ": " ] [ "[client " address ":" port "] " ] message [ ", referer: " url ]
 */

import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type HostPort, hostPort, portNumber } from '../shared/addresses.ts'

const notError: Parsed = { ok: false, reason: 'not a record of Apache’s error log: no "[Mon Jan 31 13:55:36 2026] ["' }
const textMax = 262_144
const days = 'Sun Mon Tue Wed Thu Fri Sat '
const months = ' Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'
const levels = /^(emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])$/

/** Does a record begin here? */
export function beginsError(line: string): boolean {
  return line.charCodeAt(0) === 91 && line.charCodeAt(4) === 32 && days.includes(line.slice(1, 5)) && timeEnd(line) > 0
}

/** Where the bracket of the time closes: `[Mon Dec 26 16:15:55.103522 2016]`. */
function timeEnd(line: string): number {
  const close = line.indexOf(']')
  return close >= 25 && close <= 34 ? close : -1
}

export function errorEvent(text: string, timezoneMinutes: number, timezone: string): Parsed {
  if (!beginsError(text) || text.length > textMax) return notError
  const close = timeEnd(text)
  const timeUs = timeOf(text, close, timezoneMinutes)
  if (timeUs === undefined || !text.startsWith('] [', close)) return notError
  const levelEnd = text.indexOf(']', close + 3)
  const word = levelEnd < 0 ? '' : text.slice(close + 3, levelEnd)
  const colon = word.indexOf(':')
  const level = colon < 0 ? word : word.slice(colon + 1)
  if (!levels.test(level)) return notError
  const module = colon < 1 ? undefined : word.slice(0, colon)
  let at = levelEnd + 2
  let pid: number | undefined
  let tid: number | undefined
  if (text.startsWith('[pid ', at)) {
    const end = text.indexOf('] ', at)
    const [pidText, tidText] = end < 0 || end - at > 60 ? [] : text.slice(at + 5, end).split(':tid ')
    if (pidText !== undefined) {
      pid = number(pidText)
      tid = number(tidText)
      at = end + 2
    }
  }
  let client: string | undefined
  if (text.startsWith('[client ', at)) {
    const end = text.indexOf('] ', at)
    if (end > 0 && end - at < 300) {
      client = text.slice(at + 8, end)
      at = end + 2
    }
  }
  const message = text.slice(at)
  // After a source file or an error number stands the client too; the message keeps it, as Elastic's does.
  const inner = client === undefined ? message.indexOf('[client ') : -1
  const innerEnd = inner < 0 || inner > 512 ? -1 : message.indexOf(']', inner)
  if (innerEnd > 0 && innerEnd - inner < 300) client = message.slice(inner + 8, innerEnd)
  const from = client === undefined ? undefined : module === undefined ? hostPort(client) : withPort(client)
  const ip = from !== undefined && isIp(from.host) ? from.host : undefined
  const missing = message.indexOf('File does not exist: ')
  const refererAt = message.lastIndexOf(', referer: ')
  const referrer = refererAt < 0 ? undefined : message.slice(refererAt + 11)
  const path = missing < 0 ? undefined : message.slice(missing + 21, refererAt < 0 ? message.length : refererAt)
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    message,
    event: {
      kind: 'event',
      module: 'apache',
      dataset: 'apache.error',
      category: ['web'],
      type: [isError(level) ? 'error' : 'info'],
      code: codeOf(innerEnd > 0 ? message.slice(innerEnd + 2, innerEnd + 12) : message),
      timezone
    },
    log: { level },
    process: pid === undefined ? undefined : { pid, thread: tid === undefined ? undefined : { id: tid } },
    source:
      from === undefined
        ? undefined
        : { address: from.host, ip, port: from.port, domain: ip === undefined ? from.host : undefined },
    file: path === undefined ? undefined : { path },
    http: referrer === undefined ? undefined : { request: { referrer } },
    related: from === undefined ? undefined : ip === undefined ? { hosts: [from.host] } : { ip: [ip] },
    apache: { error: { module } }
  }
  return { ok: true, event, timeUs, kind: 'error' }
}

/** 2.4 writes IPv6 addresses without brackets, and always a port: `2001:db8::17:40101`. */
function withPort(text: string): HostPort {
  const colon = text.lastIndexOf(':')
  const port = portNumber(text.slice(colon + 1))
  const host = text.slice(0, Math.max(colon, 0))
  return port !== undefined && host.includes(':') && isIp(host) ? { host, ip: host, port } : hostPort(text)
}

function isError(level: string): boolean {
  return level === 'error' || level === 'warn' || level === 'crit' || level === 'alert' || level === 'emerg'
}

/** `AH00163: …` */
function codeOf(message: string): string | undefined {
  return /^AH\d{5}(?=:)/.exec(message)?.[0]
}

function timeOf(text: string, close: number, timezoneMinutes: number): number | undefined {
  const month = months.indexOf(text.slice(4, 8)) / 4 + 1
  if (!Number.isInteger(month) || month < 1) return undefined
  const day = text.slice(9, 11).replace(' ', '0')
  const year = text.slice(close - 4, close)
  const clock = text.slice(12, close - 5)
  return parseIso(`${year}-${String(month).padStart(2, '0')}-${day}T${clock}`, timezoneMinutes)
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}
