/**
 * Distinguished names (RFC 2253 text such as `CN=www.example.org,O=Example\, Inc.,C=US`) as Elastic's Zeek integration cuts them:
 * an escaped comma is dropped, and an attribute that occurs twice becomes a list. A part without `=` belongs to the value before it.
 */

import type { Own } from './leftovers.ts'

export type DistinguishedName = ReadonlyMap<string, string | readonly string[]>

const attributesMax = 64

/** The text without its escaped commas. */
export function plain(text: string): string {
  return text.includes('\\,') ? text.replaceAll('\\,', '') : text
}

export function distinguishedName(text: string): DistinguishedName {
  const found = new Map<string, string | string[]>()
  const pairs: string[] = []
  for (const piece of plain(text).split(',')) {
    if ((piece.includes('=') && pairs.length < attributesMax) || pairs.length === 0) pairs.push(piece)
    else pairs[pairs.length - 1] += ',' + piece
  }
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at <= 0) continue
    const key = pair.slice(0, at)
    const value = pair.slice(at + 1)
    const before = found.get(key)
    if (before === undefined) found.set(key, value)
    else if (typeof before === 'string') found.set(key, [before, value])
    else before.push(value)
  }
  return found
}

/** As ECS has it under `x509.subject` and `x509.issuer`; with the whole name, where no other field has it. */
export function x509Name(name: DistinguishedName, whole?: string): Record<string, unknown> {
  return {
    distinguished_name: whole,
    common_name: words(name.get('CN')),
    country: words(name.get('C')),
    locality: words(name.get('L')),
    organization: words(name.get('O')),
    organizational_unit: words(name.get('OU')),
    state_or_province: words(name.get('ST'))
  }
}

function words(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : value
}

const longNames: ReadonlyMap<string, string> = new Map([
  ['CN', 'common_name'],
  ['C', 'country'],
  ['L', 'locality'],
  ['O', 'organization'],
  ['OU', 'organizational_unit'],
  ['ST', 'state']
])

/** As Elastic's integration has it under `zeek.*`: the six usual attributes by their long names, the others as they are. */
export function longName(name: DistinguishedName): Own {
  const out: Own = {}
  for (const [key, value] of name) {
    const long = longNames.get(key) ?? key
    if (long === '__proto__') continue
    out[long] = value
  }
  return out
}
