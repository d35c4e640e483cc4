/** Tells the group how far we have come, once a second: for Kafka's tools, and for who has the partition after us. */

import type { Consumer } from '@platformatic/kafka'
import type { Counts } from './kafka.ts'
import { keyOf, type Position } from './positions.ts'

const everyMs = 1_000
const closeMs = 3_000

export class Offsets {
  readonly #consumer: Consumer
  readonly #counts: Counts
  readonly #failed: (error: unknown) => void
  readonly #timer: NodeJS.Timeout
  #changed = new Map<string, { topic: string; partition: number; offset: bigint; leaderEpoch: number }>()
  #running: Promise<void> | undefined
  #told = false

  constructor(consumer: Consumer, counts: Counts, failed: (error: unknown) => void) {
    this.#consumer = consumer
    this.#counts = counts
    this.#failed = failed
    this.#timer = setInterval(() => void this.#commit(), everyMs)
  }

  /** What is before `next` is durable and noted. */
  note({ topic, partition, epoch }: Position, next: number): void {
    this.#changed.set(keyOf({ topic, partition }), { topic, partition, offset: BigInt(next), leaderEpoch: epoch })
  }

  /** What is not committed of other partitions is dropped: who reads them now knows better. */
  keep(positions: readonly Position[]): void {
    const ours = new Set(positions.map(keyOf))
    for (const key of this.#changed.keys()) if (!ours.has(key)) this.#changed.delete(key)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, closeMs)
    })
    await Promise.race([this.#finish(), late])
    clearTimeout(timer)
  }

  async #finish(): Promise<void> {
    await this.#running
    await this.#commit()
  }

  #commit(): Promise<void> {
    this.#running ??= this.#send().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #send(): Promise<void> {
    if (this.#changed.size === 0) return
    const changed = this.#changed
    this.#changed = new Map()
    try {
      await this.#consumer.commit({ offsets: [...changed.values()] })
      this.#told = false
    } catch (error) {
      this.#counts.commitFailures++
      if (!this.#told) this.#failed(error)
      this.#told = true
      for (const [key, one] of changed) if (!this.#changed.has(key)) this.#changed.set(key, one)
    }
  }
}
