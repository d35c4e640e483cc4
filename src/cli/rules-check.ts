/** `picket rules check`: reads rules as the server would, compiles each for the stream and for the store, and tells what is wrong where. */

import { Command } from 'commander'
import { messageOf } from '../core/errors.ts'
import { readDeclared } from '../correlate/declared.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { toSql } from '../filter/to-sql.ts'
import { parseRules } from '../sigma/parse-rules.ts'
import type { Diagnostic, RuleFile, SigmaRule } from '../sigma/rule.ts'
import { placeholdersFrom, rulesOfPaths } from './rule-sources.ts'
import { countText } from './show.ts'
import { printable } from './table.ts'

type Options = { readonly json?: boolean; readonly placeholders?: string; readonly quiet?: boolean }

export function rulesCheckCommand(): Command {
  return new Command('check')
    .description('read rules without bringing them in: what is wrong, with file and line')
    .argument('<paths...>', 'files, or folders of them')
    .option('--json', 'as JSON')
    .option('--quiet', 'mistakes only: no warnings, no sum')
    .option('--placeholders <file>', 'lists for placeholders, as YAML: Administrators: [root, adm_*]')
    .addHelpText('after', '\nThe exit code is 1 if a rule has a mistake that keeps it out.')
    .action((paths: string[], options: Options) => {
      process.exitCode = check(rulesOfPaths(paths), options)
    })
}

export type Checked = {
  readonly files: number
  readonly rules: number
  readonly correlations: number
  readonly thresholds: number
  readonly errors: number
  readonly warnings: number
  /** Placeholders that no list was given for. */
  readonly placeholders: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

export function checkRules(files: readonly RuleFile[], placeholders?: string): Checked {
  const missing = new Set<string>()
  const { rules, correlations, diagnostics } = parseRules(files, {
    placeholders: placeholdersFrom(placeholders, missing)
  })
  const own = readDeclared(files)
  const found = [...diagnostics, ...own.diagnostics, ...rules.flatMap(compiled)].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column
  )
  const errors = found.filter(({ severity }) => severity === 'error').length
  return {
    files: files.length,
    rules: rules.length,
    correlations: correlations.length,
    thresholds: own.declared.length,
    errors,
    warnings: found.length - errors,
    placeholders: [...missing].sort(),
    diagnostics: found
  }
}

/** Both engines must take it. */
function compiled(rule: SigmaRule): Diagnostic[] {
  try {
    for (const expression of [rule.expression, rule.route]) {
      toPredicate(expression)
      toSql(expression)
    }
    return []
  } catch (error) {
    const { file, line, id } = rule
    return [{ file, line, column: 1, severity: 'error', message: messageOf(error), rule: id }]
  }
}

function check(files: readonly RuleFile[], options: Options): number {
  const checked = checkRules(files, options.placeholders)
  if (options.json === true) process.stdout.write(`${JSON.stringify(checked, null, 2)}\n`)
  else {
    for (const diagnostic of checked.diagnostics) {
      if (options.quiet !== true || diagnostic.severity === 'error') process.stdout.write(`${lineOf(diagnostic)}\n`)
    }
    if (options.quiet !== true) process.stdout.write(sumOf(checked))
  }
  return checked.errors > 0 ? 1 : 0
}

export function lineOf({ file, line, column, severity, message, suggestion }: Diagnostic): string {
  const hint = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`
  return printable(`${file}:${line}:${column}: ${severity}: ${message}${hint}`)
}

const several = (count: number, one: string, more: string): string => `${countText(count)} ${count === 1 ? one : more}`

function sumOf({ files, rules, correlations, thresholds, errors, warnings, placeholders }: Checked): string {
  const read = [
    several(rules, 'rule', 'rules'),
    ...(correlations > 0 ? [several(correlations, 'correlation', 'correlations')] : []),
    ...(thresholds > 0 ? [several(thresholds, 'threshold or baseline', 'thresholds and baselines')] : [])
  ]
  const without =
    placeholders.length === 0
      ? ''
      : `No list was given for ${placeholders.map(name => `%${name}%`).join(', ')}: their rules run once there are lookup tables of these names.\n`
  return (
    `${without}${read.join(', ')} in ${several(files, 'file', 'files')}: ` +
    `${several(errors, 'mistake', 'mistakes')}, ${several(warnings, 'warning', 'warnings')}\n`
  )
}
