/** One transaction of ModSecurity's audit log, from whatever form it was written in, to an ECS event as Elastic's integration has it. */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { daysFromCivil, isoMs, parseClf, parseZone } from '../../core/time.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'

export type Transaction = {
  readonly timeUs: number
  /** `+01:00`, `UTC` */
  readonly timezone: string | undefined
  readonly id: string | undefined
  readonly sourceIp: string | undefined
  readonly sourcePort: number | undefined
  readonly destinationIp: string | undefined
  readonly destinationPort: number | undefined
  readonly method: string | undefined
  readonly target: string | undefined
  readonly version: string | undefined
  readonly status: number | undefined
  readonly requestHeaders: Headers
  readonly responseHeaders: Headers
  readonly requestBody: string | undefined
  readonly responseBody: string | undefined
  readonly server: string | undefined
  readonly connector: string | undefined
  readonly producer: string | undefined
  /** What matched, without the rule's data. */
  readonly messages: readonly string[]
  /** With the rule's data: objects. */
  readonly details: readonly object[]
  readonly rules: Rules
  readonly intercepted: boolean | undefined
  readonly other: object | undefined
}

/** By names in lower case. */
export type Headers = ReadonlyMap<string, string>

export type Rules = {
  readonly ids: string[]
  readonly names: string[]
  readonly tags: string[]
  readonly severities: string[]
}

export function auditEvent(transaction: Transaction): Parsed {
  const { requestHeaders, responseHeaders, destinationPort, sourceIp, destinationIp, timeUs, target, rules } =
    transaction
  const host = requestHeaders.get('host')
  const scheme = destinationPort === 443 ? 'https' : destinationPort === 80 ? 'http' : undefined
  const absolute =
    scheme === undefined || host === undefined || target === undefined || !target.startsWith('/')
      ? target
      : `${scheme}://${host.includes(':') && !host.endsWith(']') ? host : `${host}:${destinationPort}`}${target}`
  const url = absolute === undefined ? undefined : urlParts(absolute)
  const agent = requestHeaders.get('user-agent')
  const user = requestHeaders.get('remote_user')
  const hostName = url?.domain ?? host
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    message: transaction.messages[0],
    event: {
      kind: 'event',
      module: 'modsecurity',
      dataset: 'modsecurity.auditlog',
      category: ['web'],
      type: ['access'],
      action: transaction.intercepted === true ? 'blocked' : undefined,
      timezone: transaction.timezone
    },
    source: { ip: sourceIp, port: transaction.sourcePort },
    destination: { ip: destinationIp, port: destinationPort },
    network:
      sourceIp === undefined || destinationIp === undefined
        ? undefined
        : { transport: 'tcp', community_id: COMMUNITY_ID },
    user: user === undefined ? undefined : { name: user },
    http: {
      request: {
        method: transaction.method,
        referrer: requestHeaders.get('referer'),
        mime_type: requestHeaders.get('content-type'),
        bytes: lengthOf(requestHeaders),
        body: { content: transaction.requestBody }
      },
      response: {
        status_code: transaction.status,
        mime_type: responseHeaders.get('content-type'),
        bytes: lengthOf(responseHeaders),
        body: { content: transaction.responseBody }
      },
      version: transaction.version
    },
    url:
      url === undefined ? (host === undefined ? undefined : { domain: host }) : { ...url, domain: url.domain ?? host },
    user_agent: agent === undefined ? undefined : userAgent(agent),
    rule: { id: listed(rules.ids), name: listed(rules.names) },
    transaction: { id: transaction.id },
    related: {
      ip: distinct(sourceIp, destinationIp),
      user: user === undefined ? undefined : [user],
      hosts: hostName === undefined || isIp(hostName) ? undefined : [hostName]
    },
    modsec: {
      audit: {
        server: transaction.server,
        connector: transaction.connector,
        producer: transaction.producer,
        messages: transaction.messages,
        details: transaction.details,
        tags: listed(rules.tags),
        severities: listed(rules.severities),
        request: { headers: record(requestHeaders) },
        response: { headers: record(responseHeaders) },
        other: transaction.other
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'audit' }
}

function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length')
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function listed(values: readonly string[]): string[] | undefined {
  return values.length === 0 ? undefined : [...new Set(values)].slice(0, 256)
}

function record(headers: Headers): Record<string, string> | undefined {
  return headers.size === 0 ? undefined : Object.fromEntries(headers)
}

/** `Warning. Matched phrase … [file "…"] [line "485"] [id "932160"] [msg "…"] [tag "…"]`: the data are added to the rules. */
export function readMessage(text: string, rules: Rules): string {
  const first = text.indexOf(' [')
  let at = first
  for (let count = 0; at >= 0 && count < 128; count++) {
    const quote = text.indexOf(' "', at)
    const end = quote < 0 ? -1 : text.indexOf('"]', quote + 2)
    if (end < 0) break
    const key = text.slice(at + 2, quote)
    const value = text.slice(quote + 2, end)
    if (key === 'id') rules.ids.push(value)
    else if (key === 'msg') rules.names.push(value)
    else if (key === 'tag') rules.tags.push(value)
    else if (key === 'severity') rules.severities.push(value)
    at = text.indexOf(' [', end)
  }
  return first < 0 ? text : text.slice(0, first)
}

const months = ' Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'

/** `23/May/2022:06:28:50.123456 +0000` or `Fri May 14 14:52:47 2021`, which is local. */
export function auditTime(
  text: string,
  timezoneMinutes: number
): { readonly timeUs: number; readonly zone: number } | undefined {
  if (text.charCodeAt(2) === 47 || text.charCodeAt(1) === 47) {
    const whole = text.charCodeAt(1) === 47 ? `0${text}` : text
    const blank = whole.indexOf(' ', 19)
    const zone = blank < 0 ? timezoneMinutes : parseZone(whole, blank + 1)
    const us = parseClf(whole, 0, false, zone ?? 0)
    if (us === undefined || zone === undefined) return undefined
    const fraction = whole.charCodeAt(20) === 46 ? whole.slice(21, blank < 0 ? undefined : blank) : ''
    const micros = /^\d{1,6}$/.test(fraction) ? Number(fraction.padEnd(6, '0')) : 0
    return { timeUs: us + micros, zone }
  }
  const match = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/.exec(text)
  if (match === null) return undefined
  const month = months.indexOf(` ${match[1]}`) / 4 + 1
  const [day, hour, minute, second, year] = match.slice(2).map(Number) as [number, number, number, number, number]
  if (!Number.isInteger(month) || month < 1 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return undefined
  const days = daysFromCivil(year, month, day)
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second - timezoneMinutes * 60
  return { timeUs: seconds * 1_000_000, zone: timezoneMinutes }
}

/** `UTC`, `+01:00`: the form of `event.timezone` in Elastic's integration. */
export function zoneName(minutes: number, told: boolean): string {
  if (minutes === 0 && !told) return 'UTC'
  const size = Math.abs(minutes)
  const text = `${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
  return (minutes < 0 ? '-' : '+') + text
}
