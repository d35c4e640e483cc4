/**
 * Packets in, records out: each packet is taken apart, counted in its flow (and in that of the tunnel around it), and what it carries
 * is given to whoever reads the conversation. Memory is bounded, whatever comes: flows, fragments, octets that wait.
 */

import { udpReader } from './apps/udp-readers.ts'
import { Budget } from './budget.ts'
import { Detector } from './detector.ts'
import { ACK, FIN, type Flow, ICMP, ICMP6, RST, SYN, TCP, type Tunnel, UDP } from './flow.ts'
import { type FlowLimits, FlowTable, flowLimits, looksLikeAnswer } from './flow-table.ts'
import { type FragmentLimits, Fragments, fragmentLimits } from './fragments.ts'
import { icmpPorts } from './icmp.ts'
import { BROKEN, Layers, NOT_IP } from './layers.ts'
import { macText, u16, u32 } from './octets.ts'
import { Records } from './records.ts'
import { TcpStream } from './tcp-stream.ts'
import { greInside, vxlanInside } from './tunnels.ts'

export type PacketLimits = {
  readonly flows: FlowLimits
  readonly fragments: FragmentLimits
  /** Octets that all conversations may hold together. */
  readonly heldBytesMax: number
}

export const packetLimits: PacketLimits = { flows: flowLimits, fragments: fragmentLimits, heldBytesMax: 64 << 20 }

/** A datagram that is no conversation but an export of flows: told to whoever made the decoder. True: it is one. */
export type DatagramHook = (bytes: Uint8Array, from: number, to: number, source: () => string) => boolean

const tunnelsMax = 6

export class PacketDecoder {
  readonly records: Records
  /** What was not understood, and how much of everything there was. */
  readonly counts = { packets: 0, bytes: 0, notIp: 0, broken: 0, unknownLinks: 0, cut: 0 }
  readonly #layers = new Layers()
  readonly #fragments: Fragments
  readonly #table: FlowTable
  readonly #budget: Budget
  readonly #onDatagram: DatagramHook | undefined
  #zone = 0
  #tunnel: Tunnel | undefined
  #flow: Flow | undefined
  #packets = 1
  #ipBytes = 0

