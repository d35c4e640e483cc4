/** What peers have seen of indicators, as they tell it: STIX sightings in their newest versions. */

import type { IndicatorType } from '../intel/indicator.ts'
import type { Intel } from './intel.ts'

export type PeerSighting = {
  /** `sighting--UUID`. */
  readonly id: string
  /** The indicator's id. */
  readonly indicator: string
  /** As the peer calls itself, or '' where it does not say. */
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
      `SELECT p.*, f.name AS source, i.type, i.value FROM peer_sightings p JOIN feeds f ON f.id = p.feed
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
      who: row['who'] as string,
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
