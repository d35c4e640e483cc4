/**
 * A record on its way to an event, for mappings that move fields: what is taken is gone from the record, what is left stays below the
 * product's own name, so nothing is lost and nothing is twice.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { cleanse, type Document, merge, own, put } from '../ndjson/document.ts'

/** A copy whose fields may be taken: nulls left out, numbers finite, depth bounded. Keys stay as they are, dots included. */
export function draftOf(json: JsonObject): Document {
  const out: Document = {}
  for (const key in json) {
    const kept = cleanse(json[key]!, 1)
    if (kept !== undefined) put(out, key, kept)
  }
  return out
}

/** The value at a path of keys, which is removed. */
export function take(from: Document | undefined, ...path: readonly string[]): unknown {
  let at = from
  for (const key of path.slice(0, -1)) {
    const inner = at === undefined ? undefined : own(at, key)
    at = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Document) : undefined
  }
  const last = path.at(-1)!
  if (at === undefined) return undefined
  const value = own(at, last)
  if (value !== undefined) delete at[last]
  return value
}

/** The value at a path of keys. */
export function look(from: unknown, ...path: readonly string[]): unknown {
  let at = from
  for (const key of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    at = own(at, key)
  }
  return at
}

/** A text that is not empty. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function asDocument(value: unknown): Document | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : undefined
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Sets the field at a dotted path, whatever is there; nothing for undefined. */
export function set(target: Document, path: string, value: unknown): void {
  if (value === undefined) return
  const keys = path.split('.')
  let at = target
  for (const key of keys.slice(0, -1)) {
    const inner = own(at, key)
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) at = inner as Document
    else {
      const fresh: Document = {}
      put(at, key, fresh)
      at = fresh
    }
  }
  put(at, keys.at(-1)!, value)
}

/** Sets the field at a dotted path if it is absent. */
export function fill(target: Document, path: string, value: unknown): void {
  if (value !== undefined && look(target, ...path.split('.')) === undefined) merge(target, path, value)
}

/** A JSON text within a record as the value it holds; undefined if it is not JSON. Deep or odd values are made harmless. */
export function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > 4_000_000) return undefined
  const first = value.charCodeAt(0)
  if (first !== 123 && first !== 91) return undefined
  try {
    return cleanse(JSON.parse(value) as JsonValue, 2)
  } catch {
    return undefined
  }
}

/** `displayName` → `display_name`, `asNumber` → `as_number`. */
export function snake(name: string): string {
  let out = ''
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    const upper = code >= 65 && code <= 90
    if (upper && i > 0) {
      const before = name.charCodeAt(i - 1)
      const after = name.charCodeAt(i + 1)
      const lowerBefore = (before >= 97 && before <= 122) || (before >= 48 && before <= 57)
      if (lowerBefore || (before >= 65 && before <= 90 && after >= 97 && after <= 122)) out += '_'
    }
    out += upper ? String.fromCharCode(code + 32) : name[i]
  }
  return out
}
