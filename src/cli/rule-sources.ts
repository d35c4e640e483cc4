/** Rules from paths of the command line: files, and folders of them. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, parse } from 'yaml'
import { PicketError } from '../core/errors.ts'
import { listRuleFiles } from '../pipeline/rule-files.ts'
import type { RuleFile } from '../sigma/rule.ts'

/** Throws `no-rule-files`, `file-unreadable`. The paths are those given, with what is below folders. */
export function rulesOfPaths(paths: readonly string[]): RuleFile[] {
  const files = paths.flatMap(path => {
    if (!existsSync(path)) throw new PicketError('no-rule-files', `There is no file or folder ${path}.`)
    return statSync(path).isDirectory() ? listRuleFiles(path).map(file => join(path, file)) : [path]
  })
  if (files.length === 0)
    throw new PicketError('no-rule-files', `There is no .yml or .yaml file in ${paths.join(', ')}.`)
  return files.map(path => ({ path, text: readFileSync(path, 'utf8') }))
}

/** A file of lists: `Administrators: [root, adm_*]`. */
export function placeholderFile(path: string): ReadonlyMap<string, readonly string[]> {
  let given: unknown
  try {
    given = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new PicketError('placeholders', `${path} cannot be read as YAML or JSON: ${(error as Error).message}`)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isMap(given))
    throw new PicketError('placeholders', `${path} is to hold a list for each name: Administrators: [root, "adm_*"]`)
  return new Map(
    Object.entries(given).map(([name, values]) => [name, (Array.isArray(values) ? values : [values]).map(String)])
  )
}

/**
 * The values of placeholders from such a file. One that it does not have stands for itself, so that its rule is read all the same, and its name
 * is remembered in `missing`.
 */
export function placeholdersFrom(path: string | undefined, missing: Set<string>): (name: string) => readonly string[] {
  const lists = path === undefined ? new Map<string, readonly string[]>() : placeholderFile(path)
  return name => {
    const list = lists.get(name)
    if (list !== undefined) return list
    missing.add(name)
    return [`%${name}%`]
  }
}
