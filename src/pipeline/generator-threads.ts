/** Asks threads (`generator-thread.ts`) for records of configurations that come from the page: a few to look at, or a run. Bounded in time and memory. */

import { Worker } from 'node:worker_threads'
import { messageOf } from '../core/errors.ts'
import type { Diagnostic } from '../platform/config-diagnostics.ts'
import type { FromGeneratorThread, ToGeneratorThread } from './generator-thread.ts'

export type Refused = { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
export type Preview = { readonly ok: true; readonly lines: readonly string[]; readonly problem: string | undefined }

export type RunEnd = { readonly problem: string | undefined; readonly stopped: boolean }
export type RunThread =
  | {
      readonly ok: true
      readonly header: string | undefined
      /** Resolves when the last line was taken; never rejects. */
      readonly ended: Promise<RunEnd>
      stop(): void
    }
  | Refused

const memoryMb = 256
/** Longer than any configuration that makes sense takes for a hundred records. */
const previewMs = 4000
/** Until the configuration is read. On a busy machine a thread that is new takes seconds to begin: those are not the configuration's. */
const openMs = 20_000
const idleMs = 60_000
/** A run that makes a record at the moment ends with it, or at once after this. */
const stopMs = 5000

function hire(): Worker {
  const worker = new Worker(new URL('./generator-thread.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 32 }
  })
  worker.unref()
  return worker
}

/** One configuration after the other, in a thread that is kept for the next one. */
export function previewThread(limitMs = previewMs) {
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let jobs = 0

  const dismiss = (): void => {
    const old = worker
    worker = undefined
    void old?.terminate()
  }

  const hired = (): Worker => {
    const fresh = hire()
    fresh.on('error', () => {})
    fresh.on('exit', () => {
      if (worker === fresh) worker = undefined
    })
    return fresh
  }

  const look = (text: string, count: number): Promise<Preview | Refused> =>
    new Promise(resolve => {
      clearTimeout(idle)
      const job = ++jobs
      worker ??= hired()
      const asked = worker
      const lines: string[] = []
      const end = (answer: Preview | Refused): void => {
        clearTimeout(late)
        asked.off('message', onMessage).off('error', onError).off('exit', onExit)
        idle = setTimeout(dismiss, idleMs).unref()
        resolve(answer)
      }
      const fail = (problem: string): void => {
        dismiss()
        end({ ok: true, lines, problem })
      }
      const onMessage = (message: FromGeneratorThread): void => {
        if (message.job !== job) return
        if (message.kind === 'opened') {
          clearTimeout(late)
          late = setTimeout(() => {
            const seconds = limitMs / 1000
            fail(`${lines.length} of ${count} records were made within ${seconds} s: this would be too slow to run`)
          }, limitMs)
        } else if (message.kind === 'lines') lines.push(...message.lines)
        else if (message.kind === 'refused') end({ ok: false, diagnostics: message.diagnostics })
        else end({ ok: true, lines, problem: message.problem })
      }
      const onError = (error: unknown): void => fail(reasonOf(error))
      const onExit = (): void => fail('the thread that makes records ended')
      let late = setTimeout(() => fail(`the configuration was not read within ${openMs / 1000} s`), openMs)
      asked.on('message', onMessage).on('error', onError).on('exit', onExit)
      asked.postMessage({ kind: 'preview', job, text, count } satisfies ToGeneratorThread)
    })

  return {
    /** Never rejects. */
    look(text: string, count: number): Promise<Preview | Refused> {
      const answer = turn.then(() => look(text, count))
      turn = answer
      return answer
    },
    close(): void {
      clearTimeout(idle)
      dismiss()
    }
  }
}

/** `take` is given lines, one batch after the other; the thread waits until it resolves. Never rejects. */
export function runThread(
  wish: Omit<Extract<ToGeneratorThread, { kind: 'run' }>, 'kind'>,
  take: (lines: readonly string[]) => Promise<void>
): Promise<RunThread> {
  const worker = hire()
  worker.ref()
  const { promise: ended, resolve: end } = Promise.withResolvers<RunEnd>()
  let taking: Promise<unknown> = Promise.resolve()
  let stopped = false
  const finish = (result: RunEnd): void => {
    void taking.then(() => end(result))
    void worker.terminate()
  }
  return new Promise(resolve => {
    worker.on('message', (message: FromGeneratorThread) => {
      if (message.kind === 'refused') {
        resolve({ ok: false, diagnostics: message.diagnostics })
        finish({ problem: undefined, stopped: false })
      } else if (message.kind === 'opened')
        resolve({
          ok: true,
          header: message.header,
          ended,
          stop() {
            stopped = true
            worker.postMessage({ kind: 'stop' } satisfies ToGeneratorThread)
            setTimeout(() => void worker.terminate(), stopMs).unref()
          }
        })
      else if (message.kind === 'lines')
        taking = take(message.lines).then(
          () => worker.postMessage({ kind: 'room' } satisfies ToGeneratorThread),
          error => finish({ problem: messageOf(error), stopped })
        )
      else finish(message)
    })
    const broken = (problem: string): void => {
      const result = { problem: stopped ? undefined : problem, stopped }
      // If it never opened, that is told as a run that ended at once.
      resolve({ ok: true, header: undefined, ended, stop() {} })
      finish(result)
    }
    worker.on('error', error => broken(reasonOf(error)))
    worker.on('exit', () => broken('the thread that makes records ended'))
    worker.postMessage({ kind: 'run', ...wish } satisfies ToGeneratorThread)
  })
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? `a record takes more than ${memoryMb} MB of memory` : messageOf(error)
}
