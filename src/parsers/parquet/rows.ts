/** Rows of a row group's columns as JSON texts, a batch at a time. */

import { isoText } from '../../core/time.ts'

/** A stretch of a column: values of the rows from `start` on. */
export type Stretch = { readonly start: number; readonly values: ArrayLike<unknown> }

const batchRows = 1000
const batchChars = 4 * 1024 * 1024
/** One value as text, and one row. */
const textMax = 1024 * 1024
const rowMax = 8 * 1024 * 1024
const depthMax = 32

export function* rowTexts(
  columns: ReadonlyMap<string, readonly Stretch[]>,
  from: number,
  to: number
): Generator<readonly string[], void> {
  const names = [...columns.keys()]
  const stretches = names.map(name => columns.get(name)!)
  const places = names.map(() => 0)
  let batch: string[] = []
  let chars = 0
  for (let row = from; row < to; row++) {
    const record: Record<string, unknown> = {}
    const left = { chars: rowMax }
    for (let i = 0; i < names.length; i++) {
      const own = stretches[i]!
      let place = places[i]!
      while (place < own.length && row >= own[place]!.start + own[place]!.values.length) place++
      places[i] = place
      const stretch = own[place]
      if (stretch === undefined || row < stretch.start) continue
      const value = plain(stretch.values[row - stretch.start], left, 0)
      if (value === undefined) continue
      const name = names[i]!
      if (name !== '__proto__') record[name] = value
    }
    const text = JSON.stringify(record)
    batch.push(text)
    chars += text.length
    if (batch.length < batchRows && chars < batchChars) continue
    yield batch
    batch = []
    chars = 0
  }
  if (batch.length > 0) yield batch
}

/** A value as JSON has it. Whole numbers that a double does not hold stay exact, as texts. Nulls are left out. */
function plain(value: unknown, left: { chars: number }, depth: number): unknown {
  left.chars -= 8
  if (left.chars < 0) throw new Error(`a row of more than ${rowMax} characters`)
  if (value === null || value === undefined) return undefined
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (typeof value === 'string') {
    if (value.length > textMax) throw new Error(`a value of ${value.length} characters`)
    left.chars -= value.length
    return value
  }
  if (depth >= depthMax) return undefined
  if (value instanceof Uint8Array) return plain(hex(value), left, depth)
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const item of value) {
      const kept = plain(item, left, depth + 1)
      if (kept !== undefined) items.push(kept)
    }
    return items
  }
  if (typeof value !== 'object') return undefined
  const out: Record<string, unknown> = {}
  let any = false
  for (const key of Object.keys(value)) {
    const kept = plain((value as Record<string, unknown>)[key], left, depth + 1)
    if (kept === undefined || key === '__proto__') continue
    left.chars -= key.length
    out[key] = kept
    any = true
  }
  return any ? out : undefined
}

function hex(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length && i < textMax; i++) text += bytes[i]!.toString(16).padStart(2, '0')
  return text
}

/** `2026-01-01T00:00:00.123456Z`; what is no time of the calendar stays a number. */
export function timeText(us: bigint): string {
  const number = Number(us)
  if (!(Math.abs(number) < 253_402_300_799e6)) return String(us)
  const micros = isoText(number, 6)
  return `${micros.endsWith('000') ? micros.slice(0, -3) : micros}Z`
}
