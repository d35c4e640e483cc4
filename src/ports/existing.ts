/**
 * The inbound rules that are there, and who belongs to which group: from what `aws ec2 describe-security-groups`,
 * `describe-network-interfaces` and `describe-instances` print, and from Terraform's state (the file, version 4, or
 * `terraform show -json`). Outbound rules are left out. Any JSON may come: what is none of these adds nothing.
 */

import { readCidr } from './cidr.ts'
import { protocolNumber } from './flow.ts'
import { type JsonObject, list, number, object, text } from './json.ts'
import type { Rule } from './rule.ts'

export type ExistingRule = {
  readonly group: string
  readonly rule: Rule
}

/** A rule whose source is no network: another group, a prefix list. */
export type ReferringRule = { readonly group: string; readonly rule: Omit<Rule, 'source'>; readonly refers: string }

export type Existing = {
  readonly groups: Map<string, { name: string | undefined }>
  readonly rules: ExistingRule[]
  readonly referring: ReferringRule[]
  /** Addresses and interfaces by the group that they are in. */
  readonly members: Map<string, { addresses: Set<string>; interfaces: Set<string> }>
  /** Addresses by interface and instance. */
  readonly addresses: Map<string, Set<string>>
}

export function noneExisting(): Existing {
  return { groups: new Map(), rules: [], referring: [], members: new Map(), addresses: new Map() }
}

/** Adds what a document holds; false if it holds nothing of the kind. */
export function readExisting(json: unknown, into: Existing): boolean {
  const root = object(json)
  if (root === undefined) return false
  const before = size(into)
  for (const group of list(root['SecurityGroups'])) readGroup(group, into)
  for (const one of list(root['NetworkInterfaces'])) readInterface(one, into)
  for (const reservation of list(root['Reservations']))
    for (const instance of list(reservation['Instances']))
      for (const one of list(instance['NetworkInterfaces'])) readInterface(one, into, text(instance['InstanceId']))
  for (const resource of list(root['resources']))
    if (resource['mode'] !== 'data')
      for (const instance of list(resource['instances']))
        readResource(text(resource['type']), object(instance['attributes']), into)
  readModule(object(object(root['values'])?.['root_module']), into, 0)
  const known = ['SecurityGroups', 'NetworkInterfaces', 'Reservations', 'resources', 'values'].some(key => key in root)
  return known || size(into) > before
}

function size(existing: Existing): number {
  return existing.groups.size + existing.rules.length + existing.members.size
}

function readModule(module: JsonObject | undefined, into: Existing, depth: number): void {
  if (module === undefined || depth > 64) return
  for (const resource of list(module['resources']))
    readResource(text(resource['type']), object(resource['values']), into)
  for (const child of list(module['child_modules'])) readModule(child, into, depth + 1)
}

function readGroup(group: JsonObject, into: Existing): void {
  const id = text(group['GroupId'])
  if (id === undefined) return
  into.groups.set(id, { name: text(group['GroupName']) })
  for (const permission of list(group['IpPermissions'])) {
    const sources = [
      ...list(permission['IpRanges']).map(range => text(range['CidrIp'])),
      ...list(permission['Ipv6Ranges']).map(range => text(range['CidrIpv6']))
    ]
    const refers = [
      ...list(permission['UserIdGroupPairs']).map(pair => text(pair['GroupId'])),
      ...list(permission['PrefixListIds']).map(prefix => text(prefix['PrefixListId']))
    ]
    add(into, id, text(permission['IpProtocol']), permission['FromPort'], permission['ToPort'], sources, refers)
  }
}

function readInterface(
  one: JsonObject,
  into: Existing,
  instance = text(object(one['Attachment'])?.['InstanceId'])
): void {
  const id = text(one['NetworkInterfaceId'])
  const addresses = [
    text(one['PrivateIpAddress']),
    ...list(one['PrivateIpAddresses']).map(address => text(address['PrivateIpAddress'])),
    ...list(one['Ipv6Addresses']).map(address => text(address['Ipv6Address']))
  ]
  const groups = list(one['Groups']).map(group => text(group['GroupId']))
  addMember(into, id, instance, addresses, groups)
}

