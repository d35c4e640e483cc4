/**
 * Only one process may open a bus. Node has no flock, but SQLite has: its lock on a file is the kernel's, so it is gone with the
 * process (kill -9 leaves nothing stale, and no two processes can both take over), and it holds across containers that share a
 * folder, where process ids would not tell. `.owner` is only there to name the owner in the error.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PicketError } from '../../core/errors.ts'

const sqliteBusy = 5

/** Returns how to unlock. The lock file must not be opened by other means: closing it would drop the lock (POSIX). */
export async function lockFolder(folder: string): Promise<() => void> {
  const ownerPath = join(folder, '.owner')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(folder, '.lock'))
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode !== sqliteBusy) {
      throw new PicketError('bus-lock-failed', `lock the bus in ${folder}: ${(error as Error).message}`, {
        cause: error
      })
    }
    const pid = (await readFile(ownerPath, 'utf8').catch(() => '')).trim()
    const owner = pid === '' ? 'another process' : `process ${pid}`
    throw new PicketError('bus-locked', `the bus in ${folder} is in use by ${owner}; stop that one first`)
  }
  const held = database
  await writeFile(ownerPath, `${process.pid}\n`).catch(() => undefined)
  return () => held.close()
}
