/**
 * The heartbeat: once a day, and when somebody asks, a labelled test attack for each source goes the way of every record (bus, worker,
 * rules, store, alerts), and each must become an alert. What is missed raises an alert of its own, a real one.
 *
 * Which rules must find an attack is asked beforehand of the rules in force that come with Picket or were written here, by the very code
 * that the workers run. So a rule that was switched off does not turn the light red: it says that the source is not tested.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chunk } from '../core/chunk.ts'
import { heartbeatSource, type MatchGroup, type RuleSummary, testField } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import { packRules } from '../detect/packed-rules.ts'
import { changesAfter, lastChange } from '../state/alert-changes.ts'
import { alertOf, keptEvents } from '../state/alert-list.ts'
import { closeTests, forgetTests } from '../state/alert-work.ts'
import { laterSamples, raiseAlerts } from '../state/alerts.ts'
import {
  addHeartbeat,
  addHeartbeatChecks,
  endHeartbeat,
  endInterrupted,
  type HeartbeatCheck,
  heartbeatArrived,
  listHeartbeats
} from '../state/heartbeats.ts'
import type { Ledger } from '../state/ledger.ts'
import { readSetting, writeSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'
import { valueAt } from '../triage/entity.ts'
import type { Attack } from '../triage/heartbeat/attack.ts'
import { attackFormats, attacksOf } from '../triage/heartbeat/attacks.ts'
import type { Intake } from './intake.ts'
import type { Rules } from './rules.ts'

export type HeartbeatOptions = {
  readonly state: State
  readonly ledger: Pick<Ledger, 'report'>
  readonly intake: Pick<Intake, 'append' | 'backlogBytes'>
  readonly rules: Pick<Rules, 'rules'>
  /** The sources of the configuration, with the format where it names one. */
  readonly sources: () => readonly {
    readonly name: string
    readonly type: string
    readonly format?: string | undefined
  }[]
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly nowMs: () => number
  readonly patienceMs?: number
  readonly lookMs?: number
  /** How often it is looked whether the day is over; 0: never. */
  readonly tickMs?: number
}

export type Heartbeat = {
  /** Begins a run and gives its name; the one under way where there is one. `formats`: each known format instead of the sources' own. */
  begin(by: string, formats?: 'all'): { run: string; done: Promise<void> }
  readonly running: string | undefined
  readonly daily: boolean
  setDaily(daily: boolean): void
  close(): Promise<void>
}

const dayMs = 86_400_000
const patienceMs = 120_000
const checksMax = 200
const settingKey = 'heartbeat.daily'

/** What a missed attack is told as. */
const missedRule: RuleSummary = {
  id: 'picket-heartbeat-missed',
  version: '1',
  kind: 'threshold',
  title: 'A test attack of the heartbeat raised no alert: real ones of this source may be missed, too',
  level: 'high',
  tags: []
}

