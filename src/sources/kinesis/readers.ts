/**
 * Reads the shards of a stream, each from its checkpoint, parents before their children: what was written before a split is read before
 * what was written after it. Failures are waited out, and read on from the checkpoint.
 */

import { awsFailure } from '../../platform/aws/failure.ts'
import { Room } from '../pull/room.ts'
import type { Checkpoints } from '../pull/source.ts'
import { pause, type Trouble } from '../pull/trouble.ts'
import type { KinesisApi, Position, Shard } from './api.ts'
import { type Place, type ShardChunksOptions, takeRecords } from './shard-chunks.ts'

export type ReadersOptions = {
  readonly api: KinesisApi
  readonly stream: string
  /** Where shards begin that have no checkpoint. */
  readonly start: Position
  readonly checkpoints: Checkpoints
  readonly trouble: Trouble
  readonly chunks: Omit<ShardChunksOptions, 'name'>
  /** Kinesis allows five requests a second and shard. */
  readonly spacingMs?: number
  readonly idleMs?: number
  readonly lookEveryMs?: number
}

type Kept = Partial<Place> & { readonly done?: true }

/** Answers of Kinesis that are worked on at once, 10 MB each at most. */
const answersMax = 6

export class Readers {
  readonly #options: ReadersOptions
  readonly #room = new Room(answersMax, Number.POSITIVE_INFINITY)
  readonly #stop = new AbortController()
  readonly #running = new Map<string, Promise<void>>()
  readonly #behind = new Map<string, number>()
  /** As it was listed last. */
  #closed: ReadonlySet<string> = new Set()
  readonly #looking: Promise<void>
  #look = new AbortController()
  records = 0
  answers = 0
  throttled = 0
  shards = 0

  constructor(options: ReadersOptions) {
    this.#options = options
    this.#looking = this.#run()
  }

  /** How far the shard that is furthest behind is, milliseconds. */
  get behindMs(): number {
    return Math.max(0, ...this.#behind.values())
  }

  get reading(): number {
    return this.#running.size
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#look.abort()
    await this.#looking
    await Promise.all(this.#running.values())
  }

  async #run(): Promise<void> {
    const { api, stream, trouble, lookEveryMs = 60_000 } = this.#options
    while (!this.#stop.signal.aborted) {
      this.#look = new AbortController()
      const look = AbortSignal.any([this.#stop.signal, this.#look.signal])
      try {
        this.#begin(await api.shards(this.#stop.signal))
        trouble.over('shards')
        await pause(lookEveryMs, look)
      } catch (error) {
        if (this.#stop.signal.aborted) return
        await pause(trouble.met('shards', awsFailure(error, `list the shards of ${stream}`).message), this.#stop.signal)
      }
    }
  }

  #begin(shards: readonly Shard[]): void {
    const { checkpoints } = this.#options
    this.#closed = new Set(shards.filter(({ isClosed }) => isClosed).map(({ id }) => id))
    this.shards = shards.length - this.#closed.size
    const listed = new Set(shards.map(({ id }) => id))
    const kept = new Map<string, Kept>()
    const gone = new Map<string, undefined>()
    for (const [key, text] of checkpoints.startingWith(this.#key(''))) {
      const id = key.slice(this.#key('').length)
      if (listed.has(id)) kept.set(id, JSON.parse(text) as Kept)
      // Its records have expired, and it will not be named again.
      else if (!this.#running.has(id)) gone.set(key, undefined)
    }
    if (gone.size > 0) checkpoints.save(gone)
    const isDone = (id: string): boolean => !listed.has(id) || kept.get(id)?.done === true
    for (const shard of shards) {
      if (this.#running.has(shard.id) || isDone(shard.id) || !shard.parents.every(isDone)) continue
      const reading = this.#read(shard.id, placeOf(kept.get(shard.id))).finally(() => {
        this.#running.delete(shard.id)
        this.#behind.delete(shard.id)
        // Its children may begin.
        this.#look.abort()
      })
      this.#running.set(shard.id, reading)
    }
  }

  #key(shard: string): string {
    return `shard:${this.#options.stream}:${shard}`
  }

  /** Resolves when the shard has ended and everything is durable, or when told to stop. */
  async #read(shard: string, from: Place | undefined): Promise<void> {
    const { api, stream, start, checkpoints, trouble, chunks, spacingMs = 220, idleMs = 1_000 } = this.#options
    const signal = this.#stop.signal
    const about = `shard ${shard}`
    const name = `${stream} ${shard}`
    let place = from
    let iterator: string | undefined
    while (!signal.aborted) {
      const startedMs = performance.now()
      try {
        iterator ??= await api.iterator(shard, place === undefined ? start : { after: place.after }, signal)
        const asked = iterator
        const { next, behindMs, count } = await this.#room.with(0, async () => {
          const answer = await api.records(asked, signal)
          if (answer.records.length === 0) return { ...answer, count: 0 }
          const taken = await takeRecords(answer.records, place, { ...chunks, name })
          checkpoints.save(new Map([[this.#key(shard), JSON.stringify(taken.place)]]))
          place = taken.place
          this.records += taken.records
          return { ...answer, count: answer.records.length }
        })
        this.answers++
        this.#behind.set(shard, behindMs)
        iterator = next
        trouble.over(about)
        // A closed shard at its tip has ended, even if there is an iterator.
        const ended = next === undefined || (count === 0 && behindMs === 0 && this.#closed.has(shard))
        if (ended) {
          checkpoints.save(new Map([[this.#key(shard), JSON.stringify({ done: true } satisfies Kept)]]))
          return
        }
        const wait = count === 0 && behindMs === 0 ? idleMs : spacingMs
        await pause(Math.max(0, wait - (performance.now() - startedMs)), signal)
      } catch (error) {
        if (signal.aborted) return
        iterator = undefined
        const failure = awsFailure(error, `read ${about} of ${stream}`)
        // Iterators live for five minutes.
        if (failure.kind === 'expired') continue
        if (failure.kind === 'throttled') this.throttled++
        await pause(trouble.met(about, failure.message), signal)
      }
    }
  }
}

function placeOf(kept: Kept | undefined): Place | undefined {
  const { after, origin, index } = kept ?? {}
  return after === undefined || origin === undefined || index === undefined ? undefined : { after, origin, index }
}
