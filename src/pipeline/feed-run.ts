/** One run of one feed: whatever its kind, its result is noted, and when it runs again. Never throws for what the world does. */

import { messageOf, PicketError } from '../core/errors.ts'
import { FeedError } from '../sources/feeds/request.ts'
import { everyMs, feedSettings } from '../sources/feeds/settings.ts'
import { type Feed, type FeedCounts, feedOf, noteRun } from '../state/intel-feeds.ts'
import type { FeedContext, FeedOutcome } from './feed-context.ts'
import { runList } from './feed-list.ts'
import { runMisp, runTaxii } from './feed-stream.ts'
import { runWarninglists } from './feed-warninglists.ts'

export type FeedResult = {
  readonly feed: number
  readonly name: string
  /** '' if it went well. */
  readonly problem: string
  readonly unchanged: boolean
  readonly counts: FeedCounts
  readonly stopped: boolean
}

const soonMs = 5_000
const firstWaitMs = 60_000

export async function runFeed(id: number, context: FeedContext): Promise<FeedResult> {
  const { intel, nowMs, chance } = context
  const feed = feedOf(intel, id)
  if (feed === undefined) return { feed: id, name: '', problem: '', unchanged: true, counts: {}, stopped: true }
  const startMs = nowMs()
  const every = everyMs(feed.settings) ?? 3_600_000
  let outcome: FeedOutcome | undefined
  let problem = ''
  let retryAfterMs: number | undefined
  let stopped = false
  try {
    outcome = await runByKind(feed, context)
  } catch (error) {
    if (!(error instanceof PicketError) && !isOfTheState(error)) throw error
    problem = messageOf(error)
    if (error instanceof FeedError) {
      retryAfterMs = error.retryAfterMs
      stopped = error.code === 'feed-stopped'
    }
  }
  const counts: FeedCounts = { ...(outcome?.counts ?? {}), tookMs: nowMs() - startMs }
  // The feed may have been removed meanwhile; a run that was stopped says nothing of the feed.
  if (!stopped && feedOf(intel, id) !== undefined) {
    // Failing ones are asked less and less often, but never less often than they would be.
    const wait =
      problem === ''
        ? outcome?.more
          ? soonMs
          : every
        : Math.min(every, firstWaitMs * 2 ** Math.min(feed.failures, 12))
    const nextRunMs = Math.round(nowMs() + Math.max(wait * (1 + chance() / 10), retryAfterMs ?? 0))
    noteRun(intel, id, {
      atMs: startMs,
      fetchedMs: outcome?.fetchedMs,
      nextRunMs,
      problem,
      counts: problem === '' ? counts : { ...feed.counts, tookMs: counts.tookMs }
    })
  }
  return { feed: id, name: feed.name, problem, unchanged: outcome?.unchanged ?? problem !== '', counts, stopped }
}

async function runByKind(feed: Feed, context: FeedContext): Promise<FeedOutcome> {
  const read = feedSettings.safeParse(feed.settings)
  if (!read.success)
    throw new FeedError(
      'feed-invalid',
      `its settings are not valid: ${read.error.issues[0]?.path.join('.')} ${read.error.issues[0]?.message}`
    )
  const settings = read.data
  switch (settings.kind) {
    case 'list':
      return runList(feed, settings, context)
    case 'taxii':
      return runTaxii(feed, settings, context)
    case 'misp':
      return runMisp(feed, settings, context)
    case 'warninglists':
      return runWarninglists(feed, settings, context)
    default:
      return { fetchedMs: undefined, unchanged: true, counts: feed.counts }
  }
}

/** A full disk, a locked file: the world, too. */
function isOfTheState(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR'
}
