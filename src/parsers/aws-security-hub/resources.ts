/**
 * What the resources of an ASFF finding say of users, hosts, clusters and the cloud, as Elastic takes it out of them. One value each
 * where the finding is about one resource (nearly all are), lists where it is about several. Called by `finding-event.ts`.
 */

import { list, object, text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { ipOf } from '../aws/values.ts'

const resourcesMax = 64

type Found = {
  readonly types: string[]
  readonly ids: string[]
  readonly names: string[]
  readonly userNames: string[]
  readonly userIds: string[]
  readonly hostIds: string[]
  readonly hostNames: string[]
  readonly hostIps: string[]
  readonly clusterIds: string[]
  readonly clusterNames: string[]
  readonly clusterVersions: string[]
  readonly clusterUrls: string[]
  readonly orchestratorTypes: string[]
  readonly orchestratorIds: string[]
  readonly orchestratorNames: string[]
  readonly orchestratorResourceTypes: string[]
  readonly instanceIds: string[]
  readonly instanceNames: string[]
  readonly services: string[]
  readonly zones: string[]
}

export function fieldsOfResources(resources: JsonValue | undefined) {
  const all = list(resources)
    .slice(0, resourcesMax)
    .map(item => object(item))
  const found: Found = {
    types: [],
    ids: [],
    names: [],
    userNames: [],
    userIds: [],
    hostIds: [],
    hostNames: [],
    hostIps: [],
    clusterIds: [],
    clusterNames: [],
    clusterVersions: [],
    clusterUrls: [],
    orchestratorTypes: [],
    orchestratorIds: [],
    orchestratorNames: [],
    orchestratorResourceTypes: [],
    instanceIds: [],
    instanceNames: [],
    services: [],
    zones: []
  }
  for (const resource of all) if (resource !== undefined) addResource(found, resource)
  // One resource may have several zones: the last one counts, as it does for Elastic.
  const some = (values: string[]) => (values.length === 0 ? undefined : all.length === 1 ? values.at(-1) : values)
  return {
    resource: { type: some(found.types), id: some(found.ids), name: some(found.names) },
    user: { name: some(found.userNames), id: some(found.userIds) },
    host: { id: some(found.hostIds), name: some(found.hostNames), ip: found.hostIps },
    orchestrator: {
      type: some(found.orchestratorTypes),
      cluster: {
        id: some(found.clusterIds),
        name: some(found.clusterNames),
        version: some(found.clusterVersions),
        url: some(found.clusterUrls)
      },
      resource: {
        id: some(found.orchestratorIds),
        name: some(found.orchestratorNames),
        type: some(found.orchestratorResourceTypes)
      }
    },
    instance: { id: some(found.instanceIds), name: some(found.instanceNames) },
    service: { name: some(found.services) },
    zone: some(found.zones),
    users: [...found.userNames, ...found.userIds],
    ips: found.hostIps
  }
}

function add(values: string[], value: JsonValue | undefined): void {
  const found = text(value)
  if (found !== undefined) values.push(found)
}

function addResource(found: Found, resource: JsonObject): void {
  const type = text(resource['Type'])
  const id = text(resource['Id'])
  if (type === undefined || id === undefined) return
  const details = object(resource['Details'])
  const own = Object.hasOwn(details ?? {}, type) ? object(details?.[type]) : undefined
  const tokens = id.split(':', 32)
  const name = text(own?.['Name']) ?? id.slice(id.lastIndexOf(':') + 1)
  found.types.push(type)
  found.ids.push(id)
  add(found.names, name)
  if (tokens.length > 2) add(found.services, tokens[2])

  switch (type) {
    case 'AwsIamUser':
      add(found.userNames, own?.['UserName'])
      add(found.userIds, own?.['UserId'])
      break
    case 'AwsIamAccessKey':
      add(found.userNames, own?.['UserName'])
      break
    case 'AwsS3Bucket':
      add(found.userNames, own?.['OwnerName'])
      add(found.userIds, own?.['OwnerId'])
      break
    case 'AwsEc2Instance':
      found.hostIds.push(id)
      found.instanceIds.push(id)
      add(found.instanceNames, name)
      for (const ip of [...list(own?.['IpV4Addresses']), ...list(own?.['IpV6Addresses'])]) add(found.hostIps, ipOf(ip))
      break
    case 'AwsEcsContainer':
      add(found.hostNames, own?.['Name'])
      break
    case 'AwsEcsTask':
    case 'AwsEcsCluster': {
      const cluster = object(details?.['AwsEcsCluster'])
      add(found.clusterIds, cluster?.['ClusterArn'])
      if (type === 'AwsEcsCluster') add(found.clusterNames, cluster?.['ClusterName'])
      break
    }
    case 'AwsEksCluster':
      add(found.clusterIds, own?.['Arn'])
      add(found.clusterNames, own?.['Name'])
      add(found.clusterVersions, own?.['Version'])
      add(found.clusterUrls, own?.['Endpoint'])
      break
  }
  if (type.startsWith('AwsEks') || type.startsWith('AwsEcs')) {
    found.orchestratorTypes.push(type.startsWith('AwsEks') ? 'kubernetes' : 'ecs')
    found.orchestratorIds.push(id)
    add(found.orchestratorNames, name)
    found.orchestratorResourceTypes.push(type)
  }
  add(found.zones, own?.['AvailabilityZone'])
  for (const zone of list(own?.['AvailabilityZones'])) {
    const details = object(zone)
    add(found.zones, details === undefined ? zone : (details['ZoneName'] ?? details['Value']))
  }
  add(found.zones, object(object(own?.['LaunchTemplateData'])?.['Placement'])?.['AvailabilityZone'])
}
