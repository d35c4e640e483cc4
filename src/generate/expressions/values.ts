/** How expressions take a value as a number or a text. */

import type { Scalar } from '../field.ts'

/** What a text spells; NaN where it spells none. Null is 0 for nobody: it is NaN. */
export function numberOf(value: Scalar): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || value.length > 400 || value.trim() === '') return Number.NaN
  return Number(value)
}

export function textOf(value: Scalar): string {
  return value === null ? '' : String(value)
}
