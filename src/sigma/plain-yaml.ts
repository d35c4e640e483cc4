/**
 * The plain part of YAML that nearly all rules are written in, read about ten times as fast as a whole reader does it: maps and lists by
 * indentation, scalars on one line (plain, single-quoted, double-quoted), literal and folded blocks, plain text that goes on over several lines, comments. Whatever
 * else there is (flow collections, anchors, tags, tabs, duplicate keys, odd indentation), and whatever is wrong, is left to the whole reader: then the
 * answer is undefined. What is answered is what that reader would have answered; a test holds it to that.
 */

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** The document's value, or undefined where the whole reader must be asked. */
export function readPlain(text: string): { readonly value: Plain } | undefined {
  try {
    const reader = new Reader(text)
    return { value: reader.document() }
  } catch (error) {
    if (error === elsewhere) return undefined
    throw error
  }
}

const elsewhere = new Error('not plain')
function leave(): never {
  throw elsewhere
}

const depthMax = 40
/** Characters that mean something else at the beginning of a plain scalar. */
const special = /^[-?:,[\]{}#&*!|>'"%@`]/
const number = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const otherNumber = /^(?:0[xo][0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** Tabs, other control characters and separators, and markers of documents. */
const odd = /[\x00-\x09\x0b-\x1f\x7f\u0085\u00a0\u2028\u2029\ufeff]|^(?:---|\.\.\.)/m

class Reader {
  readonly #lines: readonly string[]
  /** The line under way, and where its text begins. */
  #at = 0
  #indent = -1

  constructor(text: string) {
    const clean = text.replaceAll('\r\n', '\n')
    // Blanks at the very end belong to a scalar there, for the whole reader.
    if (odd.test(clean) || clean.endsWith(' ')) leave()
    this.#lines = clean.split('\n')
    this.#settle()
  }

  document(): Plain {
    if (this.#indent < 0) leave()
    const value = this.#node(this.#indent, 0)
    if (this.#indent >= 0) leave()
    return value
  }

  /** Goes on to the next line that holds something, from the one under way. */
  #settle(): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!
      let i = 0
      while (line.charCodeAt(i) === 32) i++
      if (i < line.length && line.charCodeAt(i) !== 35) {
        this.#indent = i
        return
      }
    }
    this.#indent = -1
  }

  #next(): void {
    this.#at++
    this.#settle()
  }

  #node(indent: number, depth: number): Plain {
    if (depth > depthMax) leave()
    const line = this.#lines[this.#at]!
    if (isItem(line, indent)) return this.#list(indent, depth)
    return this.#map(line.slice(indent), indent, depth)
  }

  #list(indent: number, depth: number): Plain {
    const items: Plain[] = []
    while (this.#indent === indent && isItem(this.#lines[this.#at]!, indent)) {
      const line = this.#lines[this.#at]!
      let from = indent + 1
      while (line.charCodeAt(from) === 32) from++
      const rest = line.slice(from)
      if (rest === '' || rest.startsWith('#')) {
        this.#next()
        items.push(this.#indent > indent ? this.#node(this.#indent, depth + 1) : null)
      } else if (isItem(line, from)) leave()
      else if (keyEnd(rest) >= 0) items.push(this.#map(rest, from, depth + 1))
      else items.push(this.#scalar(rest, indent))
    }
    if (this.#indent > indent) leave()
    return items
  }

  /** `first` is the text of the first key's line, which may stand behind a dash. */
  #map(first: string, indent: number, depth: number): Plain {
    if (depth > depthMax) leave()
    const out: Record<string, Plain> = {}
    let text = first
    for (;;) {
      const end = keyEnd(text)
      if (end < 0) leave()
      const key = keyOf(text.slice(0, end))
      if (Object.hasOwn(out, key) || key === '__proto__') leave()
      let from = end + 1
      while (text.charCodeAt(from) === 32) from++
      const rest = text.slice(from)
      if (rest === '' || rest.startsWith('#')) {
        this.#next()
        if (this.#indent > indent) out[key] = this.#node(this.#indent, depth + 1)
        else if (this.#indent === indent && isItem(this.#lines[this.#at]!, indent))
          out[key] = this.#list(indent, depth + 1)
        else out[key] = null
      } else out[key] = this.#scalar(rest, indent)
      if (this.#indent !== indent) break
      const line = this.#lines[this.#at]!
      if (isItem(line, indent)) break
      text = line.slice(indent)
    }
    if (this.#indent > indent) leave()
    return out
  }

  /** The value that begins so, within something indented by `indent`; goes on to the line behind it. */
  #scalar(text: string, indent: number): Plain {
    const c = text.charCodeAt(0)
    if (c === 39 || c === 34) {
      const value = c === 39 ? singleQuoted(text) : doubleQuoted(text)
      this.#next()
      if (this.#indent > indent) leave()
      return value
    }
    if (c === 124 || c === 62) return this.#block(text, indent)
    const dash = c === 45 && text.length > 1 && text.charCodeAt(1) !== 32
    if (!dash && special.test(text)) leave()
    return this.#plain(text, indent)
  }

  /** A plain scalar, which may go on in lines that are indented deeper. */
  #plain(first: string, indent: number): Plain {
    let text = plainText(first)
    const ended = text.length < trimmed(first).length
    let from = this.#at
    this.#next()
    if (this.#indent <= indent) return resolved(text)
    // A comment ends a plain scalar.
    if (ended) leave()
    while (this.#indent > indent) {
      for (let blank = from + 1; blank < this.#at; blank++) if (!isBlank(this.#lines[blank]!)) leave()
      const breaks = this.#at - from - 1
      const line = this.#lines[this.#at]!.slice(this.#indent)
      if (keyEnd(line) >= 0 || line.startsWith('#')) leave()
      const more = plainText(line)
      if (more.length < trimmed(line).length) leave()
      text += (breaks === 0 ? ' ' : '\n'.repeat(breaks)) + more
      from = this.#at
      this.#next()
    }
    return text
  }

  /** `|`, `|-`, `>`, `>-`. */
  #block(header: string, indent: number): Plain {
    const folded = header.startsWith('>')
    const marks = trimmed(header.slice(1))
    if (marks !== '' && marks !== '-') leave()
    const lines: string[] = []
    let own = -1
    let at = this.#at + 1
    for (; at < this.#lines.length; at++) {
      const line = this.#lines[at]!
      const size = line.search(/[^ ]|$/)
      if (isBlank(line)) {
        // Blanks deeper than the text belong to it.
        if (line.length > (own < 0 ? indent + 1 : own)) leave()
        lines.push('')
        continue
      }
      if (own < 0) {
        if (size <= indent) break
        own = size
      }
      if (size < own) {
        if (size > indent) leave()
        break
      }
      // In a folded block lines that are indented deeper keep their breaks.
      if (folded && size > own) leave()
      lines.push(line.slice(own))
    }
    this.#at = at
    this.#settle()
    while (lines.at(-1) === '') lines.pop()
    if (lines.length === 0 || lines[0] === '') leave()
    const text = folded ? fold(lines) : lines.join('\n')
    return marks === '-' ? text : `${text}\n`
  }
}

/** Blanks are spaces only: other white space is text. */
const isBlank = (text: string): boolean => /^ *$/.test(text)

function trimmed(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 32) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Single breaks are spaces; of several the first one goes. */
function fold(lines: readonly string[]): string {
  let text = lines[0]!
  let blanks = 0
  for (const line of lines.slice(1)) {
    if (line === '') blanks++
    else {
      text += (blanks === 0 ? ' ' : '\n'.repeat(blanks)) + line
      blanks = 0
    }
  }
  return text
}

function isItem(line: string, at: number): boolean {
  return line.charCodeAt(at) === 45 && (at + 1 === line.length || line.charCodeAt(at + 1) === 32)
}

/** Where the colon stands that ends the line's key; -1 where there is none. */
function keyEnd(text: string): number {
  const c = text.charCodeAt(0)
  if (c === 39 || c === 34) {
    const quote = text[0]!
    const end = text.indexOf(quote, 1)
    if (end < 0) return -1
    if (text.charCodeAt(end + 1) === 58 && (end + 2 === text.length || text.charCodeAt(end + 2) === 32)) return end + 1
    return -1
  }
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    if (at + 1 === text.length || text.charCodeAt(at + 1) === 32) {
      const hash = text.indexOf(' #')
      return hash >= 0 && hash < at ? -1 : at
    }
  }
  return -1
}

function keyOf(text: string): string {
  const c = text.charCodeAt(0)
  if (c === 39 || c === 34) {
    const inner = text.slice(1, -1)
    if (c === 34 && inner.includes('\\')) leave()
    return inner
  }
  const key = trimmed(text)
  const dash = c === 45 && key.length > 1 && key.charCodeAt(1) !== 32
  if (key === '' || key.length > 1000 || (!dash && special.test(key)) || typeof resolved(key) !== 'string') leave()
  return key
}

/** Without a comment behind it. */
function plainText(text: string): string {
  const hash = text.indexOf(' #')
  const plain = trimmed(hash < 0 ? text : text.slice(0, hash))
  if (plain.includes(': ') || plain.endsWith(':')) leave()
  return plain
}

/** What stands behind a quoted scalar is a comment or nothing. */
function endsWell(rest: string): boolean {
  return isBlank(rest) || /^ +#/.test(rest)
}

function singleQuoted(text: string): string {
  let out = ''
  let from = 1
  for (;;) {
    const end = text.indexOf("'", from)
    if (end < 0) leave()
    out += text.slice(from, end)
    if (text.charCodeAt(end + 1) !== 39) {
      if (!endsWell(text.slice(end + 1))) leave()
      return out
    }
    out += "'"
    from = end + 2
  }
}

function doubleQuoted(text: string): string {
  let end = 1
  while (end < text.length && text.charCodeAt(end) !== 34) end += text.charCodeAt(end) === 92 ? 2 : 1
  if (end >= text.length || !endsWell(text.slice(end + 1))) leave()
  const inner = text.slice(1, end)
  if (!inner.includes('\\')) return inner
  // The escapes that YAML and JSON share.
  if (!/^(?:[^\\]|\\["\\/bfnrt])*$/.test(inner)) leave()
  return inner.replace(/\\(.)/g, (_, c: string) => escapes[c] ?? c)
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The core schema's null, true, false and numbers; everything else is text. */
function resolved(text: string): Plain {
  switch (text) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
  }
  const c = text.charCodeAt(0)
  if ((c < 48 || c > 57) && c !== 43 && c !== 45 && c !== 46) return text
  if (otherNumber.test(text)) leave()
  if (!number.test(text)) return text
  const value = Number(text)
  if (Object.is(value, -0) || (Number.isInteger(value) && !Number.isSafeInteger(value))) leave()
  return value
}
