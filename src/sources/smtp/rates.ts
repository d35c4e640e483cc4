/** How many mails an address may send: a bucket each, filled evenly. Addresses that are quiet are forgotten. */

const clientsMax = 10_000

export class MailRates {
  readonly #nowMs: () => number
  readonly #buckets = new Map<string, { left: number; atMs: number }>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** False where the address is over its bound. */
  take(client: string, perMinute: number): boolean {
    const atMs = this.#nowMs()
    const known = this.#buckets.get(client)
    const left =
      known === undefined
        ? perMinute
        : Math.min(perMinute, known.left + (Math.max(0, atMs - known.atMs) * perMinute) / 60_000)
    this.#buckets.delete(client)
    if (this.#buckets.size >= clientsMax) this.#buckets.delete(this.#buckets.keys().next().value!)
    this.#buckets.set(client, { left: left < 1 ? left : left - 1, atMs })
    return left >= 1
  }
}
