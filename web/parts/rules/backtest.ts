/** What a rule would have found in a time of the past: asked of the API, for a rule that is known or for a text. */

import { change, type StoredEvent } from '../../api.ts'

export type Backtest = {
  rule: { id: string; title: string; level: string; kind: string }
  from: string
  to: string
  total: number
  days: { day: string; hits: number }[]
  /** The noisiest values. */
  fields: { field: string; values: { value: string; count: number }[] }[]
  /** Exceptions that would silence the noisiest, and how many hits would stay. */
  suggestions: { query: string; silences: number; stay: number }[]
  samples: StoredEvent[]
  rowsRead: number
  elapsedMs: number
}

/** By id with its exceptions, or a text that nobody has saved yet. */
export type Subject = { readonly rule: string } | { readonly text: string }

export function runBacktest(subject: Subject, range: { from?: string | undefined; to?: string | undefined }) {
  return change<Backtest>('POST', '/api/backtest', {
    ...subject,
    from: range.from ?? '1970-01-01T00:00:00Z',
    to: range.to
  })
}
