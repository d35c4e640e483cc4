/**
 * Okta's System Log (API v1 `/api/v1/logs`, log streaming, files): record → ECS event, as Elastic's okta integration maps it.
 * Fields that it drops (`legacyEventType`, `severity`, `version` and what Okta adds in time) are kept below `okta.*`.
 */

import { distinct, object } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type Document, put } from '../ndjson/document.ts'
import { asDocument, asList, asText, draftOf, fill, look, set, snake, take } from '../shared/draft.ts'
import { userAgent } from '../shared/user-agent.ts'
import { debugData } from './debug-data.ts'
import { kindsOf } from './event-types.ts'

export const okta: Parser = {
  name: 'okta',
  title: 'Okta System Log',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description: {
    reads: 'Events of Okta’s System Log as JSON: one a line, or the array that the API returns.',
    from: 'The System Log API (`GET /api/v1/logs`), log streaming to EventBridge or Splunk, or the download of the System Log page.',
    specifications: [
      'https://developer.okta.com/docs/reference/api/system-log/',
      'https://developer.okta.com/docs/reference/api/event-types/'
    ],
    sample:
      '{"uuid":"faf7398a","published":"2025-01-01T10:11:12.843Z","eventType":"user.session.start","displayMessage":"User login to Okta","severity":"INFO","version":"0","actor":{"id":"00u1","type":"User","alternateId":"ann@example.com","displayName":"Ann"},"client":{"ipAddress":"192.0.2.7"},"outcome":{"result":"SUCCESS"}}',
    mapping: [
      ['@timestamp', 'published'],
      ['event.action', 'eventType'],
      ['event.category, event.type', 'eventType'],
      ['event.id', 'uuid'],
      ['event.outcome', 'outcome.result', 'SUCCESS, ALLOW; FAILURE, DENY; else unknown'],
      ['user.name, .full_name', 'actor.alternateId, actor.displayName'],
      ['user.target.*', 'the first target of type User, and of type UserGroup'],
      ['client.ip, source.ip', 'client.ipAddress'],
      ['client.geo.*', 'client.geographicalContext'],
      ['user_agent.*', 'client.userAgent.rawUserAgent'],
      ['okta.*', 'everything, names in snake case']
    ]
  }
}

function isOkta(json: JsonObject | undefined): boolean {
  return (
    json !== undefined &&
    typeof json['eventType'] === 'string' &&
    typeof json['published'] === 'string' &&
    typeof json['uuid'] === 'string' &&
    (object(json['actor']) !== undefined || object(json['outcome']) !== undefined)
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isOkta).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.94 : 0
}

function parse(json: JsonObject): Parsed {
  const type = asText(json['eventType'])
  if (type === undefined) return { ok: false, reason: 'names no eventType: not of the System Log' }
  const o = draftOf(json)
  const published = asText(take(o, 'published'))
  const timeUs = published === undefined ? undefined : parseIso(published, 0)
  const identity = asText(look(o, 'uuid'))
  const actor = asDocument(look(o, 'actor'))
  const name = asText(look(actor, 'alternateId'))
  const fullName = asText(look(actor, 'displayName'))
  const context = asDocument(look(o, 'client'))
  const ipText = asText(take(context, 'ipAddress'))
  const ip = isIp(ipText) ? ipText : undefined
  const place = asDocument(take(context, 'geographicalContext'))
  const agent = asText(look(context, 'userAgent', 'rawUserAgent'))
  const person = { id: asText(look(actor, 'id')), name, full_name: fullName }
  const domain = asText(look(o, 'securityContext', 'domain'))
  const { category, types } = kindsOf(type)
  const ground = {
    uuid: take(o, 'uuid'),
    event_type: take(o, 'eventType'),
    display_message: take(o, 'displayMessage')
  }
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    event: {
      module: 'okta',
      dataset: 'okta.system',
      kind: 'event',
      category,
      type: types,
      action: type,
      id: identity,
      outcome: outcomeOf(look(o, 'outcome', 'result'))
    },
    user: { name, full_name: fullName },
    client: {
      ip,
      domain,
      as: { organization: { name: asText(look(o, 'securityContext', 'asOrg')) } },
      geo: {
        city_name: asText(look(place, 'city')),
        region_name: asText(look(place, 'state')),
        country_name: asText(look(place, 'country')),
        postal_code: asText(look(place, 'postalCode')),
        location: look(place, 'geolocation')
      },
      user: person
    },
    source: { ip, domain, user: { ...person } },
    user_agent: agent === undefined ? undefined : userAgent(agent)
  }
  const targets = asList(take(o, 'target')).map(targetOf)
  addTargets(event, targets)
  if (ipText !== undefined) set(o, 'client.ip', ipText)
  const debug = asDocument(take(o, 'debugContext', 'debugData'))
  const rest = snakeKeys(o) as Document
  const security = asDocument(look(rest, 'security_context'))
  set(rest, 'security_context.as.number', take(security, 'as_number'))
  set(rest, 'security_context.as.organization.name', take(security, 'as_org'))
  const authentication = asDocument(look(rest, 'authentication_context'))
  fill(rest, 'authentication_context.authentication_provider', take(authentication, 'interface'))
  if (debug !== undefined) set(rest, 'debug_context.debug_data', debugData(debug))
  event['okta'] = { ...ground, ...rest, target: targets.length === 0 ? undefined : targets }
  event['related'] = {
    user: distinct(fullName, asText(look(event, 'user', 'target', 'full_name')), name),
    ip: ip === undefined ? undefined : [ip]
  }
  return { ok: true, event, timeUs, kind: type.slice(0, 64), identity }
}

function outcomeOf(result: unknown): string {
  const word = typeof result === 'string' ? result.toLowerCase() : ''
  if (word === 'success' || word === 'allow') return 'success'
  return word === 'failure' || word === 'deny' ? 'failure' : 'unknown'
}

function targetOf(target: unknown): unknown {
  const one = asDocument(target)
  if (one === undefined) return target
  const out: Document = {}
  for (const key in one) {
    const name = key === 'alternateId' ? 'alternate_id' : key === 'displayName' ? 'display_name' : key
    put(out, name, one[key])
  }
  return out
}

function addTargets(event: Document, targets: readonly unknown[]): void {
  const ofType = (type: string) => targets.find(target => asText(look(target, 'type'))?.toLowerCase() === type)
  const person = ofType('user')
  const group = ofType('usergroup')
  set(event, 'user.target.full_name', asText(look(person, 'display_name')))
  set(event, 'user.target.id', asText(look(person, 'id')))
  set(event, 'user.target.email', asText(look(person, 'login')))
  set(event, 'user.target.group.name', asText(look(group, 'display_name')))
  set(event, 'user.target.group.id', asText(look(group, 'id')))
}

/** Names of Okta's own schema; what lies deeper than its objects keeps its names (`debugData`, `detailEntry`). */
function snakeKeys(value: unknown, depth = 0): unknown {
  if (depth > 5) return value
  if (Array.isArray(value)) return value.map(item => snakeKeys(item, depth + 1))
  const from = asDocument(value)
  if (from === undefined) return value
  const out: Document = {}
  for (const key in from) {
    if (from[key] === '' || from[key] === undefined) continue
    put(out, snake(key), key === 'device' && depth === 0 ? from[key] : snakeKeys(from[key], depth + 1))
  }
  return out
}
