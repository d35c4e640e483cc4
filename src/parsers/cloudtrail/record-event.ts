/**
 * One CloudTrail record (an API call, a console sign-in, a service's own event, network activity, an insight) to an ECS event, as
 * Elastic's aws/cloudtrail integration maps them. Called by `cloudtrail.ts`. What has no mapping is kept under `aws.cloudtrail`
 * in snake case, so that no leaf is lost.
 *
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */

import { distinct, object, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { userAgent } from '../shared/user-agent.ts'
import { categorisationOf } from './categories.ts'
import { time } from './digest.ts'
import { type JavaValue, javaText, NumberText } from './java-text.ts'
import { present, put, putNew, snakeKeys } from './leaves.ts'

/** Elastic keeps the structure only of values whose text is shorter (Lucene's longest term). */
const structureTextMax = 32_766

/** AWS's are UUIDs of 36 characters. */
const identityLengthMax = 128

/** The keys with a mapping, and what they may hold: others, and these with another type, are kept as they are. */
const mapped = new Map<string, 'scalar' | 'object' | 'any'>([
  ['eventVersion', 'scalar'],
  ['userIdentity', 'object'],
  ['eventTime', 'scalar'],
  ['eventSource', 'scalar'],
  ['eventName', 'scalar'],
  ['awsRegion', 'scalar'],
  ['sourceIPAddress', 'scalar'],
  ['userAgent', 'scalar'],
  ['errorCode', 'scalar'],
  ['errorMessage', 'scalar'],
  ['requestParameters', 'any'],
  ['responseElements', 'any'],
  ['additionalEventData', 'any'],
  ['serviceEventDetails', 'any'],
  ['requestID', 'scalar'],
  ['eventID', 'scalar'],
  ['eventType', 'scalar'],
  ['eventCategory', 'scalar'],
  ['apiVersion', 'scalar'],
  ['managementEvent', 'scalar'],
  ['readOnly', 'scalar'],
  ['resources', 'any'],
  ['recipientAccountId', 'scalar'],
  ['sharedEventID', 'scalar'],
  ['vpcEndpointId', 'scalar'],
  ['vpcEndpointAccountId', 'scalar'],
  ['sessionCredentialFromConsole', 'scalar'],
  ['tlsDetails', 'object'],
  ['insightDetails', 'any']
])

/** Any of these makes a record. */
export function isRecord(json: JsonObject): boolean {
  return (
    json['eventName'] !== undefined ||
    json['eventSource'] !== undefined ||
    json['eventID'] !== undefined ||
    json['eventTime'] !== undefined ||
    json['eventType'] !== undefined
  )
}

export function recordEvent(text: string, json: JsonObject, inside: string | undefined): Parsed {
  const identity = object(json['userIdentity'])
  const session = object(identity?.['sessionContext'])
  const issuer = object(session?.['sessionIssuer'])
  const eventTime = textOf(json['eventTime'])
  const timeUs = eventTime === undefined ? undefined : parseIso(eventTime)
  const action = textOf(json['eventName'])
  const provider = textOf(json['eventSource'])
  const eventId = textOf(json['eventID'])
  const eventType = textOf(json['eventType'])
  const eventCategory = textOf(json['eventCategory'])
  const errorCode = textOf(json['errorCode'])
  const errorMessage = textOf(json['errorMessage'])
  const address = textOf(json['sourceIPAddress'])
  const agentText = textOf(json['userAgent'])
  const request = object(json['requestParameters'])
  const response = object(json['responseElements'])
  const additional = object(json['additionalEventData'])

  const identityName = textOf(identity?.['userName'])
  const issuerName = textOf(issuer?.['userName'])
  const targetName = textOf(request?.['userName'])
  const newName = textOf(request?.['newUserName'])

  let outcome = errorCode !== undefined || errorMessage !== undefined ? 'failure' : 'success'
  if (action === 'ConsoleLogin') {
    const login = textOf(response?.['ConsoleLogin'])
    if (login !== undefined) outcome = login.toLowerCase()
  }
  const categorisation = action === undefined ? undefined : categorisationOf(action)
  const texts = containerTexts(text, json, inside)

  const cloudtrail = {
    event_version: textOf(json['eventVersion']),
    event_type: eventType,
    event_category: eventCategory,
    user_identity: identity === undefined ? undefined : userIdentity(identity, session, issuer, identityName),
    error_code: errorCode,
    error_message: errorMessage,
    request_parameters: texts.request,
    response_elements: texts.response,
    additional_eventdata: texts.additional,
    service_event_details: texts.service,
    request_id: textOf(json['requestID']),
    api_version: textOf(json['apiVersion']),
    management_event: scalar(json['managementEvent']),
    read_only: scalar(json['readOnly']),
    resources: resourceList(json['resources']),
    recipient_account_id: textOf(json['recipientAccountId']),
    shared_event_id: textOf(json['sharedEventID']),
    vpc_endpoint_id: textOf(json['vpcEndpointId']),
    vpc_endpoint_account_id: textOf(json['vpcEndpointAccountId']),
    session_credential_from_console: scalar(json['sessionCredentialFromConsole']),
    console_login: action === 'ConsoleLogin' && additional !== undefined ? consoleLogin(additional) : undefined,
    event_time: timeUs === undefined ? eventTime : undefined,
    flattened: {
      request_parameters: structure(texts.request, json['requestParameters']),
      response_elements: structure(texts.response, json['responseElements']),
      additional_eventdata: structure(texts.additional, json['additionalEventData']),
      service_event_details: structure(texts.service, json['serviceEventDetails']),
      insight_details: present(json['insightDetails'])
    }
  }
  keepTheRest(json, cloudtrail)

  return {
    ok: true,
    timeUs,
    identity: eventId !== undefined && eventId.length <= identityLengthMax ? eventId : undefined,
    kind: kindOf(eventType, eventCategory, provider),
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.cloudtrail',
        kind: 'event',
        category: categorisation === undefined ? undefined : [categorisation.category],
        type: categorisation === undefined ? ['info'] : [...categorisation.types],
        action,
        outcome,
        provider,
        id: eventId
      },
      source: address === undefined ? undefined : { address, ip: isIp(address) ? address : undefined },
      user: {
        name: identityName ?? issuerName,
        id: textOf(identity?.['principalId']),
        target: { name: targetName, id: textOf(object(response?.['user'])?.['userId']) },
        changes: newName === undefined ? undefined : { name: newName }
      },
      group: { name: textOf(request?.['groupName']), id: textOf(object(response?.['group'])?.['groupId']) },
      related: { user: distinct(identityName, targetName, newName) },
      user_agent: agentText === undefined ? undefined : userAgent(agentText),
      tls: tls(object(json['tlsDetails'])),
      cloud: {
        provider: 'aws',
        account: { id: textOf(identity?.['accountId']) },
        region: textOf(json['awsRegion'])
      },
      aws: { cloudtrail }
    }
  }
}

