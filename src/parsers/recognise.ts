/** Which format is this? All parsers are asked about the beginning of a stream; the surest wins, and none is better than a wrong one. */

import type { JsonObject, Parser, Sample } from '../core/parser.ts'
import { parsers } from './index.ts'
import { jsonElements, jsonOfLine } from './json-elements.ts'
import { textLines } from './text/text.ts'

const sampleMax = 65536
const linesMax = 50

/**
 * The beginning of a stream (at most 64 KiB of it is looked at), prepared for recognition.
 * A JSON document (`[…]`, `{"Records": […]}`, pretty-printed objects) is shown as its records, one a line.
 */
export function makeSample(text: string, fileName?: string): Sample {
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
  return { text: head, lines, json, fileName }
}

/** The parser whose claim on the sample is the surest (at least 0.5), else the one for plain text. Ties go to the earlier in the list. */
export function recognise(
  sample: Sample,
  among: readonly Parser[] = parsers
): { readonly parser: Parser; readonly confidence: number } {
  let parser = textLines
  let confidence = 0
  if (sample.lines.length === 0) return { parser, confidence }
  for (const candidate of among) {
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
