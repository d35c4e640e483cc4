/** Suricata's events, from the thread that reads them to the outlet. */

import { Worker } from 'node:worker_threads'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { Outlet } from '../listen/outlet.ts'
import type { EveFigures, FromEveThread, ToEveThread } from './eve-messages.ts'

export type EveSocket = {
  figures(): EveFigures
  /** Takes no new connection; resolves when all that was read is in the outlet. */
  close(): Promise<void>
}

type Options = {
  readonly path: string
  readonly outlet: Outlet
  /** A line with Suricata's own figures; they are no record unless `keep` says so. */
  readonly onStats: (line: string, keep: () => void) => void
  readonly onFailure: (reason: string) => void
}

const heldBytesMax = 64 << 20
const alertBytesMax = 80 << 20
const newline = 10

/** Throws `sensor-socket`. */
export async function openEveSocket({ path, outlet, onStats, onFailure }: Options): Promise<EveSocket> {
  let figures: EveFigures = { connected: false, lost: 0, lostAlerts: 0, heldBytes: 0, flows: 0, alerts: 0 }
  const stream = outlet.stream(undefined)
  const worker = new Worker(new URL('./eve-thread.ts', import.meta.url), {
    workerData: { path, heldBytesMax, alertBytesMax },
    resourceLimits: { maxOldGenerationSizeMb: 128 }
  })
  const say = (message: ToEveThread): void => worker.postMessage(message)
  const gone = Promise.withResolvers<void>()
  const listening = Promise.withResolvers<void>()
  let closing = false
  let work: Promise<void> = Promise.resolve()

  const take = (bytes: Buffer): void => {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(newline, start)
      const stop = end < 0 ? bytes.length : end
      if (stop > start) stream.take(bytes, start, stop)
      start = stop + 1
    }
    say({ type: 'taken', bytes: bytes.length })
  }
  worker.on('message', (message: FromEveThread) => {
    if (message.type === 'listening') listening.resolve()
    else if (message.type === 'failed')
      listening.reject(new PicketError('sensor-socket', `cannot listen on ${path}: ${message.reason}`))
    else if (message.type === 'figures') figures = message.figures
    else if (message.type === 'stats') {
      const line = Buffer.from(message.line)
      onStats(message.line, () => stream.take(line, 0, line.length))
    } else if (message.type === 'lines') {
      const bytes = Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength)
      work = work.then(() => outlet.room()).then(() => take(bytes))
    }
  })
  worker.on('error', error => {
    listening.reject(new PicketError('sensor-socket', `the thread that reads events failed: ${messageOf(error)}`))
    if (!closing) onFailure(messageOf(error))
  })
  worker.on('exit', () => gone.resolve())
  await listening.promise
  return {
    figures: () => figures,
    async close() {
      closing = true
      say({ type: 'close' })
      await gone.promise
      await work
    }
  }
}
