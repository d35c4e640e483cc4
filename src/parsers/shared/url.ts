/**
 * URLs and request targets taken apart into ECS `url.*`, as Elastic's `uri_parts` processor does it: percent-escapes in path,
 * query and fragment are decoded where the text is a valid URI (RFC 2396, as java.net.URI reads it). Where it is not (attacks
 * seldom are), Elastic gives nothing; here the parts are cut out as they stand. One pass over the text, never throws.
 */

export type UrlParts = {
  readonly original: string
  readonly scheme: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  /** As written; IPv6 addresses keep their brackets. */
  readonly domain: string | undefined
  readonly port: number | undefined
  /** Empty (not undefined) for an absolute URL without one. */
  readonly path: string | undefined
  /** Of the last segment, without the dot. */
  readonly extension: string | undefined
  readonly query: string | undefined
  readonly fragment: string | undefined
}

/** Undefined for an empty text. */
export function urlParts(original: string): UrlParts | undefined {
  if (original === '') return undefined
  const decoded = isUri(original)
  const hash = original.indexOf('#')
  const end = hash < 0 ? original.length : hash
  const mark = original.indexOf('?')
  const pathEnd = mark < 0 || mark > end ? end : mark
  const schemeLength = schemeOf(original)
  let at = schemeLength === 0 ? 0 : schemeLength + 1
  let authority: Authority = noAuthority
  let path: string | undefined
  if (original.startsWith('//', at)) {
    const slash = original.indexOf('/', at + 2)
    const authorityEnd = slash < 0 || slash > pathEnd ? pathEnd : slash
    authority = authorityOf(original.slice(at + 2, authorityEnd))
    at = authorityEnd
    path = original.slice(at, pathEnd)
  } else if (schemeLength > 0 && original.charCodeAt(at) !== 47) {
    // `host:443`, the target of CONNECT, looks like a scheme; `mailto:` and its kin have no parts.
    const target = authorityOf(original.slice(0, pathEnd))
    if (target.port !== undefined) return partsOf(original, undefined, target, undefined, undefined, undefined)
    return partsOf(original, original.slice(0, schemeLength), noAuthority, undefined, undefined, undefined)
  } else path = original.slice(at, pathEnd)
  const query = pathEnd < end ? original.slice(pathEnd + 1, end) : undefined
  const fragment = end < original.length ? original.slice(end + 1) : undefined
  const scheme = schemeLength === 0 ? undefined : original.slice(0, schemeLength)
  if (!decoded || original.indexOf('%') < 0) return partsOf(original, scheme, authority, path, query, fragment)
  return partsOf(original, scheme, authority, unescapeUrl(path), unescaped(query), unescaped(fragment))
}

function partsOf(
  original: string,
  scheme: string | undefined,
  authority: Authority,
  path: string | undefined,
  query: string | undefined,
  fragment: string | undefined
): UrlParts {
  return {
    original,
    scheme,
    username: authority.username,
    password: authority.password,
    domain: authority.domain,
    port: authority.port,
    path,
    extension: path === undefined ? undefined : extensionOf(path),
    query,
    fragment
  }
}

/** What follows the last dot of the path's last segment. */
export function extensionOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/')
  const dot = path.lastIndexOf('.')
  return slash >= 0 && dot > slash && dot < path.length - 1 ? path.slice(dot + 1) : undefined
}

/** Length of the scheme (`http` of `http:…`), 0 if there is none. */
function schemeOf(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 58) return i
    const letter = (c | 32) >= 97 && (c | 32) <= 122
    if (!letter && (i === 0 || !((c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46))) return 0
  }
  return 0
}

type Authority = {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly domain: string | undefined
  readonly port: number | undefined
}
const noAuthority: Authority = { username: undefined, password: undefined, domain: undefined, port: undefined }

/** `[user[:password]@]host[:port]` (RFC 3986, 3.2) */
function authorityOf(text: string): Authority {
  const at = text.lastIndexOf('@')
  const user = at < 0 ? undefined : text.slice(0, at)
  const colon = user === undefined ? -1 : user.indexOf(':')
  let host = text.slice(at + 1)
  let port: number | undefined
  const portMark = host.lastIndexOf(':')
  if (portMark >= 0 && portMark > host.lastIndexOf(']')) {
    port = portOf(host, portMark + 1)
    if (port !== undefined || portMark === host.length - 1) host = host.slice(0, portMark)
  }
  return {
    username: colon < 0 ? user : user?.slice(0, colon),
    password: colon < 0 ? undefined : user?.slice(colon + 1),
    domain: host === '' ? undefined : host,
    port
  }
}

function portOf(text: string, from: number): number | undefined {
  if (from === text.length || text.length - from > 5) return undefined
  let port = 0
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    port = port * 10 + digit
  }
  return port <= 65535 ? port : undefined
}

/** Are all characters ones that a URI may have, and every `%` the start of an escape? */
function isUri(text: string): boolean {
  let fragments = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 32 || c === 34 || c === 60 || c === 62 || c === 92 || c === 94 || c === 96 || (c >= 123 && c <= 125))
      return false
    if (c === 37) {
      if (hexDigit(text.charCodeAt(i + 1)) < 0 || hexDigit(text.charCodeAt(i + 2)) < 0) return false
      i += 2
    } else if (c === 35 && ++fragments > 1) return false
  }
  return true
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function unescaped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : unescapeUrl(text)
}

/** Percent-escapes as UTF-8; bytes that are not become U+FFFD, a `%` without two digits stays. */
export function unescapeUrl(text: string): string {
  if (text.indexOf('%') < 0) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return unescapeLoosely(text)
  }
}

function unescapeLoosely(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    out += text.slice(from, at)
    const bytes: number[] = []
    for (; text.charCodeAt(at) === 37; at += 3) {
      const high = hexDigit(text.charCodeAt(at + 1))
      const low = hexDigit(text.charCodeAt(at + 2))
      if (high < 0 || low < 0) break
      bytes.push(high * 16 + low)
    }
    if (bytes.length === 0) {
      out += '%'
      at++
    } else out += utf8.decode(new Uint8Array(bytes))
    from = at
  }
  return out + text.slice(from)
}

const utf8 = new TextDecoder()
