/** The pool of pipeline workers: started when there is work, given up when idle, replaced when they die. A batch outlives its worker. */

import { Worker } from 'node:worker_threads'
import { messageOf, PicketError } from '../core/errors.ts'
import type { WorkerReply, WorkerRequest } from './worker.ts'

type Job = {
  readonly request: WorkerRequest
  resolve(reply: WorkerReply & { ok: true }): void
  reject(error: Error): void
  tries: number
}
type Hand = { worker: Worker; job: Job | undefined; idleTimer: NodeJS.Timeout | undefined }

/** A batch that took three workers with it will take the next one too. */
const triesMax = 3

export class WorkerPool {
  readonly #size: number
  readonly #idleMs: number
  readonly #log: (fields: object, message: string) => void
  readonly #waiting: Job[] = []
  readonly #hands = new Set<Hand>()
  #closed = false
  #deaths = 0

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

  /** Rejects with `worker-poisoned` if the batch kills its workers, `worker-failed` if it makes them throw. */
  run(request: WorkerRequest): Promise<WorkerReply & { ok: true }> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject, tries: 0 })
      this.#dispatch()
    })
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
      hand.worker.postMessage(job.request)
    }
  }

  #hire(): Hand {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      // A batch is bounded; a worker that needs more than this is broken, and must not take the process along.
      resourceLimits: { maxOldGenerationSizeMb: 768, maxYoungGenerationSizeMb: 48 }
    })
    const hand: Hand = { worker, job: undefined, idleTimer: undefined }
    this.#hands.add(hand)
    worker.on('message', (reply: WorkerReply) => {
      const job = hand.job
      hand.job = undefined
      hand.idleTimer = setTimeout(() => {
        this.#hands.delete(hand)
        void worker.terminate()
      }, this.#idleMs).unref()
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
      job.tries++
      if (job.tries >= triesMax)
        job.reject(new PicketError('worker-poisoned', `a batch ended ${triesMax} pipeline workers`))
      else {
        this.#log({ tries: job.tries }, 'a pipeline worker ended in the middle of a batch; another one takes it over')
        this.#waiting.unshift(job)
      }
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
