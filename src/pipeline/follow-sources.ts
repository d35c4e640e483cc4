/**
 * Runs the standing `files` sources of the configuration: the follower (`sources/files/follow.ts`), the intake that makes its chunks
 * durable, and the table that keeps its places, round after round.
 */

import type { Config, SourceConfig } from '../platform/config-schema.ts'
import { Follower } from '../sources/files/follow.ts'
import { type KeptPlace, type Places, readPlace } from '../sources/files/follow-place.ts'
import type { FollowerLog } from '../sources/files/follow-problems.ts'
import { type FollowedRow, followedTable } from '../state/followed.ts'
import type { State } from '../state/state.ts'
import type { Intake } from './intake.ts'

export type FollowedSources = {
  /** Replaces the sources followed; each file is followed from where it was left. */
  use(sources: readonly SourceConfig[], limits: Pick<Config['limits'], 'recordBytesMax'>): void
  /** What is wrong now, by the sources' names. */
  problems(): ReadonlyMap<string, string>
  close(): Promise<void>
}

type Options = {
  readonly intake: Pick<Intake, 'append'>
  readonly state: State
  readonly log: FollowerLog
  readonly nowMs: () => number
  /** How often is looked. Default: each second. */
  readonly everyMs?: number
}

export function followSources(options: Options): FollowedSources {
  const { intake, nowMs } = options
  const everyMs = options.everyMs ?? 1_000
  let recordBytesMax = 1_000_000
  const follower = new Follower({
    append: chunks => intake.append(chunks),
    places: placesIn(options.state),
    log: options.log,
    nowMs,
    recordBytesMax: () => recordBytesMax,
    everyMs
  })
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const schedule = (afterMs: number): void => {
    timer = setTimeout(() => void follower.round().then(more => closed || schedule(more ? 0 : everyMs)), afterMs)
    timer.unref()
  }
  schedule(0)

  return {
    use(sources, limits) {
      recordBytesMax = limits.recordBytesMax
      follower.use(sources.filter(source => source.type === 'files'))
    },
    problems: () => follower.problems(),
    async close() {
      closed = true
      clearTimeout(timer)
      await follower.close()
    }
  }
}

function placesIn(state: State): Places {
  const table = followedTable(state)
  return {
    at: ({ source, device, inode }) => keptOf(table.at(source, device, inode)),
    atPath: (source, path) => table.atPath(source, path).flatMap(row => keptOf(row) ?? []),
    of: source => table.of(source).flatMap(row => keptOf(row) ?? []),
    save: places => table.save(places.map(kept => ({ ...kept, place: JSON.stringify(kept.place) }))),
    forget: beforeMs => table.forget(beforeMs)
  }
}

function keptOf(row: FollowedRow | undefined): KeptPlace | undefined {
  const place = row === undefined ? undefined : readPlace(row.place)
  return row === undefined || place === undefined ? undefined : { ...row, place }
}
