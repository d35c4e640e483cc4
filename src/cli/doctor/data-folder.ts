/** `picket doctor`, the data folder: whose it is, who may read it, and whether somebody works on it. */

import { accessSync, constants, existsSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { lockFolder } from '../../bus/embedded/folder-lock.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import { dataPaths } from '../../platform/paths.ts'
import { existingFolder } from './disk.ts'
import { type Finding, ok, problem, type Surroundings, warning } from './finding.ts'

/** Files that hold passwords, tokens or keys, below the data folder. */
const secretFiles = [
  'picket.db',
  '.env',
  'run/server.json',
  'store/secrets.json',
  'store/users.xml',
  'store/config.xml'
]

export function checkFolder({ folder }: Pick<Surroundings, 'folder'>): Finding[] {
  const name = 'data folder'
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined) {
    const above = existingFolder(folder)
    return mayWrite(above)
      ? [ok(name, `${folder} does not exist yet and is made at the first start`)]
      : [
          problem(
            name,
            `${folder} does not exist, and this user may not make it in ${above}`,
            'make it as root and give it to this user (install -d -m 700 -o USER FOLDER), or name another with --data'
          )
        ]
  }
  if (!stat.isDirectory())
    return [problem(name, `${folder} is not a folder`, 'name another with --data, or move the file away')]
  if (!mayWrite(folder))
    return [
      problem(name, `this user may not write in ${folder}`, `run Picket as its owner, or: chown -R USER ${folder}`)
    ]
  const foreign = foreigners(folder)
  if (foreign.length > 0)
    return [
      problem(
        name,
        `${foreign.length} of the things in ${folder} belong to another user (${foreign.slice(0, 3).join(', ')}): Picket was started as somebody else once`,
        `give all of it to one user: chown -R USER ${folder}`
      )
    ]
  const open = process.platform === 'win32' ? [] : readableByOthers(folder, stat)
  if (open.length > 0)
    return [
      warning(
        name,
        `others on this machine may read ${open.join(', ')}`,
        `chmod 700 ${folder}; chmod 600 on the files named`
      )
    ]
  return [ok(name, folder)]
}

/** Is the bus locked, and by whom it should be? Takes the lock for a moment where it is free. */
export async function checkLock({ folder, server }: Pick<Surroundings, 'folder' | 'server'>): Promise<Finding> {
  const name = 'lock'
  const { busFolder } = dataPaths(folder)
  if (!existsSync(join(busFolder, '.lock'))) return ok(name, 'nobody has worked here yet')
  try {
    const unlock = await lockFolder(busFolder)
    unlock()
  } catch (error) {
    if (!(error instanceof PicketError) || error.code !== 'bus-locked')
      return problem(name, messageOf(error), 'look at the permissions of that folder')
    if (server !== undefined) return ok(name, `held by the running server (process ${server.pid})`)
    return warning(
      name,
      `${error.message.split(';')[0]}, which is no server that can be asked`,
      'an import may be running: wait for it; else look at that process'
    )
  }
  if (server === undefined) return ok(name, 'free: no server runs')
  return warning(
    name,
    `run/server.json says that process ${server.pid} serves here, but the bus is not locked`,
    'it is starting or stopping: try again; if this stays, another program has that process number: delete run/server.json'
  )
}

/** The latest change of what lies directly in the folder; undefined if there is nothing. */
export function newestFileMs(folder: string): number | undefined {
  let newest: number | undefined
  try {
    for (const entry of readdirSync(folder)) {
      const at = statSync(join(folder, entry), { throwIfNoEntry: false })?.mtimeMs
      if (at !== undefined && (newest === undefined || at > newest)) newest = at
    }
  } catch {
    return undefined
  }
  return newest
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Root may use what belongs to anybody, and then leaves files that the others may not use. */
function foreigners(folder: string): string[] {
  const uid = process.getuid?.()
  if (uid === undefined) return []
  const owner = uid === 0 ? statSync(folder).uid : uid
  return readdirSync(folder).filter(entry => {
    const stat = statSync(join(folder, entry), { throwIfNoEntry: false })
    return stat !== undefined && stat.uid !== owner && entry !== 'picket.yaml' && entry !== 'lost+found'
  })
}

function readableByOthers(folder: string, stat: Stats): string[] {
  // Behind a closed folder nobody else gets at the files.
  if ((stat.mode & 0o077) === 0) return []
  const open = secretFiles.filter(file => {
    const inner = statSync(join(folder, file), { throwIfNoEntry: false })
    return inner !== undefined && (inner.mode & 0o077) !== 0
  })
  const folders = ['bus', 'store'].filter(inner => {
    const inside = statSync(join(folder, inner), { throwIfNoEntry: false })
    return inside !== undefined && (inside.mode & 0o077) !== 0
  })
  return [...open, ...folders.map(inner => `${inner}/`)]
}