/** The service (`iam`, `s3`), `insight`, or `cloudtrail` where there is none that could be a service's name. */
function kindOf(eventType: string | undefined, category: string | undefined, provider: string | undefined): string {
  if (eventType === 'AwsCloudTrailInsight' || category === 'Insight') return 'insight'
  if (provider === undefined || provider.length > 48) return 'cloudtrail'
  const end = provider.indexOf('.amazonaws.com')
  if (end <= 0) return 'cloudtrail'
  for (let i = 0; i < end; i++) {
    const c = provider.charCodeAt(i)
    if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45)) return 'cloudtrail'
  }
  return provider.slice(0, end)
}

function scalar(value: JsonValue | undefined): string | number | boolean | undefined {
  return value === null || value === '' || typeof value === 'object' ? undefined : value
}

const identityMapped = new Set(['type', 'userName', 'principalId', 'arn', 'accountId', 'accessKeyId', 'invokedBy'])
const issuerMapped = new Set(['type', 'userName', 'principalId', 'arn', 'accountId'])

function userIdentity(
  identity: JsonObject,
  session: JsonObject | undefined,
  issuer: JsonObject | undefined,
  identityName: string | undefined
): Record<string, unknown> {
  const out: Record<string, unknown> = {
    type: textOf(identity['type']),
    arn: textOf(identity['arn']),
    access_key_id: textOf(identity['accessKeyId']),
    invoked_by: textOf(identity['invokedBy']),
    session_context: session === undefined ? undefined : sessionContext(session, issuer, identityName)
  }
  for (const key of Object.keys(identity)) {
    const value = identity[key]!
    if (identityMapped.has(key) && (typeof value !== 'object' || value === null)) continue
    if (key === 'sessionContext' && session !== undefined) continue
    keep(out, key, value)
  }
  return out
}

