/** Routes of feeds: what there is and how it goes, add, change, run now, remove. Credentials go in and never come out. */

import { z } from 'zod'
import { catalogue } from '../sources/feeds/catalogue.ts'
import { everyMs, feedSettings, withoutSecrets } from '../sources/feeds/settings.ts'
import {
  addFeed,
  changeFeed,
  type Feed,
  feedNamed,
  feedNamePattern,
  feedOf,
  feedsMax,
  listFeeds
} from '../state/intel-feeds.ts'
import type { IntelDeps } from './intel-deps.ts'
import { done, isoOf, isoOrNothing } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const feedName = z.string().regex(feedNamePattern, 'must be 1 to 64 letters, digits, spaces or . _ - ( )')
const settings = z.record(z.string(), z.unknown())
const reply = z.object({
  id: z.int(),
  name: z.string(),
  settings,
  enabled: z.boolean(),
  running: z.boolean(),
  runs: z.boolean().describe('False for those that people and peers fill'),
  indicators: z.int(),
  created: z.string(),
  by: z.string(),
  lastRun: z.string().optional(),
  fetched: z.string().optional().describe('When what is kept was last what the feed says'),
  nextRun: z.string().optional(),
  failures: z.int().describe('Runs in a row that failed'),
  problem: z.string(),
  counts: z.object({
    read: z.number().optional(),
    added: z.number().optional(),
    removed: z.number().optional(),
    refused: z.number().optional(),
    bytes: z.number().optional(),
    requests: z.number().optional(),
    tookMs: z.number().optional(),
    problems: z.array(z.string()).optional()
  })
})