export function openHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { state, intake, log, nowMs } = options
  const stop = new AbortController()
  let current: { run: string; done: Promise<void> } | undefined
  endInterrupted(state, nowMs())

  const begin = (by: string, formats?: 'all'): { run: string; done: Promise<void> } => {
    if (current !== undefined) return current
    const run = randomBytes(8).toString('hex')
    addHeartbeat(state, { run, startedMs: nowMs(), by })
    const done = go(run, formats)
      .catch(error => {
        if (stop.signal.aborted) return
        log.warn({ error: messageOf(error), run }, 'the heartbeat failed')
        endHeartbeat(state, run, `the heartbeat itself failed: ${messageOf(error)}`, nowMs())
      })
      .finally(() => {
        current = undefined
      })
    current = { run, done }
    return current
  }

  const go = async (run: string, formats: 'all' | undefined): Promise<void> => {
    const places = formats === 'all' ? attackFormats.map(format => ({ source: '', format })) : placesOf(options)
    const planned = await planHeartbeat(options.rules, places, run, nowMs())
    const checks = planned.map(({ check }) => check)
    addHeartbeatChecks(state, run, checks)
    for (const wave of wavesOf(planned)) {
      const seq = lastChange(state)
      await intake.append(wave.map(({ chunk }) => chunk))
      await arrivals(
        run,
        wave.map(({ check }) => check),
        seq
      )
    }
    const late = intake.backlogBytes > 0 ? ` (${intake.backlogBytes} bytes are waiting before the pipeline)` : ''
    const problem = `no alert within ${Math.round((options.patienceMs ?? patienceMs) / 1000)} seconds${late}`
    state.transaction(() => {
      endHeartbeat(state, run, problem, nowMs())
      const missed = listHeartbeats(state, 100)
        .find(each => each.run === run)
        ?.checks.filter(check => check.sentMs !== undefined && check.arrivedMs === undefined)
      raiseAlerts(
        state,
        (missed ?? []).map(check => missedGroup(check, nowMs())),
        nowMs()
      )
      closeTests(state, nowMs())
      forgetTests(state, nowMs() - 30 * dayMs)
    })
  }

  /** Looks at what becomes of test alerts until all of the run have arrived, or patience ends. */
  const arrivals = async (run: string, checks: readonly HeartbeatCheck[], fromSeq: number): Promise<void> => {
    const waiting = new Map(checks.map(check => [`${run}.${check.number}`, check]))
    const deadline = performance.now() + (options.patienceMs ?? patienceMs)
    for (let seq = fromSeq; waiting.size > 0 && performance.now() < deadline; ) {
      await sleep(options.lookMs ?? 200, undefined, { signal: stop.signal })
      for (const change of changesAfter(state, seq, 1000)) {
        seq = change.seq
        if (change.kind !== 'created' && change.kind !== 'updated') continue
        const alert = alertOf(state, change.alert)
        if (alert?.test !== true) continue
        const kept = keptEvents(state, alert.id)
        for (const event of [...kept.first, ...kept.latest]) {
          const label = labelOf(event.event)
          const check = label === undefined ? undefined : waiting.get(label)
          if (check === undefined || !check.rules.includes(alert.rule.id)) continue
          waiting.delete(label!)
          heartbeatArrived(state, run, check.number, alert.id, change.atMs)
        }
      }
    }
  }

  const isDaily = (): boolean => readSetting(state, settingKey) !== false

  const look = (): void => {
    try {
      if (!isDaily() || current !== undefined) return
      const [last] = listHeartbeats(state, 1)
      // A clock that was set back must not silence it.
      if (last !== undefined && Math.abs(nowMs() - last.startedMs) < dayMs) return
      if (placesOf(options).length > 0) begin('picket')
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the heartbeat could not begin')
    }
  }
  const tickMs = options.tickMs ?? 60_000
  const timer = tickMs > 0 ? setInterval(look, tickMs).unref() : undefined

  return {
    begin,
    get running() {
      return current?.run
    },
    get daily() {
      return isDaily()
    },
    setDaily: daily => writeSetting(state, settingKey, daily),
    async close() {
      clearInterval(timer)
      stop.abort()
      await current?.done
    }
  }
}

type Place = { readonly source: string; readonly format: string }

/** What sources of a type bring, where the configuration does not say it. */
const formatsOfTypes: Readonly<Record<string, string>> = {
  syslog: 'syslog',
  gelf: 'gelf',
  netflow: 'netflow',
  sensor: 'suricata',
  elasticsearch: 'shipper'
}

/** The sources of the configuration, and the formats that standing sources brought within the last day. */
function placesOf({ sources, ledger, nowMs }: HeartbeatOptions): Place[] {
  const places = new Map<string, Place>()
  const add = (source: string, format: string): void => {
    if (places.size < checksMax) places.set(`${source}\0${format}`, { source, format })
  }
  const known = sources()
  for (const { name, type, format = formatsOfTypes[type] } of known) if (format !== undefined) add(name, format)
  const seen = ledger.report({ run: '', sinceHour: Math.floor((nowMs() - dayMs) / 3_600_000) })
  for (const { source, format, stored } of seen.sources)
    if (stored > 0 && source !== heartbeatSource) add(source, format)
  // One that is silent and of which nobody knows what it would bring.
  for (const { name } of known) if (![...places.values()].some(({ source }) => source === name)) add(name, '')
  return [...places.values()]
}