function sessionContext(
  session: JsonObject,
  issuer: JsonObject | undefined,
  identityName: string | undefined
): Record<string, unknown> {
  const attributes = object(session['attributes'])
  const out: Record<string, unknown> = {
    mfa_authenticated: scalar(attributes?.['mfaAuthenticated']),
    creation_date: time(attributes?.['creationDate']),
    session_issuer: issuer === undefined ? undefined : sessionIssuer(issuer, identityName)
  }
  for (const key of Object.keys(session)) {
    const value = session[key]!
    if (key === 'sessionIssuer' && issuer !== undefined) continue
    if (key !== 'attributes' || attributes === undefined) keep(out, key, value)
    else {
      for (const name of Object.keys(attributes)) {
        const attribute = attributes[name]!
        if (name === 'creationDate') continue
        if (name !== 'mfaAuthenticated' || typeof attribute === 'object') keep(out, name, attribute)
      }
    }
  }
  return out
}

function sessionIssuer(issuer: JsonObject, identityName: string | undefined): Record<string, unknown> {
  const out: Record<string, unknown> = {
    type: textOf(issuer['type']),
    principal_id: textOf(issuer['principalId']),
    arn: textOf(issuer['arn']),
    account_id: textOf(issuer['accountId']),
    // Else it is `user.name`.
    user_name: identityName === undefined ? undefined : textOf(issuer['userName'])
  }
  for (const key of Object.keys(issuer)) {
    const value = issuer[key]!
    if (!issuerMapped.has(key) || (typeof value === 'object' && value !== null)) keep(out, key, value)
  }
  return out
}

/** Keeps a value that has no mapping, under its name in snake case. */
function keep(target: Record<string, unknown>, key: string, value: JsonValue): void {
  const kept = present(value)
  if (kept !== undefined) putNew(target, key, snakeKeys(kept))
}

function keepTheRest(json: JsonObject, cloudtrail: Record<string, unknown>): void {
  for (const key in json) {
    const value = json[key]!
    const as = mapped.get(key)
    if (as === 'any' || value === null) continue
    const nested = typeof value === 'object'
    if (as === 'object' ? nested && !Array.isArray(value) : as === 'scalar' && !nested) continue
    // Elastic's spelling of AWS's `sharedEventID`.
    keep(cloudtrail, key === 'sharedEventId' ? 'sharedEventID' : key, value)
  }
}

/** `{ARN, accountId, type}` of the resources, each once; a list with anything else in it as it is. */
function resourceList(value: JsonValue | undefined): JsonValue | undefined {
  const list = present(value)
  if (!Array.isArray(list)) return list
  const distinctOnes = new Map<string, JsonObject>()
  for (const item of list) {
    const resource = object(item)
    if (resource === undefined) return list
    const out: Record<string, JsonValue> = {}
    let identity = ''
    for (const key of Object.keys(resource)) {
      const name = key === 'ARN' ? 'arn' : key === 'accountId' ? 'account_id' : key
      put(out, name, resource[key]!)
      if (name !== 'arn' && name !== 'account_id' && name !== 'type')
        identity += `${key}=${JSON.stringify(resource[key])},`
    }
    // Elastic keeps the last of those with the same ARN, account and type, even where more differs (`ARNPrefix`): not lost here.
    identity += JSON.stringify([out['arn'], out['account_id'], out['type']])
    distinctOnes.set(identity, out)
  }
  return [...distinctOnes.values()]
}

