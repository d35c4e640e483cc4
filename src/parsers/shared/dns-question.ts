/** A question as ECS has it (`dns.question.*`). Shared by the parsers that see DNS. */

import { registeredDomain } from './registered-domain.ts'

/** The full stop at the end of a name is not kept (but the root's is). */
export function dnsQuestion(name: string, type: string | undefined, dnsClass: string | undefined): object {
  const bare = name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
  const { registered_domain, subdomain, top_level_domain } = registeredDomain(bare)
  return { name: bare, type, class: dnsClass, registered_domain, subdomain, top_level_domain }
}
