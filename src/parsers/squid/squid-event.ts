/**
 * A line of Squid's access log to an ECS event, as Elastic's squid integration maps it. Formats (Squid wiki, Features/LogFormat):
 *
 *   native   = seconds "." mmm 1*" " elapsed " " client " " code "/" status " " bytes " " method " " url " " user
 *              " " hierarchy "/" peer " " type
 *   extended = … client " " port " " code "/" status " " bytes " " in " " reply-header " " request-header " " body " " method " " url
 *              " " version " " user " " hierarchy "/" peer " " peer-port " " type " " ? " " ? " " referrer " " agent " " host
 *              " " forwarded [ " " sni ] " " server-time " " ?                        ; referrer to sni are quoted; Elastic's own
 *   combined = the access logs of web servers, followed by " " code ":" hierarchy
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { closingQuote, orNone, requestLine, scanAccessLine } from '../shared/access-line.ts'
import { hostPort, portNumber } from '../shared/addresses.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'

const notSquid: Parsed = {
  ok: false,
  reason: 'not a line of Squid: no "time elapsed client code/status bytes method url …"'
}
const lineMax = 65_536

/** `1157689312.049 `: where the milliseconds end; -1 if the line does not begin with such a time. */
export function timeEnd(line: string): number {
  const dot = line.indexOf('.')
  if (dot < 9 || dot > 11) return -1
  for (let i = 0; i < dot + 4; i++) {
    const c = line.charCodeAt(i)
    if (i !== dot && !(c >= 48 && c <= 57)) return -1
  }
  return line.charCodeAt(dot + 4) === 32 ? dot + 4 : -1
}

type Facts = {
  readonly timeUs: number
  readonly elapsedMs: number | undefined
  readonly client: string
  readonly code: string | undefined
  readonly status: number | undefined
  readonly bytes: number | undefined
  readonly method: string | undefined
  readonly url: string | undefined
  readonly user: string | undefined
  readonly peerStatus: string | undefined
  readonly peer: string | undefined
  readonly contentType: string | undefined
  readonly clientPort?: number | undefined
  readonly bytesIn?: number | undefined
  readonly replyHeader?: number | undefined
  readonly requestHeader?: number | undefined
  readonly body?: number | undefined
  readonly version?: string | undefined
  readonly peerPort?: number | undefined
  readonly referrer?: string | undefined
  readonly agent?: string | undefined
  readonly hostHeader?: string | undefined
  readonly forwarded?: string | undefined
  readonly sni?: string | undefined
  readonly serverTime?: number | undefined
  readonly identity?: string | undefined
  readonly rest?: string | undefined
}

export function squidEvent(line: string): Parsed {
  if (line.length > lineMax) return notSquid
  const end = timeEnd(line)
  const facts = end < 0 ? combined(line) : native(line, end)
  return facts === undefined ? notSquid : { ok: true, event: eventOf(facts), timeUs: facts.timeUs, kind: 'access' }
}

