/**
 * The registered domain, subdomain and public suffix of a host name (ECS `dns.question.*`, `url.*`), as Elastic's
 * `registered_domain` processor (Apache HttpClient's matcher) gives them: the whole Public Suffix List counts, and a suffix of its
 * private part is a registered domain itself. Shared by the parsers.
 */

import { parse } from 'tldts'
import { Recent } from './recent.ts'

export type RegisteredDomain = {
  readonly registered_domain: string | undefined
  readonly subdomain: string | undefined
  readonly top_level_domain: string | undefined
}

const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false }
const hostNameLengthMax = 255
const recent = new Recent<RegisteredDomain>(10_000)
const none: RegisteredDomain = { registered_domain: undefined, subdomain: undefined, top_level_domain: undefined }

/** Undefined parts where the name has none: a single label, the root, something longer than a name can be. Must not be changed. */
export function registeredDomain(name: string): RegisteredDomain {
  const known = recent.get(name)
  if (known !== undefined) return known
  if (name.length > hostNameLengthMax || name === '' || name.charCodeAt(0) === 46) return none
  const made = split(name)
  recent.set(name, made)
  return made
}

function split(name: string): RegisteredDomain {
  const lower = name.toLowerCase()
  const { domain: registrable, publicSuffix, isIcann, isPrivate } = parse(lower, options)
  // Below a private suffix (`cloudfront.net`, `github.io`) the suffix itself is what somebody registered.
  const domain = isPrivate ? publicSuffix : registrable
  if (domain === null)
    return isIcann && publicSuffix !== null
      ? { registered_domain: undefined, subdomain: undefined, top_level_domain: publicSuffix }
      : none
  const bare = lower.endsWith('.') ? lower.slice(0, -1) : lower
  return {
    registered_domain: domain,
    subdomain: bare.length > domain.length + 1 ? name.slice(0, bare.length - domain.length - 1) : undefined,
    top_level_domain: domain.slice(domain.indexOf('.') + 1)
  }
}
