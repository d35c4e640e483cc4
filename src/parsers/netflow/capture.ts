/**
 * UDP datagrams out of packet captures: pcap (both byte orders, micro- and nanoseconds) and pcapng; Ethernet with VLAN tags, Linux
 * cooked (SLL, SLL2), loopback, raw IP. Fragments and what is not UDP are passed over.
 */

import { ipText } from '../../core/ip.ts'
import type { ByteReader } from './byte-reader.ts'

export type Datagram = { readonly payload: Uint8Array; readonly address: string }

const packetMax = 262_144

export function isPcap(head: Uint8Array): boolean {
  const magic = head.length < 4 ? 0 : be32(head, 0)
  return magic === 0xa1b2c3d4 || magic === 0xd4c3b2a1 || magic === 0xa1b23c4d || magic === 0x4d3cb2a1
}

export function isPcapng(head: Uint8Array): boolean {
  return (
    head.length >= 12 && be32(head, 0) === 0x0a0d0d0a && (be32(head, 8) === 0x1a2b3c4d || be32(head, 8) === 0x4d3c2b1a)
  )
}

export async function* pcapDatagrams(reader: ByteReader): AsyncGenerator<Datagram, void> {
  const head = await reader.take(24)
  if (head === undefined) throw new Error('a capture cut short')
  const little = head[0] === 0xd4 || head[0] === 0x4d
  const linkType = u32(head, 20, little) & 0xffff
  for (;;) {
    const packetHead = await reader.take(16)
    if (packetHead === undefined) return
    const size = u32(packetHead, 8, little)
    if (size > packetMax) throw new Error(`a packet of ${size} octets: the capture is damaged`)
    const packet = await reader.take(size)
    if (packet === undefined) throw new Error('the last packet is cut short')
    const datagram = datagramOf(packet, linkType)
    if (datagram !== undefined) yield datagram
  }
}

export async function* pcapngDatagrams(reader: ByteReader): AsyncGenerator<Datagram, void> {
  let little = true
  let linkTypes: number[] = []
  for (;;) {
    const head = await reader.take(12)
    if (head === undefined) return
    const isSection = be32(head, 0) === 0x0a0d0d0a
    if (isSection) {
      little = head[8] === 0x4d
      linkTypes = []
    }
    const type = u32(head, 0, little)
    const size = u32(head, 4, little)
    if (size < 12 || size > packetMax * 4 || size % 4 !== 0)
      throw new Error(`a block of ${size} octets: the capture is damaged`)
    // Its first four octets were read with the head; behind it stands its length once more.
    const rest = await reader.take(size - 12)
    if (rest === undefined) throw new Error('the last block is cut short')
    if (isSection || rest.length < 4) continue
    if (type === 1) linkTypes.push(little ? head[8]! | (head[9]! << 8) : (head[8]! << 8) | head[9]!)
    else if (type === 6 && rest.length >= 20) {
      const captured = u32(rest, 8, little)
      const linkType = linkTypes[u32(head, 8, little)]
      if (linkType === undefined || captured > rest.length - 20) continue
      const datagram = datagramOf(rest.subarray(16, 16 + captured), linkType)
      if (datagram !== undefined) yield datagram
    } else if (type === 3 && linkTypes[0] !== undefined) {
      const datagram = datagramOf(rest.subarray(0, Math.min(u32(head, 8, little), rest.length - 4)), linkTypes[0])
      if (datagram !== undefined) yield datagram
    }
  }
}

/** Where the IP packet begins, by link type; -1 where there is none. */
function ipAt(packet: Uint8Array, linkType: number): number {
  switch (linkType) {
    case 1: {
      let at = 12
      for (let tags = 0; tags < 3; tags++) {
        const type = (packet[at]! << 8) | packet[at + 1]!
        if (type === 0x0800 || type === 0x86dd) return at + 2
        if (type !== 0x8100 && type !== 0x88a8) return -1
        at += 4
      }
      return -1
    }
    case 113:
      return 16
    case 276:
      return 20
    case 0:
    case 108:
      return 4
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return 0
    default:
      return -1
  }
}

const address = new Uint8Array(16)

export function datagramOf(packet: Uint8Array, linkType: number): Datagram | undefined {
  const ip = ipAt(packet, linkType)
  if (ip < 0 || ip + 28 > packet.length) return undefined
  const version = packet[ip]! >> 4
  let udp: number
  let from: string
  if (version === 4) {
    // A fragment's ports are in the first one only.
    if (packet[ip + 9] !== 17 || (((packet[ip + 6]! << 8) | packet[ip + 7]!) & 0x3fff) !== 0) return undefined
    udp = ip + (packet[ip]! & 15) * 4
    from = `${packet[ip + 12]}.${packet[ip + 13]}.${packet[ip + 14]}.${packet[ip + 15]}`
  } else if (version === 6) {
    if (packet[ip + 6] !== 17 || ip + 48 > packet.length) return undefined
    udp = ip + 40
    address.set(packet.subarray(ip + 8, ip + 24))
    from = `[${ipText(address, 0)}]`
  } else return undefined
  if (udp + 8 > packet.length) return undefined
  const size = (packet[udp + 4]! << 8) | packet[udp + 5]!
  const end = Math.min(packet.length, udp + size)
  if (end <= udp + 8) return undefined
  return { payload: packet.subarray(udp + 8, end), address: `${from}:${(packet[udp]! << 8) | packet[udp + 1]!}` }
}

function be32(bytes: Uint8Array, at: number): number {
  return u32(bytes, at, false)
}

function u32(bytes: Uint8Array, at: number, little: boolean): number {
  const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
  return little ? ((d << 24) | (c << 16) | (b << 8) | a) >>> 0 : ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}
