/** Feeds: what they are called, where they come from, how far they were read, and how it went. What their settings mean is not known here. */

import { type Level, levels } from '../core/detection.ts'
import type { FeedTerms } from '../intel/indicator.ts'
import type { Intel } from './intel.ts'
import { noteIntelChange } from './intel.ts'

export const feedsMax = 200
export const feedNamePattern = /^[A-Za-z0-9][A-Za-z0-9 ._()-]{0,62}[A-Za-z0-9.)]$|^[A-Za-z0-9]$/

export type FeedCounts = {
  /** Of the last run: rows that came, that are new, that are gone, and that were no indicators. */
  readonly read?: number
  readonly added?: number
  readonly removed?: number
  readonly refused?: number
  readonly bytes?: number
  readonly requests?: number
  readonly tookMs?: number
  /** The first of what could not be used. */
  readonly problems?: readonly string[]
}

export type Feed = {
  readonly id: number
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly enabled: boolean
  readonly createdMs: number
  readonly by: string
  readonly cursor: Readonly<Record<string, unknown>>
  readonly indicators: number
  readonly lastRunMs: number | undefined
  /** When what is kept was last what the feed says. */
  readonly fetchedMs: number | undefined
  readonly nextRunMs: number | undefined
  /** Runs in a row that failed. */
  readonly failures: number
  readonly problem: string
  readonly counts: FeedCounts
}

/** The feed of what people enter and bring in by hand. Made when it is first needed; it does not run. */
export const ownFeedName = 'Own indicators'

export function listFeeds(intel: Intel): Feed[] {
  return intel.db.prepare('SELECT * FROM feeds ORDER BY name').all().map(read)
}

/** Those that are switched on and whose time has come, by their numbers. */
export function dueFeeds(intel: Intel, nowMs: number): number[] {
  return intel.db
    .prepare('SELECT id FROM feeds WHERE enabled = 1 AND coalesce(next_run, 0) <= ? ORDER BY next_run')
    .all(nowMs)
    .map(row => row['id'] as number)
}

export function feedOf(intel: Intel, id: number): Feed | undefined {
  const row = intel.db.prepare('SELECT * FROM feeds WHERE id = ?').get(id)
  return row === undefined ? undefined : read(row)
}

export function feedNamed(intel: Intel, name: string): Feed | undefined {
  const row = intel.db.prepare('SELECT * FROM feeds WHERE name = ?').get(name)
  return row === undefined ? undefined : read(row)
}

/** Undefined if the name is taken or there are too many. */
export function addFeed(
  intel: Intel,
  feed: { name: string; settings: Readonly<Record<string, unknown>>; enabled: boolean; by: string },
  nowMs: number
): Feed | undefined {
  return intel.transaction(() => {
    const { n } = intel.db.prepare('SELECT count(*) AS n FROM feeds').get() as { n: number }
    if (n >= feedsMax || feedNamed(intel, feed.name) !== undefined) return undefined
    const { lastInsertRowid } = intel.db
      .prepare('INSERT INTO feeds (name, settings, enabled, created, by, next_run) VALUES (?, ?, ?, ?, ?, ?)')
      .run(feed.name, JSON.stringify(feed.settings), feed.enabled ? 1 : 0, nowMs, feed.by, nowMs)
    return feedOf(intel, Number(lastInsertRowid))
  })
}

/** The feed of that name; made with these settings if there is none. */
export function feedFor(intel: Intel, name: string, settings: Readonly<Record<string, unknown>>, nowMs: number): Feed {
  return intel.transaction(
    () => feedNamed(intel, name) ?? addFeed(intel, { name, settings, enabled: true, by: 'picket' }, nowMs)!
  )
}

