/**
 * Amazon Route 53's query logs of public hosted zones, line by line. First stage of the pipeline: line → ECS event, as Elastic's
 * aws/route53_public_logs maps it.
 *   version time hosted-zone-id query-name query-type response-code protocol edge-location resolver-ip edns-client-subnet
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
 */

import type { Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { present, splitFields } from '../aws/fields.ts'
import { ipOf, ipTypeOf } from '../aws/values.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import { queries as description } from './description.ts'

const lineMax = 4096
const fieldsMax = 24
const named = 10

/** The fields of the line at hand. One for all: parsing is synchronous, and nothing keeps it. */
const fields: string[] = new Array(fieldsMax).fill('')

function parseLine(line: string): Parsed {
  if (line.length > lineMax) return { ok: false, reason: `a line of ${line.length} characters` }
  const count = splitFields(line, fields, fieldsMax)
  if (count < named) return { ok: false, reason: `${Math.max(count, 0)} fields where a query log has ${named}` }
  const timeUs = parseIso(fields[1]!)
  if (timeUs === undefined || !isVersion(fields[0]!))
    return { ok: false, reason: 'no version and time at the beginning' }
  const sourceAddress = present(fields[8])
  const sourceIp = ipOf(sourceAddress)
  if (sourceAddress !== undefined && sourceIp === undefined)
    return { ok: false, reason: `no address in the place of the resolver's: "${sourceAddress.slice(0, 40)}"` }
  const name = fields[3]!
  const domain = registeredDomain(name)
  const responseCode = present(fields[5])
  const transport = present(fields[6])?.toLowerCase()
  return {
    ok: true,
    timeUs,
    kind: 'dns',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.route53_public_logs',
        kind: 'event',
        category: ['network'],
        type: ['protocol'],
        outcome: responseCode === undefined ? 'unknown' : responseCode === 'NOERROR' ? 'success' : 'failure'
      },
      dns: {
        question: {
          name,
          type: present(fields[4]),
          registered_domain: domain.registered_domain,
          subdomain: domain.subdomain,
          top_level_domain: domain.top_level_domain
        },
        response_code: responseCode
      },
      source: sourceIp === undefined ? undefined : { address: sourceIp, ip: sourceIp },
      network: {
        transport,
        protocol: 'dns',
        type: ipTypeOf(sourceIp),
        iana_number: transport === 'udp' ? '17' : transport === 'tcp' ? '6' : undefined
      },
      related: { ip: sourceIp === undefined ? undefined : [sourceIp], hosts: [name] },
      cloud: { provider: 'aws' },
      aws: {
        route53: {
          hosted_zone_id: present(fields[2]),
          edge_location: present(fields[7]),
          edns_client_subnet: present(fields[9]),
          version: fields[0],
          further_fields: count > named ? fields.slice(named, count) : undefined
        }
      }
    }
  }
}

/** `1.0` */
function isVersion(field: string): boolean {
  const dot = field.indexOf('.')
  return dot > 0 && dot < 3 && field.length <= dot + 3 && !Number.isNaN(Number(field))
}

/** A zone's id (`Z` and capitals or digits) and an edge location (an airport's three letters and a number) tell the format. */
function isTelling(line: string): boolean {
  if (!parseLine(line).ok) return false
  const zone = fields[2]!
  const edge = fields[7]!
  return (
    zone.charCodeAt(0) === 90 &&
    zone.length >= 8 &&
    edge.length >= 4 &&
    edge.charCodeAt(0) >= 65 &&
    edge.charCodeAt(0) <= 90
  )
}

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  const good = lines.filter(isTelling).length
  return good > 0 && good >= lines.length * 0.8 ? 0.95 : 0
}

export const awsRoute53Queries: Parser = {
  name: 'aws-route53-queries',
  title: 'Amazon Route 53 query logs of public hosted zones',
  input: 'text',
  framing: 'lines',
  recognise,
  surest: 0.95,
  open: () => parseLine,
  description
}
