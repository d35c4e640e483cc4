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

/** From where a framer can begin again and give the same chunks: the start of the chunk that is being made. */
export type FrameMark = {
  /** How much of the stream comes before it, bytes. */
  readonly at: number
  readonly header?: readonly string[]
  /** CSV: records that begin before this many bytes of the stream are lines as they are. */
  readonly plainUntil?: number
}

/** A framer of a stream that grows: what is complete can be had before its chunk is. */
export type TailFramer = Framer & {
  /** The records that are complete and in no chunk yet, as a part of the present chunk. */
  part(): Chunk | undefined
  /**
   * After `part`: the last record, which is not known to be complete, as if it were. Nothing is taken. `unclear` where the rest is not one
   * record (an open quote, a record that is too long): only `end` tells.
   */
  rest(): Chunk | 'unclear' | undefined
  mark(): FrameMark
  /** How much of the stream is taken, bytes: to here, records are complete. After `part`, all of them were given. */
  readonly taken: number
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
