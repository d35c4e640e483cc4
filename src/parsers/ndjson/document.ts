/** Nested documents from untrusted JSON: dotted keys unfolded, odd values made harmless, nothing lost that can be kept. */

import type { JsonObject, JsonValue } from '../../core/parser.ts'

export type Document = { [key: string]: unknown }

/** Deeper values are cut: they stay in the original text. */
const depthMax = 32
const arrayMax = 4096

/** Sets a key as data, whatever it is called. */
export function put(target: Document, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}

/** Reads an own key only: `constructor` and its like are absent unless the data has them. */
export function own(target: object, key: string): unknown {
  return Object.hasOwn(target, key) ? (target as Document)[key] : undefined
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Adds `value` at `path` (dots nest), merging objects. Where an object and a plain value meet, both are kept:
 * the one that comes second stays under its whole dotted name.
 */
export function merge(target: Document, path: string, value: unknown, depth = 0): void {
  if (value === undefined) return
  const dot = path.indexOf('.')
  if (dot <= 0 || dot === path.length - 1 || depth >= depthMax) {
    mergeKey(target, path, value, depth)
    return
  }
  const head = path.slice(0, dot)
  const rest = path.slice(dot + 1)
  const inner = own(target, head)
  if (isDocument(inner)) merge(inner, rest, value, depth + 1)
  else if (inner === undefined) {
    const fresh: Document = {}
    put(target, head, fresh)
    merge(fresh, rest, value, depth + 1)
  } else put(target, path, value)
}

function mergeKey(target: Document, key: string, value: unknown, depth: number): void {
  const there = own(target, key)
  if (there === undefined) put(target, key, value)
  else if (isDocument(there) && isDocument(value))
    for (const inner in value) merge(there, inner, value[inner], depth + 1)
  else if (isDocument(there)) put(there, 'value', value)
  else if (isDocument(value)) for (const inner in value) put(target, `${key}.${inner}`, value[inner])
}

/** A copy of a JSON object with dotted keys unfolded, nulls undefined, numbers finite, and depth bounded. */
export function unfold(json: JsonObject, depth = 0): Document {
  for (const key in json) if (key.includes('.')) return unfoldDots(json, depth)
  // Copied at once, and changed where it must be: most values stay as they are.
  const out: Document = { ...json }
  for (const key in json) {
    const value = json[key]!
    if (typeof value === 'string' || typeof value === 'boolean') continue
    const kept = cleanse(value, depth + 1)
    if (kept !== value) put(out, key, kept)
  }
  return out
}

/** The same, but what needs no change below the top is not copied: nobody may write into it. */
export function unfoldShared(json: JsonObject): Document {
  return isUnfolded(json, 0) ? { ...json } : unfold(json)
}

function isUnfolded(json: JsonObject, depth: number): boolean {
  for (const key in json) {
    const value = json[key]!
    if (key.includes('.')) return false
    if (typeof value !== 'string' && typeof value !== 'boolean' && !isClean(value, depth + 1)) return false
  }
  return true
}

function isClean(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object') return typeof value !== 'number' || Number.isFinite(value)
  if (value === null || depth > depthMax) return false
  if (!Array.isArray(value)) return isUnfolded(value, depth)
  if (value.length > arrayMax) return false
  for (const item of value) if (Array.isArray(item) || !isClean(item, depth + 1)) return false
  return true
}

function unfoldDots(json: JsonObject, depth: number): Document {
  const out: Document = {}
  for (const key in json) {
    const value = cleanse(json[key]!, depth + 1)
    if (value !== undefined) merge(out, key, value, depth)
  }
  return out
}

/** One JSON value made fit for an event; undefined for null. */
export function cleanse(value: JsonValue, depth: number): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === null) return undefined
  if (depth > depthMax) return undefined
  if (!Array.isArray(value)) return unfold(value, depth)
  const items: unknown[] = []
  for (const item of value) {
    if (items.length >= arrayMax) break
    const kept = cleanse(item, depth + 1)
    // Lists of lists are one list.
    if (Array.isArray(kept)) items.push(...kept.slice(0, arrayMax - items.length))
    else if (kept !== undefined) items.push(kept)
  }
  return items
}
