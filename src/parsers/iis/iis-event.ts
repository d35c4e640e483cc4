/** A line of IIS's W3C logs or of HTTPERR to an ECS event, as Elastic's iis integration maps them. Called for each line. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { addressList, hostPort, portNumber } from '../shared/addresses.ts'
import { unescapeUrl } from '../shared/url.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'
import * as field from './fields.ts'

const noTime: Parsed = { ok: false, reason: 'no date and time' }

export function iisEvent(values: readonly string[], layout: field.Layout): Parsed {
  const at = layout.at
  const date = at[field.DATE]! < 0 ? undefined : values[at[field.DATE]!]
  const time = at[field.TIME]! < 0 ? undefined : values[at[field.TIME]!]
  const timeUs = date === undefined || time === undefined ? undefined : parseIso(`${date}T${time}`)
  if (timeUs === undefined) return noTime
  const clientText = valueAt(values, at, field.CLIENT_IP)
  const sourceAddress = clientText === undefined ? undefined : unlinked(clientText)
  const source = clientText === undefined ? undefined : field.bareAddress(clientText)
  const serverText = valueAt(values, at, field.SERVER_IP)
  const destinationAddress = serverText === undefined ? undefined : unlinked(serverText)
  const destination = serverText === undefined ? undefined : field.bareAddress(serverText)
  const sourceIp = isIp(source) ? source : undefined
  const destinationIp = isIp(destination) ? destination : undefined
  const connected = sourceIp !== undefined && destinationIp !== undefined
  const hostText = valueAt(values, at, field.HOST)
  const domain = hostText === undefined ? undefined : hostPort(hostText).host
  const stem = valueAt(values, at, field.STEM) ?? valueAt(values, at, field.URI)
  const query = valueAt(values, at, field.QUERY)
  const status = countAt(values, at, field.STATUS)
  const taken = countAt(values, at, field.TIME_TAKEN)
  const version = valueAt(values, at, field.VERSION)
  const agent = valueAt(values, at, field.USER_AGENT)
  const userText = valueAt(values, at, field.USER)
  const user = userText === undefined ? undefined : userOf(userText)
  const computer = valueAt(values, at, field.COMPUTER_NAME)
  const forwardedText = valueAt(values, at, field.FORWARDED_FOR)
  const forwarded = forwardedText === undefined ? undefined : hostPort(addressList(forwardedText)[0] ?? '').ip
  const host = computer?.toLowerCase()
  const parts = urlFields(stem, domain)
  const extra = layout.extra.length === 0 ? undefined : extraOf(values, layout)
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'iis',
      dataset: layout.error ? 'iis.error' : 'iis.access',
      category: connected ? ['web', 'network'] : ['web'],
      type: connected ? ['connection'] : undefined,
      duration: taken === undefined ? undefined : taken * 1_000_000,
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    source: { address: sourceAddress, ip: sourceIp, port: portAt(values, at, field.CLIENT_PORT) },
    destination: {
      address: destinationAddress,
      ip: destinationIp,
      domain,
      port: portAt(values, at, field.SERVER_PORT)
    },
    network: forwarded === undefined ? undefined : { forwarded_ip: forwarded },
    host: host === undefined ? undefined : { name: host },
    user,
    http: {
      request: {
        method: valueAt(values, at, field.METHOD),
        referrer: valueAt(values, at, field.REFERER),
        body: { bytes: countAt(values, at, field.BYTES_RECEIVED) }
      },
      response: { status_code: status, body: { bytes: countAt(values, at, field.BYTES_SENT) } },
      version: version?.startsWith('HTTP/') ? version.slice(5) : undefined
    },
    url: query === undefined ? parts : { ...parts, query: decoded(query) },
    user_agent: agent === undefined ? undefined : userAgent(decoded(agent)),
    related: {
      ip: distinct(sourceIp, destinationIp),
      user: user === undefined ? undefined : [user.name],
      hosts: distinct(host ?? domain)
    },
    iis: layout.error
      ? {
          error: {
            reason_phrase: valueAt(values, at, field.REASON),
            queue_name: valueAt(values, at, field.QUEUE_NAME),
            ...extra
          }
        }
      : {
          access: {
            site_name: valueAt(values, at, field.SITE_NAME),
            server_name: computer,
            cookie: valueAt(values, at, field.COOKIE),
            sub_status: countAt(values, at, field.SUB_STATUS),
            win32_status: countAt(values, at, field.WIN32_STATUS),
            session_id: valueAt(values, at, field.SESSION),
            forwarded_for: forwarded === undefined || forwarded === forwardedText ? undefined : forwardedText,
            ...extra
          }
        }
  }
  return { ok: true, event, timeUs, kind: layout.error ? 'error' : 'access' }
}

function valueAt(values: readonly string[], at: Int16Array, slot: number): string | undefined {
  const position = at[slot]!
  if (position < 0) return undefined
  const value = values[position]!
  return value === '-' || value === '' ? undefined : value
}

function countAt(values: readonly string[], at: Int16Array, slot: number): number | undefined {
  const value = valueAt(values, at, slot)
  if (value === undefined || value.length > 15) return undefined
  let count = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    count = count * 10 + digit
  }
  return count
}

function portAt(values: readonly string[], at: Int16Array, slot: number): number | undefined {
  const value = valueAt(values, at, slot)
  return value === undefined ? undefined : portNumber(value)
}

function extraOf(values: readonly string[], layout: field.Layout): Record<string, string> {
  const out: Record<string, string> = {}
  for (const { position, key } of layout.extra) {
    const value = values[position]!
    if (value !== '-' && value !== '') out[key] = value
  }
  return out
}

/** `EXAMPLE\alice@example.com`, `alice@example.com`, `EXAMPLE\alice`, `alice` */
function userOf(text: string): { readonly name: string; readonly domain: string | undefined } {
  const slash = text.indexOf('\\')
  const at = text.indexOf('@', slash + 1)
  if (at > 0 && at < text.length - 1) return { name: text.slice(slash + 1, at), domain: text.slice(at + 1) }
  if (slash >= 0 && slash < text.length - 1)
    return { name: text.slice(slash + 1), domain: text.slice(0, slash) || undefined }
  return { name: text, domain: undefined }
}

/** IIS writes blanks as `+`; clients wrote the percent-escapes. */
function decoded(text: string): string {
  return unescapeUrl(text.indexOf('+') < 0 ? text : text.replaceAll('+', ' '))
}

function unlinked(text: string): string {
  return text.charCodeAt(0) === 91 && text.includes('](') ? field.bareAddress(text) : text
}
