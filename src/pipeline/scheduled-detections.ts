/**
 * Correlations, thresholds and baselines, asked of the store on a schedule. Each has a watermark in the order of commits; what it finds since
 * then becomes alerts in the transaction that moves the watermark (docs/adr/0020). One question at a time, in the background: searches of
 * people go first. One that fails is told and tried again later, and the others go on.
 */

import { type MatchGroup, type MatchSample, type RuleSummary, samplesMax } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import type { Ask } from '../correlate/declared.ts'
import { judgedLate } from '../correlate/windowed.ts'
import { newHitsSql } from '../correlate/windowed-sql.ts'
import { sampleText } from '../detect/sample-text.ts'
import type { Expression } from '../filter/expression.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { type Mark, openDetections } from '../state/detections.ts'
import type { State } from '../state/state.ts'
import type { ReadOptions } from '../store/reading.ts'
import type { Store } from '../store/store.ts'
import { type Clock, openClockGaps } from './clock-gaps.ts'
import { type Found, findBaseline, findBeacons, findFirstSeen, findSilence } from './find-declared.ts'
import { type Asking, type Finding, findWindows, type Since, statementOf } from './find-windows.ts'

export type ScheduledDetection = {
  readonly summary: RuleSummary
  readonly everyMs: number
  readonly ask: Ask
  /** Which events it is about, exceptions taken out. (Of windows, their bases say so.) */
  readonly filter: Expression
}

export type ScheduledOptions = {
  readonly state: State
  readonly store: Pick<Store, 'table' | 'database' | 'search'>
  /** Up to which position rows are stored and settled. */
  readonly committed: () => number
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly clock: Clock
  readonly tickMs?: number
  readonly memoryBytesMax?: number
}

export type DetectionStatus = Mark & {
  readonly rule: string
  readonly title: string
  readonly everyMs: number
  readonly running: boolean
}

export type ScheduledDetections = {
  /** Puts these in force. Of those that are gone nothing is remembered, but where `keep` says that they will be back. */
  use(detections: readonly ScheduledDetection[], keep?: (rule: string) => boolean): void
  /** Runs those that are due; `all`: whether due or not. Never rejects. */
  run(all?: boolean): Promise<void>
  status(): readonly DetectionStatus[]
  close(): Promise<void>
}

const timeMaxMs = 60_000
const memoryMax = 250_000_000
/** Windows count as over so long after their end: events take a moment to arrive. */
const settleMs = 60_000
const retryMsMax = 3_600_000
const idsMax = 3_000
const idsPerQuery = 500
const beaconBackUs = 86_400_000_000

type Turn = { nextMs: number; failures: number; problem: string | undefined }

