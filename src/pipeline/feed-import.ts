/** A file of indicators that somebody brings in: added to a feed of people's own, as it says or as they say. */

import { readFile } from 'node:fs/promises'
import type { Found } from '../intel/indicator.ts'
import { textsIn } from '../sources/feeds/open-file.ts'
import { FeedError } from '../sources/feeds/request.ts'
import type { FeedSettingsOf } from '../sources/feeds/settings.ts'
import { feedOf, noteRun } from '../state/intel-feeds.ts'
import { keepFound } from '../state/intel-indicators.ts'
import { breathe, type FeedContext, limitsOf, stopIfAsked, Tally } from './feed-context.ts'
import { readAny } from './feed-list.ts'
import type { FeedResult } from './feed-run.ts'

export type ImportOptions = Pick<FeedSettingsOf<'list'>, 'format' | 'column' | 'delimiter' | 'type'>

const atOnce = 5000

export async function importFile(
  job: { readonly feed: number; readonly path: string; readonly name: string; readonly options: ImportOptions },
  context: FeedContext
): Promise<FeedResult> {
  const { intel, nowMs } = context
  const startMs = nowMs()
  const tally = new Tally()
  const feed = feedOf(intel, job.feed)
  const name = feed?.name ?? ''
  try {
    const { bytesMax } = limitsOf(context)
    const texts = await textsIn(job.name, await readFile(job.path), bytesMax)
    for (const { name, text } of texts) {
      let batch: Found[] = []
      const batches: Found[][] = []
      const reading = readAny(text, job.options, found => {
        batch.push(found)
        if (batch.length < atOnce) return
        batches.push(batch)
        batch = []
      })
      batches.push(batch)
      tally.got(text.length)
      tally.reading(reading, texts.length > 1 ? name : '')
      for (const each of batches) {
        stopIfAsked(context)
        tally.kept(keepFound(intel, job.feed, each, nowMs()))
        await breathe()
      }
    }
    const counts = { ...tally.counts(), tookMs: nowMs() - startMs }
    if (feed !== undefined)
      noteRun(intel, job.feed, {
        atMs: startMs,
        fetchedMs: nowMs(),
        nextRunMs: feed.nextRunMs ?? 0,
        problem: '',
        counts
      })
    return { feed: job.feed, name, problem: '', unchanged: false, counts, stopped: false }
  } catch (error) {
    if (!(error instanceof FeedError)) throw error
    return { feed: job.feed, name, problem: error.message, unchanged: true, counts: tally.counts(), stopped: false }
  }
}
