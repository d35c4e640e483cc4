/**
 * The loop between bus and store: chunks are collected into batches by size and time, parsed and encoded by workers, checked for
 * duplicates, inserted with a token, and settled in the ledger. In order, one insert at a time, with the next batches being encoded.
 *
 * Exactly once: the batch's outcome (its bounds, its duplicates, its token) is written down before it is inserted. After a crash the
 * same batch is made again and inserted with the same token, which the store ignores if it had it.
 */

import type { Bus, CorruptRange, StoredMessage } from '../core/bus.ts'
import type { MatchGroup } from '../core/detection.ts'
import { messageOf, PicketError } from '../core/errors.ts'
import { IdSet } from '../core/identity.ts'
import type { IndicatorMatch } from '../intel/match.ts'
import { giveBack } from '../platform/memory.ts'
import type { Ledger, Outcome } from '../state/ledger.ts'
import type { Store } from '../store/store.ts'
import { chunkOf, type Intake, rawPartition, rawTopic } from './intake.ts'
import { lostOutcomes } from './lost.ts'
import type { WorkerReply } from './worker.ts'
import type { WorkerPool } from './worker-pool.ts'

export type PipelineOptions = {
  readonly bus: Bus
  readonly store: Pick<Store, 'insert' | 'existingIds'>
  readonly ledger: Ledger
  readonly intake: Intake
  readonly pool: Pick<WorkerPool, 'run'>
  /** Names the bus's life: a bus made anew starts at offset 0 again, and its tokens must not be taken for those of the old one. */
  readonly busId: string
  /** What this life's offsets are added to, so that rows carry positions that only ever grow: see `position.ts`. Default 0. */
  readonly positionBase?: number
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** Told of the rows that have become searchable. Must not throw, and must not take long. */
  readonly onStored?: (batch: StoredBatch) => void
  /**
   * Makes alerts of what was found in a batch. Called in the transaction that settles the batch: both happen or none, so that a batch
   * that is made again after a crash neither alerts twice nor loses an alert.
   */
  readonly raise?: (matches: readonly MatchGroup[], indicators: readonly IndicatorMatch[]) => void
  readonly sleep?: (ms: number) => Promise<void>
  readonly batchRecords?: number
  readonly batchBytes?: number
  /** How long a small batch waits for company. */
  readonly lingerMs?: number
  /** Batches in work at once, the one being inserted included. */
  readonly depth?: number
}

/** Rows that were just stored. */
export type StoredBatch = {
  /** Pairs of 32-bit halves (high, low), in the order of the records. */
  readonly ids: Uint32Array
  /** The times of those that have one of their own; `toUs` < `fromUs` where none has. */
  readonly fromUs: number
  readonly toUs: number
  readonly undated: number
}

type Batch = {
  readonly from: number
  readonly to: number
  readonly messages: readonly StoredMessage[]
  readonly corrupt: readonly CorruptRange[]
  /**
   * Of a batch that a crash interrupted and that cannot be made again whole: the ids that the store had before it. What else it has of the
   * batch was stored, but its matches were not handed over.
   */
  readonly matched?: Uint32Array | undefined
}

type Encoded = WorkerReply & { ok: true }

export type PipelineState = {
  /** Why nothing moves at the moment, if nothing does. */
  readonly stalled: string | undefined
  /** Why it ended by itself: nothing moves until the next start. */
  readonly failed: string | undefined
  readonly rowsInserted: number
  readonly lastInsertMs: number
  readonly workerBusyMs: number
  readonly insertBusyMs: number
  readonly committed: number
}

const nothing = new Uint32Array(0)
const workersMax = 3

export class Pipeline {
  readonly #o: Required<PipelineOptions>
  #stopping = false
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #number = 0
  #stalled: string | undefined
  #failed: string | undefined
  #rowsInserted = 0
  #lastInsertMs = 0
  #workerBusyMs = 0
  #insertBusyMs = 0
  #committed = 0

