/**
 * Cases: `src/parsers/<folder>/cases/<name>.log` (or .json, .csv, .txt) is recognised, cut into records and parsed; the result is compared
 * with `<name>.expected.ndjson`, one completed document a line, `null` for no event, `{"reason": …}` for what was refused.
 * `npm run cases` compares, `npm run cases:update` writes; the difference is read before it is committed.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeEvent } from '../core/event.ts'
import { type JsonObject, NO_EVENT, type ParseContext, type Parser } from '../core/parser.ts'
import { delimiterOf, endsInsideQuotes } from '../parsers/csv/split.ts'
import { parserNamed, parsers } from '../parsers/index.ts'
import { withInner } from '../parsers/inner.ts'
import { jsonElements, jsonOfLine, jsonRecords } from '../parsers/json-elements.ts'
import { makeSample, recognise } from '../parsers/recognise.ts'
import { readers } from '../parsers/syslog/readers.ts'

/** Every case is parsed as if it had been received then. */
export const caseReceivedMs = Date.UTC(2026, 0, 1)

export const parsersFolder = join(import.meta.dirname, '../parsers')

export type ParserCase = {
  /** The folder below `src/parsers`. */
  readonly folder: string
  /** `sshd`, `vpc-flow--v2`: the file's name without its ending. */
  readonly name: string
  readonly inputPath: string
  readonly expectedPath: string
}

/** A record and the header lines in force where it stands. */
export type FramedRecord = { readonly text: string; readonly header: readonly string[] | undefined }

const inputEndings = /\.(log|json|ndjson|csv|tsv|txt|eml)$/

export function listCases(): ParserCase[] {
  const cases: ParserCase[] = []
  for (const entry of readdirSync(parsersFolder, { withFileTypes: true })) {
    const folder = join(parsersFolder, entry.name, 'cases')
    if (!entry.isDirectory() || !existsSync(folder)) continue
    for (const file of readdirSync(folder).sort()) {
      if (file.endsWith('.expected.ndjson') || !inputEndings.test(file)) continue
      const name = file.replace(inputEndings, '')
      cases.push({
        folder: entry.name,
        name,
        inputPath: join(folder, file),
        expectedPath: join(folder, `${name}.expected.ndjson`)
      })
    }
  }
  return cases
}

/**
 * Cuts a whole text into records, as sources do with streams: by lines, by quoted lines (`csv`: the first record is the header),
 * by the lines that begin a record (`multiline`), or by the elements of a JSON document (`json`, and any JSON parser's document
 * that does not stand on one line). Blank lines and header lines are no records.
 */
export function frame(text: string, parser: Parser): FramedRecord[] {
  const clean = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  // One character a byte, as `bytes` formats have it.
  if (parser.framing === 'mail') return [{ text: Buffer.from(clean).toString('latin1'), header: undefined }]
  if (parser.input === 'json' && (parser.framing === 'json' || isDocument(clean)))
    return jsonRecords(clean).map(({ text: record, header }) => ({
      text: record,
      header: header === undefined ? undefined : [header]
    }))
  const lines = clean.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const records: FramedRecord[] = []
  let header: string[] | undefined
  let pending: string | undefined
  const flush = () => {
    if (pending !== undefined) records.push({ text: pending, header })
    pending = undefined
  }
  for (const line of lines) {
    if (parser.framing === 'csv') {
      if (pending === undefined && line.trim() === '') continue
      const record: string = pending === undefined ? line : pending + '\n' + line
      if (endsInsideQuotes(record, delimiterOf(header?.[0] ?? record) ?? ',')) {
        pending = record
        continue
      }
      pending = undefined
      if (header === undefined) header = [record]
      else records.push({ text: record, header })
      continue
    }
    if (parser.isHeader?.(line) === true) {
      flush()
      header = header === undefined || (parser.startsHeader?.(line) ?? true) ? [line] : [...header, line]
      continue
    }
    if (
      parser.framing === 'multiline' &&
      pending !== undefined &&
      parser.begins?.(line, firstLine(pending), pending.slice(pending.lastIndexOf('\n') + 1)) === false
    ) {
      pending += '\n' + line
      continue
    }
    if (line.trim() === '') continue
    flush()
    pending = line
    if (parser.framing !== 'multiline') flush()
  }
  if (parser.framing === 'multiline') pending = pending?.trimEnd()
  flush()
  return records
}

function firstLine(text: string): string {
  const newline = text.indexOf('\n')
  return newline < 0 ? text : text.slice(0, newline)
}

