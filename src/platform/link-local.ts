/**
 * Where programs of ours do not connect to, whoever asks: link-local addresses, where clouds hand out credentials. Private addresses
 * are allowed, because people run their own servers.
 */

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'

export function isLinkLocal(address: string): boolean {
  const bare = address.toLowerCase().replace(/^::ffff:/, '')
  return bare.startsWith('169.254.') || /^a9fe:/.test(bare) || /^fe[89ab]/.test(bare) || bare === 'fd00:ec2::254'
}

/** For `lookup` of sockets and requests. The address that is connected to is the one that was looked at: a name cannot change its mind in between. */
export function lookupNotLinkLocal(refusal: string) {
  return (
    host: string,
    options: LookupOptions,
    done: (error: Error | null, address?: string | LookupAddress[], family?: number) => void
  ): void =>
    lookup(host, options, (error, address, family) => {
      if (error !== null) return done(error)
      const all: readonly (string | LookupAddress)[] = Array.isArray(address) ? address : [address]
      if (all.some(each => isLinkLocal(typeof each === 'string' ? each : each.address))) return done(new Error(refusal))
      done(null, address as string | LookupAddress[], family)
    })
}
