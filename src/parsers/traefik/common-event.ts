/**
 * A line of Traefik's access log (its default format, `common`) to an ECS event, as Elastic's traefik integration maps it.
 *
 *   line = client " - " user " [" time "] " request " " status " " size " " ( %x22 referrer %x22 / "-" ) " " ( %x22 agent %x22 / "-" )
 *          " " count " " ( %x22 router %x22 / "-" ) " " %x22 server-url %x22 " " milliseconds "ms"
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { closingQuote, orNone, requestLine, scanAccessLine } from '../shared/access-line.ts'
import { hostPort } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'

const notTraefik: Parsed = { ok: false, reason: 'not a line of Traefik’s access log' }

export function commonEvent(line: string): Parsed {
  const scanned = scanAccessLine(line)
  if (scanned === undefined) return notTraefik
  const { before, timeUs, request, status, bytes } = scanned
  const one = before.indexOf(' ')
  const two = before.indexOf(' ', one + 1)
  if (one < 1 || two < 0) return notTraefik
  const client = before.slice(0, one)
  const user = orNone(before.slice(two + 1))
  const rest = fields(line, scanned.after + 1)
  const [referrer, agent, count, router, service, took] = rest
  const milliseconds = took?.endsWith('ms') ? Number(took.slice(0, -2)) : Number.NaN
  const backend = service === undefined ? undefined : backendOf(service)
  const { method, target, version } = requestLine(request)
  const ip = isIp(client) ? client : undefined
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'traefik',
      dataset: 'traefik.access',
      category: method === undefined ? undefined : ['web'],
      type: method === undefined ? undefined : ['access'],
      duration: milliseconds >= 0 && milliseconds < 1e12 ? Math.round(milliseconds * 1_000_000) : undefined,
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    source: { address: client, ip, domain: ip === undefined ? client : undefined },
    destination: backend,
    network: { transport: 'tcp' },
    user: user === undefined ? undefined : { name: user },
    http: {
      request: { method, referrer: orNone(referrer ?? '') },
      response: { status_code: status, body: { bytes } },
      version
    },
    url: urlFields(target),
    user_agent: agent === undefined || agent === '-' ? undefined : userAgent(agent),
    related: {
      ip: distinct(ip, backend?.ip),
      user: user === undefined ? undefined : [user],
      hosts: ip === undefined ? [client] : undefined
    },
    traefik: {
      access: {
        user_identifier: before.slice(one + 1, two),
        request_count: count !== undefined && /^\d{1,15}$/.test(count) ? Number(count) : undefined,
        router: { name: orNone(router ?? '') },
        service: { address: orNone(service ?? '') },
        request_line: method === undefined ? orNone(request) : undefined
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'access' }
}

/** Words and quoted texts to the line's end, at most eight. */
function fields(line: string, from: number): string[] {
  const out: string[] = []
  let at = from
  while (at < line.length && out.length < 8) {
    const close = closingQuote(line, at)
    if (close >= 0) {
      out.push(line.slice(at + 1, close))
      at = close + 2
      continue
    }
    let end = line.indexOf(' ', at)
    if (end < 0) end = line.length
    out.push(line.slice(at, end))
    at = end + 1
  }
  return out
}

/** `http://10.0.0.5:80` */
export function backendOf(
  url: string
): { readonly address: string; readonly ip?: string; readonly domain?: string; readonly port?: number } | undefined {
  const scheme = url.indexOf('://')
  let address = scheme < 0 ? url : url.slice(scheme + 3)
  const slash = address.indexOf('/')
  if (slash >= 0) address = address.slice(0, slash)
  if (address === '' || address === '-') return undefined
  const { host, ip, port } = hostPort(address)
  const made: { address: string; ip?: string; domain?: string; port?: number } = { address }
  if (ip === undefined) made.domain = host
  else made.ip = ip
  if (port !== undefined) made.port = port
  return made
}
