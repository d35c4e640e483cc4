/** Feeds of allow lists: MISP's warninglists, one by one, as an archive, or below the data folder. */

import { readWarningList, type WarningList } from '../intel/warning-list.ts'
import { FeedError } from '../sources/feeds/request.ts'
import { keepAllowList, listAllowLists, removeAllowList } from '../state/intel-allow.ts'
import { moveCursor } from '../state/intel-feeds.ts'
import { breathe, type Run, stopIfAsked, Tally } from './feed-context.ts'
import { fetchTexts } from './feed-list.ts'

export const runWarninglists: Run<'warninglists'> = async (feed, settings, context) => {
  const { intel } = context
  const tally = new Tally()
  const asked = JSON.stringify(settings.only ?? [])
  const old = feed.cursor['asked'] === asked ? feed.cursor : {}
  const got = await fetchTexts(settings, old, context, tally)
  if (got === undefined)
    return { fetchedMs: context.nowMs(), unchanged: true, counts: { ...feed.counts, added: 0, removed: 0 } }
  // A list is known by its name, or by its folder in the archive: `public-dns-v4`.
  const isChosen = (name: string, path: string): boolean => {
    const { only = [] } = settings
    return only.length === 0 || only.includes(name) || path.split('/').some(part => only.includes(part))
  }
  const lists: WarningList[] = []
  for (const { name, text } of got.texts) {
    // The archive of misp-warninglists holds tools and schemas beside the lists.
    if (got.texts.length > 1 && !/\.json$/i.test(name)) continue
    const list = readWarningList(text)
    if ('problem' in list) {
      if (got.texts.length === 1)
        throw new FeedError('feed-invalid', `${name || 'the file'} is no warninglist: it ${list.problem}`)
      tally.problem(`${name}: ${list.problem}`)
    } else if (isChosen(list.name, name)) lists.push(list)
    await breathe()
  }
  if (lists.length === 0) throw new FeedError('feed-invalid', 'there is no warninglist in it that is asked for')
  let read = 0
  let added = 0
  const names = new Set<string>()
  for (const list of lists) {
    stopIfAsked(context)
    if (names.has(list.name)) continue
    names.add(list.name)
    const { values, ...about } = list
    const kept = keepAllowList(intel, { ...about, feed: feed.id, updatedMs: context.nowMs(), by: feed.name }, values)
    if (kept === undefined) {
      tally.problem(`${list.name}: there are too many allow lists or entries; remove some first`)
      continue
    }
    read += kept.entries
    added++
    await breathe()
  }
  let removed = 0
  for (const list of listAllowLists(intel))
    if (list.feed === feed.id && !names.has(list.name) && removeAllowList(intel, list.id)) removed++
  moveCursor(intel, feed.id, { ...got.cursor, asked })
  return { fetchedMs: context.nowMs(), unchanged: false, counts: { ...tally.counts(), read, added, removed } }
}
