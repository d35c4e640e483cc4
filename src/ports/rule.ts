/** An inbound rule: who may reach which ports. One line of a security group. */

import { addressOf, type Cidr, cidrText, holds } from './cidr.ts'
import { hasPorts, protocolName } from './flow.ts'
import type { PortRange } from './opening.ts'
import { rangeText } from './port-list.ts'

export type Rule = {
  /** -1: every protocol, with all ports. */
  readonly protocol: number
  /** Undefined: all ports, or a protocol that has none. */
  readonly ports: PortRange | undefined
  readonly source: Cidr
}

export type Asked = { readonly protocol: number; readonly port: number | undefined; readonly client: string }

/** Rules made quick to ask: clients and their answers repeat. */
export function permits(rules: readonly Rule[]): (asked: Asked) => readonly Rule[] {
  const byClient = new Map<string, readonly Rule[]>()
  return ({ protocol, port, client }) => {
    let possible = byClient.get(client)
    if (possible === undefined) {
      const address = addressOf(client)
      possible = address === undefined ? [] : rules.filter(rule => holds(rule.source, { address, bits: 128 }))
      byClient.set(client, possible)
    }
    return possible.filter(
      rule =>
        (rule.protocol === -1 || rule.protocol === protocol) &&
        (rule.ports === undefined || (port !== undefined && port >= rule.ports.from && port <= rule.ports.to))
    )
  }
}

/** Does `outer` let through everything that `inner` does? */
export function covers(outer: Rule, inner: Rule): boolean {
  if (outer.protocol !== -1 && outer.protocol !== inner.protocol) return false
  if (!holds(outer.source, inner.source)) return false
  if (outer.protocol === -1 || outer.ports === undefined) return true
  return inner.ports !== undefined && inner.ports.from >= outer.ports.from && inner.ports.to <= outer.ports.to
}

export function portsText({ protocol, ports }: Pick<Rule, 'protocol' | 'ports'>): string {
  if (protocol === -1) return 'everything'
  if (ports !== undefined) return `${protocolName(protocol)} ${rangeText(ports)}`
  return hasPorts(protocol) ? `${protocolName(protocol)} 0-65535` : protocolName(protocol)
}

export function ruleText(rule: Rule): string {
  return `${portsText(rule)} from ${cidrText(rule.source)}`
}
