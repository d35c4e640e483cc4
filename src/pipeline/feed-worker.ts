/**
 * The thread in which feeds run: network, parsing and writing, so that nobody waits for them. It has connections of its own to the files of
 * the data folder, and does a few jobs side by side (they mostly wait).
 */

import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../core/errors.ts'
import { openIntel } from '../state/intel.ts'
import { removeFeed, tidyIntel } from '../state/intel-tidy.ts'
import { pruneSightings } from '../state/sightings.ts'
import { openState } from '../state/state.ts'
import { breathe, type FeedContext, type FeedLimits } from './feed-context.ts'
import { type ImportOptions, importFile } from './feed-import.ts'
import { type FeedResult, runFeed } from './feed-run.ts'
import { publishAll } from './publish.ts'

export type FeedJob =
  | { readonly kind: 'run'; readonly feed: number }
  /** Takes away a feed with all that it brought. */
  | { readonly kind: 'remove'; readonly feed: number }
  /** A file of indicators for a feed of people's own. */
  | {
      readonly kind: 'import'
      readonly feed: number
      readonly path: string
      readonly name: string
      readonly options: ImportOptions
    }
  /** What is shared with peers is brought up to date. */
  | { readonly kind: 'publish' }
  /** What has ended, and what nothing refers to any more. */
  | { readonly kind: 'tidy' }

export type ToFeedWorker = { readonly job: number; readonly what: FeedJob } | { readonly stop: number }

export type FromFeedWorker =
  | { readonly job: number; readonly result: FeedResult | undefined }
  /** We are wrong. */
  | { readonly job: number; readonly failed: string }
  | { readonly log: string; readonly feed: number }

export type FeedWorkerData = { readonly folder: string; readonly limits?: Partial<FeedLimits> | undefined }

const port = parentPort!
const { folder, limits } = workerData as FeedWorkerData
const intel = openIntel(folder)
const state = openState(folder)
const running = new Map<number, AbortController>()

port.on('message', (message: ToFeedWorker) => {
  if ('stop' in message) running.get(message.stop)?.abort()
  else void work(message.job, message.what)
})

async function work(job: number, what: FeedJob): Promise<void> {
  const stop = new AbortController()
  running.set(job, stop)
  const tell = (message: FromFeedWorker) => port.postMessage(message)
  try {
    tell({ job, result: await done(what, stop.signal) })
  } catch (error) {
    tell({ job, failed: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) })
  } finally {
    running.delete(job)
  }
}

async function done(what: FeedJob, signal: AbortSignal): Promise<FeedResult | undefined> {
  const { signal: _, ...context } = contextOf(0, signal)
  switch (what.kind) {
    case 'run':
      return runFeed(what.feed, contextOf(what.feed, signal))
    case 'import':
      return importFile(what, contextOf(what.feed, signal))
    case 'remove':
      for (const _step of removeFeed(intel, what.feed)) await breathe()
      return undefined
    case 'publish':
      for (const _step of publishAll(intel, state, context.nowMs())) await breathe()
      return undefined
    case 'tidy':
      for (const _step of tidyIntel(intel, context.nowMs())) await breathe()
      pruneSightings(state)
      return undefined
  }
}

function contextOf(feed: number, signal: AbortSignal): FeedContext {
  return {
    intel,
    folder: join(folder, 'intel'),
    signal,
    nowMs: Date.now,
    sleep: ms => wait(ms, undefined, { signal }).catch(() => undefined),
    chance: Math.random,
    log: message => port.postMessage({ log: message, feed } satisfies FromFeedWorker),
    ...(limits !== undefined && { limits })
  }
}
