/** Is an address one of a private network, as far as that can be told from itself? (RFC 1918, 4193, loopback, link-local.) */

import { writeIp } from '../../core/ip.ts'

const bytes = new Uint8Array(16)

export function isInternal(ip: string): boolean {
  if (!writeIp(ip, bytes, 0)) return false
  if (ip.includes('.') && !ip.includes(':')) {
    const [a, b] = [bytes[12]!, bytes[13]!]
    return (
      a === 10 ||
      a === 127 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 224 && b === 0 && bytes[14] === 0) ||
      (a === 255 && b === 255 && bytes[14] === 255 && bytes[15] === 255) ||
      (a === 0 && b === 0 && bytes[14] === 0 && bytes[15] === 0)
    )
  }
  const first = bytes[0]!
  if ((first & 0xfe) === 0xfc || (first === 0xfe && (bytes[1]! & 0xc0) === 0x80)) return true
  if (first === 0xff) return (bytes[1]! & 15) <= 2
  for (let i = 0; i < 15; i++) if (bytes[i] !== 0) return false
  return bytes[15]! <= 1
}
