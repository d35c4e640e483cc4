/**
 * Texts that must stand in whatever a regular expression (RE2's syntax) finds: its literal stretches outside of groups, classes and
 * alternatives. Where the syntax says more than is understood here, it names none.
 */

const special = '.*+?()[]{}|^$\\'

/** Each of them must be there. */
export function piecesOfRegex(pattern: string, cased: boolean): string[] {
  // Quotation, and flags inside, which may change what letters mean.
  if (pattern.includes('\\Q')) return []
  const exact = cased && !pattern.includes('(?')
  const pieces: string[] = []
  let text = ''
  let depth = 0
  const end = (): void => {
    if (text !== '') pieces.push(text)
    text = ''
  }
  for (let i = 0; i < pattern.length; ) {
    const c = pattern[i]!
    let literal: string | undefined
    let next = i + 1
    if (c === '\\') {
      const escaped = pattern[i + 1]
      next = i + 2
      if (escaped === undefined) return []
      // Only escaped punctuation is itself; \d, \x41, \pL … are not followed.
      if (/[0-9A-Za-z]/.test(escaped)) {
        end()
        if (/[xpPC0-7]/.test(escaped)) next = endOfLongEscape(pattern, i)
      } else literal = escaped
    } else if (c === '[') {
      end()
      next = endOfClass(pattern, i)
      if (next < 0) return []
    } else if (c === '(') {
      end()
      depth++
    } else if (c === ')') {
      end()
      depth--
    } else if (c === '|') {
      if (depth === 0) return []
      end()
    } else if (special.includes(c)) {
      if (c === '{') next = endOfCount(pattern, i)
      end()
    } else literal = String.fromCodePoint(pattern.codePointAt(i)!)
    if (literal !== undefined) {
      if (literal.length > 1) next = i + literal.length
      const after = pattern[next]
      const optional = after === '?' || after === '*' || after === '{'
      if (depth > 0 || optional || !isSafe(literal, exact)) end()
      else text += literal
      // `ab+` has `ab`, but nothing that follows joins on to it.
      if (after === '+') end()
    }
    i = next
  }
  end()
  return pieces
}

/** Without regard to case, RE2 folds more than ASCII: K also is the Kelvin sign, s the long s. */
function isSafe(literal: string, exact: boolean): boolean {
  return exact ? literal.length === 1 : /^[\x00-\x7f]$/.test(literal) && !/[kKsS]/.test(literal)
}

/** The index after `\x41`, `\x{41}`, `\pL`, `\p{Greek}`, `\017`. */
function endOfLongEscape(pattern: string, at: number): number {
  const match = /^\\(?:[xpP]\{[^}]*\}|x[0-9A-Fa-f]{0,2}|[pP].|[0-7]{1,3}|C)/.exec(pattern.slice(at, at + 40))
  return at + (match?.[0].length ?? 2)
}

/** The index after a class; -1 where it does not end. */
function endOfClass(pattern: string, at: number): number {
  let i = at + 1
  if (pattern[i] === '^') i++
  if (pattern[i] === ']') i++
  for (; i < pattern.length; i++) {
    const c = pattern[i]
    if (c === '\\') i++
    else if (c === '[' && pattern[i + 1] === ':') {
      const close = pattern.indexOf(':]', i + 2)
      if (close >= 0) i = close + 1
    } else if (c === ']') return i + 1
  }
  return -1
}

/** The index after `{2,5}`; a brace that begins no count is one for itself. */
function endOfCount(pattern: string, at: number): number {
  const match = /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at, at + 20))
  return at + (match?.[0].length ?? 1)
}
