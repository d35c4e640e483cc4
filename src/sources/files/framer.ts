/** What cuts a stream's bytes into chunks: given the bytes piece by piece, it gives the chunks that are complete. */
import type { Chunk } from '../../core/chunk.ts'

/**
 * Chunks depend on the content alone, never on how it was cut into pieces. `push` and `end` are generators: the caller may stop between
 * chunks for as long as it likes.
 */
export type Framer = {
  push(piece: Buffer): Iterable<Chunk>
  /** The end of the stream. With a problem, what is not complete is a dead record with that reason: without one, it is a record. */
  end(problem?: string): Iterable<Chunk>
}

export type FrameLimits = {
  /** A chunk ends with the first record that ends at or after this many bytes. */
  readonly chunkBytes: number
  /** A longer record is dead on arrival. */
  readonly recordBytesMax: number
}

export const frameLimits: FrameLimits = { chunkBytes: 1024 * 1024, recordBytesMax: 16 * 1024 * 1024 }

export function tooLong(what: string, bytes: number, limits: FrameLimits): string {
  return `a ${what} of ${bytes} bytes is longer than ${limits.recordBytesMax}`
}
