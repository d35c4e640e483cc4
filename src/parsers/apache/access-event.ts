/**
 * A line of Apache's access log to an ECS event, as Elastic's apache integration maps it. No closures, one object literal.
 *
 *   line   = [ vhost [ ":" port ] " " ] client [ ":" port ] " " identity " " user " [" time "] " request " " status " " size
 *            [ " " duration ] [ " " %x22 referrer %x22 " " %x22 agent %x22 ] [ " X-Forwarded-For=" %x22 list %x22 ] [ anything ]
 *   ssl    = "[" time "] " client " " protocol " " cipher " " %x22 request %x22 " " size                    ; mod_ssl's ssl_request_log
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs, parseClf } from '../../core/time.ts'
import {
  closingQuote,
  orNone,
  type RequestLine,
  requestLine,
  scanAccessLine,
  versionAt
} from '../shared/access-line.ts'
import { addressList, firstPublic, type HostPort, hostPort } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'

const notAccess: Parsed = { ok: false, reason: 'not a line of an access log: no [time] "request" status size' }
const notClient: Parsed = { ok: false, reason: 'no client, identity and user before the time' }
const notSsl: Parsed = { ok: false, reason: 'not a line of mod_ssl’s request log' }

export function accessEvent(line: string): Parsed {
  if (line.charCodeAt(0) === 91) return sslEvent(line)
  const scanned = scanAccessLine(line)
  if (scanned === undefined) return notAccess
  const { before, timeUs, request, status, bytes } = scanned

  // vhost client identity user, or client identity user; a user's name may hold blanks.
  const one = before.indexOf(' ')
  const two = before.indexOf(' ', one + 1)
  if (one < 1 || two < 0) return notClient
  let clientText = before.slice(0, one)
  let identity = before.slice(one + 1, two)
  let user = before.slice(two + 1)
  let virtual: HostPort | undefined
  const three = user.indexOf(' ')
  if (three > 0 && (isIp(identity) || user.startsWith('- '))) {
    virtual = hostPort(clientText)
    clientText = identity
    identity = user.slice(0, three)
    user = user.slice(three + 1)
  }
  const client = hostPort(clientText)
  const userName = orNone(user === '""' ? '' : user)

  let at = scanned.after
  let duration: number | undefined
  if (line.charCodeAt(at + 1) >= 48 && line.charCodeAt(at + 1) <= 57) {
    let end = line.indexOf(' ', at + 1)
    if (end < 0) end = line.length
    const number = Number(line.slice(at + 1, end))
    if (Number.isFinite(number)) {
      duration = Math.trunc(number)
      at = end
    }
  }
  let referrer: string | undefined
  let agent: string | undefined
  const referrerEnd = closingQuote(line, at + 1)
  if (referrerEnd > 0) {
    referrer = orNone(line.slice(at + 2, referrerEnd))
    at = referrerEnd + 1
    const agentEnd = closingQuote(line, at + 1)
    if (agentEnd > 0) {
      agent = line.slice(at + 2, agentEnd)
      at = agentEnd + 1
    }
  }
  let forwarded: string[] | undefined
  if (line.startsWith(' X-Forwarded-For="', at)) {
    const end = line.indexOf('"', at + 18)
    if (end > 0) {
      forwarded = addressList(line.slice(at + 18, end)).filter(isIp)
      if (forwarded.length === 0) forwarded = undefined
      if (forwarded !== undefined || end === at + 19) at = end + 1
    }
  }
  const rest = at + 1 >= line.length ? undefined : line.slice(at + 1)

  const parts = requestLine(request)
  const odd = parts.method === undefined && request !== '-' && request !== '' ? oddRequest(request) : undefined
  const domain = virtual?.host
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'apache',
      dataset: 'apache.access',
      category: ['web'],
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    source: {
      address: client.host,
      ip: client.ip,
      port: client.port,
      domain: client.ip === undefined ? client.host : undefined
    },
    client: forwarded === undefined ? undefined : { ip: firstPublic(forwarded, false) },
    destination: virtual === undefined ? undefined : { domain, port: virtual.port },
    network: forwarded === undefined ? undefined : { forwarded_ip: forwarded[0] },
    user: userName === undefined ? undefined : { name: userName },
    http: {
      request: { method: parts.method, referrer },
      response: { status_code: status, body: { bytes } },
      version: parts.version ?? odd?.version
    },
    url: urlFields(parts.target ?? odd?.target, domain),
    user_agent: agent === undefined || agent === '' ? undefined : agent === '-' ? noAgent : userAgent(agent),
    related: {
      ip: distinct(client.ip, virtual?.ip),
      hosts: distinct(
        client.ip === undefined ? client.host : undefined,
        virtual?.ip === undefined ? domain : undefined
      ),
      user: userName === undefined ? undefined : [userName]
    },
    apache: {
      access: {
        remote_addresses: forwarded === undefined ? [client.host] : [...forwarded, client.host],
        identity: orNone(identity),
        response_time: duration,
        http: odd?.headers === undefined ? undefined : { request_headers: odd.headers },
        tls_handshake: odd?.bytes === undefined ? undefined : { error: odd.bytes },
        rest: rest === '"-"' ? undefined : rest
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'access' }
}

/** What Elastic's user_agent processor makes of `-`. */
const noAgent = { name: 'Other', device: { name: 'Other' } }

