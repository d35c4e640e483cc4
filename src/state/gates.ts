/** How far each gatekeeper's spool has been taken. Moved by the ledger, in the transaction in which it takes notice of the chunks. */

import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const gatesSchema = `
  CREATE TABLE gates (
    gate TEXT PRIMARY KEY,
    next INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`

/** More gates than anybody has; a token of theirs must not fill the disk with names. */
export const gatesMax = 1000

export function gatesOf(state: State) {
  const get = prepared(state, 'SELECT next FROM gates WHERE gate = ?')
  const count = prepared(state, 'SELECT count(*) AS n FROM gates')
  const set = prepared(
    state,
    'INSERT INTO gates (gate, next) VALUES (?, ?) ON CONFLICT DO UPDATE SET next = max(next, excluded.next)'
  )
  return {
    next(gate: string): number | undefined {
      const next = get.get(gate)?.['next']
      return next === undefined ? undefined : Number(next)
    },
    count: () => Number(count.get()?.['n']),
    taken(gate: string, next: number): void {
      set.run(gate, next)
    }
  }
}
