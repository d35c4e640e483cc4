/** `picket alerts`: what the rules found, and the work on it, from the terminal; with or without a server running. */

import { Command, InvalidArgumentError, Option } from 'commander'
import type { AskedAction } from '../api/alert-desk.ts'
import { PicketError } from '../core/errors.ts'
import { parseTimePoint } from '../core/time-range.ts'
import { realClock } from '../platform/clock.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { alertSorts } from '../state/alert-list.ts'
import { type Resolution, resolutions } from '../triage/alert.ts'
import { alertsTable, alertText } from './alerts-output.ts'
import { withTriage } from './triage-access.ts'

type Common = { data?: string; json?: boolean }
type ListOptions = Common & Record<string, unknown> & { test?: boolean; limit: number }

const listOptions = ['state', 'severity', 'rule', 'entity', 'assignee', 'tag', 'from', 'to', 'snoozed', 'sort'] as const

export function alertsCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('alerts').description('alerts: list them, look at one, work on them')
  const sub = (name: string, description: string): Command =>
    command
      .command(name, { isDefault: name === 'list' })
      .description(description)
      .option('--json', 'as JSON')
      .option('--data <folder>', 'the data folder')

  sub('list', 'the open alerts, the most severe first (also without the word list)')
    .option('--state <states>', 'new, acknowledged, in_progress, closed (several with commas); open, all')
    .option('--severity <levels>', 'informational, low, medium, high, critical (several with commas); high+ and above')
    .option('--rule <id>', 'of this rule')
    .option('--entity <value>', 'about this value, or whose events name it: 192.0.2.1')
    .option('--assignee <user>', 'given to this user; none: to nobody')
    .option('--tag <tag>', 'attack.t1110, attack.credential-access')
    .option('--query <words>', 'part of the title, the entity or the summary')
    .option('--from <time>', 'with events since: -24h, 2026-11-21')
    .option('--to <time>', 'with events before')
    .addOption(new Option('--snoozed <how>', 'the snoozed ones').choices(['exclude', 'include', 'only']))
    .addOption(new Option('--sort <order>', 'what comes first').choices([...alertSorts]))
    .option('--test', 'those of the heartbeat instead of real ones')
    .option('--limit <n>', 'how many at most', readLimit, 100)
    .action(async (_options: ListOptions, self: Command) => {
      const options = self.optsWithGlobals<ListOptions>()
      const query: Record<string, string> = { limit: String(options.limit) }
      for (const name of listOptions) if (typeof options[name] === 'string') query[name] = options[name]
      if (typeof options['query'] === 'string') query['q'] = options['query']
      if (options.test === true) query['test'] = 'true'
      const page = await withTriage(folderOf(options), realClock.nowMs, access => access.alerts(query))
      write(options.json ? `${JSON.stringify(page, undefined, 2)}\n` : alertsTable(page))
    })

  sub('show', 'one alert with its events, its history and related alerts')
    .argument('<id>', 'its number', readId)
    .action(async (id: number, _options: Common, self: Command) => {
      const options = self.optsWithGlobals<Common>()
      const alert = await withTriage(folderOf(options), realClock.nowMs, access => access.alert(id))
      write(options.json ? `${JSON.stringify(alert, undefined, 2)}\n` : alertText(alert))
    })

  const work = (name: string, description: string): Command =>
    sub(name, description).argument('<ids...>', 'their numbers', readIds)

  work('ack', 'acknowledge: somebody has seen it').action(act(() => ({ action: 'acknowledge' })))
  work('start', 'somebody works on it').action(act(() => ({ action: 'start' })))
  work('close', 'close, with what it turned out to be')
    .addOption(new Option('--as <resolution>', 'what it was').choices(resolutions.map(dashed)).makeOptionMandatory())
    .option('--reason <text>', 'why', '')
    .action(
      act(({ as, reason }) => ({
        action: 'close',
        resolution: String(as).replaceAll('-', '_') as Resolution,
        reason: String(reason)
      }))
    )
  work('reopen', 'open a closed alert again').action(act(() => ({ action: 'reopen' })))
  work('assign', 'give to somebody')
    .requiredOption('--to <user>', 'the user’s name; nobody: take it from whoever has it')
    .action(act(({ to }) => (to === 'nobody' ? { action: 'assign' } : { action: 'assign', assignee: String(to) })))
  work('comment', 'write a comment; @name mentions a user')
    .requiredOption('--text <text>', 'what to say')
    .action(act(({ text }) => ({ action: 'comment', text: String(text) })))
  work('snooze', 'out of sight until a time; it wakes up by itself')
    .requiredOption('--until <time>', '+4h, 2026-11-22, 2026-11-22T08:00', readTime)
    .action(act(({ until }) => ({ action: 'snooze', until: String(until) })))
  work('unsnooze', 'back into sight').action(act(() => ({ action: 'unsnooze' })))
  return command

  /** Options become an action, which is done to all that are named. Ends with 1 if one was refused. */
  function act(actionOf: (options: Readonly<Record<string, unknown>>) => AskedAction) {
    return async (ids: number[], _options: Common, self: Command): Promise<void> => {
      const options = self.optsWithGlobals<Common & Record<string, unknown>>()
      const done = await withTriage(folderOf(options), realClock.nowMs, access => access.work(ids, actionOf(options)))
      if (options.json) write(`${JSON.stringify(done, undefined, 2)}\n`)
      else {
        if (done.changed.length > 0) write(`changed: ${done.changed.join(', ')}\n`)
        if (done.unchanged.length > 0) write(`so already: ${done.unchanged.join(', ')}\n`)
      }
      if (done.refused.length > 0)
        throw new PicketError('refused', done.refused.map(({ message }) => message).join('\n        '))
    }
  }
}

function folderOf({ data }: Common): string {
  return data ?? defaultDataFolder()
}

const dashed = (resolution: string): string => resolution.replaceAll('_', '-')

export function readId(text: string): number {
  const id = Number(text.replace(/^#/, ''))
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('a number, as the list shows it.')
  return id
}

function readIds(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), ...text.split(',').map(readId)]
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new InvalidArgumentError('a whole number up to 500.')
  return limit
}

function readTime(text: string): string {
  const us = parseTimePoint(text, realClock.nowMs())
  if (us === undefined) throw new InvalidArgumentError('a time: +4h, 2026-11-22, 2026-11-22T08:00.')
  return new Date(us / 1000).toISOString()
}
