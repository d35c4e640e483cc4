/** Collects records for chunks of framing `sized`. Shared by the framers whose records are not simply lines. */
import type { Chunk } from '../../core/chunk.ts'
import { type ChunkMaker, type DeadRecord, SizedBody } from './chunk-maker.ts'
import type { FrameLimits } from './framer.ts'

export class SizedChunks {
  readonly #maker: ChunkMaker
  readonly #limits: FrameLimits
  readonly #body = new SizedBody()
  /** Header lines in force for the records to come. Set only when nothing is waiting (`flush` first). */
  header: readonly string[] | undefined
  #dead: DeadRecord | undefined

  constructor(maker: ChunkMaker, limits: FrameLimits) {
    this.#maker = maker
    this.#limits = limits
  }

  /** The record without its line terminators; nothing if that is empty. Returns the chunk that it completes. */
  text(bytes: Buffer, start: number, end: number): Chunk | undefined {
    const last = withoutLineEnd(bytes, start, end)
    return last === start ? undefined : this.record(bytes, start, last)
  }

  record(bytes: Buffer, start: number, end: number): Chunk | undefined {
    this.#body.add(bytes, start, end)
    return this.#maker.partBytes + this.#body.bytes >= this.#limits.chunkBytes ? this.flush() : undefined
  }

  /** The chunk of what is waiting. */
  flush(): Chunk | undefined {
    const { records } = this.#body
    if (records === 0 && this.#maker.partBytes === 0) return undefined
    return this.#maker.sized(this.#body.take(), records, this.header)
  }

  /** What is waiting, as a part of its chunk, which goes on. */
  part(): Chunk | undefined {
    const { records } = this.#body
    return records === 0 ? undefined : this.#maker.part('sized', this.#body.take(), records, this.header)
  }

  /** As `part`, where the record is all that is waiting; but nothing is taken. */
  preview(bytes: Buffer): Chunk | undefined {
    const last = withoutLineEnd(bytes, 0, bytes.length)
    if (last === 0) return undefined
    const body = new SizedBody()
    body.add(bytes, 0, last)
    return this.#maker.preview('sized', body.take(), 1, this.header)
  }

  /** Does a chunk begin here? */
  get isFresh(): boolean {
    return this.#dead === undefined && this.#body.records === 0 && this.#maker.partBytes === 0
  }

  /** Is a dead record going by? */
  get isDead(): boolean {
    return this.#dead !== undefined
  }

  /** Adds to the dead record that is going by. The first call begins it: `flush` before. */
  bury(bytes: Buffer): void {
    this.#dead ??= this.#maker.beginDead()
    this.#dead.add(bytes)
  }

  /** The chunk of the dead record that went by; an empty one if there was none. */
  buried(reasonOf: (bytes: number) => string): Chunk {
    const record = this.#dead ?? this.#maker.beginDead()
    this.#dead = undefined
    return this.#maker.dead(record, reasonOf(record.bytes))
  }
}

/** The end of the record without the line terminators behind it. */
export function withoutLineEnd(bytes: Buffer, start: number, end: number): number {
  let last = end
  while (last > start && (bytes[last - 1] === 10 || bytes[last - 1] === 13)) last--
  return last
}
