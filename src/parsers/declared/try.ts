/** What a definition makes of a sample: for showing it to the person who writes it, and for its cases. */

import { completeEvent } from '../../core/event.ts'
import { type JsonObject, NO_EVENT, type Parser } from '../../core/parser.ts'
import { declaredParser } from './declared.ts'
import type { Definition } from './definition.ts'
import { matchBounds, readPattern } from './pattern.ts'
import { firstLine, recordsOf } from './records.ts'

export type Tried = {
  readonly record: string
  /** The event, or undefined where the record is refused. */
  readonly event: Readonly<Record<string, unknown>> | undefined
  readonly reason: string | undefined
  /** It holds no event, and is meant to hold none. */
  readonly isIgnored: boolean
  /** Which of the patterns matched, from 0. */
  readonly pattern: number | undefined
  /** Which of its fields took which part of the record (characters from 0). */
  readonly parts: readonly Part[]
}
export type Part = { readonly field: string; readonly from: number; readonly to: number }

/** Each record of the sample, read by the definition. `receivedMs` dates stamps without a year. */
export function tryDefinition(definition: Definition, sample: string, receivedMs: number): Tried[] {
  const parser = declaredParser(definition)
  const patterns = definition.patterns.map(readPattern)
  return recordsOf(sample, definition).map(record => {
    const tried = tryRecord(parser, record, receivedMs)
    if (definition.input === 'json') return { record, ...tried, pattern: undefined, parts: [] }
    const line = firstLine(record, definition)
    if (tried.isIgnored) return { record, ...tried, pattern: undefined, parts: [] }
    for (const [i, pattern] of patterns.entries()) {
      const bounds = matchBounds(pattern, line)
      if (bounds === undefined) continue
      const parts = pattern.fields.map(({ field }, at) => ({ field, from: bounds[2 * at]!, to: bounds[2 * at + 1]! }))
      return { record, ...tried, pattern: i, parts }
    }
    return { record, ...tried, pattern: undefined, parts: [] }
  })
}

function tryRecord(parser: Parser, record: string, receivedMs: number): Pick<Tried, 'event' | 'reason' | 'isIgnored'> {
  let json: JsonObject = {}
  if (parser.input === 'json') {
    try {
      json = JSON.parse(record) as JsonObject
    } catch {
      return { event: undefined, reason: 'not a JSON object', isIgnored: false }
    }
  }
  const parsed = parser.open({ receivedMs })(record, json)
  if (parsed === NO_EVENT) return { event: undefined, reason: 'holds no event', isIgnored: true }
  return parsed.ok
    ? { event: completeEvent(parsed.event), reason: undefined, isIgnored: false }
    : { event: undefined, reason: parsed.reason, isIgnored: false }
}

/** Cases whose events are not what the definition makes of their records now: their places, from 0, with the event of now. */
export function brokenCases(
  definition: Definition,
  receivedMs: number
): { readonly index: number; readonly actual: unknown }[] {
  const parser = declaredParser(definition)
  return definition.cases.flatMap(({ record, event }, index) => {
    const { event: made, reason } = tryRecord(parser, record, receivedMs)
    const actual = made ?? { reason }
    return sameJson(actual, event) ? [] : [{ index, actual }]
  })
}

/** Equal but for the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && sameJson((a as JsonObject)[key], (b as JsonObject)[key]))
  )
}

/** The definition with a case for each record of the sample that it understands. */
export function withCases(definition: Definition, sample: string, receivedMs: number, casesMax = 20): Definition {
  const cases = tryDefinition(definition, sample, receivedMs)
    .filter(({ event }) => event !== undefined)
    .slice(0, casesMax)
    .map(({ record, event }) => ({ record, event }))
  return { ...definition, cases }
}
