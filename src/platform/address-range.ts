/** Addresses and ranges as people write them: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. */

import { isIP } from 'node:net'

export function isRange(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
