/** What the kinds of record share. */

import type { EcsEvent } from '../../core/parser.ts'

/** What each kind of record adds to an event. */
export type Part = {
  readonly category?: readonly string[]
  readonly type?: readonly string[]
  readonly kind?: 'event' | 'metric'
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly endUs?: number | undefined
  readonly durationNs?: number | undefined
  readonly protocol?: string | undefined
  readonly source?: object
  readonly destination?: object
  readonly network?: object
  readonly ips?: readonly (string | undefined)[]
  readonly hosts?: readonly (string | undefined)[]
  readonly hashes?: readonly (string | undefined)[]
  readonly users?: readonly (string | undefined)[]
  readonly fields: EcsEvent
}

/** Seconds of a record as nanoseconds. */
export function nanoseconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < 1e9 ? Math.round(value * 1e9) : undefined
}
