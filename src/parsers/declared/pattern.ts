/**
 * The patterns of declared parsers: text with fields in braces, matched from left to right without ever going back, so that a line
 * takes time in proportion to its length whatever the pattern.
 *
 *   pattern = *( literal / "{" field [ ":" type ] "}" / "{{" / "}}" )
 *   field   = an ECS name, a name of the format's own, or "_" for what is of no use
 *   type    = word     up to the next blank, or the literal that follows (default)
 *             text     up to the literal that follows
 *             rest     up to the end of the record
 *             quoted   "…" with \" or "" inside, or bare: a word; before a literal that is no blank, all up to it
 *             int, number, ip
 *             time     a time stamp in any common form
 *             kv       key=value pairs up to the end; each becomes a field
 *
 * A blank in a literal stands for one or more blanks. A value of "-" or nothing is absent.
 */

import { isIp } from '../../core/ip.ts'

export const fieldTypes = ['word', 'text', 'rest', 'quoted', 'int', 'number', 'ip', 'time', 'kv'] as const
export type FieldType = (typeof fieldTypes)[number]

export type Piece =
  | { readonly literal: string }
  | {
      readonly field: string
      readonly type: FieldType
    }

export type Pattern = { readonly text: string; readonly pieces: readonly Piece[]; readonly fields: readonly Field[] }
export type Field = { readonly field: string; readonly type: FieldType }

/** What is wrong with a pattern, and where (characters from 0). */
export class PatternError extends Error {
  override name = 'PatternError'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

const fieldsMax = 64
const patternCharsMax = 4096
const namePattern = /^(?:_|[@A-Za-z][\w@-]*(?:\.[\w@-]+)*)$/

/** Throws `PatternError`. */
export function readPattern(text: string): Pattern {
  if (text.length > patternCharsMax)
    throw new PatternError(`longer than ${patternCharsMax} characters`, patternCharsMax)
  const pieces: Piece[] = []
  let literal = ''
  const flush = (): void => {
    if (literal !== '') pieces.push({ literal })
    literal = ''
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if ((c === '{' || c === '}') && text[i + 1] === c) {
      literal += c
      i++
    } else if (c === '}') throw new PatternError('a } without its { (write }} for the character)', i)
    else if (c === '{') {
      const end = text.indexOf('}', i)
      if (end < 0) throw new PatternError('a { without its } (write {{ for the character)', i)
      flush()
      pieces.push(readField(text.slice(i + 1, end), i))
      i = end
    } else if (c === ' ' || c === '\t') {
      if (!literal.endsWith(' ')) literal += ' '
    } else literal += c
  }
  flush()
  check(pieces)
  const fields = pieces.filter(piece => 'field' in piece)
  if (text === '' || text === ' ') throw new PatternError('is empty', 0)
  if (fields.length > fieldsMax) throw new PatternError(`names more than ${fieldsMax} fields`, 0)
  return { text, pieces, fields }
}

function readField(inside: string, at: number): Field {
  const colon = inside.lastIndexOf(':')
  const field = (colon < 0 ? inside : inside.slice(0, colon)).trim()
  const type = colon < 0 ? 'word' : inside.slice(colon + 1).trim()
  if (!namePattern.test(field))
    throw new PatternError(`${JSON.stringify(field)} is no field name: letters, digits, _ and -, dots between`, at)
  if (!fieldTypes.includes(type as FieldType))
    throw new PatternError(`${JSON.stringify(type)} is no type; there are ${fieldTypes.join(', ')}`, at)
  return { field, type: type as FieldType }
}

function check(pieces: readonly Piece[]): void {
  pieces.forEach((piece, i) => {
    const next = pieces[i + 1]
    if (!('field' in piece) || next === undefined) return
    if (piece.type === 'rest' || piece.type === 'kv')
      throw new PatternError(`{${piece.field}:${piece.type}} takes everything: nothing can follow it`, 0)
    const parted =
      !('field' in next) || (piece.type === 'word' ? next.type === 'rest' || next.type === 'kv' : piece.type !== 'text')
    if (!parted)
      throw new PatternError(
        `between {${piece.field}} and the next field there must be something that tells them apart`,
        0
      )
  })
}

/** How much of a pattern only its own lines have: fixed letters, and strict types. */
export function weight(pattern: Pattern): number {
  let sum = 0
  for (const piece of pattern.pieces) {
    if ('literal' in piece) sum += piece.literal.replaceAll(/[\s,;]/g, '').length
    else if (piece.type === 'time' || piece.type === 'ip') sum += 1
  }
  return sum
}

/** The values of the fields in their order (undefined: absent), or undefined where the line does not match. */
export function matchLine(pattern: Pattern, line: string): (string | undefined)[] | undefined {
  const bounds = matchBounds(pattern, line)
  if (bounds === undefined) return undefined
  const values: (string | undefined)[] = []
  const { fields } = pattern
  for (let i = 0; i < fields.length; i++) {
    const { type } = fields[i]!
    let value = line.slice(bounds[2 * i], bounds[2 * i + 1])
    if (type === 'quoted') value = unquoted(value)
    else if (type === 'text' || type === 'rest') value = value.trim()
    values.push(value === '' || value === '-' ? undefined : value)
  }
  return values
}

/** Where the fields' values stand in the line, two numbers for each: its first character, and the one behind it. */
export function matchBounds(pattern: Pattern, line: string): number[] | undefined {
  const bounds: number[] = []
  const { pieces } = pattern
  let at = 0
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!
    if ('literal' in piece) {
      at = afterLiteral(piece.literal, line, at)
      if (at < 0) return undefined
      continue
    }
    const next = pieces[i + 1]
    const end = endOf(piece.type, line, at, next !== undefined && 'literal' in next ? next.literal : undefined)
    if (end < 0) return undefined
    bounds.push(at, end)
    at = end
  }
  while (isBlank(line.charCodeAt(at))) at++
  return at === line.length ? bounds : undefined
}

