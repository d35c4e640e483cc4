/**
 * From a frame to the IP packet in it, and from that to the next layer: link layers, tags, IPv4 with options, IPv6 with extension headers,
 * and what tunnels hold. One object is used for all packets: nothing is allocated for a packet.
 */

import { u16, u32 } from './octets.ts'

/** Instead of a place: no IP packet is in it (ARP, a bridge's words), or what is there cannot be read. */
export const NOT_IP = -1
export const BROKEN = -2
export const UNKNOWN_LINK = -3

const tagsMax = 4
const extensionsMax = 16

export class Layers {
  /** The octets that the places below are in: the capture's own, or a datagram's put together from fragments. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the captured octets of this packet end. */
  end = 0

  /** Where the Ethernet header is (destination first); -1 without one. */
  macAt = -1
  /** Of a cooked capture: where the sender's address is; -1 without one. */
  senderAt = -1
  vlan = -1
  innerVlan = -1

  version = 0
  ipAt = 0
  protocol = 0
  ttl = 0
  /** Header and payload, as the header says. */
  ipBytes = 0
  /** What follows the IP headers: to `payloadEnd` captured, `payloadBytes` as the header says. */
  payloadAt = 0
  payloadEnd = 0
  payloadBytes = 0

  isFragment = false
  fragmentId = 0
  fragmentOffset = 0
  moreFragments = false

  /** Begins a frame. Gives where its IP packet begins, or why there is none. */
  link(bytes: Uint8Array, from: number, to: number, linkType: number): number {
    this.bytes = bytes
    this.end = to
    this.macAt = -1
    this.senderAt = -1
    this.vlan = -1
    this.innerVlan = -1
    switch (linkType) {
      case 1:
        return this.ethernet(from)
      case 12:
      case 14:
      case 101:
      case 228:
      case 229:
        return from < to ? from : BROKEN
      case 113:
        if (to - from < 16) return BROKEN
        if (u16(bytes, from + 4) === 6) this.senderAt = from + 6
        return this.#typed(u16(bytes, from + 14), from + 16)
      case 276:
        if (to - from < 20) return BROKEN
        if (bytes[from + 11] === 6) this.senderAt = from + 12
        return this.#typed(u16(bytes, from), from + 20)
      case 0:
      case 108: {
        if (to - from < 5) return BROKEN
        // The family's number, in the byte order of whoever captured. Those of IPv6 differ by system.
        const family = bytes[from]! | bytes[from + 1]! | bytes[from + 2]! | bytes[from + 3]!
        return [2, 10, 24, 28, 30].includes(family) ? from + 4 : NOT_IP
      }
      default:
        return UNKNOWN_LINK
    }
  }

  /** A frame of Ethernet that begins here. */
  ethernet(at: number): number {
    if (this.end - at < 14) return BROKEN
    this.macAt = at
    return this.#typed(u16(this.bytes, at + 12), at + 14)
  }

  #typed(first: number, from: number): number {
    const { bytes, end } = this
    let type = first
    let at = from
    for (let tags = 0; tags <= tagsMax; tags++) {
      switch (type) {
        case 0x0800:
        case 0x86dd:
          return at < end ? at : BROKEN
        case 0x8100:
        case 0x88a8:
        case 0x9100: {
          if (end - at < 4) return BROKEN
          const id = u16(bytes, at) & 0x0fff
          if (this.vlan < 0) this.vlan = id
          else if (this.innerVlan < 0) this.innerVlan = id
          type = u16(bytes, at + 2)
          at += 4
          break
        }
        case 0x8864: {
          if (end - at < 8) return BROKEN
          const inside = u16(bytes, at + 6)
          return inside === 0x0021 || inside === 0x0057 ? at + 8 : NOT_IP
        }
        case 0x8847:
        case 0x8848:
          for (let labels = 0; labels < 16; labels++) {
            if (end - at < 5) return BROKEN
            const bottom = bytes[at + 2]! & 1
            at += 4
            if (bottom === 1) break
          }
          return bytes[at]! >> 4 === 4 || bytes[at]! >> 4 === 6 ? at : NOT_IP
        default:
          return NOT_IP
      }
    }
    return BROKEN
  }

  /** Reads the IP header that begins here, and those that extend it. False: it is none, or cut off. */
  ip(at: number): boolean {
    this.isFragment = false
    if (at >= this.end) return false
    const version = this.bytes[at]! >> 4
    return version === 4 ? this.#four(at) : version === 6 ? this.#six(at) : false
  }

  #four(at: number): boolean {
    const { bytes, end } = this
    if (end - at < 20) return false
    const header = (bytes[at]! & 15) * 4
    // Where the network card segments, the length may be 0: then it is what there is.
    const total = u16(bytes, at + 2) || end - at
    if (header < 20 || total < header) return false
    this.version = 4
    this.ipAt = at
    this.ipBytes = total
    this.protocol = bytes[at + 9]!
    this.ttl = bytes[at + 8]!
    this.payloadAt = Math.min(at + header, end)
    this.payloadBytes = total - header
    this.payloadEnd = Math.min(end, at + total)
    if (this.payloadEnd < this.payloadAt) this.payloadEnd = this.payloadAt
    const fragment = u16(bytes, at + 6)
    if ((fragment & 0x3fff) !== 0) {
      this.isFragment = true
      this.moreFragments = (fragment & 0x2000) !== 0
      this.fragmentOffset = (fragment & 0x1fff) * 8
      this.fragmentId = u16(bytes, at + 4)
    }
    return true
  }

  #six(at: number): boolean {
    const { bytes, end } = this
    if (end - at < 40) return false
    const length = u16(bytes, at + 4)
    const total = length === 0 ? end - at : 40 + length
    this.version = 6
    this.ipAt = at
    this.ipBytes = total
    this.ttl = bytes[at + 7]!
    const last = Math.min(end, at + total)
    let next = bytes[at + 6]!
    let place = at + 40
    for (let count = 0; count < extensionsMax; count++) {
      if (next !== 0 && next !== 43 && next !== 44 && next !== 51 && next !== 60 && next !== 135 && next !== 139) break
      if (place + 8 > last) return false
      if (next === 44) {
        const fragment = u16(bytes, place + 2)
        // An atomic fragment is whole.
        if ((fragment & 0xfff9) !== 0) {
          this.isFragment = true
          this.moreFragments = (fragment & 1) !== 0
          this.fragmentOffset = fragment & 0xfff8
          this.fragmentId = u32(bytes, place + 4)
        }
        next = bytes[place]!
        place += 8
        if (this.isFragment) break
      } else {
        const size = next === 51 ? (bytes[place + 1]! + 2) * 4 : (bytes[place + 1]! + 1) * 8
        next = bytes[place]!
        place += size
        if (place > last) return false
      }
    }
    this.protocol = next
    this.payloadAt = place
    this.payloadBytes = total - (place - at)
    this.payloadEnd = last
    return this.payloadBytes >= 0
  }
}
