/**
 * OTLP's logs from their binary encoding into that of JSON, value by value: traceId and spanId become hex, other bytes base64, 64-bit
 * numbers decimal text, as the JSON encoding of OTLP wants them. Fields that are not known are left out.
 * https://github.com/open-telemetry/opentelemetry-proto (logs/v1/logs.proto, common/v1/common.proto, resource/v1/resource.proto)
 */

import type { JsonValue } from '../../core/parser.ts'
import type { LogRecord } from './records.ts'
import { double, fixed32, fixed64Text, int64Text, text, uint32, WireProblem, WireReader } from './wire.ts'

type Kind = 'text' | 'hex' | 'base64' | 'bool' | 'int64' | 'uint32' | 'fixed32' | 'fixed64' | 'double'
type Field = { readonly name: string; readonly of: Kind | (() => Message); readonly list?: true }
type Message = Readonly<Record<number, Field>>

const anyValue: Message = {
  1: { name: 'stringValue', of: 'text' },
  2: { name: 'boolValue', of: 'bool' },
  3: { name: 'intValue', of: 'int64' },
  4: { name: 'doubleValue', of: 'double' },
  5: { name: 'arrayValue', of: () => arrayValue },
  6: { name: 'kvlistValue', of: () => keyValueList },
  7: { name: 'bytesValue', of: 'base64' }
}
const arrayValue: Message = { 1: { name: 'values', of: () => anyValue, list: true } }
const keyValue: Message = { 1: { name: 'key', of: 'text' }, 2: { name: 'value', of: () => anyValue } }
const keyValueList: Message = { 1: { name: 'values', of: () => keyValue, list: true } }
const attributes: Field = { name: 'attributes', of: () => keyValue, list: true }

const resource: Message = { 1: attributes, 2: { name: 'droppedAttributesCount', of: 'uint32' } }
const scope: Message = {
  1: { name: 'name', of: 'text' },
  2: { name: 'version', of: 'text' },
  3: attributes,
  4: { name: 'droppedAttributesCount', of: 'uint32' }
}
const logRecord: Message = {
  1: { name: 'timeUnixNano', of: 'fixed64' },
  11: { name: 'observedTimeUnixNano', of: 'fixed64' },
  2: { name: 'severityNumber', of: 'uint32' },
  3: { name: 'severityText', of: 'text' },
  5: { name: 'body', of: () => anyValue },
  6: attributes,
  7: { name: 'droppedAttributesCount', of: 'uint32' },
  8: { name: 'flags', of: 'fixed32' },
  9: { name: 'traceId', of: 'hex' },
  10: { name: 'spanId', of: 'hex' },
  12: { name: 'eventName', of: 'text' }
}

const wireTypes: Readonly<Record<Kind, number>> = {
  text: 2,
  hex: 2,
  base64: 2,
  bool: 0,
  int64: 0,
  uint32: 0,
  fixed32: 5,
  fixed64: 1,
  double: 1
}
const depthMax = 64

/** Where a record stands, and what it belongs to. */
export type WirePlace = {
  readonly about: Omit<LogRecord, 'record'>
  readonly start: number
  readonly end: number
}

/**
 * The places of a request's records, in order; nothing of a record is read. Throws `WireProblem` where the request cannot be read:
 * `checkRequest` says so beforehand.
 */
export function* placesOf(bytes: Uint8Array): Generator<WirePlace> {
  for (const logs = new WireReader(bytes); logs.next(); ) {
    if (logs.field !== 1) continue
    const resourceSchema = lastOf(logs, 3, at => text(bytes, at.start, at.end))
    const about = {
      resource: lastOf(logs, 1, at => read(resource, bytes, at.start, at.end, 0)),
      resourceSchema: resourceSchema === '' ? undefined : resourceSchema
    }
    for (const scoped = inside(logs); scoped.next(); ) {
      if (scoped.field !== 2) continue
      const whole = { ...about, scope: lastOf(scoped, 1, at => read(scope, bytes, at.start, at.end, 0)) }
      for (const records = inside(scoped); records.next(); )
        if (records.field === 2) yield { about: whole, start: records.start, end: records.end }
    }
  }
}

