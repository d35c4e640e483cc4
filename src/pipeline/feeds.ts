/**
 * Feeds on a schedule: which is due is run in a worker thread (`feed-worker.ts`), a few at a time. When each runs next is kept with it, so a
 * restart changes nothing. Whoever holds indicators in memory is told when they may have changed.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { messageOf } from '../core/errors.ts'
import { everyMs } from '../sources/feeds/settings.ts'
import { type Intel, intelChange } from '../state/intel.ts'
import { changeFeed, dueFeeds, feedOf } from '../state/intel-feeds.ts'
import { listCollections } from '../state/intel-shared.ts'
import { newestSightingMs } from '../state/sightings.ts'
import type { State } from '../state/state.ts'
import type { FeedLimits } from './feed-context.ts'
import type { ImportOptions } from './feed-import.ts'
import type { FeedResult } from './feed-run.ts'
import type { FeedJob, FeedWorkerData, FromFeedWorker, ToFeedWorker } from './feed-worker.ts'

export type Feeds = {
  /** Runs it now, or says how the run under way ends. Rejects if there is no such feed, or it does not run. */
  run(id: number): Promise<FeedResult>
  /** Adds what a file holds to a feed of people's own. */
  importFile(feed: number, file: { path: string; name: string; options: ImportOptions }): Promise<FeedResult>
  /** Takes it away with all that it brought; resolves when that is done. */
  remove(id: number): Promise<void>
  readonly running: ReadonlySet<number>
  /** Brings what is shared with peers up to date; resolves when it is. */
  publish(): Promise<void>
  /** Called when indicators or allow lists have changed, by whomever; at most once in a second. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

type FeedLog = { info(fields: object, message: string): void; warn(fields: object, message: string): void }

type Options = {
  /** The data folder. */
  readonly folder: string
  readonly intel: Intel
  readonly state: State
  readonly log: FeedLog
  readonly nowMs: () => number
  /** How often is looked. Default: each second. */
  readonly lookMs?: number
  readonly limits?: Partial<FeedLimits>
}

type Job = {
  readonly number: number
  readonly what: FeedJob
  readonly promise: Promise<FeedResult | undefined>
  resolve(result: FeedResult | undefined): void
  reject(error: Error): void
}

const atOnce = 3
const idleMs = 60_000
const tidyEveryMs = 6 * 3_600_000
/** What is shared is looked at this often, and brought up to date if something may have changed. */
const publishEveryMs = 60_000

