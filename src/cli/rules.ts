/** `picket rules`: the rules that look at each event: which there are, on and off, brought in and removed. */

import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { type Level, levels } from '../core/detection.ts'
import { PicketError } from '../core/errors.ts'
import { addRuleFiles, removeAdded } from '../pipeline/rule-files.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { openRuleAccess, type RuleAccess, type RuleLine } from './rules-access.ts'
import { backtestCommand } from './rules-backtest.ts'
import { rulesCheckCommand } from './rules-check.ts'
import { coverageCommand } from './rules-coverage.ts'
import { rulesEvalCommand } from './rules-eval.ts'
import { rulesExplainCommand } from './rules-explain.ts'
import { countText } from './show.ts'
import { printable, table } from './table.ts'

type Options = {
  data?: string
  json?: boolean
  on?: boolean
  off?: boolean
  collection?: string
  tag?: string
  status?: string
  level?: Level | 'own'
  name?: string
}

const say = (text: string): void => void process.stdout.write(text.split('\n').map(printable).join('\n') + '\n')
const folderOf = (options: Options): string => resolve(options.data ?? defaultDataFolder())
const dataOption = (): Option => new Option('--data <folder>', 'the data folder')
const problemsShownMax = 20

export function rulesCommand(): Command {
  const command = new Command('rules').description('rules that look at each event: list, switch, bring in')
  command.addHelpText('after', '\nHow rules are kept, and which are on to begin with: docs/how-to/rules.md')
  command
    .command('list')
    .description('the rules, whether they are on, and how often they fired')
    .argument('[words...]', 'only those with these words in their title, id, file or tags')
    .option('--on', 'only those that are on')
    .option('--off', 'only those that are off')
    .option('--json', 'as JSON')
    .addOption(dataOption())
    .action((words: string[], options: Options) => listRules(words, options))
  for (const [name, what] of [
    ['enable', 'switch rules on'],
    ['disable', 'switch rules off']
  ] as const)
    command
      .command(name)
      .description(what)
      .argument('[ids...]', 'their ids')
      .option('--collection <name>', 'all of an imported collection, or `picket` for those that come with Picket')
      .option('--tag <tag>', 'all with a tag: attack.t1110, cve.2021-44228')
      .option('--status <status>', 'all of a status: stable, test, experimental')
      .addOption(dataOption())
      .action((ids: string[], options: Options) => decide(ids, { enabled: name === 'enable' }, options))
  command
    .command('level')
    .description('give rules another level here')
    .argument('<level>', `${levels.join(', ')}; own: what their text names`)
    .argument('<ids...>', 'their ids')
    .addOption(dataOption())
    .action((level: string, ids: string[], options: Options) => decide(ids, { level: levelNamed(level) }, options))
  command
    .command('add')
    .description('bring in files of rules, or folders of them: a whole checkout of SigmaHQ, say')
    .argument('<paths...>', 'files or folders')
    .option('--name <name>', 'what a folder is to be called (default: its own name); one of that name is replaced')
    .addOption(dataOption())
    .action((paths: string[], options: Options) => addRules(paths, options))
  command
    .command('remove')
    .description('remove a file of your own rules, or a collection that was brought in')
    .argument('<path>', 'as `picket rules list` names it: imported/sigma, my-rule.yml')
    .addOption(dataOption())
    .action((path: string, options: Options) => {
      if (!removeAdded(dataPaths(folderOf(options)).rulesFolder, path.replace(/^own\//, '').replace(/\/$/, '')))
        throw new PicketError('no-rule-file', `There is no ${path} among the rules of ${folderOf(options)}.`)
      say(`Removed ${path}. A running server takes that up within seconds.`)
    })
  command.addCommand(backtestCommand())
  command.addCommand(coverageCommand())
  command.addCommand(rulesCheckCommand()).addCommand(rulesExplainCommand()).addCommand(rulesEvalCommand())
  return command
}

async function listRules(words: readonly string[], options: Options): Promise<void> {
  await withRules(options, async access => {
    const { rules, diagnostics } = await access.list()
    const wanted = words.map(word => word.toLowerCase())
    const shown = rules.filter(rule => {
      if (options.on === true && !rule.enabled) return false
      if (options.off === true && rule.enabled) return false
      const text = `${rule.title} ${rule.id} ${rule.file} ${rule.tags.join(' ')}`.toLowerCase()
      return wanted.every(word => text.includes(word))
    })
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ rules: shown, diagnostics }, null, 2)}\n`)
      return
    }
    if (rules.length === 0) say('There are no rules. Bring some in: picket rules add PATH')
    else {
      const rows = shown.map(rule => [
        rule.enabled ? 'on' : 'off',
        rule.level,
        rule.fired === undefined ? '' : `${countText(rule.fired.alerts)}`,
        rule.id,
        rule.file.replace(/^own\//, ''),
        rule.title
      ])
      process.stdout.write(table(['', 'LEVEL', 'ALERTS', 'ID', 'FILE', 'TITLE'], rows))
      const on = shown.filter(({ enabled }) => enabled).length
      say(`\n${countText(shown.length)} rules, ${countText(on)} of them on`)
    }
    const wrong = new Set(diagnostics.filter(({ severity }) => severity === 'error').map(({ file }) => file)).size
    if (wrong > 0) process.stderr.write(`${countText(wrong)} files have mistakes: --json lists them\n`)
  })
}

async function decide(
  ids: readonly string[],
  wanted: { enabled?: boolean; level?: Level | 'own' },
  options: Options
): Promise<void> {
  const { collection, tag, status } = options
  if (ids.length === 0 && collection === undefined && tag === undefined && status === undefined)
    throw new PicketError('no-rules-named', 'Name rules by their ids, or by --collection, --tag or --status.')
  await withRules(options, async access => {
    const { rules } = await access.list()
    const known = new Set(rules.map(({ id }) => id))
    const unknown = ids.filter(id => !known.has(id))
    if (unknown.length > 0)
      throw new PicketError('unknown-rule', `There is no rule ${unknown[0]}. picket rules list names them.`)
    const chosen = rules.filter(rule => {
      if (ids.length > 0) return ids.includes(rule.id)
      if (collection !== undefined && collectionOf(rule) !== collection) return false
      if (tag !== undefined && !rule.tags.some(own => own === tag || own.startsWith(`${tag}.`))) return false
      return status === undefined || rule.status === status
    })
    if (chosen.length === 0) throw new PicketError('no-rules', 'No rule is of that kind: nothing was changed.')
    const changed = await access.decide(
      chosen.map(({ id }) => id),
      wanted
    )
    say(`${countText(changed)} of ${countText(chosen.length)} rules changed.`)
  })
}

function collectionOf({ origin, file }: RuleLine): string {
  return origin === 'imported' ? (file.split('/')[2] ?? '') : origin
}

async function addRules(paths: readonly string[], options: Options): Promise<void> {
  const { rulesFolder } = dataPaths(folderOf(options))
  const added = paths.map(path => addRuleFiles(rulesFolder, resolve(path), options.name))
  for (const { files, to, replaced } of added)
    say(
      `${countText(files)} ${files === 1 ? 'file' : 'files'} → ${to}${replaced ? ' (in place of what was there)' : ''}`
    )
  await withRules(options, async access => {
    const { rules, diagnostics } = await access.list(true)
    const isNew = (file: string): boolean =>
      added.some(({ to }) => file === `own/${to}` || file.startsWith(`own/${to}/`))
    const fresh = rules.filter(({ file }) => isNew(file))
    const on = fresh.filter(({ enabled }) => enabled).length
    say(`${countText(fresh.length)} rules, ${countText(on)} of them on (docs/how-to/rules.md says which, and why)`)
    tell(diagnostics.filter(({ file }) => isNew(file)))
  })
}

function tell(diagnostics: readonly { file: string; line: number; severity: string; message: string }[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  for (const { file, line, message } of errors.slice(0, problemsShownMax))
    process.stderr.write(`${printable(`${file.replace(/^own\//, '')}:${line}: ${message}`)}\n`)
  if (errors.length > problemsShownMax)
    process.stderr.write(`… and ${errors.length - problemsShownMax} more (picket rules check PATH)\n`)
}

async function withRules(options: Options, work: (access: RuleAccess) => Promise<void>): Promise<void> {
  const access = openRuleAccess(folderOf(options), Date.now)
  try {
    await work(access)
  } finally {
    access.close()
  }
}

function levelNamed(text: string): Level | 'own' {
  if (text === 'own') return text
  const level = levels.find(level => level === text)
  if (level === undefined) throw new PicketError('rule-level', `${text} is no level: ${levels.join(', ')} or own.`)
  return level
}
