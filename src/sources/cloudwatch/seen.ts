/** Which log events were taken within the look-back: hashes of their ids, in two generations, bounded. */

import { hashIdentity, IdSet } from '../../core/identity.ts'

/** A generation's most ids. Beyond it the oldest are forgotten; the store knows them still. */
const idsMax = 1_000_000

export class Seen {
  readonly #lookBackMs: number
  #now = new IdSet(1 << 10)
  #before = new IdSet(1 << 10)
  #turnMs = 0

  constructor(lookBackMs: number) {
    this.#lookBackMs = lookBackMs
  }

  /** False where it was there. */
  add(id: string, nowMs: number): boolean {
    if (nowMs - this.#turnMs > this.#lookBackMs * 2 || this.#now.size >= idsMax) {
      this.#before = this.#now
      this.#now = new IdSet(1 << 10)
      this.#turnMs = nowMs
    }
    const { high, low } = hashIdentity(id)
    return !this.#before.has(high, low) && this.#now.add(high, low)
  }

  has(id: string): boolean {
    const { high, low } = hashIdentity(id)
    return this.#now.has(high, low) || this.#before.has(high, low)
  }
}
