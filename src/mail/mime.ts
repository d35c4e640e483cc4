/**
 * A mail taken apart (RFC 5322, RFC 2045 to 2049): its header, and the parts that hold something, as places in the text. Bounded in depth and parts;
 * what is broken is read as far as it goes, and named. Mails within a mail (message/rfc822) are taken apart, too.
 */

import { bytesOf, decoded, fromBase64, fromQuotedPrintable } from './bytes.ts'
import { decodeWords, type Header, headerOf, readHeaders, structured } from './headers.ts'

export type Part = {
  /** Counted in the order in which they stand, from 0. */
  readonly number: number
  readonly type: string
  readonly charset: string | undefined
  readonly encoding: string
  readonly name: string | undefined
  readonly attached: boolean
  /** Within a mail that is attached. */
  readonly inner: boolean
  /** Its body in the text. */
  readonly from: number
  readonly to: number
}

export type Structure = {
  readonly headers: readonly Header[]
  readonly parts: readonly Part[]
  /** What is not as it should be: reasons, each once. */
  readonly problems: readonly string[]
}

export const depthMax = 12
export const partsMax = 400

/** `text` has one character a byte. */
export function takeApart(text: string): Structure {
  const { headers, bodyAt, cut } = readHeaders(text)
  const state: State = { text, parts: [], problems: new Set(), seen: 0 }
  if (cut) state.problems.add('more header than is read')
  readPart(state, headers, bodyAt, text.length, 0, false, 'text/plain')
  return { headers, parts: state.parts, problems: [...state.problems] }
}

/** A part's bytes, decoded. */
export function bytesOfPart(text: string, part: Part): Uint8Array<ArrayBuffer> {
  const body = text.slice(part.from, part.to)
  if (part.encoding === 'base64') return fromBase64(body)
  return part.encoding === 'quoted-printable' ? fromQuotedPrintable(body) : bytesOf(body)
}

export function textOfPart(text: string, part: Part): string {
  return decoded(bytesOfPart(text, part), part.charset)
}

type State = { readonly text: string; readonly parts: Part[]; readonly problems: Set<string>; seen: number }

function readPart(
  state: State,
  headers: readonly Header[],
  from: number,
  to: number,
  depth: number,
  inner: boolean,
  usual: string
): void {
  if (++state.seen > partsMax) {
    state.problems.add(`more than ${partsMax} parts`)
    return
  }
  const { text } = state
  const content = structured(headerOf(headers, 'content-type') ?? usual)
  const type = content.value === '' ? usual : content.value
  const disposition = structured(headerOf(headers, 'content-disposition') ?? '')
  const encoding = (headerOf(headers, 'content-transfer-encoding') ?? '').trim().toLowerCase()
  const name = nameOf(disposition.parameters['filename'] ?? content.parameters['name'])
  const { boundary } = content.parameters
  const deeper = depth < depthMax
  if (type.startsWith('multipart/') && !deeper) state.problems.add(`parts more than ${depthMax} deep`)
  if (type.startsWith('multipart/') && boundary !== undefined && boundary !== '' && deeper) {
    const usualInside = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    let any = false
    for (const [start, end] of partsOf(state, boundary, from, to)) {
      any = true
      if (state.seen > partsMax) return
      const block = readHeaders(text, start, end)
      readPart(state, block.headers, block.bodyAt, end, depth + 1, inner, usualInside)
    }
    if (any) return
    state.problems.add('a multipart without its boundary')
  }
  const attached = disposition.value === 'attachment' || name !== undefined
  const plainBytes = encoding !== 'base64' && encoding !== 'quoted-printable'
  state.parts.push({
    number: state.parts.length,
    type,
    charset: content.parameters['charset'],
    encoding,
    name,
    attached: attached || type === 'message/rfc822',
    inner,
    from,
    to
  })
  if (type === 'message/rfc822' && plainBytes && deeper) {
    const block = readHeaders(text, from, to)
    readPart(state, block.headers, block.bodyAt, to, depth + 1, true, 'text/plain')
  }
}

/** The places between the lines `--boundary`. */
function* partsOf(state: State, boundary: string, from: number, to: number): Generator<[number, number]> {
  const { text } = state
  const mark = `--${boundary.slice(0, 512)}`
  let start = -1
  let at = from
  for (;;) {
    at = text.indexOf(mark, at)
    if (at < 0 || at >= to) break
    const after = at + mark.length
    const isLine = at === from || text.charCodeAt(at - 1) === 10
    const follows = text.charCodeAt(after)
    const closes = text.startsWith('--', after)
    if (!isLine || !(closes || after >= to || follows === 10 || follows === 13 || follows === 32 || follows === 9)) {
      at = after
      continue
    }
    if (start >= 0) {
      let end = at - 1
      if (end > start && text.charCodeAt(end - 1) === 13) end--
      yield [start, Math.max(start, end)]
    }
    if (closes) return
    const lineEnd = text.indexOf('\n', after)
    if (lineEnd < 0 || lineEnd >= to) {
      start = -1
      break
    }
    start = lineEnd + 1
    at = start
  }
  if (start >= 0) {
    state.problems.add('a multipart that does not end')
    yield [start, to]
  }
}

function nameOf(name: string | undefined): string | undefined {
  const text = name === undefined ? undefined : decodeWords(name).trim()
  return text === undefined || text === '' ? undefined : text.slice(0, 255)
}
