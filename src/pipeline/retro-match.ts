/**
 * New indicators against what is stored. The store finds the rows that may show one (`intel/past.ts`), and the detector that looks at new
 * events decides. In the background: one query at a time on one thread of the engine, and a rest after each step. What a step
 * finds (sightings, alerts) and how far it is are kept together.
 */

import { setTimeout as wait } from 'node:timers/promises'
import type { MatchGroup } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import { type FoundIn, MatchGroups } from '../detect/match-groups.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { toSql } from '../filter/to-sql.ts'
import type { Indicator } from '../intel/indicator.ts'
import { IndicatorDetector, type IndicatorMatch } from '../intel/match.ts'
import { isWide, observedSql, singleValuesSql, wholeCensus, wideCensus } from '../intel/past.ts'
import { TableBuilder } from '../intel/table/build.ts'
import type { SharedTable } from '../intel/table/layout.ts'
import { IndicatorTable } from '../intel/table/table.ts'
import { raiseAlerts } from '../state/alerts.ts'
import type { Intel } from '../state/intel.ts'
import { listFeeds, termsOf } from '../state/intel-feeds.ts'
import { readIndicators, type StoredIndicator } from '../state/intel-indicators.ts'
import {
  addRetroJob,
  advanceRetroJob,
  finishRetroJob,
  listRetroJobs,
  lowerRetroPositions,
  nextRetroJob,
  noteGap,
  type RetroJob,
  type RetroStep,
  retroCovered,
  takeGap
} from '../state/retro.ts'
import type { State } from '../state/state.ts'
import type { RebuiltRow } from '../store/encode/rebuild.ts'
import type { SqlCondition, Store } from '../store/store.ts'
import type { IndicatorsInForce } from './indicators.ts'
import { patternRule } from './table-build.ts'
import { tableMaker } from './table-maker.ts'

export type RetroMatch = {
  /** The indicators up to this number are in force for all rows after that position. Makes a job for those that are new. */
  note(newestSeq: number, position: number): void
  /** Holds all indicators against all that is stored, anew; sightings and alerts count again. */
  again(nowMs: number): number
  jobs(): RetroJob[]
  /** Resolves when there is nothing left to do. For tests and commands. */
  idle(): Promise<void>
  close(): Promise<void>
}

export type RetroOptions = {
  readonly state: State
  readonly intel: Intel
  readonly store: Pick<Store, 'events' | 'table' | 'partitions' | 'database'>
  readonly indicators: Pick<IndicatorsInForce, 'settle' | 'allows' | 'table'>
  /** All rows up to here are stored. */
  readonly committed: () => number
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly nowMs: () => number
  /** How much of its time it rests: 1 is as long as it works. */
  readonly rest?: number
  readonly rowsMax?: number
  readonly retryMs?: number
  /** From so many indicators on, the values of each day are gone through for all types. */
  readonly bulk?: number
  /** Makes the table of a job with many; in a thread of its own unless given. */
  readonly make?: (numbers: readonly [number, number]) => Promise<SharedTable>
  /** Where the file of intelligence is. */
  readonly folder: string
}

/** A question's values travel in its address: so many, so long. */
const valuesAtOnce = 1_000
const textAtOnce = 60_000
const observedMax = 100_000
const rowsMaxDefault = 100_000
const pageRows = 20_000
/** So many numbers are searched for patterns at once. */
const patternsWithin = 200_000

