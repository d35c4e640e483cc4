/** The words of STIX patterns. Blank space and comments stand between them and mean nothing. */

import { type Literal, timeValue } from './pattern.ts'

export type Token = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: Literal; readonly text: string }
  /** A keyword, an operator, a bracket. */
  | { readonly kind: 'sign'; readonly text: string }
  /** Without a hyphen it may be a property too. */
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' }
)

export class PatternError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

const keywords = new Set(
  'AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS LAST IN START STOP SECONDS WITHIN REPEATS TIMES'.split(
    ' '
  )
)
const space =
  /[ \t\r\n\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|\/\*[\s\S]*?\*\/|\/\/[^\r\n]*/y
const number = /[+-]?(?:\d*\.\d+|0|[1-9]\d*)/y
const name = /[a-zA-Z_][a-zA-Z0-9_-]*/y
const sign = /==|=|!=|<>|<=|<|>=|>|[:.,()[\]*]/y
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/
const tokensMax = 50_000

/** Throws `PatternError`. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (expression: RegExp): string | undefined => {
    expression.lastIndex = at
    return expression.exec(text)?.[0]
  }
  while (at < text.length) {
    const blank = match(space)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    if (tokens.length >= tokensMax) throw new PatternError(`the pattern has more than ${tokensMax} words`, at)
    const c = text[at]!
    const prefixed = text[at + 1] === "'" && (c === 'h' || c === 'b' || c === 't')
    if (c === "'" || prefixed) {
      const open = prefixed ? at + 1 : at
      const { value, end } = quoted(text, open)
      tokens.push({
        kind: 'literal',
        at,
        text: text.slice(at, end),
        value: prefixed ? special(c, value, at) : { kind: 'string', value }
      })
      at = end
      continue
    }
    const digits = match(number)
    if (digits !== undefined) {
      tokens.push({ kind: 'literal', at, text: digits, value: { kind: 'number', value: Number(digits) } })
      at += digits.length
      continue
    }
    const word = match(name)
    if (word !== undefined) {
      if (word === 'true' || word === 'false')
        tokens.push({ kind: 'literal', at, text: word, value: { kind: 'boolean', value: word === 'true' } })
      else tokens.push({ kind: keywords.has(word) ? 'sign' : 'name', at, text: word })
      at += word.length
      continue
    }
    const found = match(sign)
    if (found === undefined) throw new PatternError(`${JSON.stringify(c)} means nothing here`, at)
    tokens.push({ kind: 'sign', at, text: found === '==' ? '=' : found === '<>' ? '!=' : found })
    at += found.length
  }
  tokens.push({ kind: 'end', at, text: '' })
  return tokens
}

/** From the opening quote on: `\'` and `\\` are the only escapes. */
function quoted(text: string, open: number): { value: string; end: number } {
  let value = ''
  let from = open + 1
  for (let i = from; i < text.length; i++) {
    const c = text[i]
    if (c === "'") return { value: value + text.slice(from, i), end: i + 1 }
    if (c !== '\\') continue
    const next = text[i + 1]
    if (next !== "'" && next !== '\\') throw new PatternError(`\\${next ?? ''}: only \\' and \\\\ can be written so`, i)
    value += text.slice(from, i) + next
    from = i + 2
    i++
  }
  throw new PatternError('the quote is not closed', open)
}

function special(prefix: string, value: string, at: number): Literal {
  if (prefix === 't') {
    const time = timeValue(value)
    if (time === undefined) throw new PatternError(`no timestamp (YYYY-MM-DDTHH:MM:SS[.s]Z): ${value}`, at)
    return { kind: 'time', value: time }
  }
  if (prefix === 'h') {
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(value)) throw new PatternError('no hexadecimal digits in pairs', at)
    return { kind: 'bytes', value: bytesOfHex(value) }
  }
  if (!base64.test(value)) throw new PatternError('no base64', at)
  return { kind: 'bytes', value: atob(value) }
}

export function bytesOfHex(hex: string): string {
  let out = ''
  for (let i = 0; i < hex.length; i += 2) out += String.fromCharCode(Number.parseInt(hex.slice(i, i + 2), 16))
  return out
}
