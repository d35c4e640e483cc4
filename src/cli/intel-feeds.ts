/** `picket intel feeds list|known|add|run|remove`: feeds from the terminal, through the running server, or in its files while none runs. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { readSettings } from '../api/intel-feeds.ts'
import { levels } from '../core/detection.ts'
import { messageOf, PicketError } from '../core/errors.ts'
import { indicatorTypes } from '../intel/indicator.ts'
import { realClock } from '../platform/clock.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { catalogue } from '../sources/feeds/catalogue.ts'
import { everyMs, feedFormats } from '../sources/feeds/settings.ts'
import { appendAudit } from '../state/audit.ts'
import { openIntel } from '../state/intel.ts'
import { addFeed, feedNamed, feedNamePattern, listFeeds } from '../state/intel-feeds.ts'
import { removeFeed } from '../state/intel-tidy.ts'
import { openState } from '../state/state.ts'
import { callServer } from './server-client.ts'
import { printable, table } from './table.ts'

type FeedRow = {
  readonly id: number
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly enabled: boolean
  readonly running: boolean
  readonly indicators: number
  readonly fetched?: string | undefined
  readonly nextRun?: string | undefined
  readonly problem: string
}

type Options = {
  readonly data?: string
  readonly json?: boolean
  readonly url?: string
  readonly path?: string
  readonly kind: string
  readonly every?: number
  readonly level?: string
  readonly confidence?: number
  readonly format?: string
  readonly column?: string
  readonly type?: string
  readonly collection?: string[]
  readonly user?: string
  readonly passwordFile?: string
  readonly tokenFile?: string
}

/** Both throw PicketError with a message for people. */
type FeedAccess = {
  list(): Promise<readonly FeedRow[]>
  add(name: string, settings: Readonly<Record<string, unknown>>): Promise<void>
  /** Resolves when it has ended; '' if it went well. */
  run(feed: FeedRow): Promise<string>
  remove(feed: FeedRow): Promise<void>
  close(): void
}

const runWaitMs = 30 * 60_000

export function intelFeedsCommand(write: (text: string) => void): Command {
  const command = new Command('feeds').description('feeds that bring indicators and allow lists by themselves')
  const sub = (name: string, description: string, isDefault = false): Command =>
    command
      .command(name, { isDefault })
      .description(description)
      .option('--json', 'as JSON')
      .option('--data <folder>', 'the data folder')
  const through = async <T>({ data }: Options, work: (access: FeedAccess) => Promise<T>): Promise<T> => {
    const access = reachFeeds(data ?? defaultDataFolder())
    try {
      return await work(access)
    } finally {
      access.close()
    }
  }
  const find = async (access: FeedAccess, name: string): Promise<FeedRow> => {
    const all = await access.list()
    const found = all.find(feed => feed.name.toLowerCase() === name.toLowerCase())
    if (found !== undefined) return found
    throw new PicketError(
      'no-feed',
      `there is no feed ${name}; there are: ${all.map(feed => feed.name).join(', ') || 'none'}`
    )
  }

  sub('list', 'all feeds and how they go', true).action(async (options: Options) => {
    const feeds = await through(options, access => access.list())
    if (options.json) for (const feed of feeds) write(`${JSON.stringify(feed)}\n`)
    else if (feeds.length === 0)
      write('There are no feeds. picket intel feeds known names some, picket intel feeds add adds one.\n')
    else write(feedsText(feeds))
  })

  sub('known', 'feeds that many want: add one by its name').action(async (options: Options) => {
    if (options.json) for (const entry of catalogue) write(`${JSON.stringify(entry)}\n`)
    else
      write(
        table(
          ['NAME', 'WHAT', 'HOME'],
          catalogue.map(({ name, about, home }) => [name, about, home])
        )
      )
  })

  sub('add', 'add a feed: a well-known one by its name, or one by its address')
    .argument('<name>', 'what it is called')
    .option('--url <address>', 'where it is; for TAXII discovery, an API root or a collection')
    .option('--path <path>', 'or a file or folder in the folder intel of the data folder')
    .addOption(
      new Option('--kind <kind>', 'what it is').choices(['list', 'taxii', 'misp', 'warninglists']).default('list')
    )
    .option('--every <minutes>', 'how often it is read', whole)
    .addOption(new Option('--level <level>', 'how bad a hit is, where it does not say').choices([...levels]))
    .option('--confidence <percent>', 'how sure it is, where it does not say', whole)
    .addOption(new Option('--format <format>', 'of a list, if it is not seen by itself').choices([...feedFormats]))
    .option('--column <name|n>', 'of a table: the column with the values')
    .addOption(new Option('--type <type>', 'what its values are').choices([...indicatorTypes]))
    .option('--collection <name...>', 'of TAXII: titles, ids or aliases')
    .option('--user <name>', 'the user, with --password-file')
    .option('--password-file <file>', 'a file that holds the password')
    .option('--token-file <file>', 'a file that holds a token')
    .action(async (name: string, options: Options) => {
      const known = catalogue.find(entry => entry.name.toLowerCase() === name.toLowerCase())
      const isKnown = known !== undefined && options.url === undefined && options.path === undefined
      if (!isKnown && options.url === undefined && options.path === undefined)
        throw new PicketError(
          'feed-address',
          `${name} is no well-known feed (picket intel feeds known): say --url or --path.`
        )
      if (!feedNamePattern.test(name))
        throw new PicketError('intel-name', `${name} is no name for a feed: letters, digits, spaces, dots, at most 64.`)
      const settings = isKnown ? known.settings : settingsOf(options)
      await through(options, access => access.add(isKnown ? known.name : name, settings))
      write(
        `${isKnown ? known.name : name} is added. It runs by itself while a server runs; picket intel feeds run reads it now.\n`
      )
    })

  sub('run', 'read a feed now, and wait until it is read (exit code 1 if it cannot be)')
    .argument('<name>', 'which feed')
    .action(async (name: string, options: Options) => {
      const after = await through(options, async access => {
        const feed = await find(access, name)
        if (everyMs(feed.settings) === undefined)
          throw new PicketError('does-not-run', `${feed.name} is filled by people or peers: it does not run.`)
        const problem = await access.run(feed)
        return { ...(await find(access, name)), problem }
      })
      if (options.json) write(`${JSON.stringify(after)}\n`)
      else
        write(
          after.problem === ''
            ? `${after.name}: ${after.indicators} indicators\n`
            : `${after.name}: ${printable(after.problem)}\n`
        )
      if (after.problem !== '') process.exitCode = 1
    })

  sub('remove', 'remove a feed with all that it brought')
    .argument('<name>', 'which feed')
    .action(async (name: string, options: Options) => {
      const feed = await through(options, async access => {
        const found = await find(access, name)
        await access.remove(found)
        return found
      })
      write(`${feed.name} is removed, with ${feed.indicators} indicators\n`)
    })

  return command
}

