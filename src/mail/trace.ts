/**
 * What the servers that a mail passed wrote on it: Received (RFC 5321, 4.4) and Authentication-Results (RFC 8601). A stranger can write any of them, so
 * they are believed as far down as our own servers wrote, and no further.
 */

import { domainOf, mailboxesOf } from './addresses.ts'
import type { Authentication, AuthResult, Envelope, Signature } from './facts.ts'
import { type Header, headerOf } from './headers.ts'
import { siteOf } from './links.ts'

type Hop = {
  readonly by: string | undefined
  readonly helo: string | undefined
  readonly ip: string | undefined
  readonly for: string | undefined
}

export function readHop(value: string): Hop {
  const text = value.slice(0, 4096)
  const by = /\bby\s{1,8}([A-Za-z0-9.:[\]-]{1,255})/.exec(text)?.[1]?.toLowerCase()
  const from = /^\s{0,8}from\s{1,8}(\S{1,255})/i.exec(text)?.[1]
  const until = text.search(/\sby\s/)
  const clause = until < 0 ? text : text.slice(0, until)
  const ip =
    /\[(?:IPv6:)?([0-9a-fA-F.:]{3,45})\]/.exec(clause)?.[1] ??
    /\((?:\S{1,255}\s)?([0-9a-fA-F:]{2,45}:[0-9a-fA-F:]{1,40}|\d{1,3}(?:\.\d{1,3}){3})\)/.exec(clause)?.[1]
  return { by, helo: from, ip, for: /\bfor\s{1,8}<([^<>\s]{1,320})>/.exec(text)?.[1] }
}

/**
 * The envelope as the first server of ours wrote it down: the lowest of the Received headers, from the top, that `trusted` servers wrote (names, or
 * domains that they are below). Undefined where the topmost is not of one.
 */
export function envelopeOf(headers: readonly Header[], trusted: readonly string[]): Envelope | undefined {
  let last: Hop | undefined
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'received') continue
    const hop = readHop(value)
    if (hop.by === undefined || !isBelow(hop.by, trusted)) break
    last = hop
  }
  if (last?.ip === undefined) return undefined
  const path = headerOf(headers, 'return-path')
  const from = path === undefined ? undefined : (mailboxesOf([path])[0]?.address ?? '')
  return { via: 'headers', client: last.ip, helo: last.helo, from, to: last.for === undefined ? undefined : [last.for] }
}

function isBelow(host: string, names: readonly string[]): boolean {
  return names.some(name => host === name.toLowerCase() || host.endsWith(`.${name.toLowerCase()}`))
}

const words: ReadonlySet<string> = new Set([
  'pass',
  'fail',
  'softfail',
  'neutral',
  'none',
  'temperror',
  'permerror',
  'policy'
])

export function resultOf(word: string | undefined): AuthResult {
  const lower = word?.toLowerCase() ?? 'none'
  if (lower === 'hardfail') return 'fail'
  return words.has(lower) ? (lower as AuthResult) : 'none'
}

/**
 * The results of the topmost Authentication-Results header by one of these servers, and of those of the same server right after it (some write one for each
 * method). Servers that write such headers must take away those that come with their name from outside (RFC 8601, 5).
 */
export function believedResults(
  headers: readonly Header[],
  authservIds: readonly string[],
  from: string | undefined
): Authentication | undefined {
  const wanted = authservIds.map(id => id.toLowerCase())
  let server: string | undefined
  let spf: Authentication['spf'] = { result: 'none' }
  let dmarc: Authentication['dmarc'] = { result: 'none' }
  const dkim: Signature[] = []
  const seen = new Set<string>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    if (key === 'received' && server !== undefined) break
    if (key !== 'authentication-results') continue
    const statements = splitResults(value.slice(0, 16_384))
    const id = statements[0]?.trim().split(/\s+/, 1)[0]?.toLowerCase()
    if (id === undefined || !wanted.includes(id)) continue
    if (server !== undefined && id !== server) break
    server = id
    for (const statement of statements.slice(1, 33)) {
      const match = /^\s*([a-z]{2,12})\s{0,4}(?:\/\s{0,4}\d\s{0,4})?=\s{0,4}([a-z]{2,12})/i.exec(statement)
      if (match === null) continue
      const method = match[1]!.toLowerCase()
      const result = resultOf(match[2])
      const property = (wantedName: string): string | undefined =>
        new RegExp(`\\s${wantedName.replace('.', '\\.')}\\s{0,4}=\\s{0,4}"?([^\\s";]{1,320})`, 'i').exec(statement)?.[1]
      const reason = /\sreason\s{0,4}=\s{0,4}"([^"]{0,200})"/i.exec(statement)?.[1]
      // The first of a method speaks; DKIM has one a signature.
      if (method === 'spf' && !seen.has(method)) {
        const address = property('smtp.mailfrom') ?? property('smtp.helo')
        const domain = domainOf(address) ?? address?.toLowerCase()
        spf = { result, domain, aligned: result === 'pass' && isAligned(domain, from), reason }
      } else if (method === 'dmarc' && !seen.has(method)) {
        dmarc = {
          result,
          domain: property('header.from')?.toLowerCase(),
          policy: /\bp=([a-z]{4,10})/i.exec(statement)?.[1]?.toLowerCase(),
          reason
        }
      } else if (method === 'dkim' && dkim.length < 16) {
        const identity = property('header.d') ?? property('header.i')
        const domain = identity === undefined ? undefined : (domainOf(identity) ?? identity.toLowerCase())
        dkim.push({
          result,
          domain,
          selector: property('header.s'),
          aligned: result === 'pass' && isAligned(domain, from),
          reason
        })
      }
      seen.add(method)
    }
  }
  if (server === undefined) return undefined
  // A result for another domain than the one that the mail shows says nothing of the mail.
  if (dmarc.result === 'pass' && dmarc.domain !== undefined && !isAligned(dmarc.domain, from))
    dmarc = { ...dmarc, result: 'none', reason: 'of another domain' }
  return { by: 'header', server, spf, dkim, dmarc }
}

function isAligned(domain: string | undefined, from: string | undefined): boolean {
  const site = siteOf(domain)
  return site !== undefined && site === siteOf(from)
}

/** At semicolons outside quotes and comments; comments are taken away. */
function splitResults(text: string): string[] {
  const out: string[] = []
  let piece = ''
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!
    if (letter === '\\') {
      if (depth === 0) piece += letter + (text[i + 1] ?? '')
      i++
    } else if (quoted) {
      if (letter === '"') quoted = false
      if (depth === 0) piece += letter
    } else if (letter === '"' && depth === 0) {
      quoted = true
      piece += letter
    } else if (letter === '(') {
      depth++
      // The policy stands in a comment, and is wanted.
      const policy = /^\(\s{0,4}p=[a-z]{4,10}/i.exec(text.slice(i, i + 24))?.[0]
      if (policy !== undefined) piece += ` ${policy.slice(1)} `
    } else if (letter === ')') depth = Math.max(0, depth - 1)
    else if (depth > 0) continue
    else if (letter === ';') {
      out.push(piece)
      piece = ''
    } else piece += letter
  }
  out.push(piece)
  return out
}
