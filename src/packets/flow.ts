/**
 * A flow: what two ends say to each other over one protocol, with what was counted of it. The source is who began: the sender of the
 * first SYN, else of the first packet, unless the ports say that an answer was seen first.
 */

import type { App } from './app.ts'
import type { FlowList } from './flow-list.ts'
import type { TcpStream } from './tcp-stream.ts'

export const FIN = 1
export const SYN = 2
export const RST = 4
export const PSH = 8
export const ACK = 16
export const URG = 32

export const ICMP = 1
export const TCP = 6
export const UDP = 17
export const ICMP6 = 58

/** Where a flow was within: the tunnel's kind, its number (VNI, key) and its ends. */
export type Tunnel = { readonly kind: string; readonly id: number | undefined; readonly outer: Flow }

export class Flow {
  // The key. Addresses in four words; IPv4 has the first only.
  version = 4
  protocol = 0
  zone = 0
  hash = 0
  source0 = 0
  source1 = 0
  source2 = 0
  source3 = 0
  destination0 = 0
  destination1 = 0
  destination2 = 0
  destination3 = 0
  /** For ICMP: the type, and its counterpart or the code (as Community ID has it). */
  sourcePort = 0
  destinationPort = 0

  // Its places in the table and in the list of those that end at the same age.
  chained: Flow | undefined
  list: FlowList | undefined
  before: Flow | undefined
  after: Flow | undefined
  touched = 0

  startSeconds = 0
  startNanos = 0
  endSeconds = 0
  endNanos = 0
  sourcePackets = 0
  destinationPackets = 0
  sourceBytes = 0
  destinationBytes = 0

  vlan = -1
  innerVlan = -1
  sourceMac: string | undefined
  destinationMac: string | undefined
  tunnel: Tunnel | undefined
  icmpType = -1
  icmpCode = -1

  sourceFlags = 0
  destinationFlags = 0
  /** The SYN itself was seen, and its answer. */
  begun = false
  answered = false
  /** Who sent the first RST: 1 the source, 2 the destination. */
  resetBy = 0
  sourceFin = false
  destinationFin = false
  sourceInitial = 0
  destinationInitial = 0
  sourceStream: TcpStream | undefined
  destinationStream: TcpStream | undefined

  /** What is said over it, and whether nobody listens any more. */
  app: App | undefined
  deaf = false
  protocolName: string | undefined

  get tcpOver(): boolean {
    return this.resetBy !== 0 || (this.sourceFin && this.destinationFin)
  }
}

/** In the words of Zeek's `conn_state`, which people know: https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html */
export function tcpState(flow: Flow): string {
  const { begun, answered, resetBy, sourceFin, destinationFin } = flow
  if (!begun) return answered && resetBy === 2 ? 'RSTRH' : answered && destinationFin ? 'SHR' : 'OTH'
  if (!answered) {
    if (resetBy === 2) return 'REJ'
    if (resetBy === 1) return 'RSTOS0'
    return sourceFin ? 'SH' : flow.destinationPackets > 0 ? 'OTH' : 'S0'
  }
  if (resetBy === 1) return 'RSTO'
  if (resetBy === 2) return 'RSTR'
  if (sourceFin && destinationFin) return 'SF'
  return sourceFin ? 'S2' : destinationFin ? 'S3' : 'S1'
}

const letters = ['F', 'S', 'R', 'P', 'A', 'U', 'E', 'C']

/** All flags that one side has set, in the order of their bits. */
export function flagLetters(flags: number): string {
  return letters.filter((_, bit) => (flags & (1 << bit)) !== 0).join('')
}
