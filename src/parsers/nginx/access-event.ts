/**
 * A line of nginx's access log to an ECS event, as Elastic's nginx and nginx_ingress_controller integrations map it.
 * Called for each line: no closures, one object literal.
 *
 *   line   = [ vhost [ ":" port ] " " ] remote " - " user " [" time "] " request " " status " " bytes [ " " seconds ]
 *            " " %x22 referrer %x22 " " %x22 agent %x22 [ " " %x22 x-forwarded-for %x22 ] [ ingress ] [ anything ]
 *   remote = address | DQUOTE address *( ", " address ) DQUOTE " " address | …      ; $http_x_forwarded_for in front of $remote_addr
 *   ingress (ingress-nginx's log-format-upstream) = " " length " " seconds " [" upstream "] [" alternative "] " addresses
 *            " " lengths " " seconds " " statuses " " request-id                    ; lists are joined by ", "
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { closingQuote, orNone, requestLine, scanAccessLine } from '../shared/access-line.ts'
import { addressList, firstPublic, type HostPort, hostPort } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'
import { ingressTail } from './ingress-tail.ts'

const notAccess: Parsed = { ok: false, reason: 'not a line of an access log: no [time] "request" status bytes' }
const notRemote: Parsed = { ok: false, reason: 'no " - user" before the time: not a line of nginx' }
const noTail: Parsed = {
  ok: false,
  reason: 'does not end as ingress-nginx ends its lines (upstream lists, request id)'
}

export function accessEvent(line: string, ingress: boolean): Parsed {
  const scanned = scanAccessLine(line)
  if (scanned === undefined) return notAccess
  const { before, timeUs, request, status, bytes } = scanned
  const dash = before.indexOf(' - ')
  if (dash < 1) return notRemote
  const user = orNone(before.slice(dash + 3))

  let remote = dash === before.length ? before : before.slice(0, dash)
  let host: HostPort | undefined
  const blank = remote.indexOf(' ')
  if (blank > 0 && remote.charCodeAt(0) !== 34 && remote.charCodeAt(blank - 1) !== 44) {
    const first = remote.slice(0, blank)
    if (first.indexOf(',') < 0) {
      host = hostPort(first)
      remote = remote.slice(blank + 1)
    }
  }
  const addresses = blank < 0 ? single(remote) : addressList(remote)
  const address = addresses === undefined ? remote : firstPublic(addresses, true)
  const ip = isIp(address) ? address : undefined
  const domain = host === undefined || host.ip !== undefined ? undefined : host.host

  let at = scanned.after
  let seconds: number | undefined
  if (line.charCodeAt(at) === 32 && line.charCodeAt(at + 1) !== 34) {
    let end = line.indexOf(' ', at + 1)
    if (end < 0) end = line.length
    seconds = decimal(line.slice(at + 1, end))
    if (seconds !== undefined) at = end
  }
  let referrer: string | undefined
  let agent: string | undefined
  const referrerEnd = closingQuote(line, at + 1)
  if (referrerEnd > 0) {
    referrer = orNone(line.slice(at + 2, referrerEnd))
    at = referrerEnd + 1
    const agentEnd = closingQuote(line, at + 1)
    if (agentEnd > 0) {
      agent = orNone(line.slice(at + 2, agentEnd))
      at = agentEnd + 1
    }
  }
  let forwarded: string | undefined
  const forwardedEnd = ingress ? -1 : closingQuote(line, at + 1)
  if (forwardedEnd > 0) {
    forwarded = orNone(line.slice(at + 2, forwardedEnd))
    at = forwardedEnd + 1
  }
  const tail = ingress ? ingressTail(line, at) : undefined
  if (ingress && tail === undefined) return noTail

  const { method, target, version } = requestLine(request)
  const access = {
    remote_ip_list: addresses,
    response_time: seconds === undefined ? undefined : Math.trunc(seconds * 1000),
    // What Elastic drops is kept: requests that are none, and fields that the administrator added.
    info: method === undefined ? orNone(request) : undefined,
    forwarded_for: forwarded === undefined ? undefined : addressList(forwarded),
    rest: ingress || at + 1 >= line.length ? undefined : line.slice(at + 1),
    http: tail?.http,
    upstream: tail?.upstream,
    upstream_address_list: tail?.upstream_address_list
  }
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: ingress ? 'nginx_ingress_controller' : 'nginx',
      dataset: ingress ? 'nginx_ingress_controller.access' : 'nginx.access',
      category: ['web'],
      type: [ingress ? 'info' : 'access'],
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    source: { address, ip },
    destination: host === undefined ? undefined : { domain, ip: host.ip, port: host.port },
    user: user === undefined ? undefined : { name: user },
    http: {
      request: { method, referrer, id: tail?.http.request.id },
      response: { status_code: status, body: { bytes } },
      version
    },
    url: urlFields(target, domain),
    user_agent: agent === undefined ? undefined : userAgent(agent),
    related: {
      ip: host?.ip === undefined ? (ip === undefined ? undefined : [ip]) : distinct(ip, host.ip),
      user: user === undefined ? undefined : [user],
      hosts: domain === undefined ? undefined : [domain]
    },
    nginx: ingress ? undefined : { access },
    nginx_ingress_controller: ingress ? { access } : undefined
  }
  return { ok: true, event, timeUs, kind: 'access' }
}

/** A list of one; undefined where it is neither an address nor a word (`unix:`). */
function single(text: string): string[] | undefined {
  if (isIp(text) as boolean) return [text]
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (!((c | 32) >= 97 && (c | 32) <= 122) && !(c >= 48 && c <= 57) && c !== 95) return undefined
  }
  return [text]
}

/** `0.003`; undefined for `-` and anything else. */
export function decimal(text: string): number | undefined {
  if (text.length === 0 || text.length > 20) return undefined
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 46) {
      if (++dots > 1 || i === 0) return undefined
    } else if (c < 48 || c > 57) return undefined
  }
  return Number(text)
}
