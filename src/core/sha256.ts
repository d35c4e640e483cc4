/** SHA-256 (FIPS 180-4), synchronous and without `node:crypto`, for fingerprints of what was seen on the wire. Not for secrets. */

import { hexText } from './md5.ts'
import { paddedMessage } from './sha-padding.ts'

const k = new Int32Array(64)
const initial = new Int32Array(8)
const w = new Int32Array(64)

// The constants are the fractions of roots of the first primes.
{
  let found = 0
  for (let n = 2; found < 64; n++) {
    let prime = true
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false
    if (!prime) continue
    if (found < 8) initial[found] = ((Math.sqrt(n) % 1) * 0x100000000) | 0
    k[found++] = ((Math.cbrt(n) % 1) * 0x100000000) | 0
  }
}

export function sha256(message: Uint8Array): Uint8Array {
  const view = paddedMessage(message)
  const h = Int32Array.from(initial)
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + t * 4)
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15]!
      const y = w[t - 2]!
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0
    }
    let [a, b, c, d, e, f, g, last] = h as unknown as [number, number, number, number, number, number, number, number]
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const one = (last + s1 + ((e & f) ^ (~e & g)) + k[t]! + w[t]!) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      last = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    h[0]! += a
    h[1]! += b
    h[2]! += c
    h[3]! += d
    h[4]! += e
    h[5]! += f
    h[6]! += g
    h[7]! += last
  }
  const digest = new Uint8Array(32)
  const out = new DataView(digest.buffer)
  for (let i = 0; i < 8; i++) out.setInt32(i * 4, h[i]!)
  return digest
}

export function sha256Hex(message: Uint8Array): string {
  return hexText(sha256(message))
}
