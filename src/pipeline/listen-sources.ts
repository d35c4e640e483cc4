/**
 * Runs the sources of the configuration that listen on a port of their own. A changed configuration is put in force without closing
 * a port where that can be; what cannot listen says why, and tries again.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, PicketError } from '../core/errors.ts'
import type { Config, SourceConfig } from '../platform/config-schema.ts'
import type { Metrics } from '../platform/metrics.ts'
import { listenElasticsearch } from '../sources/elasticsearch/elasticsearch.ts'
import { listenGelf } from '../sources/gelf/gelf.ts'
import { listenHec } from '../sources/hec/hec.ts'
import { type RateCounts, SenderRates } from '../sources/listen/sender-rates.ts'
import type { Figures, ListenContext, Listening, ListenLog } from '../sources/listen/source.ts'
import { listenLumberjack } from '../sources/lumberjack/lumberjack.ts'
import { listenNetflow } from '../sources/netflow/netflow.ts'
import { listenOtlp } from '../sources/otlp/otlp.ts'
import { listenRelp } from '../sources/relp/relp.ts'
import { listenSmtp } from '../sources/smtp/smtp.ts'
import { listenSyslog } from '../sources/syslog/syslog.ts'
import type { Intake } from './intake.ts'

/** They are those with a place to listen on. */
type ListeningConfig = Extract<SourceConfig, { host: string; port: number }>
type Starter<T> = (
  config: Extract<SourceConfig, { type: T }>,
  context: ListenContext
) => Promise<Listening<Extract<SourceConfig, { type: T }>>>

/** A new kind of source that listens is a line here. */
const kinds: { readonly [T in ListeningConfig['type']]: Starter<T> } = {
  syslog: listenSyslog,
  netflow: listenNetflow,
  gelf: listenGelf,
  elasticsearch: listenElasticsearch,
  lumberjack: listenLumberjack,
  hec: listenHec,
  relp: listenRelp,
  otlp: listenOtlp,
  smtp: listenSmtp
}

export type ListenSources = {
  /** Resolves when what can listen does. */
  use(sources: readonly SourceConfig[], limits: Pick<Config['limits'], 'recordBytesMax'>): Promise<void>
  /** By the sources' names. */
  figures(): ReadonlyMap<string, Figures>
  /** Why a source cannot listen now, by its name. */
  problems(): ReadonlyMap<string, string>
  /** The ports that a source listens on. */
  ports(name: string): readonly number[]
  /** Resolves when all that was received is durable. */
  close(): Promise<void>
}

type Options = {
  readonly intake: Pick<Intake, 'append'> & Partial<Pick<Intake, 'recent'>>
  readonly log: ListenLog
  readonly nowMs: () => number
  readonly isIngestToken: ListenContext['isIngestToken']
  readonly retryMs?: number
}

type Rates = { readonly source: SenderRates; readonly senders: SenderRates }
type Running = { config: ListeningConfig; readonly source: Listening<ListeningConfig>; readonly rates: Rates }

const defaultRetryMs = 10_000
const paceMs = 500

