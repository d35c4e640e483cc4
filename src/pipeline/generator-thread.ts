/**
 * The thread in which configurations from the page make records: what they cost, or that one never comes to an end, is nobody else's concern. One such
 * thread looks at configurations (`preview`), each run has one of its own. Asked by `generator-threads.ts`.
 */

import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { messageOf } from '../core/errors.ts'
import { readRate } from '../generate/rate.ts'
import { realClock } from '../platform/clock.ts'
import type { Diagnostic } from '../platform/config-diagnostics.ts'
import { noFigures } from '../sinks/sink.ts'
import { type OpenedGenerator, openGenerator } from './generator-config.ts'
import { startRun } from './generator-run.ts'

export type ToGeneratorThread =
  | { readonly kind: 'preview'; readonly job: number; readonly text: string; readonly count: number }
  | {
      readonly kind: 'run'
      readonly text: string
      readonly rate: string
      readonly startMs: number
      readonly count: number | undefined
    }
  /** What was sent last has been taken. */
  | { readonly kind: 'room' }
  | { readonly kind: 'stop' }

export type FromGeneratorThread =
  | { readonly kind: 'refused'; readonly job: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'lines'; readonly job: number; readonly lines: readonly string[] }
  | { readonly kind: 'opened'; readonly job: number; readonly header: string | undefined }
  | { readonly kind: 'ended'; readonly job: number; readonly problem: string | undefined; readonly stopped: boolean }

const file = 'configuration'
/** Lines of a slow configuration are shown as they come. */
const showEveryMs = 200

const port = parentPort!
const tell = (message: FromGeneratorThread): void => port.postMessage(message)
const stop = new AbortController()
let room: (() => void) | undefined

port.on('message', (message: ToGeneratorThread) => {
  if (message.kind === 'room') room?.()
  else if (message.kind === 'stop') stop.abort()
  else {
    const work = message.kind === 'preview' ? preview(message) : run(message)
    const job = message.kind === 'preview' ? message.job : 0
    work.catch(error => tell({ kind: 'ended', job, problem: messageOf(error), stopped: false }))
  }
})

function open(text: string, intervalMs: number | undefined): Promise<OpenedGenerator> {
  return openGenerator(text, file, config => ({
    options: {
      seed: config.seed ?? randomBytes(16).toString('hex'),
      isRepeatable: config.seed !== undefined,
      nowMs: realClock.nowMs,
      intervalMs
    }
  }))
}

async function preview({ job, text, count }: Extract<ToGeneratorThread, { kind: 'preview' }>): Promise<void> {
  const opened = await open(text, undefined)
  if (!opened.ok) {
    tell({ kind: 'refused', job, diagnostics: opened.diagnostics })
    return
  }
  const { generator } = opened
  tell({ kind: 'opened', job, header: generator.header })
  let lines = generator.header === undefined ? [] : [generator.header]
  let shownMs = realClock.monotonicMs()
  for (let made = 0; made < count; made++) {
    const line = generator.next()
    if (line === undefined) break
    lines.push(line)
    if (realClock.monotonicMs() - shownMs < showEveryMs) continue
    tell({ kind: 'lines', job, lines })
    lines = []
    shownMs = realClock.monotonicMs()
  }
  tell({ kind: 'lines', job, lines })
  tell({ kind: 'ended', job, problem: generator.problem, stopped: false })
}

async function run({ text, rate: wanted, startMs, count }: Extract<ToGeneratorThread, { kind: 'run' }>): Promise<void> {
  const read = readRate(wanted, startMs)
  if (!read.ok) throw new Error(read.message)
  const opened = await open(text, 1000 / read.rate.mean)
  if (!opened.ok) {
    tell({ kind: 'refused', job: 0, diagnostics: opened.diagnostics })
    return
  }
  const { generator, config } = opened
  tell({ kind: 'opened', job: 0, header: generator.header })
  const { done } = startRun({
    generator,
    sink: {
      label: 'Picket',
      write: lines =>
        new Promise(resolve => {
          room = resolve
          tell({ kind: 'lines', job: 0, lines })
        }),
      close: async () => {},
      figures: () => noFigures
    },
    count: count ?? config.count,
    durationMs: config.duration,
    rate: read.rate,
    withKeys: false,
    stop: stop.signal,
    monotonicMs: realClock.monotonicMs
  })
  const { problem, stopped } = await done
  tell({ kind: 'ended', job: 0, problem, stopped })
}