export function openScheduledDetections(options: ScheduledOptions): ScheduledDetections {
  const { state, store, log, clock } = options
  const detections = openDetections(state)
  const gaps = openClockGaps(state, clock)
  const stop = new AbortController()
  let inForce: readonly ScheduledDetection[] = []
  const turns = new Map<string, Turn>()
  let running: string | undefined
  let work: Promise<void> = Promise.resolve()

  const read: ReadOptions = {
    background: true,
    timeMaxMs,
    memoryBytesMax: options.memoryBytesMax ?? memoryMax,
    signal: stop.signal
  }
  const asking: Asking = { store, mayBeInMap: options.mayBeInMap, read }

  const runOne = async (detection: ScheduledDetection): Promise<void> => {
    const { summary, ask } = detection
    const rule = summary.id
    const startedMs = clock.monotonicMs()
    const committed = options.committed()
    const mark = detections.mark(rule)
    const overUs = overOf(detection, mark)
    const since: Since = {
      seen: mark?.position ?? committed,
      committed,
      overSeenUs: mark?.overUs ?? overUs,
      overUs
    }
    // A position beyond the last is of another store.
    const astray = mark !== undefined && mark.position > committed
    const nothingNew = mark !== undefined && mark.position === committed && !needsClock(detection, since)
    if (nothingNew && mark.problem === undefined) return
    const known = mark !== undefined && !astray
    const found = known || learns(ask) ? await find(detection, since, known) : { findings: [] }
    const samples = await samplesOf(found.findings)
    const nowMs = clock.nowMs()
    let raised = 0
    state.transaction(() => {
      const fresh = found.findings.filter(
        ({ once, lastUs }) => once === undefined || detections.firstTime(rule, once.key, lastUs, once.untilUs)
      )
      const groups = fresh.map(finding => groupOf(summary, finding, samples))
      if (groups.length > 0) raiseAlerts(state, groups, nowMs)
      found.remember?.()
      raised = groups.length
      detections.setMark(rule, {
        position: committed,
        overUs,
        ranMs: nowMs,
        tookMs: clock.monotonicMs() - startedMs,
        fired: (mark?.fired ?? 0) + raised,
        lastFiredMs: raised > 0 ? nowMs : mark?.lastFiredMs,
        problem: found.problem
      })
    })
    if (found.problem !== undefined && found.problem !== mark?.problem)
      log.warn({ rule, title: summary.title }, found.problem)
  }

  /** Up to which time of events windows are over. After a step of the clock they are given their whole length once more. */
  const overOf = ({ ask }: ScheduledDetection, mark: Mark | undefined): number => {
    const now = (clock.nowMs() - settleMs) * 1000
    if (mark === undefined) return now
    // The clock went back by more than a day: the mark is of a future that was none.
    if (mark.overUs - now > 86_400_000_000) return now
    const lengthMs = (ask.kind === 'windowed' ? ask.windowed.spanUs : ask.kind === 'baseline' ? ask.everyUs : 0) / 1000
    const stepped = gaps.steadyMs() < lengthMs && now - mark.overUs > lengthMs * 1000 + 600_000_000
    return stepped ? mark.overUs : Math.max(mark.overUs, now)
  }

  const find = async ({ ask, filter, summary }: ScheduledDetection, since: Since, learnt: boolean): Promise<Found> => {
    const nowUs = clock.nowMs() * 1000
    switch (ask.kind) {
      case 'windowed':
        return { findings: await findWindows(ask.windowed, since, asking, samplesMax) }
      case 'baseline':
        return findBaseline(ask, filter, since, asking)
      case 'first-seen':
        return findFirstSeen(ask, filter, since, asking, {
          ...{ rule: summary.id, seen: detections.seen, learnt, nowUs },
          ageOf: us => gaps.ageUs(us)
        })
      case 'beacon': {
        const statement = statementOf(asking)
        const { rows } = await store.table(newHitsSql([filter], since, statement), statement.params, read)
        // Of what is older than a day before the newest, the past is back-tested.
        const hours = rows.map(([hour]) => Number(hour) * 1_000_000)
        const newest = Math.max(...hours)
        const oldest = Math.min(...hours.filter(hour => hour >= newest - beaconBackUs))
        return hours.length === 0 ? { findings: [] } : findBeacons(ask, filter, since, asking, oldest)
      }
      case 'silence':
        return findSilence(ask, filter, since, asking, {
          ...{ rule: summary.id, seen: detections.seen, learnt, nowUs },
          ageOf: us => gaps.ageUs(us)
        })
    }
  }

  /** The documents of the events that go with the alerts, by their ids in decimal. */
  const samplesOf = async (findings: readonly Finding[]): Promise<ReadonlyMap<string, MatchSample>> => {
    const samples = new Map<string, MatchSample>()
    const wanted: { id: string; finding: Finding }[] = []
    // Each gets its first before any gets its second.
    for (let place = 0; place < samplesMax && wanted.length < idsMax; place++)
      for (const finding of findings) {
        const id = finding.ids[place]
        if (id !== undefined && wanted.length < idsMax) wanted.push({ id, finding })
      }
    for (let at = 0; at < wanted.length; at += idsPerQuery) {
      const part = wanted.slice(at, at + idsPerQuery)
      const condition = { sql: 'id IN ({ids:Array(UInt64)})', params: { ids: part.map(({ id }) => BigInt(id)) } }
      const range = {
        fromUs: Math.min(...part.map(({ finding }) => finding.firstUs)),
        toUs: Math.max(...part.map(({ finding }) => finding.lastUs)) + 1
      }
      const { rows } = await store.search(condition, range, { limit: idsPerQuery, ...read })
      for (const { id, timeUs, document } of rows)
        samples.set(BigInt(`0x${id}`).toString(), { id, timeUs, event: sampleText(document) })
    }
    return samples
  }

  const due = (now: number): ScheduledDetection[] =>
    inForce.filter(({ summary }) => (turns.get(summary.id)?.nextMs ?? 0) <= now)

  const runDue = async (all: boolean): Promise<void> => {
    gaps.look()
    for (const detection of all ? inForce : due(clock.monotonicMs())) {
      if (stop.signal.aborted) return
      const { id, title } = detection.summary
      const turn = turns.get(id)
      if (turn === undefined) continue
      running = id
      try {
        await runOne(detection)
        turn.failures = 0
        turn.problem = undefined
      } catch (error) {
        if (stop.signal.aborted) return
        const problem = messageOf(error)
        turn.failures++
        if (problem !== turn.problem)
          log.warn({ rule: id, title, problem }, 'a detection failed; it is tried again and misses nothing')
        turn.problem = problem
      } finally {
        running = undefined
      }
      const wait = Math.min(
        detection.everyMs * 2 ** Math.min(turn.failures, 10),
        Math.max(retryMsMax, detection.everyMs)
      )
      turn.nextMs = clock.monotonicMs() + wait
    }
  }

  const run = (all = false): Promise<void> => {
    work = work.then(() =>
      runDue(all).catch(error => log.warn({ error: messageOf(error) }, 'the scheduled detections could not be run'))
    )
    return work
  }

  let timer: NodeJS.Timeout | undefined
  const tickMs = options.tickMs ?? 5_000
  const tick = async (): Promise<void> => {
    await run()
    if (!stop.signal.aborted && tickMs > 0) timer = setTimeout(tick, tickMs).unref()
  }
  if (tickMs > 0) timer = setTimeout(tick, tickMs).unref()

  return {
    use(next, keep = () => false) {
      inForce = next
      const ids = new Set(next.map(({ summary }) => summary.id))
      for (const id of turns.keys()) if (!ids.has(id)) turns.delete(id)
      for (const id of ids) if (!turns.has(id)) turns.set(id, { nextMs: 0, failures: 0, problem: undefined })
      const gone = [...detections.marks().keys()].filter(rule => !ids.has(rule) && !keep(rule))
      if (gone.length > 0) detections.forget(gone)
      // What comes in from now on counts, even before the first run.
      const committed = options.committed()
      const nowMs = clock.nowMs()
      state.transaction(() => {
        for (const { summary, ask } of next) {
          if (learns(ask) || detections.mark(summary.id) !== undefined) continue
          detections.setMark(summary.id, {
            position: committed,
            overUs: (nowMs - settleMs) * 1000,
            ranMs: nowMs,
            tookMs: 0,
            fired: 0,
            lastFiredMs: undefined,
            problem: undefined
          })
        }
        detections.pruneFirings(nowMs * 1000 - 400 * 86_400_000_000)
      })
    },
    run,
    status() {
      const marks = detections.marks()
      return inForce.flatMap(({ summary: { id, title }, everyMs }) => {
        const mark = marks.get(id)
        const problem = turns.get(id)?.problem ?? mark?.problem
        return mark === undefined ? [] : [{ ...mark, problem, rule: id, title, everyMs, running: running === id }]
      })
    },
    async close() {
      stop.abort()
      clearTimeout(timer)
      await work
    }
  }
}

/** Their first run is about what is stored. */
function learns({ kind }: Ask): boolean {
  return kind === 'first-seen' || kind === 'silence'
}

function needsClock({ ask }: ScheduledDetection, since: Since): boolean {
  if (ask.kind === 'silence') return true
  const passed = since.overUs > since.overSeenUs
  if (ask.kind === 'windowed') return passed && judgedLate(ask.windowed)
  return ask.kind === 'baseline' && passed && ask.side !== 'above'
}

function groupOf(rule: RuleSummary, finding: Finding, samples: ReadonlyMap<string, MatchSample>): MatchGroup {
  const { entity, count, firstUs, lastUs, summary, test } = finding
  return {
    rule,
    entity,
    count,
    firstUs,
    lastUs,
    summary,
    samples: finding.ids.flatMap(id => samples.get(id) ?? []),
    ...(test && { test: true as const })
  }
}
