/** Requests of HTTP/1 with their answers. */

import { numberOf, text } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject } from '../../core/parser.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { nanoseconds, type Part } from './part.ts'

export function httpPart(_json: JsonObject, http: JsonObject): Part {
  const method = text(http['method'])
  const uri = text(http['uri'])
  const host = text(http['host'])
  const agent = text(http['user_agent'])
  const status = numberOf(http['status'])
  const user = text(http['user'])
  const parts = uri === undefined || method === 'CONNECT' ? undefined : urlParts(uri)
  const place = hostOf(method === 'CONNECT' ? uri : host)
  const domain = parts?.domain ?? place?.domain
  const forwarded = text(http['forwarded_for'])?.split(',')[0]?.trim()
  return {
    category: ['network', 'web'],
    type: ['access', 'protocol'],
    action: method,
    outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure',
    durationNs: nanoseconds(http['seconds']),
    protocol: 'http',
    destination: { domain: domain === undefined || isIp(domain) ? undefined : domain },
    network: { forwarded_ip: isIp(forwarded) ? forwarded : undefined },
    ips: isIp(forwarded) ? [forwarded] : [],
    hosts: [domain],
    users: [user],
    fields: {
      http: {
        version: text(http['version']),
        request: {
          method,
          referrer: text(http['referrer']),
          mime_type: text(http['request_type']),
          body: { bytes: numberOf(http['request_bytes']) }
        },
        response: {
          status_code: status,
          mime_type: text(http['response_type']),
          body: { bytes: numberOf(http['response_bytes']) }
        }
      },
      url: {
        original: uri,
        full:
          uri !== undefined && host !== undefined && uri.startsWith('/')
            ? `http://${host}${uri}`
            : parts?.scheme === undefined
              ? undefined
              : uri,
        scheme: parts?.scheme ?? (method === 'CONNECT' || uri === undefined ? undefined : 'http'),
        domain,
        port: parts?.domain === undefined ? place?.port : parts.port,
        path: parts?.path,
        query: parts?.query,
        fragment: parts?.fragment
      },
      user_agent: agent === undefined ? undefined : userAgent(agent),
      user: { name: user },
      packets: {
        http: { server: text(http['server']), location: text(http['location']), reason: text(http['reason']) }
      }
    }
  }
}

/** `example.com:8080`, `[2001:db8::1]:80`. */
function hostOf(host: string | undefined): { domain: string; port: number | undefined } | undefined {
  const found = host === undefined ? null : /^(\[[0-9a-fA-F:.]+\]|[^:/?#@\s]+)(?::(\d{1,5}))?$/.exec(host)
  if (found === null) return undefined
  return { domain: found[1]!.replace(/^\[|\]$/g, ''), port: found[2] === undefined ? undefined : Number(found[2]) }
}
