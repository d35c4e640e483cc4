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
import { freeFormTexts, structure } from './free-form.ts'
import { keep, present, put, scalar } from './leaves.ts'
import { userIdentity } from './user-identity.ts'

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
  const texts = freeFormTexts(text, json, inside)

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
