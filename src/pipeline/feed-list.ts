/**
 * Feeds that are a whole each time: lists from a server (asked whether they changed) or below the data folder. What was kept is only
 * replaced when all of the new list is there and makes sense.
 */

import { createHash } from 'node:crypto'
import type { Found, Reading, Receive } from '../intel/indicator.ts'
import { readList } from '../intel/lists/read-list.ts'
import { isMispEvent, readMispEvent } from '../intel/misp-event.ts'
import { readStix } from '../intel/stix/bundle.ts'
import type { Json } from '../intel/stix/observations.ts'
import { localState, type NamedText, readLocal, textsIn } from '../sources/feeds/open-file.ts'
import { FeedError, request } from '../sources/feeds/request.ts'
import { withRetries } from '../sources/feeds/retry.ts'
import type { FeedSettingsOf } from '../sources/feeds/settings.ts'
import { Snapshot } from '../state/intel-snapshot.ts'
import { breathe, type FeedContext, limitsOf, type Run, serverOf, stopIfAsked, Tally } from './feed-context.ts'

type ListSettings = FeedSettingsOf<'list'>
type ListOptions = Pick<ListSettings, 'format' | 'column' | 'delimiter' | 'type'>

/** A list of this many that is suddenly empty is not believed. */
const believedEmptyMax = 100

export const runList: Run<'list'> = async (feed, settings, context) => {
  const { intel } = context
  const tally = new Tally()
  const { credentials: _, ca: __, everyMinutes: ___, ...meaning } = settings
  const asked = fingerprint(JSON.stringify(meaning))
  const old = feed.cursor['asked'] === asked ? feed.cursor : {}
  const got = await fetchTexts(settings, old, context, tally)
  if (got === undefined)
    return { fetchedMs: context.nowMs(), unchanged: true, counts: { ...feed.counts, added: 0, removed: 0 } }
  const snapshot = new Snapshot(intel, feed.id)
  try {
    let batch: Found[] = []
    let prose = false
    const flush = () => {
      snapshot.add(batch)
      batch = []
      if (snapshot.rows > limitsOf(context).indicatorsMax)
        throw new FeedError('feed-too-large', `it holds more than ${limitsOf(context).indicatorsMax} indicators`)
    }
    for (const { name, text } of got.texts) {
      stopIfAsked(context)
      const reading = readAny(text, settings, found => {
        if (found.revoked) return
        batch.push(found)
        if (batch.length >= 5000) flush()
      })
      flush()
      tally.reading(reading, got.texts.length > 1 ? name : '')
      if (reading.format === 'text' && reading.taken === 0) prose = true
      await breathe()
    }
    refuseNonsense(snapshot.rows, tally, feed.indicators, prose, got.texts[0]?.text ?? '')
    const steps = snapshot.apply(context.nowMs(), { ...got.cursor, asked })
    for (;;) {
      const { done, value } = steps.next()
      if (done) {
        tally.kept(value)
        break
      }
      await breathe()
    }
    return { fetchedMs: context.nowMs(), unchanged: false, counts: tally.counts() }
  } finally {
    snapshot.close()
  }
}

/** Texts and the place after them; undefined if nothing changed. */
export async function fetchTexts(
  settings: Pick<ListSettings, 'url' | 'path' | 'credentials' | 'ca'>,
  old: Readonly<Record<string, unknown>>,
  context: FeedContext,
  tally: Tally
): Promise<{ texts: NamedText[]; cursor: Record<string, unknown> } | undefined> {
  const { bytesMax } = limitsOf(context)
  const { url, path } = settings
  if (path !== undefined) {
    const state = await localState(context.folder, path)
    if (state === undefined) throw new FeedError('feed-unreachable', `there is no ${path} in ${context.folder}`)
    if (state === old['state']) return undefined
    const texts = await readLocal(context.folder, path, bytesMax)
    for (const { text } of texts) tally.got(text.length)
    return { texts, cursor: { state } }
  }
  const server = serverOf(settings, context)
  const { etag, modified, digest } = old
  const answer = await withRetries(server.patience, () =>
    request(url!, server, {
      headers: {
        ...(typeof etag === 'string' && { 'if-none-match': etag }),
        ...(typeof modified === 'string' && { 'if-modified-since': modified })
      }
    })
  )
  tally.got(answer.body.length)
  if (answer.status === 304) return undefined
  const now = fingerprint(answer.body)
  if (now === digest) return undefined
  const texts = await textsIn(new URL(answer.url).pathname.split('/').at(-1) ?? '', answer.body, bytesMax)
  return {
    texts,
    cursor: { etag: answer.headers.etag, modified: answer.headers['last-modified'], digest: now }
  }
}

/** A file of any format that holds indicators. */
export function readAny(text: string, options: ListOptions, receive: Receive): Reading {
  const { format, column, delimiter, type } = options
  if (format !== 'stix' && format !== 'misp' && !(format === undefined && /^\ufeff?\s*[{[]/.test(text)))
    return readList(text, { format, column, delimiter, type }, receive)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // Lines of JSON are a list of their own.
    if (format === undefined) return readList(text, { column, delimiter, type }, receive)
    return { format, taken: 0, refused: 1, unmatched: 0, problems: [{ where: 'file', message: 'is no JSON' }] }
  }
  if (format === 'misp' || (format === undefined && isMispEvent(json))) return readMispEvent(json, {}, receive)
  if (format === undefined && !isStix(json)) return readList(text, { column, delimiter, type }, receive)
  return readStix(json as Json, receive)
}

function isStix(json: unknown): boolean {
  const holder = json as { type?: unknown; objects?: unknown; spec_version?: unknown } | null
  if (Array.isArray(json)) return json.some(each => typeof each?.id === 'string' && /^[a-z0-9-]+--/.test(each.id))
  return holder?.type === 'bundle' || Array.isArray(holder?.objects) || holder?.type === 'indicator'
}

/** A page that says 'not found' with status 200, or an empty file where there was a long list, is not what the feed says. */
function refuseNonsense(rows: number, tally: Tally, before: number, prose: boolean, head: string): void {
  if (/^\s*<(?:!doctype html|html)/i.test(head.slice(0, 200)) && rows === 0)
    throw new FeedError('feed-invalid', 'it is a web page without indicators, not a list: check the address')
  if (rows === 0 && tally.refused > 0)
    throw new FeedError(
      'feed-invalid',
      `none of its ${tally.refused} lines is an indicator: check its format and its column`
    )
  if (rows === 0 && prose) throw new FeedError('feed-invalid', 'it is a text without any indicator: check the address')
  if (rows === 0 && before >= believedEmptyMax)
    throw new FeedError('feed-invalid', `it is suddenly empty; its ${before} indicators stay in force`)
}

function fingerprint(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 32)
}
