/**
 * Tokens and letter case, exactly as the store sees them: a token is a run of ASCII letters, ASCII digits and non-ASCII characters
 * (ClickHouse's `splitByNonAlpha`), and only ASCII letters have a case (ClickHouse's `lower`).
 */

/** Lower case for A to Z; all else is left alone. */
export function asciiLower(text: string): string {
  let upper = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 127) return text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
    if (c >= 65 && c <= 90) upper = true
  }
  return upper ? text.toLowerCase() : text
}

export function isTokenCode(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c > 127
}

/** The distinct tokens of a text, in order. */
export function tokensOf(text: string): string[] {
  const tokens = new Set<string>()
  let start = -1
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && isTokenCode(text.charCodeAt(i))) {
      if (start < 0) start = i
    } else if (start >= 0) {
      tokens.add(text.slice(start, i))
      start = -1
    }
  }
  return [...tokens]
}

/** Does `needle` stand in `text` without cutting a token at its ends? Both in lower case; `needle` is not empty. */
export function containsWords(text: string, needle: string): boolean {
  const guardStart = isTokenCode(needle.charCodeAt(0))
  const guardEnd = isTokenCode(needle.charCodeAt(needle.length - 1))
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    const end = at + needle.length
    if (guardStart && at > 0 && isTokenCode(text.charCodeAt(at - 1))) continue
    if (guardEnd && end < text.length && isTokenCode(text.charCodeAt(end))) continue
    return true
  }
  return false
}

/** RE2 classes of a character between tokens and of one in a token (of text in lower case). */
const separator = '[\\x00-/:-`{-\\x7f]'
const tokenCharacter = '[0-9a-z\\x{80}-\\x{10ffff}]'

/** The RE2 pattern that finds the same as `containsWords`, or, with wildcards, a fit that neither cuts a token at its ends nor leaves one inside. */
export function wordsRegex(parts: readonly ('*' | '?' | { readonly text: string })[]): string {
  let out = ''
  for (const part of parts) {
    out += part === '*' ? `${tokenCharacter}*` : part === '?' ? tokenCharacter : escapeRegex(part.text)
  }
  const first = parts[0]
  const last = parts.at(-1)
  if (first !== undefined && (typeof first === 'string' || isTokenCode(first.text.charCodeAt(0)))) {
    out = `(?:^|${separator})${out}`
  }
  if (last !== undefined && (typeof last === 'string' || isTokenCode(last.text.charCodeAt(last.text.length - 1)))) {
    out += `(?:$|${separator})`
  }
  return out
}

/** The text as an RE2 pattern of itself. */
export function escapeRegex(text: string): string {
  return text.replace(/[\x00-/:-@[-`{-\x7f]/g, c =>
    c.charCodeAt(0) < 32 || c === '\x7f' ? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${c}`
  )
}

/** A longer phrase is not looked for in text (as a whole value it is): its regular expression would be too large. */
export const phraseLengthMax = 1000
