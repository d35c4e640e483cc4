/** The audit log of Entra ID (users, groups, applications, devices, policies that were changed) as ECS events. */

import { distinct } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { type Document, put } from '../ndjson/document.ts'
import { asDocument, asList, asText, draftOf, look, take } from '../shared/draft.ts'
import { azureTime, durationOf, ground } from './common.ts'
import { azureName } from './names.ts'

export function auditEvent(json: JsonObject): Parsed {
  const o = shallowNames(draftOf(json))
  const given = asDocument(take(o, 'properties')) ?? {}
  const timeUs = azureTime(take(o, 'time')) ?? azureTime(look(given, 'activityDateTime'))
  const result = asText(look(given, 'result'))
  const known = result?.toLowerCase() === 'success' || result?.toLowerCase() === 'failure'
  if (known) delete given['result']
  const initiator = asDocument(look(given, 'initiatedBy'))
  const person = asDocument(look(initiator, 'user'))
  const callerText = asText(look(o, 'caller_ip_address'))
  const caller = isIp(callerText) ? callerText : undefined
  if (caller !== undefined) delete o['caller_ip_address']
  const personIp = asText(look(person, 'ipAddress'))
  const ip = caller ?? (isIp(personIp) && personIp !== '0.0.0.0' ? personIp : undefined)
  const principal = asText(look(person, 'userPrincipalName'))
  const at = principal?.lastIndexOf('@') ?? -1
  const targets = asList(look(given, 'targetResources'))
  const target = targets.find(one => asText(look(one, 'type'))?.toLowerCase() === 'user')
  const operation = asText(look(given, 'operationType'))?.toLowerCase()
  const properties = shallowNames(given)
  properties['target_resources'] = indexed(targets, resource)
  const base = ground(o)
  o['properties'] = properties
  for (const [from, to] of [
    ['activity_date_time', 'activity_datetime'],
    ['additional_details', 'additional_details']
  ] as const) {
    const value = take(properties, from)
    if (value !== undefined) properties[to] = value
  }
  const name = principal === undefined ? undefined : at > 0 ? principal.slice(0, at) : principal
  // `level` is the record's, `Level` the number that Azure Monitor adds.
  const level = json['level'] === undefined ? undefined : asText(take(o, 'level'))
  return {
    ok: true,
    timeUs,
    kind: 'audit',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: {
        module: 'azure',
        dataset: 'azure.auditlogs',
        kind: 'event',
        category: ['iam'],
        type: [typeOf(operation)],
        action: asText(look(o, 'operation_name')),
        outcome: known ? result!.toLowerCase() : undefined,
        duration: durationOf(take(o, 'duration_ms')),
        id: asText(look(properties, 'id'))
      },
      log: { level },
      cloud: { provider: 'azure' },
      source: { ip, address: ip === undefined ? callerText : undefined },
      client: { ip },
      user: {
        id: asText(look(person, 'id')),
        name,
        domain: principal !== undefined && at > 0 ? principal.slice(at + 1) : undefined,
        full_name: asText(look(person, 'displayName')),
        target: {
          id: asText(look(target, 'id')),
          name: asText(look(target, 'userPrincipalName')),
          full_name: asText(look(target, 'displayName'))
        }
      },
      related: {
        ip: ip === undefined ? undefined : [ip],
        user: distinct(name, asText(look(target, 'userPrincipalName')))
      },
      azure: { ...base, auditlogs: o }
    }
  }
}

/** Names of the record itself; what lies deeper keeps its own (`initiatedBy.user.displayName`). */
function shallowNames(from: Document): Document {
  const out: Document = {}
  for (const key in from) put(out, azureName(key), from[key])
  return out
}

/** A list as an object by index, as Elastic keeps it: an entry's parts stay together. */
function indexed(list: readonly unknown[], each: (item: Document) => Document): Document | undefined {
  if (list.length === 0) return undefined
  const out: Document = {}
  list.slice(0, 256).forEach((item, index) => {
    const one = asDocument(item)
    if (one !== undefined) out[String(index)] = each(one)
  })
  return out
}

function resource(item: Document): Document {
  const out = shallowNames(item)
  const modified = asList(look(item, 'modifiedProperties'))
  out['modified_properties'] = indexed(modified, shallowNames)
  return out
}

function typeOf(operation: string | undefined): string {
  if (operation === 'add' || operation === 'create' || operation === 'invite') return 'creation'
  if (operation === 'delete' || operation === 'remove') return 'deletion'
  return operation === 'update' || operation === 'assign' || operation === 'unassign' ? 'change' : 'info'
}
