/**
 * Wires the parts that keep and move records: state, bus, engine, store, pipeline. Used by the server, and by the commands that work on
 * a data folder while no server runs.
 */

import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { busIdOf } from './bus/bus-id.ts'
import { openEmbeddedBus } from './bus/embedded/bus.ts'
import type { Bus } from './core/bus.ts'
import { capitalsMark, columnOf, orderFields } from './core/columns.ts'
import type { MatchGroup } from './core/detection.ts'
import type { PackedRules } from './detect/packed-rules.ts'
import type { IndicatorMatch } from './intel/match.ts'
import { type IndicatorsInForce, openIndicators } from './pipeline/indicators.ts'
import { type Intake, mailTopic, openIntake, rawTopic } from './pipeline/intake.ts'
import { type MailLane, openMailLane } from './pipeline/mail-lane.ts'
import { mailChecks, mailThreadSettings } from './pipeline/mail-settings.ts'
import { applyOwnParsers, noOwnParsers, type OwnParsers, readOwnParsers } from './pipeline/own-parsers.ts'
import { Pipeline, type StoredBatch } from './pipeline/pipeline.ts'
import { openPositions, type Positions } from './pipeline/position.ts'
import { noteMissingTable, openRetroMatch, type RetroMatch, resumeRetroJobs } from './pipeline/retro-match.ts'
import { bundledRulesFolder } from './pipeline/rule-files.ts'
import { openRules, type Rules } from './pipeline/rules.ts'
import { WorkerPool } from './pipeline/worker-pool.ts'
import type { Config } from './platform/config-schema.ts'
import type { Log } from './platform/log.ts'
import { letHeapsGrow } from './platform/memory.ts'
import { dataPaths } from './platform/paths.ts'
import { raiseAlerts } from './state/alerts.ts'
import { type Intel, openIntel } from './state/intel.ts'
import { type Ledger, openLedger } from './state/ledger.ts'
import { mailSenders } from './state/mail-senders.ts'
import { openState, type State } from './state/state.ts'
import { database, type Engine, type StoreAccess, startEngine } from './store/engine.ts'
import { paceMerges } from './store/merge-pacing.ts'
import { keepWithinBounds } from './store/retention.ts'
import { openStore, type Store } from './store/store.ts'

export type Picket = {
  readonly folder: string
  readonly state: State
  /** Feeds, indicators, allow lists, and what is shared with peers. */
  readonly intel: Intel
  readonly ledger: Ledger
  readonly bus: Bus
  readonly intake: Intake
  readonly store: Store
  readonly engine: Engine | undefined
  readonly pipeline: Pipeline
  readonly pool: WorkerPool
  /** The rules in force. */
  readonly rules: Rules
  /** The indicators in force; undefined where no pipeline runs. */
  readonly indicators: IndicatorsInForce | undefined
  readonly retro: RetroMatch | undefined
  /** How far rows are stored, in the order of commits. */
  readonly positions: Positions
  /** From the topic of mails to `raw`; undefined where no pipeline runs. */
  readonly mailLane: MailLane | undefined
  /** Calls back for each batch of rows that has become searchable, until the function that it gives is called. */
  onStored(listener: (batch: StoredBatch) => void): () => void
  /** Puts a changed configuration's retention, and what it says of mail, in force. */
  setBounds(config: Config): void
  /** Reads the folder's own parsers again and puts them in force, here and in the workers. */
  reloadParsers(): OwnParsers
  /** Drains what is in work (bounded by the caller's patience), then closes everything in the order of the flow. */
  close(): Promise<void>
}

export type OpenOptions = {
  readonly folder: string
  readonly config: Config
  readonly log: Log
  /** Read only: no pipeline is started. */
  readonly quiet?: boolean
}

const hourMs = 3_600_000
/** Of the bus's room, for mails that wait to be looked at. */
const mailShare = 1 / 8

