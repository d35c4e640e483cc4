/** What tells one life of a bus from another: one that was made anew counts from offset 0 again. */

import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PicketError } from '../core/errors.ts'

/** A name for this life of the bus, kept in its folder. */
export function busIdOf(folder: string): string {
  const file = join(folder, 'bus-id')
  if (existsSync(file)) {
    const id = readFileSync(file, 'utf8').trim()
    if (id !== '') return id
  }
  const id = randomUUID()
  try {
    writeFileSync(file, id)
  } catch (cause) {
    throw new PicketError('bus-id', `cannot write ${file}`, { cause })
  }
  return id
}
