/**
 * What of a Zeek record stays under `zeek.<dataset>`: everything that the mapping of its log does not move to an ECS field, under
 * its own name or the one that Elastic's integration gives it. So a leaf is never lost, also where it has an unexpected type.
 */

import { numberOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { isoTime } from './values.ts'

/** `zeek.<dataset>` while it is being filled. */
export type Own = Record<string, unknown>

/**
 * Where the keys of a log go. A key that is not named stays under its own name (dots make objects).
 * - `'$'`, `'#'`: became an ECS field, if it is a text that is not empty or a number; otherwise it stays.
 * - `'*'`: always became something else.
 * - `'~path'`: a time; stays at `path` as ISO 8601 if it can be read as one, else as it is.
 * - `'path'`: stays at `path`.
 */
export type MoveTable = { readonly [key: string]: string }

type Move = { readonly kind: 'text' | 'number' | 'gone' | 'time' | 'stay'; readonly parts: readonly string[] }
export type Moves = ReadonlyMap<string, Move>

const common: MoveTable = {
  _path: '*',
  ts: '*',
  uid: '$',
  'id.orig_h': '$',
  'id.orig_p': '#',
  'id.resp_h': '$',
  'id.resp_p': '#',
  proto: '$',
  community_id: '$',
  _system_name: '$'
}

export function movesOf(table: MoveTable): Moves {
  return new Map(Object.entries({ ...common, ...table }).map(([key, target]) => [key, moveOf(target)]))
}

function moveOf(target: string): Move {
  if (target === '$') return { kind: 'text', parts: [] }
  if (target === '#') return { kind: 'number', parts: [] }
  if (target === '*') return { kind: 'gone', parts: [] }
  if (target.startsWith('~')) return { kind: 'time', parts: target.slice(1).split('.') }
  return { kind: 'stay', parts: target.split('.') }
}

export function leftovers(record: JsonObject, moves: Moves): Own {
  const own: Own = {}
  for (const key in record) {
    const value = record[key]
    if (value === undefined || value === null) continue
    const move = moves.get(key)
    if (move === undefined) keep(own, key, value)
    else if (move.kind === 'gone') continue
    else if (move.kind === 'text') {
      if (typeof value !== 'string') keep(own, key, value)
    } else if (move.kind === 'number') {
      if (numberOf(value) === undefined) keep(own, key, value)
    } else if (move.kind === 'time') place(own, move.parts, isoTime(value) ?? kept(value))
    else place(own, move.parts, kept(value))
  }
  return own
}

/** A value as it can stand in a document: a number too large for a double is written out. */
function kept(value: JsonValue): JsonValue {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

const partsMax = 8
const cacheMax = 2048
const partsOf = new Map<string, readonly string[]>()

/** Keeps a value under its own key; dots in the key make objects. */
function keep(own: Own, key: string, value: JsonValue): void {
  if (!key.includes('.')) {
    if (key !== '__proto__' && own[key] === undefined) own[key] = kept(value)
    else place(own, [key], kept(value))
    return
  }
  let parts = partsOf.get(key)
  if (parts === undefined) {
    const all = key.split('.', partsMax + 1)
    parts = all.length > partsMax || all.includes('') ? [key] : all
    if (partsOf.size < cacheMax) partsOf.set(key, parts)
  }
  place(own, parts, kept(value))
}

/** Keeps a value under `zeek.<dataset>` after all. */
export function stay(own: Own, key: string, value: JsonValue | undefined): void {
  if (value !== undefined && value !== null) place(own, [key], kept(value))
}

/** Keeps a value that is not the number that the document has from elsewhere. */
export function stayUnless(own: Own, key: string, value: JsonValue | undefined, number: number | undefined): void {
  if (number === undefined || numberOf(value) !== number) stay(own, key, value)
}

/**
 * Sets a value at a path. Where something else stands in the way (a text where an object should be, or another value), the rest of
 * the path becomes one dotted key, numbered if need be: nothing is overwritten.
 */
export function place(own: Own, parts: readonly string[], value: unknown): void {
  let at = own
  for (let i = 0; i < parts.length - 1; i++) {
    const part = parts[i]!
    const next = Object.hasOwn(at, part) ? at[part] : undefined
    if (next === undefined && part !== '__proto__') at = at[part] = {} as Own
    else if (typeof next === 'object' && next !== null && !Array.isArray(next)) at = next as Own
    else {
      put(at, parts.slice(i).join('.'), value)
      return
    }
  }
  put(at, parts[parts.length - 1]!, value)
}

const clashesMax = 16

function put(at: Own, key: string, value: unknown): void {
  if (key !== '__proto__' && at[key] === undefined) {
    at[key] = value
    return
  }
  let free = key
  for (let n = 2; Object.hasOwn(at, free) && n < clashesMax; n++) free = `${key}_${n}`
  // A key named __proto__ is data here, never a prototype.
  Object.defineProperty(at, free, { value, enumerable: true, configurable: true, writable: true })
}

const flatDepthMax = 4

/** The record with nested objects turned into dotted keys (`id: {orig_h}` into `id.orig_h`); the record itself if there are none. */
export function flat(record: JsonObject): JsonObject {
  for (const value of Object.values(record)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const out = Object.create(null) as Record<string, JsonValue>
      flatten(record, '', out, 0)
      return out
    }
  }
  return record
}

function flatten(object: JsonObject, prefix: string, out: Record<string, JsonValue>, depth: number): void {
  for (const key in object) {
    const value = object[key]!
    const name = prefix === '' ? key : `${prefix}.${key}`
    if (typeof value !== 'object' || value === null || Array.isArray(value) || depth >= flatDepthMax) out[name] = value
    else flatten(value, name, out, depth + 1)
  }
}
