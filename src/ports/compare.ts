/** What was observed held against rules: the proof of a proposal (replay), and what is wrong with the rules that are there. */

import { coverTable } from './aggregate.ts'
import { addressOf, type Cidr, cidrText, width } from './cidr.ts'
import type { ExistingRule } from './existing.ts'
import { covers, permits, type Rule, ruleText } from './rule.ts'
import type { Inbound, Observed, Service } from './services.ts'

export type Replay = {
  readonly conversations: number
  readonly records: number
  /** Conversations that no rule lets in. Of a proposal: none. */
  readonly broken: readonly (Inbound & { readonly conversations: number })[]
  /** Rules that no conversation needed. */
  readonly withoutHit: readonly Rule[]
}

const brokenShownMax = 1000

/** Every conversation that was asked of ours, through the rules. */
export function replay(inbound: readonly Inbound[], rules: readonly Rule[]): Replay {
  const ask = permits(rules)
  const hit = new Set<Rule>()
  const broken = new Map<string, Inbound & { conversations: number }>()
  let records = 0
  for (const one of inbound) {
    records += one.records
    const by = ask(one)
    for (const rule of by) hit.add(rule)
    if (by.length > 0) continue
    const key = `${one.protocol} ${one.port} ${one.client}`
    const known = broken.get(key)
    if (known !== undefined)
      broken.set(key, { ...known, records: known.records + one.records, conversations: known.conversations + 1 })
    else if (broken.size < brokenShownMax) broken.set(key, { ...one, conversations: 1 })
  }
  return {
    conversations: inbound.length,
    records,
    broken: [...broken.values()],
    withoutHit: rules.filter(rule => !hit.has(rule))
  }
}

/** Rules that are there and of which the proposal lets in less, or nothing. */
export function closed(existing: readonly Rule[], proposed: readonly Rule[]): Rule[] {
  return existing.filter(rule => !proposed.some(other => covers(other, rule)))
}

export type Finding = {
  readonly kind: 'unused' | 'breaks' | 'too-wide' | 'duplicate' | 'mergeable' | 'same-groups' | 'not-judged'
  readonly group: string | undefined
  readonly text: string
  readonly rule?: Rule
}

/**
 * What is wrong with the rules that are there, given what was observed. `referred` are those that let in the members of other groups, as
 * rules of the members' addresses: they let in, and are not judged.
 */
export function findings(
  observed: Observed,
  existing: readonly ExistingRule[],
  referred: readonly Rule[] = []
): Finding[] {
  const found: Finding[] = []
  const rules = existing.map(({ rule }) => rule)
  const ask = permits(rules)
  const hits = new Map<Rule, { ports: Set<number>; clients: Set<string> }>()
  for (const one of observed.inbound)
    for (const rule of ask(one)) {
      const hit = hits.get(rule) ?? { ports: new Set(), clients: new Set() }
      if (one.port !== undefined) hit.ports.add(one.port)
      hit.clients.add(one.client)
      hits.set(rule, hit)
    }
  for (const { group, rule } of existing) {
    const hit = hits.get(rule)
    if (hit === undefined) {
      found.push({ kind: 'unused', group, rule, text: `${ruleText(rule)}: open, and nobody used it` })
      continue
    }
    const open =
      rule.ports === undefined
        ? rule.protocol === -1 || hit.ports.size > 0
          ? 65_536
          : 1
        : rule.ports.to - rule.ports.from + 1
    const closable = open - hit.ports.size
    const used = tightest(hit.clients)
    const wide = width(rule.source) >= 256 && width(used) * 16 <= width(rule.source)
    if ((hit.ports.size > 0 && closable > 0) || wide) {
      const parts = [
        ...(hit.ports.size > 0 && closable > 0 ? [`${hit.ports.size} of ${open} ports are used`] : []),
        ...(wide
          ? [`its ${hit.clients.size} ${hit.clients.size === 1 ? 'client is' : 'clients are'} in ${cidrText(used)}`]
          : [])
      ]
      found.push({ kind: 'too-wide', group, rule, text: `${ruleText(rule)}: ${parts.join('; ')}` })
    }
  }
  const broken = replay(observed.inbound, [...rules, ...referred]).broken
  for (const of of Map.groupBy(broken, ({ protocol, port }) => `${protocol} ${port}`).values()) {
    const { protocol, port } = of[0]!
    const conversations = of.reduce((sum, one) => sum + one.conversations, 0)
    const clients = of.slice(0, 5).map(({ client }) => client)
    const more = of.length > clients.length ? ` and ${of.length - clients.length} more` : ''
    const text = `${serviceText(observed.services, protocol, port)} from ${clients.join(', ')}${more}: ${conversations} connections`
    found.push({ kind: 'breaks', group: undefined, text })
  }
  found.push(...duplicates(existing), ...mergeable(existing), ...sameGroups(existing))
  return found
}

