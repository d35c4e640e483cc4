/** An ECS document as a list of fields, and single fields of it. Pure. */

import type { Document } from '../api.ts'
import type { Scalar } from './query-text.ts'

export type Field = { readonly name: string; readonly values: readonly Scalar[] }

const fieldsMax = 5000
const depthMax = 32

/** `@timestamp` first, then by name. The fields of arrays of objects are merged, as a search sees them. */
export function fieldsOf(document: Document): Field[] {
  const found = new Map<string, Scalar[]>()
  collect(document, '', found, 0)
  return [...found].map(([name, values]) => ({ name, values })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function collect(value: unknown, name: string, found: Map<string, Scalar[]>, depth: number): void {
  if (value === null || value === undefined || depth > depthMax || found.size > fieldsMax) return
  if (Array.isArray(value)) {
    for (const item of value) collect(item, name, found, depth + 1)
  } else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      collect(item, name === '' ? key : `${name}.${key}`, found, depth + 1)
    }
  } else {
    const scalar = typeof value === 'number' || typeof value === 'boolean' ? value : String(value)
    const values = found.get(name)
    if (values === undefined) found.set(name, [scalar])
    else values.push(scalar)
  }
}

/** The (first) value at `a.b.c`, whether nested or under a dotted key. */
export function valueAt(document: Document, path: string): Scalar | undefined {
  const value = find(document, path)
  const first = Array.isArray(value) ? value.find(item => item !== null) : value
  return typeof first === 'string' || typeof first === 'number' || typeof first === 'boolean' ? first : undefined
}

function find(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = find(item, path)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (Object.hasOwn(value, path)) return (value as Document)[path]
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot)
    if (!Object.hasOwn(value, key)) continue
    const found = find((value as Document)[key], path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

export function textAt(document: Document, path: string): string | undefined {
  const value = valueAt(document, path)
  return value === undefined || value === '' ? undefined : String(value)
}

export function numberAt(document: Document, path: string): number | undefined {
  const value = valueAt(document, path)
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** All the values of one field, in the order in which they stand. */
export function valuesAt(document: Document, path: string): readonly Scalar[] {
  const value = find(document, path)
  if (value === undefined) return []
  const found = new Map<string, Scalar[]>()
  collect(Array.isArray(value) ? value : [value], 'it', found, 0)
  return found.get('it') ?? []
}
