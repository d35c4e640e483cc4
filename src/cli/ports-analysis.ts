/** `picket ports` on flows: reads them, judges them, proposes rules, holds both against the rules that are there, and prints. */

import { readFileSync } from 'node:fs'
import { messageOf, PicketError } from '../core/errors.ts'
import { isoMs } from '../core/time.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { cidrText, readCidr } from '../ports/cidr.ts'
import { closed, type Finding, findings, type Replay, replay } from '../ports/compare.ts'
import { Conversations, type Target } from '../ports/conversations.ts'
import { type Existing, noneExisting, type ReferringRule, readExisting, resolveReferences } from '../ports/existing.ts'
import { protocolName } from '../ports/flow.ts'
import { findingsText, type KnownNetwork, observedText, proposalText, reasonOf } from '../ports/print-report.ts'
import { printRules } from '../ports/print-rules.ts'
import { type Proposal, propose } from '../ports/proposal.ts'
import { portsText, type Rule, ruleText } from '../ports/rule.ts'
import { type Observed, observe, type Service } from '../ports/services.ts'
import type { PortsOptions } from './ports.ts'
import { flowsOfFiles, flowsOfStore } from './ports-flows.ts'
import { printable } from './table.ts'

export async function analyze(files: readonly string[], options: PortsOptions): Promise<number> {
  const say = (text: string): void => void process.stderr.write(text)
  const existing = readExistingFiles(options.existing)
  const known = options.known.map(readKnown)
  const conversations = new Conversations(targetOf(options, existing))
  const reading = { from: options.from, to: options.to, say, format: options.format }
  const problems = files.length === 0 ? 0 : await flowsOfFiles(files, conversations, reading)
  if (options.store !== undefined) {
    const query = typeof options.store === 'string' ? options.store : ''
    await flowsOfStore(options.data ?? defaultDataFolder(), query, conversations, reading)
  }
  const all = observe(conversations)
  const observed = options.answeredOnly ? answeredOnly(all) : all
  const proposal = propose(observed.services, options)
  // Of one group's rules can be said what to revoke; of several together not.
  const group = options.group ?? (existing.groups.size === 1 ? [...existing.groups.keys()][0] : undefined)
  const ofGroup = <T extends { group: string }>(rules: readonly T[]): T[] =>
    rules.filter(({ group }) => options.group === undefined || group === options.group)
  const there = ofGroup(existing.rules)
  const referred = resolveReferences(ofGroup(existing.referring), existing.members)
  const found: Finding[] =
    options.existing.length === 0
      ? []
      : [...findings(observed, there, referred.rules), ...referred.unresolved.map(notJudged)]
  const code = problems > 0 ? 1 : 0
  const reason = reasonOf(observed.services, known)
  const proof = replay(observed.inbound, proposal.feasible ? proposal.rules : [])
  if (options.json) {
    process.stdout.write(JSON.stringify(asJson(observed, proposal, proof, found, options, reason)) + '\n')
    return code
  }
  if (options.out !== undefined && proposal.feasible) {
    const rules = group === undefined ? [] : there.map(({ rule }) => rule)
    process.stdout.write(printRules(options.out, proposal.rules, { group, reason, existing: rules }))
    return code
  }
  if (options.out === undefined) print(observedText(observed))
  if (!proposal.feasible) {
    say(`${proposal.suggestion.message}\n`)
    return 1
  }
  const stopped = {
    refused: observed.refused,
    closed: closed(
      there.map(({ rule }) => rule),
      proposal.rules
    )
  }
  print(proposalText(proposal, options.maxRules, reason, proof, stopped))
  if (options.existing.length > 0) print(findingsText(found))
  return code
}

const notJudged = ({ group, rule, refers }: ReferringRule): Finding => ({
  kind: 'not-judged',
  group,
  text: `${portsText(rule)} from ${refers}: its addresses are not known (give describe-network-interfaces as well)`
})

/** Names and addresses are somebody's: they say nothing to the terminal. */
const print = (text: string): void => void process.stdout.write(text.split('\n').map(printable).join('\n'))

function answeredOnly(observed: Observed): Observed {
  const kept = observed.services.filter(service => service.answered > 0)
  const keys = new Set(kept.map(({ protocol, port }) => `${protocol} ${port}`))
  return {
    ...observed,
    services: kept,
    inbound: observed.inbound.filter(({ protocol, port }) => keys.has(`${protocol} ${port}`))
  }
}

