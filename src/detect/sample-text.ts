/** An event as it is kept with an alert: JSON within a bound. Of longer ones, what is largest in them is left out and named. */

import { sampleBytesMax } from '../core/detection.ts'
import type { EcsEvent } from '../core/parser.ts'

const encoder = new TextEncoder()
const leftOutMax = 20

export function sampleText(document: EcsEvent): string {
  const text = JSON.stringify(document)
  if (fits(text)) return text
  const places = placesOf(document).sort((a, b) => b.size - a.size)
  const leftOut: string[] = []
  let size = sizeOf(text)
  const out = new Set<string>()
  for (const place of places) {
    // What names it takes room too.
    if (size <= sampleBytesMax - 4_000) break
    size -= place.size
    out.add(place.path)
    if (leftOut.length < leftOutMax) leftOut.push(place.path.slice(0, 100))
  }
  const cut = without(document, '', out) as Record<string, unknown>
  const picket = cut['picket']
  cut['picket'] = { ...(typeof picket === 'object' ? picket : {}), left_out: leftOut }
  const shorter = JSON.stringify(cut)
  // Nothing but names, thousands of them.
  return fits(shorter) ? shorter : JSON.stringify({ '@timestamp': document['@timestamp'], picket: { left_out: ['*'] } })
}

function fits(text: string): boolean {
  return text.length * 3 <= sampleBytesMax || (text.length <= sampleBytesMax && sizeOf(text) <= sampleBytesMax)
}

function sizeOf(text: string): number {
  return encoder.encode(text).length
}

/** Leaves, and lists as wholes: what can be left out, by its path. */
function placesOf(document: EcsEvent): { path: string; size: number }[] {
  const places: { path: string; size: number }[] = []
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}\0${key}`)
    else places.push({ path, size: sizeOf(JSON.stringify(value) ?? '') + path.length - path.lastIndexOf('\0') + 3 })
  }
  visit(document, '')
  return places.map(({ path, size }) => ({ path: path.slice(1).replaceAll('\0', '.'), size }))
}

function without(value: unknown, path: string, out: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    if (out.has(at)) continue
    Object.defineProperty(kept, key, {
      value: without(inner, at, out),
      enumerable: true,
      configurable: true,
      writable: true
    })
  }
  return kept
}
