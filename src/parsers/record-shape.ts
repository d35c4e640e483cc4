/**
 * What a record looks like, as a short text: records of one format from one place look the same, records of different formats do not.
 * The key under which `inner.ts` remembers a record's format.
 */

import type { JsonObject } from '../core/parser.ts'

/** The first characters of a text stand as they are (but for digits): `CEF:0|`, `type=SYSCALL`, a month. */
const literalChars = 16
const headChars = 96
const headShape = 40
const tailChars = 16
const quotesMax = 24

const codes: number[] = []

/**
 * The beginning of a text and its end, with each number as `0` and (after the first characters) each word as `a`; and how many double
 * quotes there are: two access logs that begin alike differ there.
 */
export function shapeOf(text: string): string {
  codes.length = 0
  const { length } = text
  const end = Math.min(length, headChars)
  let last = 0
  let at = 0
  for (; at < end && codes.length < headShape; at++) {
    const code = classOf(text.charCodeAt(at), at < literalChars)
    if (code === last && (code === 48 || code === 97)) continue
    codes.push(code)
    last = code
  }
  codes.push(0)
  last = 0
  for (at = Math.max(at, length - tailChars); at < length; at++) {
    const code = classOf(text.charCodeAt(at), false)
    if (code === last && (code === 48 || code === 97)) continue
    codes.push(code)
    last = code
  }
  let quotes = 0
  for (let from = text.indexOf('"'); from >= 0 && quotes < quotesMax; from = text.indexOf('"', from + 1)) quotes++
  codes.push(quotes)
  return String.fromCharCode(...codes)
}

function classOf(code: number, literal: boolean): number {
  if (code >= 48 && code <= 57) return 48
  if (literal) return code
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code > 127) return 97
  return code
}

/** Fields by whose values formats with the same keys are told apart. */
const telling: ReadonlySet<string> = new Set(
  (
    'type Type source Source kind category Category event_type eventType EventType detail-type messageType logName log_type logType ' +
    'sourcetype product vendor service program provider_name Provider class_uid channel Channel operationName OperationName ' +
    'EventID eventName eventSource resourceType _path path tag module dataset schema logger'
  ).split(' ')
)

/** Fields that may hold a record of another format: what they look like tells. */
const holding: ReadonlySet<string> = new Set('message Message msg log line raw _raw MESSAGE @message'.split(' '))

const keysMax = 64

/** The keys of an object, with the values that tell. Undefined: too many to be remembered. */
export function keysOf(json: JsonObject): string | undefined {
  let look = '{'
  let count = 0
  for (const key in json) {
    if (++count > keysMax || key.length > 128) return undefined
    look += key + '\n'
    if (holding.has(key)) {
      const value = json[key]
      if (typeof value === 'string') look += shapeOf(value) + '\n'
      continue
    }
    if (!telling.has(key)) continue
    const value = json[key]
    if (typeof value === 'string') look += value.slice(0, 64) + '\n'
    else if (typeof value === 'number') look += value + '\n'
  }
  return look
}
