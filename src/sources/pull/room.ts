/** Room for work that is done in parallel: so many pieces, and so many bytes of memory, at once. Who waits longest is next. */

export class Room {
  readonly #piecesMax: number
  readonly #bytesMax: number
  readonly #waiting: { readonly bytes: number; readonly resolve: () => void }[] = []
  pieces = 0
  bytes = 0

  constructor(piecesMax: number, bytesMax: number) {
    this.#piecesMax = piecesMax
    this.#bytesMax = bytesMax
  }

  /** Does `work` when there is room for it. What is larger than all the room has it alone. */
  async with<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const own = Math.min(bytes, this.#bytesMax)
    if (this.#waiting.length > 0 || !this.#fits(own)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push({ bytes: own, resolve })
      await promise
    } else this.#take(own)
    try {
      return await work()
    } finally {
      this.pieces--
      this.bytes -= own
      while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
        const next = this.#waiting.shift()!
        this.#take(next.bytes)
        next.resolve()
      }
    }
  }

  #fits(bytes: number): boolean {
    return this.pieces < this.#piecesMax && this.bytes + bytes <= this.#bytesMax
  }

  #take(bytes: number): void {
    this.pieces++
    this.bytes += bytes
  }
}