function readResource(type: string | undefined, values: JsonObject | undefined, into: Existing): void {
  if (values === undefined) return
  const texts = (key: string): string[] =>
    Array.isArray(values[key]) ? values[key].filter(value => typeof value === 'string') : []
  const id = text(values['id'])
  if (type === 'aws_security_group' && id !== undefined) {
    into.groups.set(id, { name: text(values['name']) })
    for (const rule of list(values['ingress'])) readIngress(id, rule, into)
  } else if (type === 'aws_security_group_rule' && values['type'] === 'ingress') {
    const group = text(values['security_group_id'])
    if (group !== undefined) readIngress(group, values, into)
  } else if (type === 'aws_vpc_security_group_ingress_rule') {
    const group = text(values['security_group_id'])
    const sources = [text(values['cidr_ipv4']), text(values['cidr_ipv6'])]
    const refers = [text(values['referenced_security_group_id']), text(values['prefix_list_id'])]
    if (group !== undefined)
      add(into, group, text(values['ip_protocol']), values['from_port'], values['to_port'], sources, refers)
  } else if (type === 'aws_instance') {
    const addresses = [text(values['private_ip']), ...texts('secondary_private_ips'), ...texts('ipv6_addresses')]
    addMember(into, text(values['primary_network_interface_id']), id, addresses, texts('vpc_security_group_ids'))
  } else if (type === 'aws_network_interface') {
    const addresses = [text(values['private_ip']), ...texts('private_ips'), ...texts('ipv6_addresses')]
    addMember(into, id, undefined, addresses, texts('security_groups'))
  }
}

function readIngress(group: string, rule: JsonObject, into: Existing): void {
  const texts = (key: string): string[] =>
    Array.isArray(rule[key]) ? rule[key].filter(value => typeof value === 'string') : []
  const refers = [
    ...texts('security_groups'),
    text(rule['source_security_group_id']),
    ...texts('prefix_list_ids'),
    rule['self'] === true ? group : undefined
  ]
  const sources = [...texts('cidr_blocks'), ...texts('ipv6_cidr_blocks')]
  add(into, group, text(rule['protocol']), rule['from_port'], rule['to_port'], sources, refers)
}

function add(
  into: Existing,
  group: string,
  protocolText: string | undefined,
  fromPort: unknown,
  toPort: unknown,
  sources: readonly (string | undefined)[],
  refers: readonly (string | undefined)[]
): void {
  if (!into.groups.has(group)) into.groups.set(group, { name: undefined })
  const protocol = protocolText === '-1' || protocolText === 'all' ? -1 : protocolNumber(protocolText ?? '')
  if (protocol === undefined) return
  const from = number(fromPort)
  const to = number(toPort)
  // For ICMP the two are type and code, and -1 is all of them.
  const ported = protocol === 6 || protocol === 17
  const ports =
    ported && from !== undefined && to !== undefined && from >= 0 && to >= from
      ? { from, to: Math.min(to, 65_535) }
      : undefined
  for (const source of sources) {
    const cidr = source === undefined ? undefined : readCidr(source)
    if (cidr !== undefined) into.rules.push({ group, rule: { protocol, ports, source: cidr } })
  }
  for (const other of refers)
    if (other !== undefined && other !== '') into.referring.push({ group, rule: { protocol, ports }, refers: other })
}

function addMember(
  into: Existing,
  interfaceId: string | undefined,
  instance: string | undefined,
  addresses: readonly (string | undefined)[],
  groups: readonly (string | undefined)[]
): void {
  const own = addresses.filter(address => address !== undefined && address !== '') as string[]
  for (const key of [interfaceId, instance]) {
    if (key === undefined || key === '') continue
    const known = into.addresses.get(key) ?? new Set()
    for (const address of own) known.add(address)
    into.addresses.set(key, known)
  }
  for (const group of groups) {
    if (group === undefined) continue
    const members = into.members.get(group) ?? { addresses: new Set(), interfaces: new Set() }
    for (const address of own) members.addresses.add(address)
    if (interfaceId !== undefined && interfaceId !== '') members.interfaces.add(interfaceId)
    into.members.set(group, members)
  }
}

/** Rules that refer to groups whose members are known, as rules of their addresses; and those of which they are not. */
export function resolveReferences(
  referring: readonly ReferringRule[],
  members: Existing['members']
): { rules: readonly Rule[]; unresolved: readonly ReferringRule[] } {
  const rules: Rule[] = []
  const unresolved: ReferringRule[] = []
  for (const one of referring) {
    const addresses = members.get(one.refers)?.addresses
    if (addresses === undefined) unresolved.push(one)
    else
      for (const address of addresses) {
        const source = readCidr(address)
        if (source !== undefined) rules.push({ ...one.rule, source })
      }
  }
  return { rules, unresolved }
}
