/** Settings that are changed while Picket runs (the configuration file is for those that are not): JSON under a key. */

import type { State } from './state.ts'

export function readSetting(state: State, key: string): unknown {
  const row = state.db.prepare('SELECT value FROM settings WHERE key = ?').get(key)
  return row === undefined ? undefined : JSON.parse(row['value'] as string)
}

/** `undefined` removes it. */
export function writeSetting(state: State, key: string, value: unknown): void {
  if (value === undefined) state.db.prepare('DELETE FROM settings WHERE key = ?').run(key)
  else state.db.prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)').run(key, JSON.stringify(value))
}