const isBlank = (code: number): boolean => code === 32 || code === 9

/** The index behind the literal, or -1. */
function afterLiteral(literal: string, line: string, from: number): number {
  let at = from
  for (let i = 0; i < literal.length; i++) {
    const code = literal.charCodeAt(i)
    if (code === 32) {
      const blanks = at
      while (isBlank(line.charCodeAt(at))) at++
      // At the end of a line its last blank may have been cut off.
      if (at === blanks && at < line.length) return -1
    } else if (line.charCodeAt(at++) !== code) return -1
  }
  return at
}

/** The index behind a value, or -1. */
function endOf(type: FieldType, line: string, at: number, next: string | undefined): number {
  switch (type) {
    case 'rest':
    case 'kv':
      return line.length
    case 'text':
      return literalAt(next, line, at)
    case 'word':
      return wordEnd(line, at, next)
    case 'quoted':
      if (line.charCodeAt(at) === 34) return quoteEnd(line, at)
      return next === undefined || next.charCodeAt(0) === 32 ? wordEnd(line, at, next) : literalAt(next, line, at)
    case 'time':
      return timeEnd(line, at)
    case 'int':
    case 'number':
      return numberEnd(line, at, type === 'number')
    case 'ip':
      return ipEnd(line, at)
  }
}

/** Where the literal begins; the end of the line where there is none to look for. */
function literalAt(literal: string | undefined, line: string, from: number): number {
  if (literal === undefined) return line.length
  const bare = literal.charCodeAt(0) === 32 ? literal.trimStart() : literal
  const blankFirst = bare.length < literal.length
  // The part up to the next blank is enough to find the place; the whole is compared afterwards.
  const blank = bare.indexOf(' ')
  const needle = blank < 0 ? bare : bare.slice(0, blank)
  if (needle === '') {
    let at = from
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++
    return at
  }
  for (let found = line.indexOf(needle, from); found >= 0; found = line.indexOf(needle, found + 1)) {
    let at = found
    if (blankFirst) {
      while (at > from && isBlank(line.charCodeAt(at - 1))) at--
      if (at === found) continue
    }
    if (afterLiteral(literal, line, at) >= 0) return at
  }
  return -1
}

function wordEnd(line: string, from: number, next: string | undefined): number {
  let at = from
  const stop = next === undefined || next.charCodeAt(0) === 32 ? -1 : next.charCodeAt(0)
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (isBlank(code)) break
    if (code === stop && at > from && afterLiteral(next!, line, at) >= 0) break
  }
  return at === from ? -1 : at
}

function quoteEnd(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code === 92) at++
    else if (code === 34 && line.charCodeAt(at + 1) === 34 && at > from + 1) at++
    else if (code === 34) return at + 1
  }
  return -1
}

