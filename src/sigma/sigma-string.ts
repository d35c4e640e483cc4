/**
 * Sigma's strings: text with wildcards. `*` is any text, `?` any one character, a backslash before `*`, `?` or `\` takes that one as it
 * is, and any other backslash is itself: the same rules as the filter's patterns (`filter/wildcard.ts`).
 */

import { parseWildcard, type WildcardPart } from '../filter/wildcard.ts'

export type Parts = readonly WildcardPart[]

export const partsOf = (text: string): Parts => parseWildcard(text)

export const plainParts = (text: string): Parts => (text === '' ? [] : [{ text }])

/** The text, if there is no wildcard in it. */
export function plainText(parts: Parts): string | undefined {
  if (parts.length === 0) return ''
  const only = parts[0]!
  return parts.length === 1 && typeof only !== 'string' ? only.text : undefined
}

/** Neighbouring texts are joined, neighbouring `*` are one. */
export function joinParts(parts: Iterable<WildcardPart>): Parts {
  const joined: WildcardPart[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (typeof part === 'string') {
      if (part === '?' || last !== '*') joined.push(part)
    } else if (typeof last === 'object') joined[joined.length - 1] = { text: last.text + part.text }
    else if (part.text !== '') joined.push(part)
  }
  return joined
}

export const startingWith = (parts: Parts): Parts => joinParts([...parts, '*'])
export const endingWith = (parts: Parts): Parts => joinParts(['*', ...parts])
export const containing = (parts: Parts): Parts => joinParts(['*', ...parts, '*'])
