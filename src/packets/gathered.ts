/** Octets gathered until there is enough to read: grows as needed, bounded, and paid for out of the budget. */

import type { Budget } from './budget.ts'

export class Gathered {
  bytes: Uint8Array = new Uint8Array(0)
  length = 0
  readonly #max: number
  readonly #budget: Budget

  constructor(max: number, budget: Budget) {
    this.#max = max
    this.#budget = budget
  }

  /** False: there is no room for it; nothing was taken. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    const need = this.length + to - from
    if (need > this.#max) return false
    if (need > this.bytes.length) {
      const size = Math.min(this.#max, Math.max(need, this.bytes.length * 2, 512))
      if (!this.#budget.take(size - this.bytes.length)) return false
      const larger = new Uint8Array(size)
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.bytes.set(bytes.subarray(from, to), this.length)
    this.length = need
    return true
  }

  /** The first octets have been read. */
  drop(count: number): void {
    this.bytes.copyWithin(0, count, this.length)
    this.length -= count
  }

  free(): void {
    this.#budget.give(this.bytes.length)
    this.bytes = new Uint8Array(0)
    this.length = 0
  }
}
