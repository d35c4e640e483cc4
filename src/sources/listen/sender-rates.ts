/**
 * How much a source, and one sender of a source, may bring in: bytes a second, with a second's worth at once. A sender beyond its rate is
 * held off until it is within it again: HTTP is answered 429, a connection is not read, datagrams are dropped; each is counted.
 */

export type RateCounts = { refused: number; held: number; dropped: number }

type Bucket = { bytes: number; atMs: number }

const sendersMax = 10_000

export class SenderRates {
  /** Answers 429, pauses of connections, datagrams dropped. */
  readonly counts: RateCounts = { refused: 0, held: 0, dropped: 0 }
  readonly #rate: () => number | undefined
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** `rate`: bytes a second; undefined: no bound. `nowMs` counts on evenly. */
  constructor(rate: () => number | undefined, nowMs: () => number) {
    this.#rate = () => {
      const bytes = rate()
      return bytes === undefined ? undefined : Math.max(1, bytes)
    }
    this.#nowMs = nowMs
  }

  charge(sender: string, bytes: number): void {
    const rate = this.#rate()
    if (rate === undefined) return
    const bucket = this.#bucketOf(sender, rate)
    bucket.bytes -= bytes
  }

  /** Bytes of a connection: for how long it is not to be read now. */
  taken(sender: string, bytes: number): number {
    this.charge(sender, bytes)
    const heldMs = this.heldMs(sender)
    if (heldMs > 0) this.counts.held++
    return heldMs
  }

  /** A request: for how long its sender is to stay away; 0: it may be taken. */
  refuses(sender: string): number {
    const heldMs = this.heldMs(sender)
    if (heldMs > 0) this.counts.refused++
    return heldMs
  }

  /** A datagram: may it be taken? */
  admits(sender: string, bytes: number): boolean {
    if (this.heldMs(sender) > 0) {
      this.counts.dropped++
      return false
    }
    this.charge(sender, bytes)
    return true
  }

  /** For how long this sender is to be held off; 0 if it is within its rate. */
  heldMs(sender: string): number {
    const rate = this.#rate()
    if (rate === undefined) return 0
    const { bytes } = this.#bucketOf(sender, rate)
    return bytes >= 0 ? 0 : Math.ceil((-bytes / rate) * 1000)
  }

  #bucketOf(sender: string, rate: number): Bucket {
    const now = this.#nowMs()
    let bucket = this.#buckets.get(sender)
    if (bucket === undefined) {
      if (this.#buckets.size >= sendersMax) this.#buckets.delete(this.#buckets.keys().next().value!)
      bucket = { bytes: rate, atMs: now }
    } else {
      // The one heard of last is forgotten last.
      this.#buckets.delete(sender)
      bucket.bytes = Math.min(rate, bucket.bytes + ((now - bucket.atMs) / 1000) * rate)
      bucket.atMs = now
    }
    this.#buckets.set(sender, bucket)
    return bucket
  }
}
