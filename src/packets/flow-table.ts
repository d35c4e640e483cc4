/**
 * All flows that are open: found by their ends in either direction, ended when they are silent for long enough, bounded in number
 * (the one longest silent goes, and is counted). Time is the packets' own.
 */

import { Flow, TCP, UDP } from './flow.ts'
import { FlowList } from './flow-list.ts'
import type { Layers } from './layers.ts'
import { i32 } from './octets.ts'

export type FlowLimits = {
  readonly flowsMax: number
  /** Of silence, in seconds: a connection that was answered, one that was not, one that is over, and everything else. */
  readonly openSeconds: number
  readonly newSeconds: number
  readonly overSeconds: number
  readonly otherSeconds: number
}

export const flowLimits: FlowLimits = {
  flowsMax: 65_536,
  openSeconds: 600,
  newSeconds: 60,
  overSeconds: 15,
  otherSeconds: 60
}

/** Why a flow's record is written. */
export type Ending = 'closed' | 'idle' | 'evicted' | 'end'

/** Clocks of captures that were put together differ a little: this is no step back. */
const clockSlackSeconds = 60
/** More than this in one bucket is somebody's doing: the oldest of them goes. */
const chainMax = 48

export class FlowTable {
  count = 0
  evicted = 0
  /** Does the packet last asked for go from the flow's source to its destination? */
  forward = true
  fresh = false
  readonly #limits: FlowLimits
  readonly #ended: (flow: Flow, why: Ending) => void
  readonly #open: FlowList
  readonly #new: FlowList
  readonly #over: FlowList
  readonly #other: FlowList
  #buckets: (Flow | undefined)[] = new Array(1024).fill(undefined)
  #clock = 0

  constructor(ended: (flow: Flow, why: Ending) => void, limits: FlowLimits = flowLimits) {
    this.#ended = ended
    this.#limits = limits
    this.#open = new FlowList(limits.openSeconds)
    this.#new = new FlowList(limits.newSeconds)
    this.#over = new FlowList(limits.overSeconds)
    this.#other = new FlowList(limits.otherSeconds)
  }

  /** The flow of the IP packet that `layers` is at; a new one where there is none. */
  find(layers: Layers, sourcePort: number, destinationPort: number, zone: number): Flow {
    const { bytes, version, protocol } = layers
    const four = version === 4
    const at = layers.ipAt + (four ? 12 : 8)
    const a0 = i32(bytes, at)
    const b0 = i32(bytes, at + (four ? 4 : 16))
    let a1 = 0
    let a2 = 0
    let a3 = 0
    let b1 = 0
    let b2 = 0
    let b3 = 0
    if (!four) {
      a1 = i32(bytes, at + 4)
      a2 = i32(bytes, at + 8)
      a3 = i32(bytes, at + 12)
      b1 = i32(bytes, at + 20)
      b2 = i32(bytes, at + 24)
      b3 = i32(bytes, at + 28)
    }
    const one = mixed(a0 ^ Math.imul(a1, 31) ^ Math.imul(a2, 961) ^ Math.imul(a3, 29791), sourcePort)
    const other = mixed(b0 ^ Math.imul(b1, 31) ^ Math.imul(b2, 961) ^ Math.imul(b3, 29791), destinationPort)
    let hash = (one + other) ^ Math.imul(zone + protocol, 0x9e3779b1)
    hash ^= hash >>> 15
    const buckets = this.#buckets
    const slot = hash & (buckets.length - 1)
    let chain = 0
    let last: Flow | undefined
    for (let flow = buckets[slot]; flow !== undefined; flow = flow.chained) {
      chain++
      last = flow
      if (flow.hash !== hash || flow.protocol !== protocol || flow.zone !== zone || flow.version !== version) continue
      if (
        flow.source0 === a0 &&
        flow.destination0 === b0 &&
        flow.sourcePort === sourcePort &&
        flow.destinationPort === destinationPort &&
        (four ||
          (flow.source1 === a1 &&
            flow.source2 === a2 &&
            flow.source3 === a3 &&
            flow.destination1 === b1 &&
            flow.destination2 === b2 &&
            flow.destination3 === b3))
      ) {
        this.forward = true
        this.fresh = false
        return flow
      }
      if (
        flow.source0 === b0 &&
        flow.destination0 === a0 &&
        flow.sourcePort === destinationPort &&
        flow.destinationPort === sourcePort &&
        (four ||
          (flow.source1 === b1 &&
            flow.source2 === b2 &&
            flow.source3 === b3 &&
            flow.destination1 === a1 &&
            flow.destination2 === a2 &&
            flow.destination3 === a3))
      ) {
        this.forward = false
        this.fresh = false
        return flow
      }
    }
    if (chain >= chainMax) {
      // New ones are put first: the last is the oldest.
      this.evicted++
      this.end(last!, 'evicted')
    }
    const flow = new Flow()
    flow.version = version
    flow.protocol = protocol
    flow.zone = zone
    flow.hash = hash
    flow.source0 = a0
    flow.source1 = a1
    flow.source2 = a2
    flow.source3 = a3
    flow.destination0 = b0
    flow.destination1 = b1
    flow.destination2 = b2
    flow.destination3 = b3
    flow.sourcePort = sourcePort
    flow.destinationPort = destinationPort
    flow.touched = this.#clock
    this.forward = true
    this.fresh = true
    this.#add(flow)
    return flow
  }

