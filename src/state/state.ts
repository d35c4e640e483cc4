/**
 * The state that must survive and is neither records nor events: one SQLite file for users, sessions, tokens, audit,
 * settings and cursors. Opened once by `main` (or by a CLI command while no server runs) and handed to those who need it.
 */

import { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations.ts'
import { type Migration, migrate, openStateFile, type State, stateOf } from './state-file.ts'

export { migrate, openStateFile, type State } from './state-file.ts'

const fileName = 'picket.db'

/**
 * Opens `picket.db` in the folder, making both if need be (readable by this user only), and brings the schema up to date.
 * A commit has reached the disk when it returns (WAL, synchronous=FULL). Throws `state-open` and `state-newer`.
 */
export function openState(folder: string): State {
  return openStateFile(folder, fileName, migrations)
}

/** The same in memory only. For tests and dry runs. */
export function memoryState(steps: readonly Migration[] = migrations): State {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
  migrate(db, steps, ':memory:')
  return stateOf(db, '')
}
