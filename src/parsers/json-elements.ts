/**
 * Cuts a JSON document into the texts of its records, for small inputs held in memory: samples for recognition, and cases.
 * (Sources cut streams of any size with a cutter of their own; this one says what the result should be.)
 *
 * A record is: an element of a top-level array; an element of an array of objects that wraps them (`{"Records": […]}`);
 * else each top-level object of the text, which may be pretty-printed and concatenated.
 */

/** Names under which exports wrap their records. A document with a single key needs none of these. */
const wrappers: ReadonlySet<string> = new Set(
  'Records records events Events logEvents items results value entries logs messages alerts findings rows'.split(' ')
)

/** At most `max` records; a record that is cut off at the end of the text is left out. */
export function jsonElements(text: string, max = Number.MAX_SAFE_INTEGER): string[] {
  const out: string[] = []
  let at = skipBlanks(text, text.charCodeAt(0) === 0xfeff ? 1 : 0)
  while (at < text.length && out.length < max) {
    const code = text.charCodeAt(at)
    if (code === 91) {
      at = elements(text, at + 1, out, max)
      continue
    }
    if (code !== 123) {
      at++
      continue
    }
    const wrapped = wrapperAt(text, at)
    const end = valueEnd(text, at)
    if (wrapped >= 0) elements(text, wrapped + 1, out, max)
    else if (end > 0) out.push(text.slice(at, end))
    if (end < 0) break
    at = skipBlanks(text, end)
  }
  return out
}

/** Pushes the objects of the array whose inside begins at `at`; returns the index after it, or the text's length. */
function elements(text: string, at: number, out: string[], max: number): number {
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
    if (code === 123) out.push(text.slice(i, end))
    i = end
  }
  return text.length
}

/** The index of the `[` of a wrapping array within the object at `at`, or -1. */
function wrapperAt(text: string, at: number): number {
  let i = at + 1
  let found = -1
  let keys = 0
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
    if (isList && wrappers.has(key)) return i
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
