/** YAML files as documents of plain values, and the places of their parts for messages. */

import { isNode, LineCounter, parseDocument } from 'yaml'
import { readPlain } from './plain-yaml.ts'
import type { Path } from './problem.ts'

export type YamlDocument = {
  readonly value: unknown
  /** The line of the file in which it begins, from 1. */
  readonly line: number
  readonly text: string
}

export type YamlProblem = { readonly line: number; readonly column: number; readonly message: string }

export const fileCharactersMax = 1 << 20
const documentsMax = 1000

const marker = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm

/** Never throws. A document that is no YAML is a problem, and the others are read. */
export function readDocuments(text: string): { documents: YamlDocument[]; problems: YamlProblem[] } {
  if (text.length > fileCharactersMax)
    return { documents: [], problems: [{ line: 1, column: 1, message: `larger than ${fileCharactersMax} characters` }] }
  const documents: YamlDocument[] = []
  const problems: YamlProblem[] = []
  for (const part of splitDocuments(text)) {
    const read = readDocument(part.text, part.line)
    if ('problems' in read) problems.push(...read.problems)
    else if (read.value !== null) documents.push({ value: read.value, line: part.line, text: part.text })
    if (documents.length === documentsMax) {
      problems.push({ line: part.line, column: 1, message: `more than ${documentsMax} documents` })
      break
    }
  }
  return { documents, problems }
}

/** Markers in the first column always stand between documents, whatever surrounds them. */
function splitDocuments(text: string): { text: string; line: number }[] {
  const parts: { text: string; line: number }[] = []
  let from = 0
  let line = 1
  const push = (to: number): void => {
    const part = text.slice(from, to)
    if (/\S/.test(part)) {
      // Blank lines and comments before a document are not its beginning.
      const blank = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(part)![0]
      parts.push({ text: part.slice(blank.length), line: line + count(blank) })
    }
    line += count(part)
  }
  for (const match of text.matchAll(marker)) {
    push(match.index)
    from = match.index + match[0].length
  }
  push(text.length)
  return parts.filter(part => part.text !== '')
}

function count(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

function readDocument(text: string, line: number): { value: unknown } | { problems: YamlProblem[] } {
  return readPlain(text) ?? readWhole(text, line)
}

/** The document as a whole reader of YAML reads it. */
export function readWhole(text: string, line: number): { value: unknown } | { problems: YamlProblem[] } {
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, {
      logLevel: 'error',
      prettyErrors: false,
      intAsBigInt: true,
      lineCounter: lines
    })
    if (document.errors.length === 0) return { value: plain(document.toJS({ maxAliasCount: 100 })) }
    return {
      problems: document.errors.slice(0, 3).map(({ message, pos }) => {
        const place = lines.linePos(pos[0])
        return { line: line + place.line - 1, column: place.col, message: `is no YAML: ${message}` }
      })
    }
  } catch (error) {
    // Too many aliases, too deep.
    return { problems: [{ line, column: 1, message: `is no YAML: ${error instanceof Error ? error.message : error}` }] }
  }
}

/** Whole numbers that JavaScript cannot hold stay texts. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  const out: Record<string, unknown> = {}
  for (const [key, one] of Object.entries(value)) {
    const item = plain(one)
    if (key === '__proto__')
      Object.defineProperty(out, key, { value: item, enumerable: true, configurable: true, writable: true })
    else out[key] = item
  }
  return out
}

/** Where the part stands that the path leads to, or the nearest part around it. Reads the document anew: for messages only. */
export function placeOf(document: YamlDocument, path: Path): { line: number; column: number } {
  const lines = new LineCounter()
  const beginning = { line: document.line, column: 1 }
  try {
    const root = parseDocument(document.text, { logLevel: 'silent', lineCounter: lines, uniqueKeys: false })
    for (let length = path.length; length > 0; length--) {
      const node: unknown = root.getIn(path.slice(0, length), true)
      if (!isNode(node) || node.range == null) continue
      const place = lines.linePos(node.range[0])
      return { line: document.line + place.line - 1, column: place.col }
    }
  } catch {
    return beginning
  }
  return beginning
}
