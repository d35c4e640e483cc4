/**
 * Values as they go into a document: empty ones left out (null, "", {}, [], and what holds only these), and names in snake case for
 * fields that have no mapping of their own. Used by the CloudTrail mappings.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { own } from '../ndjson/document.ts'
import { snakeNames } from '../shared/snake.ts'

const depthMax = 48

/** The value without its empty parts: the same object if it has none, else a copy. Undefined if nothing is left. */
export function present(value: JsonValue | undefined, depth = 0): JsonValue | undefined {
  if (value === undefined || value === null || value === '') return undefined
  // JSON may spell numbers that are none here (1e999): as text, they are no leaf that nobody can read.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object') return value
  if (depth >= depthMax) return '…'
  return Array.isArray(value) ? presentList(value, depth) : presentMap(value, depth)
}

function presentList(list: readonly JsonValue[], depth: number): JsonValue | undefined {
  let copy: JsonValue[] | undefined
  for (let i = 0; i < list.length; i++) {
    const item = list[i]!
    const kept = present(item, depth + 1)
    if (copy === undefined && kept !== item) copy = list.slice(0, i)
    if (copy !== undefined && kept !== undefined) copy.push(kept)
  }
  const out = copy ?? (list as JsonValue[])
  return out.length === 0 ? undefined : out
}

function presentMap(map: JsonObject, depth: number): JsonValue | undefined {
  const keys = Object.keys(map)
  let copy: Record<string, JsonValue> | undefined
  let count = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const item = map[key]!
    const kept = present(item, depth + 1)
    if (copy === undefined && kept !== item) {
      copy = {}
      for (let j = 0; j < i; j++) put(copy, keys[j]!, map[keys[j]!]!)
    }
    if (kept === undefined) continue
    count++
    if (copy !== undefined) put(copy, key, kept)
  }
  return count === 0 ? undefined : (copy ?? map)
}

/** Sets a key that came from outside: `__proto__` is data here, never a prototype. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}

/** As Elastic names them; dots would make paths ambiguous. */
export const snake: (name: string) => string = snakeNames('_')

/** The same value with its keys in snake case. A key that is taken already keeps its own spelling. */
export function snakeKeys(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(snakeKeys)
  const out: Record<string, JsonValue> = {}
  for (const key of Object.keys(value)) putNew(out, key, snakeKeys(value[key]!))
  return out
}

/** Puts under the snake-cased name, or, where that is taken, under the name as it is, or with `_` after it. */
export function putNew(target: Record<string, unknown>, name: string, value: unknown): void {
  let key = snake(name)
  if (taken(target, key)) key = name
  while (taken(target, key)) key += '_'
  put(target, key, value)
}

function taken(target: Record<string, unknown>, key: string): boolean {
  return own(target, key) !== undefined
}

/** Keeps a value that has no mapping, under its name in snake case. */
export function keep(target: Record<string, unknown>, key: string, value: JsonValue): void {
  const kept = present(value)
  if (kept !== undefined) putNew(target, key, snakeKeys(kept))
}

/** A string, number or boolean that is not empty. */
export function scalar(value: JsonValue | undefined): string | number | boolean | undefined {
  return value === null || value === '' || typeof value === 'object' ? undefined : value
}
