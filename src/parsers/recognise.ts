/** Which format is this? All parsers are asked about the beginning of a stream; the surest wins, and none is better than a wrong one. */

import type { JsonObject, Parser, Recognised, Sample } from '../core/parser.ts'
import { allParsers } from './index.ts'
import { jsonElements, jsonOfLine } from './json-elements.ts'
import { textLines } from './text/text.ts'

const sampleMax = 65536
const linesMax = 50
/** Records within records: as deep as recognition looks. */
const depthMax = 3

/**
 * The beginning of a stream (at most 64 KiB of it is looked at), prepared for recognition.
 * A JSON document (`[…]`, `{"Records": […]}`, pretty-printed objects) is shown as its records, one a line.
 */
export function makeSample(text: string, fileName?: string, depth = 0): Sample {
  const from = text.charCodeAt(0) === 0xfeff ? 1 : 0
  const head = text.slice(from, from + sampleMax)
  const cut = text.length > from + sampleMax
  let lines: string[] = []
  for (let at = 0; at < head.length && lines.length < linesMax; ) {
    const newline = head.indexOf('\n', at)
    const end = newline < 0 ? head.length : newline
    const line = head.slice(at, end > at && head.charCodeAt(end - 1) === 13 ? end - 1 : end)
    // A last line that the 64 KiB cut through would look like a broken record.
    const broken = newline < 0 && cut && lines.length > 0
    if (!broken && line.trim() !== '') lines.push(line)
    at = end + 1
  }
  let json = lines.map(parseObject)
  if (json[0] === undefined && isJsonStart(lines[0])) {
    const records = jsonElements(head, linesMax)
    const objects = records.map(parseObject)
    // Lines of text may begin with a bracket too.
    if (objects.some(object => object !== undefined)) {
      lines = records
      json = objects
    }
  } else if (json[0] !== undefined && lines.length === 1 && isWrapped(json[0])) {
    const records = jsonElements(head, linesMax)
    if (records.length > 0) {
      lines = records
      json = records.map(parseObject)
    }
  }
  return { text: head, lines, json, fileName, recogniseInner: innerRecogniser(depth) }
}

/** The sample of one record that is an object already. */
export function objectSample(text: string, json: JsonObject, recogniseInner: Sample['recogniseInner']): Sample {
  return { text, lines: [text], json: [json], fileName: undefined, recogniseInner }
}

/** Several formats ask about the same records: each is looked at once. */
export function innerRecogniser(depth: number): (record: string | JsonObject) => Recognised | undefined {
  const seen = new Map<string | JsonObject, Recognised | undefined>()
  return record => {
    if (depth >= depthMax) return undefined
    if (seen.has(record)) return seen.get(record)
    const found = recogniseRecord(sampleOfRecord(record, depth + 1))
    if (seen.size < 256) seen.set(record, found)
    return found
  }
}

/** A record that another holds, prepared for recognition. A JSON document that wraps a single record is that record. */
export function sampleOfRecord(record: string | JsonObject, depth: number): Sample {
  return typeof record === 'string'
    ? makeSample(record, undefined, depth)
    : objectSample(textOfObject(record), record, innerRecogniser(depth))
}

/** Formats of single records, of objects and of texts: not those that need a header line, or several lines to be told. */
let ofObjects: readonly Parser[] = []
let ofTexts: readonly Parser[] = []
let splitFrom: readonly Parser[] | undefined

/** The format of a single record. */
export function recogniseRecord(sample: Sample): Recognised | undefined {
  const all = allParsers()
  if (splitFrom !== all) {
    const single = all.filter(parser => parser.framing !== 'csv' && parser.name !== 'mixed')
    ofObjects = single.filter(parser => parser.input === 'json')
    ofTexts = single.filter(parser => parser.input === 'text')
    splitFrom = all
  }
  const { parser, confidence } = recognise(sample, sample.json[0] === undefined ? ofTexts : ofObjects)
  return confidence === 0 || parser.isHeader?.(sample.lines[0]!) === true ? undefined : { parser, confidence }
}

export function textOfObject(json: JsonObject): string {
  try {
    return JSON.stringify(json)
  } catch {
    // Nested deeper than the stack.
    return '{}'
  }
}

/** The parser whose claim on the sample is the surest (at least 0.5), else the one for plain text. Ties go to the earlier in the list. */
export function recognise(sample: Sample, among: readonly Parser[] = allParsers()): Recognised {
  let parser = textLines
  let confidence = 0
  if (sample.lines.length === 0) return { parser, confidence }
  for (const candidate of among) {
    if (candidate.surest !== undefined && candidate.surest <= confidence) continue
    const claim = candidate.recognise(sample)
    if (claim >= 0.5 && claim > confidence) {
      parser = candidate
      confidence = Math.min(claim, 1)
    }
  }
  return { parser, confidence }
}

function isJsonStart(line: string | undefined): boolean {
  const first = line?.trimStart()[0]
  return first === '{' || first === '['
}

/** A single-line document that may wrap its records. */
function isWrapped(json: JsonObject): boolean {
  for (const key in json) {
    const value = json[key]
    if (Array.isArray(value) && typeof value[0] === 'object' && value[0] !== null) return true
  }
  return false
}

function parseObject(framed: string): JsonObject | undefined {
  const line = jsonOfLine(framed)
  if (!isJsonStart(line)) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
