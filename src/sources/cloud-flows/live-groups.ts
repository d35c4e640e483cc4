/**
 * The security groups that are there now, and who is in them, asked of EC2: what `describe-security-groups` and
 * `describe-network-interfaces` print, for one interface, instance or group with the groups that their rules name, or for all.
 */

import type { EC2Client, Filter, NetworkInterface, SecurityGroup } from '@aws-sdk/client-ec2'
import { PicketError } from '../../core/errors.ts'
import { clientOptions } from '../../platform/aws/client-options.ts'
import type { AwsSettings } from '../../platform/aws/settings.ts'
import { asked } from './waiting.ts'

export type LiveAsked = {
  readonly interface: readonly string[]
  readonly instance: readonly string[]
  readonly group: string | undefined
}

export type LiveGroups = {
  readonly SecurityGroups: readonly SecurityGroup[]
  readonly NetworkInterfaces: readonly NetworkInterface[]
}

const thingsMax = 50_000
/** Values of one filter. */
const filterMax = 200

/** Throws `aws`, `no-members`. */
export async function liveGroups(aws: AwsSettings, target: LiveAsked): Promise<LiveGroups> {
  const { EC2Client } = await import('@aws-sdk/client-ec2')
  const client = new EC2Client(clientOptions(aws))
  try {
    const named = target.interface.length + target.instance.length > 0
    if (!named && target.group === undefined)
      return { SecurityGroups: await groups(client, undefined), NetworkInterfaces: await interfaces(client, []) }
    const own: NetworkInterface[] = []
    if (target.interface.length > 0)
      own.push(...(await interfaces(client, filters('network-interface-id', target.interface))))
    if (target.instance.length > 0)
      own.push(...(await interfaces(client, filters('attachment.instance-id', target.instance))))
    if (named && own.length === 0)
      throw new PicketError(
        'no-members',
        `EC2 knows no network interface of ${[...target.interface, ...target.instance].join(', ')} in this region`
      )
    const wanted =
      target.group !== undefined
        ? [target.group]
        : [...new Set(own.flatMap(({ Groups = [] }) => Groups.flatMap(({ GroupId }) => GroupId ?? [])))]
    const SecurityGroups = await groups(client, wanted)
    const referred = SecurityGroups.flatMap(({ IpPermissions = [] }) =>
      IpPermissions.flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs.flatMap(({ GroupId }) => GroupId ?? []))
    )
    const members = await interfaces(client, filters('group-id', [...new Set([...referred, ...wanted])]))
    const known = new Set(members.map(({ NetworkInterfaceId }) => NetworkInterfaceId))
    return {
      SecurityGroups,
      NetworkInterfaces: [...members, ...own.filter(({ NetworkInterfaceId }) => !known.has(NetworkInterfaceId))]
    }
  } finally {
    client.destroy()
  }
}

/** Several, where there are more values than one may hold. */
function filters(Name: string, values: readonly string[]): readonly Filter[] {
  const found: Filter[] = []
  for (let at = 0; at < values.length; at += filterMax) found.push({ Name, Values: values.slice(at, at + filterMax) })
  return found
}

async function groups(client: EC2Client, ids: readonly string[] | undefined): Promise<SecurityGroup[]> {
  const { DescribeSecurityGroupsCommand } = await import('@aws-sdk/client-ec2')
  const found: SecurityGroup[] = []
  const parts = ids === undefined ? [undefined] : filters('group-id', ids)
  for (const filter of parts) {
    let NextToken: string | undefined
    do {
      const answer = await asked('describe the security groups', () =>
        client.send(
          new DescribeSecurityGroupsCommand({
            ...(filter === undefined ? {} : { Filters: [filter] }),
            MaxResults: 1000,
            NextToken
          })
        )
      )
      found.push(...(answer.SecurityGroups ?? []))
      NextToken = bounded(found.length, answer.NextToken)
    } while (NextToken !== undefined)
  }
  const missing = ids?.filter(id => !found.some(({ GroupId }) => GroupId === id)) ?? []
  if (missing.length > 0)
    throw new PicketError('no-members', `EC2 knows no security group ${missing.join(', ')} in this region`)
  return found
}

async function interfaces(client: EC2Client, parts: readonly Filter[]): Promise<NetworkInterface[]> {
  const { DescribeNetworkInterfacesCommand } = await import('@aws-sdk/client-ec2')
  const found: NetworkInterface[] = []
  for (const filter of parts.length === 0 ? [undefined] : parts) {
    let NextToken: string | undefined
    do {
      const answer = await asked('describe the network interfaces', () =>
        client.send(
          new DescribeNetworkInterfacesCommand({
            ...(filter === undefined ? {} : { Filters: [filter] }),
            MaxResults: 1000,
            NextToken
          })
        )
      )
      found.push(...(answer.NetworkInterfaces ?? []))
      NextToken = bounded(found.length, answer.NextToken)
    } while (NextToken !== undefined)
  }
  return found
}

function bounded(count: number, token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined
  if (count >= thingsMax)
    throw new PicketError('aws', `there are more than ${thingsMax} of them: name an interface, an instance or a group`)
  return token
}
