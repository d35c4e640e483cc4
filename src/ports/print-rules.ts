/** Rules in the words of those who enforce them: AWS's command line, Terraform, CloudFormation, nftables. */

import { type Cidr, cidrText } from './cidr.ts'
import { ICMP, ICMP6, protocolName, TCP, UDP } from './flow.ts'
import { rangeText } from './port-list.ts'
import { type Rule, ruleText } from './rule.ts'

export type PrintOptions = {
  /** The security group that is meant. Default: a placeholder to be replaced. */
  readonly group: string | undefined
  /** Why a rule is there, in a few words. */
  readonly reason: (rule: Rule) => string
  /** Rules that are there now: those of the proposal among them stay, the others are revoked. */
  readonly existing: readonly Rule[]
}

export const formats = ['aws', 'terraform', 'cloudformation', 'nftables'] as const
export type RuleFormat = (typeof formats)[number]

export function printRules(format: RuleFormat, rules: readonly Rule[], options: PrintOptions): string {
  switch (format) {
    case 'aws':
      return awsCommands(rules, options)
    case 'terraform':
      return terraform(rules, options)
    case 'cloudformation':
      return cloudFormation(rules, options)
    case 'nftables':
      return nftables(rules, options)
  }
}

const isSix = (source: Cidr): boolean => cidrText(source).includes(':')

/** What AWS takes in a description, at most 255 characters. */
const described = (text: string): string => text.replace(/[^a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]/g, ' ').slice(0, 255)

/** Names of AWS's: anything else is nothing for a shell or a template. */
const groupName = (group: string | undefined, placeholder: string): string =>
  group !== undefined && /^[\w-]{1,64}$/.test(group) ? group : placeholder

function awsProtocol(protocol: number): string {
  const names: Readonly<Record<number, string>> = { [TCP]: 'tcp', [UDP]: 'udp', [ICMP]: 'icmp', [ICMP6]: 'icmpv6' }
  return names[protocol] ?? String(protocol)
}

function permission(rule: Rule, reason: string | undefined): object {
  const { protocol, ports, source } = rule
  const description = reason === undefined ? {} : { Description: described(reason) }
  const [from, to] =
    ports !== undefined ? [ports.from, ports.to] : protocol === TCP || protocol === UDP ? [0, 65_535] : [-1, -1]
  return {
    IpProtocol: awsProtocol(protocol),
    ...(protocol === -1 ? {} : { FromPort: from, ToPort: to }),
    ...(isSix(source)
      ? { Ipv6Ranges: [{ CidrIpv6: cidrText(source), ...description }] }
      : { IpRanges: [{ CidrIp: cidrText(source), ...description }] })
  }
}

/** First what is to be opened, then what is to be closed: nothing breaks in between. */
function awsCommands(rules: readonly Rule[], { group, reason, existing }: PrintOptions): string {
  const id = groupName(group, 'SECURITY_GROUP_ID')
  const there = new Set(existing.map(ruleText))
  const wanted = new Set(rules.map(ruleText))
  const command = (verb: string, permissions: readonly object[]): string =>
    permissions.length === 0
      ? ''
      : `aws ec2 ${verb}-security-group-ingress --group-id ${id} --ip-permissions '${JSON.stringify(permissions)}'\n`
  const added = rules.filter(rule => !there.has(ruleText(rule))).map(rule => permission(rule, reason(rule)))
  const removed = existing.filter(rule => !wanted.has(ruleText(rule))).map(rule => permission(rule, undefined))
  return command('authorize', added) + command('revoke', removed)
}

function terraform(rules: readonly Rule[], { group, reason }: PrintOptions): string {
  const id = groupName(group, 'SECURITY_GROUP_ID')
  return rules
    .map(rule => {
      const { protocol, ports, source } = rule
      const [from, to] =
        ports !== undefined ? [ports.from, ports.to] : protocol === TCP || protocol === UDP ? [0, 65_535] : [-1, -1]
      const lines: [string, string][] = [
        ['security_group_id', JSON.stringify(id)],
        ['description', JSON.stringify(described(reason(rule)).replaceAll('${', '$ {').replaceAll('%{', '% {'))],
        ['ip_protocol', JSON.stringify(awsProtocol(protocol))],
        ...(protocol === -1
          ? []
          : ([
              ['from_port', String(from)],
              ['to_port', String(to)]
            ] as [string, string][])),
        [isSix(source) ? 'cidr_ipv6' : 'cidr_ipv4', JSON.stringify(cidrText(source))]
      ]
      const longest = Math.max(...lines.map(([key]) => key.length))
      return `resource "aws_vpc_security_group_ingress_rule" "${resourceName(rule)}" {\n${lines
        .map(([key, value]) => `  ${key.padEnd(longest)} = ${value}\n`)
        .join('')}}\n`
    })
    .join('\n')
}

/** `tcp_443_from_198_51_100_0_24`: of the rule alone, so that the same rule keeps its name. */
function resourceName(rule: Rule): string {
  return ruleText(rule)
    .replaceAll('::', '_z_')
    .replace(/[^a-zA-Z0-9]+/g, '_')
}

function cloudFormation(rules: readonly Rule[], { group, reason }: PrintOptions): string {
  const GroupId = groupName(group, 'SECURITY_GROUP_ID')
  const resources = rules.map(rule => {
    const { protocol, ports, source } = rule
    const [from, to] =
      ports !== undefined ? [ports.from, ports.to] : protocol === TCP || protocol === UDP ? [0, 65_535] : [-1, -1]
    return [
      // Letters and digits only, and no two rules alike.
      resourceName(rule).replaceAll('_', 'X'),
      {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: {
          GroupId,
          Description: described(reason(rule)),
          IpProtocol: awsProtocol(protocol),
          ...(protocol === -1 ? {} : { FromPort: from, ToPort: to }),
          ...(isSix(source) ? { CidrIpv6: cidrText(source) } : { CidrIp: cidrText(source) })
        }
      }
    ]
  })
  return (
    JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources: Object.fromEntries(resources) }, null, 2) + '\n'
  )
}

/** A table of its own, which can be loaded again: everything else that comes in is dropped, except answers and the machine's own talk. */
function nftables(rules: readonly Rule[], { reason }: PrintOptions): string {
  const lines = rules.map(rule => {
    const { protocol, ports, source } = rule
    const any = source.bits === 0 || (source.bits === 96 && !isSix(source))
    const family = isSix(source) ? 'ip6' : 'ip'
    const from = any
      ? `meta nfproto ${isSix(source) ? 'ipv6' : 'ipv4'}`
      : `${family} saddr ${cidrText(source).replace(/\/(32|128)$/, hostOnly(source))}`
    const what =
      protocol === -1
        ? ''
        : ports !== undefined
          ? ` ${protocolName(protocol)} dport ${rangeText(ports)}`
          : ` meta l4proto ${protocol}`
    return `    ${from}${what} accept comment ${JSON.stringify(
      reason(rule)
        .replace(/[^a-zA-Z0-9 .,:/()-]/g, ' ')
        .slice(0, 120)
    )}`
  })
  return [
    'table inet picket_ports',
    'delete table inet picket_ports',
    'table inet picket_ports {',
    '  chain input {',
    '    type filter hook input priority filter; policy drop;',
    '    ct state established,related accept',
    '    iif lo accept',
    '    # Without these IPv6 finds no neighbour.',
    '    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept',
    ...lines,
    '  }',
    '}',
    ''
  ].join('\n')
}

/** An address alone is written without its length. */
const hostOnly = (source: Cidr): string => (source.bits === 128 ? '' : '/$1')
