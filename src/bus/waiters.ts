/** Those who wait for a partition to grow. They are woken by the append that made their offset durable: nobody polls. */
import { busClosed } from './limits.ts'

type Waiter = { readonly offset: number; wake(): void; fail(error: Error): void }

export class Waiters {
  readonly #waiting = new Set<Waiter>()

  /** Resolves on the first `wake(end)` with an end after `offset`, or when the signal aborts; rejects on `close`. */
  wait(offset: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter)
        signal.removeEventListener('abort', waiter.wake)
      }
      const waiter: Waiter = {
        offset,
        wake() {
          leave()
          resolve()
        },
        fail(error) {
          leave()
          reject(error)
        }
      }
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', waiter.wake)
      this.#waiting.add(waiter)
    })
  }

  wake(end: number): void {
    for (const waiter of this.#waiting) if (waiter.offset < end) waiter.wake()
  }

  close(): void {
    for (const waiter of this.#waiting) waiter.fail(busClosed())
  }
}
