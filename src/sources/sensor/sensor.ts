/**
 * A source that watches network interfaces: Suricata as a supervised child, with its configuration, rules and sockets in the source's
 * own folder (docs/adr/0025). Its events are records like any others.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { Outlet } from '../listen/outlet.ts'
import type { PullContext, PullFigures } from '../pull/source.ts'
import { type EveSocket, openEveSocket } from './eve-socket.ts'
import { endLeftover, type MindedChild, startMinded } from './minded-child.ts'
import { checkInterfaces, homeNetOf } from './networks.ts'
import { checkRights, companionFile, findSuricata, type Suricata } from './program.ts'
import { raiseSendBuffer } from './send-buffer.ts'
import { rulesFolder, SensorRules } from './sensor-rules.ts'
import type { RunningSensor, SensorSource, SensorState } from './sensor-state.ts'
import { SensorWatch } from './sensor-watch.ts'
import { readChanges, signaturesKey } from './signatures.ts'
import { socketPaths } from './socket-paths.ts'
import { suricataYaml } from './suricata-yaml.ts'
import { engineLine } from './test-rules.ts'

export type SensorConfig = Extract<SourceConfig, { type: 'sensor' }>

const steadyMs = 60_000
const retryMs = 10_000
const hopelessMs = 30_000

export async function pullSensor(config: SensorConfig, context: PullContext): Promise<SensorSource> {
  const sensor = new Sensor(config, context)
  void sensor.run()
  return sensor
}

class Sensor implements SensorSource {
  readonly sensor: RunningSensor
  readonly #config: SensorConfig
  readonly #context: PullContext
  readonly #folder: string
  readonly #sockets: ReturnType<typeof socketPaths>
  readonly #outlet: Outlet
  readonly #rules: SensorRules
  readonly #watch = new SensorWatch()
  readonly #stopping = new AbortController()
  #phase: SensorState['phase'] = 'starting'
  #suricata: Suricata | undefined
  #homeNet: readonly string[] = []
  #child: MindedChild | undefined
  #eve: EveSocket | undefined
  #runningSinceMs: number | undefined
  #restarts = 0
  /** Restarts in short order. */
  #hasty = 0
  #problem = ''
  /** The system's default of send buffers, while Suricata opens its socket. */
  #putBack: () => void = () => {}
  #done: Promise<void> = Promise.resolve()

  constructor(config: SensorConfig, context: PullContext) {
    this.#config = config
    this.#context = context
    this.#folder = context.folder()
    this.#sockets = socketPaths(this.#folder)
    this.#outlet = new Outlet(context, { source: config.name, timezoneMinutes: undefined, formatOf: () => 'suricata' })
    this.#rules = new SensorRules({
      config,
      context,
      folder: this.#folder,
      commandSocket: this.#sockets.command,
      changes: () => readChanges(context.setting(signaturesKey)),
      isRunning: () => this.#phase === 'running',
      signal: this.#stopping.signal
    })
    this.sensor = {
      state: () => this.#state(),
      updateRules: () => this.#ready().fetch(),
      applyChanges: () => (this.#suricata === undefined ? Promise.resolve() : this.#rules.apply()),
      findRule: sid => this.#rules.find(sid)
    }
  }

  run(): Promise<void> {
    this.#done = this.#run()
    return this.#done
  }

  figures(): PullFigures {
    const { problems, figures, memoryBytes, events, eventsLost, restarts, rules } = this.#state()
    return {
      records: events,
      problem: this.#phase === 'running' ? undefined : problems[0],
      more: {
        running: this.#phase === 'running' ? 1 : 0,
        restarts,
        events_lost: eventsLost,
        memory_bytes: memoryBytes ?? 0,
        packets: figures?.packets ?? 0,
        packets_dropped: figures?.drops ?? 0,
        rules_loaded: rules.loaded,
        rules_refused: rules.refused
      }
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    this.#rules.close()
    await this.#child?.end()
    await this.#done
    await this.#eve?.close()
    await this.#outlet.drain()
    this.#phase = 'stopped'
    this.#sockets.remove()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      let waitMs: number
      try {
        await this.#begin()
        const reason = await this.#child!.ended
        waitMs = this.#ended(reason)
      } catch (error) {
        waitMs = this.#failed(error)
      }
      if (signal.aborted) return
      await sleep(waitMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Throws PicketError: why it cannot run. */
  async #begin(): Promise<void> {
    const config = this.#config
    const suricata = await findSuricata(config.suricata)
    await checkRights(suricata.path)
    checkInterfaces(config.interfaces)
    if (this.#phase === 'waiting') this.#phase = 'starting'
    const pidFile = join(this.#folder, 'suricata.pid')
    const yaml = join(this.#folder, 'suricata.yaml')
    if (await endLeftover(pidFile, yaml))
      this.#context.log.warn({ source: config.name }, 'a Suricata that was left from an earlier life was ended')
    this.#suricata = suricata
    this.#homeNet = config.homeNet.length > 0 ? config.homeNet : homeNetOf(config.interfaces)
    mkdirSync(join(this.#folder, 'log'), { recursive: true, mode: 0o700 })
    writeFileSync(yaml, this.#yaml(), { mode: 0o600 })
    this.#eve ??= await this.#openEve()
    await this.#rules.begin(suricata)
    if (this.#stopping.signal.aborted) throw new PicketError('sensor-stops', 'the sensor stops')
    // What an earlier life left would be in the way.
    rmSync(this.#sockets.command, { force: true })
    this.#watch.begin(this.#came())
    this.#putBack()
    this.#putBack = raiseSendBuffer()
    this.#child = startMinded({
      program: suricata.path,
      args: ['-c', yaml, '--af-packet', '-l', join(this.#folder, 'log')],
      folder: this.#folder,
      pidFile,
      onLine: line => this.#onLine(line)
    })
  }

  #yaml(): string {
    const { interfaces, memory, filter } = this.#config
    return suricataYaml({
      interfaces,
      homeNet: this.#homeNet,
      filter,
      memoryBytes: memory,
      folder: this.#folder,
      socketFolder: this.#sockets.folder,
      rulesFolder: rulesFolder(this.#folder),
      eveSocket: this.#sockets.eve,
      commandSocket: this.#sockets.command,
      classificationFile: companionFile('classification.config'),
      referenceFile: companionFile('reference.config')
    })
  }

  #openEve(): Promise<EveSocket> {
    return openEveSocket({
      path: this.#sockets.eve,
      outlet: this.#outlet,
      onStats: (line, keep) => {
        this.#putBack()
        if (this.#watch.takeStats(line, this.#context.nowMs(), this.#came())) keep()
      },
      onFailure: reason => {
        this.#context.log.warn(
          { source: this.#config.name, error: reason },
          'the reader of events ended and begins anew'
        )
        this.#eve = undefined
        void this.#child?.end()
      }
    })
  }

  #onLine(line: string): void {
    const said = engineLine(line) ?? { level: 'Warning', message: line }
    if (said.level === 'Notice' && said.message.includes('Engine started')) {
      this.#phase = 'running'
      this.#runningSinceMs = this.#context.nowMs()
      this.#problem = ''
      this.#putBack()
      this.#context.log.info(
        { source: this.#config.name, interfaces: this.#config.interfaces, pid: this.#child?.pid() },
        'the sensor watches'
      )
      this.#rules.look()
    } else if (said.level === 'Warning' || said.level === 'Error') this.#watch.takeWarning(said.message)
  }

  #came(): { readonly flows: number; readonly alerts: number } {
    return this.#eve?.figures() ?? { flows: 0, alerts: 0 }
  }

  #ended(reason: string): number {
    const wasRunningMs = this.#runningSinceMs === undefined ? 0 : this.#context.nowMs() - this.#runningSinceMs
    this.#runningSinceMs = undefined
    this.#putBack()
    if (this.#stopping.signal.aborted) return 0
    this.#phase = 'waiting'
    this.#restarts++
    this.#hasty = wasRunningMs > steadyMs ? 0 : this.#hasty + 1
    const delayMs = Math.min(60_000, 500 * 2 ** Math.min(this.#hasty, 10))
    const why = this.#watch.lastError ?? ''
    this.#problem = `Suricata ended: ${reason}${why === '' ? '' : ` (${why})`}. It is started again in ${Math.round(delayMs / 1000)} s`
    this.#context.log.warn({ source: this.#config.name, reason, why, delayMs }, 'Suricata ended and is started again')
    return delayMs
  }

  #failed(error: unknown): number {
    if (this.#stopping.signal.aborted) return 0
    const reason = messageOf(error)
    if (reason !== this.#problem)
      this.#context.log.warn({ source: this.#config.name, error: reason }, 'a sensor cannot watch; it is tried again')
    this.#phase = 'waiting'
    this.#problem = reason
    return error instanceof PicketError && !error.retryable ? hopelessMs : retryMs
  }

  #ready(): SensorRules {
    if (this.#suricata !== undefined) return this.#rules
    throw new PicketError('sensor-waits', this.#problem || 'the sensor has not begun yet: try again in a moment')
  }

  #state(): SensorState {
    const pid = this.#child?.pid()
    const eve = this.#eve?.figures()
    const rules = this.#rules.report()
    const isRunning = this.#phase === 'running'
    const lost = eve?.lost ?? 0
    const { lostOnWay } = this.#watch
    const problems = [
      ...(this.#problem === '' ? [] : [this.#problem]),
      ...(isRunning ? this.#watch.problems(this.#config.interfaces) : []),
      ...(lost > 0
        ? [`${lost} events were dropped since Picket was behind: is the disk full, or the machine too slow?`]
        : []),
      ...(lostOnWay > 0
        ? [
            `${lostOnWay} events were lost between Suricata and Picket in bursts that its socket could not hold: let Picket start as root, or sysctl -w net.core.wmem_default=67108864 before it starts`
          ]
        : []),
      ...(this.#suricata === undefined ? [] : this.#rules.problems())
    ]
    return {
      phase: this.#phase,
      suricata: this.#suricata,
      pid,
      runningSinceMs: this.#runningSinceMs,
      restarts: this.#restarts,
      interfaces: this.#config.interfaces,
      homeNet: this.#homeNet,
      figures: this.#watch.figures,
      memoryBytes: pid === undefined ? undefined : memoryOf(pid),
      events: this.#outlet.records,
      eventsLost: lost + lostOnWay,
      rules,
      problems,
      warnings: this.#watch.warnings
    }
  }
}

function memoryOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}
