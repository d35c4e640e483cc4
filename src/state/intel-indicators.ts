/**
 * Indicators as rows. Two ways in: a stream of objects with versions (`keepFound`: TAXII, MISP, people), and a whole that replaces
 * what was there (`Snapshot`: lists). Reading them back, in the order in which they came, is at the end.
 */

import type { Found, Indicator, IndicatorType } from '../intel/indicator.ts'
import { indicatorOf, withoutId } from '../intel/indicator.ts'
import { type Intel, noteIntelChange } from './intel.ts'
import { type Feed, listFeeds, moveCursor, termsOf } from './intel-feeds.ts'

/** What is kept beside the columns, as JSON: usually the same for many. */
type About = Pick<Found, 'level' | 'confidence' | 'labels' | 'name' | 'description' | 'reference'>

export type StoredIndicator = Indicator & {
  /** Rises in the order in which indicators came to be known. */
  readonly seq: number
  /** The feed's number. */
  readonly feed: number
  readonly addedMs: number
}

export type Kept = { readonly added: number; readonly removed: number; readonly changed: number }

const textMax = 1000
const prefixRowsMax = 5000

/** Writes single rows, with its statements prepared once. */
export function indicatorWriter(intel: Intel, feed: number) {
  const { db } = intel
  const aboutIds = new Map<string, number>()
  const findAbout = db.prepare('SELECT id FROM abouts WHERE about = ?')
  const addAbout = db.prepare('INSERT INTO abouts (about) VALUES (?)')
  const insert = db.prepare(
    `INSERT INTO indicators (feed, id, type, value, port, about, valid_from, valid_until, seen, added)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (value, type, feed, id, port) DO UPDATE SET about = excluded.about, valid_from = excluded.valid_from,
       valid_until = excluded.valid_until, seen = excluded.seen`
  )
  const ofId = db.prepare('SELECT seq, type, value, port, seen FROM indicators WHERE feed = ? AND id = ?')
  const ofValue = db.prepare(
    "SELECT seq FROM indicators WHERE value = ? AND type = ? AND feed = ? AND id = '' AND port = ?"
  )
  const remove = db.prepare('DELETE FROM indicators WHERE seq = ?')

  const aboutId = (found: Found): number => {
    const about = aboutText(found)
    const known = aboutIds.get(about)
    if (known !== undefined) return known
    const row = findAbout.get(about)
    const id = row === undefined ? Number(addAbout.run(about).lastInsertRowid) : Number(row['id'])
    if (aboutIds.size >= 10_000) aboutIds.clear()
    aboutIds.set(about, id)
    return id
  }

  return {
    aboutId,
    insert(found: Found, nowMs: number): void {
      const { id = '', type, value, port = 0, validFromMs, validUntilMs, seenMs } = found
      const about = aboutId(found)
      insert.run(feed, id, type, value, port, about, whole(validFromMs), whole(validUntilMs), whole(seenMs), nowMs)
    },
    ofId: (id: string) =>
      ofId.all(feed, id) as { seq: number; type: string; value: string; port: number; seen: number | null }[],
    ofValue: (found: Found) =>
      ofValue.get(found.value, found.type, feed, found.port ?? 0) as { seq: number } | undefined,
    remove: (seq: number) => void remove.run(seq)
  }
}

const whole = (ms: number | undefined): number | null =>
  ms === undefined || !Number.isFinite(ms) ? null : Math.trunc(ms)

export function aboutText(found: Found): string {
  const { level, confidence, labels, name, description, reference } = found
  const about: About = {
    ...(level !== undefined && { level }),
    ...(confidence !== undefined && { confidence }),
    ...(labels !== undefined && labels.length > 0 && { labels: labels.slice(0, 50).map(label => label.slice(0, 256)) }),
    ...(name !== undefined && { name: name.slice(0, textMax) }),
    ...(description !== undefined && { description: description.slice(0, textMax) }),
    ...(reference !== undefined && { reference: reference.slice(0, textMax) })
  }
  return JSON.stringify(about)
}

/**
 * Keeps what came from a feed that tells of changes, and the place after it, together. What has an id is an object of which the newest
 * version (`seenMs`) stands, with all of its values; the rest is added or said again.
 */
