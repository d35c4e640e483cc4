/**
 * A mail taken apart: its headers, its text and its attachments (RFC 5322, RFC 2045 to 2047). Bounded in depth, parts and headers;
 * what is broken is read as far as it goes.
 */

import { bytesOf, decoded, fromBase64, fromQuotedPrintable } from './bytes.ts'

export type Header = readonly [name: string, value: string]

export type Attachment = {
  readonly name: string | undefined
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export type Mail = {
  readonly headers: readonly Header[]
  readonly text: string
  readonly attachments: readonly Attachment[]
}

const headersMax = 512
const depthMax = 8
const partsMax = 256
const textMax = 1_000_000

/** `text` has one character a byte. */
export function readMail(text: string): Mail {
  const { headers, bodyAt } = readHeaders(text)
  const state: State = { plain: [], html: [], attachments: [], parts: 0 }
  readPart(headers, text.slice(bodyAt), state, 0)
  const body = state.plain.length > 0 ? state.plain.join('\n') : state.html.map(withoutTags).join('\n')
  return {
    headers: headers.map(([name, value]) => [name, decodeWords(value)]),
    text: body.trimEnd().slice(0, textMax),
    attachments: state.attachments
  }
}

type State = { plain: string[]; html: string[]; attachments: Attachment[]; parts: number }

/** Folded lines are joined. The index after the blank line that ends the headers. */
export function readHeaders(text: string): { readonly headers: Header[]; readonly bodyAt: number } {
  const headers: Header[] = []
  let at = 0
  let name: string | undefined
  let value = ''
  const flush = () => {
    if (name !== undefined && headers.length < headersMax) headers.push([name, value.trim()])
    name = undefined
  }
  while (at < text.length) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    let line = text.slice(at, end)
    if (line.endsWith('\r')) line = line.slice(0, -1)
    if (line === '') {
      flush()
      return { headers, bodyAt: Math.min(end + 1, text.length) }
    }
    const first = line.charCodeAt(0)
    if (first === 32 || first === 9) {
      if (value.length < 65_536) value += ` ${line.trim()}`
    } else {
      flush()
      const colon = line.indexOf(':')
      if (colon > 0 && !line.slice(0, colon).includes(' ')) {
        name = line.slice(0, colon)
        value = line.slice(colon + 1, colon + 65_536)
      }
    }
    at = end + 1
  }
  flush()
  return { headers, bodyAt: text.length }
}

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  for (const [key, value] of headers) if (key.toLowerCase() === name) return value
  return undefined
}

function readPart(headers: readonly Header[], body: string, state: State, depth: number): void {
  if (++state.parts > partsMax) return
  const { value: type, parameters } = structured(headerOf(headers, 'content-type') ?? 'text/plain')
  const disposition = structured(headerOf(headers, 'content-disposition') ?? '')
  const name = nameOf(disposition.parameters['filename'] ?? parameters['name'])
  const boundary = parameters['boundary']
  if (type.startsWith('multipart/') && boundary !== undefined && boundary !== '' && depth < depthMax) {
    for (const part of partsOf(body, boundary)) {
      const { headers: inner, bodyAt } = readHeaders(part)
      readPart(inner, part.slice(bodyAt), state, depth + 1)
    }
    return
  }
  const encoding = (headerOf(headers, 'content-transfer-encoding') ?? '').trim().toLowerCase()
  const bytes =
    encoding === 'base64'
      ? fromBase64(body)
      : encoding === 'quoted-printable'
        ? fromQuotedPrintable(body)
        : bytesOf(body)
  const attached = disposition.value === 'attachment' || name !== undefined
  if (!attached && type === 'text/plain') state.plain.push(decoded(bytes, parameters['charset']))
  else if (!attached && type === 'text/html') state.html.push(decoded(bytes, parameters['charset']))
  else state.attachments.push({ name, type, bytes })
}

