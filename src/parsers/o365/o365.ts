/**
 * Microsoft 365's unified audit log, as the Office 365 Management Activity API and Purview's exports give it: record → ECS event, as
 * Elastic's o365 integration maps it. What has no ECS field stays below `o365.audit`.
 */

import { distinct, object } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import type { Document } from '../ndjson/document.ts'
import { asDocument, asList, asText, draftOf, look, parsedJson, set, take } from '../shared/draft.ts'
import { userAgent } from '../shared/user-agent.ts'
import { clientOf, serverOf } from './address.ts'
import { recordTypeName } from './record-types.ts'
import { addSchema, type Kinds, severityOf } from './schemas.ts'

export const o365: Parser = {
  name: 'o365',
  title: 'Microsoft 365 audit log (Office 365 Management Activity API)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(object(json['o365audit']) ?? json),
  description: {
    reads:
      'Records of the Office 365 Management Activity API (Audit.AzureActiveDirectory, Audit.Exchange, Audit.SharePoint, Audit.General, ' +
      'DLP.All) and the `AuditData` of `Search-UnifiedAuditLog`, as JSON.',
    from: 'The Management Activity API, or `Search-UnifiedAuditLog | Select -Expand AuditData` in Exchange Online PowerShell.',
    specifications: [
      'https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema'
    ],
    sample:
      '{"CreationTime":"2025-01-01T10:11:12","Id":"8c5b0e22","Operation":"UserLoggedIn","OrganizationId":"0e1dddce","RecordType":15,"ResultStatus":"Succeeded","UserKey":"1001","UserType":0,"Version":1,"Workload":"AzureActiveDirectory","ClientIP":"192.0.2.7","ObjectId":"Unknown","UserId":"ann@example.com"}',
    mapping: [
      ['@timestamp', 'CreationTime', 'UTC'],
      ['event.action', 'Operation'],
      ['event.code', 'RecordType', 'its name'],
      ['event.provider', 'Workload'],
      ['event.outcome', 'ResultStatus'],
      ['event.id', 'Id'],
      ['user.id, .name, .domain, .email', 'UserId'],
      ['client.*, source.*', 'ClientIPAddress, ClientIP or ActorIpAddress'],
      ['organization.id, host.id', 'OrganizationId'],
      ['file.*, url.original', 'SourceFileName, SourceRelativeUrl, ObjectId (SharePoint, OneDrive)'],
      ['rule.*', 'alerts and DLP policies'],
      ['o365.audit.*', 'everything else', 'named parameters and properties as objects']
    ]
  }
}

function isAudit(json: JsonObject | undefined): boolean {
  if (json === undefined) return false
  const audit = object(json['o365audit']) ?? json
  return (
    typeof audit['CreationTime'] === 'string' &&
    typeof audit['Operation'] === 'string' &&
    (typeof audit['RecordType'] === 'number' || typeof audit['RecordType'] === 'string') &&
    (audit['Workload'] !== undefined || audit['OrganizationId'] !== undefined) &&
    audit['Id'] !== undefined
  )
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(isAudit).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.94 : 0
}

function parse(json: JsonObject): Parsed {
  if (typeof json['Operation'] !== 'string') return { ok: false, reason: 'names no Operation: not an audit record' }
  const o = draftOf(json)
  const created = asText(look(o, 'CreationTime'))
  const timeUs = created === undefined ? undefined : parseIso(created)
  const identity = asText(take(o, 'Id'))
  const code = recordTypeName(look(o, 'RecordType'))
  const action = asText(take(o, 'Operation'))
  const clientText = take(o, 'ClientIPAddress') ?? take(o, 'ClientIP') ?? take(o, 'ActorIpAddress')
  const kinds: Kinds = { category: ['web'], type: ['info'] }
  const status = asText(look(o, 'ResultStatus'))?.toLowerCase()
  const organization = asText(take(o, 'OrganizationId'))?.toLowerCase()
  const event: Document = {
    '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
    message: undefined,
    event: {
      module: 'o365',
      dataset: 'o365.audit',
      kind: 'event',
      category: kinds.category,
      type: kinds.type,
      action,
      code,
      id: identity,
      provider: take(o, 'Workload'),
      // A record without a result, or with one of another name, is of something that was done.
      outcome: status === 'failed' || status === 'false' ? 'failure' : 'success',
      severity: severityOf(look(o, 'Severity'))
    },
    user: { id: asText(look(o, 'UserId')) },
    organization: { id: organization },
    host: { id: organization }
  }
  unpack(o)
  addSchema(event, o, code, action, kinds)
  addEnds(event, clientText)
  addAgent(event, o)
  for (const path of ['user', 'user.target', 'source.user', 'destination.user']) splitUser(event, path)
  const name = asText(look(event, 'organization', 'name')) ?? asText(look(event, 'user', 'domain'))
  set(event, 'host.name', name)
  addRelated(event, o)
  asStrings(o)
  addData(o)
  event['o365'] = { audit: o }
  return { ok: true, event, timeUs, kind: code ?? asText(look(o, 'RecordType')), identity }
}