export function keepFound(
  intel: Intel,
  feed: number,
  founds: readonly Found[],
  nowMs: number,
  cursor?: Readonly<Record<string, unknown>>
): Kept {
  return intel.transaction(() => {
    const writer = indicatorWriter(intel, feed)
    const revokedAt = intel.db.prepare('SELECT version FROM revoked_indicators WHERE feed = ? AND id = ?')
    const revoke = intel.db.prepare('INSERT OR REPLACE INTO revoked_indicators (feed, id, version) VALUES (?, ?, ?)')
    const restore = intel.db.prepare('DELETE FROM revoked_indicators WHERE feed = ? AND id = ?')
    let added = 0
    let removed = 0
    let changed = 0
    const objects = new Map<string, Found[]>()
    for (const found of founds) {
      if (found.id !== undefined) {
        const values = objects.get(found.id)
        if (values === undefined) objects.set(found.id, [found])
        else values.push(found)
        continue
      }
      const known = writer.ofValue(found)
      if (found.revoked) {
        if (known !== undefined) {
          writer.remove(known.seq)
          removed++
        }
      } else {
        writer.insert(found, nowMs)
        if (known === undefined) added++
        else changed++
      }
    }
    for (const [id, all] of objects) {
      // Versions of one object may stand on one page.
      const version = Math.max(...all.map(versionOf))
      const values = all.filter(found => versionOf(found) === version)
      const old = writer.ofId(id)
      const mark = revokedAt.get(feed, id)
      const known = Math.max(-1, Number(mark?.['version'] ?? -1), ...old.map(row => row.seen ?? 0))
      if (version <= known && (version > 0 || mark !== undefined)) continue
      const isRevoked = values.some(found => found.revoked)
      const wanted = new Map(
        isRevoked ? [] : values.map(found => [keyOf(found.type, found.value, found.port ?? 0), found])
      )
      for (const row of old) {
        const key = keyOf(row.type, row.value, row.port)
        if (wanted.has(key)) continue
        writer.remove(row.seq)
        removed++
      }
      const standing = new Set(old.map(row => keyOf(row.type, row.value, row.port)))
      for (const [key, found] of wanted) {
        writer.insert(found, nowMs)
        if (standing.has(key)) changed++
        else added++
      }
      if (isRevoked) revoke.run(feed, id, version)
      else if (mark !== undefined) restore.run(feed, id)
    }
    if (cursor !== undefined) moveCursor(intel, feed, cursor)
    if (added + removed !== 0)
      intel.db.prepare('UPDATE feeds SET indicators = indicators + ? WHERE id = ?').run(added - removed, feed)
    if (added + removed + changed !== 0) noteIntelChange(intel)
    return { added, removed, changed }
  })
}

/** As it is stored. */
const versionOf = (found: Found): number => whole(found.seenMs) ?? 0

const keyOf = (type: string, value: string, port: number): string => `${type}\0${port}\0${value}`

/** Removes up to `limit` indicators of a feed; how many it removed. Call it until it says 0. */
export function removeSome(intel: Intel, feed: number, limit = 20_000): number {
  return intel.transaction(() => {
    const { changes } = intel.db
      .prepare('DELETE FROM indicators WHERE seq IN (SELECT seq FROM indicators WHERE feed = ? LIMIT ?)')
      .run(feed, limit)
    intel.db.prepare('UPDATE feeds SET indicators = indicators - ? WHERE id = ?').run(Number(changes), feed)
    if (Number(changes) > 0) noteIntelChange(intel)
    return Number(changes)
  })
}

/** Objects that the feed does not have any more: all of their values go. They may come back in any version. */
export function removeObjects(intel: Intel, feed: number, ids: readonly string[]): number {
  return intel.transaction(() => {
    const remove = intel.db.prepare('DELETE FROM indicators WHERE feed = ? AND id = ?')
    const forget = intel.db.prepare('DELETE FROM revoked_indicators WHERE feed = ? AND id = ?')
    let removed = 0
    for (const id of ids) {
      removed += Number(remove.run(feed, id).changes)
      forget.run(feed, id)
    }
    intel.db.prepare('UPDATE feeds SET indicators = indicators - ? WHERE id = ?').run(removed, feed)
    if (removed > 0) noteIntelChange(intel)
    return removed
  })
}

