/**
 * `picket serve --role gate`: all intake in a process that holds no keys. Sources, a spool of its own, and the loop that hands it over
 * (docs/adr/0027). It imports neither the store nor the state of users, nor the API: `serve-gate.test.ts` holds it to that.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { busIdOf } from '../bus/bus-id.ts'
import { openEmbeddedBus } from '../bus/embedded/bus.ts'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { followSources } from '../pipeline/follow-sources.ts'
import { forward, forwardGroup } from '../pipeline/gate-forward.ts'
import { listenHealth, observeGate } from '../pipeline/gate-health.ts'
import { listenIngest } from '../pipeline/gate-ingest.ts'
import { mainPicket } from '../pipeline/gate-main.ts'
import { openSpool, spoolPartition, spoolTopic } from '../pipeline/gate-spool.ts'
import { listenSources, observeListening } from '../pipeline/listen-sources.ts'
import { observePulling, pullSources } from '../pipeline/pull-sources.ts'
import { type Config, loadConfig, loadEnvironment, printDiagnostics, watchConfig } from '../platform/config.ts'
import { createLog } from '../platform/log.ts'
import { createMetrics } from '../platform/metrics.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { checkpointsSchema } from '../state/checkpoints.ts'
import { followedSchema } from '../state/followed.ts'
import { openStateFile } from '../state/state-file.ts'
import type { ServeOptions } from './serve-command.ts'

const drainMs = 9_000
const retentionEveryMs = 60_000
/** Where sources were left: what a gate remembers besides its spool. */
const steps = [
  { name: 'checkpoints', sql: checkpointsSchema },
  { name: 'followed files', sql: followedSchema },
  { name: 'settings', sql: 'CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID' }
]

export async function serveGate(options: ServeOptions): Promise<void> {
  const startedAtMs = Date.now()
  const folder = resolve(options.data ?? defaultDataFolder())
  if (existsSync(dataPaths(folder).stateFile))
    throw new PicketError(
      'not-a-gate',
      `${folder} is the data folder of a main Picket: a gatekeeper has a folder of its own (--data), and holds no such keys`
    )
  loadEnvironment(folder)
  const file = options.config ?? dataPaths(folder).configFile
  let config = readConfig(file)
  const { gate } = config
  if (gate === undefined)
    throw new PicketError(
      'no-gate',
      `${file} has no section \`gate\`: it says where the main Picket is (docs/how-to/gatekeeper.md)`
    )
  const log = createLog({ level: config.log.level })
  const metrics = createMetrics()
  const closers: (() => Promise<void> | void)[] = []
  let stopping: Promise<void> | undefined
  const stop = (why: string): Promise<void> => {
    stopping ??= (async () => {
      log.info({ why }, 'stopping: what was taken is made durable first')
      const late = setTimeout(() => process.exit(process.exitCode ?? 0), drainMs)
      for (const close of closers.splice(0).reverse()) await close()
      clearTimeout(late)
      log.info({}, 'stopped')
      process.exit(process.exitCode ?? 0)
    })()
    return stopping
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal))

  const main = mainPicket(gate)
  closers.push(() => main.close())
  const spoolFolder = join(folder, 'spool')
  mkdirSync(spoolFolder, { recursive: true, mode: 0o700 })
  const bus = await openEmbeddedBus(spoolFolder, { log, messageBytesMax: 64 << 20 })
  closers.push(() => bus.close())
  await bus.createTopic(spoolTopic, { partitions: 1, retention: { bytes: gate.spoolMax } })
  const state = openStateFile(folder, 'gate.db', steps)
  closers.push(() => state.close())
  const from = (await bus.committed(forwardGroup, spoolTopic, spoolPartition)) ?? 0
  // What waits is at most half of the room: the spool's retention never meets it.
  const spool = await openSpool(bus, from, gate.spoolMax / 2)
  const forwarding = forward({ bus, spool, gate: busIdOf(spoolFolder), main, log })
  closers.push(() => forwarding.close())
  const retention = setInterval(() => void bus.applyRetention().catch(() => {}), retentionEveryMs)
  closers.push(() => clearInterval(retention))
  observeGate({ spool, forwarding }, metrics)
  const health = await listenHealth(gate.port, { spool, forwarding }, metrics, log)
  closers.push(() => health.close())

  const isIngestToken = (secret: string): boolean => {
    const given = createHash('sha256').update(secret, 'utf8').digest()
    return (config.gate?.tokens ?? []).some(({ sha256 }) => timingSafeEqual(given, Buffer.from(sha256, 'hex')))
  }
  const intake = {
    append: (chunks: readonly Chunk[]) => spool.append(chunks),
    recent: (name: string) => spool.recent(name)
  }
  const nowMs = Date.now
  const followed = followSources({ intake, state, log, nowMs })
  const listening = listenSources({ intake, log, nowMs, isIngestToken })
  const pulling = pullSources({ intake, state, folder: dataPaths(folder).sourcesFolder, log, nowMs })
  closers.push(async () => void (await Promise.all([followed.close(), listening.close(), pulling.close()])))
  observeListening(listening, metrics)
  observePulling(pulling, metrics)
  const ingest =
    gate.ingest &&
    (await listenIngest({
      ...gate.ingest,
      log,
      spool,
      sources: () => config.sources,
      requestBytesMax: () => config.limits.requestBytesMax,
      recordBytesMax: () => config.limits.recordBytesMax,
      isIngestToken,
      nowMs
    }))
  if (ingest !== undefined) closers.push(() => ingest.close())
  const use = async (): Promise<void> => {
    followed.use(config.sources, config.limits)
    void pulling.use(config.sources, config.limits)
    await listening.use(config.sources, config.limits)
  }
  await use()
  process.stdout.write(
    `Picket's gatekeeper hands over to ${gate.main}; health at http://127.0.0.1:${health.port}/readyz${
      ingest === undefined ? '' : `; ingest at port ${ingest.port}`
    }  (spool in ${spoolFolder}, ready after ${Date.now() - startedAtMs} ms)\n`
  )
  const watcher = watchConfig(
    file,
    loaded => {
      if (!loaded.ok) {
        log.error({ file }, 'the changed configuration is not valid; the old one goes on')
        printDiagnostics(loaded.diagnostics)
        return
      }
      config = loaded.config
      log.level = config.log.level
      void use()
      log.info({ file }, 'the changed configuration is in force, but for `gate` itself: of that, only its tokens')
    },
    {}
  )
  closers.push(() => watcher.close())
}

function readConfig(file: string): Config {
  const loaded = loadConfig(file)
  if (loaded.ok) return loaded.config
  let text = ''
  printDiagnostics(loaded.diagnostics, part => {
    text += part
  })
  throw new PicketError('config-invalid', `the configuration is not valid:\n${text.trimEnd()}`)
}
