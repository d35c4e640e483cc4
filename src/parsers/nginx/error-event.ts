/**
 * A record of nginx's error log to an ECS event, as Elastic's nginx integration maps it.
 *
 *   record = yyyy/mm/dd " " hh:mm:ss " [" level "] " pid "#" tid ": " [ "*" connection " " ] message *( ", " name ": " value )
 *   name   = "client" / "server" / "request" / "subrequest" / "upstream" / "host" / "referrer" / "login" …
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { daysFromCivil, isoMs } from '../../core/time.ts'
import { requestLine } from '../shared/access-line.ts'
import { hostPort } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'

const levels = new Set(['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'])
const notError: Parsed = {
  ok: false,
  reason: 'not a record of nginx’s error log: no "2026/01/31 13:55:36 [error] 12#12: "'
}
const messageMax = 262_144

const two = (text: string, at: number) => {
  const a = text.charCodeAt(at) - 48
  const b = text.charCodeAt(at + 1) - 48
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -1000
}

/** The time at the beginning, in microseconds; undefined if the line does not begin with one and ` [`. */
export function errorTime(line: string, timezoneMinutes: number): number | undefined {
  if (line.charCodeAt(4) !== 47 || line.charCodeAt(7) !== 47 || line.charCodeAt(19) !== 32) return undefined
  if (line.charCodeAt(20) !== 91 || line.charCodeAt(13) !== 58) return undefined
  const year = two(line, 0) * 100 + two(line, 2)
  const month = two(line, 5)
  const day = two(line, 8)
  const seconds = two(line, 11) * 3600 + two(line, 14) * 60 + two(line, 17)
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || seconds < 0) return undefined
  return (daysFromCivil(year, month, day) * 86_400 + seconds - timezoneMinutes * 60) * 1_000_000
}

export function errorEvent(text: string, timezoneMinutes: number, timezone: string): Parsed {
  const timeUs = errorTime(text, timezoneMinutes)
  if (timeUs === undefined || text.length > messageMax) return notError
  const levelEnd = text.indexOf('] ', 21)
  const level = levelEnd < 0 ? '' : text.slice(21, levelEnd)
  if (!levels.has(level)) return notError
  const hash = text.indexOf('#', levelEnd)
  const colon = hash < 0 ? -1 : text.indexOf(': ', hash)
  const pid = digits(text, levelEnd + 2, hash)
  const tid = digits(text, hash + 1, colon)
  if (pid === undefined || tid === undefined) return notError
  let at = colon + 2
  let connection: number | undefined
  if (text.charCodeAt(at) === 42) {
    const blank = text.indexOf(' ', at)
    connection = digits(text, at + 1, blank)
    if (connection !== undefined) at = blank + 1
  }
  const message = text.slice(at)
  const facts = factsOf(message)
  const request = facts.request === undefined ? undefined : requestLine(facts.request)
  const client = facts.client === undefined ? undefined : hostPort(facts.client)
  const host = facts.host === undefined ? undefined : hostPort(facts.host)
  const ip = client?.ip
  const server = facts.server === undefined ? undefined : hostPort(facts.server)
  const name = server === undefined || server.host === '' || server.host === '_' || server.ip ? undefined : server.host
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    message,
    event: { kind: 'event', module: 'nginx', dataset: 'nginx.error', category: ['web'], type: ['error'], timezone },
    log: { level },
    process: { pid, thread: { id: tid } },
    client:
      facts.client === undefined
        ? undefined
        : { ip, address: ip === undefined ? facts.client || undefined : undefined },
    source: ip === undefined ? undefined : { address: ip, ip },
    server: server === undefined ? undefined : { domain: name, ip: server.ip, port: server.port },
    http: {
      request: { method: request?.method, referrer: facts.referrer },
      version: request?.version
    },
    url: urlFields(request?.target, host?.host),
    related: {
      ip: ip === undefined ? undefined : [ip],
      hosts: distinct(name, host === undefined || isIp(host.host) ? undefined : host.host)
    },
    nginx: {
      error: {
        connection_id: connection,
        upstream: facts.upstream,
        host: facts.host,
        subrequest: facts.subrequest,
        request: request?.method === undefined ? facts.request : undefined
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'error' }
}

type Facts = {
  client?: string
  server?: string
  request?: string
  subrequest?: string
  upstream?: string
  host?: string
  referrer?: string
}
const names = ['client', 'server', 'request', 'subrequest', 'upstream', 'host', 'referrer'] as const

/** nginx appends the pairs in this order; a client's text stands only in quoted values, which come last. */
function factsOf(message: string): Facts {
  const facts: Facts = {}
  let at = message.indexOf(', client: ')
  if (at < 0) return facts
  for (const name of names) {
    const mark = `, ${name}: `
    if (!message.startsWith(mark, at)) continue
    const from = at + mark.length
    let end: number
    if (message.charCodeAt(from) === 34) {
      end = message.indexOf('", ', from + 1)
      if (end < 0) end = message.endsWith('"') && message.length > from + 1 ? message.length - 1 : message.length
      facts[name] = message.slice(from + 1, end)
      at = end + 1
    } else {
      end = message.indexOf(', ', from)
      if (end < 0) end = message.length
      facts[name] = message.slice(from, end)
      at = end
    }
  }
  return facts
}

function digits(text: string, from: number, to: number): number | undefined {
  if (to <= from || to - from > 15) return undefined
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}
