/**
 * A line of Envoy's access log, in its default format or in Istio's, to an ECS event as Elastic's envoyproxy and istio integrations
 * map them (byte counts and the authority's port otherwise: docs/adr/0008).
 *
 *   line  = [ "ACCESS " ] "[" time "] " %x22 method " " path " " protocol %x22 " " code " " flags " " ( envoy / istio )
 *   envoy = received " " sent " " ms " " upstream-ms 4( " " quoted ) " " quoted                  ; forwarded-for, agent, id, authority, host
 *   istio = details " " termination " " quoted " " received " " sent " " ms " " upstream-ms 5( " " quoted ) " " cluster " " upstream-local
 *           " " downstream-local " " downstream-remote " " server-name " " route
 */

import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { closingQuote, orNone } from '../shared/access-line.ts'
import { addressList, hostPort } from '../shared/addresses.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'

const lineMax = 65_536
const notEnvoy: Parsed = { ok: false, reason: 'not a line of Envoy: no [time] "method path protocol" code flags …' }

/** Words and quoted texts of a line after its time, at most 32; undefined if it does not begin as Envoy's lines do. */
export function envoyFields(line: string): { readonly timeUs: number; readonly fields: readonly string[] } | undefined {
  const from = line.startsWith('ACCESS [') ? 7 : 0
  if (line.charCodeAt(from) !== 91 || line.length > lineMax) return undefined
  const close = line.indexOf('] "', from)
  if (close < from + 20 || close > from + 40) return undefined
  const timeUs = parseIso(line.slice(from + 1, close))
  if (timeUs === undefined) return undefined
  const fields: string[] = []
  let at = close + 2
  while (at < line.length && fields.length < 32) {
    const quote = closingQuote(line, at)
    if (quote >= 0) {
      fields.push(line.slice(at + 1, quote))
      at = quote + 2
      continue
    }
    let end = line.indexOf(' ', at)
    if (end < 0) end = line.length
    fields.push(line.slice(at, end))
    at = end + 1
  }
  return { timeUs, fields }
}

export function envoyEvent(line: string): Parsed {
  const read = envoyFields(line)
  if (read === undefined) return notEnvoy
  const { timeUs, fields } = read
  const istio = fields.length >= 17 && count(fields[6]) !== undefined && count(fields[3]) === undefined
  const bytesAt = istio ? 6 : 3
  if (fields.length < bytesAt + 9 || count(fields[bytesAt]) === undefined) return notEnvoy
  const one = fields[0]!.indexOf(' ')
  const two = fields[0]!.lastIndexOf(' ')
  if (one < 1 || two <= one) return notEnvoy
  const method = orNone(fields[0]!.slice(0, one))
  const path = orNone(fields[0]!.slice(one + 1, two))
  const protocol = orNone(fields[0]!.slice(two + 1))
  const status = count(fields[1])
  const flags = orNone(fields[2]!)
  const received = count(fields[bytesAt])
  const sent = count(fields[bytesAt + 1])
  const duration = count(fields[bytesAt + 2])
  const serviceTime = count(fields[bytesAt + 3])
  const forwarded = orNone(fields[bytesAt + 4]!)
  const agent = orNone(fields[bytesAt + 5]!)
  const requestId = orNone(fields[bytesAt + 6]!)
  const authority = orNone(fields[bytesAt + 7]!)
  const upstream = orNone(fields[bytesAt + 8]!)
  const remote = istio ? orNone(fields[18] ?? '-') : undefined
  const destination = upstream === undefined ? undefined : hostPort(upstream)
  const client = remote === undefined ? undefined : hostPort(remote)
  const firstForwarded = forwarded === undefined ? undefined : hostPort(addressList(forwarded)[0] ?? '')
  const source = istio ? client : firstForwarded
  const host = authority === undefined ? undefined : hostPort(authority)
  const http = method !== undefined
  const parts = path === undefined ? undefined : urlParts(path)
  const domain = host === undefined || host.ip !== undefined ? undefined : registeredDomain(host.host)
  const both = source?.ip !== undefined && destination?.ip !== undefined
  const sourcePort = source?.port === 0 ? undefined : source?.port
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    event: {
      kind: 'event',
      module: istio ? 'istio' : 'envoyproxy',
      dataset: istio ? 'istio.access_logs' : 'envoyproxy.log',
      category: [istio ? 'web' : 'network'],
      type: istio ? ['access'] : http ? ['connection', 'protocol'] : ['connection'],
      id: istio ? requestId : undefined,
      duration: istio ? nanoseconds(serviceTime) : nanoseconds(duration),
      outcome: istio
        ? status === undefined || status === 0
          ? undefined
          : status < 400
            ? 'success'
            : 'failure'
        : flags === undefined
          ? 'success'
          : 'failure'
    },
    source: {
      address: istio ? remote : source?.host,
      ip: source?.ip,
      port: sourcePort,
      bytes: http ? undefined : received
    },
    destination: {
      address: istio ? upstream : destination?.host,
      ip: destination?.ip,
      port: destination?.port,
      bytes: http ? undefined : sent
    },
    network: {
      transport: istio || !http ? 'tcp' : undefined,
      protocol: http ? 'http' : undefined,
      community_id: both && sourcePort !== undefined && istio ? COMMUNITY_ID : undefined
    },
    http: http
      ? {
          request: { method, id: istio ? requestId : undefined, body: { bytes: received } },
          response: { status_code: status, body: { bytes: sent } },
          version: protocol?.startsWith('HTTP/') ? protocol.slice(5) : undefined
        }
      : undefined,
    url:
      parts === undefined && host === undefined
        ? undefined
        : { ...parts, domain: parts?.domain ?? host?.host, port: parts?.port ?? host?.port, ...domain },
    user_agent: agent === undefined ? undefined : userAgent(agent),
    related: {
      ip: distinct(source?.ip, destination?.ip),
      hosts: distinct(host?.ip === undefined ? host?.host : undefined)
    },
    envoyproxy: istio
      ? undefined
      : {
          log: {
            log_type: 'ACCESS',
            proxy_type: http ? 'http' : 'tcp',
            response_flags: flags?.split(',', 16),
            request_id: fields[bytesAt + 6],
            authority: fields[bytesAt + 7],
            upstream_service_time: nanoseconds(serviceTime),
            forwarded_for: forwarded,
            rest: fields.length > bytesAt + 9 ? fields.slice(bytesAt + 9).join(' ') : undefined
          }
        },
    istio: istio
      ? {
          access: {
            authority,
            bytes: { received, sent },
            duration,
            connection_termination_details: orNone(fields[4]!),
            requested_server_name: orNone(fields[19] ?? '-'),
            route_name: orNone(fields.slice(20).join(' ')),
            response: { flags, code_details: orNone(fields[3]!) },
            downstream: { local_address: orNone(fields[17] ?? '-'), remote_address: remote },
            upstream: {
              cluster: orNone(fields[15] ?? '-'),
              host: upstream,
              local_address: orNone(fields[16] ?? '-'),
              service_time: serviceTime,
              transport_failure_reason: orNone(fields[5]!)
            },
            'x-forwarded-for': forwarded
          }
        }
      : undefined
  }
  return { ok: true, event, timeUs, kind: http ? 'http' : 'tcp' }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function nanoseconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds * 1_000_000
}
