/** Where a sensor's Unix sockets are: in its folder, or, since their paths may have 107 bytes only, in a short one of their own. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const pathBytesMax = 100

export function socketPaths(folder: string) {
  const own = Buffer.byteLength(join(folder, 'run', 'command.sock')) <= pathBytesMax
  const place = own ? join(folder, 'run') : mkdtempSync(join(tmpdir(), 'picket-'))
  if (own) mkdirSync(place, { recursive: true, mode: 0o700 })
  return {
    folder: place,
    eve: join(place, 'eve.sock'),
    command: join(place, 'command.sock'),
    remove: () => rmSync(place, { recursive: true, force: true })
  }
}
