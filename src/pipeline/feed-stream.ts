/**
 * Feeds that tell what changed since a place: TAXII collections and MISP feeds. What came and the place after it are kept together, page
 * by page: a run may end anywhere, and the next one goes on there.
 */

import type { Found } from '../intel/indicator.ts'
import { readMispEvent } from '../intel/misp-event.ts'
import { readStix } from '../intel/stix/bundle.ts'
import type { Json } from '../intel/stix/observations.ts'
import { readIdentities, readSightings } from '../intel/stix/peer-sightings.ts'
import { readLocal } from '../sources/feeds/open-file.ts'
import { FeedError } from '../sources/feeds/request.ts'
import { fetchEvent, fetchManifest, readManifest } from '../sources/misp/feed.ts'
import { findCollections, pagesOf, type TaxiiCollection, type TaxiiPlace } from '../sources/taxii/client.ts'
import { keepFound, removeObjects } from '../state/intel-indicators.ts'
import { keepPeerNames, keepPeerSightings } from '../state/intel-peers.ts'
import {
  breathe,
  type FeedContext,
  limitsOf,
  piecesOf,
  type Run,
  serverOf,
  stopIfAsked,
  Tally
} from './feed-context.ts'

export const runTaxii: Run<'taxii'> = async (feed, settings, context) => {
  const { intel } = context
  const limits = limitsOf(context)
  const server = serverOf(settings, context)
  const tally = new Tally()
  const endMs = context.nowMs() + limits.runMaxMs
  const found = await findCollections(settings.url, server)
  const wanted = chosen(found, settings.collections)
  let places = (feed.cursor['collections'] ?? {}) as Record<string, TaxiiPlace>
  let pages = 0
  let unchanged = true
  for (const collection of wanted) {
    const key = `${collection.root} ${collection.id}`
    const from = places[key] ?? firstPlace(settings.firstDays, context)
    for await (const page of pagesOf(collection, from, server)) {
      stopIfAsked(context)
      tally.got(page.bytes)
      const batch: Found[] = []
      tally.reading(readStix(page.objects as Json[], each => batch.push(each)))
      places = { ...places, [key]: page.place }
      const sightings = readSightings(page.objects)
      const pieces = piecesOf(batch)
      for (const piece of pieces.slice(0, -1)) {
        tally.kept(keepFound(intel, feed.id, piece, context.nowMs()))
        await breathe()
      }
      const kept = intel.transaction(() => {
        keepPeerNames(intel, feed.id, readIdentities(page.objects))
        keepPeerSightings(intel, feed.id, sightings, context.nowMs())
        return keepFound(intel, feed.id, pieces.at(-1)!, context.nowMs(), { ...feed.cursor, collections: places })
      })
      tally.kept(kept)
      if (page.objects.length > 0) unchanged = false
      if (page.isLast) break
      if (++pages >= limits.pagesMax || context.nowMs() > endMs) {
        tally.problem(`stopped after ${pages} pages; the next run goes on there`)
        return { fetchedMs: undefined, unchanged, counts: tally.counts(), more: true }
      }
      await breathe()
    }
  }
  return { fetchedMs: context.nowMs(), unchanged, counts: tally.counts() }
}

function firstPlace(days: number | undefined, context: FeedContext): TaxiiPlace {
  return days === undefined ? {} : { addedAfter: new Date(context.nowMs() - days * 86_400_000).toISOString() }
}

function chosen(found: readonly TaxiiCollection[], names: readonly string[] | undefined): readonly TaxiiCollection[] {
  if (names === undefined || names.length === 0) {
    if (found.length === 0) throw new FeedError('feed-refused', 'the server has no collection that may be read')
    return found
  }
  const wanted = found.filter(({ id, title, alias }) =>
    names.some(name => name === id || name === alias || name === title)
  )
  const missing = names.filter(
    name => !wanted.some(({ id, title, alias }) => name === id || name === alias || name === title)
  )
  if (missing.length > 0) {
    const there = found.map(({ title }) => title).join(', ')
    throw new FeedError(
      'feed-refused',
      `there is no collection ${missing.join(', ')} that may be read; there is ${there || 'none'}`
    )
  }
  return wanted
}

/** How many events' indicators are kept in one transaction: the place names every event, so it is not written for each. */
const eventsAtOnce = 20

