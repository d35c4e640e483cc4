/** The pool of pipeline workers: started when there is work, given up when idle, replaced when they die. */

import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { messageOf, PicketError } from '../core/errors.ts'
import { noRules, type PackedRules } from '../detect/packed-rules.ts'
import { type MailSettings, noMailSettings } from '../mail/settings.ts'
import type { Definition } from '../parsers/declared/definition.ts'
import type { IndicatorsForWorkers } from './table-build.ts'
import type { WorkerMessage, WorkerReply, WorkerRequest } from './worker.ts'

type Job = {
  readonly request: WorkerRequest
  resolve(reply: WorkerReply & { ok: true }): void
  reject(error: Error): void
}
type Hand = { worker: Worker; job: Job | undefined; idleTimer: NodeJS.Timeout | undefined }

export class WorkerPool {
  readonly #size: number
  readonly #idleMs: number
  readonly #log: (fields: object, message: string) => void
  readonly #waiting: Job[] = []
  readonly #hands = new Set<Hand>()
  #closed = false
  #deaths = 0
  #definitions: readonly Definition[] = []
  #rules = noRules
  #indicators: IndicatorsForWorkers | undefined
  #mail = noMailSettings
  #handedOut = 0

  constructor(options: { size: number; idleMs?: number; log: (fields: object, message: string) => void }) {
    this.#size = options.size
    this.#idleMs = options.idleMs ?? 60_000
    this.#log = options.log
  }

  get deaths(): number {
    return this.#deaths
  }

  /** The threads' ids, for fault tests. */
  get threads(): readonly Worker[] {
    return [...this.#hands].map(hand => hand.worker)
  }

  /**
   * Takes the chunks' memory. Rejects with `worker-lost` if the worker ended (the same records may be given to another one),
   * `worker-failed` if they made it throw.
   */
  run(request: WorkerRequest): Promise<WorkerReply & { ok: true }> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject })
      this.#dispatch()
    })
  }

  /** People's own parsers, for all batches from the next on. */
  applyParsers(definitions: readonly Definition[]): void {
    this.#definitions = definitions
    this.#tell({ definitions })
  }

  /** The rules in force, for all batches from the next on. */
  applyRules(rules: PackedRules): void {
    this.#rules = rules
    this.#tell({ rules })
  }

  /** The indicators in force, for all batches from the next on. */
  applyIndicators(indicators: IndicatorsForWorkers): void {
    this.#indicators = indicators
    this.#tell({ indicators })
  }

  /** What the checks of mail are told, for all batches from the next on. */
  applyMail(settings: MailSettings): void {
    this.#mail = settings
    this.#tell({ mail: settings })
  }

  #tell(message: WorkerMessage): void {
    for (const hand of this.#hands) hand.worker.postMessage(message)
  }

  /** The position of the latest batch that a worker has: all later ones see what is put in force now. */
  get handedOut(): number {
    return this.#handedOut
  }

  /** Starts a worker before there is work: the first batch then need not wait for it. The others come with the work. */
  warm(): void {
    if (this.#hands.size === 0 && !this.#closed) this.#rest(this.#hire())
  }

  /** A worker without work is given up after a while. */
  #rest(hand: Hand): void {
    hand.idleTimer = setTimeout(() => {
      this.#hands.delete(hand)
      void hand.worker.terminate()
    }, this.#idleMs).unref()
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const hand =
        [...this.#hands].find(hand => hand.job === undefined) ??
        (this.#hands.size < this.#size ? this.#hire() : undefined)
      if (hand === undefined) return
      const job = this.#waiting.shift()!
      hand.job = job
      clearTimeout(hand.idleTimer)
      this.#give(hand, job)
    }
  }

  /** The chunks' memory goes to the worker for good: nothing is copied. */
  #give(hand: Hand, job: Job): void {
    this.#handedOut = Math.max(this.#handedOut, job.request.position ?? 0)
    const buffers = new Set<ArrayBuffer>()
    for (const { body } of job.request.chunks) {
      if (body.buffer instanceof ArrayBuffer) buffers.add(body.buffer)
    }
    hand.worker.postMessage(job.request, [...buffers])
  }

  #hire(): Hand {
    const cache = getCompileCacheDir()
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      ...(cache !== undefined && { env: { ...process.env, NODE_COMPILE_CACHE: cache } }),
      workerData: {
        definitions: this.#definitions,
        rules: this.#rules,
        mail: this.#mail,
        ...(this.#indicators !== undefined && { indicators: this.#indicators })
      } satisfies WorkerMessage,
      // A batch is bounded; a worker that needs more than this is broken, and must not take the process along.
      resourceLimits: { maxOldGenerationSizeMb: 768, maxYoungGenerationSizeMb: 48 }
    })
    const hand: Hand = { worker, job: undefined, idleTimer: undefined }
    this.#hands.add(hand)
    worker.on('message', (reply: WorkerReply) => {
      const job = hand.job
      hand.job = undefined
      this.#rest(hand)
      if (reply.ok) job?.resolve(reply)
      else job?.reject(new PicketError('worker-failed', reply.error))
      this.#dispatch()
    })
    worker.on('error', error => this.#log({ error: messageOf(error) }, 'a pipeline worker failed'))
    worker.on('exit', () => {
      if (!this.#hands.delete(hand)) return
      clearTimeout(hand.idleTimer)
      this.#deaths++
      const job = hand.job
      if (this.#closed || job === undefined) return
      this.#log({ batch: job.request.number }, 'a pipeline worker ended in the middle of a batch')
      job.reject(
        new PicketError('worker-lost', 'a pipeline worker ended in the middle of a batch', { retryable: true })
      )
      this.#dispatch()
    })
    return hand
  }

  async close(): Promise<void> {
    this.#closed = true
    const hands = [...this.#hands]
    this.#hands.clear()
    for (const job of this.#waiting.splice(0)) job.reject(new PicketError('worker-closed', 'the pipeline is closing'))
    for (const hand of hands) {
      clearTimeout(hand.idleTimer)
      hand.job?.reject(new PicketError('worker-closed', 'the pipeline is closing'))
    }
    await Promise.all(hands.map(hand => hand.worker.terminate()))
  }
}
