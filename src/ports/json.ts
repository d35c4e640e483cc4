/** Values of JSON that anybody may have written: each is what it should be, or absent. */

export type JsonObject = { readonly [key: string]: unknown }

export function object(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

/** The objects of an array. */
export function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(item => object(item) !== undefined) : []
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined
}
