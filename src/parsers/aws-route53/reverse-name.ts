/** The address that a name for reverse lookups stands for (RFC 1035, 3.5; RFC 3596, 2.5). Used by the mapping of DNS queries. */

import { ipText, isIp } from '../../core/ip.ts'

const four = '.in-addr.arpa'
const six = '.ip6.arpa'

/** `10.0.0.5` of `5.0.0.10.in-addr.arpa`; undefined for a part of an address and for other names. IPv6 in canonical form. */
export function addressOfReverseName(name: string): string | undefined {
  const lower = name.toLowerCase()
  if (lower.endsWith(four)) {
    const address = lower.slice(0, -four.length).split('.', 5).reverse().join('.')
    return isIp(address) ? address : undefined
  }
  if (!lower.endsWith(six) || lower.length !== 63 + six.length) return undefined
  const bytes = new Uint8Array(16)
  for (let i = 0; i < 32; i++) {
    const digit = Number.parseInt(lower[62 - i * 2]!, 16)
    if (Number.isNaN(digit)) return undefined
    bytes[i >> 1]! |= i % 2 === 0 ? digit << 4 : digit
  }
  return ipText(bytes, 0)
}
