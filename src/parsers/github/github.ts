/**
 * GitHub's audit log of organisations and enterprises (API, streaming, JSON export): record → ECS event, as Elastic's github integration
 * maps it. What has no ECS field stays below `github.*`.
 */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { asDocument, asText, draftOf, look, set, take } from '../shared/draft.ts'
import { userAgent } from '../shared/user-agent.ts'

export const githubAudit: Parser = {
  name: 'github',
  title: 'GitHub audit log',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description: {
    reads: 'Events of the audit log of organisations and enterprises as JSON: web events, Git events and API requests.',
    from: 'Organisation settings, Logs, Audit log, Export as JSON; `GET /orgs/{org}/audit-log`; streaming to S3, Event Hubs and others.',
    specifications: [
      'https://docs.github.com/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization'
    ],
    sample:
      '{"@timestamp":1735689600123,"_document_id":"bm8tUZ","action":"team.add_member","actor":"ann","actor_ip":"192.0.2.7","created_at":1735689600123,"org":"example","team":"example/ops","user":"bob"}',
    mapping: [
      ['@timestamp', '@timestamp, else created_at'],
      ['event.action', 'action'],
      ['event.id', '_document_id'],
      ['user.name', 'actor'],
      ['user.target.name', 'user'],
      ['source.ip, github.actor_ip', 'actor_ip'],
      ['client.geo.country_iso_code', 'actor_location.country_code'],
      ['group.name', 'team or org', 'of events about teams and organisations'],
      ['user_agent.*', 'user_agent'],
      ['github.*', 'everything else']
    ]
  }
}

function isAudit(json: JsonObject | undefined): boolean {
  if (json === undefined) return false
  const { action, created_at: created } = json
  const time = json['@timestamp'] ?? created
  if (typeof action !== 'string' || typeof time !== 'number' || !/^[a-z_0-9]+\.[a-z_0-9.]+$/.test(action.slice(0, 128)))
    return false
  return (
    json['_document_id'] !== undefined ||
    (json['actor'] !== undefined && (json['org'] !== undefined || json['business'] !== undefined))
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isAudit).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.93 : 0
}

function parse(json: JsonObject): Parsed {
  const action = asText(json['action'])
  if (action === undefined) return { ok: false, reason: 'names no action: not of the audit log' }
  const o = draftOf(json)
  const time = take(o, '@timestamp')
  const created = take(o, 'created_at')
  const timeUs = millis(time) ?? millis(created)
  const identity = asText(take(o, '_document_id'))
  take(o, 'action')
  const actor = asText(take(o, 'actor'))
  const subject = asText(take(o, 'user'))
  const ip = asText(look(o, 'actor_ip'))
  const agent = asText(look(o, 'user_agent'))
  const data = asDocument(look(o, 'data'))
  if (look(o, 'team') === undefined) set(o, 'team', take(data, 'team'))
  const country = asText(take(o, 'actor_location', 'country_code'))
  const dot = action.indexOf('.')
  const group = dot < 0 ? undefined : action.slice(0, dot)
  const verb = dot < 0 ? '' : action.slice(dot + 1)
  set(o, 'category', group)
  const visibility = look(o, 'repository_public')
  if (visibility === 'true' || visibility === 'false') o['repository_public'] = visibility === 'true'
  const types: string[] = []
  if (group === 'team' || group === 'org') types.push('group', 'user')
  if (verb.includes('create') || verb.includes('add')) types.push('creation')
  if (verb.includes('delete') || verb.includes('remove')) types.push('deletion')
  if (types.length === 0) types.push('change')
  const groupName = group === 'team' ? asText(look(o, 'team')) : group === 'org' ? asText(look(o, 'org')) : undefined
  const oldUser = asText(take(data, 'old_user'))
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    event: {
      module: 'github',
      dataset: 'github.audit',
      kind: 'event',
      category: group === 'team' || group === 'org' ? ['configuration', 'web', 'iam'] : ['configuration', 'web'],
      type: types,
      action,
      id: identity
    },
    user: {
      name: actor,
      target: {
        name: subject,
        group: { name: oldUser ?? (subject === undefined ? undefined : groupName) }
      }
    },
    group: { name: groupName },
    source: { ip: isIp(ip) ? ip : undefined },
    client: { geo: { country_iso_code: country } },
    user_agent: agent === undefined ? undefined : userAgent(agent),
    related: { user: distinct(actor, subject), ip: isIp(ip) ? [ip] : undefined },
    github: o
  }
  return { ok: true, event, timeUs, kind: group?.slice(0, 64), identity }
}

function millis(value: unknown): number | undefined {
  return typeof value === 'number' && value > 1e11 && value < 253_402_300_799_999 ? Math.round(value * 1000) : undefined
}
