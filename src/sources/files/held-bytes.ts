/** The bytes of a stream that are held while the end of a chunk or record is looked for: contiguous, and copied rarely. */

const none = Buffer.alloc(0)

/**
 * Pieces are appended behind, what is done with is dropped in front. A piece that meets nothing held is taken as it is; else bytes
 * move to a store of our own with room for more, so that many small pieces cost linear time. Views given out stay as they are:
 * nothing is ever written over.
 */
export class HeldBytes {
  #store: Buffer = none
  #start = 0
  #end = 0
  #own = false

  get length(): number {
    return this.#end - this.#start
  }

  append(piece: Buffer): void {
    if (this.#start === this.#end) {
      this.#store = piece
      this.#start = 0
      this.#end = piece.length
      this.#own = false
      return
    }
    const used = this.#end - this.#start
    const needed = used + piece.length
    if (!this.#own || this.#end + piece.length > this.#store.length) {
      const store = Buffer.allocUnsafeSlow(piece.length >= used ? needed : Math.max(needed, used * 2))
      this.#store.copy(store, 0, this.#start, this.#end)
      this.#store = store
      this.#start = 0
      this.#end = used
      this.#own = true
    }
    piece.copy(this.#store, this.#end)
    this.#end += piece.length
  }

  /** What is held. */
  view(): Buffer {
    return this.#store.subarray(this.#start, this.#end)
  }

  /** Forgets the first `bytes` of what is held. */
  drop(bytes: number): void {
    this.#start += bytes
    if (this.#start >= this.#end) this.clear()
  }

  /** Lets go of what is not held any more, where that is much: a few bytes must not keep a large piece alive. */
  compact(): void {
    const used = this.#end - this.#start
    if (used === 0 || this.#store.buffer.byteLength < used * 2 + 4096) return
    const store = Buffer.allocUnsafeSlow(used)
    this.#store.copy(store, 0, this.#start, this.#end)
    this.#store = store
    this.#start = 0
    this.#end = used
    this.#own = true
  }

  clear(): void {
    this.#store = none
    this.#start = 0
    this.#end = 0
    this.#own = false
  }
}
