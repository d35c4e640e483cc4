/** `picket rules coverage`: which rules can fire here, and what those that cannot are missing. */

import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type CoverageReply, coverageDays } from '../api/coverage.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { leave, reach } from './access.ts'
import { callServer } from './server-client.ts'
import { countText } from './show.ts'
import { table } from './table.ts'

type State = CoverageReply['rules'][number]['state']
type Options = { data?: string; days: number; json?: boolean; state?: State; on?: boolean }

const shownMax = 200

export function coverageCommand(): Command {
  return new Command('coverage')
    .description('which rules can fire here, and what those that cannot are missing')
    .option('--days <n>', 'look at the events of the last so many days', readDays, coverageDays)
    .addOption(new Option('--state <state>', 'only these').choices(['fired', 'can', 'cannot', 'unknown']))
    .option('--on', 'only rules that are on')
    .option('--json', 'as JSON')
    .addOption(new Option('--data <folder>', 'the data folder'))
    .action(run)
}

async function run(options: Options): Promise<void> {
  const folder = resolve(options.data ?? defaultDataFolder())
  const access = await reach(folder, {
    log: createLog({ level: 'error' }),
    say: text => process.stderr.write(text),
    pipeline: false
  })
  let found: CoverageReply
  try {
    if (access.kind === 'server')
      found = await callServer(access.server, 'GET', `/api/rules/coverage?days=${options.days}`)
    else {
      const { coverage } = await import('../pipeline/coverage.ts')
      const { coverageOut } = await import('../api/coverage.ts')
      const { store, state, rules, engine, ledger } = access.picket
      const mayBeInMap = engine && ((field: string) => ledger.hasSpilled(field))
      found = coverageOut(await coverage({ store, state, rules, mayBeInMap, nowMs: Date.now(), days: options.days }))
    }
  } finally {
    await leave(access)
  }
  const rules = found.rules.filter(
    rule => (options.state === undefined || rule.state === options.state) && (options.on !== true || rule.enabled)
  )
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ ...found, rules }, undefined, 2)}\n` : print(found, rules)
  )
}

const words: Readonly<Record<State, string>> = { fired: 'fired', can: 'can fire', cannot: 'cannot', unknown: 'unknown' }

function print({ counts, events, days, partial }: CoverageReply, rules: CoverageReply['rules']): string {
  const head =
    `${countText(events)} events of the last ${days} days: ${counts.fired} rules fired, ${counts.can} can, ${counts.cannot} cannot` +
    `${counts.unknown > 0 ? `, of ${counts.unknown} it is not known` : ''}${partial ? ' (not all kinds of events were looked at)' : ''}.\n\n`
  if (rules.length === 0) return `${head}No rule is so.\n`
  const order: State[] = ['fired', 'can', 'unknown', 'cannot']
  const sorted = rules.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const rows = sorted
    .slice(0, shownMax)
    .map(({ state, enabled, title, events, missing, why, matches }) => [
      words[state],
      enabled ? 'on' : 'off',
      title.slice(0, 70),
      countText(events),
      state === 'fired'
        ? `${countText(matches ?? 0)} matches`
        : (why ?? (missing.length === 0 ? '' : `never sees ${missing.slice(0, 3).join(', ')}`))
    ])
  const more =
    rules.length > shownMax
      ? `… and ${countText(rules.length - shownMax)} more (--json lists all, --state chooses)\n`
      : ''
  return `${head}${table(['STATE', 'IS', 'RULE', 'EVENTS', ''], rows)}${more}`
}

function readDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 400)
    throw new InvalidArgumentError('days is a number from 1 to 400.')
  return days
}
