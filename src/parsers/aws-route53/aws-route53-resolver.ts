/**
 * Amazon Route 53 Resolver's query logs, as JSON. First stage of the pipeline: record → ECS event, as Elastic's
 * aws/route53_resolver_logs maps it. What the mapping has no field for is kept below `aws.route53`.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
 */

import { distinct, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { ipOf, ipTypeOf, keepRest, portOf } from '../aws/values.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import { resolver as description } from './description.ts'
import { addressOfReverseName } from './reverse-name.ts'

function parse(_line: string, json: JsonObject): Parsed {
  const stamp = text(json['query_timestamp'])
  const timeUs = stamp === undefined ? undefined : parseIso(stamp)
  if (timeUs === undefined) return { ok: false, reason: 'no time in `query_timestamp`' }
  const queryName = text(json['query_name'])
  if (queryName === undefined) return { ok: false, reason: 'no `query_name`' }

  const name = withoutDot(queryName)
  const reverse = name.endsWith('in-addr.arpa') || name.endsWith('ip6.arpa')
  const domain = reverse ? undefined : registeredDomain(name)
  const type = text(json['query_type'])
  const responseCode = text(json['rcode'])
  const transport = text(json['transport'])?.toLowerCase()
  const sourceAddress = text(json['srcaddr'])
  const sourceIp = ipOf(sourceAddress)
  const instance = text(object(json['srcids'])?.['instance'])
  const account = text(json['account_id'])
  const answers = answersOf(json['answers'])

  const route53: Record<string, unknown> = {
    firewall: {
      action: text(json['firewall_rule_action']),
      rule_group: { id: text(json['firewall_rule_group_id']) },
      domain_list: { id: text(json['firewall_domain_list_id']) }
    }
  }
  keepRest(route53, json, known)
  const srcids = object(json['srcids'])
  if (srcids !== undefined) {
    const rest: Record<string, unknown> = {}
    keepRest(rest, srcids, knownIds)
    route53['srcids'] = rest
  }

  return {
    ok: true,
    timeUs,
    kind: 'dns',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.route53_resolver_logs',
        kind: 'event',
        category: ['network'],
        type: ['protocol'],
        outcome: responseCode === 'NOERROR' ? 'success' : 'failure'
      },
      dns: {
        question: {
          name,
          class: text(json['query_class']),
          type,
          registered_domain: domain?.registered_domain,
          subdomain: domain?.subdomain,
          top_level_domain: domain?.top_level_domain
        },
        answers: answers?.list,
        response_code: responseCode
      },
      source:
        sourceAddress === undefined
          ? undefined
          : { address: sourceAddress, ip: sourceIp, port: portOf(json['srcport']) },
      network: {
        transport,
        protocol: 'dns',
        type: ipTypeOf(sourceIp),
        iana_number: transport === 'udp' ? '17' : transport === 'tcp' ? '6' : undefined
      },
      related: {
        ip: distinct(
          ...(answers?.addresses ?? []),
          sourceIp,
          type === 'PTR' && reverse ? addressOfReverseName(name) : undefined
        ),
        hosts: distinct(...(answers?.names ?? []), type === 'PTR' ? undefined : name)
      },
      cloud: {
        provider: 'aws',
        account: account === undefined ? undefined : { id: account },
        region: text(json['region']),
        instance: instance === undefined ? undefined : { id: instance }
      },
      aws: { vpc_id: text(json['vpc_id']), instance_id: instance, route53 }
    }
  }
}

const known = new Set(
  (
    'query_timestamp query_name query_type query_class rcode transport srcaddr srcport srcids account_id region vpc_id answers ' +
    'firewall_rule_action firewall_rule_group_id firewall_domain_list_id'
  ).split(' ')
)
const knownIds = new Set(['instance'])

function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
}

type Answers = {
  readonly list: readonly object[]
  readonly addresses: readonly string[]
  readonly names: readonly string[]
}

const answersMax = 256

/** `[{"Rdata", "Type", "Class"}]` */
function answersOf(value: JsonValue | undefined): Answers | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const found: object[] = []
  const addresses: string[] = []
  const names: string[] = []
  for (const item of value.slice(0, answersMax)) {
    const answer = object(item)
    if (answer === undefined) continue
    const type = text(answer['Type'])
    const raw = text(answer['Rdata'])
    const data = raw === undefined ? undefined : withoutDot(raw)
    found.push({ class: text(answer['Class']), type, data, name: type === 'CNAME' ? data : undefined })
    if (data === undefined) continue
    if ((type === 'A' || type === 'AAAA') && ipOf(data) !== undefined) addresses.push(data)
    else if (type === 'CNAME' || type === 'PTR') names.push(data)
  }
  return { list: found, addresses, names }
}

function recognise(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (
      text(json['query_timestamp']) !== undefined &&
      text(json['query_name']) !== undefined &&
      (json['vpc_id'] !== undefined || json['srcids'] !== undefined || json['account_id'] !== undefined)
    )
      own++
  }
  return objects > 0 && own >= objects * 0.8 ? 0.95 : 0
}

export const awsRoute53Resolver: Parser = {
  name: 'aws-route53-resolver',
  title: 'Amazon Route 53 Resolver query logs (JSON)',
  input: 'json',
  framing: 'json',
  recognise,
  open: () => parse,
  description
}