export function openRetroMatch(options: RetroOptions): RetroMatch {
  const { state, intel, store, indicators, committed, log, nowMs } = options
  const { rest = 1, rowsMax = rowsMaxDefault, retryMs = 30_000, bulk = 20_000 } = options
  const maker = tableMaker()
  const isBulk = (job: RetroJob): boolean => job.toSeq - job.fromSeq >= bulk
  const stop = new AbortController()
  const { signal } = stop
  let running: Promise<void> | undefined

  const start = (): void => {
    running ??= run()
      .catch(error => log.warn({ error: messageOf(error) }, 'the retro-match ended'))
      .finally(() => {
        running = undefined
      })
  }

  async function run(): Promise<void> {
    for (;;) {
      const job = signal.aborted ? undefined : nextRetroJob(state)
      if (job === undefined) return
      try {
        await untilStored(job.position)
        if (signal.aborted) return
        await work(job)
      } catch (error) {
        if (signal.aborted) return
        state.transaction(() => advanceRetroJob(state, job.id, { problem: messageOf(error).slice(0, 500) }, nowMs()))
        log.warn({ job: job.id, error: messageOf(error) }, 'the retro-match could not go on; it is tried again')
        await pause(retryMs)
      }
    }
  }

  async function untilStored(position: number): Promise<void> {
    while (committed() < position && !signal.aborted) await pause(200)
  }

  async function pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal, ref: false }).catch(() => {})
  }

  async function work(job: RetroJob): Promise<void> {
    let { doneSeq } = job
    while (doneSeq < job.toSeq && !signal.aborted) {
      const page = pageOf(job, doneSeq)
      const startedMs = nowMs()
      const { groups, matches, ...step } = await singles(page.indicators, job)
      settle(job, groups, matches, { ...step, doneSeq: page.last, problem: '' })
      doneSeq = page.last
      await pause((nowMs() - startedMs) * rest)
    }
    if (signal.aborted) return
    await wides(job)
    if (signal.aborted) return
    finishRetroJob(state, job.id, nowMs())
    const done = listRetroJobs(state).find(({ id }) => id === job.id)
    log.info(
      { job: job.id, events: done?.events, matches: done?.matches },
      'new indicators were held against what is stored'
    )
  }

  function isInForce(feeds: ReadonlySet<string>, { source, type, value }: StoredIndicator): boolean {
    return feeds.has(source) && indicators.allows(type, value) === undefined
  }

  const feedsOn = (): Set<string> =>
    new Set(
      listFeeds(intel)
        .filter(feed => feed.enabled)
        .map(feed => feed.name)
    )

  /** The next indicators that are asked for one by one, as many as one question holds. */
  function pageOf(job: RetroJob, after: number): { indicators: StoredIndicator[]; last: number } {
    const on = feedsOn()
    const bulky = isBulk(job)
    const toSeq = Math.min(job.toSeq, after + (bulky ? patternsWithin : valuesAtOnce * 4))
    const page: StoredIndicator[] = []
    let text = 0
    const limit = valuesAtOnce * 4
    const ask = { afterSeq: after, toSeq, limit }
    const rows = readIndicators(intel, bulky ? { ...ask, type: 'pattern' } : ask)
    for (const indicator of rows) {
      if (isWide(indicator.type) || !isInForce(on, indicator)) continue
      const isFull = page.length >= valuesAtOnce || text + indicator.value.length > textAtOnce
      if (isFull && page.length > 0) return { indicators: page, last: page.at(-1)!.seq }
      text += indicator.value.length
      page.push(indicator)
    }
    return { indicators: page, last: rows.length === limit ? rows.at(-1)!.seq : toSeq }
  }

  type Found = { groups: MatchGroup[]; matches: IndicatorMatch[]; events: number; leftOut: number }

  async function singles(page: readonly StoredIndicator[], job: RetroJob): Promise<Found> {
    const values = page.filter(({ type }) => type !== 'pattern')
    const found: Found = { groups: [], matches: [], events: 0, leftOut: 0 }
    const condition = values.length === 0 ? undefined : singleValuesSql(values)
    if (condition !== undefined) {
      const detector = new IndicatorDetector(tableOf(values))
      await look(job, condition, detector, found)
      found.matches.push(...detector.take())
    }
    for (const pattern of page.filter(({ type }) => type === 'pattern')) await lookFor(job, pattern, found)
    return found
  }

  async function look(
    job: RetroJob,
    condition: SqlCondition,
    detector: IndicatorDetector,
    found: Found,
    day?: string,
    /** Rows of this day that were looked at for other values. */
    seen?: Set<string>
  ): Promise<void> {
    let rows = 0
    for await (const row of rowsOf(job, condition, day)) {
      rows++
      if (seen?.has(row.id)) continue
      if (!detector.finds(row.document)) continue
      seen?.add(row.id)
      found.events++
      detector.add(foundIn(row), receivedOf(row))
    }
    if (rows >= rowsMax) found.leftOut++
  }

  async function lookFor(job: RetroJob, pattern: Indicator, found: Found): Promise<void> {
    const terms = listFeeds(intel)
      .map(termsOf)
      .find(({ source }) => source === pattern.source)
    const rule = patternRule(pattern, terms, nowMs())
    if (rule === undefined) return
    const passes = toPredicate(rule.expression)
    const groups = new MatchGroups()
    const { sql, params } = toSql(rule.expression, { paramPrefix: 'i' })
    let rows = 0
    for await (const row of rowsOf(job, { sql, params })) {
      rows++
      if (!passes(row.document)) continue
      found.events++
      groups.add([{ rule: rule.summary, groupBy: rule.groupBy }], foundIn(row))
    }
    if (rows >= rowsMax) found.leftOut++
    found.groups.push(...groups.take())
  }

  function rowsOf(job: RetroJob, condition: SqlCondition, day?: string): AsyncGenerator<RebuiltRow> {
    const where = `position >= {retroFrom:UInt64} AND position <= {retroPosition:UInt64}${day === undefined ? '' : ' AND toDate(ingested) = {retroDay:Date}'} AND (${condition.sql})`
    const params = {
      ...condition.params,
      retroFrom: fromPosition(job),
      retroPosition: job.position,
      ...(day !== undefined && { retroDay: day })
    }
    return store.events({ sql: where, params }, {}, { limit: rowsMax, oldestFirst: true, signal, background: true })
  }

  /** Names and networks (of a job with many indicators: all values), a day of receipt after the other. */
  async function wides(job: RetroJob): Promise<void> {
    const shared = isBulk(job) ? await bulkTable(job) : wideTable(job)
    if (shared === undefined || shared.entries === 0) return
    const table = new IndicatorTable(shared)
    const days = (await store.partitions()).map(({ partition }) => partition)
    for (const [number, day] of days.entries()) {
      if (signal.aborted) return
      if (day <= job.doneDay) continue
      const startedMs = nowMs()
      const found: Found = { groups: [], matches: [], events: 0, leftOut: 0 }
      const observed = await observedOn(day, job, table, found)
      const detector = new IndicatorDetector(shared)
      const seen = new Set<string>()
      for (const some of portions(observed)) await look(job, observedSql(some), detector, found, day, seen)
      settle(job, [], detector.take(), {
        events: found.events,
        leftOut: found.leftOut,
        doneDay: day,
        days: days.length,
        daysDone: number + 1,
        problem: ''
      })
      await pause((nowMs() - startedMs) * rest)
    }
  }

  /** The values of a day's rows that are indicators, or belong to one. */
  async function observedOn(day: string, job: RetroJob, table: IndicatorTable, found: Found): Promise<string[]> {
    const observed = new Set<string>()
    for (const { sql, types, look } of isBulk(job) ? wholeCensus : wideCensus) {
      if (!types.some(type => table.has(type))) continue
      const { rows } = await store.table(
        `SELECT DISTINCT ${sql} AS value FROM ${store.database}.events WHERE toDate(ingested) = {day:Date} AND position >= {from:UInt64} AND position <= {position:UInt64}`,
        { day, from: fromPosition(job), position: job.position },
        { signal, background: true }
      )
      for (const [value] of rows) {
        if (typeof value !== 'string' || value === '') continue
        look(table, value)
        if (table.found.length === 0) continue
        table.found.length = 0
        if (observed.size < observedMax) observed.add(value)
        else found.leftOut = 1
      }
    }
    return [...observed]
  }

  /** Of few: made here. */
  function wideTable(job: RetroJob): SharedTable | undefined {
    const on = feedsOn()
    const builder = builderFor()
    for (let after = job.fromSeq; after < job.toSeq; ) {
      const page = readIndicators(intel, { afterSeq: after, limit: pageRows })
      for (const indicator of page) {
        if (indicator.seq <= job.toSeq && isWide(indicator.type) && isInForce(on, indicator)) builder.add(indicator)
      }
      if (page.length < pageRows) break
      after = page.at(-1)!.seq
    }
    return builder.finish().table
  }

  async function bulkTable(job: RetroJob): Promise<SharedTable> {
    // The first job is about all that is in force: that table is there already.
    const inForce = indicators.table()
    if (job.fromSeq === 0 && inForce.newestSeq === job.toSeq) return inForce
    const numbers = [job.fromSeq, job.toSeq] as const
    if (options.make !== undefined) return options.make(numbers)
    const made = await maker.make({ folder: options.folder, nowMs: nowMs(), numbers })
    if (!made.ok) throw new Error(made.error)
    return made.build.table
  }

  function builderFor(): TableBuilder {
    // Whoever is asked is allowed already.
    return new TableBuilder({ feeds: listFeeds(intel).map(termsOf), allows: () => undefined, newestSeq: 0 })
  }

  function tableOf(list: readonly Indicator[]): SharedTable {
    const builder = builderFor()
    for (const indicator of list) builder.add(indicator)
    return builder.finish().table
  }

  function settle(
    job: RetroJob,
    groups: readonly MatchGroup[],
    matches: readonly IndicatorMatch[],
    step: RetroStep
  ): void {
    state.transaction(() => {
      const settledMs = nowMs()
      const kept = indicators.settle(groups, matches, settledMs)
      raiseAlerts(state, kept.map(fromThePast), settledMs)
      advanceRetroJob(state, job.id, { ...step, matches: kept.length }, settledMs)
    })
  }

  return {
    note(newest, position) {
      takeGap(state, position, nowMs())
      const from = retroCovered(state)
      if (newest > from) addRetroJob(state, from, newest, position, nowMs())
      start()
    },
    again(atMs) {
      const id = addRetroJob(state, 0, retroCovered(state), committed(), atMs)
      start()
      return id
    },
    jobs: () => listRetroJobs(state),
    async idle() {
      while (running !== undefined) await running
    },
    async close() {
      stop.abort()
      maker.close()
      await running
    }
  }
}

