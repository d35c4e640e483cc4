/**
 * A rolling capture: tcpdump runs as a child, its packets are kept in files within a size (ring.ts), and decoded into events where that is
 * wanted. Without that, it brings no records in: it is there for who asks for an event's packets. It is started again when it ends.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../core/errors.ts'
import { CaptureReader } from '../../packets/capture-reader.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import type { PullContext, Pulling } from '../pull/source.ts'
import { LiveDecoder } from './live-decoder.ts'
import { Ring } from './ring.ts'
import { findTcpdump, startTcpdump, type Tcpdump } from './tcpdump.ts'

export type CaptureConfig = Extract<SourceConfig, { type: 'capture' }>

const flushMs = 500
const askMs = 10_000
const restartMaxMs = 60_000
/** Who runs for so long, was well. */
const steadyMs = 30_000

export async function pullCapture(config: CaptureConfig, context: PullContext): Promise<Pulling> {
  const capture = new Capture(config, context)
  capture.start()
  return capture
}

class Capture implements Pulling {
  readonly #config: CaptureConfig
  readonly #context: PullContext
  readonly #ring: Ring
  readonly #decoder: LiveDecoder | undefined
  readonly #stop = new AbortController()
  #child: Tcpdump | undefined
  #problem: string | undefined
  #packets = 0
  #bytes = 0
  #restarts = 0
  #lost = { kernel: 0, interface: 0 }
  #running: Promise<void> = Promise.resolve()

  constructor(config: CaptureConfig, context: PullContext) {
    this.#config = config
    this.#context = context
    const settings = { bytesMax: config.keep, ageMaxMs: config.keepFor }
    this.#ring = new Ring(context.folder(), settings, context.nowMs)
    if (config.decode)
      this.#decoder = new LiveDecoder(config.name, `${config.name} ${randomBytes(16).toString('hex')}`, context)
  }

  start(): void {
    this.#running = this.#run()
  }

  figures() {
    const losses = this.#child?.losses()
    return {
      records: this.#decoder?.records ?? 0,
      problem: this.#problem,
      more: {
        packets: this.#packets,
        bytes: this.#bytes,
        dropped_by_kernel: this.#lost.kernel + (losses?.kernel ?? 0),
        dropped_by_interface: this.#lost.interface + (losses?.interface ?? 0),
        kept_files: this.#ring.files,
        kept_bytes: this.#ring.keptBytes,
        restarts: this.#restarts
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#child?.end()
    await this.#running
    await this.#decoder?.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let waitMs = 1_000
    while (!signal.aborted) {
      const startedMs = performance.now()
      const reason = await this.#once().catch(error => messageOf(error))
      if (signal.aborted) return
      this.#problem = reason
      if (performance.now() - startedMs > steadyMs) waitMs = 1_000
      this.#context.log.warn({ source: this.#config.name, reason, waitMs }, 'the capture ended; it is started again')
      await sleep(waitMs, undefined, { signal }).catch(() => {})
      waitMs = Math.min(restartMaxMs, waitMs * 2)
      this.#restarts++
    }
  }

  /** One life of tcpdump. Resolves to why it ended. */
  async #once(): Promise<string> {
    const { interface: name, filter, snaplen } = this.#config
    const child = startTcpdump({ program: findTcpdump(this.#config.tcpdump), interface: name, filter, snaplen })
    this.#child = child
    const asking = setInterval(() => child.ask(), askMs)
    let failure: string | undefined
    let busy = false
    // Packets are few on a quiet line: what came is to be found soon, and the time of flows goes on.
    const flushing = setInterval(() => {
      if (busy) return
      busy = true
      this.#work(async () => {
        await this.#ring.flush()
        await this.#decoder?.tick()
      })
        .catch(error => {
          failure ??= messageOf(error)
          child.end()
        })
        .finally(() => {
          busy = false
        })
    }, flushMs)
    try {
      await this.#take(child)
    } catch (error) {
      failure ??= messageOf(error)
    } finally {
      clearInterval(asking)
      clearInterval(flushing)
      child.end()
    }
    const reason = await child.ended
    const { kernel, interface: dropped } = child.losses()
    this.#lost = { kernel: this.#lost.kernel + kernel, interface: this.#lost.interface + dropped }
    this.#child = undefined
    await this.#work(() => this.#ring.close()).catch(error => {
      failure ??= messageOf(error)
    })
    return failure ?? reason
  }

  async #take(child: Tcpdump): Promise<void> {
    const reader = new CaptureReader()
    let begun = false
    for await (const piece of child.packets) {
      await this.#work(async () => {
        reader.push(piece)
        if (!begun && piece.length >= 24) {
          begun = true
          this.#problem = undefined
          await this.#ring.begin(new Uint8Array(piece.buffer, piece.byteOffset, 24))
        }
        while (reader.next()) {
          const { bytes, from, to, seconds, nanos } = reader
          const timeMs = seconds * 1000 + Math.floor(nanos / 1e6)
          this.#packets++
          this.#bytes += reader.wireBytes
          if (this.#ring.fits(to - from + 16)) this.#ring.put(bytes, from - 16, to, timeMs)
          else await this.#ring.add(bytes, from - 16, to, timeMs)
          this.#decoder?.packet(reader)
        }
        if (this.#decoder?.full === true) await this.#decoder.room()
      })
      if (reader.problem !== undefined) throw new Error(reader.problem)
    }
  }

  #turn: Promise<void> = Promise.resolve()

  /** Packets and flushes take turns. */
  #work(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task)
    this.#turn = done.catch(() => {})
    return done
  }
}
