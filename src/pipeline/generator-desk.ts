/** Runs of the data generator that the page starts: into this Picket itself, as a source of its own, at a rate. They end with the server. */

import { randomBytes } from 'node:crypto'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { readRate } from '../generate/rate.ts'
import { makeSample, recognise } from '../parsers/recognise.ts'
import { Outlet, type Stream } from '../sources/listen/outlet.ts'
import type { ListenLog } from '../sources/listen/source.ts'
import { type Preview, previewThread, type Refused, runThread } from './generator-threads.ts'

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

export type GeneratorDesk = {
  preview(text: string, count: number): Promise<Preview | Refused>
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
  readonly progress: () => Pick<RunState, 'records' | 'bytes' | 'elapsedMs'>
  readonly stop: () => void
  /** Resolves when all is durable. */
  readonly done: Promise<unknown>
  ended?: string
}

const runsMax = 4
const endedMax = 10
/** The page's runs share a processor with everything else. */
export const rateMax = 20_000

export function openGeneratorDesk({ append, log, nowMs, monotonicMs, recordBytesMax }: Options): GeneratorDesk {
  let held: Held[] = []
  const looking = previewThread()
  const stateOf = ({ about, progress, ended }: Held): RunState => ({ ...about, ...progress(), ended })

  return {
    preview: (text, count) => looking.look(text, count),

    async start({ text, source, rate: wanted, count, by }) {
      if (held.filter(({ ended }) => ended === undefined).length >= runsMax)
        throw new PicketError('too-many-runs', `${runsMax} runs are under way already: stop one first.`)
      const startedMs = nowMs()
      const read = readRate(wanted, startedMs)
      if (!read.ok) throw new PicketError('bad-rate', `The rate ${read.message}.`)
      if (read.rate.peak > rateMax)
        throw new PicketError(
          'bad-rate',
          `From the page at most ${rateMax} records a second can be made. For more: picket generate on the command line.`
        )
      const outlet = new Outlet({ append, log, nowMs, recordBytesMax }, settingsOf(source))
      const intake = intakeOf(outlet, source)
      let endedMs: number | undefined
      const thread = await runThread({ text, rate: wanted, startMs: startedMs, count }, intake.take)
      if (!thread.ok) return thread
      intake.header = thread.header
      // Now, and not when the thread was asked for: that is no part of the rate.
      const begunMs = monotonicMs()
      const done = thread.ended.then(async ({ problem, stopped }) => {
        await outlet.drain()
        endedMs = monotonicMs()
        one.ended = problem ?? (stopped ? 'stopped' : 'all records are made')
        const over = held.filter(({ ended }) => ended !== undefined)
        held = held.filter(each => each.ended === undefined || over.indexOf(each) < endedMax)
      })
      const one: Held = {
        about: { id: randomBytes(8).toString('hex'), source, rate: read.rate.text, by, startedMs },
        progress: () => ({
          records: intake.records,
          bytes: intake.bytes,
          elapsedMs: (endedMs ?? monotonicMs()) - begunMs
        }),
        stop: () => thread.stop(),
        done
      }
      held = [one, ...held]
      return { ok: true, run: stateOf(one) }
    },

    list: () => held.map(stateOf),

    async stop(id) {
      const one = held.find(({ about }) => about.id === id)
      if (one === undefined) return false
      one.stop()
      await one.done
      return true
    },

    async close() {
      looking.close()
      for (const { stop } of held) stop()
      await Promise.all(held.map(({ done }) => done))
    }
  }
}

const settingsOf = (source: string) => ({ source, timezoneMinutes: undefined, formatOf: () => 'text' })

/** Into the intake; what the records are is recognised by the first of them. */
function intakeOf(outlet: Outlet, source: string) {
  let stream: Stream | undefined
  const intake = {
    header: undefined as string | undefined,
    records: 0,
    bytes: 0,
    async take(lines: readonly string[]): Promise<void> {
      if (stream === undefined) {
        const sample = [...(intake.header === undefined ? [] : [intake.header]), ...lines.slice(0, 50)].join('\n')
        const format = recognise(makeSample(sample)).parser.name
        outlet.settings = { ...settingsOf(source), formatOf: () => format }
        stream = outlet.stream(undefined)
      }
      for (const line of lines) {
        const bytes = Buffer.from(line)
        stream.take(bytes, 0, bytes.length)
        intake.records++
        intake.bytes += bytes.length + 1
      }
      await outlet.room()
    }
  }
  return intake
}
