/** Addresses and networks as the store holds them: 16 bytes each, IPv4 mapped into IPv6. */

import { ipText, writeIp } from '../core/ip.ts'

const bytes = new Uint8Array(16)

/**
 * The address's canonical text (RFC 5952) as the store prints it, or undefined if the text is no address.
 * It differs from `ipText` for IPv4-compatible addresses only, which ClickHouse prints as `::1.2.3.4`.
 */
export function addressText(text: string): string | undefined {
  const c = text.charCodeAt(0)
  // An address begins with a hex digit or a colon: most texts are told apart here.
  if (!((c >= 48 && c <= 58) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70))) return undefined
  return writeIp(text, bytes, 0) ? textOfBytes(bytes) : undefined
}

function textOfBytes(address: Uint8Array): string {
  let compatible = address[12] !== 0 || address[13] !== 0
  for (let i = 0; compatible && i < 12; i++) compatible = address[i] === 0
  return compatible ? `::${address[12]}.${address[13]}.${address[14]}.${address[15]}` : ipText(address, 0)
}

/** A network: its first and last address, both as 16 bytes. */
export type Network = { readonly first: Uint8Array; readonly last: Uint8Array }

/** `10.0.0.0/8`, `2001:db8::/32`; undefined if it is anything else. Bits beyond the prefix are cleared. */
export function parseCidr(text: string): Network | undefined {
  const slash = text.indexOf('/')
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined
  const address = text.slice(0, slash)
  const first = new Uint8Array(16)
  if (!writeIp(address, first, 0)) return undefined
  const given = Number(text.slice(slash + 1))
  const four = !address.includes(':')
  if (given > (four ? 32 : 128)) return undefined
  const prefix = four ? given + 96 : given
  const last = first.slice()
  for (let i = 0; i < 16; i++) {
    const kept = Math.min(8, Math.max(0, prefix - i * 8))
    const mask = (0xff << (8 - kept)) & 0xff
    first[i] = first[i]! & mask
    last[i] = last[i]! | (0xff & ~mask)
  }
  return { first, last }
}

/** Is the text an address of the network? */
export function inNetwork(text: string, network: Network): boolean {
  if (!writeIp(text, bytes, 0)) return false
  return compare(network.first, bytes) <= 0 && compare(bytes, network.last) <= 0
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** A network's bounds as text that the store reads back as the same 16 bytes. */
export function networkBounds(network: Network): readonly [string, string] {
  return [hexGroups(network.first), hexGroups(network.last)]
}

function hexGroups(address: Uint8Array): string {
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((address[i]! << 8) | address[i + 1]!).toString(16))
  return groups.join(':')
}