function serviceText(services: readonly Service[], protocol: number, port: number | undefined): string {
  const service = services.find(one => one.protocol === protocol && one.port === port)
  const text = ruleText({
    protocol,
    ports: port === undefined ? undefined : { from: port, to: port },
    source: { address: 0n, bits: 0 }
  })
  return text.slice(0, text.indexOf(' from ')) + (service?.name === undefined ? '' : ` (${service.name})`)
}

function tightest(clients: ReadonlySet<string>): Cidr {
  const blocks = [...clients].map(client => ({ address: addressOf(client) ?? 0n, bits: 128 }))
  const table = coverTable(blocks, 2)
  // Both families behind one rule there are none.
  return table.cover(1)[0]!
}

function byGroup(existing: readonly ExistingRule[]): Map<string, Rule[]> {
  const groups = new Map<string, Rule[]>()
  for (const { group, rule } of existing) groups.set(group, [...(groups.get(group) ?? []), rule])
  return groups
}

function duplicates(existing: readonly ExistingRule[]): Finding[] {
  const found: Finding[] = []
  for (const [group, rules] of byGroup(existing))
    rules.forEach((rule, i) => {
      // Of two that are the same, the later one is too many.
      const by = rules.find((other, j) => j !== i && covers(other, rule) && (j < i || !covers(rule, other)))
      if (by !== undefined)
        found.push({
          kind: 'duplicate',
          group,
          rule,
          text: `${ruleText(rule)}: ${ruleText(by)} lets in the same already`
        })
    })
  return found
}

function mergeable(existing: readonly ExistingRule[]): Finding[] {
  const found: Finding[] = []
  for (const [group, rules] of byGroup(existing))
    rules.forEach((a, i) => {
      for (const b of rules.slice(i + 1)) {
        if (a.protocol !== b.protocol || covers(a, b) || covers(b, a)) continue
        const joined = samePorts(a, b) ? joinSources(a, b) : sameSource(a, b) ? joinPorts(a, b) : undefined
        if (joined !== undefined)
          found.push({
            kind: 'mergeable',
            group,
            rule: a,
            text: `${ruleText(a)} and ${ruleText(b)} are ${ruleText(joined)}`
          })
      }
    })
  return found
}

const sameSource = (a: Rule, b: Rule): boolean =>
  a.source.address === b.source.address && a.source.bits === b.source.bits
const samePorts = (a: Rule, b: Rule): boolean => a.ports?.from === b.ports?.from && a.ports?.to === b.ports?.to

function joinPorts(a: Rule, b: Rule): Rule | undefined {
  if (a.ports === undefined || b.ports === undefined) return undefined
  if (a.ports.from > b.ports.to + 1 || b.ports.from > a.ports.to + 1) return undefined
  return { ...a, ports: { from: Math.min(a.ports.from, b.ports.from), to: Math.max(a.ports.to, b.ports.to) } }
}

/** Two halves of one network. */
function joinSources(a: Rule, b: Rule): Rule | undefined {
  const { bits } = a.source
  if (bits !== b.source.bits || bits === 0 || bits === 96) return undefined
  const half = 1n << BigInt(128 - bits)
  if ((a.source.address ^ b.source.address) !== half) return undefined
  return { ...a, source: { address: a.source.address & ~half, bits: bits - 1 } }
}

function sameGroups(existing: readonly ExistingRule[]): Finding[] {
  const byRules = new Map<string, string[]>()
  for (const [group, rules] of byGroup(existing)) {
    const key = rules.map(ruleText).sort().join('\n')
    byRules.set(key, [...(byRules.get(key) ?? []), group])
  }
  return [...byRules.values()]
    .filter(groups => groups.length > 1)
    .map(groups => ({
      kind: 'same-groups',
      group: groups[0],
      text: `${groups.join(', ')} have the same rules: one group would do`
    }))
}
