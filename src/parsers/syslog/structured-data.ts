/**
 * RFC 5424 section 6.3: `[id name="value" …][id …]`, with `\"`, `\\` and `\]` escaped inside values.
 * The SD-IDs and names come from outside: a key named `__proto__` is data here.
 */

import { Names } from '../shared/names.ts'

export type StructuredData = { readonly [id: string]: Readonly<Record<string, string>> }

const elementsMax = 64
const parametersMax = 256
const names = new Names()

/**
 * Reads from the `[` at `at`. `end` is the index after the last well-formed element; at most 64 elements of 256 parameters are kept.
 * Text that is not structured data gives no data and `end: at`: it belongs to the message then.
 */
export function scanStructuredData(
  text: string,
  at: number
): { readonly data: StructuredData | undefined; readonly end: number } {
  const data: Record<string, Record<string, string>> = {}
  let elements = 0
  let end = at
  while (text.charCodeAt(end) === 91 && elements < elementsMax) {
    let i = end + 1
    const idEnd = nameEnd(text, i)
    if (idEnd === i) break
    const id = names.at(text, i, idEnd)
    const parameters: Record<string, string> = {}
    let count = 0
    i = idEnd
    let closed = false
    while (i < text.length) {
      while (text.charCodeAt(i) === 32) i++
      if (text.charCodeAt(i) === 93) {
        closed = true
        i++
        break
      }
      const equals = nameEnd(text, i)
      if (equals === i || text.charCodeAt(equals) !== 61 || text.charCodeAt(equals + 1) !== 34) break
      const value = scanValue(text, equals + 2)
      if (value === undefined || ++count > parametersMax) break
      put(parameters, names.at(text, i, equals), value.text)
      i = value.end
    }
    if (!closed) break
    if (count > 0) put(data, id, parameters)
    elements++
    end = i
  }
  return { data: elements === 0 ? undefined : data, end }
}

function nameEnd(text: string, at: number): number {
  let i = at
  for (; i < text.length && i - at < 128; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code >= 127 || code === 34 || code === 61 || code === 93) break
  }
  return i
}

function scanValue(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  let from = at
  let value = ''
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 34) return { text: value + text.slice(from, i), end: i + 1 }
    if (code !== 92) continue
    const next = text.charCodeAt(i + 1)
    // A backslash before anything else stands for itself.
    if (next === 34 || next === 92 || next === 93) {
      value += text.slice(from, i)
      from = i + 1
      i++
    }
  }
  return undefined
}

function put<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
