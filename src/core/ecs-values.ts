/** Small things every mapping needs: safe reads from untyped JSON, and `related.*` lists. */

import type { JsonObject, JsonValue } from './parser.ts'

export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A string, or the text of a number or boolean. */
export function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A finite number, or the number that a numeric string spells. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || value === '' || value.length > 32) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

export function object(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

export function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
}

/** The distinct, non-empty strings among the values, in order; undefined if there are none. At most 256. */
export function distinct(...values: readonly (string | undefined)[]): string[] | undefined {
  let out: string[] | undefined
  for (const value of values) {
    if (value === undefined || value === '') continue
    if (out === undefined) out = [value]
    else if (out.length < 256 && !out.includes(value)) out.push(value)
  }
  return out
}
