/** The header block of a mail or of a part of one (RFC 5322, 2.2; RFC 2045; RFC 2047; RFC 2231). Bounded in number and size. */

import { bytesOf, decoded, fromBase64, fromQuotedPrintable } from './bytes.ts'

/** The name as it stands, the value unfolded; both have one character a byte until `decodeWords`. */
export type Header = readonly [name: string, value: string]

export type HeaderBlock = {
  readonly headers: readonly Header[]
  /** Where the body begins: after the blank line. */
  readonly bodyAt: number
  /** There were more, or longer ones, than are kept. */
  readonly cut: boolean
}

export const headersMax = 512
const valueMax = 65_536
const blockMax = 1 << 20

export function readHeaders(text: string, from = 0, to = text.length): HeaderBlock {
  const headers: Header[] = []
  let kept = 0
  let cut = false
  let name: string | undefined
  let pieces: string[] = []
  let size = 0
  const flush = (): void => {
    if (name === undefined) return
    if (headers.length >= headersMax || kept + size > blockMax) cut = true
    else {
      headers.push([name, pieces.join(' ').trim()])
      kept += size
    }
    name = undefined
  }
  let at = from
  while (at < to) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 || newline >= to ? to : newline + 1
    let end = next === newline + 1 ? newline : to
    if (end > at && text.charCodeAt(end - 1) === 13) end--
    if (end === at) {
      flush()
      return { headers, bodyAt: next, cut }
    }
    const first = text.charCodeAt(at)
    if (first === 32 || first === 9) {
      const room = valueMax - size
      if (room <= 0 || pieces.length > 4096) cut = true
      else {
        const piece = text.slice(at, Math.min(end, at + room)).trim()
        pieces.push(piece)
        size += piece.length + 1
      }
    } else {
      flush()
      const colon = text.indexOf(':', at)
      if (colon > at && colon < end && colon - at <= 256 && isName(text, at, colon)) {
        name = text.slice(at, colon).trimEnd()
        pieces = [text.slice(colon + 1, Math.min(end, colon + 1 + valueMax))]
        size = pieces[0]!.length
        if (end - colon > valueMax) cut = true
      } else if (headers.length === 0 && name === undefined) {
        // No header at all: this is a body already.
        if (!text.startsWith('>From ', at) && !text.startsWith('From ', at)) return { headers, bodyAt: from, cut }
      }
    }
    at = next
  }
  flush()
  return { headers, bodyAt: to, cut }
}

/** Visible characters; blanks only before the colon. */
function isName(text: string, from: number, to: number): boolean {
  let blanks = false
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (code === 32 || code === 9) blanks = true
    else if (blanks || code < 33 || code > 126) return false
  }
  return true
}

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  for (const [key, value] of headers) if (key.length === name.length && key.toLowerCase() === name) return value
  return undefined
}

export function headersOf(headers: readonly Header[], name: string): string[] {
  return headers.filter(([key]) => key.length === name.length && key.toLowerCase() === name).map(([, value]) => value)
}

/** `text/plain; charset="utf-8"`: the value in lower case, the parameters by their names in lower case. */
export function structured(text: string): {
  readonly value: string
  readonly parameters: Readonly<Record<string, string>>
} {
  const parameters: Record<string, string> = Object.create(null)
  const semicolon = text.indexOf(';')
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase()
  const pieces = new Map<string, string[]>()
  let at = semicolon
  for (let count = 0; at >= 0 && count < 64; count++) {
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const key = text
      .slice(at + 1, equals)
      .trim()
      .toLowerCase()
    let from = equals + 1
    while (text[from] === ' ' || text[from] === '\t') from++
    let end: number
    let found: string
    if (text[from] === '"') {
      end = from + 1
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
      found = text.slice(from + 1, end).replaceAll(/\\(.)/g, '$1')
      end++
    } else {
      const stop = text.indexOf(';', from)
      end = stop < 0 ? text.length : stop
      found = text.slice(from, end).trim()
    }
    const star = key.indexOf('*')
    const plain = star < 0 ? key : key.slice(0, star)
    const order = /^[^*]*\*(\d{1,2})\*?$/.exec(key)?.[1]
    const list = pieces.get(plain) ?? []
    // `filename*0*=UTF-8''a%20`, `filename*1*=b`: the first says the charset, all of them may be encoded.
    list[order === undefined ? 0 : Number(order)] ??= key.endsWith('*') ? percentDecoded(found) : found
    pieces.set(plain, list)
    at = text.indexOf(';', end)
  }
  for (const [key, list] of pieces) parameters[key] = list.filter(piece => piece !== undefined).join('')
  return { value, parameters }
}

/** `UTF-8''na%C3%AFve.txt` (RFC 2231), as one character a byte where it stays in UTF-8. */
function percentDecoded(value: string): string {
  const quote = /^([\w-]{0,40})'[\w-]{0,20}'/.exec(value)
  const body = quote === null ? value : value.slice(quote[0].length)
  const raw = body.replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16))
  )
  const charset = quote?.[1]?.toLowerCase()
  return charset === undefined || charset === '' || charset === 'utf-8' ? raw : decoded(bytesOf(raw), charset)
}

/** `=?utf-8?B?…?=` and `=?iso-8859-1?Q?…?=`; blanks between two words vanish. Unencoded bytes are read as UTF-8. */
export function decodeWords(text: string): string {
  const plain = /[\x80-\xff]/.test(text) && !/[^\x00-\xff]/.test(text) ? decoded(bytesOf(text), undefined) : text
  if (plain.indexOf('=?') < 0) return plain
  const joined = plain.replaceAll(/\?=\s+=\?/g, '?==?')
  return joined.replaceAll(
    /=\?([\w-]{1,40})(?:\*[\w-]{0,10})?\?([BbQq])\?([^?\s]{0,2000})\?=/g,
    (_all, charset: string, kind: string, data: string) =>
      decoded(kind === 'B' || kind === 'b' ? fromBase64(data) : fromQuotedPrintable(data, true), charset)
  )
}