function consoleLogin(additional: JsonObject): { additional_eventdata: Record<string, unknown> } {
  const mobile = scalar(additional['MobileVersion'])
  const mfa = scalar(additional['MFAUsed'])
  return {
    additional_eventdata: {
      mobile_version: mobile === undefined ? undefined : mobile !== 'No',
      login_to: scalar(additional['LoginTo']),
      mfa_used: mfa === undefined ? undefined : mfa !== 'No'
    }
  }
}

/** `TLSv1.2` is protocol `tls`, version `1.2`. */
function tls(details: JsonObject | undefined): Record<string, unknown> | undefined {
  if (details === undefined) return undefined
  const version = textOf(details['tlsVersion'])
  const v = version === undefined ? -1 : version.indexOf('v')
  const out: Record<string, unknown> = {
    version: v < 0 ? version : version!.slice(v + 1),
    version_protocol: v <= 0 ? undefined : version!.slice(0, v).toLowerCase(),
    cipher: textOf(details['cipherSuite']),
    client: { server_name: textOf(details['clientProvidedHostHeader']) }
  }
  for (const key in details) {
    const value = details[key]!
    const known = key === 'tlsVersion' || key === 'cipherSuite' || key === 'clientProvidedHostHeader'
    if (!known || typeof value === 'object') keep(out, key, value)
  }
  return out
}

type ContainerTexts = {
  readonly request: string | undefined
  readonly response: string | undefined
  readonly additional: string | undefined
  readonly service: string | undefined
}

/** A number spelled with a fraction, an exponent or more digits than a double holds. */
const unusualNumber = /[[:,]\s*-?(?:\d+[.eE]|\d{16})/

/**
 * The Java texts of the four free-form parts. Parsed JSON does not tell `1.0` from `1`, Java does: in the rare record where it
 * matters, the text is parsed again with its numbers' spelling kept.
 */
function containerTexts(text: string, json: JsonObject, inside: string | undefined): ContainerTexts {
  const request = javaText(json['requestParameters'] ?? null)
  const response = javaText(json['responseElements'] ?? null)
  const additional = javaText(json['additionalEventData'] ?? null)
  const service = javaText(json['serviceEventDetails'] ?? null)
  if (!(request.exact && response.exact && additional.exact && service.exact) && unusualNumber.test(text)) {
    const exact = withNumberTexts(text, inside)
    if (exact !== undefined) {
      return {
        request: javaText(exact['requestParameters'] ?? null).text,
        response: javaText(exact['responseElements'] ?? null).text,
        additional: javaText(exact['additionalEventData'] ?? null).text,
        service: javaText(exact['serviceEventDetails'] ?? null).text
      }
    }
  }
  return { request: request.text, response: response.text, additional: additional.text, service: service.text }
}

function withNumberTexts(text: string, inside: string | undefined): { readonly [key: string]: JavaValue } | undefined {
  const reviver = (_key: string, value: unknown, context: { readonly source?: string }) =>
    typeof value === 'number' && context.source !== undefined && context.source !== String(value)
      ? new NumberText(context.source)
      : value
  try {
    const whole = JSON.parse(text, reviver as (key: string, value: unknown) => unknown)
    return inside === undefined ? whole : whole[inside]
  } catch {
    // Nested too deep for this.
    return undefined
  }
}

function structure(text: string | undefined, value: JsonValue | undefined): JsonValue | undefined {
  return text === undefined || text.length >= structureTextMax ? undefined : present(value)
}
