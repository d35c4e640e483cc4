/**
 * Caddy's access log (`http.log.access`, JSON) to ECS events. First stage of the pipeline. Fields:
 * https://caddyserver.com/docs/logging#log-format; the TLS numbers are those of IANA, `duration` is in seconds.
 */

import { distinct, list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { FormatDescription, JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { hostPort } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'

const noTime: Parsed = { ok: false, reason: 'ts is no time' }
const tlsVersions = new Map([
  [769, '1.0'],
  [770, '1.1'],
  [771, '1.2'],
  [772, '1.3']
])

const description: FormatDescription = {
  reads: 'The access log that Caddy 2 writes as JSON, its default.',
  from: 'A `log` directive in the Caddyfile; `output file /var/log/caddy/access.log`.',
  specifications: ['https://caddyserver.com/docs/logging', 'https://caddyserver.com/docs/caddyfile/directives/log'],
  sample:
    '{"level":"info","ts":1773480413.524,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.7","remote_port":"41342","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":"www.example.com","uri":"/","headers":{"User-Agent":["curl/8.5.0"]}},"bytes_read":0,"user_id":"","duration":0.0009,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}',
  mapping: [
    ['@timestamp', 'ts'],
    ['source.ip, source.port', 'request.remote_ip, request.remote_port'],
    ['client.ip', 'request.client_ip', 'where a trusted proxy told it'],
    ['http.request.method, http.version', 'request.method, request.proto'],
    ['url.*', 'request.uri, request.host'],
    ['http.response.status_code', 'status', 'event.outcome is failure from 400 on'],
    ['http.response.body.bytes, http.request.body.bytes', 'size, bytes_read'],
    ['event.duration', 'duration', 'in nanoseconds'],
    ['user.name', 'user_id'],
    ['tls.version, tls.client.server_name', 'request.tls'],
    ['caddy.access.*', 'headers and the rest']
  ]
}

export const caddy: Parser = {
  name: 'caddy',
  title: 'Caddy access log (JSON)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => accessEvent(json),
  description
}

const known = new Set(
  'level ts logger msg request bytes_read user_id duration size status resp_headers common_log'.split(' ')
)

function accessEvent(json: JsonObject): Parsed {
  const ts = json['ts']
  const timeUs =
    typeof ts === 'number' && ts > 0 && ts < 253_402_300_799
      ? Math.round(ts * 1_000_000)
      : typeof ts === 'string'
        ? parseIso(ts)
        : undefined
  if (timeUs === undefined) return noTime
  const request = object(json['request']) ?? {}
  const headers = object(request['headers'])
  const tls = object(request['tls'])
  // Before 2.5 address and port stood together.
  const older = text(request['remote_addr'])
  const remote = older === undefined ? undefined : hostPort(older)
  const address = text(request['remote_ip']) ?? remote?.host
  const ip = isIp(address) ? address : undefined
  const clientIp = text(request['client_ip'])
  const host = text(request['host'])
  const authority = host === undefined ? undefined : hostPort(host)
  const protocol = text(request['proto'])
  const agent = headerOf(headers, 'User-Agent')
  const user = text(json['user_id'])
  const status = numberOf(json['status'])
  const seconds = numberOf(json['duration'])
  const level = text(json['level'])
  const rest: Record<string, JsonValue> = {}
  for (const key in json) if (!known.has(key) && key !== '__proto__') rest[key] = json[key]!
  return {
    ok: true,
    timeUs,
    kind: 'access',
    event: {
      '@timestamp': isoMs(timeUs),
      message: text(json['msg']),
      event: {
        kind: 'event',
        module: 'caddy',
        dataset: 'caddy.access',
        category: ['web'],
        type: ['access'],
        duration: seconds === undefined || seconds < 0 || seconds > 1e9 ? undefined : Math.round(seconds * 1e9),
        outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
      },
      log: { level, logger: text(json['logger']) },
      source: { address, ip, port: numberOf(request['remote_port']) ?? remote?.port },
      client: isIp(clientIp) && clientIp !== ip ? { ip: clientIp } : undefined,
      user: user === undefined ? undefined : { name: user },
      http: {
        request: {
          method: text(request['method']),
          referrer: headerOf(headers, 'Referer'),
          body: { bytes: numberOf(json['bytes_read']) }
        },
        response: { status_code: status, body: { bytes: numberOf(json['size']) } },
        version: protocol?.startsWith('HTTP/') ? protocol.slice(5) : undefined
      },
      url: urlFields(text(request['uri']), authority?.host),
      user_agent: agent === undefined ? undefined : userAgent(agent),
      tls:
        tls === undefined
          ? undefined
          : {
              version: tlsVersions.get(numberOf(tls['version']) ?? 0),
              version_protocol: 'tls',
              resumed: tls['resumed'] === true,
              next_protocol: text(tls['proto']),
              cipher: textOf(tls['cipher_suite']),
              client: { server_name: text(tls['server_name']) }
            },
      related: {
        ip: distinct(ip, isIp(clientIp) ? clientIp : undefined),
        user: distinct(user),
        hosts: distinct(authority?.ip === undefined ? authority?.host : undefined)
      },
      caddy: {
        access: {
          request: { headers: flat(headers), host },
          response: { headers: flat(object(json['resp_headers'])) },
          other: rest
        }
      }
    }
  }
}

function headerOf(headers: JsonObject | undefined, name: string): string | undefined {
  return text(list(headers?.[name])[0])
}

/** Headers have lists of values; their names are written as Go writes them. */
function flat(headers: JsonObject | undefined): Record<string, string[]> | undefined {
  if (headers === undefined) return undefined
  const out: Record<string, string[]> = {}
  let count = 0
  for (const name in headers) {
    const values = list(headers[name]).filter(value => typeof value === 'string')
    if (values.length > 0 && name !== '__proto__' && count++ < 128) out[name.toLowerCase()] = values
  }
  return out
}

function recognise(sample: Sample): number {
  let good = 0
  for (const json of sample.json) {
    const request = object(json?.['request'])
    const logger = json?.['logger']
    if (
      request !== undefined &&
      typeof logger === 'string' &&
      logger.startsWith('http.log.access') &&
      'method' in request
    )
      good++
  }
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}
