/**
 * The files that hold rules: those that come with Picket, and those in the data folder. Read, written, and watched. What people write
 * goes before what they imported, and that before what comes with Picket: the first of an id is the one.
 */

import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf, PicketError } from '../core/errors.ts'
import type { Diagnostic, RuleFile } from '../sigma/rule.ts'

/** `own`: written here; `imported`: a collection, below `imported/` in the data folder's rules; `picket`: comes with Picket. */
export type Origin = 'own' | 'imported' | 'picket'

export const bundledRulesFolder = fileURLToPath(new URL('../../rules', import.meta.url))

export const fileBytesMax = 1 << 20
export const filesMax = 20_000
const bytesMax = 128 << 20
const depthMax = 12

export type RuleFiles = {
  /** In the order of precedence; the paths are `ORIGIN/…`, with slashes. */
  readonly files: readonly RuleFile[]
  readonly diagnostics: readonly Diagnostic[]
}

export type RuleFolders = { readonly bundled: string; readonly data: string }

export function originOf(path: string): Origin {
  return path.startsWith('picket/') ? 'picket' : path.startsWith('own/imported/') ? 'imported' : 'own'
}

/** Where a file that was read lies. */
export function placeOnDisk(folders: RuleFolders, path: string): string {
  const [first, ...rest] = path.split('/')
  return join(first === 'picket' ? folders.bundled : folders.data, ...rest)
}

/** Reads all. Never throws for what it finds. */
export function readRuleFiles(folders: RuleFolders): RuleFiles {
  const files: RuleFile[] = []
  const diagnostics: Diagnostic[] = []
  let bytes = 0
  const told = (path: string, message: string): void => {
    diagnostics.push({ file: path, line: 1, column: 1, severity: 'error', message })
  }
  for (const [prefix, folder] of [
    ['own', folders.data],
    ['picket', folders.bundled]
  ] as const) {
    const paths = listRuleFiles(folder).map(path => `${prefix}/${path}`)
    if (prefix === 'own') paths.sort((a, b) => Number(originOf(a) === 'imported') - Number(originOf(b) === 'imported'))
    for (const path of paths) {
      if (files.length >= filesMax) {
        told(path, `There are more than ${filesMax} files of rules; this one and those after it are not read.`)
        return { files, diagnostics }
      }
      try {
        const file = placeOnDisk(folders, path)
        const { size } = statSync(file)
        bytes += size
        if (size > fileBytesMax) told(path, `The file is larger than ${fileBytesMax} bytes.`)
        else if (bytes > bytesMax) told(path, `The files of rules are larger than ${bytesMax} bytes together.`)
        else files.push({ path, text: readFileSync(file, 'utf8') })
      } catch (error) {
        told(path, `The file cannot be read: ${messageOf(error)}`)
      }
    }
  }
  return { files, diagnostics }
}

/** Paths below the folder, with slashes, sorted. Links are not followed. */
export function listRuleFiles(folder: string): string[] {
  const found: string[] = []
  const visit = (at: string, depth: number): void => {
    let entries: ReturnType<typeof entriesOf>
    try {
      entries = entriesOf(at)
    } catch {
      return
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || found.length > filesMax) continue
      const path = join(at, entry.name)
      if (entry.isDirectory()) {
        // What rules are tested with is no rule.
        if (depth < depthMax && entry.name !== 'tests') visit(path, depth + 1)
      } else if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) found.push(relative(folder, path).replaceAll(sep, '/'))
    }
  }
  visit(folder, 0)
  return found.sort()
}

const entriesOf = (folder: string) => readdirSync(folder, { withFileTypes: true })

