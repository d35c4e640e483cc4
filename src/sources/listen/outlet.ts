/**
 * From sockets to the intake: records are collected into chunks, a stream a sender or connection, and appended in order, one append
 * at a time. A chunk is full at about 1 MiB or 200 ms. What the intake does not take is offered again; meanwhile `full` tells the
 * sockets to wait. The bytes that are not durable are bounded by that.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chunk } from '../../core/chunk.ts'
import { messageOf } from '../../core/errors.ts'
import { giveBack } from '../../platform/memory.ts'
import { ChunkMaker, type DeadRecord, type RecordKey, SizedBody } from '../files/chunk-maker.ts'
import type { ListenContext } from './source.ts'

/** What it needs of what a source is given. */
export type OutletContext = Pick<ListenContext, 'append' | 'log' | 'nowMs' | 'recordBytesMax' | 'rates'>

export type OutletSettings = {
  readonly source: string
  readonly timezoneMinutes: number | undefined
  /** The format of a chunk. `prioritised`: do all its records begin with a syslog priority? */
  readonly formatOf: (prioritised: boolean) => string
}

const chunkBytes = 1 << 20
const flushMs = 200
const appendBytesMax = 16 << 20
const waitingBytesMax = 32 << 20
const streamsMax = 4096
const retryMs = 1000

export class Outlet {
  settings: OutletSettings
  records = 0
  waitingBytes = 0
  readonly #context: OutletContext
  readonly #dirty = new Set<Stream>()
  readonly #senders = new Map<string, Stream>()
  #ready: Chunk[] = []
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #waiters: (() => void)[] = []
  /** Chunks given and chunks durable, since the beginning; who waits for how many. */
  #given = 0
  #durable = 0
  #acks: { readonly count: number; readonly resolve: () => void }[] = []

  constructor(context: OutletContext, settings: OutletSettings) {
    this.#context = context
    this.settings = settings
  }

  /**
   * A connection's: its own chain of positions, so that equal records that arrive twice are two. A request's may have an `origin`: the same
   * records from the same origin are the same.
   */
  stream(sender: string | undefined, origin?: string): Stream {
    return new Stream(this, sender, origin)
  }

  /** The stream of a sender of datagrams. Those not heard of for long begin anew. */
  streamOf(sender: string): Stream {
    let stream = this.#senders.get(sender)
    if (stream === undefined) {
      if (this.#senders.size >= streamsMax) {
        const [oldest, oldestStream] = this.#senders.entries().next().value!
        oldestStream.flush()
        this.#senders.delete(oldest)
      }
      stream = this.stream(sender)
      this.#senders.set(sender, stream)
    }
    return stream
  }

  /** What is not durable is at its bound: read no more. */
  get full(): boolean {
    return this.waitingBytes > waitingBytesMax
  }

