/** ECS `url.*` of a request target as a server logs it, with the name of the virtual host where the target has none. */

import { type UrlParts, urlParts } from './url.ts'

export function urlFields(
  target: string | undefined,
  domain?: string | undefined
): UrlParts | { readonly domain: string } | undefined {
  const parts = target === undefined ? undefined : urlParts(target)
  if (domain === undefined || parts?.domain !== undefined) return parts
  return parts === undefined ? { domain } : { ...parts, domain }
}
