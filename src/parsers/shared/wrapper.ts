/** What a JSON document says about the records in it: its own small fields before their array, handed on as a header line of JSON. */

import type { JsonObject, ParseContext } from '../../core/parser.ts'

export function wrapperOf(context: ParseContext): JsonObject | undefined {
  const line = context.header?.at(-1)
  if (line === undefined || line.charCodeAt(0) !== 123) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
