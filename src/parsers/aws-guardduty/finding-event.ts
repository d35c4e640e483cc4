/** A GuardDuty finding to an ECS event, as Elastic's aws/guardduty maps it. Called by `aws-guardduty.ts`. */

import { distinct, list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { renamed, single, timeOf, timeText } from '../aws/finding.ts'
import { ipOf } from '../aws/values.ts'
import { partiesOf } from './action.ts'
import { names } from './names.ts'

export function findingEvent(json: JsonObject): Parsed {
  const timeUs = timeOf(json['updatedAt']) ?? timeOf(json['createdAt'])
  if (timeUs === undefined) return { ok: false, reason: 'no time in `updatedAt` or `createdAt`' }
  const service = object(json['service'])
  const resource = object(json['resource'])
  const action = object(service?.['action'])
  const parties = partiesOf(action)
  const dnsName = text(object(action?.['dnsRequestAction'])?.['domain'])
  const api = object(action?.['awsApiCallAction'])
  const apiDomain = text(object(api?.['domainDetails'])?.['domain'])
  const severity = numberOf(json['severity'])
  const type = text(json['type'])
  const slash = type === undefined ? -1 : type.indexOf('/')
  const colon = type === undefined ? -1 : type.indexOf(':')
  const account = text(json['accountId'])
  const instance = object(resource?.['instanceDetails'])
  const instanceId = text(instance?.['instanceId'])
  const instanceType = text(instance?.['instanceType'])
  const accessKey = object(resource?.['accessKeyDetails'])
  const kubernetes = object(resource?.['kubernetesDetails'])
  const kubernetesUser = object(kubernetes?.['kubernetesUserDetails'])
  const workload = object(kubernetes?.['kubernetesWorkloadDetails'])
  const databaseUser = text(object(resource?.['rdsDbUserDetails'])?.['user'])
  const runtime = object(service?.['runtimeDetails'])
  const process = object(runtime?.['process'])
  const context = object(runtime?.['context'])
  const files = filesOf(service)
  const containers = containersOf(resource)
  const userIds = distinct(text(accessKey?.['principalId']), text(kubernetesUser?.['uid']))
  const userNames = distinct(text(accessKey?.['userName']), text(kubernetesUser?.['username']), databaseUser)

  const guardduty = renamed(json, names)
  const severityOut = guardduty['severity']
  if (severity !== undefined && typeof severityOut === 'object')
    guardduty['severity'] = { code: severity, value: severityName(severity) }

  return {
    ok: true,
    timeUs,
    kind: 'finding',
    event: {
      '@timestamp': isoMs(timeUs),
      message: text(json['description']),
      event: {
        module: 'aws',
        dataset: 'aws.guardduty',
        kind: 'alert',
        category: ['intrusion_detection'],
        type: ['info'],
        id: text(json['id']),
        action: text(action?.['actionType']),
        provider: text(api?.['serviceName']),
        severity: severity === undefined ? undefined : Math.trunc(severity),
        created: timeText(json['createdAt']),
        start: timeText(service?.['eventFirstSeen']),
        end: timeText(service?.['eventLastSeen'])
      },
      rule: {
        name: type,
        category: colon > 0 ? type!.slice(0, colon) : undefined,
        ruleset: colon > 0 ? type!.slice(0, slash > colon ? slash : undefined) : undefined
      },
      source: parties.source,
      destination: parties.destination,
      dns: dnsName === undefined ? undefined : { question: { name: dnsName } },
      network: {
        direction: parties.direction,
        transport: parties.transport,
        iana_number: textOf(context?.['ianaProtocolNumber'])
      },
      user: {
        id: single(userIds),
        name: single(userNames),
        roles: kubernetesUser === undefined ? undefined : distinct(...list(kubernetesUser['groups']).map(text))
      },
      process: process && {
        executable: text(process['executablePath']),
        name: text(process['name']),
        pid: numberOf(process['pid']),
        start: timeText(process['startTime']),
        working_directory: text(process['pwd'])
      },
      file: files && {
        name: single(files.names),
        path: single(files.paths),
        hash: { sha256: single(files.hashes) }
      },
      threat: context && {
        indicator: { file: { path: text(context['threatFilePath']) } },
        software: { name: text(context['toolName']) }
      },
      container: containers,
      orchestrator: workload && {
        namespace: text(workload['namespace']),
        resource: { name: text(workload['name']), type: text(workload['type']) }
      },
      host: instance && { id: instanceId, type: instanceType, os: { platform: text(instance['platform']) } },
      cloud: {
        provider: text(json['partition']) ?? 'aws',
        account: { id: account },
        region: text(json['region']),
        service: { name: text(service?.['serviceName']) },
        instance: { id: instanceId },
        machine: { type: instanceType },
        availability_zone: text(instance?.['availabilityZone'])
      },
      related: {
        ip: distinct(...interfaceIps(instance?.['networkInterfaces']), ...parties.addresses),
        user: distinct(...(userIds ?? []), ...(userNames ?? []), ...ownersOf(resource)),
        hosts: distinct(apiDomain, dnsName),
        hash: distinct(...(files?.hashes ?? []), text(context?.['moduleSha256']), text(process?.['executableSha256']))
      },
      aws: { guardduty }
    }
  }
}

/** The names of the ranges: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html */
function severityName(severity: number): string | undefined {
  if (severity >= 9) return 'Critical'
  return severity >= 7 ? 'High' : severity >= 4 ? 'Medium' : severity >= 1 ? 'Low' : undefined
}

function interfaceIps(interfaces: JsonValue | undefined): (string | undefined)[] {
  const ips: (string | undefined)[] = []
  for (const item of list(interfaces)) {
    const one = object(item)
    if (one === undefined) continue
    ips.push(...list(one['ipv6Addresses']).map(ipOf), ipOf(one['privateIpAddress']))
    for (const address of list(one['privateIpAddresses'])) ips.push(ipOf(object(address)?.['privateIpAddress']))
    ips.push(ipOf(one['publicIp']))
  }
  return ips
}

function ownersOf(resource: JsonObject | undefined): (string | undefined)[] {
  return list(resource?.['s3BucketDetails']).map(item => text(object(object(item)?.['owner'])?.['id']))
}

/** The files in which a malware scan found threats. */
function filesOf(service: JsonObject | undefined) {
  const scan = object(service?.['ebsVolumeScanDetails'])
  const threats = object(object(scan?.['scanDetections'])?.['threatDetectedByName'])
  const files = list(threats?.['threatNames']).flatMap(item => list(object(item)?.['filePaths']))
  if (files.length === 0) return undefined
  const each = (key: string) => distinct(...files.map(item => text(object(item)?.[key])))
  return { names: each('fileName'), paths: each('filePath'), hashes: each('hash') }
}

/** The containers of an ECS task, or the one container that the finding is about. */
function containersOf(resource: JsonObject | undefined) {
  const one = object(resource?.['containerDetails'])
  const task = object(object(resource?.['ecsClusterDetails'])?.['taskDetails'])
  const found = list(task?.['containers']).map(item => object(item))
  if (found.length === 0 && one === undefined) return undefined
  const each = (key: string) => single(distinct(...(found.length > 0 ? found : [one]).map(item => text(item?.[key]))))
  const privileged = object(one?.['securityContext'])?.['privileged']
  return {
    id: each('id'),
    name: each('name'),
    runtime: each('containerRuntime'),
    security_context: { privileged: typeof privileged === 'boolean' ? privileged : undefined }
  }
}
