/**
 * A copy of an OCSF record as it is kept below `ocsf.*`: identifiers (`class_uid`, `type_id` …) as strings, times as ISO 8601 text,
 * everything else as it is. Lists keep their times as they are; depth and length are bounded.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { type Document, put } from '../ndjson/document.ts'

const depthMax = 24
const listMax = 4096

/** Numbers in ECS's own fields of the same meaning. */
const numeric: ReadonlySet<string> = new Set(['severity_id'])

export function tidy(json: JsonObject): Document {
  return tidyObject(json, 0, false)
}

function tidyObject(json: JsonObject, depth: number, inList: boolean): Document {
  // Copied at once, and changed where it must be: most values stay as they are.
  const out: Document = { ...json }
  for (const key in json) {
    const value = json[key]!
    const kept = tidyValue(key, value, depth, inList)
    if (kept !== value) put(out, key, kept)
  }
  return out
}

function tidyValue(key: string, value: JsonValue, depth: number, inList: boolean): unknown {
  if (value === null || value === '' || depth > depthMax) return undefined
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return String(value)
    if (isIdentifier(key)) return String(value)
    return !inList && isTime(key) ? millisText(value) : value
  }
  if (typeof value === 'string') return !inList && key.endsWith('_time_dt') ? isoOf(value) : value
  if (!Array.isArray(value)) return tidyObject(value, depth + 1, inList)
  const items: unknown[] = []
  for (const item of value) {
    if (items.length >= listMax) break
    const kept = tidyValue(key.endsWith('_ids') ? '_id' : '', item, depth + 1, true)
    if (Array.isArray(kept)) items.push(...kept.slice(0, listMax - items.length))
    else if (kept !== undefined) items.push(kept)
  }
  return items
}

function isIdentifier(key: string): boolean {
  return ((key.endsWith('_id') || key.endsWith('_uid')) && !numeric.has(key)) || key === 'protocol_num' || key === 'uid'
}

function isTime(key: string): boolean {
  return key === 'time' || key.endsWith('_time')
}

/** Milliseconds since 1970. */
export function millisText(value: number): string | number {
  return value > 1e9 && value < 253_402_300_799_999 ? isoMs(Math.round(value) * 1000) : value
}

export function isoOf(value: string): string {
  const us = parseIso(value)
  return us === undefined ? value : isoMs(us)
}
