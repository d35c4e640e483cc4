/** Sign-ins of Entra ID (interactive, non-interactive, of service principals and managed identities, ADFS) as ECS events. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { type Document, put } from '../ndjson/document.ts'
import { asDocument, asList, asText, draftOf, look, parsedJson, take } from '../shared/draft.ts'
import { userAgent } from '../shared/user-agent.ts'
import { azureTime, durationOf, ground } from './common.ts'
import { azureNames } from './names.ts'

export function signInEvent(json: JsonObject): Parsed {
  const o = azureNames(draftOf(json)) as Document
  const p = asDocument(look(o, 'properties')) ?? {}
  const timeUs = azureTime(take(o, 'time')) ?? azureTime(look(p, 'created_date_time'))
  const status = statusOf(p)
  const code = look(status, 'error_code')
  const failed = code !== undefined && Number(code) > 0
  const reason = asText(take(status, 'failure_reason'))
  const details = asText(take(status, 'additional_details'))
  const ipAddress = take(p, 'ip_address') ?? take(p, 'ipaddress')
  const address = asText(ipAddress) ?? asText(look(o, 'caller_ip_address'))
  const ip = isIp(address) ? address : undefined
  const principal = asText(look(p, 'user_principal_name'))
  const at = principal?.lastIndexOf('@') ?? -1
  const name = principal === undefined ? undefined : at > 0 ? principal.slice(0, at) : principal
  const agent = asText(take(p, 'user_agent'))
  const level = asText(take(o, 'level'))
  const place = asDocument(take(p, 'location'))
  const country = asText(take(o, 'location'))
  const identity = asText(look(p, 'id'))
  rename(p)
  const base = ground(o)
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: reason !== undefined && details !== undefined ? `${reason} (${details})` : (reason ?? details),
    event: {
      module: 'azure',
      dataset: 'azure.signinlogs',
      kind: 'event',
      category: ['authentication'],
      type: ['info'],
      action: asText(look(o, 'operation_name')),
      outcome: failed ? 'failure' : 'success',
      duration: durationOf(take(o, 'duration_ms')),
      id: identity
    },
    log: { level },
    cloud: { provider: 'azure' },
    source: { address, ip },
    client: { ip },
    geo: {
      country_iso_code: country ?? asText(look(place, 'country_or_region')),
      city_name: asText(look(place, 'city')),
      country_name: asText(look(place, 'state')),
      location: {
        lat: look(place, 'geo_coordinates', 'latitude'),
        lon: look(place, 'geo_coordinates', 'longitude')
      }
    },
    user: {
      name,
      domain: principal !== undefined && at > 0 ? principal.slice(at + 1) : undefined,
      full_name: asText(look(p, 'user_display_name')),
      id: asText(look(p, 'user_id'))
    },
    user_agent: agent === undefined ? undefined : userAgent(agent),
    related: {
      ip: ip === undefined ? undefined : [ip],
      user: distinct(name, asText(look(p, 'service_principal_name')))
    },
    azure: { ...base, signinlogs: o }
  }
  return { ok: true, event, timeUs, kind: asText(look(o, 'category')) }
}

/** Some exports hold the status as JSON text. */
function statusOf(p: Document): Document | undefined {
  const status = look(p, 'status')
  const read = asDocument(status) ?? (asDocument(azureNames(parsedJson(status))) as Document | undefined)
  if (read !== undefined) p['status'] = read
  return read
}

function rename(p: Document): void {
  for (const [from, to] of [
    ['created_date_time', 'created_at'],
    ['processing_time_in_milliseconds', 'processing_time_ms'],
    ['risk_level_during_sign_in', 'risk_level_during_signin']
  ] as const) {
    const value = take(p, from)
    if (value !== undefined) p[to] = value
  }
  const processing = look(p, 'authentication_processing_details')
  if (!Array.isArray(processing)) return
  const named: Document = {}
  for (const item of asList(processing)) {
    const key = asText(look(item, 'key'))
    if (key !== undefined) put(named, key, look(item, 'value'))
  }
  p['authentication_processing_details'] = named
}
