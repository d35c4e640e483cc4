/**
 * Runs the sources of the configuration that fetch (a queue, a bucket) or run something (a sensor). One whose configuration changed is
 * closed, and begun again from where it was left.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../core/errors.ts'
import type { Config, SourceConfig } from '../platform/config-schema.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { CaptureConfig } from '../sources/capture/capture.ts'
import type { CloudWatchConfig } from '../sources/cloudwatch/cloudwatch.ts'
import type { KafkaConfig } from '../sources/kafka/client.ts'
import type { KinesisConfig } from '../sources/kinesis/kinesis.ts'
import type { ListenLog } from '../sources/listen/source.ts'
import type { PullContext, PullFigures, Pulling } from '../sources/pull/source.ts'
import type { S3Config } from '../sources/s3/s3.ts'
import type { SensorConfig } from '../sources/sensor/sensor.ts'
import { checkpointsOf } from '../state/checkpoints.ts'
import { readSetting } from '../state/settings.ts'
import type { State } from '../state/state.ts'
import type { Intake } from './intake.ts'

type Starter = (config: never, context: PullContext) => Promise<Pulling>

/** A new kind of source that fetches is a line here; its modules are loaded when the first such source is begun. */
const kinds: Readonly<Record<string, Starter>> = {
  kafka: async (config: KafkaConfig, context) => (await import('../sources/kafka/kafka.ts')).pullKafka(config, context),
  cloudwatch: async (config: CloudWatchConfig, context) =>
    (await import('../sources/cloudwatch/cloudwatch.ts')).pullCloudWatch(config, context),
  kinesis: async (config: KinesisConfig, context) =>
    (await import('../sources/kinesis/kinesis.ts')).pullKinesis(config, context),
  s3: async (config: S3Config, context) => (await import('../sources/s3/s3.ts')).pullS3(config, context),
  sensor: async (config: SensorConfig, context) =>
    (await import('../sources/sensor/sensor.ts')).pullSensor(config, context),
  capture: async (config: CaptureConfig, context) =>
    (await import('../sources/capture/capture.ts')).pullCapture(config, context)
}

export type PullSources = {
  /** Resolves when what was taken out is closed and what is new has begun. */
  use(sources: readonly SourceConfig[], limits: Pick<Config['limits'], 'recordBytesMax'>): Promise<void>
  /** By the sources' names. */
  figures(): ReadonlyMap<string, PullFigures>
  /** Those that run, by their names. */
  running(): ReadonlyMap<string, Pulling>
  /** Resolves when all that was taken is durable and noted. */
  close(): Promise<void>
}

type Options = {
  readonly intake: Pick<Intake, 'append'>
  readonly state: State
  /** Sources' own folders are made in it. */
  readonly folder: string
  readonly log: ListenLog
  readonly nowMs: () => number
}

type Running = { readonly name: string; readonly text: string; readonly source: Pulling }

export function pullSources(options: Options): PullSources {
  const { log, state, nowMs } = options
  let recordBytesMax = 1_000_000
  let running: Running[] = []
  const failed = new Map<string, string>()
  let work: Promise<void> = Promise.resolve()
  let closed = false

  const stop = async ({ name, source }: Running): Promise<void> => {
    await source.close()
    log.info({ source: name }, 'a source fetches no more')
  }

  const start = async (config: SourceConfig, text: string): Promise<void> => {
    const { name, type } = config
    try {
      const source = await kinds[type]!(config as never, {
        append: chunks => options.intake.append(chunks),
        checkpoints: checkpointsOf(state, name),
        log,
        nowMs,
        recordBytesMax: () => recordBytesMax,
        folder() {
          const folder = join(options.folder, name)
          mkdirSync(folder, { recursive: true, mode: 0o700 })
          return folder
        },
        setting: key => readSetting(state, key)
      })
      running.push({ name, text, source })
      log.info({ source: name, type }, 'a source fetches')
    } catch (error) {
      failed.set(name, messageOf(error))
      log.warn({ source: name, error: messageOf(error) }, 'a source cannot begin; change its configuration, or restart')
    }
  }

  const settle = async (sources: readonly SourceConfig[]): Promise<void> => {
    const wanted = new Map(sources.map(config => [config.name, { config, text: JSON.stringify(config) }]))
    const left = running.filter(each => wanted.get(each.name)?.text !== each.text)
    running = running.filter(each => !left.includes(each))
    failed.clear()
    await Promise.all(left.map(stop))
    for (const { config, text } of wanted.values()) {
      if (closed) return
      if (!running.some(each => each.name === config.name)) await start(config, text)
    }
  }

  return {
    use(sources, limits) {
      recordBytesMax = limits.recordBytesMax
      const wanted = sources.filter(({ type }) => Object.hasOwn(kinds, type))
      work = work
        .then(() => settle(wanted))
        .catch(error => log.warn({ error: messageOf(error) }, 'the sources that fetch could not be changed'))
      return work
    },
    figures: () =>
      new Map<string, PullFigures>([
        ...running.map(({ name, source }): [string, PullFigures] => [name, source.figures()]),
        ...[...failed].map(([name, problem]): [string, PullFigures] => [name, { records: 0, problem }])
      ]),
    running: () => new Map(running.map(({ name, source }) => [name, source])),
    async close() {
      closed = true
      await work
      await Promise.all(running.splice(0).map(stop))
    }
  }
}

/** Figures of the sources that fetch, at `/metrics`. */
export function observePulling(sources: Pick<PullSources, 'figures'>, metrics: Metrics): void {
  const each = (name: string, help: string, value: (figures: PullFigures) => number | undefined): void => {
    metrics.gauge(name, help, ['source'], gauge => {
      gauge.reset()
      for (const [source, figures] of sources.figures()) {
        const number = value(figures)
        if (number !== undefined) gauge.set({ source }, number)
      }
    })
  }
  each('picket_pull_records', 'Records fetched since the source began', f => f.records)
  each('picket_pull_problem', 'Nothing comes now: 1, and the log says why', f => (f.problem === undefined ? 0 : 1))
  each('picket_pull_waiting', 'What waits on the other side, where it can be told', f => f.waiting)
  metrics.gauge('picket_pull_figure', 'Further figures of sources that fetch', ['source', 'figure'], gauge => {
    gauge.reset()
    for (const [source, { more }] of sources.figures())
      for (const [figure, value] of Object.entries(more ?? {})) gauge.set({ source, figure }, value)
  })
}
