/**
 * A SQLite file of ours: how one is opened, brought up to date and written. Which steps bring it up to date is the affair of its owner
 * (`state.ts`, `intel.ts`, the gatekeeper).
 */

import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { invariant, messageOf, PicketError } from '../core/errors.ts'

/** A step of a schema: what was done once is never changed. */
export type Migration = { readonly name: string; readonly sql: string }

export type State = {
  readonly folder: string
  readonly db: DatabaseSync
  /**
   * Runs `fn` in one transaction (IMMEDIATE, so that it waits for other writers at its start and never in its middle):
   * all of it happens or, if it throws, nothing. Inside another one, it is a part of that. `fn` must not be async.
   */
  transaction<T>(fn: () => T): T
  close(): void
}

/**
 * Opens the file in the folder, making both if need be (readable by this user only), and takes the steps that are missing. `FULL`: a commit
 * has reached the disk when it returns. `NORMAL` spares the wait for the disk at each commit: a power cut may take the last
 * ones back, whole and in order. Throws `state-open` and `state-newer`.
 */
export function openStateFile(
  folder: string,
  name: string,
  steps: readonly Migration[],
  synchronous: 'FULL' | 'NORMAL' = 'FULL'
): State {
  const root = resolve(folder)
  const file = join(root, name)
  let db: DatabaseSync
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 })
    // Made by us first, so that it (and the WAL, which takes its mode) is never readable by others.
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
    db = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true })
    db.exec(
      `PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous}; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864`
    )
  } catch (error) {
    throw new PicketError('state-open', `cannot open the state file ${file}: ${messageOf(error)}`, { cause: error })
  }
  try {
    migrate(db, steps, file)
  } catch (error) {
    db.close()
    throw error
  }
  return stateOf(db, root)
}

export function stateOf(db: DatabaseSync, folder: string): State {
  return {
    folder,
    db,
    transaction: fn => transaction(db, fn),
    close() {
      if (db.isOpen) db.close()
    }
  }
}

function transaction<T>(db: DatabaseSync, fn: () => T): T {
  if (db.isTransaction) return fn()
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = fn()
    invariant(!(result instanceof Promise), 'a transaction must not be async')
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Applies what is missing, each step in a transaction with its number in `user_version`: a crash leaves whole steps. */
export function migrate(db: DatabaseSync, list: readonly Migration[], file: string): void {
  const version = () => Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version() > list.length) {
    throw new PicketError(
      'state-newer',
      `${file} was written by a newer Picket (schema ${version()}, this one knows ${list.length}): use that one, or restore a backup`
    )
  }
  for (const [index, migration] of list.entries()) {
    if (version() > index) continue
    transaction(db, () => {
      // Another process may have done it while this one waited for the lock.
      if (version() > index) return
      try {
        db.exec(migration.sql)
      } catch (error) {
        const what = `cannot bring ${file} up to date (step ${index + 1}, ${migration.name})`
        throw new PicketError('state-migration', `${what}: ${messageOf(error)}`, { cause: error })
      }
      db.exec(`PRAGMA user_version=${index + 1}`)
    })
  }
}
