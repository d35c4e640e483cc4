/**
 * The way in: chunks from any source to the bus topic `raw`, and into the ledger as received. `append` resolves when the chunks are
 * durable; it waits while the pipeline is too far behind, which holds the source back (backpressure).
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus, StoredMessage } from '../core/bus.ts'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { heartbeatSource } from '../core/detection.ts'
import { PicketError } from '../core/errors.ts'
import type { Arrival, Ledger } from '../state/ledger.ts'

export const rawTopic = 'raw'
export const rawPartition = 0

const recentBytesMax = 64 << 20
const recentMessagesMax = 2048
const recentStep = 32

export type Intake = {
  /** Durable, and in the ledger, when it resolves. Rejects with the bus's errors (`bus-full`, …): then nothing of it was taken. */
  append(chunks: readonly Chunk[]): Promise<void>
  /** Tells the ledger of messages read from the bus, as far as it does not know them yet. Throws what the ledger throws. */
  note(messages: readonly StoredMessage[]): void
  /** The pipeline has settled everything before `offset`. */
  settled(offset: number): void
  /** The latest chunks of a source, the oldest first: those among the last 64 MiB or so of the bus. */
  recent(source: string): Promise<readonly Chunk[]>
  readonly backlogBytes: number
}

export function chunkOf(message: StoredMessage): Chunk {
  return { headers: JSON.parse(message.headers['chunk'] ?? '{}') as ChunkHeaders, body: message.value }
}

export async function openIntake(
  bus: Bus,
  ledger: Ledger,
  options: { backlogBytesMax: number; retryMs?: number }
): Promise<Intake> {
  let known = ledger.arrivedUpTo(rawTopic, rawPartition)
  const waitingArrivals = new Map<number, Arrival>()
  /** Sizes of what is on the bus and not settled, by offset. */
  const backlog: { offset: number; bytes: number }[] = []
  let backlogBytes = 0
  let wake: (() => void)[] = []

  /** What the ledger cannot take now (a full disk) waits here with what comes after it. */
  const tell = (arrivals: readonly Arrival[]): void => {
    for (const arrival of arrivals) if (arrival.offset >= known) waitingArrivals.set(arrival.offset, arrival)
    const ready: Arrival[] = []
    for (let at = known, next = waitingArrivals.get(at); next !== undefined; next = waitingArrivals.get(++at))
      ready.push(next)
    ledger.arrived(rawTopic, rawPartition, ready)
    for (const { offset } of ready) waitingArrivals.delete(offset)
    known += ready.length
  }

  const note = (messages: readonly StoredMessage[]): void => {
    if (messages.length === 0 || messages.at(-1)!.offset < known) return
    // A gap is a stretch that could not be read: what is behind it must not wait for it.
    if (messages[0]!.offset > known && waitingArrivals.get(known) === undefined && messages[0]!.offset >= settledOffset)
      known = messages[0]!.offset
    tell(messages.map(message => arrivalOf(message.offset, chunkOf(message).headers)))
  }
  let settledOffset = ledger.committed(rawTopic, rawPartition)

  // What was acknowledged before a crash, but not yet told to the ledger.
  const ends = await bus.ends(rawTopic, rawPartition)
  for (let offset = Math.max(known, ends.start); offset < ends.end; ) {
    const read = await bus.read(rawTopic, rawPartition, offset, 32 << 20)
    if (read.messages.length === 0 && read.nextOffset <= offset) break
    note(read.messages)
    offset = read.nextOffset
  }

  const settled = (offset: number): void => {
    settledOffset = Math.max(settledOffset, offset)
    let i = 0
    while (i < backlog.length) {
      if (backlog[i]!.offset < settledOffset) backlogBytes -= backlog.splice(i, 1)[0]!.bytes
      else i++
    }
    const woken = wake
    wake = []
    for (const resolve of woken) resolve()
  }

  return {
    async append(chunks) {
      if (chunks.length === 0) return
      if (chunks.some(({ headers }) => headers.source === heartbeatSource && headers.heartbeat === undefined))
        throw new PicketError('reserved-source', `No source may be called ${heartbeatSource}: choose another name.`)
      while (backlogBytes > options.backlogBytesMax) await new Promise<void>(resolve => wake.push(resolve))
      let bytes = 0
      for (const chunk of chunks) bytes += chunk.body.length
      backlogBytes += bytes
      let base: number
      try {
        base = await bus.append(
          rawTopic,
          rawPartition,
          chunks.map(chunk => ({ headers: { chunk: JSON.stringify(chunk.headers) }, value: chunk.body }))
        )
      } catch (error) {
        backlogBytes -= bytes
        throw error
      }
      backlog.push({ offset: base + chunks.length - 1, bytes })
      const arrivals = chunks.map((chunk, i) => arrivalOf(base + i, chunk.headers))
      for (;;) {
        try {
          tell(arrivals)
          break
        } catch (error) {
          // They are on the bus, and count when the ledger can be written again: until then the source waits.
          if (!(error instanceof PicketError) || !error.retryable) throw error
          await sleep(options.retryMs ?? 500)
        }
      }
      if (base + chunks.length <= settledOffset) settled(settledOffset)
    },
    note,
    settled,
    async recent(source) {
      const { start, end } = await bus.ends(rawTopic, rawPartition)
      let found: Chunk[] = []
      let bytes = 0
      for (let until = end; until > start && bytes < recentBytesMax && end - until < recentMessagesMax; ) {
        const from = Math.max(start, until - recentStep)
        const chunks: Chunk[] = []
        for (let at = from; at < until; ) {
          const read = await bus.read(rawTopic, rawPartition, at, recentBytesMax)
          for (const message of read.messages) {
            if (message.offset >= until) break
            bytes += message.value.length
            const chunk = chunkOf(message)
            if (chunk.headers.source === source) chunks.push(chunk)
          }
          if (read.nextOffset <= at) break
          at = read.nextOffset
        }
        found = [...chunks, ...found]
        until = from
      }
      return found
    },
    get backlogBytes() {
      return backlogBytes
    }
  }
}

function arrivalOf(offset: number, headers: ChunkHeaders): Arrival {
  return {
    offset,
    source: headers.source,
    format: headers.format,
    run: headers.run,
    hour: Math.floor(headers.receivedMs / 3_600_000),
    records: headers.records
  }
}
