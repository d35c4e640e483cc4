/**
 * The loop over a chunk's records: what a record is, which header is in force, and what the parser makes of it.
 * Used by `picket parse` and by the pipeline's worker. Sources count records by the same rules (`isBlank`, `mayBeHeader`, `HeaderInForce`).
 */

import type { Chunk } from '../core/chunk.ts'
import { messageOf } from '../core/errors.ts'
import type { JsonObject, NO_EVENT, ParseContext, Parsed, Parser, RecordParser } from '../core/parser.ts'
import { parserNamed } from './index.ts'
import { withInner } from './inner.ts'
import { jsonOfLine } from './json-elements.ts'
import type { Looks } from './looks.ts'
import { withBeatsIdentity } from './shared/beats.ts'

/**
 * Called for each record in order. `index` is its place in the chunk, `start` and `end` its bytes in the chunk's body (without size and
 * line terminator). `json` is undefined for text formats and where the record is no JSON object.
 */
export type RecordReceiver = (
  index: number,
  start: number,
  end: number,
  text: string,
  json: JsonObject | undefined,
  parsed: Parsed | typeof NO_EVENT
) => void

/** Records are lines that are neither blank (empty but for a carriage return) nor headers. */
export function isBlank(body: Uint8Array, start: number, end: number): boolean {
  return end === start || (end === start + 1 && body[start] === 13)
}

/** Header lines never begin with a digit: most records of formats with headers are told by their first byte. */
export function mayBeHeader(firstByte: number): boolean {
  return firstByte < 48 || firstByte > 57
}

const headerLinesMax = 64
/** In front of a record's bytes where the framing is `keyed`. */
const keyBytes = 8

/** The header lines in force as a stream goes by. */
export class HeaderInForce {
  readonly #parser: Parser
  lines: readonly string[] | undefined

  constructor(parser: Parser, lines: readonly string[] | undefined) {
    this.#parser = parser
    this.lines = lines
  }

  /** A line for which the parser's `isHeader` was true. */
  add(line: string): void {
    const starts = this.#parser.startsHeader?.(line) ?? true
    if (starts || this.lines === undefined) this.lines = [line]
    else if (this.lines.length < headerLinesMax) this.lines = [...this.lines, line]
  }
}

/**
 * Gives each record of the chunk to `receive`, parsed. Returns how many there were. Never throws for what a record holds or a parser
 * does: a failing parser rejects its record. What `receive` throws is passed on. `looks`: what is remembered of earlier chunks of the sender.
 */
export function forEachRecord(
  chunk: Chunk,
  receive: RecordReceiver,
  parser: Parser | undefined = parserNamed(chunk.headers.format),
  looks?: Looks
): number {
  const judge = new Judge(chunk, parser, looks)
  const { framing } = chunk.headers
  return framing === 'lines'
    ? eachLine(chunk.body, judge, receive)
    : eachSized(chunk.body, framing === 'keyed' ? 4 + keyBytes : 4, judge, receive)
}

function eachLine(body: Buffer, judge: Judge, receive: RecordReceiver): number {
  const headed = judge.hasHeaders
  let index = 0
  for (let start = 0; start < body.length; ) {
    const newline = body.indexOf(10, start)
    const next = newline < 0 ? body.length : newline + 1
    let end = newline < 0 ? body.length : newline
    if (end > start && body[end - 1] === 13) end--
    if (end > start) {
      const text = body.toString('utf8', start, end)
      if (!(headed && mayBeHeader(body[start]!) && judge.takesHeader(text))) {
        const parsed = judge.parse(text)
        receive(index++, start, end, text, judge.json, parsed)
      }
    }
    start = next
  }
  return index
}

function eachSized(body: Buffer, headBytes: number, judge: Judge, receive: RecordReceiver): number {
  let index = 0
  for (let at = 0; at < body.length; ) {
    const start = Math.min(at + headBytes, body.length)
    const size = at + headBytes <= body.length ? body.readUInt32LE(at) : 0
    const end = Math.min(start + size, body.length)
    const text = body.toString(judge.encoding, start, end)
    const whole = at + headBytes + size <= body.length
    const parsed = whole ? judge.parse(text) : damaged
    receive(index++, start, end, text, whole ? judge.json : undefined, parsed)
    at = end
  }
  return index
}

const none: JsonObject = {}
const notAnObject: Parsed = { ok: false, reason: 'not a JSON object' }
const damaged: Parsed = { ok: false, reason: 'the chunk is damaged: a record is longer than its chunk' }

/** Parses the records of one chunk, with the header in force. The parser is opened when the first record after a header asks for it. */
class Judge {
  /** The last record's JSON object. */
  json: JsonObject | undefined = undefined
  readonly hasHeaders: boolean
  readonly encoding: 'utf8' | 'latin1'
  readonly #parser: Parser | undefined
  readonly #dead: Parsed | undefined
  readonly #isJson: boolean
  readonly #context: ParseContext
  readonly #header: HeaderInForce | undefined
  readonly #looks: Looks | undefined
  #open: RecordParser | undefined

  constructor(chunk: Chunk, parser: Parser | undefined, looks: Looks | undefined) {
    const { dead, format, timezoneMinutes, fileName, header } = chunk.headers
    const receivedMs = chunk.headers.referenceMs ?? chunk.headers.receivedMs
    const reason = dead ?? (parser === undefined ? `there is no format named ${format}` : undefined)
    this.#dead = reason === undefined ? undefined : { ok: false, reason }
    this.#parser = parser
    this.#looks = looks
    this.#isJson = parser?.input === 'json'
    this.encoding = parser?.input === 'bytes' ? 'latin1' : 'utf8'
    this.#context = { receivedMs, timezoneMinutes, fileName, header }
    this.#header = parser === undefined ? undefined : new HeaderInForce(parser, header)
    this.hasHeaders = reason === undefined && parser?.isHeader !== undefined
  }

  takesHeader(line: string): boolean {
    if (!isHeader(this.#parser!, line)) return false
    this.#header!.add(line)
    this.#open = undefined
    return true
  }

  parse(text: string): Parsed | typeof NO_EVENT {
    this.json = undefined
    if (this.#dead !== undefined) return this.#dead
    let json = none
    if (this.#isJson) {
      let value: unknown
      try {
        value = JSON.parse(jsonOfLine(text))
      } catch (error) {
        return { ok: false, reason: `not JSON: ${messageOf(error)}` }
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return notAnObject
      json = value as JsonObject
      this.json = json
    }
    try {
      if (this.#open === undefined) {
        this.#open = this.#parser!.open(withInner({ ...this.#context, header: this.#header!.lines }, this.#looks))
      }
      return withBeatsIdentity(this.#open(text, json), json)
    } catch (error) {
      return { ok: false, reason: `parser failed: ${messageOf(error).slice(0, 200)}` }
    }
  }
}

/** `isHeader` of the parser, which must not throw but may: then the line is a record. */
export function isHeader(parser: Parser, line: string): boolean {
  try {
    return parser.isHeader?.(line) === true
  } catch {
    return false
  }
}