  constructor(options: PipelineOptions) {
    this.#o = {
      batchRecords: 65_536,
      batchBytes: 32 << 20,
      lingerMs: 250,
      depth: 3,
      positionBase: 0,
      onStored: () => {},
      raise: () => {},
      sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
      ...options
    }
  }

  get state(): PipelineState {
    return {
      stalled: this.#failed ?? this.#stalled,
      failed: this.#failed,
      rowsInserted: this.#rowsInserted,
      lastInsertMs: this.#lastInsertMs,
      workerBusyMs: this.#workerBusyMs,
      insertBusyMs: this.#insertBusyMs,
      committed: this.#committed
    }
  }

  /** Runs until `stop`. Rejects only if we are wrong; the world's failures are waited out. */
  start(): Promise<void> {
    this.#running ??= this.#loop().catch(error => {
      // What is left is on the bus.
      if (this.#stopping && isRetryable(error)) return
      this.#failed = messageOf(error)
      throw error
    })
    return this.#running
  }

  /** Finishes the batches in work and ends; what is left on the bus is taken up at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#stop.abort()
    // What it failed with, whoever started it was told.
    await this.#running?.catch(() => {})
  }

  async #loop(): Promise<void> {
    const { bus, ledger, depth } = this.#o
    let next = await this.#recover()
    const ends = await bus.ends(rawTopic, rawPartition)
    if (next > ends.end)
      throw new PicketError(
        'pipeline-position',
        `The bus ends at offset ${ends.end}, but ${next} was already processed: is this the bus's folder?`
      )
    this.#committed = next
    const ahead: { batch: Batch; encoded: Promise<Encoded> }[] = []
    for (;;) {
      while (ahead.length < depth && !this.#stopping) {
        const batch = await this.#collect(next, ahead.length === 0)
        if (batch === undefined) break
        const encoded = this.#encode(batch, nothing)
        // Failures are dealt with when its turn comes.
        encoded.catch(() => {})
        ahead.push({ batch, encoded })
        next = batch.to
      }
      const first = ahead.shift()
      if (first === undefined) {
        if (this.#stopping) return
        continue
      }
      await this.#commit(first.batch, first.encoded)
      this.#committed = ledger.committed(rawTopic, rawPartition)
    }
  }

  /** The batch that a crash interrupted is done again as it was written down. */
  async #recover(): Promise<number> {
    const { ledger, log } = this.#o
    const intent = ledger.intent(rawTopic, rawPartition)
    if (intent !== undefined) {
      log.info({ from: intent.from, to: intent.to }, 'finishing the batch that was interrupted')
      const batch = await this.#read(intent.from, intent.to)
      const known = new Uint32Array(
        intent.known.buffer.slice(intent.known.byteOffset, intent.known.byteOffset + intent.known.byteLength)
      )
      let encoded: Encoded | undefined
      try {
        encoded = await this.#encode(batch, known)
      } catch (error) {
        // What of it was inserted is found as duplicates then.
        await this.#undo({ ...batch, matched: known }, error)
      }
      if (encoded !== undefined) await this.#insert(batch, encoded, intent.token)
    }
    return ledger.committed(rawTopic, rawPartition)
  }

  async #read(from: number, to: number): Promise<Batch> {
    const messages: StoredMessage[] = []
    const corrupt: CorruptRange[] = []
    for (let offset = from; offset < to; ) {
      const read = await this.#o.bus.read(rawTopic, rawPartition, offset, this.#o.batchBytes)
      messages.push(...read.messages.filter(message => message.offset < to))
      corrupt.push(...read.corrupt)
      if (read.nextOffset <= offset) break
      offset = read.nextOffset
    }
    return { from, to, messages, corrupt }
  }

  /** The next batch: full, or what has come within the linger time. Undefined where there is nothing and we are not to wait. */
  async #collect(from: number, wait: boolean): Promise<Batch | undefined> {
    const { bus, batchRecords, batchBytes, lingerMs, intake } = this.#o
    const messages: StoredMessage[] = []
    const corrupt: CorruptRange[] = []
    let offset = from
    let records = 0
    let bytes = 0
    let deadline = 0
    for (;;) {
      const read = await bus.read(rawTopic, rawPartition, offset, Math.min(8 << 20, batchBytes - bytes))
      let full = false
      for (const message of read.messages) {
        const count = chunkOf(message).headers.records
        if (messages.length > 0 && (records + count > batchRecords || bytes + message.value.length > batchBytes)) {
          full = true
          break
        }
        messages.push(message)
        records += count
        bytes += message.value.length
        offset = message.offset + 1
      }
      if (!full) offset = Math.max(offset, read.nextOffset)
      // What lies behind the batch is met again with the next one.
      corrupt.push(...read.corrupt.filter(range => range.toOffset <= offset))
      if (full || records >= batchRecords || bytes >= batchBytes || corrupt.length > 0) break
      if (read.messages.length > 0) continue
      if (offset === from) {
        if (!wait || this.#stopping) return undefined
        try {
          await bus.waitFor(rawTopic, rawPartition, offset, this.#stop.signal)
        } catch (error) {
          if (!this.#stopping) throw error
        }
        if (this.#stopping) return undefined
        continue
      }
      const now = performance.now()
      if (deadline === 0) deadline = now + lingerMs
      if (now >= deadline || this.#stopping) break
      await Promise.race([
        bus
          .waitFor(
            rawTopic,
            rawPartition,
            offset,
            AbortSignal.any([this.#stop.signal, AbortSignal.timeout(Math.ceil(deadline - now))])
          )
          .catch(() => {}),
        this.#o.sleep(deadline - now)
      ])
    }
    await this.#write(() => intake.note(messages))
    return { from, to: offset, messages, corrupt }
  }

  /**
   * The records are given away to the worker, not copied: for another try they are read again. A batch that took three workers
   * with it will take the next one too: `worker-poisoned`.
   */
  async #encode(batch: Batch, known: Uint32Array): Promise<Encoded> {
    for (let tries = 1; ; tries++) {
      const gone = batch.messages.some(message => (message.value.buffer as ArrayBuffer).detached)
      const messages = gone ? await this.#again(batch) : batch.messages
      const chunks = messages.map(message => {
        const { headers, body } = chunkOf(message)
        return { headers, body }
      })
      try {
        const position = this.#o.positionBase + batch.from + 1
        return await this.#o.pool.run({ number: ++this.#number, chunks, known, position, matched: batch.matched })
      } catch (error) {
        if (!(error instanceof PicketError) || error.code !== 'worker-lost') throw error
        if (tries >= workersMax)
          throw new PicketError('worker-poisoned', `a batch ended ${workersMax} pipeline workers`)
      }
    }
  }

  /** The batch's messages read anew, with the headers that they have by now. */
  async #again(batch: Batch): Promise<readonly StoredMessage[]> {
    const { messages } = await this.#read(batch.from, batch.to)
    const headers = new Map(batch.messages.map(message => [message.offset, message.headers]))
    return messages.flatMap(message => {
      const known = headers.get(message.offset)
      return known === undefined ? [] : [{ ...message, headers: known }]
    })
  }

  async #commit(batch: Batch, encoding: Promise<Encoded>): Promise<void> {
    const { ledger, store, busId } = this.#o
    let encoded: Encoded
    try {
      encoded = await encoding
    } catch (error) {
      return this.#undo(batch, error)
    }
    let known: Uint32Array = nothing
    if (encoded.rows > 0) {
      try {
        const existing = await this.#patiently('looking for duplicates', () => store.existingIds(encoded))
        known = inBoth(existing, encoded.ids)
      } catch (error) {
        if (isRetryable(error)) throw error
        return this.#divide(batch, `the store could not look for the record: ${messageOf(error).slice(0, 200)}`)
      }
      if (known.length > 0) {
        try {
          encoded = await this.#encode(batch, known)
        } catch (error) {
          return this.#undo(batch, error)
        }
      }
    }
    const token = `${busId}/${rawTopic}/${rawPartition}/${batch.from}-${batch.to}`
    const knownBytes = new Uint8Array(known.buffer, known.byteOffset, known.byteLength)
    await this.#write(() =>
      ledger.setIntent(rawTopic, rawPartition, { from: batch.from, to: batch.to, token, known: knownBytes })
    )
    await this.#insert(batch, encoded, token)
  }

  async #insert(batch: Batch, encoded: Encoded, token: string): Promise<void> {
    const { ledger, log, store, intake } = this.#o
    ledger.spilled(encoded.spilled)
    const startedMs = performance.now()
    if (encoded.rows > 0) {
      try {
        await this.#patiently('inserting events', () =>
          store.insert(Buffer.from(encoded.block.buffer, encoded.block.byteOffset, encoded.block.byteLength), token)
        )
      } catch (error) {
        if (isRetryable(error)) throw error
        log.warn(
          { from: batch.from, to: batch.to, error: messageOf(error) },
          'the store refused a batch for good; it is divided'
        )
        return this.#divide(batch, `the store refused the record: ${messageOf(error).slice(0, 200)}`)
      }
      giveBack(encoded.block)
    }
    this.#insertBusyMs += performance.now() - startedMs
    this.#lastInsertMs = performance.now() - startedMs
    this.#workerBusyMs += encoded.busyMs
    this.#rowsInserted += encoded.rows
    const outcomes = batch.corrupt.length === 0 ? encoded.outcomes : [...encoded.outcomes, ...this.#lost(batch)]
    const { matches, indicators, undetected } = encoded
    const also = matches.length + indicators.length === 0 ? undefined : () => this.#o.raise(matches, indicators)
    await this.#write(() => ledger.settle(rawTopic, rawPartition, batch.to, outcomes, also))
    for (const { count, reason } of undetected)
      log.warn(
        { from: batch.from, to: batch.to, count, reason },
        'the rules failed on events; they are stored, but were not looked at'
      )
    intake.settled(batch.to)
    if (encoded.rows > 0) this.#o.onStored(encoded)
  }

  /** What stood in stretches of the bus that cannot be read: counted as dead letters, by what the ledger knows of their arrival. */
  #lost(batch: Batch): Outcome[] {
    const { ledger, log } = this.#o
    return batch.corrupt.flatMap(range => {
      log.warn({ ...range }, 'a stretch of the bus cannot be read; its records are counted as dead letters')
      return lostOutcomes(ledger, rawTopic, range)
    })
  }

  /** The workers could not make rows of a batch. */
  #undo(batch: Batch, error: unknown): Promise<void> {
    if (error instanceof PicketError && error.code === 'worker-closed') throw error
    const fields = { from: batch.from, to: batch.to, error: messageOf(error) }
    this.#o.log.warn(fields, 'a batch could not be processed and is divided')
    return this.#divide(batch, `the record could not be processed: ${messageOf(error).split('\n')[0]}`)
  }

  /** A batch that cannot go through whole goes in halves; a single chunk that cannot, goes to the dead letters as it is. */
  async #divide(batch: Batch, reason: string): Promise<void> {
    if (batch.messages.length > 1) {
      const middle = batch.messages[Math.floor(batch.messages.length / 2)]!.offset
      const first: Batch = {
        from: batch.from,
        to: middle,
        messages: batch.messages.filter(m => m.offset < middle),
        corrupt: batch.corrupt,
        matched: batch.matched
      }
      const second: Batch = {
        from: middle,
        to: batch.to,
        messages: batch.messages.filter(m => m.offset >= middle),
        corrupt: [],
        matched: batch.matched
      }
      for (const half of [first, second]) {
        const encoded = this.#encode(half, nothing)
        encoded.catch(() => {})
        await this.#commit(half, encoded)
      }
      return
    }
    const [message] = batch.messages
    if (message === undefined) throw new PicketError('pipeline-empty', `a batch without chunks failed: ${reason}`)
    const { headers, body } = chunkOf(message)
    if (headers.dead !== undefined)
      throw new PicketError('pipeline-stuck', `not even dead letters can be stored: ${reason}`)
    const dead: StoredMessage = {
      ...message,
      value: body,
      headers: { chunk: JSON.stringify({ ...headers, dead: reason }) }
    }
    const buried: Batch = { ...batch, messages: [dead] }
    await this.#commit(buried, this.#encode(buried, nothing))
  }

  #write(write: () => void): Promise<void> {
    return this.#patiently('writing the ledger', async () => write())
  }

  /** Being told to stop ends a long wait. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return this.#o.sleep(Math.min(ms, 500))
    let wake = (): void => {}
    const stopped = new Promise<void>(resolve => {
      wake = resolve
    })
    signal.addEventListener('abort', wake, { once: true })
    await Promise.race([this.#o.sleep(ms), stopped])
    signal.removeEventListener('abort', wake)
  }

  /** The world's failures are waited out, for as long as they last: 0.2 s, 1 s, 3 s, 9 s, then every 15 s. */
  async #patiently<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const result = await attempt()
        if (this.#stalled !== undefined) {
          this.#o.log.info({ tries }, `${what} works again`)
          this.#stalled = undefined
        }
        return result
      } catch (error) {
        if (!isRetryable(error)) throw error
        this.#stalled = error.message
        const delayMs = [200, 1_000, 3_000, 9_000][tries] ?? 15_000
        this.#o.log.warn(
          { code: error.code, tries: tries + 1, delayMs, error: error.message },
          `${what} failed and is tried again`
        )
        if (this.#stopping && tries > 2) throw error
        await this.#pause(delayMs * (0.8 + 0.4 * ((tries * 0.618) % 1)))
      }
    }
  }
}

function isRetryable(error: unknown): error is PicketError {
  return error instanceof PicketError && error.retryable
}

function inBoth(existing: Uint32Array, ids: Uint32Array): Uint32Array {
  if (existing.length === 0 || ids.length === 0) return nothing
  const set = new IdSet(ids.length / 2)
  for (let i = 0; i < ids.length; i += 2) set.add(ids[i]!, ids[i + 1]!)
  const found: number[] = []
  for (let i = 0; i < existing.length; i += 2) {
    if (set.has(existing[i]!, existing[i + 1]!)) found.push(existing[i]!, existing[i + 1]!)
  }
  return Uint32Array.from(found)
}