function settingsOf(options: Options): Record<string, unknown> {
  const { kind, url, path, level, confidence, format, column, type, collection, every } = options
  const credentials =
    options.tokenFile !== undefined
      ? { kind: 'token', token: secretIn(options.tokenFile) }
      : options.user !== undefined
        ? {
            kind: 'basic',
            user: options.user,
            password: options.passwordFile === undefined ? '' : secretIn(options.passwordFile)
          }
        : undefined
  const given = {
    kind,
    url,
    path,
    level,
    confidence,
    format,
    column,
    type,
    collections: collection,
    everyMinutes: every,
    credentials
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new PicketError('no-file', `cannot read ${file}: ${messageOf(cause)}`, { cause })
  }
}

function feedsText(feeds: readonly FeedRow[]): string {
  const rows = feeds.map(feed => [
    !feed.enabled ? 'off' : feed.running ? 'running' : feed.problem === '' ? 'well' : 'failing',
    feed.name,
    String(feed.settings['kind']),
    String(feed.indicators),
    feed.fetched?.slice(0, 16).replace('T', ' ') ?? '',
    feed.nextRun?.slice(0, 16).replace('T', ' ') ?? '',
    feed.problem.slice(0, 120)
  ])
  return table(['STATE', 'NAME', 'KIND', 'INDICATORS', 'READ', 'NEXT', ''], rows)
}

function reachFeeds(dataFolder: string): FeedAccess {
  const server = readServerFile(dataFolder)
  if (server === undefined) return inFiles(dataFolder)
  const list = async () => (await callServer<{ feeds: FeedRow[] }>(server, 'GET', '/api/intel/feeds')).feeds
  return {
    list,
    async add(name, settings) {
      await callServer(server, 'POST', '/api/intel/feeds', { name, settings })
    },
    async run({ id }) {
      await callServer(server, 'POST', `/api/intel/feeds/${id}/run`, {})
      for (const endMs = realClock.monotonicMs() + runWaitMs; realClock.monotonicMs() < endMs; ) {
        const feed = (await list()).find(each => each.id === id)
        if (feed === undefined) return 'it was removed meanwhile'
        if (!feed.running) return feed.problem
        await new Promise(resolve => setTimeout(resolve, 300))
      }
      return 'it is still running: picket intel feeds tells how it ends'
    },
    async remove({ id }) {
      await callServer(server, 'DELETE', `/api/intel/feeds/${id}`)
    },
    close() {}
  }
}

function inFiles(dataFolder: string): FeedAccess {
  const { folder } = dataPaths(dataFolder)
  const state = openState(folder)
  const intel = openIntel(folder)
  const { nowMs } = realClock
  const audit = (action: string, object: string, detail: Readonly<Record<string, unknown>>): void =>
    void appendAudit(state, { actor: 'local', action, object, detail, ip: '' }, nowMs())
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString()
  return {
    async list() {
      const { withoutSecrets } = await import('../sources/feeds/settings.ts')
      return listFeeds(intel).map(({ id, name, settings, enabled, indicators, fetchedMs, nextRunMs, problem }) => ({
        id,
        name,
        settings: withoutSecrets(settings),
        enabled,
        running: false,
        indicators,
        fetched: iso(fetchedMs),
        nextRun: iso(nextRunMs),
        problem
      }))
    },
    async add(name, settings) {
      const read = readSettings(settings)
      if (feedNamed(intel, name) !== undefined)
        throw new PicketError('name-taken', `There is a feed named ${name} already.`)
      if (addFeed(intel, { name, settings: read, enabled: true, by: 'local' }, nowMs()) === undefined)
        throw new PicketError('too-many-feeds', 'There are too many feeds: remove some first.')
      audit('intel.feed-added', `feed:${name}`, { kind: read['kind'], url: read['url'], path: read['path'] })
    },
    async run({ id }) {
      const { runFeed } = await import('../pipeline/feed-run.ts')
      const stop = new AbortController()
      const end = () => stop.abort()
      process.once('SIGINT', end)
      try {
        const { problem } = await runFeed(id, {
          intel,
          folder: join(folder, 'intel'),
          signal: stop.signal,
          nowMs,
          sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
          chance: () => 0,
          log: message => void process.stderr.write(`${printable(message)}\n`)
        })
        return problem
      } finally {
        process.off('SIGINT', end)
      }
    },
    async remove({ id, name, indicators }) {
      for (const _step of removeFeed(intel, id));
      audit('intel.feed-removed', `feed:${name}`, { indicators })
    },
    close() {
      intel.close()
      state.close()
    }
  }
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('it must be a whole number.')
  return Number(text)
}