/** With `cursor`, reading begins there anew (`{}`: from the beginning). Indicators stay until the next run says otherwise. */
export function changeFeed(
  intel: Intel,
  id: number,
  change: {
    name?: string | undefined
    settings?: Readonly<Record<string, unknown>> | undefined
    enabled?: boolean | undefined
    nextRunMs?: number | undefined
    cursor?: Readonly<Record<string, unknown>> | undefined
  }
): boolean {
  return intel.transaction(() => {
    const feed = feedOf(intel, id)
    if (feed === undefined) return false
    const { name = feed.name, settings = feed.settings, enabled = feed.enabled, cursor = feed.cursor } = change
    const other = feedNamed(intel, name)
    if (other !== undefined && other.id !== id) return false
    intel.db
      .prepare('UPDATE feeds SET name = ?, settings = ?, enabled = ?, cursor = ?, next_run = ? WHERE id = ?')
      .run(
        name,
        JSON.stringify(settings),
        enabled ? 1 : 0,
        JSON.stringify(cursor),
        change.nextRunMs ?? feed.nextRunMs ?? null,
        id
      )
    // What a feed says of all of its indicators, and whether they are in force, stands in its settings.
    noteIntelChange(intel)
    return true
  })
}

/** Within the transaction that keeps what was read. */
export function moveCursor(intel: Intel, id: number, cursor: Readonly<Record<string, unknown>>): void {
  intel.db.prepare('UPDATE feeds SET cursor = ? WHERE id = ?').run(JSON.stringify(cursor), id)
}

/** How a run went. `fetchedMs`: what is kept is what the feed said then. */
export function noteRun(
  intel: Intel,
  id: number,
  run: {
    readonly atMs: number
    readonly fetchedMs?: number | undefined
    readonly nextRunMs: number
    /** '' if it went well. */
    readonly problem: string
    readonly counts: FeedCounts
  }
): void {
  intel.transaction(() => {
    const failed = run.problem !== ''
    intel.db
      .prepare(
        `UPDATE feeds SET last_run = ?, fetched = coalesce(?, fetched), next_run = ?, problem = ?, counts = ?,
           failures = CASE WHEN ? THEN failures + 1 ELSE 0 END WHERE id = ?`
      )
      .run(
        run.atMs,
        run.fetchedMs ?? null,
        run.nextRunMs,
        run.problem.slice(0, 2000),
        JSON.stringify(run.counts),
        failed ? 1 : 0,
        id
      )
  })
}

/** What holds for all of the feed's indicators. Settings that make no sense are as if they were not there. */
export function termsOf(feed: Pick<Feed, 'name' | 'settings'>): FeedTerms {
  const { level, confidence, labels, halfLifeDays, confidenceMin } = feed.settings
  const days = typeof halfLifeDays === 'number' && halfLifeDays > 0 ? halfLifeDays : undefined
  return {
    source: feed.name,
    level: levels.includes(level as Level) ? (level as Level) : 'medium',
    confidence: percent(confidence, 50),
    labels: Array.isArray(labels) ? labels.filter(label => typeof label === 'string') : [],
    ...(days !== undefined && { halfLifeMs: days * 86_400_000 }),
    confidenceMin: percent(confidenceMin, 0)
  }
}

function percent(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value >= 0 && value <= 100 ? value : otherwise
}

function read(row: Record<string, unknown>): Feed {
  const number = (key: string) => (row[key] as number | null) ?? undefined
  return {
    id: row['id'] as number,
    name: row['name'] as string,
    settings: JSON.parse(row['settings'] as string) as Record<string, unknown>,
    enabled: row['enabled'] === 1,
    createdMs: row['created'] as number,
    by: row['by'] as string,
    // That of a large MISP feed is megabytes long, and only its own run looks at it.
    get cursor() {
      return JSON.parse(row['cursor'] as string) as Record<string, unknown>
    },
    indicators: row['indicators'] as number,
    lastRunMs: number('last_run'),
    fetchedMs: number('fetched'),
    nextRunMs: number('next_run'),
    failures: row['failures'] as number,
    problem: row['problem'] as string,
    counts: JSON.parse(row['counts'] as string) as FeedCounts
  }
}
