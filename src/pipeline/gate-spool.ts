/**
 * The gatekeeper's spool: a bus of its own, to which sources append as they would to the intake. `append` resolves when the chunks are
 * durable here; it waits while what is not handed over has reached the bound. See docs/adr/0027.
 */

import type { Bus } from '../core/bus.ts'
import type { Chunk } from '../core/chunk.ts'
import { recentChunks } from './recent-chunks.ts'

export const spoolTopic = 'spool'
export const spoolPartition = 0

export type Spool = {
  /** Rejects with the bus's errors (`bus-full`, …): then nothing of it was taken. */
  append(chunks: readonly Chunk[]): Promise<void>
  /** The latest chunks of a source, the oldest first. */
  recent(source: string): Promise<readonly Chunk[]>
  /** All before `offset` is at the main Picket. */
  handedOver(offset: number): void
  /** It goes on from an earlier place, as the main Picket was restored. */
  wentBack(offset: number): Promise<void>
  readonly waitingBytes: number
  readonly records: number
  /** Is it so full that sources are held back? */
  readonly full: boolean
}

type Waiting = { readonly offset: number; readonly bytes: number }

/** `from`: what is before it was handed over already. */
export async function openSpool(bus: Bus, from: number, waitingBytesMax: number): Promise<Spool> {
  let waiting: Waiting[] = await sizesFrom(bus, from)
  let waitingBytes = sum(waiting)
  let records = 0
  const wake: (() => void)[] = []

  const settle = (): void => {
    if (waitingBytes > waitingBytesMax) return
    for (const resolve of wake.splice(0)) resolve()
  }

  return {
    async append(chunks) {
      if (chunks.length === 0) return
      while (waitingBytes > waitingBytesMax) await new Promise<void>(resolve => wake.push(resolve))
      let bytes = 0
      for (const { body } of chunks) bytes += body.length
      // Before it is there: many appends at once must not pass the bound together.
      waitingBytes += bytes
      let base: number
      try {
        base = await bus.append(
          spoolTopic,
          spoolPartition,
          chunks.map(({ headers, body }) => ({ headers: { chunk: JSON.stringify(headers) }, value: body }))
        )
      } catch (error) {
        waitingBytes -= bytes
        settle()
        throw error
      }
      waiting.push({ offset: base + chunks.length - 1, bytes })
      for (const { headers } of chunks) records += headers.records
    },
    recent: source => recentChunks(bus, spoolTopic, spoolPartition, source),
    handedOver(offset) {
      let count = 0
      while (count < waiting.length && waiting[count]!.offset < offset) waitingBytes -= waiting[count++]!.bytes
      if (count > 0) waiting.splice(0, count)
      settle()
    },
    async wentBack(offset) {
      const before = await sizesFrom(bus, offset)
      // What was appended while we looked is in both.
      const known = new Set(before.map(one => one.offset))
      waiting = [
        ...before,
        ...waiting.filter(one => !known.has(one.offset) && one.offset > (before.at(-1)?.offset ?? -1))
      ]
      waitingBytes = sum(waiting)
    },
    get waitingBytes() {
      return waitingBytes
    },
    get records() {
      return records
    },
    get full() {
      return waitingBytes > waitingBytesMax
    }
  }
}

async function sizesFrom(bus: Bus, from: number): Promise<Waiting[]> {
  const { start, end } = await bus.ends(spoolTopic, spoolPartition)
  const found: Waiting[] = []
  for (let offset = Math.max(from, start); offset < end; ) {
    const read = await bus.read(spoolTopic, spoolPartition, offset, 32 << 20)
    for (const message of read.messages) found.push({ offset: message.offset, bytes: message.value.length })
    if (read.nextOffset <= offset) break
    offset = read.nextOffset
  }
  return found
}

function sum(waiting: readonly Waiting[]): number {
  return waiting.reduce((bytes, one) => bytes + one.bytes, 0)
}
