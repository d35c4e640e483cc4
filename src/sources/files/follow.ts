/**
 * The standing `files` sources: looks at their files again and again, in rounds, and brings in what has come. Which files, `follow-roster.ts`
 * knows; what a look at one gives, `follow-tail.ts`; `follow-batch.ts` makes it durable. One file's failure is told, and never stops the others.
 */
import type { Chunk } from '../../core/chunk.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import { AppendFailure, FollowBatch } from './follow-batch.ts'
import { idOf, type Places } from './follow-place.ts'
import { type FollowerLog, Problems } from './follow-problems.ts'
import { Roster } from './follow-roster.ts'
import type { FollowedSource, Tail } from './follow-tail.ts'
import { WholeFiles } from './follow-whole.ts'
import { worldReason } from './walk.ts'

export type FollowerOptions = {
  /** Resolves when the chunks are durable. */
  readonly append: (chunks: readonly Chunk[]) => Promise<void>
  readonly places: Places
  readonly log: FollowerLog
  readonly nowMs: () => number
  readonly recordBytesMax: () => number
  /** How often files are looked for, at most. 0: at each round. */
  readonly everyMs: number
  /** Default: 1 MiB, as imports have it. */
  readonly chunkBytes?: number
}

/** Read of one file before the next has its turn. */
const budgetBytes = 4 << 20
/** Gathered for one append. */
const appendBytes = 4 << 20
/** Files that stay open between looks. */
const openMax = 256
/** Unfinished records held in memory, over all files. */
const heldBytesMax = 64 << 20
/** A file that failed is left alone for a while. */
const retryMs = 5_000

export class Follower {
  readonly #o: FollowerOptions
  readonly #stop = new AbortController()
  readonly #problems: Problems
  readonly #batch: FollowBatch
  readonly #wholes: WholeFiles
  readonly #roster: Roster
  readonly #retryAtMs = new WeakMap<Tail, number>()
  #round: Promise<boolean> | undefined

  constructor(options: FollowerOptions) {
    const { signal } = this.#stop
    const problems = new Problems(options.log)
    const batch = new FollowBatch({ ...options, problems, signal })
    const wholes = new WholeFiles({ ...options, batch, problems, signal })
    this.#o = options
    this.#problems = problems
    this.#batch = batch
    this.#wholes = wholes
    this.#roster = new Roster({ ...options, batch, wholes, problems, signal })
  }

  /** Replaces the sources. A file of a source that stays is followed from where it was left. */
  use(sources: readonly FollowedSource[]): void {
    this.#roster.use(sources)
  }

  /** How many files are followed now. */
  get files(): number {
    return this.#roster.tails.size
  }

  /** Looks at everything once; one round at a time. True where there is more to read at once. Never throws. */
  round(): Promise<boolean> {
    this.#round = this.#lookAtAll()
    return this.#round
  }

  /** Ends what is under way (it is taken up again at the next start) and closes all files. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#round
    await this.#wholes.settled()
    await this.#roster.close()
  }

  /** Waits for the files that are being taken whole. */
  imported(): Promise<void> {
    return this.#wholes.settled()
  }

  /** What is wrong now, by the sources' names. */
  problems(): ReadonlyMap<string, string> {
    return this.#problems.bySource()
  }

  async #lookAtAll(): Promise<boolean> {
    const batch = this.#batch
    const roster = this.#roster
    let more = false
    try {
      await roster.discover(this.#o.nowMs())
      await roster.letGo(this.#o.nowMs())
      const looked = new Set<Tail>()
      const lookAtNew = async (): Promise<void> => {
        for (const tail of [...roster.tails.values()]) {
          if (this.#stop.signal.aborted) return
          if (looked.has(tail)) continue
          looked.add(tail)
          if (roster.isCurrent(tail) && (await this.#lookAt(tail))) more = true
          if (batch.bytes >= appendBytes) await batch.flush()
        }
      }
      await lookAtNew()
      // All places are written down then: they are what the searches know.
      await batch.flush()
      if (await roster.search(this.#o.nowMs())) await lookAtNew()
      if (this.#stop.signal.aborted) return false
      await batch.flush()
      this.#problems.clear('round')
    } catch (error) {
      batch.forget()
      more = false
      const what = error instanceof AppendFailure ? 'what was read of followed files could not be taken' : undefined
      if (!this.#stop.signal.aborted) this.#problems.tell('round', {}, messageOf(error), what)
    }
    await this.#bound()
    this.#wholes.run()
    return more
  }

  /** True where there is more to read. Throws only for an append that failed. */
  async #lookAt(tail: Tail): Promise<boolean> {
    const nowMs = this.#o.nowMs()
    if (this.#wholes.has(idOf(tail.key)) || !tail.needsLook(nowMs)) return false
    const waitMs = (this.#retryAtMs.get(tail) ?? nowMs) - nowMs
    if (waitMs > 0 && waitMs <= retryMs) return false
    const batch = this.#batch
    const about = { source: tail.source.name, path: tail.file.path }
    const { chunkBytes } = this.#o
    try {
      const look = tail.look({ nowMs, recordBytesMax: this.#o.recordBytesMax(), budgetBytes, chunkBytes })
      for (;;) {
        const { done, value } = await look.next()
        if (done !== true) {
          batch.add(value)
          if (batch.bytes >= appendBytes * 2) await batch.flush()
          continue
        }
        const { place, lost, decided, whole, more } = value
        if (decided !== undefined) this.#o.log.info({ ...about, ...decided }, 'a file is followed')
        if (lost !== undefined) this.#roster.lost(tail, lost, nowMs)
        else if (place !== undefined) tail.settles ??= tail.heir
        tail.heir = undefined
        if (place !== undefined) batch.complete(tail, place)
        if (whole) {
          const isFound = tail.goneSinceMs === undefined || tail.searchedAt !== undefined
          if (isFound && tail.isAtRest(nowMs)) this.#wholes.add(tail)
          // One that was found rotated is let go of when it is not open.
          if (tail.searchedAt === undefined || this.#wholes.has(idOf(tail.key))) await tail.close()
        }
        this.#retryAtMs.delete(tail)
        this.#problems.clear(idOf(tail.key))
        return more || lost !== undefined
      }
    } catch (error) {
      tail.rollback()
      if (error instanceof AppendFailure) throw error
      if (error instanceof PicketError && error.code === 'file-moved') return false
      this.#retryAtMs.set(tail, nowMs + retryMs)
      this.#problems.tell(idOf(tail.key), about, worldReason(error))
      return false
    }
  }

  /** Bounds the files that are open and the bytes that are held: the quietest and the largest go first. */
  async #bound(): Promise<void> {
    const tails = [...this.#roster.tails.values()]
    const open = tails.filter(tail => tail.isOpen)
    if (open.length > openMax) {
      const closable = open.filter(tail => tail.goneSinceMs === undefined)
      closable.sort((a, b) => a.quietSinceMs - b.quietSinceMs)
      for (const tail of closable.slice(0, open.length - openMax)) await tail.close().catch(() => {})
    }
    let held = 0
    for (const tail of tails) held += tail.heldBytes
    if (held <= heldBytesMax) return
    for (const tail of tails.sort((a, b) => b.heldBytes - a.heldBytes)) {
      if (held <= heldBytesMax) return
      held -= tail.heldBytes
      tail.rollback()
    }
  }
}