export const runMisp: Run<'misp'> = async (feed, settings, context) => {
  const { intel } = context
  const limits = limitsOf(context)
  const tally = new Tally()
  const server = serverOf(settings, context)
  const { url, path, all, firstDays } = settings
  const endMs = context.nowMs() + limits.runMaxMs
  const meaning = JSON.stringify([url, path, all ?? false, firstDays])
  const old = feed.cursor['asked'] === meaning ? feed.cursor : {}
  const known = new Map(Object.entries((old['events'] ?? {}) as Record<string, number>))
  const etag = typeof old['etag'] === 'string' ? old['etag'] : undefined

  let local: Map<string, string> | undefined
  let manifest: Awaited<ReturnType<typeof fetchManifest>>
  if (path !== undefined) {
    const texts = await readLocal(context.folder, path, limits.bytesMax)
    local = new Map(texts.map(({ name, text }) => [name.split(/[/\\]/).at(-1)!, text]))
    const text = local.get('manifest.json')
    if (text === undefined) throw new FeedError('feed-invalid', `there is no manifest.json in ${path}`)
    manifest = { entries: readManifest(parse(text, 'manifest.json')), etag: undefined, bytes: text.length }
  } else manifest = await fetchManifest(url!, etag, server)
  if (manifest === undefined)
    return { fetchedMs: context.nowMs(), unchanged: true, counts: { ...feed.counts, added: 0, removed: 0 } }
  tally.got(manifest.bytes)
  const { entries } = manifest
  if (entries.length === 0 && known.size > 0)
    throw new FeedError(
      'feed-invalid',
      `its manifest is suddenly empty; the indicators of ${known.size} events stay in force`
    )

  const sinceMs = firstDays === undefined ? 0 : context.nowMs() - firstDays * 86_400_000
  const changed = entries.filter(({ uuid, changedMs }) => changedMs >= sinceMs && known.get(uuid) !== changedMs)
  let batch: Found[] = []
  let done: [string, number][] = []
  let failed = 0
  const flush = (cursorEtag: string | undefined) => {
    for (const [uuid, changedMs] of done) known.set(uuid, changedMs)
    const cursor = { asked: meaning, etag: cursorEtag, events: Object.fromEntries(known) }
    tally.kept(keepFound(intel, feed.id, batch, context.nowMs(), cursor))
    batch = []
    done = []
  }
  let count = 0
  for (const { uuid, changedMs } of changed) {
    stopIfAsked(context)
    if (count >= limits.eventsMax || context.nowMs() > endMs) {
      flush(undefined)
      tally.problem(`stopped after ${count} of ${changed.length} events; the next run goes on there`)
      return { fetchedMs: undefined, unchanged: false, counts: tally.counts(), more: true }
    }
    count++
    try {
      const text = local?.get(`${uuid}.json`)
      const got =
        local === undefined
          ? await fetchEvent(url!, uuid, server)
          : text === undefined
            ? undefined
            : { event: parse(text, `${uuid}.json`), bytes: text.length }
      if (got === undefined) tally.problem(`${uuid}.json: the manifest names it, but it is not there`)
      else {
        tally.got(got.bytes)
        tally.reading(
          readMispEvent(got.event, { all }, each => {
            // The file of one event is not to speak for another.
            if (each.id === `indicator--${uuid}`) batch.push(each)
          }),
          uuid
        )
      }
      done.push([uuid, changedMs])
    } catch (error) {
      // One event that is broken does not keep the others out; it is asked for again in the next run.
      if (!(error instanceof FeedError) || error.retryable || error.code === 'feed-stopped') {
        flush(undefined)
        throw error
      }
      failed++
      tally.problem(error.message)
    }
    if (done.length >= eventsAtOnce) {
      flush(undefined)
      await breathe()
    }
  }
  const there = new Set(entries.map(({ uuid }) => uuid))
  const gone = [...known.keys()].filter(uuid => !there.has(uuid))
  intel.transaction(() => {
    for (const uuid of gone) known.delete(uuid)
    tally.kept({
      added: 0,
      removed: removeObjects(
        intel,
        feed.id,
        gone.map(uuid => `indicator--${uuid}`)
      )
    })
    // The manifest counts as known only when all that it names is kept.
    flush(failed === 0 ? manifest.etag : undefined)
  })
  return { fetchedMs: context.nowMs(), unchanged: changed.length + gone.length === 0, counts: tally.counts() }
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FeedError('feed-invalid', `${name} is no JSON`, { cause })
  }
}