export function intelFeedRoutes({ intel, feeds, nowMs }: IntelDeps): RoutePlugin {
  const out = (feed: Feed): z.output<typeof reply> => ({
    id: feed.id,
    name: feed.name,
    settings: withoutSecrets(feed.settings),
    enabled: feed.enabled,
    running: feeds.running.has(feed.id),
    runs: everyMs(feed.settings) !== undefined,
    indicators: feed.indicators,
    created: isoOf(feed.createdMs),
    by: feed.by,
    lastRun: isoOrNothing(feed.lastRunMs),
    fetched: isoOrNothing(feed.fetchedMs),
    nextRun: everyMs(feed.settings) === undefined || !feed.enabled ? undefined : isoOrNothing(feed.nextRunMs),
    failures: feed.failures,
    problem: feed.problem,
    counts: { ...feed.counts, problems: feed.counts.problems && [...feed.counts.problems] }
  })
  const find = (id: number): Feed => {
    const feed = feedOf(intel, id)
    if (feed === undefined) throw new ApiError(404, 'unknown-feed', 'There is no such feed.')
    return feed
  }

  return (app, guard) => {
    app.get(
      '/api/intel/feeds',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Feeds of indicators and allow lists, and how they go',
          tags: ['intel'],
          response: { 200: z.object({ feeds: z.array(reply) }) }
        }
      },
      async () => ({ feeds: listFeeds(intel).map(out) })
    )

    app.get(
      '/api/intel/catalogue',
      { preHandler: guard('search'), schema: { summary: 'Feeds that many want, ready to be added', tags: ['intel'] } },
      async () => ({ feeds: catalogue.map(entry => ({ ...entry, added: feedNamed(intel, entry.name) !== undefined })) })
    )

    app.post(
      '/api/intel/feeds',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Add a feed. It runs at once',
          tags: ['intel'],
          body: z.object({ name: feedName, settings, enabled: z.boolean().optional() }),
          response: { 201: reply }
        }
      },
      async (request, answer) => {
        const { name, enabled = true } = request.body
        const read = readSettings(request.body.settings)
        if (feedNamed(intel, name) !== undefined)
          throw new ApiError(409, 'name-taken', `There is a feed named ${name} already.`)
        const feed = addFeed(intel, { name, settings: read, enabled, by: request.principal!.actor }, nowMs())
        if (feed === undefined)
          throw new ApiError(409, 'too-many-feeds', `There are ${feedsMax} feeds: remove some first.`)
        request.audit('intel.feed-added', `feed:${name}`, withoutSecrets(read))
        return answer.code(201).send(out(feed))
      }
    )

    app.patch(
      '/api/intel/feeds/:id',
      {
        preHandler: guard('admin'),
        schema: {
          summary: 'Change a feed. Credentials that are not given stay as they are, if the server does',
          tags: ['intel'],
          params,
          body: z.object({ name: feedName.optional(), settings: settings.optional(), enabled: z.boolean().optional() }),
          response: { 200: reply }
        }
      },
      async request => {
        const feed = find(request.params.id)
        const { name, enabled } = request.body
        const given = request.body.settings
        const changed =
          given === undefined
            ? undefined
            : readSettings(withKept(given, feed.settings), feed.settings['kind'] === 'collection')
        if (changed !== undefined && changed['kind'] !== feed.settings['kind'])
          throw new ApiError(409, 'kind-fixed', 'A feed stays of its kind: add another one.')
        const elsewhere = changed !== undefined && changed['url'] !== feed.settings['url']
        const kept = changeFeed(intel, feed.id, {
          name,
          enabled,
          settings: changed,
          // Another server's places mean nothing; and what was changed is to be seen at once.
          ...(elsewhere && { cursor: {} }),
          ...((changed !== undefined || enabled === true) && { nextRunMs: nowMs() })
        })
        if (!kept) throw new ApiError(409, 'name-taken', `There is a feed named ${name} already.`)
        request.audit('intel.feed-changed', `feed:${name ?? feed.name}`, {
          ...(changed !== undefined && withoutSecrets(changed)),
          ...(enabled !== undefined && { enabled })
        })
        return out(find(feed.id))
      }
    )

    app.post(
      '/api/intel/feeds/:id/run',
      {
        preHandler: guard('triage'),
        schema: { summary: 'Run a feed now. Answers at once', tags: ['intel'], params, response: { 202: reply } }
      },
      async (request, answer) => {
        const feed = find(request.params.id)
        if (everyMs(feed.settings) === undefined)
          throw new ApiError(409, 'does-not-run', `${feed.name} is filled by people or peers: it does not run.`)
        if (!feed.enabled) throw new ApiError(409, 'switched-off', `${feed.name} is switched off.`)
        // How it ends stands with the feed, and in the log.
        feeds.run(feed.id).catch(error => request.log.warn({ err: error, feed: feed.name }, 'a run of a feed failed'))
        return answer.code(202).send(out(find(feed.id)))
      }
    )

    app.delete(
      '/api/intel/feeds/:id',
      {
        preHandler: guard('admin'),
        schema: { summary: 'Remove a feed with all that it brought', tags: ['intel'], params, response: { 200: done } }
      },
      async request => {
        const feed = find(request.params.id)
        await feeds.remove(feed.id)
        request.audit('intel.feed-removed', `feed:${feed.name}`, { indicators: feed.indicators })
        return { ok: true as const }
      }
    )
  }
}

/** Throws what the schema says of it. */
export function readSettings(given: unknown, isCollection = false): Record<string, unknown> {
  const read = feedSettings.safeParse(given)
  if (read.success) {
    if (read.data.kind === 'collection' && !isCollection)
      throw new ApiError(400, 'invalid', 'Feeds of collections are made by sharing.')
    return read.data
  }
  const places = read.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`)
  throw new ApiError(400, 'invalid', `The settings are not valid: ${places.join('; ')}`)
}

/** Who does not know the credentials cannot send them to another server. */
function withKept(given: Record<string, unknown>, old: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { credentials } = given as { credentials?: Record<string, unknown> }
  const hasSecret = credentials !== undefined && ['password', 'token', 'value'].some(key => key in credentials)
  if (credentials === undefined || hasSecret) return given
  const originOf = (settings: Readonly<Record<string, unknown>>) => URL.parse(String(settings['url']))?.origin
  if (originOf(given) !== originOf(old))
    throw new ApiError(400, 'credentials-needed', 'Another server needs the credentials again.')
  return { ...given, credentials: old['credentials'] }
}
