/**
 * What firewalls write: `key=value key="value with blanks" …`.
 *
 *   record = pair *( SP pair )
 *   pair   = key "=" ( word | DQUOTE text DQUOTE )
 *
 * A quote within a quoted text may stand as it is, or with a backslash: only one before a blank or the end closes it.
 */

const pairsMax = 256

/** The values by key; empty ones, those that are `absent`, and keys that are no words are left out. */
export function quotedPairs(text: string, from = 0, absent = ''): Record<string, string | undefined> {
  const pairs: Record<string, string | undefined> = {}
  let at = from
  for (let count = 0; count < pairsMax; count++) {
    while (text.charCodeAt(at) === 32) at++
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const space = text.indexOf(' ', at)
    if (space >= 0 && space < equals) {
      // A word without a value: passed over.
      at = space + 1
      continue
    }
    const key = text.slice(at, equals)
    let value: string
    if (text.charCodeAt(equals + 1) === 34) {
      const end = quoteEnd(text, equals + 2)
      value = text.slice(equals + 2, end)
      at = end + 1
    } else {
      const end = space < 0 ? text.length : space
      value = text.slice(equals + 1, end)
      at = end
    }
    if (value !== '' && value !== absent && isWord(key)) pairs[key] ??= value
  }
  return pairs
}

function quoteEnd(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    const next = text.charCodeAt(quote + 1)
    if (quote + 1 === text.length || next === 32 || next === 0 || next === 10 || next === 13) return quote
  }
  return text.length
}

function isWord(key: string): boolean {
  if (key === '' || key.length > 64 || key === '__proto__') return false
  for (let i = 0; i < key.length; i++) {
    const c = key.charCodeAt(i)
    if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || c === 45)) return false
  }
  return true
}
