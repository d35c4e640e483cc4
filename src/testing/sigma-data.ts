/** SigmaHQ's rules, vectors and regression data beside the repository, for tests; they are skipped where it is not there. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { EcsEvent } from '../core/parser.ts'
import type { RuleFile } from '../sigma/rule.ts'

const folder = join(import.meta.dirname, '../../../shared/data/sigma')

/** For `test`'s `skip`. */
export const withoutSigmaData = existsSync(folder) ? false : 'needs shared/data/sigma beside the repository'

function filesUnder(at: string, ending: RegExp): string[] {
  return readdirSync(at, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && ending.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

export function sigmaRuleFiles(): RuleFile[] {
  return readdirSync(folder)
    .filter(name => name.startsWith('rules'))
    .flatMap(name => filesUnder(join(folder, name), /\.ya?ml$/))
    .map(path => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }))
}

/** Any list will do: no vector depends on its values. */
export const somePlaceholders = (): readonly string[] => ['admin*', 'srv1']

export type Vector = {
  readonly rule: string
  readonly kind: string
  readonly event: EcsEvent
  readonly expected: boolean
}

export function sigmaVectors(): Vector[] {
  return readFileSync(join(folder, 'vectors.ndjson'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Vector)
}

export type Regression = { readonly rule: string; readonly file: string; readonly matchesMin: number }

/** Files of pretty-printed records one after the other. */
export function sigmaRegressions(): Regression[] {
  return filesUnder(join(folder, 'regression_data'), /\.json$/).map(file => {
    const info = readFileSync(join(file, '..', 'info.yml'), 'utf8')
    const rule = file.replace(/^.*[\\/]/, '').replace('.json', '')
    return { rule, file, matchesMin: Number(/match_count: *(\d+)/.exec(info)?.[1] ?? 1) }
  })
}
