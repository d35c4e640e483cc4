/** A sample line as tokens of known kinds, for proposing patterns. */

import { isIp } from '../../core/ip.ts'
import { ipEnd, timeEnd } from './pattern.ts'

export type TokenKind = 'time' | 'ip' | 'number' | 'quoted' | 'word' | 'key' | 'mark' | 'blank' | 'tail'
export type Token = {
  readonly kind: TokenKind
  readonly text: string
}

const tokensMax = 256

/**
 * Cuts a line: time stamps, addresses, numbers, quoted texts, words; `key=` as one token, so that lines of other keys are of another
 * kind; every other character is a mark of its own. What follows the last key and has blanks in it is one token, the `tail`: free text.
 * Joined, the tokens' texts are the line.
 */
export function tokenise(line: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < line.length) {
    if (tokens.length === tokensMax) {
      tokens.push({ kind: 'word', text: line.slice(at) })
      break
    }
    const token = tokenAt(line, at)
    tokens.push(token)
    at += token.text.length
  }
  return withTail(tokens)
}

function withTail(tokens: Token[]): Token[] {
  const last = tokens.findLastIndex(({ kind }) => kind === 'key')
  const behind = tokens.slice(last + 1)
  const free = last >= 0 && behind[0]?.kind === 'word' && behind.some(({ kind }) => kind === 'blank')
  if (!free) return tokens
  return [...tokens.slice(0, last + 1), { kind: 'tail', text: behind.map(({ text }) => text).join('') }]
}

/** The kinds in a line, for comparing. Marks and keys stand for themselves. */
export function kindsOf(tokens: readonly Token[]): string {
  return tokens.map(({ kind, text }) => (kind === 'mark' || kind === 'key' ? text : kind)).join('\0')
}

function tokenAt(line: string, at: number): Token {
  const rest = (end: number, kind: TokenKind): Token => ({ kind, text: line.slice(at, end) })
  const c = line[at]!
  if (c === ' ' || c === '\t') {
    let end = at
    while (line[end] === ' ' || line[end] === '\t') end++
    return rest(end, 'blank')
  }
  const time = timeEnd(line, at)
  if (time > 0 && endsHere(line, time)) return rest(time, 'time')
  const ip = ipEnd(line, at)
  if (ip > at && isIp(line.slice(at, ip)) && line.slice(at, ip).length > 2 && !isWordCode(line.charCodeAt(ip)))
    return rest(ip, 'ip')
  if (c === '"') {
    for (let end = at + 1; end < line.length; end++) {
      if (line[end] === '\\') end++
      else if (line[end] === '"') return rest(end + 1, 'quoted')
    }
    return rest(at + 1, 'mark')
  }
  if (!isWordCode(line.charCodeAt(at))) {
    // A sign belongs to its number.
    return rest(at + 1, 'mark')
  }
  let end = at
  while (isWordCode(line.charCodeAt(end))) end++
  // What ends a sentence is no part of its last word.
  while (end > at + 1 && /[.:,]/.test(line[end - 1]!)) end--
  const text = line.slice(at, end)
  if (line[end] === '=' && /^[A-Za-z_][\w.-]*$/.test(text)) return rest(end + 1, 'key')
  if (/^\d+(?:\.\d+)?$/.test(text) && text.length <= 18) return rest(end, 'number')
  return rest(end, 'word')
}

function endsHere(line: string, at: number): boolean {
  return at >= line.length || !/[A-Za-z0-9]/.test(line[at]!)
}

/** Letters, digits and what stands inside of names, paths and URLs. */
function isWordCode(code: number): boolean {
  if (Number.isNaN(code)) return false
  if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code > 127) return true
  // _ - . / @ % ~ + $ # * ? & \ !
  return '_-./@%~+$#*?&\\!'.includes(String.fromCharCode(code))
}