export function listenSources(options: Options): ListenSources {
  const { log } = options
  let recordBytesMax = 1_000_000
  let wanted: readonly ListeningConfig[] = []
  let running: Running[] = []
  let work: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const told = new Map<string, string>()

  /** As the configuration says now. */
  const ratesOf = (name: string): Rates => {
    const config = () => wanted.find(each => each.name === name)
    const evenMs = () => performance.now()
    return {
      source: new SenderRates(() => config()?.rateMax, evenMs),
      senders: new SenderRates(() => config()?.senderRateMax, evenMs)
    }
  }

  const contextOf = (rates: Rates): ListenContext => ({
    async append(chunks) {
      // Held back here, the source's own bounds hold its senders back.
      for (let heldMs = rates.source.taken('', 0); heldMs > 0 && !closed; heldMs = rates.source.heldMs(''))
        await sleep(Math.min(heldMs, paceMs))
      await options.intake.append(chunks)
      for (const { body } of chunks) rates.source.charge('', body.length)
    },
    rates: rates.senders,
    log,
    nowMs: options.nowMs,
    recordBytesMax: () => recordBytesMax,
    isIngestToken: options.isIngestToken,
    recent: source => options.intake.recent?.(source) ?? Promise.resolve([])
  })

  const stop = async ({ config, source }: Running): Promise<void> => {
    await source.close()
    log.info({ source: config.name }, 'a source listens no more')
  }

  const settle = async (): Promise<void> => {
    clearTimeout(timer)
    const left = new Map(running.map(each => [placeOf(each.config), each]))
    const kept: Running[] = []
    const missing: ListeningConfig[] = []
    for (const config of wanted) {
      const here = left.get(placeOf(config))
      if (here === undefined) missing.push(config)
      else {
        left.delete(placeOf(config))
        here.source.use(config)
        here.config = config
        kept.push(here)
      }
    }
    running = [...kept, ...left.values()]
    // The new place first: a sender that was told of it already finds it open. One that is still taken is tried after.
    const failed = await start(missing, left.size === 0)
    await Promise.all([...left.values()].map(stop))
    running = running.filter(each => !left.has(placeOf(each.config)) || left.get(placeOf(each.config)) !== each)
    const waiting = left.size === 0 ? failed : await start(failed, true)
    if (waiting.length > 0 && !closed)
      timer = setTimeout(() => void queue(settle), options.retryMs ?? defaultRetryMs).unref()
  }

  /** Returns what could not be started. */
  const start = async (configs: readonly ListeningConfig[], tell: boolean): Promise<ListeningConfig[]> => {
    const failed: ListeningConfig[] = []
    for (const config of configs) {
      if (closed) break
      try {
        const begin = kinds[config.type] as (
          config: ListeningConfig,
          context: ListenContext
        ) => Promise<Listening<ListeningConfig>>
        const rates = ratesOf(config.name)
        const source = await begin(config, contextOf(rates))
        running.push({ config, source, rates })
        told.delete(config.name)
        log.info({ source: config.name, type: config.type, host: config.host, ports: source.ports }, 'a source listens')
      } catch (error) {
        if (!(error instanceof PicketError)) throw error
        failed.push(config)
        const reason = messageOf(error)
        if (!tell || told.get(config.name) === reason) continue
        told.set(config.name, reason)
        log.warn({ source: config.name, error: reason }, 'a source cannot listen; it is tried again')
      }
    }
    return failed
  }

  const queue = (step: () => Promise<void>): Promise<void> => {
    work = work.then(step).catch(error => {
      log.warn({ error: messageOf(error) }, 'the sources that listen could not be changed')
    })
    return work
  }

  return {
    use(sources, limits) {
      return queue(() => {
        recordBytesMax = limits.recordBytesMax
        wanted = sources.filter(isListening)
        for (const name of told.keys()) if (!wanted.some(config => config.name === name)) told.delete(name)
        return settle()
      })
    },
    figures: () =>
      new Map(running.map(each => [each.config.name, { ...each.source.figures(), limited: limitedOf(each.rates) }])),
    problems: () => told,
    ports: name => running.find(({ config }) => config.name === name)?.source.ports ?? [],
    async close() {
      closed = true
      clearTimeout(timer)
      await work
      await Promise.all(running.splice(0).map(stop))
    }
  }
}

/** What the source itself held back counts as held. */
function limitedOf({ source, senders }: Rates): RateCounts {
  return { ...senders.counts, held: senders.counts.held + source.counts.held }
}

function isListening(source: SourceConfig): source is ListeningConfig {
  return Object.hasOwn(kinds, source.type)
}

/** What cannot change while a source listens. */
function placeOf(config: ListeningConfig): string {
  const { type, host, port } = config
  const { transports, tls } = config as { transports?: readonly string[]; tls?: object }
  return JSON.stringify([type, host, port, transports === undefined ? [] : [...transports].sort(), tls])
}

/** Figures of the sources that listen, at `/metrics`. */
export function observeListening(sources: Pick<ListenSources, 'figures'>, metrics: Metrics): void {
  const each = (name: string, help: string, value: (figures: Figures) => number): void => {
    metrics.gauge(name, help, ['source'], gauge => {
      gauge.reset()
      for (const [source, figures] of sources.figures()) gauge.set({ source }, value(figures))
    })
  }
  each('picket_source_records', 'Records taken from the network since the source began to listen', f => f.records)
  each('picket_source_kernel_drops', 'Datagrams that the kernel dropped: its buffer was full', f => f.kernelDrops)
  each('picket_source_drops', 'Datagrams dropped: what waits for the disk was at its bound', f => f.drops)
  each(
    'picket_source_refused',
    'Senders that are not allowed, connections beyond the bound, and those that did not keep to the protocol',
    f => f.refused
  )
  each('picket_source_connections', 'Connections that are open', f => f.connections)
  each('picket_source_repeats', 'Messages that came again and were recognised by the source', f => f.repeats ?? 0)
  metrics.gauge(
    'picket_source_rate_limited',
    'Beyond a rate: requests refused (429), connections held, datagrams dropped',
    ['source', 'what'],
    gauge => {
      gauge.reset()
      for (const [source, { limited }] of sources.figures())
        for (const [what, count] of Object.entries(limited ?? {})) gauge.set({ source, what }, count)
    }
  )
  each('picket_source_waiting_bytes', 'Bytes received that are not durable yet', f => f.waitingBytes)
}
