/**
 * Under which names Picket may be called. A page on the web can make its own name point to 127.0.0.1 (DNS rebinding) and then
 * talk to a local server as its own origin; but it cannot make the browser send another `Host` than that name.
 */

import { isIP } from 'node:net'

export type HostRules = {
  readonly host: string
  readonly publicUrl?: string | undefined
  readonly allowedHosts?: readonly string[] | undefined
}

/** Says whether a `Host` header is one of ours: an address (no name to rebind), `localhost`, or a configured name. */
export function hostCheck(rules: HostRules): (header: string | undefined) => boolean {
  const names = new Set(['localhost', ...(rules.allowedHosts ?? []).map(name => name.toLowerCase())])
  names.add(rules.host.toLowerCase())
  if (rules.publicUrl !== undefined) names.add(new URL(rules.publicUrl).hostname)
  return header => {
    const name = hostNameOf(header)
    return name !== undefined && (isIP(name) !== 0 || names.has(name))
  }
}

/**
 * Does an unsafe request come from a page of ours? Browsers say so in `Sec-Fetch-Site` and `Origin`; programs send neither,
 * and are told apart by their credentials.
 */
export function isSameOrigin(
  headers: { readonly host?: string; readonly origin?: string; readonly 'sec-fetch-site'?: string | string[] },
  publicUrl: string | undefined
): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (headers.origin === undefined) return true
  if (publicUrl !== undefined && headers.origin === new URL(publicUrl).origin) return true
  try {
    return headers.host !== undefined && new URL(headers.origin).host === new URL(`http://${headers.host}`).host
  } catch {
    return false
  }
}

function hostNameOf(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 300) return undefined
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(header)
  if (bracketed !== null) return bracketed[1]!.toLowerCase()
  const plain = /^([A-Za-z0-9._-]+)(?::\d{1,5})?$/.exec(header)
  return plain === null ? undefined : plain[1]!.toLowerCase().replace(/\.$/, '')
}