export function openFeeds(options: Options): Feeds {
  const { intel, log, nowMs } = options
  // There to be filled.
  mkdirSync(join(options.folder, 'intel'), { recursive: true, mode: 0o700 })
  const waiting: Job[] = []
  const working = new Map<number, Job>()
  const runs = new Map<number, Job>()
  const running = new Set<number>()
  const listeners = new Set<() => void>()
  let worker: Worker | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let numbers = 0
  let closed = false
  let change = intelChange(intel)
  let tidyMs = nowMs() + 60_000
  let publishMs = nowMs()
  let published = ''
  let publishing: Promise<void> = Promise.resolve()

  const hire = (): Worker => {
    const data: FeedWorkerData = { folder: options.folder, limits: options.limits }
    const made = new Worker(new URL('./feed-worker.ts', import.meta.url), { workerData: data })
    made.on('message', (message: FromFeedWorker) => {
      if ('log' in message) {
        log.info({ feed: feedOf(intel, message.feed)?.name }, message.log)
        return
      }
      const job = working.get(message.job)
      if (job === undefined) return
      working.delete(message.job)
      if ('failed' in message) job.reject(new Error(message.failed))
      else job.resolve(message.result)
      dispatch()
    })
    made.on('error', error => log.warn({ error: messageOf(error) }, 'the thread of the feeds failed'))
    made.on('exit', () => {
      if (worker === made) worker = undefined
      for (const job of working.values()) job.reject(new Error('the thread of the feeds ended'))
      working.clear()
      if (!closed) dispatch()
    })
    made.unref()
    return made
  }

  const dispatch = (): void => {
    clearTimeout(idleTimer)
    while (!closed && waiting.length > 0 && working.size < atOnce) {
      const job = waiting.shift()!
      worker ??= hire()
      working.set(job.number, job)
      worker.postMessage({ job: job.number, what: job.what } satisfies ToFeedWorker)
    }
    if (working.size === 0 && worker !== undefined)
      idleTimer = setTimeout(() => {
        const old = worker
        worker = undefined
        void old?.terminate()
      }, idleMs).unref()
  }

  const start = (what: FeedJob): Job => {
    const { promise, resolve, reject } = Promise.withResolvers<FeedResult | undefined>()
    const job: Job = { number: ++numbers, what, promise, resolve, reject }
    waiting.push(job)
    dispatch()
    return job
  }

  const run = async (id: number): Promise<FeedResult> => {
    const under = runs.get(id)
    const job = under ?? start({ kind: 'run', feed: id })
    if (under === undefined) {
      runs.set(id, job)
      running.add(id)
    }
    try {
      const result = (await job.promise)!
      if (under === undefined) tell(result)
      return result
    } finally {
      if (runs.get(id) === job) {
        runs.delete(id)
        running.delete(id)
      }
    }
  }

  const tell = ({ name, problem, unchanged, counts, stopped }: FeedResult): void => {
    if (stopped) return
    if (problem !== '')
      log.warn({ feed: name, problem }, 'a feed could not be read; what it brought before stays in force')
    else if (!unchanged) {
      const { read, added, removed, refused, tookMs } = counts
      log.info({ feed: name, read, added, removed, refused, tookMs }, 'a feed was read')
    }
  }

  const publishIfChanged = (): void => {
    const collections = listCollections(intel)
    if (collections.length === 0) return
    const pending = collections.some(({ publishedMs }) => publishedMs === undefined)
    const now = `${intelChange(intel)} ${newestSightingMs(options.state)}`
    if (now === published && !pending) return
    api.publish().then(
      () => {
        published = now
      },
      error => log.warn({ error: messageOf(error) }, 'what is shared with peers could not be brought up to date')
    )
  }

  const look = (): void => {
    const now = nowMs()
    for (const id of dueFeeds(intel, now)) {
      if (runs.has(id)) continue
      const feed = feedOf(intel, id)
      if (feed === undefined || everyMs(feed.settings) === undefined) continue
      run(feed.id).catch(error => {
        log.warn({ feed: feed.name, error: messageOf(error) }, 'a run of a feed failed')
        // Not again at once: it may be the feed that does it.
        changeFeed(intel, feed.id, { nextRunMs: nowMs() + 600_000 })
      })
    }
    if (now >= tidyMs && runs.size === 0) {
      tidyMs = now + tidyEveryMs
      start({ kind: 'tidy' }).promise.catch(() => {})
    }
    if (now >= publishMs) {
      publishMs = now + publishEveryMs
      publishIfChanged()
    }
    const current = intelChange(intel)
    if (current === change) return
    change = current
    for (const listener of listeners) listener()
  }
  const timer = setInterval(look, options.lookMs ?? 1000).unref()

  const api: Feeds = {
    running,
    async run(id) {
      const feed = feedOf(intel, id)
      if (feed === undefined || everyMs(feed.settings) === undefined) throw new Error(`feed ${id} does not run`)
      return run(id)
    },
    async importFile(feed, file) {
      return (await start({ kind: 'import', feed, ...file }).promise)!
    },
    async remove(id) {
      changeFeed(intel, id, { enabled: false })
      const under = runs.get(id)
      if (under !== undefined) {
        const at = waiting.indexOf(under)
        if (at >= 0) {
          waiting.splice(at, 1)
          under.reject(new Error('the feed is being removed'))
        } else worker?.postMessage({ stop: under.number } satisfies ToFeedWorker)
        await under.promise.catch(() => {})
      }
      await start({ kind: 'remove', feed: id }).promise
    },
    publish() {
      // One after the other: each sees what the one before has done.
      publishing = publishing.catch(() => {}).then(async () => void (await start({ kind: 'publish' }).promise))
      return publishing
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closed = true
      clearInterval(timer)
      clearTimeout(idleTimer)
      for (const job of waiting.splice(0)) job.reject(new Error('Picket is stopping'))
      const old = worker
      // What a run has not committed is read again at the next start.
      await old?.terminate()
      for (const job of working.values()) job.reject(new Error('Picket is stopping'))
      working.clear()
    }
  }
  return api
}