/** Removes one row; false if there is none. */
export function removeIndicator(intel: Intel, seq: number): boolean {
  return intel.transaction(() => {
    const row = intel.db.prepare('SELECT feed FROM indicators WHERE seq = ?').get(seq)
    if (row === undefined) return false
    intel.db.prepare('DELETE FROM indicators WHERE seq = ?').run(seq)
    intel.db.prepare('UPDATE feeds SET indicators = indicators - 1 WHERE id = ?').run(row['feed']!)
    noteIntelChange(intel)
    return true
  })
}

/** Removes what ended before `beforeMs`, up to `limit`: it is not in force any more, and was kept for a while to be looked up. */
export function removeExpired(intel: Intel, beforeMs: number, limit = 20_000): number {
  return intel.transaction(() => {
    const rows = intel.db
      .prepare('SELECT seq, feed FROM indicators WHERE valid_until < ? LIMIT ?')
      .all(beforeMs, limit) as { seq: number; feed: number }[]
    const remove = intel.db.prepare('DELETE FROM indicators WHERE seq = ?')
    const count = intel.db.prepare('UPDATE feeds SET indicators = indicators - 1 WHERE id = ?')
    for (const { seq, feed } of rows) {
      remove.run(seq)
      count.run(feed)
    }
    return rows.length
  })
}

const select = `SELECT i.seq, i.feed, i.id, i.type, i.value, i.port, a.about, i.valid_from, i.valid_until, i.seen, i.added
  FROM indicators i JOIN abouts a ON a.id = i.about`

/** In the order in which they came, after one: for matching what is new against the past. Of feeds that are switched off, too. */
export function readIndicators(
  intel: Intel,
  ask: { afterSeq?: number; toSeq?: number; type?: IndicatorType; limit: number }
): StoredIndicator[] {
  const { afterSeq = 0, toSeq = Number.MAX_SAFE_INTEGER, type = null, limit } = ask
  return intel.db
    .prepare(`${select} WHERE i.seq > ? AND i.seq <= ? AND (? IS NULL OR i.type = ?) ORDER BY i.seq LIMIT ?`)
    .all(afterSeq, toSeq, type, type, limit)
    .map(maker(intel))
}

/**
 * All of the feeds that are switched on which have not ended at that time; for the table in memory: ids that are made of what they are are left
 * '' (`idOf`). Reads while it is iterated.
 */
export function* eachIndicator(intel: Intel, nowMs: number): Generator<StoredIndicator> {
  const make = maker(intel, withoutId)
  const rows = intel.db
    .prepare(
      `${select} WHERE (i.valid_until IS NULL OR i.valid_until > ?) AND i.feed IN (SELECT id FROM feeds WHERE enabled = 1)`
    )
    .iterate(nowMs)
  for (const row of rows) yield make(row)
}

/** All of one feed, those of one id one after the other. Between its pages others may write. */
export function* indicatorsOfFeed(intel: Intel, feed: number, pageSize = 5000): Generator<StoredIndicator> {
  const make = maker(intel)
  const page = intel.db.prepare(`${select} WHERE i.feed = ? AND (i.id, i.seq) > (?, ?) ORDER BY i.id, i.seq LIMIT ?`)
  let after: readonly [string, number] = ['', 0]
  for (;;) {
    const rows = page.all(feed, ...after, pageSize)
    for (const row of rows) yield make(row)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = [last['id'] as string, last['seq'] as number]
  }
}

/** Those of exactly this value, of any feed. */
export function indicatorsOf(intel: Intel, type: IndicatorType, value: string): StoredIndicator[] {
  return intel.db
    .prepare(`${select} WHERE i.value = ? AND i.type = ? ORDER BY i.seq LIMIT 1000`)
    .all(value, type)
    .map(maker(intel))
}

