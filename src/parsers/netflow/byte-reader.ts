/** Takes a stream of chunks apart by octets. Keeps no more than a chunk and what is asked for. */

export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #buffer: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]()
  }

  /** The next octets, or undefined where the stream ends before. Valid until the next call. */
  async take(size: number): Promise<Uint8Array | undefined> {
    if (!(await this.#has(size))) return undefined
    const taken = this.#buffer.subarray(this.#at, this.#at + size)
    this.#at += size
    return taken
  }

  /** As `take`, without moving on. */
  async peek(size: number): Promise<Uint8Array | undefined> {
    return (await this.#has(size)) ? this.#buffer.subarray(this.#at, this.#at + size) : undefined
  }

  async #has(size: number): Promise<boolean> {
    while (this.#buffer.length - this.#at < size) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      const left = this.#buffer.subarray(this.#at)
      const joined = new Uint8Array(left.length + next.value.length)
      joined.set(left)
      joined.set(next.value, left.length)
      this.#buffer = joined
      this.#at = 0
    }
    return true
  }
}
