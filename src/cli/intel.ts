/** `picket intel import|list|match|retro|remove|feeds`: threat intelligence from the terminal, with or without a server running. */

import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type MatchingReply, matchingOut } from '../api/intel-matching.ts'
import { PicketError } from '../core/errors.ts'
import { indicatorTypes } from '../intel/indicator.ts'
import { realClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { defaultDataFolder } from '../platform/paths.ts'
import { feedFormats } from '../sources/feeds/settings.ts'
import { type FileOptions, type Known, type Listed, matchAgain, matchingOf, withIntel } from './intel-access.ts'
import { intelFeedsCommand } from './intel-feeds.ts'
import { printable, table } from './table.ts'

type Options = FileOptions & {
  readonly data?: string
  readonly json?: boolean
  readonly name?: string
  readonly feed?: string
  readonly prefix?: string
  readonly limit: number
  readonly again?: boolean
  readonly wait?: boolean
}

export function intelCommand(write: (text: string) => void = text => void process.stdout.write(text)): Command {
  const command = new Command('intel').description(
    'threat intelligence: bring indicators in, look values up, match them against the past'
  )
  const sub = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--json', 'as JSON')
      .option('--data <folder>', 'the data folder')
  const folderOf = ({ data }: Options): string => data ?? defaultDataFolder()

  sub(
    'import',
    'bring in files of indicators: STIX, MISP, abuse.ch, Spamhaus DROP, hosts files, CSV, lists, or any text'
  )
    .argument('<file...>', 'the files; packed ones too')
    .addOption(new Option('--format <format>', 'what they are, if it is not seen by itself').choices([...feedFormats]))
    .option('--column <name|n>', 'of a table: the column with the values')
    .option('--delimiter <sign>', 'of a table: what separates its columns')
    .addOption(
      new Option('--type <type>', 'what the values are, if they do not say so (an MD5 may be a JA3)').choices([
        ...indicatorTypes
      ])
    )
    .option('--name <name>', 'the collection that they go to (default: Own indicators)')
    .action(async (files: string[], options: Options) => {
      for (const file of files) if (!existsSync(file)) throw new PicketError('no-file', `there is no file ${file}`)
      const { format, column, delimiter, type } = options
      const given = Object.fromEntries(
        Object.entries({ format, column, delimiter, type }).filter(([, value]) => value !== undefined)
      )
      await withIntel(folderOf(options), realClock.nowMs, async access => {
        for (const file of files) {
          const done = await access.import(file, given, options.name)
          if (options.json) write(`${JSON.stringify({ file, ...done })}\n`)
          else {
            write(
              `${file}: ${count(done.read, 'indicator')} read, ${done.added} of them new, in ${done.feed}${done.refused > 0 ? `; ${count(done.refused, 'line or object', 'lines or objects')} could not be used:` : done.problems.length > 0 ? '; to know:' : ''}\n`
            )
            for (const problem of done.problems.slice(0, 10)) write(`  ${printable(problem)}\n`)
          }
        }
        if (!options.json)
          write(
            access.isRunning
              ? 'New ones are held against what is stored now: picket intel retro tells how far.\n'
              : 'No server runs: new ones are held against what is stored when one does, or by picket intel retro.\n'
          )
      })
    })

  sub('list', 'indicators, the newest first')
    .option('--prefix <text>', 'how their values begin')
    .addOption(new Option('--type <type>', 'of this type').choices([...indicatorTypes]))
    .option('--feed <name>', 'of this feed')
    .option('--limit <n>', 'how many at most', readLimit, 100)
    .action(async (options: Options) => {
      const { prefix, type, feed, limit } = options
      const found = await withIntel(folderOf(options), realClock.nowMs, access =>
        access.list({ prefix, type, feed, limit })
      )
      if (options.json) for (const each of found) write(`${JSON.stringify(each)}\n`)
      else if (found.length === 0) write('There are no such indicators. picket intel import brings some in.\n')
      else write(listText(found))
    })

  sub('match', 'what is known of values: indicators, allow lists, where they were seen (exit code 1 if nothing is)')
    .argument('<value...>', 'addresses, domains, URLs, hashes …; defanged ones too')
    .action(async (values: string[], options: Options) => {
      const known = await withIntel(folderOf(options), realClock.nowMs, async access => {
        const all: Known[] = []
        for (const value of values) all.push(await access.match(value))
        return all
      })
      for (const each of known) write(options.json ? `${JSON.stringify(each)}\n` : knownText(each))
      if (known.every(({ indicators }) => indicators.length === 0)) process.exitCode = 1
    })

  sub('retro', 'how far new indicators were held against what is stored; without a server running, it is done now')
    .option('--again', 'all indicators against all that is stored, anew: sightings count again')
    .option('--wait', 'until it is done')
    .action(async (options: Options) => {
      const folder = folderOf(options)
      let matching = await matchingOf(folder)
      if (matching === undefined) {
        write(await retroHere(folder, options, write))
        return
      }
      if (options.again) {
        await matchAgain(folder)
        matching = await matchingOf(folder)
      }
      while (options.wait && matching !== undefined && isBusy(matching)) {
        await wait(1_000)
        matching = await matchingOf(folder)
      }
      if (matching !== undefined) write(matchingText(matching, options.json === true))
    })

  sub('remove', 'remove indicators of your own, by value, or a whole collection with --feed')
    .argument('[value...]', 'their values')
    .option('--feed <name>', 'only of this collection; without values, all of it')
    .action(async (values: string[], options: Options) => {
      if (values.length === 0 && options.feed === undefined)
        throw new PicketError('intel-remove', 'name the values to remove, or a collection with --feed.')
      await withIntel(folderOf(options), realClock.nowMs, async access => {
        if (values.length === 0) {
          write(`${count(await access.removeFeed(options.feed!), 'indicator')} removed\n`)
          return
        }
        for (const given of values) {
          const { value, indicators } = await access.match(given)
          const meant = indicators.filter(
            each => each.value === value && (options.feed === undefined || each.source === options.feed)
          )
          if (meant.length === 0)
            throw new PicketError(
              'no-indicator',
              `${given} is no indicator here: picket intel match ${given} tells what is known of it.`
            )
          for (const each of meant) {
            await access.remove(each)
            write(`removed ${each.type} ${printable(each.value)} of ${printable(each.source)}\n`)
          }
        }
      })
    })

  command.addCommand(intelFeedsCommand(write))
  return command
}

/** Opens the folder with its engine and does what there is to do. */
async function retroHere(folder: string, options: Options, write: (text: string) => void): Promise<string> {
  const { reach } = await import('./access.ts')
  const access = await reach(folder, {
    log: createLog({ level: 'error' }),
    say: text => void process.stderr.write(text)
  })
  if (access.kind === 'server') throw new PicketError('server-started', 'a server was started just now: ask again.')
  const { indicators, retro } = access.picket
  try {
    await indicators!.ready
    if (options.again) retro!.again(realClock.nowMs())
    const idle = retro!.idle().then(() => true)
    while (!(await Promise.race([idle, wait(2_000).then(() => false)]))) {
      const [job] = matchingOut(indicators, retro).jobs
      if (job !== undefined && !options.json) write(`${Math.round(job.done * 100)} %\n`)
    }
    return matchingText(matchingOut(indicators, retro), options.json === true)
  } finally {
    await access.picket.close()
  }
}

const isBusy = ({ jobs, pending }: MatchingReply): boolean =>
  pending !== undefined || jobs.some(job => job.finished === undefined)

function matchingText(matching: MatchingReply, json: boolean): string {
  if (json) return `${JSON.stringify(matching, undefined, 2)}\n`
  const { indicators, patterns, allowed, tooWide, unmatched, beyond, pending, problem, jobs } = matching
  const left = [
    allowed > 0 ? `${allowed} on allow lists` : '',
    tooWide > 0 ? `${tooWide} too wide` : '',
    unmatched > 0 ? `${count(unmatched, 'pattern')} that single events cannot show` : '',
    beyond > 0 ? `${beyond} beyond what fits` : ''
  ].filter(text => text !== '')
  const lines = [
    `${count(indicators, 'indicator')} and ${count(patterns, 'pattern')} are in force${left.length === 0 ? '' : ` (left out: ${left.join(', ')})`}${pending === undefined ? '' : '; changes are being put in force'}`
  ]
  if (problem !== undefined) lines.push(`The table could not be made: ${printable(problem.split('\n')[0]!)}`)
  if (jobs.length === 0) return `${lines.join('\n')}\nNothing was held against what is stored yet.\n`
  const rows = jobs.map(job => [
    String(job.id),
    job.created.slice(0, 16).replace('T', ' '),
    job.finished === undefined ? `${Math.round(job.done * 100)} %` : 'done',
    String(job.events),
    String(job.matches),
    job.problem !== '' ? job.problem : job.leftOut > 0 ? `${job.leftOut} steps had more events than are read` : ''
  ])
  return `${lines.join('\n')}\n\n${table(['JOB', 'BEGUN', 'STATE', 'EVENTS', 'MATCHES', ''], rows)}`
}

function listText(found: readonly Listed[]): string {
  const rows = found.map(each => [
    each.type,
    `${short(each.value)}${each.port === undefined ? '' : ` port ${each.port}`}`,
    each.level,
    String(Math.round(each.confidence)),
    each.source,
    each.seen.slice(0, 10),
    short([each.name ?? '', ...each.labels].filter(text => text !== '').join(', '), 50)
  ])
  return table(['TYPE', 'VALUE', 'LEVEL', 'SURE', 'FEED', 'SAID', 'ABOUT'], rows)
}

function knownText({ value, type, allowedBy, indicators, sightings }: Known): string {
  const lines = [`${printable(value)}${type === undefined ? '' : ` (${type})`}`]
  if (allowedBy !== undefined) lines.push(`  is allowed by ${printable(allowedBy)}: it never counts`)
  if (indicators.length === 0) lines.push('  no indicator means it')
  const text = indicators.length === 0 ? '' : listText(indicators)
  const seen = sightings.map(
    each =>
      `  seen ${each.count} times as ${printable(each.observed)} in ${each.field}, ${each.first ?? '?'} to ${each.last ?? '?'}\n`
  )
  return `${lines.join('\n')}\n${text.replace(/^/gm, '  ').trimEnd()}${text === '' ? '' : '\n'}${seen.join('')}`
}

function short(text: string, length = 80): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000)
    throw new InvalidArgumentError('a whole number from 1 to 100000.')
  return limit
}