export function unquoted(text: string): string {
  if (text.charCodeAt(0) !== 34 || text.length < 2) return text
  const inside = text.slice(1, -1)
  if (inside.includes('\\')) return inside.replace(/\\(["\\])/g, '$1')
  return inside.includes('""') ? inside.replaceAll('""', '"') : inside
}

function numberEnd(line: string, from: number, fraction: boolean): number {
  let at = from
  if (line.charCodeAt(at) === 45) {
    at++
    // A lone dash: absent.
    if (!isDigit(line.charCodeAt(at))) return at
  }
  const first = at
  while (at - first < 20 && isDigit(line.charCodeAt(at))) at++
  if (at === first) return -1
  if (fraction && line.charCodeAt(at) === 46 && isDigit(line.charCodeAt(at + 1))) {
    at++
    while (at - first < 40 && isDigit(line.charCodeAt(at))) at++
  }
  return at
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** The index behind an address; -1 where none stands. A dash is absent. */
export function ipEnd(line: string, from: number): number {
  if (line.charCodeAt(from) === 45) return from + 1
  let end = from
  while (end - from < 46 && isAddressPart(line.charCodeAt(end))) end++
  if (isIp(line.slice(from, end))) return end
  // "10.0.0.5:443", "10.0.0.5." and "fe80::1:" are addresses with something behind them.
  const cut = Math.max(line.lastIndexOf(':', end - 1), line.lastIndexOf('.', end - 1))
  return cut > from && isIp(line.slice(from, cut)) ? cut : -1
}

function isAddressPart(code: number): boolean {
  const lower = code | 32
  return isDigit(code) || code === 46 || code === 58 || (lower >= 97 && lower <= 102)
}

const monthNames = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const dayNames = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
/** Each bounded in length, no repetition within another. */
const timeForms: readonly RegExp[] = [
  /\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?/y,
  new RegExp(`${monthNames} [ \\d]\\d (?:\\d{4} )?\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?`, 'y'),
  new RegExp(`${monthNames} \\d (?:\\d{4} )?\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?`, 'y'),
  new RegExp(`\\d\\d/${monthNames}/\\d{4}:\\d\\d:\\d\\d:\\d\\d(?: [+-]\\d{4})?`, 'y'),
  new RegExp(
    `(?:${dayNames}, )?\\d{1,2}[ -]${monthNames}[ -]\\d{4} \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?: (?:GMT|UTC|[+-]\\d{4}))?`,
    'y'
  ),
  new RegExp(`${dayNames} ${monthNames} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?: \\d{4})?`, 'y'),
  /1\d{9}(?:\d{9}|\d{6}|\d{3})?(?:\.\d{1,9})?(?!\d)/y
]

/** The index behind a time stamp, or -1. */
export function timeEnd(line: string, at: number): number {
  for (const form of timeForms) {
    form.lastIndex = at
    if (form.test(line)) return form.lastIndex
  }
  return -1
}

const pairsMax = 256

/** `key=value key2="a value"`: blanks, commas or semicolons between them. What is no pair is left out. */
export function pairsOf(text: string): (readonly [key: string, value: string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let at = 0; at < text.length && pairs.length < pairsMax; ) {
    while (at < text.length && isSeparator(text.charCodeAt(at))) at++
    let end = at
    while (end < text.length && text.charCodeAt(end) !== 61 && !isSeparator(text.charCodeAt(end))) end++
    if (text.charCodeAt(end) !== 61 || end === at) {
      at = end + (text.charCodeAt(end) === 61 ? 1 : 0)
      continue
    }
    const key = text.slice(at, end)
    at = end + 1
    if (text.charCodeAt(at) === 34) {
      const close = quoteEnd(text, at)
      const stop = close < 0 ? text.length : close
      pairs.push([key, close < 0 ? text.slice(at + 1) : unquoted(text.slice(at, stop))])
      at = stop
    } else {
      end = at
      while (end < text.length && !isBlank(text.charCodeAt(end)) && text.charCodeAt(end) !== 59) end++
      const value = text.slice(at, end)
      pairs.push([key, value.endsWith(',') ? value.slice(0, -1) : value])
      at = end
    }
  }
  return pairs
}

function isSeparator(code: number): boolean {
  return isBlank(code) || code === 44 || code === 59
}
