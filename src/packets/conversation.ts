/**
 * Is a packet part of a conversation: between these two ends, in either direction, also within a tunnel? Fragments that have no ports go
 * by their addresses.
 */

import { communityId } from '../core/community-id.ts'
import { ipText, writeIp } from '../core/ip.ts'
import { ICMP, ICMP6, TCP, UDP } from './flow.ts'
import { icmpPorts } from './icmp.ts'
import { Layers } from './layers.ts'
import { u16 } from './octets.ts'
import { greInside, vxlanInside } from './tunnels.ts'

export type Conversation =
  | {
      readonly addresses: readonly [string, string]
      /** Of the first address, and of the second. Undefined: any. */
      readonly ports: readonly [number | undefined, number | undefined]
      /** IANA's number. Undefined: any. */
      readonly protocol: number | undefined
    }
  | { readonly communityId: string }

const tunnelsMax = 6
const knownMax = 65_536

export class ConversationMatcher {
  readonly #layers = new Layers()
  readonly #one = new Uint8Array(16)
  readonly #other = new Uint8Array(16)
  readonly #ports: readonly [number | undefined, number | undefined]
  readonly #protocol: number | undefined
  readonly #communityId: string | undefined
  /** Those met, and whether they are it. */
  readonly #known = new Map<string, boolean>()
  readonly #own = new Uint8Array(32)

  constructor(conversation: Conversation) {
    if ('communityId' in conversation) {
      this.#communityId = conversation.communityId
      this.#ports = [undefined, undefined]
      this.#protocol = undefined
      return
    }
    const { addresses, ports, protocol } = conversation
    if (!writeIp(addresses[0], this.#one, 0) || !writeIp(addresses[1], this.#other, 0))
      throw new RangeError('no addresses')
    this.#ports = ports
    this.#protocol = protocol
    this.#communityId = undefined
  }

  matches(bytes: Uint8Array, from: number, to: number, linkType: number): boolean {
    const layers = this.#layers
    let at = layers.link(bytes, from, to, linkType)
    for (let depth = 0; depth < tunnelsMax; depth++) {
      if (at < 0 || !layers.ip(at)) return false
      if (this.#communityId === undefined ? this.#isIt() : this.#hasId()) return true
      if (layers.isFragment) return false
      const { payloadAt, payloadEnd, protocol } = layers
      layers.end = payloadEnd
      if (protocol === 4 || protocol === 41) at = payloadAt
      else if (protocol === 47) {
        const inside = greInside(bytes, payloadAt, payloadEnd)
        if (inside === undefined) return false
        at = inside.ethernet ? layers.ethernet(inside.at) : inside.at
      } else if (protocol === UDP && payloadEnd - payloadAt >= 8 && [4789, 8472].includes(u16(bytes, payloadAt + 2))) {
        const inside = vxlanInside(bytes, payloadAt + 8, payloadEnd)
        if (inside === undefined) return false
        at = layers.ethernet(inside.at)
      } else return false
    }
    return false
  }

  #isIt(): boolean {
    const { bytes, protocol, payloadAt, payloadEnd } = this.#layers
    if (this.#protocol !== undefined && protocol !== this.#protocol) return false
    this.#addresses()
    const straight = this.#same(this.#one, 0) && this.#same(this.#other, 16)
    const turned = this.#same(this.#other, 0) && this.#same(this.#one, 16)
    if (!straight && !turned) return false
    const [first, second] = this.#ports
    if (first === undefined && second === undefined) return true
    if (protocol !== TCP && protocol !== UDP && protocol !== 132) return this.#protocol !== undefined
    if (this.#layers.isFragment && this.#layers.fragmentOffset > 0) return true
    if (payloadEnd - payloadAt < 4) return false
    const [source, destination] = [u16(bytes, payloadAt), u16(bytes, payloadAt + 2)]
    const fit = (one: number, other: number): boolean =>
      (first === undefined || first === one) && (second === undefined || second === other)
    return (straight && fit(source, destination)) || (turned && fit(destination, source))
  }

  #hasId(): boolean {
    const { bytes, protocol, payloadAt, payloadEnd } = this.#layers
    this.#addresses()
    let ports: readonly [number, number] | undefined
    if (protocol === TCP || protocol === UDP || protocol === 132) {
      if (payloadEnd - payloadAt < 4) return false
      ports = [u16(bytes, payloadAt), u16(bytes, payloadAt + 2)]
    } else if (protocol === ICMP || protocol === ICMP6) {
      if (payloadEnd - payloadAt < 2) return false
      ports = [bytes[payloadAt]!, icmpPorts(protocol, bytes[payloadAt]!, bytes[payloadAt + 1]!)]
    }
    const [source, destination] = [ipText(this.#own, 0), ipText(this.#own, 16)]
    const key = `${protocol} ${source} ${ports?.[0]} ${destination} ${ports?.[1]}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const id = communityId({
      sourceIp: source,
      destinationIp: destination,
      transport: String(protocol),
      sourcePort: ports?.[0],
      destinationPort: ports?.[1],
      ...(protocol === ICMP || protocol === ICMP6 ? { icmpType: ports?.[0], icmpCode: bytes[payloadAt + 1]! } : {})
    })
    if (this.#known.size >= knownMax) this.#known.clear()
    this.#known.set(key, id === this.#communityId)
    return id === this.#communityId
  }

  /** Both addresses as 16 octets each: source, destination. */
  #addresses(): void {
    const { bytes, ipAt, version } = this.#layers
    const own = this.#own
    if (version === 6) {
      own.set(bytes.subarray(ipAt + 8, ipAt + 40))
      return
    }
    own.fill(0)
    for (const at of [0, 16]) {
      own[at + 10] = 255
      own[at + 11] = 255
      for (let i = 0; i < 4; i++) own[at + 12 + i] = bytes[ipAt + 12 + at / 4 + i]!
    }
  }

  #same(address: Uint8Array, at: number): boolean {
    for (let i = 0; i < 16; i++) if (this.#own[at + i] !== address[i]) return false
    return true
  }
}
