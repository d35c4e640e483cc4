/**
 * The four parts of a record that each service fills as it likes (`requestParameters`, `responseElements`, `additionalEventData`,
 * `serviceEventDetails`): their Java texts, and their structure. Used by `record-event.ts`.
 */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { type JavaValue, javaText, NumberText } from './java-text.ts'
import { present } from './leaves.ts'

/** Elastic keeps the structure only of values whose text is shorter (Lucene's longest term). */
const structureTextMax = 32_766

export type FreeFormTexts = {
  readonly request: string | undefined
  readonly response: string | undefined
  readonly additional: string | undefined
  readonly service: string | undefined
}

/** A number spelled with a fraction, an exponent or more digits than a double holds. */
const unusualNumber = /[[:,]\s*-?(?:\d+[.eE]|\d{16})/

/**
 * The Java texts of the four free-form parts. Parsed JSON does not tell `1.0` from `1`, Java does: in the rare record where it
 * matters, the text is parsed again with its numbers' spelling kept.
 */
export function freeFormTexts(text: string, json: JsonObject, inside: string | undefined): FreeFormTexts {
  const request = javaText(json['requestParameters'] ?? null)
  const response = javaText(json['responseElements'] ?? null)
  const additional = javaText(json['additionalEventData'] ?? null)
  const service = javaText(json['serviceEventDetails'] ?? null)
  if (!(request.exact && response.exact && additional.exact && service.exact) && unusualNumber.test(text)) {
    const exact = withNumberTexts(text, inside)
    if (exact !== undefined) {
      return {
        request: javaText(exact['requestParameters'] ?? null).text,
        response: javaText(exact['responseElements'] ?? null).text,
        additional: javaText(exact['additionalEventData'] ?? null).text,
        service: javaText(exact['serviceEventDetails'] ?? null).text
      }
    }
  }
  return { request: request.text, response: response.text, additional: additional.text, service: service.text }
}

function withNumberTexts(text: string, inside: string | undefined): { readonly [key: string]: JavaValue } | undefined {
  const reviver = (_key: string, value: unknown, context: { readonly source?: string }) =>
    typeof value === 'number' && context.source !== undefined && context.source !== String(value)
      ? new NumberText(context.source)
      : value
  try {
    const whole = JSON.parse(text, reviver as (key: string, value: unknown) => unknown)
    return inside === undefined ? whole : whole[inside]
  } catch {
    // Nested too deep for this.
    return undefined
  }
}

/** The value itself, unless its text is longer than is kept. */
export function structure(text: string | undefined, value: JsonValue | undefined): JsonValue | undefined {
  return text === undefined || text.length >= structureTextMax ? undefined : present(value)
}
