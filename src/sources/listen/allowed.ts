/** Who may send: addresses and ranges of the configuration. */

import { BlockList, isIPv6 } from 'node:net'

/** Undefined: everybody. */
function allowedSenders(ranges: readonly string[]): ((address: string) => boolean) | undefined {
  if (ranges.length === 0) return undefined
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return address => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** May it send, by the configuration as it is when that is asked? The list is made anew when the configuration names another. */
export function senderCheck(config: () => { readonly allow: readonly string[] }): (address: string) => boolean {
  let ranges: readonly string[] | undefined
  let isListed: ((address: string) => boolean) | undefined
  return address => {
    const { allow } = config()
    if (allow !== ranges) {
      ranges = allow
      isListed = allowedSenders(allow)
    }
    return isListed?.(address) !== false
  }
}
