/**
 * Users as Cisco's firewalls write them: `LOCAL\bob`, `EXAMPLE\bob`, `bob@example.com`, `bob, 16:Servers`, `16:Servers`, `(bob)`.
 * The number is a security group's tag (TrustSec), the word after it its name.
 */

export type TaggedUser = {
  readonly name: string | undefined
  readonly tag: number | undefined
  readonly tagName: string | undefined
}

const none: TaggedUser = { name: undefined, tag: undefined, tagName: undefined }

export function taggedUser(text: string | undefined): TaggedUser {
  if (text === undefined) return none
  let whole = text.trim()
  if (whole.startsWith('(')) whole = whole.slice(1)
  if (whole.endsWith(')')) whole = whole.slice(0, -1)
  const comma = whole.lastIndexOf(',')
  const colon = whole.lastIndexOf(':')
  if (colon > comma) {
    let from = colon
    while (from > 0 && isDigit(whole.charCodeAt(from - 1))) from--
    if (from < colon)
      return {
        name: userPart(comma < 0 ? whole.slice(0, from) : whole.slice(0, comma)),
        tag: Number(whole.slice(from, colon)),
        tagName: whole.slice(colon + 1) || undefined
      }
  }
  if (comma >= 0) {
    const tag = whole.slice(comma + 1).trim()
    if (/^\d{1,9}$/.test(tag)) return { name: userPart(whole.slice(0, comma)), tag: Number(tag), tagName: undefined }
  }
  return { name: userPart(whole), tag: undefined, tagName: undefined }
}

/** Computers' accounts end with `$`, which is no part of the name. */
function userPart(text: string): string | undefined {
  let end = 0
  for (; end < text.length; end++) {
    const c = text.charCodeAt(end)
    if (c === 36 || c === 41 || c === 44) break
  }
  return text.slice(0, end) || undefined
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

export type NamedUser = {
  readonly name: string | undefined
  readonly domain: string | undefined
  readonly email: string | undefined
}

/** `DOMAIN\name`, `name@example.com`: into ECS `user.*`. */
export function namedUser(text: string | undefined): NamedUser | undefined {
  if (text === undefined || text === '') return undefined
  let at = text.startsWith('LOCAL\\') ? 6 : 0
  let domain: string | undefined
  const slash = text.indexOf('\\', at)
  if (slash > at && isHostName(text, at, slash)) {
    domain = text.slice(at, slash)
    at = slash + 1
  }
  let end = at
  while (end < text.length && text.charCodeAt(end) !== 64 && text.charCodeAt(end) !== 36) end++
  const name = text.slice(at, end) || undefined
  if (name === undefined) return { name: text, domain, email: undefined }
  if (text.charCodeAt(end) !== 64) return { name, domain, email: undefined }
  let hostEnd = end + 1
  while (hostEnd < text.length && isHostCode(text.charCodeAt(hostEnd))) hostEnd++
  if (hostEnd === end + 1) return { name, domain, email: undefined }
  return { name, domain: text.slice(end + 1, hostEnd), email: `${name}@${text.slice(end + 1, hostEnd)}` }
}

function isHostName(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isHostCode(text.charCodeAt(i))) return false
  return true
}

function isHostCode(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 45 || c === 46
}
