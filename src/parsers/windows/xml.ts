/**
 * A small XML reader for events and task definitions: elements, attributes, text, CDATA, the five named entities and numeric ones.
 * No DTD, no other entities, no namespaces (prefixes are cut off). Linear, bounded in depth; undefined where it is not well formed.
 */

export type Element = {
  readonly name: string
  readonly attributes: { [name: string]: string }
  readonly children: Element[]
  text: string
}

const depthMax = 64
const attributesMax = 256

/** The index of the first `<name` that is followed by a blank, `>` or `/`; -1 if there is none. */
export function findTag(text: string, name: string, from = 0): number {
  const tag = '<' + name
  for (let at = text.indexOf(tag, from); at >= 0; at = text.indexOf(tag, at + 1)) {
    const c = text.charCodeAt(at + tag.length)
    if (c === 62 || c === 47 || c <= 32) return at
  }
  return -1
}

/** The element whose `<` is at `at`, and where it ends; undefined if it is broken or does not end. */
export function readElement(text: string, at: number): { readonly element: Element; readonly end: number } | undefined {
  const open: Element[] = []
  let i = at
  while (i < text.length) {
    if (text.charCodeAt(i) !== 60) {
      const next = text.indexOf('<', i)
      if (next < 0) return undefined
      const top = open[open.length - 1]
      if (top === undefined) return undefined
      top.text += unescapeXml(text.slice(i, next))
      i = next
      continue
    }
    const c = text.charCodeAt(i + 1)
    if (c === 47) {
      const end = text.indexOf('>', i)
      const closed = open.pop()
      if (end < 0 || closed === undefined || localName(text.slice(i + 2, end).trimEnd()) !== closed.name)
        return undefined
      if (open.length === 0) return { element: closed, end: end + 1 }
      i = end + 1
      continue
    }
    if (c === 33 || c === 63) {
      const skipped = special(text, i, open[open.length - 1])
      if (skipped < 0) return undefined
      i = skipped
      continue
    }
    const made = startTag(text, i)
    if (made === undefined) return undefined
    const parent = open[open.length - 1]
    if (parent !== undefined) parent.children.push(made.element)
    i = made.end
    if (!made.empty) {
      if (open.length >= depthMax) return undefined
      open.push(made.element)
    } else if (parent === undefined) return { element: made.element, end: i }
  }
  return undefined
}

/** Comments, processing instructions, CDATA: the index after it, or -1. */
function special(text: string, at: number, parent: Element | undefined): number {
  if (text.startsWith('<![CDATA[', at)) {
    const end = text.indexOf(']]>', at)
    if (end >= 0 && parent !== undefined) parent.text += text.slice(at + 9, end)
    return end < 0 ? -1 : end + 3
  }
  const close = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined
  const end = close === undefined ? -1 : text.indexOf(close, at)
  return end < 0 ? -1 : end + close!.length
}

function startTag(text: string, at: number): { element: Element; end: number; empty: boolean } | undefined {
  let i = at + 1
  while (i < text.length && isNameCharacter(text.charCodeAt(i))) i++
  if (i === at + 1) return undefined
  const element: Element = { name: localName(text.slice(at + 1, i)), attributes: {}, children: [], text: '' }
  for (let count = 0; count < attributesMax; count++) {
    while (text.charCodeAt(i) <= 32) i++
    const c = text.charCodeAt(i)
    if (c === 62) return { element, end: i + 1, empty: false }
    if (c === 47) return text.charCodeAt(i + 1) === 62 ? { element, end: i + 2, empty: true } : undefined
    const from = i
    while (i < text.length && isNameCharacter(text.charCodeAt(i))) i++
    if (i === from) return undefined
    const name = text.slice(from, i)
    while (text.charCodeAt(i) <= 32) i++
    if (text.charCodeAt(i) !== 61) return undefined
    i++
    while (text.charCodeAt(i) <= 32) i++
    const quote = text.charAt(i)
    if (quote !== '"' && quote !== "'") return undefined
    const end = text.indexOf(quote, i + 1)
    if (end < 0) return undefined
    if (name !== '__proto__') element.attributes[name] = unescapeXml(text.slice(i + 1, end))
    i = end + 1
  }
  return undefined
}

function isNameCharacter(c: number): boolean {
  return (
    (c >= 97 && c <= 122) ||
    (c >= 65 && c <= 90) ||
    (c >= 48 && c <= 58) ||
    c === 95 ||
    c === 45 ||
    c === 46 ||
    c >= 128
  )
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

const named: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"]
])

/** Unknown references stay as they are. */
export function unescapeXml(text: string): string {
  let at = text.indexOf('&')
  if (at < 0) return text
  let out = ''
  let from = 0
  while (at >= 0) {
    const end = text.indexOf(';', at)
    if (end < 0) break
    const value = end - at > 10 ? undefined : reference(text.slice(at + 1, end))
    if (value !== undefined) {
      out += text.slice(from, at) + value
      from = end + 1
      at = text.indexOf('&', from)
    } else at = text.indexOf('&', at + 1)
  }
  return out + text.slice(from)
}

function reference(name: string): string | undefined {
  if (name.charCodeAt(0) !== 35) return named.get(name)
  const hex = name.charCodeAt(1) === 120
  const digits = name.slice(hex ? 2 : 1)
  if (!(hex ? /^[0-9a-fA-F]{1,6}$/ : /^[0-9]{1,7}$/).test(digits)) return undefined
  const code = Number.parseInt(digits, hex ? 16 : 10)
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code)
}

export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find(one => one.name === name)
}

/** The text of a child without its surrounding blanks; undefined if absent or empty. */
export function childText(element: Element | undefined, name: string): string | undefined {
  return child(element, name)?.text.trim() || undefined
}
