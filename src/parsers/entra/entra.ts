/**
 * Sign-ins and audit logs of Microsoft Entra ID (Azure Active Directory): as Azure Monitor exports them (diagnostic settings to Event
 * Hubs, storage or Log Analytics) and as Microsoft Graph gives them (`auditLogs/signIns`, `auditLogs/directoryAudits`).
 * Laid out as Elastic's azure integration does (`azure.signinlogs`, `azure.auditlogs`).
 */

import { object } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { auditEvent } from './audit.ts'
import { description } from './description.ts'
import { signInEvent } from './sign-in.ts'

export const entra: Parser = {
  name: 'entra',
  title: 'Microsoft Entra ID sign-ins and audit logs (Azure Monitor, Microsoft Graph)',
  input: 'json',
  framing: 'lines',
  recognise,
  open: () => (_text, json) => parse(json),
  description
}

type Kind = 'sign-in' | 'audit'

function kindOf(json: JsonObject | undefined): Kind | undefined {
  if (json === undefined) return undefined
  const { category } = json
  if (typeof category === 'string' && object(json['properties']) !== undefined) {
    if (category.endsWith('SignInLogs')) return 'sign-in'
    if (category === 'AuditLogs') return 'audit'
  }
  return graphKind(json)
}

/** Microsoft Graph's records have no envelope. */
function graphKind(json: JsonObject): Kind | undefined {
  if (
    typeof json['createdDateTime'] === 'string' &&
    json['appId'] !== undefined &&
    json['correlationId'] !== undefined
  ) {
    if (json['userPrincipalName'] !== undefined || json['servicePrincipalId'] !== undefined) return 'sign-in'
  }
  if (typeof json['activityDateTime'] === 'string' && typeof json['activityDisplayName'] === 'string') {
    if (json['initiatedBy'] !== undefined || json['targetResources'] !== undefined) return 'audit'
  }
  return undefined
}

function recognise(sample: Sample): number {
  const good = sample.json.filter(json => kindOf(json) !== undefined).length
  return good > 0 && good >= sample.lines.length * 0.8 ? 0.94 : 0
}

function parse(json: JsonObject): Parsed {
  const kind = kindOf(json)
  if (kind === undefined) return { ok: false, reason: 'neither a sign-in nor an audit record of Entra ID' }
  const record = object(json['properties']) !== undefined && json['category'] !== undefined ? json : wrapped(json, kind)
  return kind === 'sign-in' ? signInEvent(record) : auditEvent(record)
}

/** A record of Microsoft Graph as Azure Monitor would write it. */
function wrapped(json: JsonObject, kind: Kind): JsonObject {
  const out: { [key: string]: JsonValue } = { properties: json }
  if (kind === 'sign-in') {
    out['category'] = 'SignInLogs'
    out['operationName'] = 'Sign-in activity'
    out['time'] = json['createdDateTime']!
  } else {
    out['category'] = 'AuditLogs'
    out['operationName'] = json['activityDisplayName']!
    out['time'] = json['activityDateTime']!
  }
  if (typeof json['correlationId'] === 'string') out['correlationId'] = json['correlationId']
  return out
}
