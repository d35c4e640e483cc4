/**
 * Lines gathered into batches by number, bytes and age; each is sent by a function, a bounded number of them at once. `write` waits while all are
 * under way: that is the backpressure. The first failure is thrown from then on.
 */

export type Lines = { readonly lines: string[]; readonly keys: (string | undefined)[]; bytes: number }

export type BatchLimits = {
  readonly lines: number
  readonly bytes: number
  /** How long a line waits for company. */
  readonly lingerMs: number
  /** Batches under way at once. 1 keeps the order. */
  readonly inFlight: number
}

export class Batcher {
  readonly #limits: BatchLimits
  readonly #send: (batch: Lines) => Promise<void>
  #open: Lines = { lines: [], keys: [], bytes: 0 }
  #timer: NodeJS.Timeout | undefined
  readonly #under = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(limits: BatchLimits, send: (batch: Lines) => Promise<void>) {
    this.#limits = limits
    this.#send = send
  }

  async write(lines: readonly string[], keys: readonly (string | undefined)[] | undefined): Promise<void> {
    const { lines: linesMax, bytes: bytesMax, lingerMs } = this.#limits
    for (let i = 0; i < lines.length; i++) {
      const bytes = Buffer.byteLength(lines[i]!) + 1
      if (this.#open.lines.length > 0 && this.#open.bytes + bytes > bytesMax) await this.#dispatch()
      this.#open.lines.push(lines[i]!)
      this.#open.keys.push(keys?.[i])
      this.#open.bytes += bytes
      if (this.#open.lines.length >= linesMax) await this.#dispatch()
    }
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#open.lines.length > 0) this.#timer ??= setTimeout(() => void this.#dispatch().catch(() => {}), lingerMs)
  }

  async close(): Promise<void> {
    await this.#dispatch()
    await Promise.all(this.#under)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #dispatch(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#open.lines.length === 0) return
    const batch = this.#open
    this.#open = { lines: [], keys: [], bytes: 0 }
    const sending = this.#send(batch)
      .catch(error => {
        this.#failure ??= { error }
      })
      .finally(() => this.#under.delete(sending))
    this.#under.add(sending)
    while (this.#under.size >= this.#limits.inFlight && this.#under.size > 0) {
      // With one at once, it is waited for; with several, until one is done.
      await Promise.race(this.#under)
    }
    if (this.#failure !== undefined) throw (this.#failure as { error: unknown }).error
  }
}
