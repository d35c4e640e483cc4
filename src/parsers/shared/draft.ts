/**
 * A record on its way to an event, for mappings that move fields: what is taken is gone from the record, what is left stays below the
 * product's own name, so nothing is lost and nothing is twice.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { cleanse, type Document, merge, own, put } from '../ndjson/document.ts'
import { snakeNames } from './snake.ts'

/** A copy whose fields may be taken: nulls left out, numbers finite, depth bounded. Keys stay as they are, dots included. */
export function draftOf(json: JsonObject): Document {
  // Copied at once, and changed where it must be: most values stay as they are.
  const out: Document = { ...json }
  for (const key in json) {
    const value = json[key]!
    if (typeof value === 'string' || typeof value === 'boolean') continue
    const kept = cleanse(value, 1)
    if (kept !== value) put(out, key, kept)
  }
  return out
}

/** The value at a path of keys, which is absent from then on (undefined: deleting keys makes objects slow). */
export function take(from: Document | undefined, ...path: readonly string[]): unknown {
  let at = from
  const end = path.length - 1
  for (let i = 0; i < end && at !== undefined; i++) {
    const inner = own(at, path[i]!)
    at = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Document) : undefined
  }
  if (at === undefined) return undefined
  const value = own(at, path[end]!)
  if (value !== undefined) put(at, path[end]!, undefined)
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
  const keys = keysOf(path)
  const end = keys.length - 1
  let at = target
  for (let i = 0; i < end; i++) {
    const key = keys[i]!
    const inner = own(at, key)
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) at = inner as Document
    else {
      const fresh: Document = {}
      put(at, key, fresh)
      at = fresh
    }
  }
  put(at, keys[end]!, value)
}

const splitPaths = new Map<string, readonly string[]>()
const splitPathsMax = 4096

/** The keys of a dotted path. Most paths stand in the code; those of data are remembered up to a bound. */
function keysOf(path: string): readonly string[] {
  const known = splitPaths.get(path)
  if (known !== undefined) return known
  const keys = path.split('.')
  if (splitPaths.size < splitPathsMax && path.length < 128) splitPaths.set(path, keys)
  return keys
}

/** Sets the field at a dotted path if it is absent. */
export function fill(target: Document, path: string, value: unknown): void {
  if (value !== undefined && look(target, ...keysOf(path)) === undefined) merge(target, path, value)
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
export const snake: (name: string) => string = snakeNames('.')