  /** Resolves when there is room. */
  room(): Promise<void> {
    return this.full ? new Promise(resolve => this.#waiters.push(resolve)) : Promise.resolve()
  }

  get rates(): OutletContext['rates'] {
    return this.#context.rates
  }

  get nowMs(): number {
    return this.#context.nowMs()
  }

  get recordBytesMax(): number {
    return this.#context.recordBytesMax()
  }

  /** A stream has records that are in no chunk yet. */
  touched(stream: Stream): void {
    this.#dirty.add(stream)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#flushAll()
    }, flushMs)
  }

  give(chunk: Chunk): void {
    this.#ready.push(chunk)
    this.#given++
    this.#running ??= this.#run()
  }

  /** Resolves when all chunks that were given so far are durable. */
  durable(): Promise<void> {
    if (this.#durable >= this.#given) return Promise.resolve()
    return new Promise(resolve => this.#acks.push({ count: this.#given, resolve }))
  }

  clean(stream: Stream): void {
    this.#dirty.delete(stream)
  }

  /** Resolves when all that was added is durable. */
  async drain(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushAll()
    await this.#running
  }

  #flushAll(): void {
    for (const stream of [...this.#dirty]) stream.flush()
  }

  async #run(): Promise<void> {
    // What becomes ready in the same turn goes along.
    await Promise.resolve()
    let failing = false
    while (this.#ready.length > 0) {
      let count = 0
      let bytes = 0
      for (; count < this.#ready.length && (count === 0 || bytes < appendBytesMax); count++)
        bytes += this.#ready[count]!.body.length
      try {
        await this.#context.append(this.#ready.slice(0, count))
      } catch (error) {
        if (!failing)
          this.#context.log.warn(
            { source: this.settings.source, error: messageOf(error) },
            'records from the network could not be made durable; senders wait, and it is tried again'
          )
        failing = true
        await sleep(retryMs)
        continue
      }
      failing = false
      for (const { body } of this.#ready.splice(0, count)) giveBack(body)
      this.waitingBytes -= bytes
      this.#durable += count
      while (this.#acks.length > 0 && this.#acks[0]!.count <= this.#durable) this.#acks.shift()!.resolve()
      if (!this.full) for (const resolve of this.#waiters.splice(0)) resolve()
    }
    this.#running = undefined
  }
}

/** Records of one sender or connection, in the order in which they came. */
export class Stream {
  readonly #outlet: Outlet
  readonly #sender: string | undefined
  readonly #maker: ChunkMaker
  readonly #body = new SizedBody()
  #prioritised = true
  #keyed = false
  #dead: DeadRecord | undefined

  constructor(outlet: Outlet, sender: string | undefined, origin = randomBytes(16).toString('hex')) {
    this.#outlet = outlet
    this.#sender = sender
    this.#maker = new ChunkMaker(this.#base(), origin)
  }

  add(bytes: Buffer, start: number, end: number, key?: RecordKey): void {
    if (end <= start) return
    if (this.#prioritised && !beginsWithPriority(bytes, start, end)) this.#prioritised = false
    this.#keyed = key !== undefined
    const before = this.#body.bytes
    this.#body.add(bytes, start, end, key)
    this.#outlet.records++
    this.#outlet.waitingBytes += this.#body.bytes - before
    if (this.#body.bytes >= chunkBytes) this.flush()
    else if (this.#body.records === 1) this.#outlet.touched(this)
  }

  /** A whole record: one that is larger than records may be is a dead letter. All records of a stream have keys, or none has. */
  take(bytes: Buffer, start: number, end: number, key?: RecordKey): void {
    const most = this.#outlet.recordBytesMax
    if (end - start <= most) {
      this.add(bytes, start, end, key)
      return
    }
    this.bury(bytes.subarray(start, end))
    this.buried(`the record is too large: ${end - start} bytes (at most ${most})`)
  }

  /** A part of a record that is too large: only its beginning is kept. */
  bury(bytes: Buffer): void {
    if (this.#dead === undefined) {
      this.flush()
      this.#dead = this.#maker.beginDead()
    }
    this.#dead.add(bytes)
  }

  get isBurying(): boolean {
    return this.#dead !== undefined
  }

  /** The end of it: a dead letter with the reason. */
  buried(reason: string): void {
    const dead = this.#dead
    if (dead === undefined) return
    this.#dead = undefined
    this.#maker.base = this.#base()
    const chunk = this.#maker.dead(dead, reason)
    this.#outlet.records++
    this.#outlet.waitingBytes += chunk.body.length
    this.#outlet.give(chunk)
  }

  flush(): void {
    this.#outlet.clean(this)
    const { records } = this.#body
    if (records === 0) return
    this.#maker.base = this.#base()
    const body = this.#body.take()
    const chunk = this.#keyed ? this.#maker.keyed(body, records) : this.#maker.sized(body, records)
    this.#prioritised = true
    if (chunk !== undefined) this.#outlet.give(chunk)
  }

  /** Resolves when what was added is durable. */
  durable(): Promise<void> {
    this.flush()
    return this.#outlet.durable()
  }

  #base() {
    const { source, timezoneMinutes, formatOf } = this.#outlet.settings
    return {
      source,
      format: formatOf(this.#prioritised),
      receivedMs: this.#outlet.nowMs,
      run: '',
      timezoneMinutes,
      sender: this.#sender
    }
  }
}

/** `<0>` to `<191>`. */
function beginsWithPriority(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== 60) return false
  const most = Math.min(end, start + 5)
  let value = 0
  for (let at = start + 1; at < most; at++) {
    const byte = bytes[at]!
    if (byte === 62) return at > start + 1 && value <= 191
    if (byte < 48 || byte > 57) return false
    value = value * 10 + byte - 48
  }
  return false
}
