/** Asks a thread for a table of indicators (`table-thread.ts`). */

import { Worker } from 'node:worker_threads'
import { messageOf } from '../core/errors.ts'
import type { FromTableThread, TableThreadData } from './table-thread.ts'

export type TableMaker = {
  /** Never rejects. */
  make(data: TableThreadData): Promise<FromTableThread>
  /** Ends the threads that are at work. */
  close(): void
}

export function tableMaker(): TableMaker {
  const workers = new Set<Worker>()
  return {
    make(data) {
      return new Promise(resolve => {
        const worker = new Worker(new URL('./table-thread.ts', import.meta.url), { workerData: data })
        workers.add(worker)
        let answer: FromTableThread = { ok: false, error: 'the thread that makes the table ended' }
        worker.on('message', (message: FromTableThread) => {
          answer = message
        })
        worker.on('error', error => {
          answer = { ok: false, error: messageOf(error) }
        })
        worker.on('exit', () => {
          workers.delete(worker)
          resolve(answer)
        })
      })
    },
    close() {
      for (const worker of workers) void worker.terminate()
    }
  }
}
