/**
 * A record of Traefik's access log in JSON to an ECS event, as Elastic's traefik integration maps it (fields of versions 1 to 3).
 * Fields: https://doc.traefik.io/traefik/observability/access-logs/#available-fields; headers as `request_NAME`, `origin_NAME` and
 * `downstream_NAME`. Durations are in nanoseconds.
 */

import { distinct, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { hostPort } from '../shared/addresses.ts'
import { extensionOf } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'

const noTime: Parsed = { ok: false, reason: 'neither StartUTC nor StartLocal nor time is a time' }

/** Taken over under other names; the rest goes below `traefik.access`. */
const mapped = new Set(
  (
    'StartUTC StartLocal time Duration RouterName FrontendName ClientUsername ServiceName BackendName ServiceURL BackendURL ' +
    'RequestCount ClientAddr ClientHost ClientPort ServiceAddr BackendAddr RequestPath RequestMethod RequestHost RequestAddr ' +
    'RequestPort RequestProtocol RequestScheme DownstreamStatus DownstreamContentSize OriginContentSize OriginDuration ' +
    'OriginStatus Overhead RequestContentSize RetryAttempts TLSCipher TLSVersion GzipRatio entryPointName level msg'
  ).split(' ')
)

export function jsonEvent(json: JsonObject): Parsed {
  const timeUs = timeOf(json['StartUTC']) ?? timeOf(json['time']) ?? timeOf(json['StartLocal'])
  if (timeUs === undefined) return noTime
  const clientAddress = text(json['ClientAddr'])
  const client = clientAddress === undefined ? undefined : hostPort(clientAddress)
  const clientHost = text(json['ClientHost'])
  const sourceIp = client?.ip ?? (isIp(clientHost) ? clientHost : undefined)
  const forwarded = client?.ip !== undefined && clientHost !== client.ip && isIp(clientHost) ? clientHost : undefined
  const backendAddress = text(json['ServiceAddr']) ?? text(json['BackendAddr'])
  const backend = backendAddress === undefined ? undefined : hostPort(backendAddress)
  const status = numberOf(json['DownstreamStatus'])
  const method = text(json['RequestMethod'])
  const user = named(json['ClientUsername'])
  const path = text(json['RequestPath'])
  const query = path === undefined ? -1 : path.indexOf('?')
  const bare = query < 0 ? path : path!.slice(0, query)
  const scheme = text(json['RequestScheme'])
  const domain = text(json['RequestHost']) ?? text(json['RequestAddr'])
  const port = numberOf(json['RequestPort'])
  const protocol = text(json['RequestProtocol'])
  const serviceUrl = json['ServiceURL'] ?? json['BackendURL']
  const headers = headersOf(json)
  const both = sourceIp !== undefined && backend?.ip !== undefined && backend.port !== undefined
  const event: EcsEvent = {
    '@timestamp': isoMs(timeUs),
    message: text(json['msg']),
    event: {
      kind: 'event',
      module: 'traefik',
      dataset: 'traefik.access',
      category: method === undefined || method === '-' ? undefined : ['web'],
      type: method === undefined || method === '-' ? undefined : ['access'],
      duration: numberOf(json['Duration']),
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    log: { level: text(json['level']) },
    observer: {
      vendor: 'traefik',
      product: 'traefik',
      type: 'proxy',
      ingress: { interface: { name: text(json['entryPointName']) } },
      egress: { interface: { name: text(json['ServiceName']) ?? text(json['BackendName']) } }
    },
    source: { address: clientAddress, ip: sourceIp, port: client?.port ?? numberOf(json['ClientPort']) },
    destination: { address: backend?.host, ip: backend?.ip, port: backend?.port },
    network: { transport: 'tcp', forwarded_ip: forwarded, community_id: both ? COMMUNITY_ID : undefined },
    user: user === undefined ? undefined : { name: user },
    http: {
      request: {
        method,
        referrer: headers.referrer,
        headers: headers.request,
        body: { bytes: numberOf(json['RequestContentSize']) }
      },
      response: {
        status_code: status,
        headers: headers.downstream,
        body: { bytes: numberOf(json['DownstreamContentSize']) }
      },
      version: protocol?.startsWith('HTTP/') ? protocol.slice(5) : undefined
    },
    url: {
      original:
        (scheme === undefined ? '' : `${scheme}://`) +
          (domain ?? '') +
          (port === undefined ? '' : `:${port}`) +
          (path ?? '') || undefined,
      scheme,
      domain,
      port,
      path: bare,
      query: query < 0 ? undefined : path!.slice(query + 1),
      extension: bare === undefined ? undefined : extensionOf(bare)
    },
    user_agent: headers.agent === undefined ? undefined : userAgent(headers.agent),
    tls: { cipher: text(json['TLSCipher']), version: text(json['TLSVersion']) },
    related: {
      ip: distinct(forwarded, sourceIp, backend?.ip),
      user: user === undefined ? undefined : [user],
      hosts: domain === undefined || isIp(domain) ? undefined : [domain]
    },
    traefik: {
      access: {
        router: { name: text(json['RouterName']) ?? text(json['FrontendName']) },
        service: { url: serviceOf(serviceUrl), address: text(serviceUrl) },
        request_count: numberOf(json['RequestCount']),
        retry_attempts: numberOf(json['RetryAttempts']),
        overhead: numberOf(json['Overhead']),
        gzip_ratio: numberOf(json['GzipRatio']),
        origin: {
          content_size: numberOf(json['OriginContentSize']),
          duration: numberOf(json['OriginDuration']),
          status_code: numberOf(json['OriginStatus']),
          headers: headers.origin
        },
        other: headers.other
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'access' }
}

type Headers = {
  request: Record<string, string> | undefined
  origin: Record<string, string> | undefined
  downstream: Record<string, string> | undefined
  agent: string | undefined
  referrer: string | undefined
  /** Fields that this file does not know. */
  other: Record<string, string> | undefined
}

function headersOf(json: JsonObject): Headers {
  const out: Headers = {
    request: undefined,
    origin: undefined,
    downstream: undefined,
    agent: undefined,
    referrer: undefined,
    other: undefined
  }
  for (const key in json) {
    if (mapped.has(key)) continue
    const value = textOf(json[key])
    if (value === undefined) continue
    if (key === 'request_User-Agent') out.agent = value
    else if (key.startsWith('request_')) {
      const name = key.slice(8).toLowerCase()
      if (name === 'referer') out.referrer = value
      out.request = put(out.request, name, value)
    } else if (key.startsWith('origin_')) out.origin = put(out.origin, key.slice(7).toLowerCase(), value)
    else if (key.startsWith('downstream_')) out.downstream = put(out.downstream, key.slice(11).toLowerCase(), value)
    else out.other = put(out.other, key, value)
  }
  return out
}

function put(into: Record<string, string> | undefined, name: string, value: string): Record<string, string> {
  if (into === undefined) return { [name]: value }
  if (name !== '__proto__') into[name] = value
  return into
}

function serviceOf(value: JsonValue | undefined): object | undefined {
  const url = object(value)
  if (url === undefined) return undefined
  const force = url['ForceQuery']
  return {
    domain: text(url['Host']),
    path: text(url['Path']),
    raw_path: text(url['RawPath']),
    raw_query: text(url['RawQuery']),
    fragment: text(url['Fragment']),
    opaque: text(url['Opaque']),
    user: textOf(url['User']),
    scheme: text(url['Scheme']),
    force_query: typeof force === 'boolean' ? force : undefined
  }
}

function named(value: JsonValue | undefined): string | undefined {
  const name = text(value)
  return name === '-' ? undefined : name
}

function timeOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'string' ? parseIso(value) : undefined
}
