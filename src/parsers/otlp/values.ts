/** OTLP's values (`AnyValue`, `KeyValue`; opentelemetry-proto, common.proto) from its JSON encoding. */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { type Document, put } from '../ndjson/document.ts'

const depthMax = 16
const itemsMax = 4096

/** `{"stringValue": "x"}` → `x`. 64-bit numbers are strings in JSON; those too big for a number stay strings. */
export function anyValue(value: JsonValue | undefined, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? undefined
  if (typeof value['stringValue'] === 'string') return value['stringValue']
  if (typeof value['boolValue'] === 'boolean') return value['boolValue']
  if (value['intValue'] !== undefined) return wholeNumber(value['intValue'])
  if (typeof value['doubleValue'] === 'number') return value['doubleValue']
  if (typeof value['doubleValue'] === 'string') return value['doubleValue']
  if (typeof value['bytesValue'] === 'string') return value['bytesValue']
  if (depth >= depthMax) return undefined
  const list = value['arrayValue']
  if (typeof list === 'object' && list !== null && !Array.isArray(list)) {
    const items = Array.isArray(list['values']) ? list['values'] : []
    const out: unknown[] = []
    for (const item of items.slice(0, itemsMax)) {
      const one = anyValue(item, depth + 1)
      if (Array.isArray(one)) out.push(...one)
      else if (one !== undefined) out.push(one)
    }
    return out
  }
  const map = value['kvlistValue']
  if (typeof map === 'object' && map !== null && !Array.isArray(map)) return keyValues(map['values'], depth + 1)
  return undefined
}

/** `[{"key": "a", "value": {…}}]` → `{ a: … }`, keys as they are. */
export function keyValues(list: JsonValue | undefined, depth = 0): Document {
  const out: Document = {}
  if (!Array.isArray(list)) return out
  for (const item of list.slice(0, itemsMax)) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) continue
    const { key, value } = item
    if (typeof key !== 'string' || key === '') continue
    const one = anyValue(value, depth)
    if (one !== undefined) put(out, key, one)
  }
  return out
}

function wholeNumber(value: JsonValue | undefined): number | string | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Microseconds since 1970 of nanoseconds as a decimal string (or a number). 0 means unknown. */
export function unixNano(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'string' && /^\d{10,20}$/.test(value)) {
    const us = Number(value.slice(0, -3))
    return us > 0 && us < 9e15 ? us : undefined
  }
  return typeof value === 'number' && value > 1e15 && value < 1e20 ? Math.floor(value / 1000) : undefined
}

export function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

export function listOf(value: JsonValue | undefined): JsonObject[] {
  if (!Array.isArray(value)) return []
  return value.filter((item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item))
}
