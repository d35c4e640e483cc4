/** The records that come out: a JSON text for each flow and each transaction, in the format that `src/parsers/packets` reads. */

import { ipText } from '../core/ip.ts'
import { isoText } from '../core/time.ts'
import type { Stage } from './app.ts'
import type { Budget } from './budget.ts'
import { type Flow, flagLetters, ICMP, ICMP6, TCP, tcpState, UDP } from './flow.ts'
import type { Ending } from './flow-table.ts'
import type { Layers } from './layers.ts'

const address = new Uint8Array(16)
/** The last second of the year 9999: no clock that means it goes on. */
const secondsMax = 253_402_300_799

export class Records implements Stage {
  /** What was made and not taken yet. */
  out: string[] = []
  seconds = -1
  nanos = 0
  /** Write nanoseconds: the capture has them. */
  fine = false
  flows = 0
  transactions = 0
  readonly budget: Budget

  constructor(budget: Budget) {
    this.budget = budget
  }

  time(seconds: number, nanos: number): string {
    if (seconds < 0 || seconds > secondsMax) return '1970-01-01T00:00:00.000000Z'
    const second = isoText(seconds * 1_000_000, 0)
    return this.fine
      ? `${second}.${String(nanos).padStart(9, '0')}Z`
      : `${second}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`
  }

  flow(flow: Flow, why: Ending): void {
    this.flows++
    const tcp = flow.protocol === TCP
    const seconds = flow.endSeconds - flow.startSeconds + (flow.endNanos - flow.startNanos) / 1e9
    const { tunnel } = flow
    this.out.push(
      JSON.stringify({
        ...this.#ends(flow, true, 'flow', flow.startSeconds, flow.startNanos),
        end: this.time(flow.endSeconds, flow.endNanos),
        duration: Math.max(0, Math.round(seconds * 1e9) / 1e9),
        src_mac: flow.sourceMac,
        dest_mac: flow.destinationMac,
        icmp_type: flow.icmpType < 0 ? undefined : flow.icmpType,
        icmp_code: flow.icmpCode < 0 ? undefined : flow.icmpCode,
        app: flow.protocolName ?? flow.app?.name,
        src_bytes: flow.sourceBytes,
        dest_bytes: flow.destinationBytes,
        src_packets: flow.sourcePackets,
        dest_packets: flow.destinationPackets,
        state: tcp ? tcpState(flow) : undefined,
        src_flags: tcp ? flagLetters(flow.sourceFlags) : undefined,
        dest_flags: tcp ? flagLetters(flow.destinationFlags) : undefined,
        missed_bytes: (flow.sourceStream?.missing ?? 0) + (flow.destinationStream?.missing ?? 0) || undefined,
        ended: why,
        tunnel:
          tunnel === undefined
            ? undefined
            : {
                type: tunnel.kind,
                id: tunnel.id,
                src_ip: addressText(tunnel.outer, true),
                dest_ip: addressText(tunnel.outer, false)
              }
      })
    )
  }

  transaction(
    flow: Flow,
    clientIsSource: boolean,
    type: string,
    at: { readonly seconds: number; readonly nanos: number },
    section: object
  ): void {
    this.transactions++
    this.out.push(JSON.stringify({ ...this.#ends(flow, clientIsSource, type, at.seconds, at.nanos), [type]: section }))
  }

  /** Not of a flow: what a whole capture was. */
  note(type: string, seconds: number, nanos: number, section: object): void {
    this.out.push(JSON.stringify({ type: `packets_${type}`, timestamp: this.time(seconds, nanos), ...section }))
  }

  /** `192.0.2.1:2055`, `[2001:db8::1]:2055`: who sent the packet that `layers` is at. */
  sender(layers: Layers, port: number): string {
    const { bytes, ipAt } = layers
    if (layers.version === 4)
      return `${bytes[ipAt + 12]}.${bytes[ipAt + 13]}.${bytes[ipAt + 14]}.${bytes[ipAt + 15]}:${port}`
    address.set(bytes.subarray(ipAt + 8, ipAt + 24))
    return `[${ipText(address, 0)}]:${port}`
  }

  #ends(flow: Flow, straight: boolean, type: string, seconds: number, nanos: number) {
    const ports = flow.protocol === TCP || flow.protocol === UDP || flow.protocol === 132
    return {
      type: `packets_${type}`,
      timestamp: this.time(seconds, nanos),
      transport: transportNames.get(flow.protocol) ?? String(flow.protocol),
      src_ip: addressText(flow, straight),
      src_port: ports ? (straight ? flow.sourcePort : flow.destinationPort) : undefined,
      dest_ip: addressText(flow, !straight),
      dest_port: ports ? (straight ? flow.destinationPort : flow.sourcePort) : undefined,
      vlan: flow.vlan < 0 ? undefined : flow.innerVlan < 0 ? [flow.vlan] : [flow.vlan, flow.innerVlan]
    }
  }
}

const transportNames = new Map([
  [ICMP, 'icmp'],
  [2, 'igmp'],
  [4, 'ipip'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [41, 'ipv6'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [ICMP6, 'ipv6-icmp'],
  [89, 'ospf'],
  [103, 'pim'],
  [112, 'vrrp'],
  [132, 'sctp']
])

function addressText(flow: Flow, source: boolean): string {
  const word = source ? flow.source0 : flow.destination0
  if (flow.version === 4) return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
  put(word, 0)
  put(source ? flow.source1 : flow.destination1, 4)
  put(source ? flow.source2 : flow.destination2, 8)
  put(source ? flow.source3 : flow.destination3, 12)
  return ipText(address, 0)
}

function put(word: number, at: number): void {
  address[at] = word >>> 24
  address[at + 1] = (word >>> 16) & 255
  address[at + 2] = (word >>> 8) & 255
  address[at + 3] = word & 255
}