type Odd = Partial<RequestLine> & { readonly headers?: string | undefined; readonly bytes?: string | undefined }

/** A first line that is no request: `- - HTTP/1.0`, a script, or the bytes of a TLS handshake on a plain port. */
function oddRequest(request: string): Odd {
  const protocol = request.indexOf(' HTTP/')
  const version = protocol < 0 ? undefined : versionAt(request, protocol + 6)
  if (version === undefined) return { bytes: request }
  const space = request.lastIndexOf(' ', protocol - 1)
  if (space < 0) return { target: orNone(request.slice(0, protocol)), version }
  return { headers: orNone(request.slice(0, space)), target: orNone(request.slice(space + 1, protocol)), version }
}

function sslEvent(line: string): Parsed {
  const timeUs = parseClf(line, 1, true)
  if (timeUs === undefined || !line.startsWith('] ', 27) || line.length > 65_536) return notSsl
  const clientEnd = line.indexOf(' ', 29)
  const protocolEnd = line.indexOf(' ', clientEnd + 1)
  const cipherEnd = line.indexOf(' "', protocolEnd + 1)
  const requestEnd = line.lastIndexOf('" ')
  if (clientEnd < 0 || protocolEnd < 0 || cipherEnd < 0 || requestEnd < cipherEnd + 2) return notSsl
  const client = hostPort(line.slice(29, clientEnd))
  const protocol = orNone(line.slice(clientEnd + 1, protocolEnd))
  const cipher = orNone(line.slice(protocolEnd + 1, cipherEnd))
  const request = requestLine(line.slice(cipherEnd + 2, requestEnd))
  const size = line.slice(requestEnd + 2)
  const bytes = size === '-' ? undefined : Number(size)
  if (bytes !== undefined && !(size !== '' && Number.isSafeInteger(bytes) && bytes >= 0)) return notSsl
  const v = protocol === undefined ? -1 : protocol.indexOf('v')
  const version = v < 0 ? undefined : protocol!.slice(v + 1)
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: { kind: 'event', module: 'apache', dataset: 'apache.access', category: ['web'] },
    source: { address: client.host, ip: client.ip, domain: client.ip === undefined ? client.host : undefined },
    http: { request: { method: request.method }, response: { body: { bytes } }, version: request.version },
    url: urlFields(request.target),
    tls: {
      cipher,
      version: version === undefined || version.includes('.') ? version : `${version}.0`,
      version_protocol: v < 0 ? undefined : protocol!.slice(0, v).toLowerCase()
    },
    related: client.ip === undefined ? { hosts: [client.host] } : { ip: [client.ip] },
    apache: { access: { remote_addresses: [client.host], ssl: { protocol, cipher } } }
  }
  return { ok: true, event, timeUs, kind: 'ssl' }
}