/** Does the text begin with JSON whose first line is not a record of its own? */
function isDocument(text: string): boolean {
  const trimmed = text.trimStart()
  const end = trimmed.indexOf('\n')
  const first = (end < 0 ? trimmed : trimmed.slice(0, end)).trimEnd()
  if (!first.startsWith('{') && !first.startsWith('[')) return false
  return parseObject(first) === undefined || isWrapper(first)
}

/** `{"Records":[…]}` on one line is a document too. */
function isWrapper(line: string): boolean {
  const elements = jsonElements(line)
  return elements.length !== 1 || elements[0] !== line
}

/** What became of each record of a text, as the lines of an expected file hold it. */
export function parseText(text: string, parser: Parser, context: ParseContext): unknown[] {
  return frame(text, parser).map(({ text: record, header }) => {
    let json: JsonObject = {}
    if (parser.input === 'json') {
      const value = parseObject(record)
      if (value === undefined) return { reason: 'not a JSON object' }
      json = value
    }
    const parsed = parser.open(withInner({ ...context, header }))(record, json)
    if (parsed === NO_EVENT) return null
    return parsed.ok ? completeEvent(parsed.event) : { reason: parsed.reason }
  })
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(jsonOfLine(text))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** The parsers that live in a folder: by its name, or by a file of theirs in it. */
export function parsersOf(folder: string): readonly Parser[] {
  const own = parsers.filter(
    parser =>
      parser.name === folder ||
      parser.name.startsWith(folder + '-') ||
      existsSync(join(parsersFolder, folder, `${parser.name}.ts`))
  )
  // A reader of syslog messages is parsed by way of syslog.
  if (own.length === 0 && readers.some(reader => reader.name === folder)) return [parserNamed('syslog')!]
  return own
}

/** The case's parser: named before `--` in the case's name, the only one of its folder, or recognised among those of its folder. */
export function parserOfCase(parserCase: ParserCase, text: string): Parser {
  const dashes = parserCase.name.indexOf('--')
  const named = dashes > 0 ? parserNamed(parserCase.name.slice(0, dashes)) : undefined
  if (named !== undefined) return named
  const among = parsersOf(parserCase.folder)
  if (among.length === 0) throw new Error(`no parser in the list belongs to src/parsers/${parserCase.folder}`)
  if (among.length === 1) return among[0]!
  const { parser, confidence } = recognise(makeSample(text, parserCase.inputPath), among)
  if (confidence === 0 && !among.includes(parser)) {
    const names = among.map(({ name }) => name).join(', ')
    throw new Error(`${parserCase.inputPath} is not recognised by ${names}; name it <parser>--<case> if that is meant`)
  }
  return parser
}

export function runCase(parserCase: ParserCase): string[] {
  const text = readFileSync(parserCase.inputPath, 'utf8')
  const parser = parserOfCase(parserCase, text)
  const fileName = parserCase.inputPath.slice(parsersFolder.length + 1)
  return parseText(text, parser, { receivedMs: caseReceivedMs, fileName }).map(value => JSON.stringify(value))
}

export function expectedLines(parserCase: ParserCase): string[] {
  if (!existsSync(parserCase.expectedPath)) return []
  return readFileSync(parserCase.expectedPath, 'utf8')
    .split('\n')
    .filter(line => line !== '')
}

/** Writes the expected file; true if it changed. */
export function updateCase(parserCase: ParserCase): boolean {
  const text = runCase(parserCase).join('\n') + '\n'
  const before = existsSync(parserCase.expectedPath) ? readFileSync(parserCase.expectedPath, 'utf8') : undefined
  if (before === text) return false
  writeFileSync(parserCase.expectedPath, text)
  return true
}

/** A readable difference, field by field; empty if there is none. Key order does not count. */
export function difference(expected: readonly string[], actual: readonly string[]): string[] {
  const out: string[] = []
  if (expected.length !== actual.length) out.push(`${expected.length} records expected, ${actual.length} found`)
  for (let i = 0; i < Math.max(expected.length, actual.length) && out.length < 60; i++) {
    const before = leaves(expected[i])
    const after = leaves(actual[i])
    for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      if (before.get(path) === after.get(path)) continue
      if (before.has(path)) out.push(`  record ${i + 1}  - ${path} = ${before.get(path)}`)
      if (after.has(path)) out.push(`  record ${i + 1}  + ${path} = ${after.get(path)}`)
    }
  }
  return out
}

/** Every leaf of a document's JSON by its dotted path. */
function leaves(line: string | undefined): Map<string, string> {
  const out = new Map<string, string>()
  if (line === undefined) return out
  const walk = (value: unknown, path: string) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
    } else out.set(path, JSON.stringify(value))
  }
  walk(JSON.parse(line), '')
  return out
}