/** Writes a file whole or not at all. `path` is relative to the folder, with slashes. */
export function writeRuleFile(folder: string, path: string, text: string): void {
  if (!/^[A-Za-z0-9][\w. -]*(?:\/[A-Za-z0-9_][\w. -]*)*\.ya?ml$/.test(path) || path.length > 300)
    throw new PicketError(
      'rule-file',
      `${JSON.stringify(path.slice(0, 120))} is no path of a file of rules (letters, digits, - and _, ending in .yml).`
    )
  const file = join(folder, ...path.split('/'))
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = join(dirname(file), `.${basename(file)}.new`)
  writeFileSync(fresh, text, { mode: 0o600 })
  renameSync(fresh, file)
}

export function removeRuleFile(folder: string, path: string): void {
  rmSync(join(folder, ...path.split('/')), { force: true })
}

export type Added = { readonly files: number; readonly to: string; readonly replaced: boolean }

/**
 * Brings a file or a folder into the data folder's rules. A folder becomes `imported/NAME`, in place of what was imported under that name before; of a
 * checkout of SigmaHQ only the folders that hold rules are taken (`rules`, `rules-*`).
 */
export function addRuleFiles(dataFolder: string, path: string, name = nameOf(path)): Added {
  if (!existsSync(path)) throw new PicketError('no-file', `There is no ${path}.`)
  if (!/^[A-Za-z0-9][\w.-]{0,80}$/.test(name))
    throw new PicketError(
      'rule-file',
      `${JSON.stringify(name.slice(0, 80))} is no name: letters, digits, - and _. Give one with --name.`
    )
  if (statSync(path).isFile()) {
    if (!/\.ya?ml$/i.test(path)) throw new PicketError('rule-file', `${path} is no file of rules: they end in .yml.`)
    if (statSync(path).size > fileBytesMax)
      throw new PicketError('rule-file', `${path} is larger than ${fileBytesMax} bytes.`)
    const to = basename(path)
    const replaced = existsSync(join(dataFolder, to))
    writeRuleFile(dataFolder, to, readFileSync(path, 'utf8'))
    return { files: 1, to, replaced }
  }
  const folders = entriesOf(path).filter(entry => entry.isDirectory() && /^rules(?:-|$)/.test(entry.name))
  const sources = folders.length > 0 ? folders.map(({ name }) => name) : ['']
  const parent = join(dataFolder, 'imported')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const fresh = mkdtempSync(join(parent, '.new-'))
  let files = 0
  try {
    for (const source of sources)
      for (const file of listRuleFiles(join(path, source))) {
        if (++files > filesMax)
          throw new PicketError('rule-file', `${path} holds more than ${filesMax} files of rules.`)
        const to = join(fresh, source, ...file.split('/'))
        mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
        cpSync(join(path, source, ...file.split('/')), to)
      }
    if (files === 0) throw new PicketError('rule-file', `${path} holds no files of rules (.yml).`)
    const target = join(parent, name)
    const replaced = existsSync(target)
    const old = join(parent, `.old-${name}`)
    rmSync(old, { recursive: true, force: true })
    if (replaced) renameSync(target, old)
    renameSync(fresh, target)
    rmSync(old, { recursive: true, force: true })
    return { files, to: `imported/${name}`, replaced }
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    throw error
  }
}

function nameOf(path: string): string {
  return basename(path).replace(/[^\w.-]+/g, '-') || 'rules'
}

/** Removes an imported collection or one file, by its path in the data folder's rules. False where there is none. */
export function removeAdded(dataFolder: string, path: string): boolean {
  const known = listRuleFiles(dataFolder)
  const isCollection =
    path.startsWith('imported/') && path.split('/').length === 2 && known.some(file => file.startsWith(`${path}/`))
  if (!isCollection && !known.includes(path)) return false
  rmSync(join(dataFolder, ...path.split('/')), { recursive: true, force: true })
  return true
}

/** A text that changes when a file comes, goes or changes. */
export function stateOfFolder(folder: string): string {
  return listRuleFiles(folder)
    .map(path => {
      try {
        const { mtimeMs, size } = lstatSync(join(folder, path))
        return `${path} ${mtimeMs} ${size}`
      } catch {
        return path
      }
    })
    .join('\n')
}
