/** What is taken away from `intel.db` for good, in steps that let others write between them. */

import { type Intel, noteIntelChange } from './intel.ts'
import { removeExpired, removeSome } from './intel-indicators.ts'

/** What has ended is kept for a while, to be looked up. */
const endedKeptMs = 30 * 86_400_000

/** Takes away a feed with its indicators, allow lists and what it told of sightings. Switch it off first. */
export function* removeFeed(intel: Intel, feed: number): Generator<void> {
  while (removeSome(intel, feed) > 0) yield
  intel.transaction(() => {
    const { db } = intel
    db.prepare('DELETE FROM allow_entries WHERE list IN (SELECT id FROM allow_lists WHERE feed = ?)').run(feed)
    for (const table of ['allow_lists', 'peer_sightings', 'peer_names', 'revoked_indicators', 'indicators'])
      db.prepare(`DELETE FROM ${table} WHERE feed = ?`).run(feed)
    db.prepare('DELETE FROM feeds WHERE id = ?').run(feed)
    noteIntelChange(intel)
  })
}

export function* tidyIntel(intel: Intel, nowMs: number): Generator<void> {
  while (removeExpired(intel, nowMs - endedKeptMs) > 0) yield
  yield* removeAbouts(intel)
}

/** What is said of no indicator any more. Given up if anybody else writes meanwhile: they may have begun to say it again. */
function* removeAbouts(intel: Intel): Generator<void> {
  const { db } = intel
  const version = () => Number(db.prepare('PRAGMA data_version').get()!['data_version'])
  const before = version()
  const newest = () => Number(db.prepare('SELECT total_changes() AS n').get()!['n'])
  const unused = db
    .prepare('SELECT id FROM abouts EXCEPT SELECT about FROM indicators')
    .all()
    .map(row => Number(row['id']))
  let own = newest()
  const remove = db.prepare('DELETE FROM abouts WHERE id = ?')
  for (let at = 0; at < unused.length; at += 10_000) {
    const stays = intel.transaction(() => {
      // This connection's own jobs count as others, too.
      if (version() !== before || newest() !== own) return false
      for (const id of unused.slice(at, at + 10_000)) remove.run(id)
      return true
    })
    if (!stays) return
    own = newest()
    yield
  }
}
