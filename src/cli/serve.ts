/** `picket serve`: the whole product in one process: sources, bus, pipeline, engine, page and API. What `npm start` runs; its options are in `serve-command.ts`. */

import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAdmission } from '../api/admission.ts'
import { apiDocs } from '../api/api-docs.ts'
import { backtestRoutes } from '../api/backtest.ts'
import { coverageRoutes } from '../api/coverage.ts'
import { dashboardRoutes } from '../api/dashboards.ts'
import { deadLetterRoutes } from '../api/dead-letters.ts'
import { captureFolders, eventPacketRoutes } from '../api/event-packets.ts'
import { exportRoutes } from '../api/export.ts'
import { facetRoutes } from '../api/facets.ts'
import { fieldRoutes } from '../api/fields.ts'
import { gateRoutes } from '../api/gate.ts'
import { generateRoutes } from '../api/generate.ts'
import { heartbeatRoutes } from '../api/heartbeat.ts'
import { histogramRoutes } from '../api/histogram.ts'
import { importRoutes } from '../api/import.ts'
import { intelRoutes } from '../api/intel.ts'
import { matchingRoutes } from '../api/intel-matching.ts'
import { ledgerRoutes, statusRoutes } from '../api/ledger.ts'
import { lookupRoutes } from '../api/lookups.ts'
import { notificationChangeRoutes } from '../api/notification-changes.ts'
import { notificationMessageRoutes } from '../api/notification-messages.ts'
import { readMailServer } from '../api/notification-settings.ts'
import { notificationRoutes } from '../api/notifications.ts'
import { parserRoutes } from '../api/parsers.ts'
import { portsRoutes } from '../api/ports.ts'
import { queryRoutes } from '../api/queries.ts'
import { openReportDesk, type ReportDesk } from '../api/report-desk.ts'
import { reportRoutes } from '../api/reports.ts'
import type { RoutePlugin } from '../api/route.ts'
import { ruleExplainRoutes } from '../api/rule-explain.ts'
import { ruleRoutes } from '../api/rules.ts'
import { savedSearchRoutes } from '../api/saved-searches.ts'
import { scheduledRoutes } from '../api/scheduled.ts'
import { searchRoutes } from '../api/search.ts'
import { sensorRoutes } from '../api/sensor.ts'
import { type RunningApi, startApi } from '../api/server.ts'
import { sourceRoutes } from '../api/sources.ts'
import { sqlRoutes } from '../api/sql.ts'
import { tailRoutes } from '../api/tail.ts'
import { taxiiRoutes } from '../api/taxii.ts'
import { triageRoutes } from '../api/triage.ts'
import { PicketError } from '../core/errors.ts'
import { allParsers } from '../parsers/index.ts'
import { watchAlertClock } from '../pipeline/alert-clock.ts'
import { readAlertChanges } from '../pipeline/alert-notices.ts'
import { type Feeds, openFeeds } from '../pipeline/feeds.ts'
import { type FollowedSources, followSources } from '../pipeline/follow-sources.ts'
import { type GeneratorDesk, openGeneratorDesk } from '../pipeline/generator-desk.ts'
import { type Heartbeat, openHeartbeat } from '../pipeline/heartbeat.ts'
import { type ListenSources, listenSources, observeListening } from '../pipeline/listen-sources.ts'
import { type Notifier, openNotifier } from '../pipeline/notifier.ts'
import { observeNotifications } from '../pipeline/notify-metrics.ts'
import { watchOwnParsers } from '../pipeline/own-parsers.ts'
import { observePulling, type PullSources, pullSources } from '../pipeline/pull-sources.ts'
import { runScheduledRules, type ScheduledRuns } from '../pipeline/scheduled-rules.ts'
import { withOwnSensor } from '../pipeline/sensor-settings.ts'
import { type Config, printDiagnostics, watchConfig } from '../platform/config.ts'
import { createLog, type Log } from '../platform/log.ts'
import { createMetrics } from '../platform/metrics.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { isSensor } from '../sources/sensor/sensor-state.ts'
import { tokenOf } from '../state/api-tokens.ts'
import { openPicket, type Picket } from '../wire.ts'
import type { ServeOptions } from './serve-command.ts'
import { observe } from './serve-metrics.ts'
import { configFor, loadOwnParsers } from './settings.ts'
import { version } from './version.ts'

const drainMs = 9_000

/** What a command that serves adds to it. */
export type ServeMore = {
  /** Before the API is there: its further routes. */
  readonly routes?: (picket: Picket) => Promise<readonly RoutePlugin[]>
  /** When the page can be reached. What it gives back is closed before everything else. */
  readonly ready?: (running: { picket: Picket; address: string; log: Log }) => { close(): Promise<void> }
}

