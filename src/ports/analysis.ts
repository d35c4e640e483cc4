/** The whole of an analysis: what was observed, the opening that covers it, the proof of that, and what is wrong with the rules that are there. */

import { isoMs } from '../core/time.ts'
import { cidrText } from './cidr.ts'
import { type Finding, findings, type Replay, replay } from './compare.ts'
import type { Conversations } from './conversations.ts'
import { type Existing, type ExistingRule, type ReferringRule, resolveReferences } from './existing.ts'
import { protocolName } from './flow.ts'
import { type Proposal, type ProposalLimits, propose } from './proposal.ts'
import { portsText, type Rule, ruleText } from './rule.ts'
import { type Observed, observe, type Service } from './services.ts'

export type AnalysisOptions = ProposalLimits & {
  /** Leave out services that no answer was logged of. */
  readonly answeredOnly?: boolean | undefined
  /** The group whose rules are judged; undefined: all that are there. */
  readonly group?: string | undefined
}

export type Analysis = {
  readonly observed: Observed
  readonly proposal: Proposal
  /** What was observed, through the proposal. */
  readonly proof: Replay
  /** The rules that are there. */
  readonly there: readonly ExistingRule[]
  /** Of one group's rules can be said what to revoke; of several together not. */
  readonly group: string | undefined
  /** Undefined where no rules were given. */
  readonly found: readonly Finding[] | undefined
}

export function analysisOf(
  conversations: Conversations,
  options: AnalysisOptions,
  existing: Existing | undefined
): Analysis {
  const all = observe(conversations)
  const observed = options.answeredOnly ? answeredOnly(all) : all
  const proposal = propose(observed.services, options)
  const proof = replay(observed.inbound, proposal.feasible ? proposal.rules : [])
  if (existing === undefined) return { observed, proposal, proof, there: [], group: options.group, found: undefined }
  const ofGroup = <T extends { group: string }>(rules: readonly T[]): T[] =>
    rules.filter(({ group }) => options.group === undefined || group === options.group)
  const there = ofGroup(existing.rules)
  const referred = resolveReferences(ofGroup(existing.referring), existing.members)
  return {
    observed,
    proposal,
    proof,
    there,
    group: options.group ?? (existing.groups.size === 1 ? [...existing.groups.keys()][0] : undefined),
    found: [...findings(observed, there, referred.rules), ...referred.unresolved.map(notJudged)]
  }
}

const notJudged = ({ group, rule, refers }: ReferringRule): Finding => ({
  kind: 'not-judged',
  group,
  text: `${portsText(rule)} from ${refers}: its addresses are not known (give describe-network-interfaces as well)`
})

function answeredOnly(observed: Observed): Observed {
  const kept = observed.services.filter(service => service.answered > 0)
  const keys = new Set(kept.map(({ protocol, port }) => `${protocol} ${port}`))
  return {
    ...observed,
    services: kept,
    inbound: observed.inbound.filter(({ protocol, port }) => keys.has(`${protocol} ${port}`))
  }
}

const timeOf = (us: number | undefined): string | undefined =>
  us === undefined || !Number.isFinite(us) || us === 0 ? undefined : isoMs(us)

export type ServiceJson = {
  protocol: string
  port?: number | undefined
  name?: string | undefined
  servers: string[]
  clients: number
  conversations: number
  answered: number
  records: number
  first?: string | undefined
  last?: string | undefined
  /** How many conversations each kind of evidence decided. */
  evidence: Record<string, number>
}

export function serviceJson(service: Service): ServiceJson {
  return {
    protocol: protocolName(service.protocol),
    port: service.port,
    name: service.name,
    servers: [...service.servers].slice(0, 100),
    clients: service.clients.size,
    conversations: service.conversations,
    answered: service.answered,
    records: service.records,
    first: timeOf(service.firstUs),
    last: timeOf(service.lastUs),
    evidence: { ...service.evidence }
  }
}

/** `protocol: all` lets every protocol through; without `from` and `to` all ports. */
export function ruleJson(rule: Rule, reason?: (rule: Rule) => string) {
  return {
    protocol: rule.protocol === -1 ? 'all' : protocolName(rule.protocol),
    from: rule.ports?.from,
    to: rule.ports?.to,
    source: cidrText(rule.source),
    ...(reason !== undefined && { reason: reason(rule) })
  }
}

/** The analysis as one object, as `--json` prints it and the API answers. */
export function analysisJson({ observed, proposal, proof, found }: Analysis, reason: (rule: Rule) => string) {
  return {
    feasible: proposal.feasible,
    ...(proposal.feasible
      ? {
          rules: proposal.rules.map(rule => ruleJson(rule, reason)),
          extraPorts: Object.fromEntries(
            [...proposal.extraPorts].map(([protocol, ports]) => [protocolName(protocol), [...ports]])
          )
        }
      : { suggestion: proposal.suggestion }),
    observed: {
      from: timeOf(observed.fromUs),
      to: timeOf(observed.toUs),
      records: observed.records,
      rejected: observed.rejected,
      inbound: observed.inbound.length,
      outbound: observed.outbound,
      services: observed.services.map(serviceJson),
      refused: observed.refused.map(serviceJson)
    },
    ...(proposal.feasible
      ? {
          proof: {
            conversations: proof.conversations,
            records: proof.records,
            broken: [...proof.broken],
            rulesWithoutHit: proof.withoutHit.map(ruleText)
          }
        }
      : {}),
    ...(found !== undefined ? { existing: found.map(({ kind, group, text }) => ({ kind, group, text })) } : {})
  }
}
