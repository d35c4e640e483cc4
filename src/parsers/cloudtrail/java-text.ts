/**
 * Java's text of a parsed JSON value: `{a=b, c=[1, 2]}`. Elastic's `aws.cloudtrail.request_parameters` and its siblings hold this
 * form, and people's searches and rules match on it, so it is made exactly: with empty values left out, and keys in the order in
 * which Java's HashMap holds them.
 *
 * Sources: java.util.HashMap (table of 16, doubled while more than three quarters full; bucket = (h ^ h >>> 16) & (size - 1), h as in
 * String.hashCode), AbstractMap.toString, Double.toString.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'

/** A number of which the digits in the record matter: `1.0`, or more of them than a double holds. */
export class NumberText {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

export type JavaValue = JsonValue | NumberText

const depthMax = 64

/** Did a number occur in the last text whose spelling in the record may have been another (`1.0` or `1e3` for 1)? */
let wholeSeen = false

/** The text, or undefined for a value that is empty in all its parts (null, "", {}, [], {a: ""}). `exact` is true if it cannot be wrong. */
export function javaText(value: JavaValue): { readonly text: string | undefined; readonly exact: boolean } {
  wholeSeen = false
  const text = textOfValue(value, 0)
  return { text, exact: !wholeSeen }
}

function textOfValue(value: JavaValue, depth: number): string | undefined {
  if (value === null || value === '') return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value instanceof NumberText) return sourceText(value.source)
  if (depth >= depthMax) return '…'
  if (Array.isArray(value)) {
    let out = ''
    for (const item of value) {
      const text = textOfValue(item, depth + 1)
      if (text !== undefined) out += out === '' ? text : `, ${text}`
    }
    return out === '' ? undefined : `[${out}]`
  }
  return mapText(value, depth)
}

function mapText(map: JsonObject, depth: number): string | undefined {
  const keys = Object.keys(map)
  let out = ''
  for (const key of keys.length === 1 ? keys : inBucketOrder(keys)) {
    const text = textOfValue(map[key]!, depth + 1)
    if (text !== undefined) out += out === '' ? `${key}=${text}` : `, ${key}=${text}`
  }
  return out === '' ? undefined : `{${out}}`
}

/** Sorts keys as a HashMap iterates them: by bucket, within one by insertion. */
function inBucketOrder(keys: string[]): string[] {
  let size = 16
  while (keys.length > size * 0.75) size *= 2
  const mask = size - 1
  const count = keys.length
  if (count > 64) {
    const bucketOf = new Map(keys.map(key => [key, bucket(key, mask)]))
    return keys.sort((a, b) => bucketOf.get(a)! - bucketOf.get(b)!)
  }
  // Few keys: insertion sort, which is stable.
  for (let i = 0; i < count; i++) buckets[i] = bucket(keys[i]!, mask)
  for (let i = 1; i < count; i++) {
    const key = keys[i]!
    const b = buckets[i]!
    let j = i - 1
    for (; j >= 0 && buckets[j]! > b; j--) {
      keys[j + 1] = keys[j]!
      buckets[j + 1] = buckets[j]!
    }
    keys[j + 1] = key
    buckets[j + 1] = b
  }
  return keys
}

const buckets = new Int32Array(64)

function bucket(key: string, mask: number): number {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
  return (hash ^ (hash >>> 16)) & mask
}

function numberText(value: number): string {
  if (!Number.isInteger(value)) return doubleText(value)
  wholeSeen = true
  return String(value)
}

function sourceText(source: string): string {
  if (source.includes('.') || source.includes('e') || source.includes('E')) return doubleText(Number(source))
  return source === '-0' ? '0' : source
}

/** Double.toString: plain from 0.001 to below ten million, else `1.234E-5`; always with a fraction. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}
