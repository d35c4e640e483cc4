/**
 * The indicators in force: keeps the workers' table up to date with what is kept, and settles what they find: allow lists are asked,
 * sightings written, and what is left becomes alerts, all in the transaction that settles the batch.
 */

import type { MatchGroup } from '../core/detection.ts'
import { noRules } from '../detect/packed-rules.ts'
import { type AllowLists, compileAllowLists } from '../intel/allow-list.ts'
import type { Sighting } from '../intel/indicator.ts'
import type { IndicatorMatch } from '../intel/match.ts'
import { TableBuilder } from '../intel/table/build.ts'
import type { SharedTable } from '../intel/table/layout.ts'
import { type Intel, intelChange } from '../state/intel.ts'
import { allowListsInForce } from '../state/intel-allow.ts'
import { newestSeq } from '../state/intel-indicators.ts'
import { addSightings } from '../state/sightings.ts'
import type { State } from '../state/state.ts'
import type { IndicatorsForWorkers, PatternInForce, TableBuild } from './table-build.ts'
import { tableMaker } from './table-maker.ts'

export type IndicatorsState = {
  readonly entries: number
  readonly bytes: number
  readonly patterns: number
  readonly unmatched: number
  readonly allowed: number
  readonly tooWide: number
  readonly beyond: number
  readonly builtMs: number
  readonly tookMs: number
  /** Why what was changed is not in force yet; undefined: it is. */
  readonly pending: 'waiting' | 'building' | undefined
  readonly problem: string | undefined
  readonly newestSeq: number
}

export type IndicatorsInForce = {
  /** The first table is made, or cannot be. */
  readonly ready: Promise<void>
  state(): IndicatorsState
  /** What the workers look values up in. */
  table(): SharedTable
  /** Puts in force what was changed since; resolves when it is. */
  refresh(): Promise<void>
  /** Call it in the transaction that settles the batch; gives what is to become alerts. */
  settle(groups: readonly MatchGroup[], matches: readonly IndicatorMatch[], nowMs: number): readonly MatchGroup[]
  /** Does an allow list name the value? */
  allows: AllowLists['allows']
  close(): void
}

export type IndicatorsOptions = {
  readonly folder: string
  readonly state: State
  readonly intel: Intel
  /** Tells the workers; all batches from the next on see it. */
  readonly apply: (indicators: IndicatorsForWorkers) => void
  /** Told just before, of the newest number that the table has. */
  readonly onApply?: (newestSeq: number) => void
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly nowMs: () => number
  /** Makes the table, in a thread of its own unless given. */
  readonly make?: () => Promise<TableBuild>
  /** How often to look for changes; 0: only when told. */
  readonly watchMs?: number
}

const none = (): TableBuild => ({
  ...new TableBuilder({ feeds: [], allows: () => undefined, newestSeq: 0 }).finish(),
  change: 0,
  patterns: noRules,
  patternsInForce: [],
  unmatched: 0,
  beyond: 0
})
/** What ended in the meantime is dropped now and then. */
const anewMs = 24 * 3_600_000

export function openIndicators(options: IndicatorsOptions): IndicatorsInForce {
  const { intel, state, log, nowMs } = options
  let build = none()
  let patterns = new Map<string, PatternInForce>()
  let allow: { readonly change: number; readonly lists: AllowLists } | undefined
  let builtMs = 0
  let tookMs = 0
  let problem: string | undefined
  let working: Promise<void> | undefined
  let closed = false
  const maker = tableMaker()

  const allowLists = (): AllowLists => {
    const change = intelChange(intel)
    if (allow?.change !== change) allow = { change, lists: compileAllowLists(allowListsInForce(intel)) }
    return allow.lists
  }
  const isCurrent = (): boolean => build.change === intelChange(intel) && nowMs() - builtMs < anewMs

  async function make(): Promise<void> {
    const startedMs = nowMs()
    const change = intelChange(intel)
    let made: TableBuild
    // Most have none at first: no thread for that.
    if (newestSeq(intel) === 0) made = { ...none(), change }
    else {
      const answer =
        options.make === undefined
          ? await maker.make({ folder: options.folder, nowMs: startedMs })
          : { ok: true as const, build: await options.make() }
      if (closed) return
      if (!answer.ok) {
        problem = answer.error
        log.warn({ error: problem }, 'the table of indicators could not be made; the old one goes on')
        return
      }
      made = answer.build
    }
    problem = undefined
    build = made
    patterns = new Map(made.patternsInForce.map(pattern => [pattern.id, pattern]))
    builtMs = nowMs()
    tookMs = builtMs - startedMs
    options.onApply?.(made.table.newestSeq)
    options.apply({ table: made.table, patterns: made.patterns })
    if (made.table.entries + patterns.size > 0)
      log.info({ indicators: made.table.entries, patterns: patterns.size, tookMs }, 'the indicators are in force')
  }

  const refresh = async (): Promise<void> => {
    // One that is being made may have begun before the change.
    await working
    if (isCurrent() || closed) return
    working ??= make().finally(() => {
      working = undefined
    })
    await working
  }

  const ready = refresh()
  const { watchMs = 5_000 } = options
  const timer =
    watchMs === 0 ? undefined : setInterval(() => working ?? (isCurrent() || void refresh()), watchMs).unref()

  return {
    ready,
    refresh,
    table: () => build.table,
    state: () => ({
      entries: build.table.entries,
      bytes: build.table.bytes.byteLength,
      patterns: patterns.size,
      unmatched: build.unmatched,
      allowed: build.allowed,
      tooWide: build.tooWide,
      beyond: build.beyond,
      builtMs,
      tookMs,
      pending: working !== undefined ? 'building' : isCurrent() ? undefined : 'waiting',
      problem,
      newestSeq: build.table.newestSeq
    }),
    settle(groups, matches, settledMs) {
      const sightings: Sighting[] = []
      const kept = groups.filter(group => {
        if (group.rule.kind !== 'indicator') return true
        const pattern = patterns.get(group.rule.id)
        if (pattern === undefined) return true
        if (pattern.validUntilMs !== undefined && group.firstUs >= pattern.validUntilMs * 1000) return false
        if (group.test !== true) sightings.push(patternSighting(pattern, group))
        return true
      })
      if (matches.length > 0) {
        const lists = allowLists()
        for (const { group, sighting, observed } of matches) {
          if (lists.allows(observed.type, observed.value) !== undefined) continue
          kept.push(group)
          if (sighting !== undefined) sightings.push(sighting)
        }
      }
      addSightings(state, sightings, settledMs)
      return kept
    },
    allows: (type, value) => allowLists().allows(type, value),
    close() {
      closed = true
      clearInterval(timer)
      maker.close()
    }
  }
}

function patternSighting(
  { id, value, source }: PatternInForce,
  { entity, count, firstUs, lastUs }: MatchGroup
): Sighting {
  const [field = '', observed = ''] = Object.entries(entity)[0] ?? []
  return { id, type: 'pattern', value, source, observed, field, count, firstUs, lastUs }
}
