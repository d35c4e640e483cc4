/**
 * Loaded into Picket (`node --import`) by faults that no signal can cause. In each thread: a clock that steps to and fro, where
 * PICKET_FAULT_CLOCK says how far, in milliseconds. In the main thread: SIGUSR2 terminates one of the pipeline's worker threads at
 * once, in the middle of whatever it does. (A thread cannot be killed from outside of its process; this is the nearest to kill -9.)
 */

import { syncBuiltinESMExports } from 'node:module'
import threads, { isMainThread, type Worker } from 'node:worker_threads'

const clockStepMs = Number(process.env['PICKET_FAULT_CLOCK'] ?? 0)

if (clockStepMs > 0) {
  const realNow = Date.now
  let offsetMs = 0
  let nextMs = 0
  Date.now = () => {
    const nowMs = realNow()
    if (nowMs >= nextMs) {
      offsetMs = Math.round((Math.random() - 0.5) * 2 * clockStepMs)
      nextMs = nowMs + 10 + Math.random() * 300
    }
    return nowMs + offsetMs
  }
  globalThis.Date = new Proxy(Date, {
    construct: (target, given, self) => Reflect.construct(target, given.length === 0 ? [target.now()] : given, self)
  })
}

if (isMainThread) {
  const workers = new Set<Worker>()
  const Original = threads.Worker
  threads.Worker = class extends Original {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given)
      if (!String(given[0]).endsWith('/pipeline/worker.ts')) return
      workers.add(this)
      this.on('exit', () => workers.delete(this))
    }
  }
  syncBuiltinESMExports()
  process.on('SIGUSR2', () => {
    const all = [...workers]
    const one = all[Math.floor(Math.random() * all.length)]
    process.stderr.write(one === undefined ? 'fault: there is no worker\n' : 'fault: a worker is terminated\n')
    void one?.terminate()
  })
  process.stderr.write('fault: ready\n')
}
