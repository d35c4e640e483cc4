/** Keeping what a mapping does not move: small pieces shared by the sections of the EVE parser. */

import type { JsonObject, JsonValue } from '../../core/parser.ts'

/** What is left of an object of the record, to be kept under `suricata.eve`. */
export type Rest = Record<string, JsonValue | undefined>

/** Sets a key of data, whatever its name. */
export function keep(target: Rest, key: string, value: JsonValue | undefined): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}

/** The strings of a list (or the one string), empty ones left out; undefined if there are none. At most 256. */
export function stringsOf(value: JsonValue | undefined): string[] | undefined {
  if (typeof value === 'string') return value === '' ? undefined : [value]
  if (!Array.isArray(value)) return undefined
  const strings: string[] = []
  for (const item of value) if (typeof item === 'string' && item !== '' && strings.length < 256) strings.push(item)
  return strings.length === 0 ? undefined : strings
}

/** A count: a whole number from 0 to 2^53 - 1. Anything else is not one, and stays where it was. */
export function countOf(value: JsonValue | undefined): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

/** The first object of a list, or the object itself. */
export function firstObject(value: JsonValue | undefined): JsonObject | undefined {
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'object' && first !== null && !Array.isArray(first) ? first : undefined
}
