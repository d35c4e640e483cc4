/** Reads ahead in a stream of byte pieces, and takes it apart: containers and formats are recognised by their first bytes. */

const none = Buffer.alloc(0)

/** Pulls from an iterable of pieces. A failure of the stream is kept until everything before it has been taken. */
export class ByteReader {
  readonly #input: AsyncIterator<Buffer>
  #held: Buffer = none
  #ended = false
  #failure: { readonly error: unknown } | undefined

  constructor(input: AsyncIterable<Buffer>) {
    this.#input = input[Symbol.asyncIterator]()
  }

  /** The next `size` bytes without taking them; fewer where the stream ends (or fails) before. */
  async peek(size: number): Promise<Buffer> {
    if (this.#held.length < size) {
      const pieces = [this.#held]
      let length = this.#held.length
      while (length < size) {
        const piece = await this.#pull()
        if (piece === undefined) break
        pieces.push(piece)
        length += piece.length
      }
      this.#held = pieces.length === 1 ? this.#held : Buffer.concat(pieces, length)
    }
    return this.#held.subarray(0, size)
  }

  /** Takes `size` bytes; fewer where the stream ends. Throws where the stream failed before. */
  async take(size: number): Promise<Buffer> {
    const bytes = await this.peek(size)
    if (bytes.length < size && this.#failure !== undefined) throw this.#failure.error
    this.#held = this.#held.subarray(bytes.length)
    return bytes
  }

  /** Takes up to `size` bytes piece by piece: fewer where the stream ends. Throws where it failed, after what came before. */
  async *upTo(size: number): AsyncGenerator<Buffer, void> {
    let left = size
    while (left > 0) {
      let piece: Buffer | undefined = this.#held
      this.#held = none
      if (piece.length === 0) piece = await this.#pull()
      if (piece === undefined) break
      if (piece.length > left) {
        this.#held = piece.subarray(left)
        piece = piece.subarray(0, left)
      }
      left -= piece.length
      if (piece.length > 0) yield piece
    }
    if (left > 0 && this.#failure !== undefined) throw this.#failure.error
  }

  rest(): AsyncGenerator<Buffer, void> {
    return this.upTo(Number.POSITIVE_INFINITY)
  }

  async close(): Promise<void> {
    this.#ended = true
    this.#held = none
    await this.#input.return?.()
  }

  async #pull(): Promise<Buffer | undefined> {
    if (this.#ended) return undefined
    try {
      const next = await this.#input.next()
      if (next.done !== true) return next.value
    } catch (error) {
      this.#failure = { error }
    }
    this.#ended = true
    return undefined
  }
}
