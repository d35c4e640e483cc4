/**
 * Stack traces within a record: of Java, Python, Go, Node.js, .NET, Ruby and PHP. What was thrown, its message, and the trace itself.
 *
 *   Java, Node, .NET   Type: message, then lines "    at …"; "Caused by: …"; "   --- End of …"
 *   Python             "Traceback (most recent call last):", indented lines, at last "Type: message"
 *   Go                 "panic: message", "goroutine 1 [running]:"
 */

export type Trace = {
  readonly type: string | undefined
  readonly message: string | undefined
  readonly text: string
  /** Where it begins in the record. */
  readonly at: number
}

const linesMax = 4096
const python = 'Traceback (most recent call last):'

/** Undefined where the record holds none. */
export function findTrace(text: string): Trace | undefined {
  if (text.indexOf('\n') < 0) return undefined
  let previousAt = -1
  let at = 0
  for (let count = 0; at < text.length && count < linesMax; count++) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    if (text.startsWith(python, at)) return pythonTrace(text, at)
    if (text.startsWith('panic: ', at) || text.startsWith('fatal error: ', at)) return goPanic(text, at, end)
    if (previousAt >= 0 && isFrame(text, at)) return thrownTrace(text, previousAt)
    // Node shows the source line first; a blank line is no header.
    if (end > at) previousAt = at
    at = end + 1
  }
  return undefined
}

/** Does a line look like a part of a trace? For framing and recognition. */
export function isTraceLine(line: string): boolean {
  const first = line.charCodeAt(0)
  return (
    first === 32 ||
    first === 9 ||
    line === '' ||
    line.startsWith('Caused by: ') ||
    line.startsWith('goroutine ') ||
    line.startsWith(python) ||
    line.startsWith('During handling of the above exception') ||
    line.startsWith('The above exception was the direct cause')
  )
}

/** Does a trace begin with this line, without a log line before it? */
export function beginsTrace(line: string): boolean {
  return (
    line.startsWith(python) ||
    line.startsWith('panic: ') ||
    line.startsWith('fatal error: ') ||
    line.startsWith('Exception in thread "') ||
    line.startsWith('Unhandled exception. ') ||
    line.startsWith('Uncaught ') ||
    line.startsWith('PHP Fatal error: ')
  )
}

/** `    at …` with whatever indent, or `	from …` of Ruby. */
function isFrame(text: string, at: number): boolean {
  let i = at
  while (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9) i++
  return i > at && (text.startsWith('at ', i) || text.startsWith('from ', i))
}

function thrownTrace(text: string, at: number): Trace | undefined {
  const newline = text.indexOf('\n', at)
  let line = text.slice(at, newline).trim()
  if (line.length > 16_384) line = line.slice(0, 16_384)
  const thread = /^Exception in thread "[^"]{0,200}" /.exec(line)
  if (thread !== null) line = line.slice(thread[0].length)
  for (const lead of ['Unhandled exception. ', 'Uncaught ', 'Caused by: '])
    if (line.startsWith(lead)) line = line.slice(lead.length)
  const typed = typeAndMessage(line)
  return { type: typed?.type, message: typed === undefined ? line : typed.message, text: text.slice(at).trimEnd(), at }
}

function pythonTrace(text: string, at: number): Trace {
  // The last line that is not indented says what was raised; chained ones end with the outermost.
  let type: string | undefined
  let message: string | undefined
  let from = text.indexOf('\n', at) + 1
  for (let count = 0; from > 0 && from < text.length && count < linesMax; count++) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    const code = text.charCodeAt(from)
    if (end > from && code !== 32 && code !== 9) {
      const typed = typeAndMessage(text.slice(from, Math.min(end, from + 16_384)))
      if (typed !== undefined) {
        type = typed.type
        message = typed.message
      }
    }
    from = newline < 0 ? 0 : newline + 1
  }
  return { type, message, text: text.slice(at).trimEnd(), at }
}

function goPanic(text: string, at: number, end: number): Trace {
  const colon = text.indexOf(': ', at)
  return {
    type: text.slice(at, colon),
    message: text.slice(colon + 2, Math.min(end, colon + 16_384)).trim(),
    text: text.slice(at).trimEnd(),
    at
  }
}

/** `java.lang.IllegalStateException: message`, `ValueError`, `TypeError [ERR_X]: message`. A type has no blanks and begins with a letter. */
function typeAndMessage(line: string): { readonly type: string; readonly message: string | undefined } | undefined {
  let end = 0
  while (end < line.length && end < 256 && isTypeCode(line.charCodeAt(end))) end++
  if (end === 0 || end === 256) return undefined
  const type = line.slice(0, end)
  const first = type.charCodeAt(0)
  if (!((first >= 65 && first <= 90) || (first >= 97 && first <= 122) || first === 95)) return undefined
  if (end === line.length) return /[A-Z]/.test(type) ? { type, message: undefined } : undefined
  let at = end
  // Node's code in brackets.
  if (line.charCodeAt(at) === 32 && line.charCodeAt(at + 1) === 91) {
    const close = line.indexOf(']', at)
    if (close > 0 && close - at < 100) at = close + 1
  }
  if (line.charCodeAt(at) !== 58) return undefined
  return { type, message: line.slice(at + 1).trim() || undefined }
}

function isTypeCode(c: number): boolean {
  return (
    (c >= 97 && c <= 122) ||
    (c >= 65 && c <= 90) ||
    (c >= 48 && c <= 57) ||
    c === 95 ||
    c === 46 ||
    c === 36 ||
    c === 92
  )
}
