/**
 * The audit logs of Google Workspace as the Reports API gives them (`activities.list`): record → ECS event, as Elastic's
 * google_workspace integration maps it. The parameters of the event stay below `google_workspace.APPLICATION`.
 */

import { distinct, object } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { parseTime } from '../ndjson/times.ts'
import { asDocument, asText, draftOf, look, set, take } from '../shared/draft.ts'
import { addAdmin } from './admin.ts'
import { type AddApplication, drive, groups, login, saml, token, userAccounts } from './applications.ts'
import { splitMail } from './mail-address.ts'
import { parametersOf } from './parameters.ts'

export const googleWorkspace: Parser = {
  name: 'google-workspace',
  title: 'Google Workspace audit logs (Reports API)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description: {
    reads:
      'Activities of the Reports API: login, admin, drive, groups, saml, user accounts and token with their fields in ECS; the other ' +
      'applications (calendar, chat, meet, mobile, rules, keep …) with their parameters. One a line, or the list that the API returns.',
    from: '`GET https://admin.googleapis.com/admin/reports/v1/activity/users/all/applications/APPLICATION`',
    specifications: ['https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list'],
    sample:
      '{"kind":"admin#reports#activity","id":{"time":"2025-01-01T10:11:12.123Z","uniqueQualifier":"1","applicationName":"login","customerId":"C1"},"actor":{"email":"ann@example.com","profileId":"7"},"ipAddress":"192.0.2.7","events":[{"type":"login","name":"login_success","parameters":[{"name":"login_type","value":"google_password"}]}]}',
    mapping: [
      ['@timestamp', 'id.time'],
      ['event.action', 'events[0].name', 'further events of the activity: google_workspace.other_events'],
      ['event.provider', 'id.applicationName'],
      ['event.id', 'id.uniqueQualifier'],
      ['user.*, source.user.*', 'actor.email, actor.profileId'],
      ['source.ip', 'ipAddress'],
      ['organization.id', 'id.customerId'],
      ['user.target.*, group.*, file.*', 'the parameters that name them'],
      ['google_workspace.APPLICATION.*', 'the parameters']
    ]
  }
}

/** Applications whose fields have places in ECS: the name of their fields, the prefix that is cut, and what they add. */
const applications: Readonly<Record<string, readonly [section: string, prefix: string, add: AddApplication]>> = {
  login: ['login', 'login_', login],
  drive: ['drive', '', drive],
  groups: ['groups', '', groups],
  saml: ['saml', 'saml_', saml],
  user_accounts: ['user_accounts', '', userAccounts],
  token: ['token', '', token],
  admin: ['admin', '', (event, parameters, action) => addAdmin(event, parameters, action)]
}

function isActivity(json: JsonObject | undefined): boolean {
  if (json === undefined) return false
  const id = object(json['id'])
  return (
    id !== undefined &&
    typeof id['applicationName'] === 'string' &&
    typeof id['time'] === 'string' &&
    json['events'] !== undefined
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isActivity).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.95 : 0
}

function parse(json: JsonObject): Parsed {
  if (!isActivity(json)) return { ok: false, reason: 'has no id and events: no activity of the Reports API' }
  const o = draftOf(json)
  const given = take(o, 'events')
  const all = Array.isArray(given) ? given : [given]
  const first = asDocument(all[0])
  const action = asText(look(first, 'name')) ?? ''
  const application = asText(look(o, 'id', 'applicationName')) ?? 'unknown'
  const time = look(o, 'id', 'time')
  const timeUs = parseTime(time, 0, 0)
  const qualifier = asText(look(o, 'id', 'uniqueQualifier'))
  const customer = asText(look(o, 'id', 'customerId'))
  delete o['id']
  const email = asText(take(o, 'actor', 'email'))
  const profile = asText(take(o, 'actor', 'profileId'))
  const address = asText(take(o, 'ipAddress'))
  const ip = isIp(address) ? address : undefined
  const person = splitMail(email)
  const name = person?.name
  const caller = asDocument(look(o, 'actor'))
  const callerType = take(caller, 'callerType')
  const program = take(caller, 'applicationInfo', 'applicationName')
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: undefined,
    event: {
      module: 'google_workspace',
      dataset: `google_workspace.${section(application)}`,
      kind: 'event',
      category: undefined,
      type: undefined,
      action: action === '' ? undefined : action,
      provider: application,
      id: qualifier
    },
    user: { id: profile, email, name, domain: person?.domain },
    source: { ip, address, user: { id: profile, email, name, domain: person?.domain } },
    organization: { id: customer }
  }
  const known = Object.hasOwn(applications, application) ? applications[application]! : undefined
  const users: string[] = []
  const parameters = parametersOf(look(first, 'parameters'), known?.[1])
  const kept = known === undefined ? parameters : known[2](event, parameters, action, users)
  const domain = take(o, 'ownerDomain')
  const workspace: Document = { ...o, event: { type: look(first, 'type') }, organization: { domain } }
  set(workspace, 'actor.type', callerType)
  set(workspace, 'actor.application_name', program)
  workspace[section(application)] = kept
  if (all.length > 1) {
    workspace['event_names'] = all.map(one => asText(look(one, 'name'))).filter(one => one !== undefined)
    workspace['other_events'] = all.slice(1).map(one => ({
      name: look(one, 'name'),
      type: look(one, 'type'),
      parameters: parametersOf(look(one, 'parameters'))
    }))
  }
  event['google_workspace'] = workspace
  const isToken = application === 'token'
  event['related'] = {
    ip: ip === undefined ? undefined : [ip],
    user: isToken
      ? distinct(profile, name, name === undefined ? undefined : email)
      : distinct(...users, name, application === 'admin' ? asText(look(event, 'user', 'target', 'name')) : undefined),
    hosts: isToken ? distinct(person?.domain, asText(domain)) : undefined
  }
  return { ok: true, event, timeUs, kind: application.slice(0, 64) }
}

function section(application: string): string {
  return application
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 64)
}
