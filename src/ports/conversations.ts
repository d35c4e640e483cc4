/**
 * Flows put together: both directions and all windows of one connection are one conversation. What decides who served and who asked
 * (`services.ts`) often stands in one record of many only: the SYN in the first.
 */

import { PicketError } from '../core/errors.ts'
import { addressOf, type Cidr, holds, isPrivate } from './cidr.ts'
import { type Flow, hasPorts } from './flow.ts'

/** What one end of a conversation sent. */
export type Side = {
  readonly ip: string
  readonly port: number
  records: number
  refusals: number
  firstUs: number
  /** How often a record says that this end began it; and how often that it is ours. */
  began: number
  own: number
}

export type Conversation = { readonly protocol: number; readonly a: Side; readonly b: Side; bySensor: boolean }

/** Whose inbound rules are asked for. Empty: everyone's that the flows are about. */
export type Target = {
  readonly networks: readonly Cidr[]
  readonly interfaces: ReadonlySet<string>
  readonly instances: ReadonlySet<string>
}

export const conversationsMax = 4_000_000

export class Conversations {
  readonly #target: Target
  readonly #pairs = new Map<string, number>()
  readonly #all = new Map<number, Conversation>()
  readonly #inTarget = new Map<string, boolean>()
  /** Addresses that stand in every record of an interface: its own, as soon as it has spoken with two others. */
  readonly #common = new Map<string, readonly string[]>()
  readonly counts = { records: 0, accepted: 0, rejected: 0, withoutPorts: 0 }
  fromUs = Number.POSITIVE_INFINITY
  toUs = Number.NEGATIVE_INFINITY

  constructor(target: Target = { networks: [], interfaces: new Set(), instances: new Set() }) {
    this.#target = target
  }

  /** Throws `too-many-flows`. */
  add(flow: Flow): void {
    if (!this.#isAsked(flow)) return
    this.counts.records += flow.count
    if (!flow.accepted) {
      this.counts.rejected += flow.count
      return
    }
    // Fragments and what was not logged.
    if (hasPorts(flow.protocol) && (flow.sourcePort === 0 || flow.destinationPort === 0)) {
      this.counts.withoutPorts += flow.count
      return
    }
    this.counts.accepted += flow.count
    if (flow.startUs > 0) {
      this.fromUs = Math.min(this.fromUs, flow.startUs)
      this.toUs = Math.max(this.toUs, flow.startUs)
    }
    this.#noteInterface(flow)
    const ahead =
      flow.source < flow.destination || (flow.source === flow.destination && flow.sourcePort <= flow.destinationPort)
    const conversation = this.#conversation(flow, ahead)
    const from = ahead ? conversation.a : conversation.b
    const to = ahead ? conversation.b : conversation.a
    from.records += flow.count
    if (flow.refusal) from.refusals += flow.count
    if (flow.startUs > 0 && (from.firstUs === 0 || flow.startUs < from.firstUs)) from.firstUs = flow.startUs
    if (flow.began === 'source') from.began++
    else if (flow.began === 'destination') to.began++
    if (flow.by === 'sensor') conversation.bySensor = true
    if (flow.direction === 'in') to.own++
    else if (flow.direction === 'out') from.own++
  }

  list(): IterableIterator<Conversation> {
    return this.#all.values()
  }

  get size(): number {
    return this.#all.size
  }

  /** Does the end belong to those whose rules are asked for? Made after all flows are in. */
  ownership(): (side: Side) => boolean {
    const { networks, interfaces, instances } = this.#target
    const known = new Set<string>()
    let directed = false
    for (const addresses of this.#common.values()) if (addresses.length === 1) known.add(addresses[0]!)
    for (const { a, b } of this.#all.values()) {
      if (a.own > 0) known.add(a.ip)
      if (b.own > 0) known.add(b.ip)
      directed ||= a.own + b.own > 0
    }
    if (networks.length > 0) return side => this.#within(side.ip)
    if (known.size > 0 && (directed || interfaces.size + instances.size > 0)) return side => known.has(side.ip)
    const isPrivateIp = memo((ip: string) => {
      const address = addressOf(ip)
      return address !== undefined && isPrivate(address)
    })
    let any = false
    for (const { a, b } of this.#all.values()) any ||= isPrivateIp(a.ip) || isPrivateIp(b.ip)
    return side => known.has(side.ip) || !any || isPrivateIp(side.ip)
  }

  #isAsked(flow: Flow): boolean {
    const { networks, interfaces, instances } = this.#target
    if (networks.length + interfaces.size + instances.size === 0) return true
    if (flow.interfaceId !== undefined && interfaces.has(flow.interfaceId)) return true
    if (flow.instanceId !== undefined && instances.has(flow.instanceId)) return true
    return networks.length > 0 && (this.#within(flow.source) || this.#within(flow.destination))
  }

  #within(ip: string): boolean {
    let known = this.#inTarget.get(ip)
    if (known === undefined) {
      const address = addressOf(ip)
      known = address !== undefined && this.#target.networks.some(outer => holds(outer, { address, bits: 128 }))
      this.#inTarget.set(ip, known)
    }
    return known
  }

  #noteInterface({ interfaceId, source, destination }: Flow): void {
    if (interfaceId === undefined) return
    const common = this.#common.get(interfaceId)
    if (common === undefined) this.#common.set(interfaceId, [source, destination])
    else if (common.some(ip => ip !== source && ip !== destination))
      this.#common.set(
        interfaceId,
        common.filter(ip => ip === source || ip === destination)
      )
  }

  #conversation(flow: Flow, ahead: boolean): Conversation {
    const [ipA, ipB] = ahead ? [flow.source, flow.destination] : [flow.destination, flow.source]
    const ported = hasPorts(flow.protocol)
    const portA = ported ? (ahead ? flow.sourcePort : flow.destinationPort) : 0
    const portB = ported ? (ahead ? flow.destinationPort : flow.sourcePort) : 0
    const pairKey = `${flow.protocol} ${ipA} ${ipB}`
    let pair = this.#pairs.get(pairKey)
    if (pair === undefined) {
      pair = this.#pairs.size
      // A key is a whole number below 2^53.
      if (pair >= 2_000_000) throw tooMany()
      this.#pairs.set(pairKey, pair)
    }
    const key = pair * 2 ** 32 + portA * 65_536 + portB
    let conversation = this.#all.get(key)
    if (conversation === undefined) {
      if (this.#all.size >= conversationsMax) throw tooMany()
      const side = (ip: string, port: number): Side => ({
        ip,
        port,
        records: 0,
        refusals: 0,
        firstUs: 0,
        began: 0,
        own: 0
      })
      conversation = { protocol: flow.protocol, a: side(ipA, portA), b: side(ipB, portB), bySensor: false }
      this.#all.set(key, conversation)
    }
    return conversation
  }
}

function tooMany(): PicketError {
  return new PicketError(
    'too-many-flows',
    'These are too many different connections to judge at once. Name one machine (--address, --interface, --instance), or a shorter time (--from, --to).'
  )
}

export function memo<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return key => {
    if (made.has(key)) return made.get(key)!
    const value = make(key)
    made.set(key, value)
    return value
  }
}
