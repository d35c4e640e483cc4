/** An ASFF finding to an ECS event, as Elastic's aws/securityhub_findings maps it. Called by `aws-security-hub.ts`. */

import { distinct, list, numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { renamed, single, timeOf, timeText } from '../aws/finding.ts'
import { ipOf, portOf } from '../aws/values.ts'
import { urlParts } from '../shared/url.ts'
import { names } from './names.ts'
import { fieldsOfResources } from './resources.ts'
import { threatOf, vulnerabilityOf } from './threats.ts'

export function findingEvent(json: JsonObject): Parsed {
  const timeUs = timeOf(json['UpdatedAt']) ?? timeOf(json['CreatedAt'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `UpdatedAt` or `CreatedAt`' }
  const action = object(json['Action'])
  const compliance = object(json['Compliance'])
  const status = text(compliance?.['Status'])
  const recommendation = object(object(json['Remediation'])?.['Recommendation'])
  const url = text(recommendation?.['Url'])
  const advice = text(recommendation?.['Text'])
  const network = object(json['Network'])
  const direction = text(network?.['Direction'])
  const process = object(json['Process'])
  const sourceUrl = urlParts(text(json['SourceUrl']) ?? '')
  const mac = macOf(text(network?.['SourceMac']))
  const sourceIps = distinct(ipOf(network?.['SourceIpV4']), ipOf(network?.['SourceIpV6']))
  const destinationIps = distinct(ipOf(network?.['DestinationIpV4']), ipOf(network?.['DestinationIpV6']))
  const resources = fieldsOfResources(json['Resources'])
  const threat = threatOf(json['ThreatIntelIndicators'])
  const title = text(json['Title'])

  return {
    ok: true,
    timeUs,
    kind: 'finding',
    event: {
      '@timestamp': isoMs(timeUs),
      message: title,
      event: {
        module: 'aws',
        dataset: 'aws.securityhub_findings',
        kind: 'state',
        category: ['configuration'],
        type: ['info'],
        id: text(json['Id']),
        action: text(action?.['ActionType'])?.toLowerCase(),
        severity: numberOf(object(json['Severity'])?.['Normalized']),
        outcome: status === 'PASSED' ? 'success' : status === 'FAILED' ? 'failure' : 'unknown',
        created: timeText(json['ProcessedAt'])
      },
      result: { evaluation: status === 'PASSED' ? 'passed' : status === 'FAILED' ? 'failed' : 'unknown' },
      rule: {
        id: text(json['GeneratorId']) ?? text(compliance?.['SecurityControlId']),
        name: title,
        description: text(json['Description']),
        reference: url,
        references: url,
        remediation: url === undefined || advice === undefined ? undefined : `${advice}\r\n${url}`,
        ruleset: distinct(...list(compliance?.['RelatedRequirements']).map(text))
      },
      source: network && {
        ip: single(sourceIps),
        port: portOf(network['SourcePort']),
        domain: text(network['SourceDomain']),
        mac
      },
      destination: network && {
        ip: single(destinationIps),
        port: portOf(network['DestinationPort']),
        domain: text(network['DestinationDomain'])
      },
      network: network && {
        direction: direction === 'IN' ? 'inbound' : direction === 'OUT' ? 'outbound' : undefined,
        protocol: text(network['Protocol'])?.toLowerCase()
      },
      process: process && {
        name: text(process['Name']),
        executable: text(process['Path']),
        pid: numberOf(process['Pid']),
        parent: { pid: numberOf(process['ParentPid']) },
        start: timeText(process['LaunchedAt']),
        end: timeText(process['TerminatedAt'])
      },
      url: sourceUrl === undefined ? undefined : { ...sourceUrl, full: sourceUrl.original },
      threat: threat?.threat,
      vulnerability: vulnerabilityOf(json['Vulnerabilities']),
      resource: resources.resource,
      user: resources.user,
      host: resources.host,
      orchestrator: resources.orchestrator,
      organization: { name: text(json['CompanyName']) },
      cloud: {
        provider: 'aws',
        account: { id: text(json['AwsAccountId']), name: text(json['AwsAccountName']) },
        region: text(json['Region']),
        availability_zone: resources.zone,
        instance: resources.instance,
        service: resources.service
      },
      observer: { vendor: 'AWS Security Hub' },
      related: {
        ip: distinct(...actionIps(action), ...(destinationIps ?? []), ...(sourceIps ?? [])),
        user: distinct(...resources.users),
        hash: threat === undefined ? undefined : distinct(...threat.hashes)
      },
      aws: { securityhub_findings: withMac(renamed(json, names), mac) }
    }
  }
}

/** ECS: capitals, with hyphens. */
function macOf(mac: string | undefined): string | undefined {
  return mac?.replaceAll(':', '-').replaceAll('.', '-').toUpperCase()
}

function withMac(finding: Record<string, unknown>, mac: string | undefined): Record<string, unknown> {
  const source = (finding['network'] as { source?: { mac?: string } } | undefined)?.source
  if (mac !== undefined && source !== undefined) source.mac = mac
  return finding
}

/** Remote addresses of API calls, connections and port probes, and the local ones of those. */
function actionIps(action: JsonObject | undefined): (string | undefined)[] {
  if (action === undefined) return []
  const ips: (string | undefined)[] = []
  for (const name of ['AwsApiCallAction', 'NetworkConnectionAction'])
    ips.push(ipOf(object(object(action[name])?.['RemoteIpDetails'])?.['IpAddressV4']))
  for (const item of list(object(action['PortProbeAction'])?.['PortProbeDetails']))
    for (const end of ['LocalIpDetails', 'RemoteIpDetails'])
      ips.push(ipOf(object(object(item)?.[end])?.['IpAddressV4']))
  return ips
}
