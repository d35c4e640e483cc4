/**
 * The lower half of `parse-query.ts`: characters, spaces, keywords, phrases and runs of plain text, and where problems are noted.
 * Reads each character a bounded number of times.
 */

import { escapeWildcard } from './wildcard.ts'

export type Diagnostic = {
  /** Where in the text, in UTF-16 units, and how long the stretch is (0 at the end of the text). */
  readonly position: number
  readonly length: number
  /** A sentence for people. */
  readonly message: string
  /** What could stand there. */
  readonly expected?: readonly string[]
  /** What to write instead, or the field that was probably meant. */
  readonly suggestion?: string
}

/** Thrown after an error that leaves the rest without meaning. */
export const stop = Symbol('stop')

/** A piece of text without quotes, its backslashes read. */
export type Run = {
  readonly start: number
  readonly end: number
  /** The pattern in the form of `wildcard`. */
  readonly pattern: string
  /** The text, where there are no wildcards. */
  readonly text: string
  readonly wild: boolean
}

export const warningsMax = 20

export class QueryScanner {
  readonly errors: Diagnostic[] = []
  readonly warnings: Diagnostic[] = []
  protected readonly text: string
  protected at = 0

  constructor(text: string) {
    this.text = text
  }

  protected error(
    position: number,
    length: number,
    message: string,
    more: Pick<Diagnostic, 'expected' | 'suggestion'> = {}
  ): void {
    if (this.errors.length < warningsMax) this.errors.push({ position, length, message, ...more })
  }

  protected fail(
    position: number,
    length: number,
    message: string,
    more: Pick<Diagnostic, 'expected' | 'suggestion'> = {}
  ): never {
    this.error(position, length, message, more)
    throw stop
  }

  protected warn(position: number, length: number, message: string, suggestion?: string): void {
    if (this.warnings.length < warningsMax) {
      this.warnings.push(
        suggestion === undefined ? { position, length, message } : { position, length, message, suggestion }
      )
    }
  }

  protected unexpected(): never {
    const c = this.text[this.at]!
    if (c === '|') {
      this.fail(
        this.at,
        this.text.length - this.at,
        'Pipes (| stats …, | sort …) are not supported yet: this version filters only.',
        {
          expected: ['the end of the query', 'and', 'or']
        }
      )
    }
    this.fail(this.at, 1, `Unexpected ${c}.`, { expected: ['a field with a value', 'a word', '"a phrase"', '('] })
  }

  protected space(): void {
    const text = this.text
    while (this.at < text.length && isSpace(text.charCodeAt(this.at))) this.at++
  }

  /** Is this keyword here? Takes it. */
  protected keyword(name: string): boolean {
    const text = this.text
    const end = this.at + name.length
    if (text.slice(this.at, end).toLowerCase() !== name) return false
    if (end < text.length && !isDelimiter(text.charCodeAt(end))) return false
    this.at = end
    return true
  }

  protected symbol(symbol: string): boolean {
    if (!this.text.startsWith(symbol, this.at)) return false
    this.at += symbol.length
    return true
  }

  protected singleQuotes(start: number): never {
    const end = this.text.indexOf("'", start + 1)
    const stopAt = end < 0 ? start + 1 : end + 1
    return this.fail(start, stopAt - start, 'Phrases stand between double quotes.', {
      suggestion: `"${this.text.slice(start + 1, end < 0 ? start + 1 : end).slice(0, 200)}"`
    })
  }

  /** A phrase between quotes; `\"` and `\\` are a quote and a backslash, other backslashes are themselves. */
  protected quoted(): string {
    const text = this.text
    const start = this.at
    let out = ''
    let from = start + 1
    for (let i = from; i < text.length; i++) {
      const c = text[i]
      if (c === '\\' && (text[i + 1] === '"' || text[i + 1] === '\\')) {
        out += text.slice(from, i)
        from = ++i
      } else if (c === '"') {
        this.at = i + 1
        return out + text.slice(from, i)
      }
    }
    return this.fail(
      start,
      text.length - start,
      'This quote is never closed. A backslash before a closing quote is written \\\\.',
      {
        expected: ['"']
      }
    )
  }

  /** Text up to a space, parenthesis, quote or pipe; a backslash before anything but a letter or digit takes its meaning away. */
  protected run(): Run {
    const text = this.text
    const start = this.at
    let pattern = ''
    let plain = ''
    let wild = false
    let i = start
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (isDelimiter(code)) break
      let c = text[i]!
      if (c === '\\' && i + 1 < text.length && !isAlphanumeric(text.charCodeAt(i + 1))) c = text[++i]!
      else if (c === '*' || c === '?') {
        pattern += c
        wild = true
        continue
      }
      pattern += c === '*' || c === '?' || c === '\\' ? escapeWildcard(c) : c
      plain += c
    }
    this.at = i
    const raw = text.slice(start, i)
    if (raw.endsWith('\\*') && /\\[A-Za-z0-9]/.test(raw)) {
      this.warn(
        i - 2,
        2,
        'A backslash before * makes it an ordinary character. For all files of a folder write \\\\*.',
        `${raw.slice(0, -1)}\\*`
      )
    }
    return { start, end: i, pattern, text: plain, wild }
  }
}

export const isDigit = (c: number): boolean => c >= 48 && c <= 57

const isAlphanumeric = (c: number): boolean => isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)

/** JavaScript's white space. */
export function isSpace(c: number): boolean {
  if (c < 128) return c === 32 || (c >= 9 && c <= 13)
  return (
    c === 0xa0 ||
    c === 0x1680 ||
    (c >= 0x2000 && c <= 0x200a) ||
    c === 0x2028 ||
    c === 0x2029 ||
    c === 0x202f ||
    c === 0x205f ||
    c === 0x3000 ||
    c === 0xfeff
  )
}

/** Space ( ) " | */
export function isDelimiter(c: number): boolean {
  return c === 40 || c === 41 || c === 34 || c === 124 || isSpace(c)
}

/** The end of a field's name: letters, digits, `_ . @ - $` and what is not ASCII. */
export function nameEnd(text: string, start: number): number {
  let i = start
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const named =
      isAlphanumeric(c) || c === 95 || c === 46 || c === 64 || c === 45 || c === 36 || (c > 127 && !isSpace(c))
    if (!named) break
  }
  return i
}

export function wordEnd(text: string, start: number, lengthMax: number): number {
  let i = start
  while (i < text.length && i - start < lengthMax && !isDelimiter(text.charCodeAt(i))) i++
  return i
}

export function isOperator(text: string, at: number): boolean {
  const c = text[at]
  return c === ':' || c === '=' || c === '<' || c === '>' || (c === '!' && text[at + 1] === '=')
}
