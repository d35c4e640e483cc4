/**
 * Who may search now: so many searches at once, the others wait in the order in which they came and are told their place. It keeps
 * the engine's two cores for searches that end, and for what comes in meanwhile.
 */

import { PicketError } from '../core/errors.ts'
import { ApiError } from './route.ts'

export type Turn = {
  readonly signal?: AbortSignal | undefined
  /** Told how many wait before this one, each time that changes; never called for one that need not wait. */
  readonly onPlace?: ((waiting: number) => void) | undefined
}

export type Admission = {
  /** Does the work when it is its turn. Throws `search-cancelled` where the signal comes first, `too-many-searches` (503). */
  turn<T>(work: () => Promise<T>, turn?: Turn): Promise<T>
  /** A turn that is held until it is given back: for answers that flow. */
  enter(turn?: Turn): Promise<{ leave(): void }>
  readonly running: () => number
  readonly waiting: () => number
}

const waitingMax = 256

type Waiter = { readonly start: () => void; readonly onPlace: ((waiting: number) => void) | undefined }

export function createAdmission(max: number): Admission {
  let running = 0
  const queue: Waiter[] = []

  const tell = (): void => {
    for (const [place, waiter] of queue.entries()) waiter.onPlace?.(place + 1)
  }
  const leave = (): void => {
    running--
    const next = queue.shift()
    if (next === undefined) return
    running++
    next.start()
    tell()
  }

  const enter = async ({ signal, onPlace }: Turn = {}): Promise<{ leave(): void }> => {
    if (signal?.aborted === true) throw cancelled()
    if (running < max) running++
    else {
      if (queue.length >= waitingMax)
        throw new ApiError(503, 'too-many-searches', 'Too many searches wait already: try again in a moment.', {
          'retry-after': '5'
        })
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          start: () => {
            signal?.removeEventListener('abort', giveUp)
            resolve()
          },
          onPlace
        }
        const giveUp = (): void => {
          queue.splice(queue.indexOf(waiter), 1)
          reject(cancelled())
          tell()
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        queue.push(waiter)
        onPlace?.(queue.length)
      })
    }
    let left = false
    return {
      leave() {
        if (left) return
        left = true
        leave()
      }
    }
  }

  return {
    enter,
    async turn(work, turn) {
      const place = await enter(turn)
      try {
        return await work()
      } finally {
        place.leave()
      }
    },
    running: () => running,
    waiting: () => queue.length
  }
}

const cancelled = (): PicketError => new PicketError('search-cancelled', 'The search was cancelled.')
