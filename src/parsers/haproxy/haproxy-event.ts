/**
 * An HAProxy log message to an ECS event, as Elastic's haproxy integration maps it. Format (HAProxy configuration manual, 8.2):
 *
 *   client  = address ":" port " [" dd/Mmm/yyyy:hh:mm:ss.mmm "] " frontend " "
 *   http    = client backend "/" server " " [ host " " ] TR "/" Tw "/" Tc "/" Tr "/" Ta " " status " " bytes " " cookie " " cookie
 *             " " state " " ac "/" fc "/" bc "/" sc "/" retries " " sq "/" bq [ " {" headers "}" [ " {" headers "}" ] ]
 *             " " %x22 request %x22 [ " " errors "/" errors "/" errors "/" errors "/" resumed " " sni "/" version "/" cipher ]
 *   tcp     = client backend "/" server " " Tw "/" Tc "/" Tt " " bytes " " state " " ac/fc/bc/sc/retries " " sq "/" bq
 *   error   = address ":" port " [" … "] " frontend "/" bind ": " text
 *   default = "Connect from " address ":" port " to " address ":" port " (" frontend "/" mode ")"
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { isoMs, parseClf } from '../../core/time.ts'
import { requestLine } from '../shared/access-line.ts'
import { portNumber } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'

export type HaproxyEvent = { readonly event: EcsEvent; readonly timeUs?: number; readonly kind: string }

/** `address:port`; the address may be `-`, `unix` or an IPv6 address without brackets. */
function endpoint(text: string): { address: string | undefined; ip: string | undefined; port: number | undefined } {
  const colon = text.lastIndexOf(':')
  const port = portNumber(text.slice(colon + 1))
  const host = colon < 0 ? text : text.slice(0, colon)
  const address = host === '-' || host === '' ? undefined : host
  return { address, ip: isIp(address) ? address : undefined, port }
}

/** A message that begins with the client and the time it was accepted. */
export function connectionEvent(
  message: string,
  timezoneMinutes: number,
  host: string | undefined
): HaproxyEvent | undefined {
  const open = message.indexOf(' [')
  const second = parseClf(message, open + 2, false, timezoneMinutes)
  const milliseconds = whole(message.slice(open + 23, open + 26))
  if (second === undefined || milliseconds === undefined || message.charCodeAt(open + 27) !== 32) return undefined
  const timeUs = second + milliseconds * 1000
  const source = endpoint(message.slice(0, open))
  const quote = message.indexOf(' "', open)
  const words = (quote < 0 ? message.slice(open + 28) : message.slice(open + 28, quote)).split(' ', 40)
  const frontend = words[0] ?? ''
  const slash = frontend.indexOf('/')
  if (slash > 0 && quote < 0) {
    const bind = frontend.slice(slash + 1)
    return errorEvent(frontend.slice(0, slash), bind, message.slice(open + 29 + frontend.length), source, timeUs)
  }
  const [backend, server] = pair(words[1])
  let at = 2
  let target: string | undefined
  let times = numbers(words[at], 5)
  if (times === undefined && words[at + 1] !== undefined) {
    times = numbers(words[at + 1], 5)
    if (times !== undefined) target = words[at++]
  }
  if (backend === undefined || times === undefined || times.length < 3) return undefined
  const http = times.length === 5
  if (http === quote < 0) return undefined
  at++
  const status = http ? integer(words[at++]) : undefined
  const bytes = integer(words[at++])
  const requestCookie = http ? words[at++] : undefined
  const responseCookie = http ? words[at++] : undefined
  const state = words[at++]
  const connections = numbers(words[at++], 5)
  const queues = numbers(words[at++], 2)
  if (bytes === undefined || state === undefined || connections?.length !== 5 || queues?.length !== 2) return undefined
  const [, requestHeaders, responseHeaders] = http ? headerBlocks(words.slice(at).join(' ')) : []
  const single = http && responseHeaders === undefined ? requestHeaders : undefined

  const end = http ? message.lastIndexOf('"') : -1
  // Without a closing quote the line was cut.
  const raw = http ? message.slice(quote + 2, end > quote + 1 ? end : undefined) : undefined
  const request = raw === undefined ? undefined : requestLine(raw)
  const tail = end > 0 ? tlsOf(message.slice(end + 2)) : undefined
  const sni = tail?.sni
  const duration = times[times.length - 1]!
  const targetIp = isIp(target) ? target : undefined
  const related = distinct(source.ip, targetIp)
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'haproxy',
      dataset: 'haproxy.log',
      category:
        targetIp !== undefined && source.ip ? (http ? ['web', 'network'] : ['network']) : http ? ['web'] : undefined,
      type: targetIp !== undefined && source.ip ? ['connection'] : undefined,
      duration: duration < 0 ? undefined : duration * 1_000_000,
      outcome: status === undefined ? undefined : status >= 0 && status < 400 ? 'success' : 'failure'
    },
    source,
    destination: target === undefined && sni === undefined ? undefined : { address: target, ip: targetIp, domain: sni },
    http: http
      ? { request: { method: request?.method }, response: { status_code: status, bytes }, version: request?.version }
      : undefined,
    url: urlFields(request?.target, sni),
    tls: tail?.tls,
    related: { ip: related, hosts: sni === undefined ? undefined : [sni] },
    haproxy: {
      source: http ? undefined : host,
      frontend_name: frontend,
      backend_name: backend,
      server_name: server,
      bytes_read: bytes,
      termination_state: state,
      total_waiting_time_ms: times[http ? 1 : 0],
      connection_wait_time_ms: times[http ? 2 : 1],
      server_queue: queues[0],
      backend_queue: queues[1],
      connections: {
        active: connections[0],
        frontend: connections[1],
        backend: connections[2],
        server: connections[3],
        retries: connections[4],
        fc_err: tail?.errors[0],
        ssl_fc_err: tail?.errors[1],
        ssl_c_err: tail?.errors[2],
        ssl_c_ca_err: tail?.errors[3]
      },
      captured_headers: single,
      http: http
        ? {
            request: {
              raw_request_line: raw,
              captured_cookie: requestCookie,
              captured_headers: single === undefined ? requestHeaders : undefined,
              time_wait_ms: times[0],
              time_wait_without_data_ms: times[3]
            },
            response: { captured_cookie: responseCookie, captured_headers: responseHeaders }
          }
        : undefined
    }
  }
  return { event, timeUs, kind: http ? 'http' : 'tcp' }
}