/** Throws `bus-locked` where another process works on the folder, and whatever the parts throw. */
export async function openPicket(options: OpenOptions): Promise<Picket> {
  const { config, log } = options
  letHeapsGrow()
  const paths = dataPaths(options.folder)
  const closers: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    // Nobody else on the machine is to read evidence.
    for (const path of [paths.folder, paths.busFolder]) mkdirSync(path, { recursive: true, mode: 0o700 })
    const bus = await openEmbeddedBus(paths.busFolder, { log, messageBytesMax: 64 << 20 })
    closers.push(() => bus.close())
    const state = openState(paths.folder)
    closers.push(() => state.close())
    const intel = openIntel(paths.folder)
    closers.push(() => intel.close())
    const ledger = openLedger(state)
    await bus.createTopic(rawTopic, {
      partitions: 1,
      retention: { ageMs: config.bus.retentionHours * hourMs, bytes: Math.floor(config.bus.sizeMax * (1 - mailShare)) }
    })
    await bus.createTopic(mailTopic, {
      partitions: 1,
      retention: { ageMs: config.bus.retentionHours * hourMs, bytes: Math.floor(config.bus.sizeMax * mailShare) }
    })
    const parsersFolder = paths.parsersFolder
    let own = noOwnParsers
    const pool = new WorkerPool({
      size: Math.max(1, Math.min(4, availableParallelism())),
      log: (fields, message) => log.warn(fields, message)
    })
    closers.push(() => pool.close())
    pool.applyMail(mailChecks(config))
    const reloadParsers = (): OwnParsers => {
      own = readOwnParsers(parsersFolder)
      applyOwnParsers(own.definitions)
      pool.applyParsers(own.definitions)
      for (const { file, message } of own.problems) log.warn({ file }, `a parser is not used: ${message}`)
      return own
    }
    reloadParsers()
    // While the engine starts.
    if (options.quiet !== true) pool.warm()
    const starting = storeAccess(config, paths.storeFolder, log)
    closers.push(async () => (await starting.catch(() => undefined))?.engine?.close())
    const folders = { bundled: bundledRulesFolder, data: paths.rulesFolder }
    let rules: Rules | undefined
    const rulesInForce = (): Rules => {
      const apply = (packed: PackedRules): void => pool.applyRules(packed)
      rules ??= openRules({ folders, state, apply, log, nowMs: Date.now, watchMs: options.quiet === true ? 0 : 2_000 })
      return rules
    }
    closers.push(() => rules?.close())
    // Who only searches needs none.
    if (options.quiet !== true) rulesInForce()
    const { engine, access } = await starting
    const store = await openStore(access, { queryTimeMaxMs: config.limits.queryTimeMax })
    closers.push(() => store.close())
    if (engine !== undefined) await learnCapitals(store, ledger)
    // A backlog beyond half of the bus's room holds the sources back, so that retention never meets what is not stored yet.
    const intake = await openIntake(bus, ledger, {
      backlogBytesMax: Math.min(config.bus.sizeMax / 2, 512 << 20),
      mailBytesMax: Math.min((config.bus.sizeMax * mailShare) / 2, 256 << 20)
    })
    let bounds = config.storage
    const listeners = new Set<(batch: StoredBatch) => void>()
    const onStored = (batch: StoredBatch): void => {
      for (const listener of listeners) listener(batch)
    }
    const busId = busIdOf(paths.busFolder)
    const positions = await openPositions({ state, store, ledger, busId })
    const positionBase = positions.base
    // What is not stored yet is looked at when it comes (again).
    if (options.quiet !== true) resumeRetroJobs(state, positions.committed())
    let retro: RetroMatch | undefined
    const indicators: IndicatorsInForce | undefined =
      options.quiet === true
        ? undefined
        : openIndicators({
            folder: paths.folder,
            state,
            intel,
            apply: made => pool.applyIndicators(made),
            onApply: newest => retro?.note(newest, Math.max(pool.handedOut, positions.committed())),
            log,
            nowMs: Date.now
          })
    closers.push(() => indicators?.close())
    if (indicators !== undefined) {
      const committed = (): number => positions.committed()
      retro = openRetroMatch({ folder: paths.folder, state, intel, store, indicators, committed, log, nowMs: Date.now })
      closers.push(() => retro?.close())
    }
    const raise = (matches: readonly MatchGroup[], met: readonly IndicatorMatch[]): void => {
      raiseAlerts(state, indicators?.settle(matches, met, Date.now()) ?? matches, Date.now())
    }
    const pipeline = new Pipeline({ bus, store, ledger, intake, pool, busId, positionBase, log, onStored, raise })
    if (options.quiet !== true) {
      // Records wait on the bus until the indicators are there: none passes unseen. (Seconds, for millions of them.)
      const running = (indicators?.ready ?? Promise.resolve()).then(() => {
        if (indicators?.state().problem !== undefined) noteMissingTable(state, positions.committed())
        return pipeline.start()
      })
      running.catch(error => {
        log.fatal({ error: error instanceof Error ? error.stack : String(error) }, 'the pipeline stopped')
        process.exitCode = 70
        process.kill(process.pid, 'SIGTERM')
      })
      closers.push(() => pipeline.stop())
      // A server that others use, too, is theirs to tune.
      if (engine !== undefined) {
        const pacing = paceMerges({ engine: store, backlogBytes: () => intake.backlogBytes, log })
        closers.push(() => pacing.close())
      }
      const keeper = keepWithinBounds({
        store,
        bus,
        folder: paths.folder,
        config: () => bounds,
        log,
        clock: Date.now
      })
      closers.push(() => keeper.close())
    }
    let lane: MailLane | undefined
    if (options.quiet !== true) {
      lane = openMailLane({
        bus,
        ledger,
        intake,
        senders: mailSenders(state),
        settings: mailThreadSettings(config),
        log,
        nowMs: Date.now
      })
      closers.push(() => lane?.close())
    }
    const setBounds = (next: Config): void => {
      bounds = next.storage
      pool.applyMail(mailChecks(next))
      lane?.use(mailThreadSettings(next))
    }
    return {
      folder: paths.folder,
      state,
      intel,
      ledger,
      bus,
      intake,
      store,
      engine,
      pipeline,
      pool,
      get rules() {
        return rulesInForce()
      },
      indicators,
      retro,
      positions,
      mailLane: lane,
      onStored(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      setBounds,
      reloadParsers,
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function storeAccess(
  config: Config,
  folder: string,
  log: Log
): Promise<{ engine: Engine | undefined; access: StoreAccess }> {
  const { url, user, password, memoryMax } = config.storage.engine
  if (url !== undefined) {
    const credentials = { user: user ?? 'default', password: password ?? '' }
    return { engine: undefined, access: { url, database, writer: credentials, reader: credentials } }
  }
  const engine = await startEngine({ folder, memoryBytesMax: memoryMax, freeDiskBytesMin: 512 << 20, log })
  return { engine, access: engine.access }
}

const capitalsLearnt = 'capitals are noted'

/** A store from before capitals were noted is asked once. */
async function learnCapitals(store: Store, ledger: Ledger): Promise<void> {
  if (ledger.hasSpilled(capitalsLearnt)) return
  const found: string[] = []
  for (const field of orderFields) {
    const { name } = columnOf(field)!
    const { rows } = await store.table(
      `SELECT 1 FROM ${store.database}.events WHERE ${name} != lower(${name}) LIMIT 1`,
      {}
    )
    if (rows.length > 0) found.push(capitalsMark(field))
  }
  ledger.spilled([...found, capitalsLearnt])
}