  /** An answer was seen first: the ends change places. For a flow just made. */
  turn(flow: Flow): void {
    const { source0, source1, source2, source3, sourcePort } = flow
    flow.source0 = flow.destination0
    flow.source1 = flow.destination1
    flow.source2 = flow.destination2
    flow.source3 = flow.destination3
    flow.sourcePort = flow.destinationPort
    flow.destination0 = source0
    flow.destination1 = source1
    flow.destination2 = source2
    flow.destination3 = source3
    flow.destinationPort = sourcePort
    this.forward = !this.forward
  }

  /** A packet of it was counted. */
  touch(flow: Flow): void {
    const list =
      flow.protocol !== TCP
        ? this.#other
        : flow.tcpOver
          ? this.#over
          : flow.answered || !flow.begun
            ? this.#open
            : this.#new
    flow.touched = this.#clock
    if (flow.list === list) list.toEnd(flow)
    else {
      flow.list?.remove(flow)
      list.add(flow)
    }
  }

  /** Time goes on: flows silent for too long end. */
  tick(seconds: number): void {
    if (seconds > this.#clock || seconds < this.#clock - clockSlackSeconds) this.#clock = seconds
    else return
    this.#expire(this.#over)
    this.#expire(this.#new)
    this.#expire(this.#other)
    this.#expire(this.#open)
  }

  #expire(list: FlowList): void {
    for (let flow = list.first; flow !== undefined; flow = list.first) {
      if (flow.touched + list.seconds >= this.#clock) return
      this.end(flow, list === this.#over ? 'closed' : 'idle')
    }
  }

  end(flow: Flow, why: Ending): void {
    flow.list?.remove(flow)
    const buckets = this.#buckets
    const slot = flow.hash & (buckets.length - 1)
    if (buckets[slot] === flow) buckets[slot] = flow.chained
    else
      for (let each = buckets[slot]; each !== undefined; each = each.chained) {
        if (each.chained !== flow) continue
        each.chained = flow.chained
        break
      }
    flow.chained = undefined
    this.count--
    this.#ended(flow, why)
  }

  /** Ends the oldest flow that is left, if there is one. */
  endOne(): boolean {
    const flow = this.#oldest()
    if (flow === undefined) return false
    this.end(flow, flow.list === this.#over ? 'closed' : 'end')
    return true
  }

  #oldest(): Flow | undefined {
    let oldest: Flow | undefined
    for (const { first } of [this.#over, this.#new, this.#other, this.#open])
      if (first !== undefined && (oldest === undefined || first.touched < oldest.touched)) oldest = first
    return oldest
  }

  #add(flow: Flow): void {
    if (this.count >= this.#limits.flowsMax) {
      this.evicted++
      this.end(this.#oldest()!, 'evicted')
    }
    if (this.count > this.#buckets.length) this.#grow()
    const slot = flow.hash & (this.#buckets.length - 1)
    flow.chained = this.#buckets[slot]
    this.#buckets[slot] = flow
    this.count++
  }

  #grow(): void {
    const old = this.#buckets
    const buckets: (Flow | undefined)[] = new Array(old.length * 4).fill(undefined)
    for (let each of old) {
      while (each !== undefined) {
        const rest: Flow | undefined = each.chained
        const slot = each.hash & (buckets.length - 1)
        each.chained = buckets[slot]
        buckets[slot] = each
        each = rest
      }
    }
    this.#buckets = buckets
  }
}

function mixed(address: number, port: number): number {
  const x = Math.imul(address ^ Math.imul(port + 1, 0x9e3779b1), 0x85ebca6b)
  return Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
}

/** Do the ports say that the sender of this packet is the one that serves? */
export function looksLikeAnswer(protocol: number, sourcePort: number, destinationPort: number): boolean {
  if (protocol !== UDP && protocol !== TCP) return false
  return sourcePort < 1024 && destinationPort >= 1024
}
