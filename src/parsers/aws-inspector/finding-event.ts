/** An Inspector finding to an ECS event, as Elastic's aws/inspector maps it. Called by `aws-inspector.ts`. */

import { distinct, list, numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { renamed, single, timeOf, timeText } from '../aws/finding.ts'
import { ipOf } from '../aws/values.ts'
import { type UrlParts, urlParts } from '../shared/url.ts'
import { names } from './names.ts'

export function findingEvent(json: JsonObject): Parsed {
  const timeUs = timeOf(json['updatedAt']) ?? timeOf(json['lastObservedAt'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `updatedAt` or `lastObservedAt`' }
  const stamp = isoMs(timeUs)
  const details = object(json['packageVulnerabilityDetails'])
  const id = text(details?.['vulnerabilityId'])
  const isPackage = json['type'] === 'PACKAGE_VULNERABILITY'
  const isCve = isPackage && id?.startsWith('CVE')
  const cvss = object(object(json['inspectorScoreDetails'])?.['adjustedCvss'])
  const packages = list(details?.['vulnerablePackages']).map(item => object(item))
  const ofPackages = (key: string) => single(distinct(...packages.map(item => text(item?.[key]))))
  const resources = resourcesOf(json['resources'])
  const recommendation = object(object(json['remediation'])?.['recommendation'])
  const findingText = text(json['description'])
  const title = text(json['title'])

  const inspector = renamed(json, names)
  addUrl(inspector, ['package_vulnerability_details', 'source'], urlParts(text(details?.['sourceUrl']) ?? ''))
  addUrl(inspector, ['remediation', 'recommendation'], urlParts(text(recommendation?.['Url']) ?? ''))

  const name = ofPackages('name')
  const version = ofPackages('version')
  // Elastic's dashboards of vulnerabilities join by these two.
  const unique = [id, resources.id, name, version]
    .map(part => (Array.isArray(part) ? part.join(',') : (part ?? '')))
    .join('|')
  inspector['package_nested'] = (inspector['package_vulnerability_details'] as Details | undefined)?.vulnerable_packages
  if (isPackage) inspector['transform_unique_id'] = unique
  return {
    ok: true,
    timeUs,
    kind: 'finding',
    event: {
      '@timestamp': stamp,
      message: findingText,
      event: {
        module: 'aws',
        dataset: 'aws.inspector',
        kind: 'event',
        category: ['vulnerability'],
        type: ['info'],
        id: isPackage ? `${unique}|${stamp}` : text(json['findingArn'])
      },
      vulnerability: {
        id,
        cve: isCve ? id : undefined,
        enumeration: isCve ? 'CVE' : undefined,
        title,
        description: findingText,
        severity: severities.get(text(json['severity'])?.toLowerCase() ?? ''),
        reference: single(distinct(...list(details?.['referenceUrls']).map(text))),
        published_date: timeText(details?.['vendorCreatedAt']),
        classification: isPackage && cvss?.['score'] !== undefined ? 'CVSS' : undefined,
        scanner: { vendor: 'Amazon Inspector' },
        score: { base: numberOf(cvss?.['score']), version: text(cvss?.['version']) }
      },
      package: {
        name,
        version,
        architecture: ofPackages('arch'),
        path: ofPackages('filePath'),
        fixed_version: ofPackages('fixedInVersion')
      },
      resource: { id: resources.id, name: resources.name, type: resources.type },
      host: resources.host,
      network: { transport: text(object(json['networkReachabilityDetails'])?.['protocol'])?.toLowerCase() },
      cloud: {
        provider: 'aws',
        account: { id: text(json['awsAccountId']) },
        region: resources.region,
        instance: { id: resources.host.id },
        machine: { type: resources.host.type }
      },
      observer: { vendor: 'Amazon Inspector' },
      related: {
        ip: distinct(...resources.ips),
        hash: distinct(...packages.map(item => text(item?.['sourceLayerHash'])), ...resources.hashes)
      },
      aws: { inspector }
    }
  }
}

type Details = { readonly vulnerable_packages?: unknown }

const severities = new Map([
  ['untriaged', 'Unknown'],
  ['informational', 'Low'],
  ['low', 'Low'],
  ['medium', 'Medium'],
  ['high', 'High'],
  ['critical', 'Critical']
])

/** The parts of an address, beside the whole. */
function addUrl(
  inspector: Record<string, unknown>,
  path: readonly [string, string],
  parts: UrlParts | undefined
): void {
  const place = (inspector[path[0]] as Record<string, Record<string, unknown>> | undefined)?.[path[1]]
  if (parts !== undefined && place !== undefined && typeof place === 'object') place['url'] = parts
}

const resourcesMax = 64

function resourcesOf(value: JsonValue | undefined) {
  const all = list(value)
    .slice(0, resourcesMax)
    .map(item => object(item))
    .filter(item => item !== undefined)
  const machines = all.filter(one => one['type'] === 'AWS_EC2_INSTANCE')
  const detailsOf = (one: JsonObject, kind: string) => object(object(one['details'])?.[kind])
  const ofMachines = (key: string) =>
    single(distinct(...machines.map(one => text(detailsOf(one, 'awsEc2Instance')?.[key]))))
  const each = (from: readonly JsonObject[], key: string) => single(distinct(...from.map(one => text(one[key]))))
  const nameOf = (one: JsonObject) => text(object(one['tags'])?.['Name'])
  const ips = machines.flatMap(one => {
    const instance = detailsOf(one, 'awsEc2Instance')
    return [...list(instance?.['ipV4Addresses']), ...list(instance?.['ipV6Addresses'])].map(ipOf)
  })
  const platform = ofMachines('platform')
  const system = typeof platform === 'string' ? platform.toLowerCase() : ''
  return {
    id: each(all, 'id'),
    name: single(distinct(...all.map(nameOf))),
    type: each(all, 'type'),
    region: each(all, 'region'),
    host: {
      id: each(machines, 'id'),
      name: single(distinct(...machines.map(nameOf))),
      type: ofMachines('type'),
      ip: distinct(...ips),
      os: {
        platform,
        type: ['windows', 'linux', 'macos'].find(one => system.includes(one))
      }
    },
    ips,
    hashes: all.flatMap(one => [
      text(detailsOf(one, 'awsEcrContainerImage')?.['imageHash']),
      text(detailsOf(one, 'awsLambdaFunction')?.['codeSha256'])
    ])
  }
}
