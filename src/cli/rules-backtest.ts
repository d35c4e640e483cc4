/** `picket rules backtest RULE`: what a rule would have found, before it is switched on. */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { BacktestAllReply, BacktestReply } from '../api/backtest.ts'
import { PicketError } from '../core/errors.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { leave, reach } from './access.ts'
import { callServer } from './server-client.ts'
import { countText } from './show.ts'
import { printable, table } from './table.ts'

type Options = {
  data?: string
  from: string
  to: string
  json?: boolean
  id?: string
  all?: boolean
  product?: string
}

const barWidth = 40
const daysShownMax = 60
const rulesShownMax = 100
const textBytesMax = 1 << 20

export function backtestCommand(): Command {
  return new Command('backtest')
    .description('run a rule over what is stored: hits by day, the noisiest values, exceptions that would silence them')
    .argument('[rule]', "a rule's id, or a file of rules")
    .option('--all', 'all rules at once: hits by rule')
    .option('--product <name>', 'with --all: only rules of this product (windows, linux, aws …)')
    .option('--from <time>', 'from when: -7d, 2026-11-01, 2026-11-01T12:00', '-7d')
    .option('--to <time>', 'until when', 'now')
    .option('--id <id>', 'which rule of the file, if it holds several')
    .option('--json', 'as JSON')
    .addOption(new Option('--data <folder>', 'the data folder'))
    .action((rule: string | undefined, options: Options) => run(rule, options))
}

async function run(rule: string | undefined, options: Options): Promise<void> {
  if ((rule === undefined) !== (options.all === true))
    throw new PicketError('backtest-rule', 'Name a rule or a file of rules, or say --all.')
  if (rule === undefined) return runAll(options)
  const folder = resolve(options.data ?? defaultDataFolder())
  const { from, to, id } = options
  const asked = { ...subjectOf(rule), from, to, ...(id === undefined ? {} : { id }) }
  const log = createLog({ level: 'error' })
  const access = await reach(folder, { log, say: text => process.stderr.write(text), pipeline: false })
  let report: BacktestReply
  try {
    if (access.kind === 'server') report = await callServer(access.server, 'POST', '/api/backtest', asked)
    else {
      const { runBacktest } = await import('../api/backtest.ts')
      const { store, rules, engine, ledger } = access.picket
      const mayBeInMap = engine && ((field: string) => ledger.hasSpilled(field))
      report = await runBacktest(asked, { store, rules: () => rules, mayBeInMap, nowMs: Date.now })
    }
  } finally {
    await leave(access)
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : print(report))
}

async function runAll(options: Options): Promise<void> {
  const folder = resolve(options.data ?? defaultDataFolder())
  const { from, to, product } = options
  const asked = { from, to, ...(product === undefined ? {} : { product }) }
  const log = createLog({ level: 'error' })
  const say = (text: string): void => void process.stderr.write(text)
  const access = await reach(folder, { log, say, pipeline: false })
  let report: BacktestAllReply
  try {
    if (access.kind === 'server') report = await callServer(access.server, 'POST', '/api/backtest/all', asked)
    else {
      const { runBacktestAll } = await import('../api/backtest.ts')
      const { store, rules, engine, ledger } = access.picket
      const mayBeInMap = engine && ((field: string) => ledger.hasSpilled(field))
      const shown = process.stderr.isTTY === true
      const progress = (rows: number, of: number): void => {
        if (shown) say(`\r${countText(rows)} of ${countText(of)} events `)
      }
      report = await runBacktestAll(
        asked,
        { store, rules: () => rules, mayBeInMap, nowMs: Date.now },
        undefined,
        progress
      )
      if (shown) say('\r\u001b[K')
    }
  } finally {
    await leave(access)
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : printAll(report))
}

function printAll({ events, asked, rules, elapsedMs, from, to }: BacktestAllReply): string {
  const head =
    `${countText(asked)} rules over ${countText(events)} events, ${from.slice(0, 16)} to ${to.slice(0, 16)} ` +
    `(${(elapsedMs / 1000).toFixed(1)} s): ${countText(rules.length)} with hits.\n`
  if (rules.length === 0) return head
  const rows = rules
    .slice(0, rulesShownMax)
    .map(({ id, title, level, enabled, total, days }) => [
      countText(total),
      String(Object.keys(days).length),
      level,
      enabled ? 'on' : 'off',
      title.slice(0, 70),
      id
    ])
  const more =
    rules.length > rulesShownMax ? `… and ${countText(rules.length - rulesShownMax)} more (--json lists all)\n` : ''
  return `${head}\n${table(['HITS', 'DAYS', 'LEVEL', 'IS', 'RULE', 'ID'], rows)}${more}`
}

/** A file is read; anything else is an id. */
function subjectOf(rule: string): { rule: string } | { text: string } {
  const isFile = /\.ya?ml$/i.test(rule) || existsSync(rule)
  if (!isFile) return { rule }
  if (!existsSync(rule)) throw new PicketError('no-file', `There is no ${rule}.`)
  if (statSync(rule).size > textBytesMax)
    throw new PicketError('rule-file', `${rule} is larger than ${textBytesMax} bytes.`)
  return { text: readFileSync(rule, 'utf8') }
}

function print(report: BacktestReply): string {
  const { rule, total, days, fields, suggestions } = report
  const most = Math.max(1, ...days.map(({ hits }) => hits))
  const shown = days.length <= daysShownMax ? days : days.filter(({ hits }) => hits > 0).slice(-daysShownMax)
  const lines = [
    `${printable(rule.title)} (${rule.kind}, ${rule.level})`,
    `${report.from.slice(0, 16)} to ${report.to.slice(0, 16)}: ${countText(total)} hit${total === 1 ? '' : 's'}` +
      `${total === 0 ? '' : `, ${countText(Math.round(total / Math.max(1, days.length)))} a day`} (${countText(report.rowsRead)} rows read in ${report.elapsedMs} ms)`,
    ''
  ]
  if (total === 0)
    return `${lines.join('\n')}Nothing would have been found. See whether it can fire at all: picket rules coverage\n`
  for (const { day, hits } of shown) {
    const bar = '█'.repeat(Math.ceil((hits / most) * barWidth))
    lines.push(`${day}  ${countText(hits).padStart(9)}  ${bar}`)
  }
  if (shown.length < days.length) lines.push(`(the last ${shown.length} days with hits of ${days.length})`)
  const rows = fields
    .filter(({ values }) => values.length > 0)
    .flatMap(({ field, values }) =>
      values.slice(0, 3).map(({ value, count }, i) => [i === 0 ? field : '', value.slice(0, 100), countText(count)])
    )
  lines.push('', table(['FIELD', 'NOISIEST VALUES', 'HITS'], rows).trimEnd())
  if (suggestions.length > 0) {
    lines.push('', 'Exceptions that would silence the noisiest:')
    for (const { query, silences, stay } of suggestions)
      lines.push(`  ${printable(query)}   silences ${countText(silences)}, ${countText(stay)} stay`)
  }
  return `${lines.join('\n')}\n`
}
