/** The texts within PowerShell's events, taken apart. */

import type { Fields } from './draft.ts'
import { type Data, putData } from './win-event.ts'

const linesMax = 2048

/**
 * `\tNewEngineState=Available\r\n\tPreviousEngineState=None …` (events 400, 403, 600, 800): a tab and a word before `=` begin a value,
 * which may span lines. With `keepBlanks` an indented command stays indented.
 */
export function tabbedPairs(text: string, keepBlanks = false): Data {
  const data: Data = {}
  let key: string | undefined
  let from = 0
  for (let tab = text.indexOf('\t'); tab >= 0; tab = text.indexOf('\t', tab + 1)) {
    let end = tab + 1
    while (isWord(text.charCodeAt(end))) end++
    if (end === tab + 1 || text.charCodeAt(end) !== 61) continue
    put(data, key, text.slice(from, tab), keepBlanks)
    key = text.slice(tab + 1, end)
    from = end + 1
  }
  put(data, key, text.slice(from), keepBlanks)
  return data
}

function isWord(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95
}

function put(data: Data, key: string | undefined, value: string, keepBlanks = false): void {
  if (key !== undefined) putData(data, key, keepBlanks ? value.replace(/^[\r\n\t]+/, '').trimEnd() : value.trim())
}

/**
 * `        Host Name = ConsoleHost` (event 4103): eight blanks or more, a key, `=`. Other lines belong to the value before. Blanks are
 * taken out of the keys.
 */
export function contextInfo(text: string | undefined): Data {
  const data: Data = {}
  let key: string | undefined
  let value = ''
  for (const line of text?.split('\n', linesMax) ?? []) {
    const named = contextKey(line)
    if (named === undefined) {
      if (key !== undefined) value += '\n' + line
      continue
    }
    put(data, key, value)
    key = named.key
    value = named.value
  }
  put(data, key, value)
  return data
}

function contextKey(line: string): { readonly key: string; readonly value: string } | undefined {
  let i = 0
  while (line.charCodeAt(i) === 32 || line.charCodeAt(i) === 9) i++
  if (i < 8) return undefined
  const from = i
  const first = line.charCodeAt(i) | 32
  if (first < 97 || first > 122) return undefined
  for (; i < line.length && i - from < 64; i++) {
    const c = line.charCodeAt(i)
    if (c === 61 || c === 58) return { key: line.slice(from, i).trim().replaceAll(' ', ''), value: line.slice(i + 1) }
    if (!(isWord(c) || c === 32 || c === 46 || c === 45)) return undefined
  }
  return undefined
}

/** `ParameterBinding(Out-File): name="Path"; value="x"`, one a line. Lines of another form are values as they are. */
export function invocationDetails(text: string | undefined, classic: boolean): Fields[] | undefined {
  if (text === undefined) return undefined
  const lines = text.split('\n', linesMax)
  while (lines.length > 0 && lines[lines.length - 1]!.trim() === '') lines.pop()
  return lines.length === 0
    ? undefined
    : lines.map(line => detail(line.endsWith('\r') ? line.slice(0, -1) : line, classic))
}

function detail(raw: string, classic: boolean): Fields {
  const open = raw.indexOf('(')
  const close = raw.indexOf(')', open + 1)
  const told = open > 0 && close > open + 1 && raw.charCodeAt(close + 1) === 58
  if (!told || (classic && raw.slice(0, open).includes(':'))) return { value: raw }
  const type = raw.slice(0, open)
  const command = raw.slice(open + 1, close)
  const value = raw.slice(close + 2).trimStart() || undefined
  if (type !== 'ParameterBinding') return { type, related_command: command, value }
  const equals = value === undefined ? -1 : value.lastIndexOf('value=')
  const before = equals < 0 ? '' : value!.slice(0, equals).trimEnd()
  if (!before.startsWith('name=') || !before.endsWith(';')) return { value }
  return { type, related_command: command, name: before.slice(5, -1), value: value!.slice(equals + 6) }
}
