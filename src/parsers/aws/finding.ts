/**
 * Findings as AWS's security services write them, under the names that Elastic gives their parts: snake case, and a list of
 * exceptions for each service. Nothing is left out but what is empty. Used by the parsers of GuardDuty, Security Hub and Inspector.
 */

import { numberOf } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { present, put, snake } from '../cloudtrail/leaves.ts'
import { own } from '../ndjson/document.ts'

export type Naming = {
  /** Where the value of a key goes, by `parent.key`, or by `key` for any parent. Dots in the target make objects. */
  readonly names: ReadonlyMap<string, string>
  /** Keys whose values are times: ISO 8601 or Unix seconds, written in ISO 8601 with milliseconds. */
  readonly times: ReadonlySet<string>
  /** Keys whose numbers are written as text. */
  readonly texts: ReadonlySet<string>
  /** Keys (`parent.key` or `key`) whose value keeps its own names. */
  readonly raw: ReadonlySet<string>
  /** What has been found out about keys, by parent and key. */
  readonly known: Map<string, Map<string, Rule>>
}

type Rule = {
  /** The way to its place; one part for most. */
  readonly path: readonly string[]
  /** Has a name of its own in the list: only such keys may share a place. */
  readonly named: boolean
  readonly time: boolean
  readonly text: boolean
  readonly raw: boolean
}

/** Of lines `key target` (names) and lists of words. */
export function naming(names: string, times: string, texts: string, raw: string): Naming {
  const pairs = names.trim().split(/\s+/)
  const map = new Map<string, string>()
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i]!, pairs[i + 1]!)
  return {
    names: map,
    times: new Set(times.split(' ')),
    texts: new Set(texts.split(' ')),
    raw: new Set(raw.split(' ')),
    known: new Map()
  }
}

/** Keys come from outside: what is remembered of them is bounded. AWS's own findings have some 600. */
const parentsMax = 1000
const keysMax = 200
const keyLengthMax = 100

function ruleFor(naming: Naming, parent: string, key: string): Rule {
  let ofParent = naming.known.get(parent)
  const known = ofParent?.get(key)
  if (known !== undefined) return known
  const pair = `${parent}.${key}`
  const target = naming.names.get(pair) ?? naming.names.get(key)
  const rule = {
    path: target === undefined ? [snake(key)] : target.split('.'),
    named: target !== undefined,
    time: naming.times.has(key),
    text: naming.texts.has(key),
    raw: naming.raw.has(key) || naming.raw.has(pair)
  }
  if (key.length > keyLengthMax || parent.length > keyLengthMax) return rule
  if (ofParent === undefined && naming.known.size < parentsMax) {
    ofParent = new Map()
    naming.known.set(parent, ofParent)
  }
  if (ofParent !== undefined && ofParent.size < keysMax) ofParent.set(key, rule)
  return rule
}

const depthMax = 24

/** The finding's parts by their new names. `parent` is the key that the object stands under. */
export function renamed(json: JsonObject, naming: Naming, parent = '', depth = 0): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const key in json) {
    const rule = ruleFor(naming, parent, key)
    const value = partOf(json[key]!, key, rule, naming, depth)
    if (value === undefined) continue
    // So deep, values are the record's own objects, which must not be changed: nothing is put into them.
    if (depth >= depthMax) put(out, key, value)
    else if (rule.named) putAt(out, rule.path, value, key)
    else putFree(out, rule.path[0]!, value, key)
  }
  return out
}

function partOf(value: JsonValue, key: string, rule: Rule, naming: Naming, depth: number): unknown {
  if (value === null || value === '') return undefined
  if (typeof value !== 'object') {
    if (rule.time) return timeText(value)
    return typeof value === 'number' && (rule.text || !Number.isFinite(value)) ? String(value) : value
  }
  if (rule.raw || depth >= depthMax) return present(value, depth)
  if (!Array.isArray(value)) return renamed(value, naming, key, depth + 1)
  return value.map(item =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? renamed(item, naming, key, depth + 1)
      : present(item, depth + 1)
  )
}

/** ISO 8601 in UTC with milliseconds; what is no time stays as it is. */
export function timeText(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const us = timeOf(value)
  if (us !== undefined) return isoMs(us)
  return typeof value === 'number' ? String(value) : value
}

/** Microseconds of an ISO 8601 stamp, of `Jan 19, 2022, 10:46:15 PM` (Inspector in EventBridge events), or of Unix seconds. */
export function timeOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'string') {
    const us = parseIso(value) ?? parseEnglish(value)
    if (us !== undefined) return us
  }
  const seconds = numberOf(value)
  return seconds !== undefined && seconds > 0 && seconds < 253_402_300_799 ? Math.round(seconds * 1_000_000) : undefined
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** Java's medium form for the United States, in UTC. A narrow blank may stand before AM and PM. */
function parseEnglish(stamp: string): number | undefined {
  if (stamp.length > 32) return undefined
  const found = /^([A-Z][a-z][a-z]) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d)[ \u202f]([AP])M$/.exec(stamp)
  const month = found === null ? -1 : months.indexOf(found[1]!)
  if (found === null || month < 0 || month % 3 !== 0) return undefined
  const two = (digits: string) => digits.padStart(2, '0')
  const hour = (Number(found[4]) % 12) + (found[7] === 'P' ? 12 : 0)
  return parseIso(
    `${found[3]}-${two(String(month / 3 + 1))}-${two(found[2]!)}T${two(String(hour))}:${found[5]}:${found[6]}Z`
  )
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Puts a value at its place; objects that meet there are merged. */
function putAt(target: Record<string, unknown>, path: readonly string[], value: unknown, key: string): void {
  const end = path.length - 1
  let at = target
  for (let i = 0; i < end; i++) {
    const next = at[path[i]!]
    if (isPlain(next)) at = next
    else if (next === undefined) {
      const made: Record<string, unknown> = {}
      at[path[i]!] = made
      at = made
    } else {
      putFree(at, path.slice(i).join('_'), value, key)
      return
    }
  }
  const last = path[end]!
  const there = own(at, last)
  if (isPlain(there) && isPlain(value)) {
    const merged = { ...there }
    for (const inner of Object.keys(value)) putFree(merged, inner, value[inner], inner)
    put(at, last, merged)
  } else putFree(at, last, value, key)
}

/** Puts under the name, or, where that is taken, under the name and the key that the record has: two keys may make one name. */
function putFree(target: Record<string, unknown>, name: string, value: unknown, key: string): void {
  const taken = own(target, name) !== undefined
  put(target, taken ? `${name} (${key})` : name, value)
}

/** The value itself where it is the only one, else the list: most findings have one, and a list has no column. */
export function single<Value>(values: readonly Value[] | undefined): Value | readonly Value[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values.length === 1 ? values[0] : values
}