type Planned = { readonly check: HeartbeatCheck; readonly chunk: Chunk | undefined }
type Sent = { readonly check: HeartbeatCheck; readonly chunk: Chunk }

/** Of a format as many at once as an alert keeps of its latest events: many sources of one format may meet in one alert. */
function wavesOf(planned: readonly Planned[]): Sent[][] {
  const waves: Sent[][] = []
  const count = new Map<string, number>()
  for (const { check, chunk } of planned) {
    if (chunk === undefined) continue
    const before = count.get(chunk.headers.format) ?? 0
    count.set(chunk.headers.format, before + 1)
    const wave = Math.floor(before / laterSamples)
    const sent = { check, chunk }
    if (waves[wave] === undefined) waves[wave] = [sent]
    else waves[wave].push(sent)
  }
  return waves
}

/** Of the attacks of each format the first that a rule finds. */
export async function planHeartbeat(
  rules: Pick<Rules, 'rules'>,
  places: readonly Place[],
  run: string,
  atMs: number
): Promise<Planned[]> {
  // Encoding and the formats are loaded when they are needed: mostly workers have them.
  const [{ BatchWorker }, { Detection }] = await Promise.all([import('./worker.ts'), import('./detection.ts')])
  const detection = new Detection()
  const ours = rules.rules.filter(({ enabled, origin }) => enabled && origin !== 'imported')
  detection.applyRules(
    packRules(
      ours.map(({ rule, summary, expression }) => ({
        summary,
        route: rule.route,
        expression,
        groupBy: rule.groupBy ?? []
      }))
    )
  )
  const worker = new BatchWorker(detection)
  return places.map(({ source, format }, number) => {
    const base = { number, source, format, arrivedMs: undefined, alert: undefined }
    const known = attacksOf(format)
    const nothing = (problem: string, title: string): Planned => ({
      check: { ...base, title, rules: [], sentMs: undefined, problem },
      chunk: undefined
    })
    if (format === '') return nothing('it has brought nothing since yesterday: its format is not known', 'No test')
    for (const attack of known) {
      const chunk = chunkOf(attack, run, number, atMs)
      const { matches } = worker.run({ number: 0, position: 0, chunks: [copyOf(chunk)], known: new Uint32Array(0) })
      const finders = [...new Set(matches.map(({ rule }) => rule.id))]
      if (finders.length > 0)
        return { check: { ...base, title: attack.title, rules: finders, sentMs: atMs, problem: '' }, chunk }
    }
    return known.length === 0
      ? nothing('no test attack is known for this format', 'No test')
      : nothing('no rule in force finds the test attack: switch one on', known[0]!.title)
  })
}

function chunkOf(attack: Attack, run: string, number: number, atMs: number): Chunk {
  const unique = randomBytes(4).toString('hex')
  return {
    headers: {
      source: heartbeatSource,
      format: attack.format,
      framing: 'lines',
      records: 1,
      receivedMs: atMs,
      prefix: unique,
      run,
      heartbeat: `${run}.${number}`,
      ...(attack.header && { header: attack.header })
    },
    body: Buffer.from(`${attack.record(atMs, unique)}\n`)
  }
}

const copyOf = ({ headers, body }: Chunk): Chunk => ({ headers, body: Buffer.from(body) })

function labelOf(event: string): string | undefined {
  try {
    const label = valueAt(JSON.parse(event), testField)
    return typeof label === 'string' ? label : undefined
  } catch {
    return undefined
  }
}

function missedGroup(check: HeartbeatCheck, atMs: number): MatchGroup {
  return {
    rule: missedRule,
    entity: { 'picket.source': check.source === '' ? check.format : check.source },
    count: 1,
    firstUs: atMs * 1000,
    lastUs: atMs * 1000,
    samples: [],
    summary: `${check.title} (${check.format}): ${check.problem}`
  }
}