/** Lists of names and values as objects; JSON in texts as what it holds. */
function unpack(o: Document): void {
  for (const key of ['Parameters', 'ExtendedProperties']) {
    const value = look(o, key)
    if (typeof value === 'string') set(o, key, { _raw: value })
    else if (Array.isArray(value)) {
      const named: Document = {}
      for (const item of value) {
        const name = asText(look(item, 'Name'))
        const one = look(item, 'Value')
        if (name !== undefined && one !== undefined) named[name === '__proto__' ? '_proto' : name] = one
      }
      o[key] = named
    }
  }
  const modified = look(o, 'ModifiedProperties')
  if (typeof modified === 'string') set(o, 'ModifiedProperties', { _raw: modified })
  else if (Array.isArray(modified)) {
    const named: Document = {}
    for (const item of modified) {
      const name = (asText(look(item, 'Name')) ?? asText(item))?.replaceAll(/[ .]/g, '_')
      if (name === undefined || name === '__proto__') continue
      const before = look(item, 'OldValue')
      const after = look(item, 'NewValue')
      named[name] = before === undefined && after === undefined ? {} : { NewValue: after, OldValue: before }
    }
    o['ModifiedProperties'] = named
  }
  const links = look(o, 'AlertLinks')
  if (Array.isArray(links)) {
    const texts = links.map(link => look(link, 'AlertLinkHref')).filter(text => typeof text === 'string')
    if (texts.length > 0) o['AlertLinks'] = texts
    else delete o['AlertLinks']
  }
  const properties = parsedJson(look(o, 'OperationProperties'))
  if (properties !== undefined) o['OperationProperties'] = properties
}

function addEnds(event: Document, clientText: unknown): void {
  const client = typeof clientText === 'string' && clientText !== '' ? clientOf(clientText) : undefined
  const serverText = take(event, 'server_text')
  const server = typeof serverText === 'string' ? serverOf(serverText) : undefined
  if (client !== undefined) {
    event['client'] = client
    set(event, 'source.ip', client.ip)
    set(event, 'source.port', client.port)
    set(event, 'network.type', client.ip === undefined ? undefined : client.ip.includes(':') ? 'ipv6' : 'ipv4')
  }
  if (server !== undefined) {
    event['server'] = server
    set(event, 'destination.ip', server.ip)
  }
}

function addAgent(event: Document, o: Document): void {
  const text = asText(take(o, 'ExtendedProperties', 'UserAgent')) ?? asText(take(o, 'UserAgent'))
  if (text !== undefined) event['user_agent'] = userAgent(text)
}

function splitUser(event: Document, path: string): void {
  const id = asText(look(event, ...path.split('.'), 'id'))
  const at = id?.indexOf('@') ?? -1
  if (id === undefined || at < 0 || id.indexOf('@', at + 1) >= 0) return
  set(event, `${path}.email`, id)
  set(event, `${path}.domain`, id.slice(at + 1))
  set(event, `${path}.name`, id.slice(0, at))
}

function addRelated(event: Document, o: Document): void {
  const members = asList(look(o, 'Members')).map(member => asText(look(member, 'UPN')))
  const data = asDocument(parsedJson(look(o, 'Data')))
  const addresses = ['f3u', 'suid', 'tsd', 'trc']
    .map(key => asText(look(data, key)))
    .filter(text => text?.split('@').length === 2)
  const users = distinct(
    ...members,
    asText(look(event, 'user', 'id')),
    asText(look(event, 'user', 'email')),
    asText(look(event, 'user', 'name')),
    asText(look(event, 'user', 'target', 'name')),
    asText(look(event, 'file', 'owner')),
    asText(look(o, 'Parameters', 'User')),
    ...addresses
  )
  const ips = distinct(asText(look(event, 'client', 'ip')), asText(look(event, 'server', 'ip')))
  const hosts = distinct(asText(look(event, 'host', 'name')), asText(look(event, 'server', 'domain')))
  event['related'] = { ip: ips, user: users, hosts }
}

const platforms: readonly string[] = ['Unknown', 'Windows', 'MacOS', 'iOS', 'Android', 'Web Browser']

function asStrings(o: Document): void {
  for (const key of [
    'AzureActiveDirectoryEventType',
    'RecordType',
    'UserType',
    'Version',
    'InternalLogonType',
    'LogonType',
    'ActorYammerUserId',
    'YammerNetworkId',
    'ListBaseType'
  ]) {
    const value = look(o, key)
    if (typeof value === 'number') o[key] = String(value)
  }
  for (const key of ['Actor', 'Target'])
    for (const item of asList(look(o, key))) {
      const type = look(item, 'Type')
      if (typeof type === 'number') set(item as Document, 'Type', String(type))
    }
  const platform = look(o, 'Platform')
  if (platform !== undefined) o['Platform'] = platforms[Number(platform)] ?? platform
}

const dataKeys =
  'ad af aii ail alk als an at cid cpid dm dpn eid etps etype f3u fvs imsgid lon mat md ms od op ot plk pud reid rid sev sict sid sip ' +
  'sitmi srt ssic suid tdc te thn tht tid tpid tpt trc ts tsd ttdt ttr upfc upfv ut von wl zfh zfn zmfh zmfn zu'
const dataTimes: ReadonlySet<string> = new Set(['at', 'md', 'te', 'ts', 'ttdt'])

/** `Data` of security alerts is JSON in a text. */
function addData(o: Document): void {
  const data = look(o, 'Data')
  if (data === undefined) return
  const flattened = asDocument(parsedJson(data)) ?? asDocument(data)
  if (flattened === undefined) return
  const out: Document = { flattened }
  for (const key of dataKeys.split(' ')) {
    const value = look(flattened, key)
    if (value === undefined) continue
    const us = dataTimes.has(key) && typeof value === 'string' ? parseIso(value) : undefined
    out[key] = us === undefined ? value : isoMs(us)
  }
  o['Data'] = out
}
