/**
 * A bounded cache of what is dear to compute and often asked again (user agents, registered domains): two generations of maps,
 * so that keeping it bounded costs nothing per look-up. Used by the parsers' shared pieces; lives as long as the process.
 */

export class Recent<Value> {
  readonly #generationMax: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** Keeps at most `entriesMax` entries: at least the newest half of them, in order of use. */
  constructor(entriesMax: number) {
    this.#generationMax = Math.max(1, entriesMax >> 1)
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old !== undefined) this.#put(key, old)
    return old
  }

  set(key: string, value: Value): void {
    this.#put(detached(key), value)
  }

  #put(key: string, value: Value): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}

/** A copy of the text: a slice of a large one would keep all of it alive (V8). */
export function detached(text: string): string {
  return text.length < 13 ? text : (' ' + text).slice(1)
}
