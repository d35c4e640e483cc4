/** One CloudFront request to an ECS event, as Elastic's aws/cloudfront_logs maps it. Called for lines and for JSON records. */

import { distinct } from '../../core/ecs-values.ts'
import type { Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { countIn } from '../aws/fields.ts'
import { ipOf, ipTypeOf, portOf, tlsVersion } from '../aws/values.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import { unescapeUrl, urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { type Slot, slots } from './fields.ts'

const forwardedMax = 64

/** `values` by slot (see fields.ts); `more` is what has no slot, by key. */
export function requestEvent(
  values: readonly (string | undefined)[],
  more: Record<string, unknown> | undefined
): Parsed {
  const at = (name: Slot): string | undefined => values[slots[name]]
  const timeUs = timeOf(at('date'), at('time'), at('timestamp'), at('timestamp(ms)'))
  if (timeUs === undefined) return { ok: false, reason: 'no time in date and time, or timestamp' }
  const status = countIn(at('sc-status'))
  const responseBytes = countIn(at('sc-bytes'))
  const requestBytes = countIn(at('cs-bytes'))
  if (status === -1 || responseBytes === -1 || requestBytes === -1)
    return { ok: false, reason: 'status or sizes are no numbers' }

  const sourceAddress = at('c-ip')
  const sourceIp = ipOf(sourceAddress)
  const distribution = at('cs(host)')
  const host = at('x-host-header')
  const scheme = at('cs-protocol')
  const path = at('cs-uri-stem')
  const query = at('cs-uri-query')
  const requestId = at('x-edge-request-id')
  const agent = at('cs(user-agent)')
  const cipher = at('ssl-cipher')
  const version = tlsVersion(at('ssl-protocol'))
  const protocolVersion = at('cs-protocol-version')
  const slash = protocolVersion === undefined ? -1 : protocolVersion.indexOf('/')
  const taken = numberIn(at('time-taken'))
  const forwarded = forwardedOf(at('x-forwarded-for'))
  const full =
    (scheme === undefined ? '' : `${scheme}://`) +
    (host ?? '') +
    (path ?? '') +
    (query === undefined ? '' : `?${query}`)
  const url = urlParts(full)
  const domain = url?.domain === undefined ? undefined : registeredDomain(url.domain)

  return {
    ok: true,
    timeUs,
    kind: 'web',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.cloudfront_logs',
        kind: 'event',
        category: ['web'],
        type: ['access'],
        id: requestId,
        outcome: status === undefined ? undefined : status > 0 && status < 400 ? 'success' : 'failure',
        duration: taken === undefined ? undefined : Math.round(taken * 1_000_000_000)
      },
      source: { address: sourceAddress, ip: sourceIp, port: portOf(at('c-port')) },
      destination: { address: host, domain: host },
      http: {
        request: {
          id: requestId,
          method: at('cs-method'),
          referrer: at('cs(referer)'),
          bytes: requestBytes
        },
        response: {
          status_code: status,
          bytes: responseBytes,
          mime_type: at('sc-content-type'),
          body: { bytes: numberIn(at('sc-content-len')) }
        },
        version: slash >= 0 ? protocolVersion!.slice(slash + 1) : undefined
      },
      url:
        url === undefined
          ? undefined
          : {
              full,
              scheme: url.scheme,
              domain: url.domain,
              port: url.port,
              path: url.path,
              extension: url.extension,
              query: url.query,
              fragment: url.fragment,
              registered_domain: domain?.registered_domain,
              subdomain: domain?.subdomain,
              top_level_domain: domain?.top_level_domain
            },
      user_agent: agent === undefined ? undefined : userAgent(unescapeUrl(agent)),
      tls: { cipher, version: version?.version, version_protocol: version?.name },
      network: { protocol: scheme, type: ipTypeOf(sourceIp), forwarded_ip: forwarded },
      related: {
        ip: distinct(sourceIp, ...(forwarded ?? [])),
        hosts: distinct(distribution, host)
      },
      cloud: { provider: 'aws' },
      aws: {
        cloudfront: {
          ...more,
          domain: distribution,
          edge_location: at('x-edge-location'),
          edge_result_type: at('x-edge-result-type'),
          edge_response_result_type: at('x-edge-response-result-type'),
          edge_detailed_result_type: at('x-edge-detailed-result-type'),
          cookies: at('cs(cookie)'),
          fle_status: at('fle-status'),
          fle_encrypted_fields: at('fle-encrypted-fields'),
          time_to_first_byte: numberIn(at('time-to-first-byte')),
          range_start: numberIn(at('sc-range-start')),
          range_end: numberIn(at('sc-range-end')),
          // The whole header, where not all of it is addresses.
          x_forwarded_for: forwarded?.length === partsOf(at('x-forwarded-for')) ? undefined : at('x-forwarded-for')
        }
      }
    }
  }
}

/** `2019-12-04` and `21:02:31`, or Unix seconds with milliseconds (real-time logs), or milliseconds. */
function timeOf(
  date: string | undefined,
  time: string | undefined,
  seconds: string | undefined,
  milliseconds: string | undefined
): number | undefined {
  if (date !== undefined && time !== undefined) return parseIso(`${date}T${time}Z`)
  const unix = numberIn(seconds)
  if (unix !== undefined && unix > 0) return unix < 253_402_300_799 ? Math.round(unix * 1_000_000) : undefined
  const ms = numberIn(milliseconds)
  return ms !== undefined && ms > 0 && ms < 253_402_300_799_000 ? Math.round(ms * 1000) : undefined
}

function numberIn(value: string | undefined): number | undefined {
  if (value === undefined || value === '' || value.length > 32) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The addresses of a list between commas; what is none is left out (the header is whatever the client wrote). */
function forwardedOf(value: string | undefined): string[] | undefined {
  if (value === undefined) return undefined
  const found: string[] = []
  for (const part of unescapeUrl(value).split(',', forwardedMax)) {
    const trimmed = part.trim()
    const bare = trimmed.charCodeAt(0) === 91 && trimmed.endsWith(']') ? trimmed.slice(1, -1) : trimmed
    const ip = bare.startsWith('localhost') ? '127.0.0.1' : ipOf(bare)
    if (ip !== undefined && !found.includes(ip)) found.push(ip)
  }
  return found.length === 0 ? undefined : found
}

function partsOf(list: string | undefined): number {
  let count = list === undefined ? 0 : 1
  for (let at = list === undefined ? -1 : list.indexOf(','); at >= 0; at = list!.indexOf(',', at + 1)) count++
  return count
}
