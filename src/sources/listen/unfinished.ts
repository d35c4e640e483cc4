/** The bytes of a connection's message that is not whole yet, in memory of our own: what a socket hands over is freed once it is read. */

const none = Buffer.alloc(0)
const roomMin = 1024

export class Unfinished {
  #bytes = none
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The memory that it takes, bytes. */
  get room(): number {
    return this.#bytes.length
  }

  /** Copies them behind what is held. */
  hold(bytes: Buffer, start: number, end = bytes.length): void {
    if (start === end) return
    const needed = this.#length + end - start
    if (needed > this.#bytes.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, roomMin))
      this.#bytes.copy(bigger, 0, 0, this.#length)
      this.#bytes = bigger
    }
    bytes.copy(this.#bytes, this.#length, start, end)
    this.#length = needed
  }

  /** What is held. Good until something is held or dropped. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** The first `count` bytes are done with. */
  drop(count: number): void {
    if (count > 0) this.#bytes.copyWithin(0, count, this.#length)
    this.#length -= count
  }

  /** Lets go of much room that little is held in. */
  shrink(): void {
    if (this.#bytes.length > 16_384 && this.#length * 4 < this.#bytes.length) this.#bytes = Buffer.from(this.view())
  }

  clear(): void {
    this.#bytes = none
    this.#length = 0
  }
}
