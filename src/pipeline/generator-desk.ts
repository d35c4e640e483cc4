/** Runs of the data generator that the page starts: into this Picket itself, as a source of its own, at a rate. They end with the server. */

import { randomBytes } from 'node:crypto'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { readRate } from '../generate/rate.ts'
import { makeSample, recognise } from '../parsers/recognise.ts'
import type { Diagnostic } from '../platform/config-diagnostics.ts'
import type { Sink } from '../sinks/sink.ts'
import { noFigures } from '../sinks/sink.ts'
import { Outlet, type Stream } from '../sources/listen/outlet.ts'
import type { ListenLog } from '../sources/listen/source.ts'
import { type OpenedGenerator, openGenerator } from './generator-config.ts'
import { type Run, type RunResult, startRun } from './generator-run.ts'

export type RunState = {
  readonly id: string
  readonly source: string
  readonly rate: string
  readonly by: string
  readonly startedMs: number
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
  /** Undefined: it runs. */
  readonly ended: string | undefined
}

export type RunWish = {
  readonly text: string
  readonly source: string
  /** As `picket generate --rate` takes it. */
  readonly rate: string
  readonly count: number | undefined
  readonly by: string
}

export type Preview = { readonly lines: readonly string[]; readonly problem: string | undefined }
export type Refused = { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export type GeneratorDesk = {
  preview(text: string, count: number): Promise<({ readonly ok: true } & Preview) | Refused>
  /** Throws `too-many-runs`, `bad-rate`. */
  start(wish: RunWish): Promise<{ readonly ok: true; readonly run: RunState } | Refused>
  /** The newest first; of those that ended, the last few. */
  list(): RunState[]
  /** False: there is no such run. Resolves when what was made is durable. */
  stop(id: string): Promise<boolean>
  close(): Promise<void>
}

type Options = {
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly log: ListenLog
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  readonly recordBytesMax: () => number
}

type Held = {
  readonly about: Omit<RunState, 'records' | 'bytes' | 'elapsedMs' | 'ended'>
  readonly run: Run
  readonly stop: AbortController
  result?: RunResult
}

const runsMax = 4
const endedMax = 10
/** The page's runs share a processor with everything else. */
export const rateMax = 20_000
const file = 'configuration'

export function openGeneratorDesk({ append, log, nowMs, monotonicMs, recordBytesMax }: Options): GeneratorDesk {
  let held: Held[] = []

  const open = (text: string, intervalMs: number | undefined): Promise<OpenedGenerator> =>
    openGenerator(text, file, config => ({
      options: {
        seed: config.seed ?? randomBytes(16).toString('hex'),
        isRepeatable: config.seed !== undefined,
        nowMs,
        intervalMs,
        format: config.format,
        template: config.template
      }
    }))

  const stateOf = ({ about, run, result }: Held): RunState => {
    const { records, bytes, elapsedMs } = result ?? run.progress()
    return {
      ...about,
      records,
      bytes,
      elapsedMs,
      ended:
        result === undefined ? undefined : (result.problem ?? (result.stopped ? 'stopped' : 'all records are made'))
    }
  }

  return {
    async preview(text, count) {
      const opened = await open(text, undefined)
      if (!opened.ok) return opened
      const { generator } = opened
      const lines = generator.header === undefined ? [] : [generator.header]
      for (let made = 0; made < count; made++) {
        const line = generator.next()
        if (line === undefined) break
        lines.push(line)
      }
      return { ok: true, lines, problem: generator.problem }
    },

    async start({ text, source, rate: wanted, count, by }) {
      if (held.filter(({ result }) => result === undefined).length >= runsMax)
        throw new PicketError('too-many-runs', `${runsMax} runs are under way already: stop one first.`)
      const read = readRate(wanted, nowMs())
      if (!read.ok) throw new PicketError('bad-rate', `The rate ${read.message}.`)
      const { rate } = read
      if (rate.peak > rateMax)
        throw new PicketError(
          'bad-rate',
          `From the page at most ${rateMax} records a second can be made. For more: picket generate on the command line.`
        )
      const opened = await open(text, 1000 / rate.mean)
      if (!opened.ok) return opened
      const { generator, config } = opened
      const outlet = new Outlet({ append, log, nowMs, recordBytesMax }, settingsOf(source))
      const stop = new AbortController()
      const run = startRun({
        generator,
        sink: intakeSink(outlet, source, generator.header),
        count: count ?? config.count,
        durationMs: config.duration,
        rate,
        withKeys: false,
        stop: stop.signal,
        monotonicMs
      })
      const about = { id: randomBytes(8).toString('hex'), source, rate: rate.text, by, startedMs: nowMs() }
      const one: Held = { about, run, stop }
      held = [one, ...held]
      void run.done.then(result => {
        one.result = result
        const ended = held.filter(each => each.result !== undefined)
        held = held.filter(each => each.result === undefined || ended.indexOf(each) < endedMax)
      })
      return { ok: true, run: stateOf(one) }
    },

    list: () => held.map(stateOf),

    async stop(id) {
      const one = held.find(({ about }) => about.id === id)
      if (one === undefined) return false
      one.stop.abort()
      await one.run.done
      return true
    },

    async close() {
      for (const { stop } of held) stop.abort()
      await Promise.all(held.map(({ run }) => run.done))
    }
  }
}

const settingsOf = (source: string) => ({ source, timezoneMinutes: undefined, formatOf: () => 'text' })

/** Into the intake; what the records are is recognised by the first of them. */
function intakeSink(outlet: Outlet, source: string, header: string | undefined): Sink {
  let stream: Stream | undefined
  return {
    label: source,
    async write(lines) {
      if (stream === undefined) {
        const sample = [...(header === undefined ? [] : [header]), ...lines.slice(0, 50)].join('\n')
        const format = recognise(makeSample(sample)).parser.name
        outlet.settings = { ...settingsOf(source), formatOf: () => format }
        stream = outlet.stream(undefined)
      }
      for (const line of lines) {
        const bytes = Buffer.from(line)
        stream.take(bytes, 0, bytes.length)
      }
      await outlet.room()
    },
    close: () => outlet.drain(),
    figures: () => noFigures
  }
}
