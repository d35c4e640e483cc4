/**
 * Amazon API Gateway's access logs in JSON (REST, HTTP and WebSocket APIs). First stage of the pipeline: record → ECS event, with
 * Elastic's `aws.apigateway.*` beside ECS fields. People choose the fields of these logs: what is known is read, everything is kept.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */

import { distinct, numberOf, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseClf } from '../../core/time.ts'
import { timeOf } from '../aws/finding.ts'
import { ipOf } from '../aws/values.ts'
import { present, put } from '../cloudtrail/leaves.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { description } from './description.ts'

function parse(_line: string, json: JsonObject): Parsed {
  const requestId = word(json['requestId']) ?? word(json['extendedRequestId'])
  if (requestId === undefined) return { ok: false, reason: 'no `requestId`' }
  const stamp = word(json['requestTime'])
  const epoch = numberOf(json['requestTimeEpoch'])
  const timeUs =
    (stamp === undefined ? undefined : (parseClf(stamp, 0, true) ?? timeOf(stamp))) ??
    (epoch === undefined ? undefined : timeOf(epoch > 100_000_000_000 ? epoch / 1000 : epoch))
  const status = numberOf(json['status'])
  const address = word(json['ip'])
  const ip = ipOf(address)
  const protocol = word(json['protocol'])
  const path = word(json['path']) ?? word(json['resourcePath'])
  const routeKey = word(json['routeKey'])
  const domain = word(json['domainName'])
  const agent = word(json['userAgent'])
  const user = word(json['user']) ?? word(json['caller'])
  const action = word(json['eventType'])
  const isWebSocket = action !== undefined || json['connectionId'] !== undefined
  const length = countOf(json['responseLength'])
  const latencyMs = numberOf(json['responseLatency'])

  const gateway: Record<string, unknown> = {}
  for (const key in json) {
    const value = word(json[key])
    if (value !== undefined) put(gateway, names.get(key) ?? key, value)
    else if (typeof json[key] === 'object') put(gateway, key, present(json[key]))
  }
  if (status !== undefined) gateway['status'] = status
  if (length !== undefined) gateway['response_length'] = length
  if (timeUs !== undefined && stamp !== undefined) gateway['request_time'] = isoMs(timeUs)

  return {
    ok: true,
    timeUs,
    kind: isWebSocket ? 'websocket' : 'http',
    event: {
      '@timestamp': timeUs === undefined ? undefined : isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.apigateway_logs',
        kind: 'event',
        category: ['web'],
        type: ['access'],
        id: requestId,
        action,
        duration: latencyMs === undefined || latencyMs < 0 ? undefined : Math.round(latencyMs * 1_000_000),
        outcome: status === undefined || status === 0 ? undefined : status < 400 ? 'success' : 'failure'
      },
      source: address === undefined ? undefined : { address, ip },
      http: {
        request: { id: requestId, method: word(json['httpMethod']) ?? methodOf(routeKey) },
        response: { status_code: status, body: { bytes: length } },
        version: protocol?.startsWith('HTTP/') ? protocol.slice(5) : undefined
      },
      url: path === undefined && domain === undefined ? undefined : { ...urlParts(path ?? ''), domain },
      user: user === undefined ? undefined : { name: user },
      user_agent: agent === undefined ? undefined : userAgent(agent),
      related: { ip: distinct(ip), user: distinct(user), hosts: distinct(domain) },
      cloud: { provider: 'aws', account: { id: word(json['accountId']) } },
      aws: { apigateway: gateway }
    }
  }
}

/** Elastic's names for the fields that its own dashboards use; the others keep theirs. */
const names = new Map([
  ['requestId', 'request_id'],
  ['responseLength', 'response_length'],
  ['requestTime', 'request_time'],
  ['httpMethod', 'http_method'],
  ['routeKey', 'route_key'],
  ['ip', 'ip_address'],
  ['resourcePath', 'resource_path'],
  ['connectionId', 'connection_id'],
  ['eventType', 'event_type'],
  ['apiId', 'api_id'],
  ['domainName', 'domain_name']
])

/** A value that is there: `-` stands for a variable without one. */
function word(value: JsonValue | undefined): string | undefined {
  const found = textOf(value)
  return found === '-' ? undefined : found
}

function countOf(value: JsonValue | undefined): number | undefined {
  const count = numberOf(value)
  return count !== undefined && count >= 0 ? count : undefined
}

/** `GET` of `GET /pets/{id}`; `$default` and `$connect` have none. */
function methodOf(routeKey: string | undefined): string | undefined {
  const blank = routeKey === undefined ? -1 : routeKey.indexOf(' ')
  return blank > 0 && routeKey !== undefined && !routeKey.startsWith('$') ? routeKey.slice(0, blank) : undefined
}

/** The variables' values under the names that AWS proposes: an id, an address, and two more that only this log has together. */
function isTelling(json: JsonObject): boolean {
  if (text(json['requestId']) === undefined) return false
  let telling = 0
  for (const key of [
    'routeKey',
    'resourcePath',
    'requestTime',
    'responseLength',
    'connectionId',
    'extendedRequestId',
    'apiId'
  ])
    if (json[key] !== undefined) telling++
  return telling >= 2 && (json['ip'] !== undefined || json['eventType'] !== undefined || json['apiId'] !== undefined)
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (isTelling(json)) own++
  }
  return objects > 0 && own >= objects * 0.8 ? 0.9 : 0
}

export const awsApiGateway: Parser = {
  name: 'aws-api-gateway',
  title: 'Amazon API Gateway access logs (JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