  constructor(limits: PacketLimits = packetLimits, onDatagram?: DatagramHook) {
    this.#budget = new Budget(limits.heldBytesMax)
    this.records = new Records(this.#budget)
    this.#fragments = new Fragments(limits.fragments)
    this.#onDatagram = onDatagram
    this.#table = new FlowTable((flow, why) => {
      if (flow.app !== undefined) {
        flow.sourceStream?.finish(flow.app)
        flow.destinationStream?.finish(flow.app)
        flow.app.end()
        flow.protocolName ??= flow.app.name
        flow.app = undefined
      }
      flow.sourceStream?.drop()
      flow.destinationStream?.drop()
      this.records.flow(flow, why)
    }, limits.flows)
  }

  get figures(): {
    readonly flows: number
    readonly evicted: number
    readonly fragmentsIncomplete: number
    readonly fragmentsWaiting: number
    readonly heldBytes: number
    readonly refused: number
  } {
    return {
      flows: this.#table.count,
      evicted: this.#table.evicted,
      fragmentsIncomplete: this.#fragments.incomplete,
      fragmentsWaiting: this.#fragments.waiting,
      heldBytes: this.#budget.used,
      refused: this.#budget.refused
    }
  }

  packet(
    bytes: Uint8Array,
    from: number,
    to: number,
    wireBytes: number,
    linkType: number,
    seconds: number,
    nanos: number
  ): void {
    const { counts, records } = this
    counts.packets++
    counts.bytes += wireBytes
    if (to - from < wireBytes) counts.cut++
    if (seconds !== records.seconds) this.#table.tick(seconds)
    records.seconds = seconds
    records.nanos = nanos
    this.#tunnel = undefined
    this.#zone = 0
    let at = this.#layers.link(bytes, from, to, linkType)
    for (let depth = 0; depth < tunnelsMax; depth++) {
      if (at < 0) {
        if (at === NOT_IP) counts.notIp++
        else if (at === BROKEN) counts.broken++
        else counts.unknownLinks++
        return
      }
      if (!this.#layers.ip(at)) {
        counts.broken++
        return
      }
      this.#packets = 1
      this.#ipBytes = this.#layers.ipBytes
      if (this.#layers.isFragment) {
        if (!this.#fragments.add(this.#layers, seconds)) return
        this.#packets = this.#fragments.packets
        this.#ipBytes = this.#fragments.ipBytes
      }
      const inside = this.#transport()
      if (inside === undefined) return
      at = inside
    }
  }

  /** Time goes on without packets. */
  tick(seconds: number): void {
    this.records.seconds = seconds
    this.records.nanos = 0
    this.#table.tick(seconds)
  }

  /** No more packets: ends one flow after the other, until there is none. */
  endOne(): boolean {
    return this.#table.endOne()
  }

  /** The place of an IP packet within this one; or undefined, where it is none (any more). */
  #transport(): number | undefined {
    const layers = this.#layers
    const { bytes, payloadAt, payloadEnd, protocol } = layers
    const size = payloadEnd - payloadAt
    switch (protocol) {
      case TCP:
        if (size < 14) this.counts.broken++
        else this.#tcp()
        return undefined
      case UDP:
        if (size < 8) {
          this.counts.broken++
          return undefined
        }
        return this.#udp()
      case ICMP:
      case ICMP6: {
        if (size < 2) {
          this.counts.broken++
          return undefined
        }
        const type = bytes[payloadAt]!
        const code = bytes[payloadAt + 1]!
        const flow = this.#count(type, icmpPorts(protocol, type, code))
        if (this.#table.fresh) {
          flow.icmpType = type
          flow.icmpCode = code
        }
        return undefined
      }
      case 4:
      case 41: {
        this.#flow = this.#count(0, 0)
        return this.#enter(protocol === 4 ? 'ipip' : 'ip6ip', undefined, payloadAt)
      }
      case 47: {
        this.#flow = this.#count(0, 0)
        const inside = greInside(bytes, payloadAt, payloadEnd)
        if (inside === undefined) return undefined
        return this.#enter('gre', inside.key, inside.at, inside.ethernet)
      }
      case 132:
        if (size < 4) this.counts.broken++
        else this.#count(u16(bytes, payloadAt), u16(bytes, payloadAt + 2))
        return undefined
      default:
        this.#count(0, 0)
        return undefined
    }
  }

  #enter(kind: string, id: number | undefined, at: number, ethernet = false): number {
    const layers = this.#layers
    const outer = this.#flow!
    const known = this.#tunnel?.outer === outer && this.#tunnel.id === id ? this.#tunnel : undefined
    this.#tunnel = known ?? { kind, id, outer }
    this.#zone = (Math.imul(this.#zone, 31) + Math.imul((id ?? 0) + 1, 0x10001)) | 0
    layers.end = layers.payloadEnd
    layers.vlan = -1
    layers.innerVlan = -1
    layers.senderAt = -1
    if (ethernet) return layers.ethernet(at)
    layers.macAt = -1
    return at
  }

  /** Counts the packet in its flow. */
  #count(sourcePort: number, destinationPort: number): Flow {
    const layers = this.#layers
    const { records } = this
    const zone =
      layers.vlan < 0 ? this.#zone : (this.#zone + Math.imul(layers.vlan + 2, 4099) + layers.innerVlan + 1) | 0
    const flow = this.#table.find(layers, sourcePort, destinationPort, zone)
    if (this.#table.fresh) this.#begin(flow)
    // Those of TCP are touched when it is known what the packet means.
    else if (flow.protocol !== TCP) this.#table.touch(flow)
    if (this.#table.forward) {
      flow.sourcePackets += this.#packets
      flow.sourceBytes += this.#ipBytes
    } else {
      flow.destinationPackets += this.#packets
      flow.destinationBytes += this.#ipBytes
      if (flow.destinationMac === undefined && layers.senderAt >= 0)
        flow.destinationMac = macText(layers.bytes, layers.senderAt)
    }
    flow.endSeconds = records.seconds
    flow.endNanos = records.nanos
    return flow
  }

  #begin(flow: Flow): void {
    const layers = this.#layers
    flow.startSeconds = this.records.seconds
    flow.startNanos = this.records.nanos
    flow.vlan = layers.vlan
    flow.innerVlan = layers.innerVlan
    flow.tunnel = this.#tunnel
    if (layers.macAt >= 0) {
      flow.destinationMac = macText(layers.bytes, layers.macAt)
      flow.sourceMac = macText(layers.bytes, layers.macAt + 6)
    } else if (layers.senderAt >= 0) flow.sourceMac = macText(layers.bytes, layers.senderAt)
    if (flow.protocol !== TCP) this.#table.touch(flow)
  }

  #turn(flow: Flow): void {
    this.#table.turn(flow)
    const { sourceMac } = flow
    flow.sourceMac = flow.destinationMac
    flow.destinationMac = sourceMac
    flow.destinationPackets = flow.sourcePackets
    flow.destinationBytes = flow.sourceBytes
    flow.sourcePackets = 0
    flow.sourceBytes = 0
  }

  #udp(): number | undefined {
    const layers = this.#layers
    const { bytes, payloadAt, payloadEnd } = layers
    const sourcePort = u16(bytes, payloadAt)
    const destinationPort = u16(bytes, payloadAt + 2)
    const flow = this.#count(sourcePort, destinationPort)
    const fresh = this.#table.fresh
    if (fresh && looksLikeAnswer(UDP, sourcePort, destinationPort)) this.#turn(flow)
    const { forward } = this.#table
    const from = payloadAt + 8
    const to = Math.min(payloadEnd, payloadAt + Math.max(8, u16(bytes, payloadAt + 4) || payloadEnd - payloadAt))
    if (fresh) flow.app = udpReader(flow, this.records)
    if (destinationPort === 4789 || destinationPort === 8472) {
      const inside = vxlanInside(bytes, from, to)
      if (inside !== undefined) {
        this.#flow = flow
        flow.protocolName ??= 'vxlan'
        return this.#enter('vxlan', inside.key, inside.at, true)
      }
    }
    if (from >= to) return undefined
    flow.app?.datagram?.(forward, bytes, from, to)
    if (flow.app === undefined && this.#onDatagram !== undefined) {
      const mark = bytes[from]
      if (mark === 0 && this.#onDatagram(bytes, from, to, () => this.records.sender(layers, sourcePort)))
        flow.protocolName ??= bytes[from + 1] === 10 ? 'ipfix' : 'netflow'
    }
    return undefined
  }

  #tcp(): void {
    const layers = this.#layers
    const { bytes, payloadAt, payloadEnd } = layers
    const flags = bytes[payloadAt + 13]!
    const sourcePort = u16(bytes, payloadAt)
    const destinationPort = u16(bytes, payloadAt + 2)
    const seq = u32(bytes, payloadAt + 4) | 0
    const ack = u32(bytes, payloadAt + 8) | 0
    const opens = (flags & (SYN | ACK | RST)) === SYN
    let flow = this.#count(sourcePort, destinationPort)
    if (opens && !this.#table.fresh && (flow.tcpOver || this.#other(flow, seq))) {
      // The same ends again: another connection. The packet is no part of the one before.
      if (this.#table.forward) {
        flow.sourcePackets -= this.#packets
        flow.sourceBytes -= this.#ipBytes
      } else {
        flow.destinationPackets -= this.#packets
        flow.destinationBytes -= this.#ipBytes
      }
      this.#table.end(flow, 'closed')
      flow = this.#count(sourcePort, destinationPort)
    }
    if (this.#table.fresh) {
      const answers = (flags & (SYN | ACK)) === (SYN | ACK)
      if (answers || (!opens && looksLikeAnswer(TCP, sourcePort, destinationPort))) this.#turn(flow)
    }
    const { forward } = this.#table
    this.#state(flow, forward, flags, seq)
    this.#table.touch(flow)
    if (flow.deaf) return
    const header = (bytes[payloadAt + 12]! >> 4) * 4
    const from = payloadAt + header
    const size = layers.payloadBytes - header
    if (header < 20 || size < 0) return
    const to = Math.max(from, payloadEnd)
    if (size > 0 || flow.app !== undefined) this.#stream(flow, forward, flags, seq, ack, Math.min(from, to), to, size)
  }

  /** A SYN with another number than the one that began the flow, after it was answered. */
  #other(flow: Flow, seq: number): boolean {
    const initial = this.#table.forward ? flow.sourceInitial : flow.destinationInitial
    return flow.begun && flow.answered && seq !== initial
  }

  #state(flow: Flow, forward: boolean, flags: number, seq: number): void {
    if (forward) flow.sourceFlags |= flags
    else flow.destinationFlags |= flags
    if ((flags & SYN) !== 0) {
      if ((flags & ACK) === 0) {
        if (forward) {
          flow.begun = true
          flow.sourceInitial = seq
        } else flow.destinationInitial = seq
      } else if (!forward) {
        flow.answered = true
        flow.destinationInitial = seq
      }
    } else if (!forward && (flags & RST) === 0 && flow.begun && !flow.answered && (flags & ACK) !== 0) {
      // The answer was lost on the way to the capture, or both began.
      flow.answered = true
    }
    if ((flags & FIN) !== 0) {
      if (forward) flow.sourceFin = true
      else flow.destinationFin = true
    }
    if ((flags & RST) !== 0 && flow.resetBy === 0) flow.resetBy = forward ? 1 : 2
  }

  #stream(
    flow: Flow,
    forward: boolean,
    flags: number,
    seq: number,
    ack: number,
    from: number,
    to: number,
    size: number
  ): void {
    const { bytes } = this.#layers
    if (flow.app === undefined) flow.app = new Detector(flow, this.records)
    const app = flow.app
    if (size > 0) {
      let stream = forward ? flow.sourceStream : flow.destinationStream
      if (stream === undefined) {
        const known = forward ? flow.begun : (flow.destinationFlags & SYN) !== 0
        const first = known ? ((forward ? flow.sourceInitial : flow.destinationInitial) + 1) | 0 : seq
        stream = new TcpStream(forward, first, this.#budget)
        if (forward) flow.sourceStream = stream
        else flow.destinationStream = stream
      }
      const captured = Math.min(to - from, size)
      const at = (flags & SYN) !== 0 ? (seq + 1) | 0 : seq
      stream.segment(at, bytes, from, from + captured, size - captured, app)
    }
    if ((flags & ACK) !== 0) {
      const opposite = forward ? flow.destinationStream : flow.sourceStream
      opposite?.acknowledged(ack, app)
    }
    if (app.done) {
      app.end()
      flow.protocolName = app.name
      flow.app = undefined
      flow.deaf = true
      flow.sourceStream?.drop()
      flow.destinationStream?.drop()
    }
  }
}
