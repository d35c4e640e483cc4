/**
 * Reads partitions, a loop a broker: while what one fetch brought is made durable, the next is under way, and no more: that bounds what is
 * in memory. After a fetch's records are durable, the checkpoint is saved.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from '@platformatic/kafka'
import type { Chunk } from '../../core/chunk.ts'
import { messageOf, PicketError } from '../../core/errors.ts'
import { tooMuchAtOnce } from './bounded-batches.ts'
import { codeWithin, says } from './client.ts'
import type { Offsets } from './offsets.ts'
import { type Cut, cutPartition } from './partition-chunks.ts'
import { checkpointOf, intoRange, keyOf, type Position } from './positions.ts'
import type { ReadOptions } from './read-cluster.ts'

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

export type ReadPartitions = ReadOptions & {
  readonly consumer: Consumer
  readonly positions: readonly Position[]
  readonly offsets: Offsets
  /** The assignment has changed, or it is over. */
  readonly until: AbortSignal
}

const fetchBytesMax = 8 << 20
const partitionBytesMax = 2 << 20
/** Small messages are waited for a little, so that chunks are not small. */
const waitMs = 250
const waitBytes = 128 << 10
const retryMs = 1_000
const idleMs = 1_000

/** Returns when `until` says so and what was taken is durable and noted. Throws what broke. */
export async function readPartitions(options: ReadPartitions): Promise<void> {
  const { consumer, positions, until } = options
  if (positions.length === 0) {
    // More Pickets than partitions.
    await waitFor(until)
    return
  }
  const topics = [...new Set(positions.map(({ topic }) => topic))]
  const metadata = await consumer.metadata({ topics })
  const byLeader = new Map<number, Position[]>()
  for (const position of positions) {
    const leader = metadata.topics.get(position.topic)?.partitions[position.partition]?.leader ?? -1
    if (leader < 0)
      throw new PicketError(
        'kafka-no-leader',
        `partition ${position.partition} of ${position.topic} has no leader: its brokers are away`,
        { retryable: true }
      )
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), position])
  }
  const broken = new AbortController()
  const over = AbortSignal.any([until, broken.signal])
  const loops = [...byLeader].map(async ([node, mine]) => {
    try {
      await readBroker({ ...options, positions: mine, until: over }, node, metadata.id, () => {
        options.counts.lag = lagOf(positions)
      })
    } catch (error) {
      broken.abort()
      throw error
    }
  })
  const ended = await Promise.allSettled(loops)
  const failed = ended.find(each => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function readBroker(options: ReadPartitions, node: number, clusterId: string, heard: () => void): Promise<void> {
  const { context, consumer, config, positions, until } = options
  let delivered: Promise<unknown> = Promise.resolve()
  // A failure is met where it is awaited.
  const deliver = (taken: Taken[]): void => {
    delivered = makeDurable(options, taken)
    delivered.catch(() => {})
  }
  /** The batches of one fetch became too much: the next one brings a single batch, of another partition each time. */
  let narrow = false
  let turn = 0
  try {
    while (!until.aborted) {
      let response: FetchResponse
      try {
        response = await consumer.fetch({
          node,
          maxWaitTime: waitMs,
          minBytes: waitBytes,
          maxBytes: narrow ? 1 : fetchBytesMax,
          isolationLevel: 1,
          topics: requestOf(positions, narrow ? turn++ : 0, narrow ? 1 : partitionBytesMax)
        })
        narrow = false
      } catch (error) {
        if (codeWithin(error, tooMuchAtOnce) && !narrow) {
          narrow = true
          continue
        }
        if (!says(error, 'OFFSET_OUT_OF_RANGE')) throw error
        await delivered
        const { start } = config
        const { checkpoints, log } = context
        options.counts.missedOffsets += await intoRange(positions, {
          consumer,
          checkpoints,
          start,
          source: config.name,
          log
        })
        continue
      }
      const taken = take(options, response, clusterId)
      await delivered
      heard()
      if (taken.length > 0) deliver(taken)
    }
  } finally {
    await delivered.catch(() => {})
  }
  await delivered
}

/** What is asked for first is answered first, where there is not room for all. */
function requestOf(positions: readonly Position[], first: number, partitionMaxBytes: number) {
  const at = first % positions.length
  return [...positions.slice(at), ...positions.slice(0, at)].map(({ topicId, partition, next }) => ({
    topicId,
    partitions: [
      {
        partition,
        fetchOffset: BigInt(next),
        partitionMaxBytes,
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1
      }
    ]
  }))
}

type Taken = { readonly position: Position; readonly cut: Cut }

/** Cuts what came into chunks, and moves the positions on. */
function take(options: ReadPartitions, response: FetchResponse, clusterId: string): Taken[] {
  const { config, context, positions } = options
  const receivedMs = context.nowMs()
  const taken: Taken[] = []
  for (const { topicId, partitions } of response.responses)
    for (const answer of partitions) {
      const position = positions.find(one => one.topicId === topicId && one.partition === answer.partitionIndex)
      if (position === undefined) continue
      position.end = Number(answer.lastStableOffset >= 0n ? answer.lastStableOffset : answer.highWatermark)
      const batches = answer.records ?? []
      if (batches.length === 0) continue
      const { topic, partition } = position
      const cut = cutPartition({ batches, aborted: answer.abortedTransactions ?? [] }, position.next, {
        origin: `kafka/${clusterId}/${topic}/${topicId}/${partition}`,
        base: {
          source: config.name,
          format: config.format ?? 'mixed',
          timezoneMinutes: config.timezone,
          receivedMs,
          run: ''
        },
        records: config.records,
        recordBytesMax: context.recordBytesMax()
      })
      position.next = cut.next
      position.epoch = batches.at(-1)!.partitionLeaderEpoch
      taken.push({ position, cut })
    }
  return taken
}

async function makeDurable(options: ReadPartitions, taken: readonly Taken[]): Promise<void> {
  const { context, config, counts, offsets, stop } = options
  const chunks: Chunk[] = taken.flatMap(({ cut }) => cut.chunks)
  const next = new Map(taken.map(({ position, cut }) => [keyOf(position), { position, next: cut.next }]))
  for (let failing = false; chunks.length > 0; ) {
    try {
      await context.append(chunks)
      break
    } catch (error) {
      if (!failing)
        context.log.warn(
          { source: config.name, error: messageOf(error) },
          'records from Kafka could not be made durable; it is tried again'
        )
      failing = true
      // What is not taken is fetched again.
      if (stop.aborted) throw error
      options.tell(`records could not be made durable: ${messageOf(error)}`)
      await sleep(retryMs, undefined, { signal: stop }).catch(() => {})
    }
  }
  context.checkpoints.save(
    new Map([...next].map(([key, { position, next }]) => [key, checkpointOf({ ...position, next })]))
  )
  for (const { position, next: offset } of next.values()) offsets.note(position, offset)
  for (const { cut } of taken) {
    counts.records += cut.records
    counts.tombstones += cut.tombstones
  }
}

function lagOf(positions: readonly Position[]): number {
  return positions.reduce((sum, { next, end }) => sum + Math.max(0, end - next), 0)
}

async function waitFor(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(idleMs, undefined, { signal }).catch(() => {})
}