/** The texts between the lines `--boundary`. */
function* partsOf(body: string, boundary: string): Generator<string> {
  const mark = `--${boundary}`
  let from = -1
  let at = body.startsWith(mark) ? 0 : body.indexOf(`\n${mark}`) + 1
  if (at === 0 && !body.startsWith(mark)) return
  while (at >= 0 && at < body.length) {
    if (from >= 0) yield body.slice(from, at > 0 && body[at - 2] === '\r' ? at - 2 : at - 1)
    if (body.startsWith('--', at + mark.length)) return
    const lineEnd = body.indexOf('\n', at)
    if (lineEnd < 0) return
    from = lineEnd + 1
    const next = body.indexOf(`\n${mark}`, lineEnd)
    if (next < 0) {
      yield body.slice(from)
      return
    }
    // An empty part: its marks follow each other.
    at = next + 1
    if (at < from) from = at
  }
}

/** `text/plain; charset="utf-8"`: the value in lower case, the parameters by their names in lower case. */
function structured(text: string): { readonly value: string; readonly parameters: Record<string, string> } {
  const parameters: Record<string, string> = Object.create(null)
  const semicolon = text.indexOf(';')
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase()
  let at = semicolon
  for (let count = 0; at >= 0 && count < 32; count++) {
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const key = text
      .slice(at + 1, equals)
      .trim()
      .toLowerCase()
    let from = equals + 1
    while (text[from] === ' ') from++
    let end: number
    if (text[from] === '"') {
      end = text.indexOf('"', from + 1)
      if (end < 0) end = text.length
      parameters[plainKey(key)] ??= text.slice(from + 1, end)
      end++
    } else {
      const stop = text.indexOf(';', from)
      end = stop < 0 ? text.length : stop
      parameters[plainKey(key)] ??= extended(key, text.slice(from, end).trim())
    }
    at = text.indexOf(';', end)
  }
  return { value, parameters }
}

/** `filename*` and `filename*0` are `filename` (RFC 2231); longer continuations are left out. */
function plainKey(key: string): string {
  const star = key.indexOf('*')
  return star < 0 ? key : key.slice(0, star)
}

/** `UTF-8''na%C3%AFve.txt` (RFC 2231). */
function extended(key: string, value: string): string {
  if (!key.endsWith('*')) return value
  const quote = value.indexOf("''")
  if (quote < 0) return value
  try {
    return decodeURIComponent(value.slice(quote + 2))
  } catch {
    return value.slice(quote + 2)
  }
}

function nameOf(name: string | undefined): string | undefined {
  const decodedName = name === undefined ? undefined : decodeWords(name)
  if (decodedName === undefined || decodedName === '') return undefined
  return decodedName.slice(0, 255)
}

/** `=?utf-8?B?…?=` and `=?iso-8859-1?Q?…?=`; blanks between two words vanish. Unencoded bytes are read as UTF-8. */
export function decodeWords(text: string): string {
  if (text.indexOf('=?') < 0) return /[\x80-\xff]/.test(text) ? decoded(bytesOf(text), undefined) : text
  const joined = text.replaceAll(/\?=\s+=\?/g, '?==?')
  return joined.replaceAll(
    /=\?([\w-]{1,40})(?:\*[\w-]{0,10})?\?([BbQq])\?([^?\s]{0,2000})\?=/g,
    (_all, charset, kind, data) =>
      decoded(kind === 'B' || kind === 'b' ? fromBase64(data) : fromQuotedPrintable(data, true), charset)
  )
}

/** Markup away, the usual entities resolved: what a person would read, roughly. */
function withoutTags(html: string): string {
  let out = ''
  let from = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', from)) {
    out += html.slice(from, at)
    const end = html.indexOf('>', at)
    if (end < 0) return out
    const tag = html.slice(at + 1, at + 8).toLowerCase()
    if (tag.startsWith('br') || tag.startsWith('/p') || tag.startsWith('/tr') || tag.startsWith('/div')) out += '\n'
    if (tag.startsWith('style') || tag.startsWith('script')) {
      const close = html.indexOf(tag.startsWith('style') ? '</style' : '</script', end)
      from = close < 0 ? html.length : close
      if (close < 0) return out
    } else from = end + 1
  }
  out += html.slice(from)
  return out
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
