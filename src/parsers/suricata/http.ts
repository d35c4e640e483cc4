/**
 * The `http` object of EVE records (HTTP/1 and HTTP/2; also in alerts and file events). Gives ECS `http.*`, `url.*`, `user_agent.*`
 * and what is left for `suricata.eve.http`.
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-http
 */

import { text } from '../../core/ecs-values.ts'
import type { JsonObject } from '../../core/parser.ts'
import { type UserAgent, userAgent } from '../shared/user-agent.ts'
import { countOf, keep, type Rest } from './rest.ts'

export type HttpSection = {
  readonly http: {
    readonly request: { readonly method: string | undefined; readonly referrer: string | undefined }
    readonly response: {
      readonly status_code: number | undefined
      readonly body: { readonly bytes: number | undefined }
    }
  }
  readonly url: {
    readonly original: string | undefined
    readonly path: string | undefined
    readonly query: string | undefined
    readonly fragment: string | undefined
    domain: string | undefined
  }
  readonly userAgent: UserAgent | undefined
  readonly hostname: string | undefined
  readonly status: number | undefined
  readonly rest: Rest
}

export function httpOf(http: JsonObject): HttpSection {
  const method = text(http['http_method'])
  const referrer = text(http['http_refer'])
  const original = text(http['url'])
  const agent = text(http['http_user_agent'])
  const hostname = text(http['hostname'])
  const status = countOf(http['status'])
  const length = countOf(http['length'])
  const rest: Rest = {}
  for (const key in http) {
    switch (key) {
      case 'hostname':
        if (hostname === undefined) rest[key] = http[key]
        break
      case 'url':
        if (original === undefined) rest[key] = http[key]
        break
      case 'http_user_agent':
        if (agent === undefined) rest[key] = http[key]
        break
      case 'http_method':
        if (method === undefined) rest[key] = http[key]
        break
      case 'http_refer':
        if (referrer === undefined) rest[key] = http[key]
        break
      case 'status':
        if (status === undefined) rest[key] = http[key]
        break
      case 'length':
        if (length === undefined) rest[key] = http[key]
        break
      default:
        keep(rest, key, http[key])
    }
  }
  // Elastic's cut: a proxy's absolute URL stays whole in the path.
  let path: string | undefined
  let query: string | undefined
  let fragment: string | undefined
  if (original !== undefined) {
    const hash = original.indexOf('#')
    const end = hash < 0 ? original.length : hash
    const mark = original.indexOf('?')
    const pathEnd = mark < 0 || mark > end ? end : mark
    path = original.slice(0, pathEnd)
    if (pathEnd < end) query = original.slice(pathEnd + 1, end)
    if (hash >= 0) fragment = original.slice(hash + 1)
  }
  return {
    http: { request: { method, referrer }, response: { status_code: status, body: { bytes: length } } },
    url: { original, path, query, fragment, domain: undefined },
    userAgent: agent === undefined ? undefined : userAgent(agent),
    hostname,
    status,
    rest
  }
}
