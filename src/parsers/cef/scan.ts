/**
 * The syntax of CEF: a text is taken apart into its header fields and its extensions, escapes resolved. First step of the CEF reader.
 *
 *   cef       = "CEF:" version "|" vendor "|" product "|" version "|" class-id "|" name "|" severity "|" [ extension *( SP extension ) ]
 *   header    = any but "|" and "\", or "\|" or "\\"
 *   extension = key "=" value
 *   key       = ( ALPHA / DIGIT / "_" ) *( ALPHA / DIGIT / "_" / "." / "," / "[" / "]" / "-" )
 *   value     = any; "\=", "\\", "\n", "\r" are escapes
 *
 * Many devices do not escape "=" in values (`request=http://a/?b=c`): a value therefore ends where a blank and a key with its
 * equals sign follow, and nowhere else.
 */

export type CefText = {
  readonly version: string
  readonly vendor: string | undefined
  readonly product: string | undefined
  readonly deviceVersion: string | undefined
  readonly classId: string | undefined
  readonly name: string | undefined
  readonly severity: string | undefined
  /** Keys and values in turn, as written but for the escapes; empty values are left out. */
  readonly extensions: readonly string[]
}

/** More than any device sends; the rest stays in the last value. */
const extensionsMax = 1024

/** `text` from `at` on, where the version's digits begin. Undefined if no header follows. */
export function scanCef(text: string, at: number): CefText | undefined {
  const versionEnd = text.indexOf('|', at)
  if (versionEnd < 0 || versionEnd - at > 8) return undefined
  const version = text.slice(at, versionEnd).trim()
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(version)) return undefined
  const fields: (string | undefined)[] = []
  let from = versionEnd + 1
  while (fields.length < 6 && from <= text.length) {
    const end = fieldEnd(text, from)
    fields.push(unescapeHeader(text.slice(from, end)))
    from = end + 1
  }
  if (fields.length < 5) return undefined
  return {
    version,
    vendor: fields[0],
    product: fields[1],
    deviceVersion: fields[2],
    classId: fields[3],
    name: fields[4],
    severity: fields[5],
    extensions: from < text.length ? scanExtensions(text, from) : []
  }
}

/** The index of the next pipe that is not escaped, or the text's length. */
function fieldEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 124) return i
  }
  return text.length
}

function unescapeHeader(field: string): string | undefined {
  const trimmed = field.trim()
  if (trimmed === '') return undefined
  if (trimmed.indexOf('\\') < 0) return trimmed
  let out = ''
  for (let i = 0; i < trimmed.length; i++) {
    const next = trimmed.charCodeAt(i + 1)
    if (trimmed.charCodeAt(i) === 92 && (next === 124 || next === 92)) i++
    out += trimmed[i]
  }
  return out
}

export function scanExtensions(text: string, from: number): string[] {
  const out: string[] = []
  let key = ''
  let valueAt = from
  let floor = from
  for (let equals = text.indexOf('=', from); equals >= 0; equals = text.indexOf('=', equals + 1)) {
    const keyAt = keyStart(text, floor, equals)
    floor = equals + 1
    if (keyAt < 0) continue
    if (key !== '') push(out, key, text, valueAt, keyAt)
    key = text.slice(keyAt, equals)
    valueAt = equals + 1
    if (out.length >= extensionsMax * 2) break
  }
  if (key !== '') push(out, key, text, valueAt, text.length)
  return out
}

/** Where the key before an equals sign begins, or -1 if none does: a blank (or the beginning) stands before it. */
function keyStart(text: string, floor: number, equals: number): number {
  let i = equals
  while (i > floor && isKeyCode(text.charCodeAt(i - 1))) i--
  if (i === equals || equals - i > 256) return -1
  const first = text.charCodeAt(i)
  // Keys begin with a letter, a digit or an underscore.
  if (first === 44 || first === 45 || first === 46 || first === 91 || first === 93) return -1
  if (i === floor) return floor > 0 && text.charCodeAt(floor - 1) === 61 ? -1 : i
  const before = text.charCodeAt(i - 1)
  return before === 32 || before === 9 || before === 10 ? i : -1
}

function isKeyCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    (code >= 44 && code <= 46) ||
    code === 91 ||
    code === 93
  )
}

function push(out: string[], key: string, text: string, from: number, to: number): void {
  let end = to
  while (end > from && text.charCodeAt(end - 1) <= 32) end--
  if (end === from) return
  out.push(key, unescapeValue(text.slice(from, end)))
}

function unescapeValue(value: string): string {
  let at = value.indexOf('\\')
  if (at < 0) return value
  let out = ''
  let from = 0
  for (; at >= 0 && at + 1 < value.length; at = value.indexOf('\\', from)) {
    const next = value.charCodeAt(at + 1)
    out += value.slice(from, at)
    if (next === 110) out += '\n'
    else if (next === 114) out += '\r'
    else if (next === 61 || next === 92 || next === 124) out += value[at + 1]
    else out += '\\' + value[at + 1]
    from = at + 2
  }
  return out + value.slice(from)
}