export function indicatorBySeq(intel: Intel, seq: number): StoredIndicator | undefined {
  const row = intel.db.prepare(`${select} WHERE i.seq = ?`).get(seq)
  return row === undefined ? undefined : maker(intel)(row)
}

/** The newest number given; 0 if none was. */
export function newestSeq(intel: Intel): number {
  return Number(intel.db.prepare('SELECT max(seq) AS seq FROM indicators').get()!['seq'] ?? 0)
}

/** A page of them, the newest first. `prefix`: how their values begin. */
export function searchIndicators(
  intel: Intel,
  ask: {
    prefix?: string | undefined
    type?: string | undefined
    feed?: number | undefined
    beforeSeq?: number | undefined
    limit: number
  }
): StoredIndicator[] {
  const parts: string[] = []
  const values: (string | number)[] = []
  const add = (part: string, ...given: (string | number)[]) => {
    parts.push(part)
    values.push(...given)
  }
  if (ask.type !== undefined) add('i.type = ?', ask.type)
  if (ask.feed !== undefined) add('+i.feed = ?', ask.feed)
  if (ask.beforeSeq !== undefined) add('i.seq < ?', ask.beforeSeq)
  if (ask.prefix !== undefined && ask.prefix !== '') {
    // A short beginning may be that of most: the newest of the first ones in the alphabet will do.
    const inner = parts.map(part => part.replaceAll('i.', '')).join(' AND ')
    const given = [...values]
    add(
      `i.seq IN (SELECT seq FROM indicators WHERE value >= ? AND value < ?${inner === '' ? '' : ` AND ${inner}`} ORDER BY value LIMIT ${prefixRowsMax})`,
      ask.prefix,
      `${ask.prefix}\u{10ffff}`,
      ...given
    )
  }
  const where = parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`
  return intel.db
    .prepare(`${select} ${where} ORDER BY i.seq DESC LIMIT ?`)
    .all(...values, ask.limit)
    .map(maker(intel))
}

/** Rows as indicators; what a feed says of all of its own is filled in. */
function maker(intel: Intel, make = indicatorOf): (row: Record<string, unknown>) => StoredIndicator {
  const feeds = new Map(listFeeds(intel).map(feed => [feed.id, { feed, terms: termsOf(feed) }]))
  const abouts = new Map<string, About>()
  return row => {
    const { feed, terms } = feeds.get(row['feed'] as number) ?? unknownFeed(row['feed'] as number)
    const text = row['about'] as string
    let about = abouts.get(text)
    if (about === undefined) {
      if (abouts.size > 10_000) abouts.clear()
      about = JSON.parse(text) as About
      abouts.set(text, about)
    }
    const addedMs = row['added'] as number
    const seenMs = (row['seen'] as number | null) ?? undefined
    const found: Found = {
      ...about,
      type: row['type'] as IndicatorType,
      value: row['value'] as string,
      ...(row['id'] !== '' && { id: row['id'] as string }),
      ...(row['port'] !== 0 && { port: row['port'] as number }),
      ...(row['valid_from'] !== null && { validFromMs: row['valid_from'] as number }),
      ...(row['valid_until'] !== null && { validUntilMs: row['valid_until'] as number }),
      ...(seenMs !== undefined && { seenMs })
    }
    // A list that still holds it says so each time it is read.
    const saidMs = isWhole(feed) ? (feed.fetchedMs ?? addedMs) : addedMs
    return { ...make(found, terms, saidMs), seq: row['seq'] as number, feed: feed.id, addedMs }
  }
}

/** Does each reading of the feed say all that it holds? */
export function isWhole(feed: Pick<Feed, 'settings'>): boolean {
  return feed.settings['kind'] === 'list'
}

/** The feed was removed between two reads. */
function unknownFeed(id: number) {
  const feed: Feed = {
    id,
    name: `feed ${id}`,
    settings: {},
    enabled: false,
    createdMs: 0,
    by: '',
    cursor: {},
    indicators: 0,
    lastRunMs: undefined,
    fetchedMs: undefined,
    nextRunMs: undefined,
    failures: 0,
    problem: '',
    counts: {}
  }
  return { feed, terms: termsOf(feed) }
}
