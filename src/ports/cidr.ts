/** Networks as CIDR blocks of 128-bit addresses: IPv4 lies where it is mapped, below ::ffff:0:0/96. */

import { ipText, writeIp } from '../core/ip.ts'

/** The first address, and how many of 128 bits are the network's (an IPv4 /24 has 120). */
export type Cidr = { readonly address: bigint; readonly bits: number }

const bytes = new Uint8Array(16)
const mapped = 0xffffn << 32n

export function addressOf(text: string): bigint | undefined {
  if (!writeIp(text, bytes, 0)) return undefined
  let value = 0n
  for (let i = 0; i < 16; i += 4)
    value =
      (value << 32n) | BigInt(((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0)
  return value
}

export const isV4 = (address: bigint): boolean => address >> 32n === 0xffffn

/** `10.0.0.0/8`, `2001:db8::/32`, or an address alone. Bits of the host are cleared. */
export function readCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const address = addressOf(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const v4 = isV4(address) && !text.includes(':')
  const length = slash < 0 ? (v4 ? 32 : 128) : Number(text.slice(slash + 1))
  if (
    !Number.isInteger(length) ||
    length < 0 ||
    length > (v4 ? 32 : 128) ||
    (slash >= 0 && !/^\d{1,3}$/.test(text.slice(slash + 1)))
  )
    return undefined
  const bits = v4 ? length + 96 : length
  return { address: network(address, bits), bits }
}

export function network(address: bigint, bits: number): bigint {
  const host = BigInt(128 - bits)
  return (address >> host) << host
}

export function cidrText({ address, bits }: Cidr): string {
  let rest = address
  for (let i = 15; i >= 0; i--) {
    bytes[i] = Number(rest & 255n)
    rest >>= 8n
  }
  const v4 = bits >= 96 && isV4(address)
  return `${ipText(bytes, 0)}/${v4 ? bits - 96 : bits}`
}

export const anyV4: Cidr = { address: mapped, bits: 96 }
export const anyV6: Cidr = { address: 0n, bits: 0 }

/** Is every address of `inner` in `outer`? All of IPv6 (::/0) holds no IPv4 address, as in filters. */
export function holds(outer: Cidr, inner: Cidr): boolean {
  if (inner.bits < outer.bits) return false
  if (outer.bits < 96 && isV4(inner.address)) return false
  return network(inner.address, outer.bits) === outer.address
}

/** How wide a network is: addresses for IPv4; for IPv6, networks of 64 bits, which are what is given to one site's subnet. */
export function width({ address, bits }: Cidr): number {
  return isV4(address) && bits >= 96 ? 2 ** (128 - bits) : 2 ** (64 - bits)
}

/** RFC 1918, RFC 6598, link-local, loopback, and IPv6's unique local addresses. */
const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1'
].map(text => readCidr(text)!)

export function isPrivate(address: bigint): boolean {
  return privateNetworks.some(outer => holds(outer, { address, bits: 128 }))
}
