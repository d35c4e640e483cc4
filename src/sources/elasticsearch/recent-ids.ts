/** The ids of documents that came lately: at least the last `idsMax`, at most twice as many. */

import { IdSet } from '../../core/identity.ts'
import type { RecordKey } from '../files/chunk-maker.ts'

export class RecentIds {
  readonly #idsMax: number
  #now = new IdSet(1024)
  #before = new IdSet(16)

  constructor(idsMax = 250_000) {
    this.#idsMax = idsMax
  }

  has({ high, low }: RecordKey): boolean {
    return this.#now.has(high, low) || this.#before.has(high, low)
  }

  add({ high, low }: RecordKey): void {
    if (this.#now.size >= this.#idsMax) {
      this.#before = this.#now
      this.#now = new IdSet(1024)
    }
    this.#now.add(high, low)
  }
}