function errorEvent(
  frontend: string,
  bind: string,
  text: string,
  source: ReturnType<typeof endpoint>,
  timeUs: number
): HaproxyEvent {
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: { kind: 'event', module: 'haproxy', dataset: 'haproxy.log' },
    source,
    related: { ip: source.ip === undefined ? undefined : [source.ip] },
    haproxy: { frontend_name: frontend, bind_name: bind, error_message: text }
  }
  return { event, timeUs, kind: 'error' }
}

/** `Connect from 192.0.2.1:40780 to 192.0.2.2:5000 (main/HTTP)` */
export function connectEvent(message: string, host: string | undefined): HaproxyEvent | undefined {
  const to = message.indexOf(' to ')
  const mode = message.lastIndexOf(' (')
  if (!message.startsWith('Connect from ') || to < 0 || mode < to || !message.endsWith(')')) return undefined
  const source = endpoint(message.slice(13, to))
  const destination = endpoint(message.slice(to + 4, mode))
  const [frontend, kind] = pair(message.slice(mode + 2, -1))
  if (source.port === undefined || destination.port === undefined || frontend === undefined) return undefined
  const both = source.ip !== undefined && destination.ip !== undefined
  const event: EcsEvent = {
    event: {
      kind: 'event',
      module: 'haproxy',
      dataset: 'haproxy.log',
      category: both ? (kind === 'HTTP' ? ['web', 'network'] : ['network']) : kind === 'HTTP' ? ['web'] : undefined,
      type: both ? ['connection'] : undefined
    },
    source,
    destination: {
      address: destination.ip === undefined ? destination.address : undefined,
      ip: destination.ip,
      port: destination.port
    },
    network: both ? { transport: 'tcp', community_id: COMMUNITY_ID } : undefined,
    related: { ip: distinct(source.ip, destination.ip) },
    haproxy: { source: host, frontend_name: frontend, mode: kind }
  }
  return { event, kind: 'connect' }
}

function pair(text: string | undefined): readonly [string | undefined, string | undefined] {
  const slash = text?.indexOf('/') ?? -1
  return slash < 1 ? [undefined, undefined] : [text!.slice(0, slash), text!.slice(slash + 1)]
}

/** `10/0/30/69/109`, `-1/-1/+5`: at most `max` whole numbers; undefined if there is anything else. */
function numbers(text: string | undefined, max: number): number[] | undefined {
  if (text === undefined || text.length > 80) return undefined
  const out: number[] = []
  for (const part of text.split('/')) {
    const value = integer(part)
    if (value === undefined || out.length >= max) return undefined
    out.push(value)
  }
  return out
}

/** A whole number with or without sign: `+` says that it was logged before the end (`option logasap`). */
function integer(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const sign = text.charCodeAt(0)
  const value = whole(sign === 43 || sign === 45 ? text.slice(1) : text)
  return value === undefined ? undefined : sign === 45 ? 0 - value : value
}

function whole(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

/** `{a|b||} {c}`: the values of each block; empty ones at the end do not count. HAProxy escapes braces and bars in values. */
function headerBlocks(text: string): readonly (string[] | undefined)[] {
  const blocks: (string[] | undefined)[] = [undefined]
  for (let at = 0; text.charCodeAt(at) === 123 && blocks.length < 3; ) {
    const close = text.indexOf('}', at)
    if (close < 0) break
    const inner = text.slice(at + 1, close)
    const values = inner.split('|', 256)
    if (values.length > 1) while (values.at(-1) === '') values.pop()
    blocks.push(values)
    at = close + 2
  }
  return blocks
}

type Tail = { readonly errors: readonly number[]; readonly sni: string | undefined; readonly tls: object }

/** What `option httpslog` adds: `0/0/0/0/1 www.example.com/TLSv1.3/TLS_AES_256_GCM_SHA384` */
function tlsOf(text: string): Tail | undefined {
  const blank = text.indexOf(' ')
  const errors = blank < 0 ? undefined : numbers(text.slice(0, blank), 5)
  if (errors?.length !== 5) return undefined
  const [sni, version, cipher] = text.slice(blank + 1).split('/', 3)
  const name = sni === '-' || sni === '' ? undefined : sni
  const v = version?.indexOf('v') ?? -1
  return {
    errors,
    sni: name,
    tls: {
      cipher: cipher === '-' ? undefined : cipher,
      version: v < 0 ? undefined : version!.slice(v + 1),
      version_protocol: v < 0 ? undefined : version!.slice(0, v).toLowerCase(),
      resumed: errors[4] === 1 ? true : undefined,
      client: name === undefined ? undefined : { server_name: name }
    }
  }
}