function readExistingFiles(paths: readonly string[]): Existing {
  const existing = noneExisting()
  for (const path of paths) {
    let json: unknown
    try {
      json = JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'))
    } catch (cause) {
      throw new PicketError('bad-existing', `--existing ${path} cannot be read: ${messageOf(cause)}`, { cause })
    }
    if (!readExisting(json, existing))
      throw new PicketError(
        'bad-existing',
        `--existing ${path} is neither what aws ec2 describe-security-groups (or describe-network-interfaces, describe-instances) prints, nor a Terraform state.`
      )
  }
  return existing
}

function readKnown(text: string): KnownNetwork {
  const equals = text.indexOf('=')
  const network = equals < 1 ? undefined : readCidr(text.slice(equals + 1))
  if (network === undefined) throw new PicketError('bad-known', `--known ${text} is not like office=198.51.100.0/24`)
  return { name: text.slice(0, equals), network }
}

function targetOf(options: PortsOptions, existing: Existing): Target {
  const networks = options.address.map(text => {
    const network = readCidr(text)
    if (network === undefined)
      throw new PicketError('bad-address', `--address ${text} is neither an address nor a network`)
    return network
  })
  const interfaces = new Set(options.interface)
  const instances = new Set(options.instance)
  const addresses = new Set([...interfaces, ...instances].flatMap(id => [...(existing.addresses.get(id) ?? [])]))
  if (options.group !== undefined) {
    const members = existing.members.get(options.group)
    if (members === undefined && networks.length + interfaces.size + instances.size === 0)
      throw new PicketError(
        'no-members',
        `Who is in ${options.group} is not known: give --existing with describe-network-interfaces (or Terraform state), or name --address or --interface.`
      )
    for (const address of members?.addresses ?? []) addresses.add(address)
    for (const id of members?.interfaces ?? []) interfaces.add(id)
  }
  for (const address of addresses) {
    const network = readCidr(address)
    if (network !== undefined) networks.push(network)
  }
  return { networks, interfaces, instances }
}

function asJson(
  observed: Observed,
  proposal: Proposal,
  proof: Replay,
  found: readonly Finding[],
  options: PortsOptions,
  reason: (rule: Rule) => string
): unknown {
  const time = (us: number | undefined): string | undefined =>
    us === undefined || !Number.isFinite(us) || us === 0 ? undefined : isoMs(us)
  const serviceOf = (service: Service): unknown => ({
    protocol: protocolName(service.protocol),
    port: service.port,
    name: service.name,
    servers: [...service.servers].slice(0, 100),
    clients: service.clients.size,
    conversations: service.conversations,
    answered: service.answered,
    records: service.records,
    first: time(service.firstUs),
    last: time(service.lastUs),
    evidence: service.evidence
  })
  const ruleOf = (rule: Rule): unknown => ({
    protocol: rule.protocol === -1 ? 'all' : protocolName(rule.protocol),
    from: rule.ports?.from,
    to: rule.ports?.to,
    source: cidrText(rule.source),
    reason: reason(rule)
  })
  return {
    feasible: proposal.feasible,
    ...(proposal.feasible
      ? {
          rules: proposal.rules.map(ruleOf),
          extraPorts: Object.fromEntries(
            [...proposal.extraPorts].map(([protocol, ports]) => [protocolName(protocol), ports])
          )
        }
      : { suggestion: proposal.suggestion }),
    observed: {
      from: time(observed.fromUs),
      to: time(observed.toUs),
      records: observed.records,
      rejected: observed.rejected,
      inbound: observed.inbound.length,
      outbound: observed.outbound,
      services: observed.services.map(serviceOf),
      refused: observed.refused.map(serviceOf)
    },
    ...(proposal.feasible
      ? {
          proof: {
            conversations: proof.conversations,
            records: proof.records,
            broken: proof.broken,
            rulesWithoutHit: proof.withoutHit.map(ruleText)
          }
        }
      : {}),
    ...(options.existing.length > 0 ? { existing: found.map(({ kind, group, text }) => ({ kind, group, text })) } : {})
  }
}
