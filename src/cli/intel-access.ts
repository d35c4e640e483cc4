/**
 * Threat intelligence as the command line reaches it: through the running server of the data folder if there is one, else in its files.
 */

import { createReadStream, existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { MatchingReply } from '../api/intel-matching.ts'
import { PicketError } from '../core/errors.ts'
import type { IndicatorType } from '../intel/indicator.ts'
import { recogniseValue } from '../intel/normalise.ts'
import { dataPaths } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { appendAudit } from '../state/audit.ts'
import { openIntel } from '../state/intel.ts'
import { allowListsInForce } from '../state/intel-allow.ts'
import { addFeed, type Feed, feedNamed, feedNamePattern, ownFeedName } from '../state/intel-feeds.ts'
import { removeIndicator, removeSome, type StoredIndicator, searchIndicators } from '../state/intel-indicators.ts'
import { askedValue, knownIndicators } from '../state/intel-lookup.ts'
import { listSightings } from '../state/sightings.ts'
import { openState } from '../state/state.ts'
import { callServer, type Server, sendRequest } from './server-client.ts'

export type FileOptions = {
  readonly format?: string | undefined
  readonly column?: string | undefined
  readonly delimiter?: string | undefined
  readonly type?: string | undefined
}
export type Imported = {
  readonly feed: string
  readonly read: number
  readonly added: number
  readonly refused: number
  readonly problems: readonly string[]
}
export type Listed = Pick<
  StoredIndicator,
  'type' | 'value' | 'port' | 'source' | 'level' | 'confidence' | 'labels' | 'name' | 'seq' | 'id'
> & {
  readonly validUntil?: string | undefined
  readonly seen: string
}
export type Known = {
  readonly value: string
  readonly type?: IndicatorType | undefined
  readonly allowedBy?: string | undefined
  readonly indicators: readonly Listed[]
  readonly sightings: readonly {
    readonly observed: string
    readonly field: string
    readonly count: number
    readonly first?: string | undefined
    readonly last?: string | undefined
  }[]
}
export type ListAsk = {
  readonly prefix?: string | undefined
  readonly type?: string | undefined
  readonly feed?: string | undefined
  readonly limit: number
}

/** All throw PicketError with a message for people. */
export type IntelAccess = {
  readonly isRunning: boolean
  import(file: string, options: FileOptions, feed: string | undefined): Promise<Imported>
  list(ask: ListAsk): Promise<readonly Listed[]>
  match(value: string): Promise<Known>
  /** Removes an indicator of one's own. */
  remove(indicator: Listed): Promise<void>
  /** Removes a feed of one's own with all of its indicators; how many there were. */
  removeFeed(name: string): Promise<number>
  close(): Promise<void>
}

export async function withIntel<T>(
  folder: string,
  nowMs: () => number,
  run: (access: IntelAccess) => Promise<T>
): Promise<T> {
  const server = readServerFile(folder)
  const access = server === undefined ? inFiles(folder, nowMs) : throughServer(server)
  try {
    return await run(access)
  } finally {
    await access.close()
  }
}

/** How matching goes, asked of the server. Undefined: none runs. */
export async function matchingOf(folder: string): Promise<MatchingReply | undefined> {
  const server = readServerFile(folder)
  return server === undefined ? undefined : callServer<MatchingReply>(server, 'GET', '/api/intel/matching')
}

export async function matchAgain(folder: string): Promise<void> {
  const server = readServerFile(folder)
  if (server !== undefined) await callServer(server, 'POST', '/api/intel/retro', {})
}

function throughServer(server: Server): IntelAccess {
  const feeds = async (): Promise<{ id: number; name: string; indicators: number }[]> =>
    (await callServer<{ feeds: { id: number; name: string; indicators: number }[] }>(server, 'GET', '/api/intel/feeds'))
      .feeds
  const feedId = async (name: string): Promise<{ id: number; indicators: number }> => {
    const all = await feeds()
    const found = all.find(feed => feed.name.toLowerCase() === name.toLowerCase())
    if (found === undefined)
      throw noFeed(
        name,
        all.map(feed => feed.name)
      )
    return found
  }
  return {
    isRunning: true,
    async import(file, options, feed) {
      const asked = new URLSearchParams({ name: basename(file) })
      for (const [key, value] of Object.entries({ ...options, feed })) if (value !== undefined) asked.set(key, value)
      const response = await sendRequest(server, 'POST', `/api/intel/import?${asked}`, createReadStream(file), {
        'content-type': 'application/octet-stream'
      })
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      const text = Buffer.concat(parts).toString()
      if (response.statusCode === 200) return JSON.parse(text) as Imported
      throw new PicketError('intel-import', messageIn(text))
    },
    async list({ prefix, type, feed, limit }) {
      const found: Listed[] = []
      const asked = new URLSearchParams({
        ...(prefix !== undefined && { q: prefix }),
        ...(type !== undefined && { type }),
        ...(feed !== undefined && { feed: String((await feedId(feed)).id) })
      })
      for (let cursor: number | null | undefined; found.length < limit && cursor !== null; ) {
        asked.set('limit', String(Math.min(500, limit - found.length)))
        if (cursor !== undefined) asked.set('cursor', String(cursor))
        const page: { indicators: Listed[]; cursor: number | null } = await callServer(
          server,
          'GET',
          `/api/intel/indicators?${asked}`
        )
        found.push(...page.indicators)
        cursor = page.cursor
      }
      return found
    },
    match: value => callServer(server, 'GET', `/api/intel/lookup?${new URLSearchParams({ value })}`),
    async remove({ seq }) {
      await callServer(server, 'DELETE', `/api/intel/indicators/${seq}`)
    },
    async removeFeed(name) {
      const { id, indicators } = await feedId(name)
      await callServer(server, 'DELETE', `/api/intel/feeds/${id}`)
      return indicators
    },
    async close() {}
  }
}

function inFiles(dataFolder: string, nowMs: () => number): IntelAccess {
  const { folder, stateFile } = dataPaths(dataFolder)
  if (!existsSync(stateFile))
    throw new PicketError('no-data', `there is no Picket data in ${folder}: name its folder with --data`)
  const state = openState(dataFolder)
  const intel = openIntel(dataFolder)
  const audit = (action: string, object: string, detail: Readonly<Record<string, unknown>>): void =>
    void appendAudit(state, { actor: 'local', action, object, detail, ip: '' }, nowMs())
  const named = (name: string): Feed => {
    const feed = feedNamed(intel, name)
    if (feed === undefined) throw noFeed(name, [])
    return feed
  }
  const own = (feed: Feed): void => {
    if (!['own', 'collection'].includes(String(feed.settings['kind'])))
      throw new PicketError(
        'of-a-feed',
        `${feed.name} is filled by its feed, and would bring it back: put the value on an allow list, or remove the feed on the page.`
      )
  }
  return {
    isRunning: false,
    async import(file, options, name = ownFeedName) {
      // Only here: it brings the threads and formats of feeds along.
      const { openFeeds } = await import('../pipeline/feeds.ts')
      if (!feedNamePattern.test(name))
        throw new PicketError('intel-name', `${name} is no name for a feed: letters, digits, spaces, dots, at most 64.`)
      const feed =
        feedNamed(intel, name) ??
        addFeed(
          intel,
          { name, settings: { kind: 'own', level: 'high', confidence: 80 }, enabled: true, by: 'local' },
          nowMs()
        )
      if (feed === undefined) throw new PicketError('too-many-feeds', 'There are too many feeds: remove some first.')
      own(feed)
      const log = { info: () => {}, warn: () => {} }
      // Feeds that are due are the server's to run.
      const feeds = openFeeds({ folder, intel, state, log, nowMs, lookMs: 2 ** 31 - 1 })
      // Feeds keep no process alive.
      const alive = setInterval(() => {}, 60_000)
      try {
        const { problem, counts } = await feeds.importFile(feed.id, {
          path: resolve(file),
          name: basename(file),
          options: options as never
        })
        if (problem !== '') throw new PicketError('intel-import', problem)
        const { read = 0, added = 0, refused = 0, problems = [] } = counts
        audit('intel.imported', `feed:${feed.name}`, { name: basename(file), read, added, refused })
        return { feed: feed.name, read, added, refused, problems }
      } finally {
        clearInterval(alive)
        await feeds.close()
      }
    },
    async list({ prefix, type, feed, limit }) {
      const begin = prefix === undefined ? undefined : (recogniseValue(prefix)?.value ?? prefix.trim().toLowerCase())
      return searchIndicators(intel, {
        prefix: begin,
        type,
        feed: feed === undefined ? undefined : named(feed).id,
        limit
      }).map(listed)
    },
    async match(given) {
      const { type, value } = askedValue(given)
      const { compileAllowLists } = await import('../intel/allow-list.ts')
      const allowedBy = type === undefined ? undefined : compileAllowLists(allowListsInForce(intel)).allows(type, value)
      const time = (us: number): string => new Date(us / 1000).toISOString()
      return {
        value,
        type,
        allowedBy,
        indicators: knownIndicators(intel, type, value).slice(0, 200).map(listed),
        sightings: listSightings(state, { value, limit: 50 }).map(({ observed, field, count, firstUs, lastUs }) => ({
          observed,
          field,
          count,
          first: time(firstUs),
          last: time(lastUs)
        }))
      }
    },
    async remove(indicator) {
      own(named(indicator.source))
      removeIndicator(intel, indicator.seq)
      audit('intel.indicator-removed', `indicator:${indicator.id}`, { value: indicator.value, feed: indicator.source })
    },
    async removeFeed(name) {
      const feed = named(name)
      own(feed)
      let removed = 0
      for (let some = removeSome(intel, feed.id); some > 0; some = removeSome(intel, feed.id)) removed += some
      audit('intel.emptied', `feed:${feed.name}`, { removed })
      return removed
    },
    async close() {
      intel.close()
      state.close()
    }
  }
}

function listed({
  seq,
  id,
  type,
  value,
  port,
  source,
  level,
  confidence,
  labels,
  name,
  validUntilMs,
  seenMs
}: StoredIndicator): Listed {
  return {
    seq,
    id,
    type,
    value,
    ...(port !== undefined && { port }),
    source,
    level,
    confidence,
    labels,
    ...(name !== undefined && { name }),
    ...(validUntilMs !== undefined && { validUntil: new Date(validUntilMs).toISOString() }),
    seen: new Date(seenMs).toISOString()
  }
}

function noFeed(name: string, there: readonly string[]): PicketError {
  return new PicketError(
    'no-feed',
    `there is no feed ${name}${there.length === 0 ? '' : `; there are: ${there.join(', ')}`}`
  )
}

function messageIn(answer: string): string {
  try {
    const { error } = JSON.parse(answer) as { error?: { message?: string } }
    if (error?.message !== undefined) return error.message
  } catch {}
  return `the server answered: ${answer.slice(0, 200)}`
}
