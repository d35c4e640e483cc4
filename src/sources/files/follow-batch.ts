/**
 * What the looks at followed files gave, gathered over many files: made durable by one append, and only then are the places kept.
 * A crash between the two gives the same records again, with the same identity: they are not stored twice.
 */
import type { Chunk } from '../../core/chunk.ts'
import { messageOf } from '../../core/errors.ts'
import { type FileKey, idOf, type KeptPlace, type Place, type Places } from './follow-place.ts'
import type { Problems } from './follow-problems.ts'
import type { Tail } from './follow-tail.ts'

export type BatchOptions = {
  /** Resolves when the chunks are durable. */
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly places: Places
  readonly problems: Problems
  readonly nowMs: () => number
  readonly signal: AbortSignal
}

/** The chunks were not taken. */
export class AppendFailure extends Error {
  override name = 'AppendFailure'
}

export class FollowBatch {
  readonly #o: BatchOptions
  #chunks: Chunk[] = []
  bytes = 0
  /** What is to be kept of the files whose looks are complete. */
  readonly #places = new Map<Tail, Place>()
  /** Durable on the bus, but not written down yet. */
  readonly #unkept = new Map<string, KeptPlace>()

  constructor(options: BatchOptions) {
    this.#o = options
  }

  add(chunk: Chunk): void {
    this.#chunks.push(chunk)
    this.bytes += chunk.body.length
  }

  /** The chunks of this look were all added: its place counts once they are durable. */
  complete(tail: Tail, place: Place): void {
    this.#places.set(tail, place)
  }

  /** A place that needs no chunks before it. */
  keep(kept: KeptPlace): void {
    this.#unkept.set(idOf(kept), kept)
  }

  /** The file's place; and the one of the file that it goes on from is done. */
  keepOf(tail: Tail, place: Place): void {
    this.keep(tail.kept(place, this.#o.nowMs()))
    const { settles } = tail
    if (settles !== undefined) this.keep({ ...settles, place: { ...settles.place, done: true } })
    tail.settles = undefined
  }

  /** As it is, or will be, written down. */
  placeAt(key: FileKey): KeptPlace | undefined {
    return this.#unkept.get(idOf(key)) ?? this.#o.places.at(key)
  }

  /** All that was ever followed under the path, the newest first. */
  placesAt(source: string, path: string): KeptPlace[] {
    const written = this.#o.places.atPath(source, path).filter(kept => !this.#unkept.has(idOf(kept)))
    const unkept = [...this.#unkept.values()].filter(kept => kept.source === source && kept.path === path)
    return unkept.length === 0 ? written : [...unkept, ...written].sort((a, b) => b.seenMs - a.seenMs)
  }

  /** Throws `AppendFailure`: then none of it was taken, and the next looks give it again. */
  async flush(): Promise<void> {
    const chunks = this.#chunks
    this.#chunks = []
    this.bytes = 0
    if (chunks.length > 0) await this.append(chunks)
    for (const [tail, place] of this.#places) {
      tail.place = place
      this.keepOf(tail, place)
    }
    this.#places.clear()
    this.writeDown()
  }

  writeDown(): void {
    if (this.#unkept.size === 0) return
    try {
      this.#o.places.save([...this.#unkept.values()])
      this.#unkept.clear()
      this.#o.problems.clear('places')
    } catch (error) {
      this.#o.problems.tell('places', {}, messageOf(error), 'the places in followed files could not be written down')
    }
  }

  forget(): void {
    this.#chunks = []
    this.bytes = 0
    for (const tail of this.#places.keys()) tail.rollback()
    this.#places.clear()
  }

  /** Waits for room and for the disk, but not beyond the end. Throws `AppendFailure`. */
  async append(chunks: readonly Chunk[]): Promise<void> {
    const { append, signal } = this.#o
    let onAbort: () => void = () => {}
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      signal.throwIfAborted()
      await Promise.race([append(chunks), aborted])
    } catch (cause) {
      throw new AppendFailure(messageOf(cause), { cause })
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}
