/** Followed files that are taken whole (compressed, archives, JSON documents, UTF-16, no text at all): one after the other, beside the rounds. */
import { messageOf } from '../../core/errors.ts'
import type { FollowBatch } from './follow-batch.ts'
import { idOf, wholePlace } from './follow-place.ts'
import type { FollowerLog, Problems } from './follow-problems.ts'
import type { Tail } from './follow-tail.ts'
import { importFile } from './import-files.ts'
import { isMoved } from './same-file.ts'

export type WholeOptions = {
  readonly batch: FollowBatch
  readonly problems: Problems
  readonly log: FollowerLog
  readonly nowMs: () => number
  readonly recordBytesMax: () => number
  readonly signal: AbortSignal
}

const retryMs = 10_000

type Waiting = { readonly tail: Tail; fromMs: number }

export class WholeFiles {
  readonly #o: WholeOptions
  readonly #waiting = new Map<string, Waiting>()
  #running: Promise<void> | undefined

  constructor(options: WholeOptions) {
    this.#o = options
  }

  /** By `idOf`. */
  has(id: string): boolean {
    return this.#waiting.has(id)
  }

  add(tail: Tail): void {
    const id = idOf(tail.key)
    if (!this.has(id)) this.#waiting.set(id, { tail, fromMs: 0 })
  }

  drop(id: string): void {
    this.#waiting.delete(id)
  }

  /** Begins the next, if none is being taken. */
  run(): void {
    if (this.#running !== undefined || this.#o.signal.aborted) return
    const nowMs = this.#o.nowMs()
    for (const next of this.#waiting.values()) {
      if (next.fromMs > nowMs && next.fromMs - nowMs <= retryMs) continue
      this.#running = this.#take(next).finally(() => {
        this.#running = undefined
        this.run()
      })
      return
    }
  }

  /** Until none is being taken. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #take(waiting: Waiting): Promise<void> {
    const { tail } = waiting
    const { source, file } = tail
    const { batch, log, nowMs, problems, recordBytesMax, signal } = this.#o
    const id = idOf(tail.key)
    try {
      const { records } = await importFile(file, {
        append: chunks => batch.append(chunks),
        run: '',
        nowMs,
        recordBytesMax: recordBytesMax(),
        source: source.name,
        signal,
        sameAs: file,
        ...(source.format === undefined ? {} : { format: source.format }),
        ...(source.timezone === undefined ? {} : { timezoneMinutes: source.timezone })
      })
      log.info({ source: source.name, path: file.path, records }, 'a file was taken whole')
      problems.clear(id)
      this.#waiting.delete(id)
      const place = wholePlace(file.sizeBytes, file.mtimeMs, source.format ?? '')
      // One that was found rotated is nobody's place to go on from.
      tail.place = tail.searchedAt === undefined ? place : { ...place, done: true }
      batch.keepOf(tail, tail.place)
      batch.writeDown()
    } catch (error) {
      if (isMoved(error)) {
        // It is found again under the name that it has now.
        this.#waiting.delete(id)
        return
      }
      waiting.fromMs = nowMs() + retryMs
      if (!signal.aborted) problems.tell(id, { source: source.name, path: file.path }, messageOf(error))
    }
  }
}
