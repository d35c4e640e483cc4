/** Where sources that fetch were left, in the state file. What a value holds is the affair of its source; here it is text. */

import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const checkpointsSchema = `
  CREATE TABLE checkpoints (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (source, key)
  ) STRICT, WITHOUT ROWID;`

export function checkpointsOf(state: State, source: string) {
  const get = prepared(state, 'SELECT value FROM checkpoints WHERE source = ? AND key = ?')
  const list = prepared(
    state,
    'SELECT key, value FROM checkpoints WHERE source = ? AND substr(key, 1, ?) = ? ORDER BY key'
  )
  const save = prepared(state, 'INSERT OR REPLACE INTO checkpoints (source, key, value) VALUES (?, ?, ?)')
  const forget = prepared(state, 'DELETE FROM checkpoints WHERE source = ? AND key = ?')
  return {
    get: (key: string): string | undefined => get.get(source, key)?.['value'] as string | undefined,
    startingWith(prefix: string): ReadonlyMap<string, string> {
      // SQLite counts characters, not UTF-16 units.
      const rows = list.all(source, [...prefix].length, prefix)
      return new Map(rows.map(row => [row['key'] as string, row['value'] as string]))
    },
    /** All or nothing; undefined forgets. */
    save(entries: ReadonlyMap<string, string | undefined>): void {
      state.transaction(() => {
        for (const [key, value] of entries) {
          if (value === undefined) forget.run(source, key)
          else save.run(source, key, value)
        }
      })
    }
  }
}
