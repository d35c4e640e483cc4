/**
 * Cuts a JSON document into the texts of its records, for small inputs held in memory: samples for recognition, and cases.
 * (Sources cut streams of any size with a cutter of their own; this one says what the result should be.)
 *
 * A record is: an element of a top-level array; an element of an array of objects that wraps them (`{"Records": […]}`);
 * else each top-level object of the text, which may be pretty-printed and concatenated.
 */

import { envelope, sureWrappers, wrappers } from './json-wrappers.ts'

/** A record, and what the document that wraps it says (see `wrapperHeader`). */
export type JsonElement = { readonly text: string; readonly header: string | undefined }

/** At most `max` records; a record that is cut off at the end of the text is left out. */
export function jsonElements(text: string, max = Number.MAX_SAFE_INTEGER): string[] {
  return jsonRecords(text, max).map(record => record.text)
}

/** The same, with what their documents say. */
export function jsonRecords(text: string, max = Number.MAX_SAFE_INTEGER): JsonElement[] {
  const out: JsonElement[] = []
  let at = skipBlanks(text, text.charCodeAt(0) === 0xfeff ? 1 : 0)
  while (at < text.length && out.length < max) {
    const code = text.charCodeAt(at)
    if (code === 91) {
      at = elements(text, at + 1, out, max, undefined)
      continue
    }
    if (code !== 123) {
      at++
      continue
    }
    const wrapped = wrapperAt(text, at)
    const end = valueEnd(text, at)
    if (wrapped >= 0) elements(text, wrapped + 1, out, max, wrapperHeader(text.slice(at, wrapped)))
    else if (end > 0) out.push({ text: text.slice(at, end), header: undefined })
    if (end < 0) break
    at = skipBlanks(text, end)
  }
  return out
}

/** Pushes the objects of the array whose inside begins at `at`; returns the index after it, or the text's length. */
function elements(text: string, at: number, out: JsonElement[], max: number, header: string | undefined): number {
  let i = at
  while (i < text.length && out.length < max) {
    i = skipBlanks(text, i)
    const code = text.charCodeAt(i)
    if (code === 93) return i + 1
    if (code === 44) {
      i++
      continue
    }
    const end = valueEnd(text, i)
    if (end < 0) return text.length
    if (code === 123) out.push({ text: text.slice(i, end), header })
    i = end
  }
  return text.length
}

/** Fields of wrappers that say nothing about the records in them; many differ from page to page. */
const pages: ReadonlySet<string> = new Set(
  (
    'nexttoken nextforwardtoken nextbackwardtoken nextlink nextpagetoken @odata.context @odata.nextlink @odata.count etag count total took ' +
    'page pagesize status kind has_more'
  ).split(' ')
)
const headerMax = 2048

/**
 * What a document says about the records in it: its own small fields (plain values and lists of them) that stand before their array, as
 * one line of JSON. It reaches the records' format as a header line. `head` is the document up to the array.
 */
export function wrapperHeader(head: string): string | undefined {
  // A key and its colon, at the least: `{"Records":`.
  if (head.length > 8192 || !head.includes(',')) return undefined
  let fields: unknown
  try {
    fields = JSON.parse(`${head}[]}`)
  } catch {
    return undefined
  }
  const kept: { [key: string]: unknown } = Object.create(null)
  const keys = Object.keys(fields as object)
  // The last is the array's.
  for (const key of keys.slice(0, -1)) {
    const value = (fields as Record<string, unknown>)[key]
    const plain = Array.isArray(value) ? value.length > 0 && value.every(isPlain) : isPlain(value)
    if (plain && !pages.has(key.toLowerCase())) kept[key] = value
  }
  const line = JSON.stringify(kept)
  return line === '{}' || line.length > headerMax ? undefined : line
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** The index of the `[` of a wrapping array within the object at `at`, or -1. */
function wrapperAt(text: string, at: number): number {
  let i = at + 1
  let found = -1
  let keys = 0
  let onlyEnvelope = true
  for (;;) {
    i = skipBlanks(text, i)
    if (text.charCodeAt(i) === 44) i = skipBlanks(text, i + 1)
    if (text.charCodeAt(i) !== 34) break
    const keyEnd = stringEnd(text, i)
    if (keyEnd < 0) break
    const key = text.slice(i + 1, keyEnd - 1)
    i = skipBlanks(text, keyEnd)
    if (text.charCodeAt(i) !== 58) break
    i = skipBlanks(text, i + 1)
    keys++
    const isList = text.charCodeAt(i) === 91 && text.charCodeAt(skipBlanks(text, i + 1)) === 123
    const lower = key.toLowerCase()
    if (isList && ((onlyEnvelope && wrappers.has(lower)) || sureWrappers.has(key))) return i
    if (!envelope.has(lower)) onlyEnvelope = false
    if (isList && keys === 1) found = i
    else if (keys > 1) found = -1
    const end = valueEnd(text, i)
    if (end < 0) break
    i = end
  }
  return found
}

/** The index after the JSON value at `at`, or -1 if the text ends within it. Looks at brackets and strings only. */
function valueEnd(text: string, at: number): number {
  let depth = 0
  let i = at
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (code === 34) {
      i = stringEnd(text, i)
      if (i < 0) return -1
      if (depth === 0) return i
      continue
    }
    if (code === 123 || code === 91) depth++
    else if (code === 125 || code === 93) {
      if (depth === 0) return i === at ? i + 1 : i
      if (--depth === 0) return i + 1
    } else if (depth === 0 && (code === 44 || code <= 32) && i > at) return i
    i++
  }
  return -1
}

/** The index after the string whose quote is at `at`, or -1. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) return i + 1
  }
  return -1
}

function skipBlanks(text: string, at: number): number {
  let i = at
  while (i < text.length && text.charCodeAt(i) <= 32) i++
  return i
}

/**
 * The JSON of a line that frames it: RFC 7464's JSON text sequences put a record separator (0x1E) before each, event streams
 * `data: `. Any other line is given back as it is.
 */
export function jsonOfLine(line: string): string {
  const first = line.charCodeAt(0)
  if (first === 0x1e) return line.slice(1)
  return first === 100 && line.startsWith('data: {') ? line.slice(6) : line
}