export async function serve(options: ServeOptions, more: ServeMore = {}): Promise<void> {
  const startedAtMs = Date.now()
  const folder = resolve(options.data ?? defaultDataFolder())
  loadOwnParsers(folder)
  let config = configFor(folder, options.config)
  const log = createLog({ level: config.log.level })
  const metrics = createMetrics()
  let stopping: Promise<void> | undefined
  let picket: Picket | undefined
  let api: RunningApi | undefined
  let sources: FollowedSources | undefined
  let listening: ListenSources | undefined
  let pulling: PullSources | undefined
  let watcher: { close(): void } | undefined
  let parserWatcher: { close(): void } | undefined
  let scheduled: ScheduledRuns | undefined
  let desk: ReportDesk | undefined
  let feeds: Feeds | undefined
  let notifier: Notifier | undefined
  let alertClock: { close(): void } | undefined
  let heartbeat: Heartbeat | undefined
  let generator: GeneratorDesk | undefined
  let added: { close(): Promise<void> } | undefined

  const stop = (why: string): Promise<void> => {
    stopping ??= (async () => {
      log.info({ why }, 'stopping: what is in work is finished first')
      const late = setTimeout(() => {
        log.warn({ drainMs }, 'not done in time; what is left is on the bus and is taken up at the next start')
        process.exit(process.exitCode ?? 0)
      }, drainMs)
      await added?.close()
      await generator?.close()
      watcher?.close()
      parserWatcher?.close()
      const asked = scheduled?.close()
      desk?.close()
      await notifier?.close()
      alertClock?.close()
      await heartbeat?.close()
      await Promise.all([sources?.close(), listening?.close(), pulling?.close(), feeds?.close()])
      await api?.close()
      await asked
      await picket?.close()
      clearTimeout(late)
      log.info({}, 'stopped')
      process.exit(process.exitCode ?? 0)
    })()
    return stopping
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal))

  try {
    picket = await openPicket({ folder, config, log })
  } catch (error) {
    if (error instanceof PicketError && error.code === 'bus-locked') {
      throw new PicketError(
        'already-running',
        `Another picket works on ${folder} (${error.message}). Stop it, or choose another --data folder.`
      )
    }
    throw error
  }
  observe(picket, metrics)
  const own = picket
  // Those of the configuration, and the sensor that was set up on the page.
  const allSources = () => withOwnSensor(own.state, config.sources)
  const deps = {
    picket: own,
    nowMs: Date.now,
    recordBytesMax: () => config.limits.recordBytesMax,
    requestBytesMax: () => config.limits.requestBytesMax,
    sources: allSources
  }
  const searching = {
    store: own.store,
    state: own.state,
    mayBeInMap: own.engine && ((field: string) => own.ledger.hasSpilled(field)),
    nowMs: Date.now,
    admission: createAdmission(config.limits.queriesMax)
  }
  // What people follow from a message: where others reach the page, or where this machine does.
  const pageUrl = (): string | undefined => config.server.publicUrl?.replace(/\/+$/, '') ?? api?.address
  notifier = openNotifier({
    state: own.state,
    readChanges: readAlertChanges(own.state),
    log,
    nowMs: Date.now,
    chance: Math.random,
    hostName: hostname(),
    pageUrl,
    mailServer: () => readMailServer(own.state),
    reportsFolder: dataPaths(folder).reportsFolder
  })
  observeNotifications(own.state, notifier, metrics)
  const notifying = { state: own.state, notifier, nowMs: Date.now, hostName: hostname(), pageUrl }
  desk = openReportDesk({ ...searching, folder: dataPaths(folder).reportsFolder, log })
  feeds = openFeeds({ folder, intel: own.intel, state: own.state, log, nowMs: Date.now })
  heartbeat = openHeartbeat({
    ...own,
    sources: allSources,
    log,
    nowMs: Date.now
  })
  const generating = (generator = openGeneratorDesk({
    append: own.intake.append,
    log,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    recordBytesMax: deps.recordBytesMax
  }))
  const moreRoutes = (await more.routes?.(own)) ?? []
  api = await startApi({
    host: options.host ?? config.server.host,
    port: options.port ?? config.server.port,
    tls: config.server.tls && { certFile: config.server.tls.cert, keyFile: config.server.tls.key },
    publicUrl: config.server.publicUrl,
    allowedHosts: config.server.allowedHosts,
    trustedProxies: config.server.trustedProxies,
    state: own.state,
    webFolder: fileURLToPath(new URL('../../web/dist', import.meta.url)),
    log,
    metrics,
    version,
    routes: [
      searchRoutes(searching),
      eventPacketRoutes({
        ...searching,
        captures: () => captureFolders(config.sources, dataPaths(folder).sourcesFolder)
      }),
      histogramRoutes(searching),
      facetRoutes(searching),
      tailRoutes({ ...searching, onStored: own.onStored }),
      queryRoutes(searching),
      exportRoutes(searching),
      fieldRoutes(searching),
      lookupRoutes(searching),
      savedSearchRoutes(searching),
      sqlRoutes(searching),
      portsRoutes(searching),
      generateRoutes(generating),
      apiDocs(),
      intelRoutes({
        intel: own.intel,
        state: own.state,
        feeds,
        folder,
        publicUrl: config.server.publicUrl,
        nowMs: Date.now
      }),
      matchingRoutes({ indicators: own.indicators, retro: own.retro, nowMs: Date.now }),
      taxiiRoutes({ intel: own.intel, publicUrl: config.server.publicUrl, nowMs: Date.now }),
      ledgerRoutes(own, Date.now),
      gateRoutes({ state: own.state, intake: own.intake, nowMs: Date.now }),
      sourceRoutes(() => ({ configured: allSources(), followed: sources, listening, pulling })),
      statusRoutes(own, { version, startedAtMs }),
      deadLetterRoutes(own, Date.now),
      importRoutes(deps),
      heartbeatRoutes({ state: own.state, heartbeat }),
      sensorRoutes({
        state: own.state,
        configured: () => config.sources,
        sensors: () =>
          new Map(
            [...(pulling?.running() ?? [])].flatMap(([name, source]) =>
              isSensor(source) ? [[name, source.sensor]] : []
            )
          ),
        changed: async () => pulling?.use(allSources(), config.limits),
        nowMs: Date.now
      }),
      ...triageRoutes({ state: own.state, nowMs: Date.now, store: own.store, folder, version }),
      dashboardRoutes({ state: own.state, nowMs: Date.now }),
      reportRoutes({ state: own.state, desk }),
      notificationRoutes(notifying),
      notificationMessageRoutes(notifying),
      notificationChangeRoutes(notifying),
      parserRoutes(own, dataPaths(folder).parsersFolder, Date.now),
      backtestRoutes({ ...searching, rules: () => own.rules }),
      coverageRoutes({ ...searching, rules: () => own.rules }),
      scheduledRoutes(() => scheduled, own.positions.committed),
      ruleExplainRoutes({ rules: () => own.rules, store: own.store }),
      ...moreRoutes,
      ruleRoutes({ state: own.state, rules: () => own.rules, folder: dataPaths(folder).rulesFolder, nowMs: Date.now })
    ],
    ready: () => {
      const stalled = own.pipeline.state.stalled ?? own.mailLane?.figures.stalled
      return stalled === undefined ? { ready: true } : { ready: false, reason: stalled }
    },
    onSetupUrl: url =>
      void process.stdout.write(`\n  Create the first administrator (the link works once):\n  ${url}\n\n`)
  })
  alertClock = watchAlertClock({ state: own.state, log, nowMs: Date.now })
  scheduled = runScheduledRules({
    state: own.state,
    store: own.store,
    committed: own.positions.committed,
    mayBeInMap: searching.mayBeInMap,
    log,
    clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
    rules: own.rules
  })
  parserWatcher = watchOwnParsers(dataPaths(folder).parsersFolder, () => {
    const { definitions } = own.reloadParsers()
    log.info({ parsers: definitions.map(({ name }) => name) }, 'the parsers in the data folder changed')
  })
  sources = followSources({ intake: own.intake, state: own.state, log, nowMs: Date.now })
  sources.use(config.sources, config.limits)
  listening = listenSources({
    intake: own.intake,
    log,
    nowMs: Date.now,
    isIngestToken: secret => {
      const scopes = tokenOf(own.state, secret, Date.now())?.scopes ?? []
      return scopes.includes('ingest') || scopes.includes('admin')
    }
  })
  observeListening(listening, metrics)
  await listening.use(config.sources, config.limits)
  const sourcesFolder = dataPaths(folder).sourcesFolder
  pulling = pullSources({ intake: own.intake, state: own.state, folder: sourcesFolder, log, nowMs: Date.now })
  observePulling(pulling, metrics)
  void pulling.use(allSources(), config.limits)
  process.stdout.write(
    `Picket ${version} is at ${api.address}  (data in ${folder}, ready after ${Date.now() - startedAtMs} ms)\n`
  )

  added = more.ready?.({ picket: own, address: api.address, log })

  const file = options.config ?? dataPaths(folder).configFile
  if (existsSync(file)) {
    watcher = watchConfig(
      file,
      loaded => {
        if (!loaded.ok) {
          log.error({ file }, 'the changed configuration is not valid; the old one goes on')
          printDiagnostics(loaded.diagnostics)
          return
        }
        const restart = needsRestart(config, loaded.config)
        config = loaded.config
        log.level = config.log.level
        sources?.use(config.sources, config.limits)
        void listening?.use(config.sources, config.limits)
        void pulling?.use(allSources(), config.limits)
        own.setBounds(config)
        log.info(
          { file },
          restart.length === 0
            ? 'the changed configuration is in force'
            : `the changed configuration is in force, but for ${restart.join(', ')}: these need a restart`
        )
      },
      { formats: allParsers().map(parser => parser.name) }
    )
  }
}

/** What cannot be changed while running. */
function needsRestart(old: Config, next: Config): string[] {
  const parts: [string, unknown, unknown][] = [
    ['server', old.server, next.server],
    ['storage.engine', old.storage.engine, next.storage.engine],
    ['bus', old.bus, next.bus]
  ]
  return parts.filter(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b)).map(([name]) => name)
}