function native(line: string, end: number): Facts | undefined {
  const timeUs = Number(line.slice(0, end - 4)) * 1_000_000 + Number(line.slice(end - 3, end)) * 1000
  let at = end
  while (line.charCodeAt(at) === 32) at++
  const quote = line.indexOf(' "', at)
  const words = (quote < 0 ? line.slice(at) : line.slice(at, quote)).split(' ', 40)
  const elapsedMs = count(words[0])
  const client = words[1]
  // Elastic's extended format has the client's port before the result.
  const extended = words[2] !== undefined && portNumber(words[2]) !== undefined && (words[3] ?? '').includes('/')
  const result = words[extended ? 3 : 2] ?? ''
  const slash = result.indexOf('/')
  if (client === undefined || client === '' || slash < 1) return undefined
  const code = result.slice(0, slash)
  const status = count(result.slice(slash + 1))
  const base = { timeUs, elapsedMs, client, code, status }
  if (!extended) {
    if (words.length < 9) return undefined
    // A URL may hold blanks if `uri_whitespace` allows them: the last words are counted from the end.
    const last = words.length
    const hierarchy =
      words.length === 9 ? 7 : words.findLastIndex(word => word.includes('/') && /^[A-Z_]+\//.test(word))
    if (hierarchy < 7) return undefined
    const [peerStatus, peer] = cut(words[hierarchy]!)
    return {
      ...base,
      bytes: count(words[3]),
      method: orNone(words[4]!),
      url: orNone(words.slice(5, hierarchy - 1).join(' ')),
      user: orNone(words[hierarchy - 1]!),
      peerStatus,
      peer,
      contentType: orNone(words[hierarchy + 1] ?? '-'),
      rest: joined(words.slice(hierarchy + 2, last).join(' '), quote < 0 ? '' : line.slice(quote + 1))
    }
  }
  if (words.length < 15) return undefined
  const [peerStatus, peer] = cut(words[13]!)
  const quoted: string[] = []
  let from = quote + 1
  while (quote >= 0 && line.charCodeAt(from) === 34 && quoted.length < 5) {
    const close = closingQuote(line, from)
    if (close < 0) break
    quoted.push(line.slice(from + 1, close))
    from = close + 2
  }
  const [serverTime, ...rest] = line.slice(from).split(' ', 8)
  return {
    ...base,
    bytes: count(words[4]),
    clientPort: portNumber(words[2]!),
    bytesIn: count(words[5]),
    replyHeader: count(words[6]),
    requestHeader: count(words[7]),
    body: count(words[8]),
    method: orNone(words[9]!),
    url: orNone(words[10]!),
    version: orNone(words[11]!),
    user: orNone(words[12]!),
    peerStatus,
    peer,
    peerPort: portNumber(words[14]!),
    contentType: orNone(words[15] ?? '-'),
    referrer: orNone(quoted[0] ?? '-'),
    agent: orNone(quoted[1] ?? '-'),
    hostHeader: orNone(quoted[2] ?? '-'),
    forwarded: orNone(quoted[3] ?? '-'),
    sni: orNone(quoted[4] ?? '-'),
    serverTime: count(serverTime),
    rest: orNone(rest.join(' '))
  }
}

function combined(line: string): Facts | undefined {
  const scanned = scanAccessLine(line)
  const last = line.lastIndexOf(' ')
  const [code, peerStatus] = line.slice(last + 1).split(':', 2)
  if (scanned === undefined || peerStatus === undefined || last < scanned.after) return undefined
  const { before, timeUs, request, status, bytes, after } = scanned
  const one = before.indexOf(' ')
  const two = before.indexOf(' ', one + 1)
  if (one < 1 || two < 0) return undefined
  const { method, target, version } = requestLine(request)
  const referrerEnd = closingQuote(line, after + 1)
  const agentEnd = referrerEnd < 0 ? -1 : closingQuote(line, referrerEnd + 2)
  return {
    timeUs,
    elapsedMs: undefined,
    client: before.slice(0, one),
    code,
    status,
    bytes,
    method: method ?? (request.split(' ', 1)[0] || undefined),
    url: target ?? (request.split(' ', 2)[1] || undefined),
    version,
    user: orNone(before.slice(two + 1)),
    identity: orNone(before.slice(one + 1, two)),
    peerStatus,
    peer: undefined,
    contentType: undefined,
    referrer: referrerEnd < 0 ? undefined : orNone(line.slice(after + 2, referrerEnd)),
    agent: agentEnd < 0 ? undefined : orNone(line.slice(referrerEnd + 3, agentEnd))
  }
}

function eventOf(facts: Facts): EcsEvent {
  const { client, url, status } = facts
  const connect = facts.method === 'CONNECT'
  const parts = url === undefined || connect ? undefined : urlParts(url)
  const domain = parts?.domain === undefined || isIp(parts.domain) ? undefined : registeredDomain(parts.domain)
  const sourceIp = isIp(client) ? client : undefined
  const target = connect && url !== undefined ? hostPort(url) : undefined
  const address = facts.peer ?? parts?.domain
  const destinationIp = isIp(address) ? address : undefined
  const forwardedIp = facts.forwarded === undefined ? undefined : facts.forwarded.split(',', 1)[0]!.trim()
  const forwarded = isIp(forwardedIp) ? forwardedIp : undefined
  return {
    '@timestamp': isoMs(facts.timeUs),
    event: {
      kind: 'event',
      module: 'squid',
      dataset: 'squid.log',
      category: ['web'],
      type: ['access'],
      duration: facts.elapsedMs === undefined ? undefined : facts.elapsedMs * 1_000_000,
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    observer: { vendor: 'Squid', product: 'Squid', type: 'proxy' },
    source: {
      address: client,
      ip: sourceIp,
      port: facts.clientPort,
      bytes: facts.bytesIn,
      user: facts.user === undefined ? undefined : { name: facts.user }
    },
    destination: {
      address,
      ip: destinationIp,
      port: facts.peerPort,
      bytes: facts.bytes,
      domain: target !== undefined && target.ip === undefined ? target.host : undefined
    },
    network: forwarded === undefined ? undefined : { forwarded_ip: forwarded },
    http: {
      request: { method: facts.method, referrer: facts.referrer },
      response: { body: { bytes: facts.body } },
      version: facts.version
    },
    url: parts === undefined ? (url === undefined ? undefined : { original: url }) : { ...parts, ...domain },
    user_agent: facts.agent === undefined ? undefined : userAgent(facts.agent),
    tls: facts.sni === undefined ? undefined : { client: { server_name: facts.sni } },
    related: {
      ip: distinct(sourceIp, destinationIp, forwarded),
      hosts: distinct(parts?.domain, facts.hostHeader, facts.sni),
      user: facts.user === undefined ? undefined : [facts.user]
    },
    squid: {
      status_code: status,
      result_code: facts.code,
      peer_status: facts.peerStatus,
      content_type: facts.contentType,
      host_header: facts.hostHeader,
      reply_header_size: facts.replyHeader,
      request_header_size: facts.requestHeader,
      server_time: facts.serverTime,
      identity: facts.identity,
      forwarded_for: forwarded === undefined ? facts.forwarded : undefined,
      rest: facts.rest
    }
  }
}

/** `HIER_DIRECT/192.0.2.1` */
function cut(text: string): readonly [string | undefined, string | undefined] {
  const slash = text.indexOf('/')
  return slash < 0 ? [orNone(text), undefined] : [orNone(text.slice(0, slash)), orNone(text.slice(slash + 1))]
}

function joined(a: string, b: string): string | undefined {
  return a === '' || b === '' ? a || b || undefined : `${a} ${b}`
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
