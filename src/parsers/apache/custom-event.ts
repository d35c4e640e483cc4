/** A line in a format of the administrator's own (`log-format.ts`) to an ECS event; fields as in `access-event.ts`. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { requestLine } from '../shared/access-line.ts'
import { addressList, firstPublic, hostPort, portNumber } from '../shared/addresses.ts'
import { urlFields } from '../shared/url-fields.ts'
import { userAgent } from '../shared/user-agent.ts'
import { type LogFormat, readLogFormat, timeOf } from './log-format.ts'

const notFormat: Parsed = { ok: false, reason: 'not of the format that the LogFormat line tells' }
/** Directives that have a field of their own; the rest goes below `apache.access.fields`. */
const mapped = new Set(
  (
    't h a a:c A l u r m U q H s b B O I D T T:s T:ms T:us v V p p:remote p:local P P:tid f i:referer i:user-agent i:host ' +
    'i:x-forwarded-for x:ssl_protocol x:ssl_cipher L R'
  ).split(' ')
)

export function customEvent(line: string, format: LogFormat, timezoneMinutes: number): Parsed {
  if (line.length > 65_536) return { ok: false, reason: `a line of ${line.length} characters` }
  const values = readLogFormat(format, line)
  if (values === undefined) return notFormat
  const timeUs = timeOf(values, timezoneMinutes)
  const get = (key: string) => values.get(key)
  const client = hostPort(get('a') ?? get('h') ?? get('a:c') ?? '')
  const address = client.host === '' ? undefined : client.host
  const request = requestLine(get('r') ?? '')
  const path = get('U')
  const target = request.target ?? (path === undefined ? undefined : path + (get('q') ?? ''))
  const status = count(get('s'))
  const host = get('v') ?? get('V') ?? get('i:host')
  const domain = host === undefined ? undefined : hostPort(host).host
  const forwardedText = get('i:x-forwarded-for')
  const forwarded = forwardedText === undefined ? undefined : addressList(forwardedText).filter(isIp)
  const user = get('u')
  const agent = get('i:user-agent')
  const protocol = get('x:ssl_protocol')
  const v = protocol?.indexOf('v') ?? -1
  const took = durationOf(values)
  const fields: Record<string, string> = {}
  for (const [key, value] of values)
    if (!mapped.has(key)) fields[key.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '')] = value
  const localIp = get('A')
  const event: EcsEvent = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    event: {
      kind: 'event',
      module: 'apache',
      dataset: 'apache.access',
      category: ['web'],
      duration: took === undefined ? undefined : Math.round(took * 1000),
      outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure'
    },
    source: {
      address,
      ip: client.ip,
      port: client.port ?? portNumber(get('p:remote') ?? ''),
      domain: client.ip === undefined ? address : undefined
    },
    client: forwarded === undefined || forwarded.length === 0 ? undefined : { ip: firstPublic(forwarded, false) },
    destination: {
      domain,
      ip: isIp(localIp) ? localIp : undefined,
      port: portNumber(get('p') ?? get('p:local') ?? '')
    },
    network: forwarded === undefined ? undefined : { forwarded_ip: forwarded[0] },
    user: user === undefined ? undefined : { name: user },
    process: { pid: count(get('P')), thread: { id: count(get('P:tid')) } },
    file: { path: get('f') },
    http: {
      request: { method: request.method ?? get('m'), referrer: get('i:referer'), bytes: count(get('I')) },
      response: { status_code: status, body: { bytes: count(get('b') ?? get('B') ?? get('O')) } },
      version: request.version ?? get('H')?.replace('HTTP/', '')
    },
    url: urlFields(target, domain),
    user_agent: agent === undefined ? undefined : userAgent(agent),
    tls: {
      cipher: get('x:ssl_cipher'),
      version: v < 0 ? undefined : protocol!.slice(v + 1),
      version_protocol: v < 0 ? undefined : protocol!.slice(0, v).toLowerCase()
    },
    related: {
      ip: distinct(client.ip),
      user: distinct(user),
      hosts: distinct(client.ip === undefined ? address : undefined, domain)
    },
    apache: {
      access: {
        remote_addresses: distinct(...(forwarded ?? []), address),
        identity: get('l'),
        response_time: count(get('D')),
        log_id: get('L'),
        handler: get('R'),
        tls_handshake: get('r') !== undefined && request.method === undefined ? { error: get('r') } : undefined,
        fields
      }
    }
  }
  return { ok: true, event, timeUs, kind: 'custom' }
}

/** In microseconds. */
function durationOf(values: ReadonlyMap<string, string>): number | undefined {
  for (const [key, scale] of [
    ['D', 1],
    ['T:us', 1],
    ['T:ms', 1000],
    ['T:s', 1_000_000],
    ['T', 1_000_000]
  ] as const) {
    const value = count(values.get(key))
    if (value !== undefined) return value * scale
  }
  return undefined
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined
}
