/** The events that are kept with alerts, bounded in all: beyond the bound, the alerts stay and the events of the least recent ones go. */

import { addHistory } from './alert-changes.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const samplesBytesMax = 4 * 1024 ** 3
const atOnce = 500

/** Closed alerts first, those of cases never. Gives how many alerts were trimmed. */
export function trimSamples(state: State, bytesMax: number, nowMs: number): number {
  const total = (): number => Number(prepared(state, 'SELECT sum(sample_bytes) AS n FROM alerts').get()!['n'] ?? 0)
  let trimmed = 0
  for (let over = total() - bytesMax; over > 0; ) {
    const freed = state.transaction(() => {
      const rows = prepared(
        state,
        `SELECT id, sample_bytes FROM alerts WHERE sample_bytes > 0 AND case_id IS NULL
         ORDER BY state = 'closed' DESC, updated, id LIMIT ?`
      ).all(atOnce)
      let bytes = 0
      for (const row of rows) {
        if (bytes >= over) break
        const id = Number(row['id'])
        prepared(state, 'DELETE FROM alert_samples WHERE alert = ?').run(id)
        prepared(state, 'UPDATE alerts SET sample_bytes = 0, samples_first = 0, samples_later = 0 WHERE id = ?').run(id)
        addHistory(state, id, 'trimmed', nowMs, 'picket', {})
        bytes += Number(row['sample_bytes'])
        trimmed++
      }
      return bytes
    })
    if (freed === 0) break
    over -= freed
  }
  return trimmed
}
