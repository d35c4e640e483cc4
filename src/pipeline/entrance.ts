/**
 * The way into one topic of the bus: what is appended is durable and in the ledger as received, and what waits there is bounded. What a crash left between the
 * bus and the ledger is told to the ledger when the topic is opened.
 */

import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import type { Bus, StoredMessage } from '../core/bus.ts'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import type { Arrival, Ledger } from '../state/ledger.ts'

export const rawTopic = 'raw'
export const rawPartition = 0
export const mailTopic = 'email.raw'

export function chunkOf(message: StoredMessage): Chunk {
  return { headers: JSON.parse(message.headers['chunk'] ?? '{}') as ChunkHeaders, body: message.value }
}

export type Entrance = {
  append(chunks: readonly Chunk[]): Promise<void>
  note(messages: readonly StoredMessage[]): void
  settled(offset: number): void
  readonly backlogBytes: number
}

export async function openEntrance(
  bus: Bus,
  ledger: Ledger,
  topic: string,
  backlogBytesMax: number,
  retryMs: number
): Promise<Entrance> {
  let known = ledger.arrivedUpTo(topic, rawPartition)
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
    ledger.arrived(topic, rawPartition, ready)
    for (const { offset } of ready) waitingArrivals.delete(offset)
    known += ready.length
  }

  /** Appends that became durable together are told together: each telling waits for the disk. */
  let told: Promise<void> | undefined
  let untold: Arrival[] = []
  const tellTogether = (arrivals: readonly Arrival[]): Promise<void> => {
    untold.push(...arrivals)
    told ??= (async () => {
      await immediate()
      told = undefined
      const group = untold
      untold = []
      for (;;) {
        try {
          tell(group)
          return
        } catch (error) {
          // They are on the bus, and count when the ledger can be written again: until then the source waits.
          if (!(error instanceof PicketError) || !error.retryable) throw error
          await sleep(retryMs)
        }
      }
    })()
    return told
  }

  const note = (messages: readonly StoredMessage[]): void => {
    if (messages.length === 0 || messages.at(-1)!.offset < known) return
    // A gap is a stretch that could not be read: what is behind it must not wait for it.
    if (messages[0]!.offset > known && waitingArrivals.get(known) === undefined && messages[0]!.offset >= settledOffset)
      known = messages[0]!.offset
    tell(messages.map(message => arrivalOf(message.offset, chunkOf(message).headers)))
  }
  let settledOffset = ledger.committed(topic, rawPartition)

  // What was acknowledged before a crash, but not yet told to the ledger.
  const ends = await bus.ends(topic, rawPartition)
  for (let offset = Math.max(known, ends.start); offset < ends.end; ) {
    const read = await bus.read(topic, rawPartition, offset, 32 << 20)
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
      while (backlogBytes > backlogBytesMax) await new Promise<void>(resolve => wake.push(resolve))
      let bytes = 0
      for (const chunk of chunks) bytes += chunk.body.length
      backlogBytes += bytes
      let base: number
      try {
        base = await bus.append(
          topic,
          rawPartition,
          chunks.map(chunk => ({ headers: { chunk: JSON.stringify(chunk.headers) }, value: chunk.body }))
        )
      } catch (error) {
        backlogBytes -= bytes
        throw error
      }
      backlog.push({ offset: base + chunks.length - 1, bytes })
      const arrivals = chunks.map((chunk, i) => arrivalOf(base + i, chunk.headers))
      await tellTogether(arrivals)
      if (base + chunks.length <= settledOffset) settled(settledOffset)
    },
    note,
    settled,
    get backlogBytes() {
      return backlogBytes
    }
  }
}

function arrivalOf(offset: number, headers: ChunkHeaders): Arrival {
  const { carried } = headers
  return {
    offset,
    source: headers.source,
    format: headers.format,
    run: headers.run,
    hour: Math.floor(headers.receivedMs / 3_600_000),
    records: headers.records,
    gate: headers.gate,
    ...(carried === undefined ? {} : { carried: { topic: mailTopic, ...carried } })
  }
}
