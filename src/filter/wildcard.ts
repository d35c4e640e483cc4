/** Wildcard patterns: `*` any text, `?` any one character, `\` before `*`, `?` or `\` for the character itself. Their matcher and their LIKE. */

import { asciiLower, escapeRegex } from './tokens.ts'

export type WildcardPart = '*' | '?' | { readonly text: string }

/** The parts of a pattern; neighbouring `*` are one, neighbouring texts are joined. A `\` before anything else is itself. */
export function parseWildcard(pattern: string): readonly WildcardPart[] {
  const parts: WildcardPart[] = []
  let text = ''
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    if (c === '*' || c === '?') {
      if (text !== '') parts.push({ text })
      text = ''
      if (c === '?' || parts.at(-1) !== '*') parts.push(c)
    } else if (c === '\\' && (pattern[i + 1] === '*' || pattern[i + 1] === '?' || pattern[i + 1] === '\\')) {
      text += pattern[++i]!
    } else text += c
  }
  if (text !== '') parts.push({ text })
  return parts
}

export function escapeWildcard(text: string): string {
  return text.replace(/[*?\\]/g, '\\$&')
}

export function wildcardText(parts: readonly WildcardPart[]): string {
  return parts.map(part => (typeof part === 'string' ? part : escapeWildcard(part.text))).join('')
}

/** The pattern as a regular expression without anchors, where `.` matches line breaks. */
export function wildcardRegex(parts: readonly WildcardPart[]): string {
  return parts.map(part => (part === '*' ? '.*' : part === '?' ? '.' : escapeRegex(part.text))).join('')
}

/** The pattern for SQL's LIKE. */
export function wildcardLike(parts: readonly WildcardPart[]): string {
  return parts.map(part => (part === '*' ? '%' : part === '?' ? '_' : escapeLike(part.text))).join('')
}

export function escapeLike(text: string): string {
  return text.replace(/[%_\\]/g, '\\$&')
}

/** The parts with their letters in lower case (ASCII). */
export function lowerParts(parts: readonly WildcardPart[]): readonly WildcardPart[] {
  return parts.map(part => (typeof part === 'string' ? part : { text: asciiLower(part.text) }))
}

type Segment = readonly ('?' | { readonly text: string })[]

/** Does the pattern fit the whole text? Time is in the worst case proportional to the text's length times the pattern's. */
export function wildcardMatcher(pattern: string, cased: boolean): (text: string) => boolean {
  const parts = cased ? parseWildcard(pattern) : lowerParts(parseWildcard(pattern))
  const fits = partsMatcher(parts)
  return cased ? fits : text => fits(asciiLower(text))
}

function partsMatcher(parts: readonly WildcardPart[]): (text: string) => boolean {
  const segments: Segment[] = []
  let segment: ('?' | { readonly text: string })[] = []
  for (const part of parts) {
    if (part === '*') {
      segments.push(segment)
      segment = []
    } else segment.push(part)
  }
  segments.push(segment)
  const first = segments[0]!
  const last = segments.at(-1)!
  if (segments.length === 1) return text => matchAt(first, text, 0) === text.length
  const middle = segments.slice(1, -1)
  const [a, b] = [plain(first), plain(last)]
  if (a !== undefined && b !== undefined && middle.length === 0) {
    return text => text.length >= a.length + b.length && text.startsWith(a) && text.endsWith(b)
  }
  return text => {
    let at = matchAt(first, text, 0)
    if (at < 0) return false
    for (const piece of middle) {
      at = find(piece, text, at)
      if (at < 0) return false
    }
    const lastAt = matchBefore(last, text)
    return lastAt >= at
  }
}

function plain(segment: Segment): string | undefined {
  if (segment.length === 0) return ''
  const only = segment[0]!
  return segment.length === 1 && only !== '?' ? only.text : undefined
}

/** Where the segment, begun at `at`, ends; -1 if it does not fit. */
function matchAt(segment: Segment, text: string, at: number): number {
  for (const part of segment) {
    if (part === '?') {
      if (at >= text.length) return -1
      at += text.codePointAt(at)! > 0xffff ? 2 : 1
    } else {
      if (!text.startsWith(part.text, at)) return -1
      at += part.text.length
    }
  }
  return at
}

/** Where the segment begins that ends with the text; -1 if it does not fit. */
function matchBefore(segment: Segment, text: string): number {
  let end = text.length
  for (let i = segment.length - 1; i >= 0; i--) {
    const part = segment[i]!
    if (part === '?') {
      if (end === 0) return -1
      end -= end >= 2 && text.codePointAt(end - 2)! > 0xffff ? 2 : 1
    } else {
      end -= part.text.length
      if (end < 0 || !text.startsWith(part.text, end)) return -1
    }
  }
  return end
}

/** Where the segment's first occurrence from `at` on ends; -1 if there is none. */
function find(segment: Segment, text: string, at: number): number {
  const text0 = plain(segment)
  if (text0 !== undefined) {
    const found = text.indexOf(text0, at)
    return found < 0 ? -1 : found + text0.length
  }
  for (let start = at; start <= text.length; start++) {
    // Never begin in the middle of a surrogate pair: the store counts code points.
    if (start > 0 && start < text.length && text.codePointAt(start - 1)! > 0xffff) continue
    const end = matchAt(segment, text, start)
    if (end >= 0) return end
  }
  return -1
}