/** How many records there are, and the largest resource or scope; a reason where the request is no OTLP logs. */
export function checkRequest(bytes: Uint8Array): { readonly records: number; readonly aboutBytesMax: number } | string {
  let records = 0
  let aboutBytesMax = 0
  try {
    for (const logs = new WireReader(bytes); logs.next(); ) {
      if (logs.field !== 1) continue
      for (const within = inside(logs); within.next(); ) {
        if (within.field === 1) aboutBytesMax = Math.max(aboutBytesMax, within.end - within.start)
        // Its problems are met here, and not in the middle of the records.
        if (within.field === 1) read(resource, bytes, within.start, within.end, 0)
        if (within.field !== 2) continue
        for (const scoped = inside(within); scoped.next(); ) {
          if (scoped.field === 1) aboutBytesMax = Math.max(aboutBytesMax, scoped.end - scoped.start)
          if (scoped.field === 1) read(scope, bytes, scoped.start, scoped.end, 0)
          if (scoped.field === 2 && scoped.type === 2) records++
        }
      }
    }
  } catch (error) {
    if (error instanceof WireProblem) return error.message
    throw error
  }
  return { records, aboutBytesMax }
}

/** A record; a reason where it cannot be read. */
export function recordAt(bytes: Uint8Array, { start, end }: WirePlace): { [key: string]: JsonValue } | string {
  try {
    return read(logRecord, bytes, start, end, 0)
  } catch (error) {
    if (error instanceof WireProblem) return error.message
    throw error
  }
}

function read(
  message: Message,
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number
): { [key: string]: JsonValue } {
  if (depth > depthMax) throw new WireProblem(`values within values, more than ${depthMax} deep`)
  const out: { [key: string]: JsonValue } = {}
  for (const reader = new WireReader(bytes, start, end); reader.next(); ) {
    const field = message[reader.field]
    if (field === undefined) continue
    const { name, of } = field
    let value: JsonValue
    if (typeof of === 'function') {
      expect(reader, 2, name)
      value = read(of(), bytes, reader.start, reader.end, depth + 1)
    } else {
      expect(reader, wireTypes[of], name)
      value = plain(of, bytes, reader.start, reader.end)
      // What is at its default is left out, as in JSON; but an attribute may be 0, false or empty.
      if (message !== anyValue && (value === '' || value === 0 || (of === 'fixed64' && value === '0'))) continue
    }
    if (field.list !== true) out[name] = value
    else if (out[name] === undefined) out[name] = [value]
    else (out[name] as JsonValue[]).push(value)
  }
  return out
}

function plain(kind: Kind, bytes: Uint8Array, start: number, end: number): JsonValue {
  switch (kind) {
    case 'text':
      return text(bytes, start, end)
    case 'hex':
      return bytes.subarray(start, end).toHex()
    case 'base64':
      return bytes.subarray(start, end).toBase64()
    case 'bool':
      return int64Text(bytes, start, end) !== '0'
    case 'int64':
      return int64Text(bytes, start, end)
    case 'uint32':
      return uint32(bytes, start, end)
    case 'fixed32':
      return fixed32(bytes, start)
    case 'fixed64':
      return fixed64Text(bytes, start)
    case 'double': {
      const value = double(bytes, start)
      return Number.isFinite(value) ? value : String(value)
    }
  }
}

function expect(reader: WireReader, type: number, name: string): void {
  if (reader.type !== type) throw new WireProblem(`${name} is of wire type ${reader.type}`)
}

/** The message that the present field holds. */
function inside(reader: WireReader): WireReader {
  expect(reader, 2, `field ${reader.field}`)
  return new WireReader(reader.bytes, reader.start, reader.end)
}

/** The last value of a field inside the message of the present one: it may stand behind what it is about. */
function lastOf<T>(reader: WireReader, field: number, value: (at: WireReader) => T): T | undefined {
  let found: T | undefined
  for (const within = inside(reader); within.next(); ) {
    if (within.field !== field) continue
    expect(within, 2, `field ${field}`)
    found = value(within)
  }
  return found
}
