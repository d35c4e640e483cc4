/**
 * AWS WAF's logs, as JSON: one record a web request that a web ACL looked at. First stage of the pipeline: record → ECS event, as
 * Elastic's aws/waf maps it. What the mapping has no field for is kept below `aws.waf`.
 * https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
 */

import { distinct, list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { arnOf, ipOf, keepRest } from '../aws/values.ts'
import { present, put } from '../cloudtrail/leaves.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { description } from './description.ts'

/** Unix milliseconds of the year 9999's end: nothing later is a time. */
const millisecondsMax = 253_402_300_799_000
const headersMax = 256

function parse(_line: string, json: JsonObject): Parsed {
  const request = object(json['httpRequest'])
  if (request === undefined) return { ok: false, reason: 'no `httpRequest`: not a WAF record' }
  const timeUs = unixMs(json['timestamp'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `timestamp`' }

  const action = text(json['action'])
  const sourceAddress = text(request['clientIp'])
  const sourceIp = ipOf(sourceAddress)
  const arnText = text(json['webaclId'])
  const arn = arnOf(arnText)
  const protocol = text(request['httpVersion'])
  const slash = protocol === undefined ? -1 : protocol.indexOf('/')
  const network = slash > 0 ? protocol!.slice(0, slash).toLowerCase() : undefined
  const headers = headersOf(request['headers'])
  const agent = headers === undefined ? undefined : headerNamed(headers, 'user-agent')
  const country = word(request['country'])
  const asn = numberOf(json['clientAsn']) ?? numberOf(json['ClientASN'])
  const authority = word(request['host']) ?? (headers === undefined ? undefined : headerNamed(headers, 'host'))
  const url = authority === undefined ? undefined : urlParts(`//${authority}/`)

  const waf: Record<string, unknown> = {
    arn: arnText,
    id: arn?.resource,
    format_version: textOf(json['formatVersion']),
    source: { name: word(json['httpSourceName']), id: word(json['httpSourceId']) },
    captcha_response: challengeOf(object(json['captchaResponse'])),
    challenge_response: challengeOf(object(json['challengeResponse'])),
    request_body_size: numberOf(json['requestBodySize']),
    request_body_size_inspected_by_waf: numberOf(json['requestBodySizeInspectedByWAF']),
    response_code_sent: numberOf(json['responseCodeSent']),
    ja4_fingerprint: word(json['ja4Fingerprint']),
    labels: present(json['labels']),
    oversize_fields: present(json['oversizeFields']),
    terminating_rule_match_details: present(json['terminatingRuleMatchDetails']),
    rule_group_list: present(json['ruleGroupList']),
    rate_based_rule_list: present(json['rateBasedRuleList']),
    non_terminating_matching_rules: present(json['nonTerminatingMatchingRules']),
    request: { headers },
    request_headers_inserted: headersOf(json['requestHeadersInserted'])
  }
  keepRest(waf, json, known)
  const rest: Record<string, unknown> = {}
  keepRest(rest, request, knownRequest)
  waf['http_request'] = rest

  return {
    ok: true,
    timeUs,
    kind: 'web',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.waf',
        kind: action === 'ALLOW' ? 'event' : 'alert',
        category: ['web', 'network'],
        type: action === 'ALLOW' ? ['access', 'allowed'] : action === 'BLOCK' ? ['access', 'denied'] : ['access'],
        action
      },
      source: {
        address: sourceAddress,
        ip: sourceIp,
        geo: country === undefined ? undefined : { country_iso_code: country },
        as: asn === undefined ? undefined : { number: asn }
      },
      http: {
        request: {
          id: word(request['requestId']),
          method: word(request['httpMethod']),
          referrer: headers === undefined ? undefined : headerNamed(headers, 'referer')
        },
        version: slash > 0 ? protocol!.slice(slash + 1) : undefined
      },
      url: {
        scheme: word(request['scheme']),
        domain: url?.domain,
        port: url?.port,
        path: word(request['uri']),
        query: word(request['args']),
        fragment: word(request['fragment'])
      },
      user_agent: agent === undefined ? undefined : userAgent(agent),
      host: { domain: word(request['host']) },
      network: { protocol: network, transport: network === 'http' ? 'tcp' : undefined },
      tls: { client: { ja3: word(json['ja3Fingerprint']) } },
      rule: { id: word(json['terminatingRuleId']), ruleset: word(json['terminatingRuleType']) },
      related: { ip: distinct(sourceIp), hosts: distinct(url?.domain) },
      cloud: {
        provider: 'aws',
        service: { name: arn?.service },
        region: arn?.region,
        account: { id: arn?.account }
      },
      aws: { waf }
    }
  }
}

const known = new Set(
  (
    'timestamp action httpRequest webaclId formatVersion httpSourceName httpSourceId captchaResponse challengeResponse clientAsn ClientASN ' +
    'requestBodySize requestBodySizeInspectedByWAF responseCodeSent ja3Fingerprint ja4Fingerprint labels oversizeFields ' +
    'terminatingRuleId terminatingRuleType terminatingRuleMatchDetails ruleGroupList rateBasedRuleList ' +
    'nonTerminatingMatchingRules requestHeadersInserted'
  ).split(' ')
)
const knownRequest = new Set(
  'clientIp country headers uri args httpVersion httpMethod requestId fragment scheme host'.split(' ')
)

/** A text; undefined for `-`, which WAF writes where there is none. */
function word(value: JsonValue | undefined): string | undefined {
  const found = text(value)
  return found === '-' ? undefined : found
}

function unixMs(value: JsonValue | undefined): number | undefined {
  const ms = numberOf(value)
  return ms === undefined || ms <= 0 || ms > millisecondsMax ? undefined : Math.round(ms * 1000)
}

/** `[{"name", "value"}]` as an object by name; of headers that come twice the last one counts, as it does for Elastic. */
function headersOf(value: JsonValue | undefined): Record<string, string> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const headers: Record<string, string> = {}
  for (const item of list(value).slice(0, headersMax)) {
    const header = object(item)
    const name = text(header?.['name'])
    const held = word(header?.['value'])
    if (name !== undefined && held !== undefined) put(headers, name, held)
  }
  return headers
}

function headerNamed(headers: Record<string, string>, lower: string): string | undefined {
  for (const name in headers) if (name.length === lower.length && name.toLowerCase() === lower) return headers[name]
  return undefined
}

function challengeOf(response: JsonObject | undefined) {
  if (response === undefined) return undefined
  const solvedUs = unixMs(response['solveTimestamp'])
  return {
    response_code: numberOf(response['responseCode']),
    solve_timestamp: solvedUs === undefined ? undefined : isoMs(solvedUs),
    failure_reason: word(response['failureReason'])
  }
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (json['webaclId'] !== undefined && object(json['httpRequest']) !== undefined) own++
  }
  if (objects > 0) return own >= objects * 0.8 ? 0.95 : 0
  // A record longer than the sample: look for its keys.
  const start = sample.text
  return start.trimStart().startsWith('{"timestamp":') &&
    start.includes('"webaclId":"arn:') &&
    start.includes('"formatVersion"')
    ? 0.9
    : 0
}

export const awsWaf: Parser = {
  name: 'aws-waf',
  title: 'AWS WAF logs (JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
