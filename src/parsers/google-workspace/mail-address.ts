/** A mail address as name and domain; undefined if it does not have exactly one `@`. */
export function splitMail(text: unknown): { readonly name: string; readonly domain: string } | undefined {
  if (typeof text !== 'string') return undefined
  const at = text.indexOf('@')
  return at < 0 || text.indexOf('@', at + 1) >= 0 ? undefined : { name: text.slice(0, at), domain: text.slice(at + 1) }
}
