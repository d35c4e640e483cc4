/** What the analyzer found, for people. */

import { PicketError } from '../core/errors.ts'
import { isoMs } from '../core/time.ts'
import { type Cidr, cidrText, holds, readCidr } from './cidr.ts'
import type { Finding, Replay } from './compare.ts'
import { protocolName } from './flow.ts'
import { runsOf } from './opening.ts'
import { rangeText } from './port-list.ts'
import type { Proposal } from './proposal.ts'
import { portsText, type Rule, ruleText } from './rule.ts'
import { evidenceKinds, type Observed, type Service } from './services.ts'

/** A network that people have a name for. */
export type KnownNetwork = { readonly name: string; readonly network: Cidr }

/** `office=198.51.100.0/24`. Throws `bad-known`. */
export function readKnown(text: string): KnownNetwork {
  const equals = text.indexOf('=')
  const network = equals < 1 ? undefined : readCidr(text.slice(equals + 1))
  if (network === undefined)
    throw new PicketError('bad-known', `The known network ${text} is not like office=198.51.100.0/24`)
  return { name: text.slice(0, equals), network }
}

const words: Readonly<Record<(typeof evidenceKinds)[number], string>> = {
  flags: 'TCP flags',
  sensor: 'the sensor saw who began',
  same: 'TCP flags of its other connections',
  'fan-in': 'many clients, one port',
  known: 'a known service',
  ephemeral: 'the other port is ephemeral',
  first: 'who was seen first',
  guess: 'a guess: the lower port'
}

export function evidenceText({ evidence }: Service): string {
  return evidenceKinds
    .filter(kind => evidence[kind] !== undefined)
    .map(kind => `${words[kind]} (${evidence[kind]})`)
    .join(', ')
}

export function serviceText({ protocol, port, name }: Pick<Service, 'protocol' | 'port' | 'name'>): string {
  const what = port === undefined ? protocolName(protocol) : `${protocolName(protocol)} ${port}`
  return name === undefined ? what : `${what} ${name}`
}

/** Why a rule is there: the services it lets in, and the name of the network if it has one. */
export function reasonOf(services: readonly Service[], known: readonly KnownNetwork[]): (rule: Rule) => string {
  return rule => {
    const inside = services.filter(
      ({ protocol, port }) =>
        protocol === rule.protocol && (rule.ports === undefined || (port! >= rule.ports.from && port! <= rule.ports.to))
    )
    const names = [...new Set(inside.map(({ name, port }) => name ?? (port === undefined ? '' : String(port))))].filter(
      name => name !== ''
    )
    const shown = names.length > 6 ? `${names.slice(0, 6).join(' ')} and ${names.length - 6} more` : names.join(' ')
    const group = known.find(({ network }) => holds(network, rule.source))
    return [shown === '' ? portsText(rule) : shown, group === undefined ? '' : `from ${group.name}`]
      .filter(part => part !== '')
      .join(' ')
  }
}

export function observedText(observed: Observed): string {
  const lines: string[] = []
  const time =
    observed.fromUs === undefined || observed.toUs === undefined
      ? ''
      : `, ${isoMs(observed.fromUs).slice(0, 16)} to ${isoMs(observed.toUs).slice(0, 16)} UTC`
  lines.push(
    `${observed.records} flow records${time}: ${observed.inbound.length} connections to us, ${observed.outbound} from us` +
      `${observed.foreign > 0 ? `, ${observed.foreign} between others` : ''}; ${observed.rejected} records were stopped by a filter` +
      `${observed.withoutPorts > 0 ? `, ${observed.withoutPorts} name no ports` : ''}.`
  )
  lines.push('', 'Served:')
  for (const service of observed.services) {
    const silent = service.answered === 0 ? '; no answer was logged' : ''
    lines.push(
      `  ${serviceText(service).padEnd(24)} ${String(service.conversations).padStart(8)} connections, ${service.clients.size} ${service.clients.size === 1 ? 'client' : 'clients'}; ${evidenceText(service)}${silent}`
    )
  }
  if (observed.services.length === 0) lines.push('  nothing')
  if (observed.refused.length > 0) {
    const ports = observed.refused.map(serviceText)
    lines.push(
      `Asked for and refused by the machine itself, so left out: ${ports.slice(0, 12).join(', ')}${ports.length > 12 ? ` and ${ports.length - 12} more` : ''}`
    )
  }
  return lines.map(line => line + '\n').join('')
}

export function proposalText(
  proposal: Extract<Proposal, { feasible: true }>,
  maxRules: number,
  reason: (rule: Rule) => string,
  proof: Replay,
  stopped: { readonly refused: readonly Service[]; readonly closed: readonly Rule[] }
): string {
  const lines = ['', `Proposed: ${proposal.rules.length} of ${maxRules} rules`]
  for (const rule of proposal.rules)
    lines.push(`  ${portsText(rule).padEnd(20)} from ${cidrText(rule.source).padEnd(22)} ${reason(rule)}`.trimEnd())
  if (proposal.publicPorts.length > 0)
    lines.push(
      `  For everyone, as their clients come from everywhere: ${proposal.publicPorts.map(serviceText).join(', ')}`
    )
  for (const [protocol, ports] of proposal.extraPorts)
    lines.push(
      `  ${ports.length} open ${protocolName(protocol)} ${ports.length === 1 ? 'port' : 'ports'} nobody used: ${shortened(runsOf(ports).map(rangeText), 10)}`
    )
  const broken = proof.broken.reduce((sum, one) => sum + one.conversations, 0)
  lines.push(
    '',
    `Proof: ${proof.conversations} connections (${proof.records} records) replayed, ${broken} would be stopped${proof.withoutHit.length > 0 ? `; rules without a hit: ${proof.withoutHit.map(ruleText).join(', ')}` : ''}.`
  )
  const refused = stopped.refused.reduce((sum, service) => sum + service.conversations, 0)
  if (refused > 0) lines.push(`Newly stopped: ${refused} connections that the machine itself refused.`)
  if (stopped.closed.length > 0) {
    lines.push('Rules of which less is left, or nothing:')
    for (const rule of stopped.closed) lines.push(`  ${ruleText(rule)}`)
  }
  return lines.map(line => line + '\n').join('')
}

const titles: Readonly<Record<Finding['kind'], string>> = {
  breaks: 'Used, and no rule lets it in: about to break',
  unused: 'Open but unused',
  'too-wide': 'Too wide',
  duplicate: 'Let in twice',
  mergeable: 'Could be one rule',
  'same-groups': 'Could be one group',
  'not-judged': 'Not judged'
}

export function findingsText(found: readonly Finding[]): string {
  let out = '\nThe rules that are there:\n'
  if (found.length === 0) out += '  nothing to say against them\n'
  for (const kind of Object.keys(titles) as Finding['kind'][]) {
    const of = found.filter(one => one.kind === kind)
    if (of.length === 0) continue
    out += `  ${titles[kind]} (${of.length}):\n`
    for (const { group, text } of of.slice(0, 50)) out += `    ${group === undefined ? '' : `${group}  `}${text}\n`
    if (of.length > 50) out += `    … ${of.length - 50} more\n`
  }
  return out
}

function shortened(words: readonly string[], most: number): string {
  return words.length > most ? `${words.slice(0, most).join(', ')} and ${words.length - most} more` : words.join(', ')
}
