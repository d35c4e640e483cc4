/** The paths of an audit event (PATH records), and the file that it is about. */

import type { CallMeaning } from './actions.ts'
import type { AuditRecord } from './record.ts'
import { first, saidFields } from './values.ts'

export type Path = { readonly [name: string]: string | string[] | boolean }

export function pathOf(record: AuditRecord): Path {
  return saidFields(record.fields)
}

/** The file, its path as the record has it, and what kind it is. */
export function fileOf(
  paths: readonly Path[],
  meaning: CallMeaning,
  process: { readonly [name: string]: unknown }
): { readonly file: object; readonly name: string | undefined; readonly kind: string | undefined } | undefined {
  if (paths.length === 0) return undefined
  const from = paths.length > meaning.pathIndex ? meaning.pathIndex : 0
  const path = paths.slice(from).find(({ nametype }) => nametype !== 'PARENT' && nametype !== 'UNKNOWN') ?? paths[from]!
  const name = first(path['name'])
  const mode = Number.parseInt(first(path['mode']) ?? '', 8)
  const owner = first(path['OUID'])
  const group = first(path['OGID'])
  const cwd = process['working_directory']
  return {
    name,
    kind: Number.isNaN(mode) ? undefined : kinds.get(mode & 0o170000),
    file: {
      // A path that begins elsewhere than at the root is the process's own way there.
      path: name === undefined || name.startsWith('/') || typeof cwd !== 'string' ? name : joined(cwd, name),
      device: first(path['rdev']),
      inode: first(path['inode']),
      mode: Number.isNaN(mode) ? undefined : (mode & 0o777).toString(8).padStart(4, '0'),
      uid: first(path['ouid']),
      gid: first(path['ogid']),
      owner,
      group,
      type: Number.isNaN(mode) ? undefined : fileTypes.get(mode & 0o170000)
    }
  }
}

const kinds = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
  [0o010000, 'named-pipe'],
  [0o120000, 'symlink'],
  [0o140000, 'socket']
])

const fileTypes = new Map([
  [0o100000, 'file'],
  [0o040000, 'dir'],
  [0o120000, 'symlink']
])

function joined(cwd: string, name: string): string {
  const rest = name.startsWith('./') ? name.slice(2) : name
  return cwd.endsWith('/') ? cwd + rest : `${cwd}/${rest}`
}