/** Rows from before there were positions have 0. */
function fromPosition({ afterPosition }: RetroJob): number {
  return afterPosition === 0 ? 0 : afterPosition + 1
}

/** As many as one question holds. */
function* portions(values: readonly string[]): Generator<string[]> {
  let portion: string[] = []
  let text = 0
  for (const value of values) {
    if (portion.length >= valuesAtOnce || (portion.length > 0 && text + value.length > textAtOnce / 4)) {
      yield portion
      portion = []
      text = 0
    }
    portion.push(value)
    text += value.length
  }
  if (portion.length > 0) yield portion
}

/** Before the first batch is looked at: rows that are not stored yet will be looked at when they come. */
export function resumeRetroJobs(state: State, committed: number): void {
  lowerRetroPositions(state, committed)
}

/** When the first batch is looked at although there is no table: what comes is the past's, once there is one. */
export function noteMissingTable(state: State, committed: number): void {
  noteGap(state, committed)
}

function fromThePast(group: MatchGroup): MatchGroup {
  const summary = 'found in what was stored before the indicator was known'
  return { ...group, summary: group.summary === undefined ? summary : `${group.summary}; ${summary}` }
}

function foundIn({ document, timeUs, id }: RebuiltRow): FoundIn {
  return { event: document, timeUs, id, document: () => document }
}

function receivedOf({ document, timeUs }: RebuiltRow): number {
  const { picket } = document as { picket?: { ingested?: unknown } }
  const ms = typeof picket?.ingested === 'string' ? Date.parse(picket.ingested) : Number.NaN
  return Number.isNaN(ms) ? timeUs / 1000 : ms
}
