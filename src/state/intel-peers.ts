/** What peers have seen of indicators, as they tell it: STIX sightings in their newest versions. */

import type { IndicatorType } from '../intel/indicator.ts'
import type { Intel } from './intel.ts'

export const peerNamesSchema = `
  CREATE TABLE peer_names (
    feed INTEGER NOT NULL REFERENCES feeds (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (feed, id)
  ) STRICT, WITHOUT ROWID;`

const namesMax = 10_000

export type PeerSighting = {
  /** `sighting--UUID`. */
  readonly id: string
  /** The indicator's id. */
  readonly indicator: string
  /** Who saw it: an identity's id, or '' where it is not said. Read back, it is a name where one is known. */
  readonly who: string
  readonly versionMs: number
  readonly count: number
  readonly firstUs?: number
  readonly lastUs?: number
  readonly revoked?: true
}

export type StoredPeerSighting = PeerSighting & {
  readonly seq: number
  /** The feed's name. */
  readonly source: string
  readonly updatedMs: number
  /** What the indicator says, if it is known here. */
  readonly type: IndicatorType | undefined
  readonly value: string | undefined
}

/** Of one feed, at most; the oldest go first. */
export const peerSightingsMax = 100_000

/** Within the transaction that moves the feed's place. */
export function keepPeerSightings(intel: Intel, feed: number, told: readonly PeerSighting[], nowMs: number): number {
  if (told.length === 0) return 0
  return intel.transaction(() => {
    const keep = intel.db.prepare(
      `INSERT INTO peer_sightings (feed, id, indicator, who, version, count, first_us, last_us, updated)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (feed, id) DO UPDATE SET indicator = excluded.indicator, who = excluded.who, version = excluded.version,
         count = excluded.count, first_us = excluded.first_us, last_us = excluded.last_us, updated = excluded.updated
       WHERE excluded.version > version`
    )
    const remove = intel.db.prepare('DELETE FROM peer_sightings WHERE feed = ? AND id = ? AND version <= ?')
    let changes = 0
    for (const { id, indicator, who, versionMs, count, firstUs = null, lastUs = null, revoked } of told)
      changes += Number(
        (revoked
          ? remove.run(feed, id, versionMs)
          : keep.run(feed, id, indicator, who, versionMs, count, firstUs, lastUs, nowMs)
        ).changes
      )
    intel.db
      .prepare(
        'DELETE FROM peer_sightings WHERE feed = ? AND seq <= (SELECT seq FROM peer_sightings WHERE feed = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)'
      )
      .run(feed, feed, peerSightingsMax)
    return changes
  })
}

/** What peers call themselves: it comes once, and is of use for long. */
export function keepPeerNames(
  intel: Intel,
  feed: number,
  names: readonly { readonly id: string; readonly name: string }[]
): void {
  if (names.length === 0) return
  intel.transaction(() => {
    const { n } = intel.db.prepare('SELECT count(*) AS n FROM peer_names WHERE feed = ?').get(feed) as { n: number }
    const keep = intel.db.prepare('INSERT OR REPLACE INTO peer_names (feed, id, name) VALUES (?, ?, ?)')
    for (const { id, name } of names.slice(0, Math.max(0, namesMax - n))) keep.run(feed, id, name)
  })
}

/** The latest first. */
export function listPeerSightings(
  intel: Intel,
  ask: {
    indicator?: string | undefined
    value?: string | undefined
    before?: { updatedMs: number; seq: number } | undefined
    limit: number
  }
): StoredPeerSighting[] {
  const before = ask.before ?? { updatedMs: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }
  const { value = null, indicator = null } = ask
  return intel.db
    .prepare(
      `SELECT p.*, coalesce(n.name, p.who) AS name, f.name AS source, i.type, i.value FROM peer_sightings p JOIN feeds f ON f.id = p.feed
       LEFT JOIN peer_names n ON n.feed = p.feed AND n.id = p.who
       LEFT JOIN indicators i ON i.seq = (SELECT min(seq) FROM indicators WHERE feed IN (SELECT id FROM feeds) AND id = p.indicator)
       WHERE (p.updated, p.seq) < (?, ?) AND (? IS NULL OR p.indicator = ?)
         AND (? IS NULL OR p.indicator IN (SELECT id FROM indicators WHERE value = ?))
       ORDER BY p.updated DESC, p.seq DESC LIMIT ?`
    )
    .all(before.updatedMs, before.seq, indicator, indicator, value, value, ask.limit)
    .map(row => ({
      seq: row['seq'] as number,
      id: row['id'] as string,
      indicator: row['indicator'] as string,
      who: row['name'] as string,
      versionMs: row['version'] as number,
      count: row['count'] as number,
      ...(row['first_us'] !== null && { firstUs: row['first_us'] as number }),
      ...(row['last_us'] !== null && { lastUs: row['last_us'] as number }),
      source: row['source'] as string,
      updatedMs: row['updated'] as number,
      type: (row['type'] as IndicatorType | null) ?? undefined,
      value: (row['value'] as string | null) ?? undefined
    }))
}
