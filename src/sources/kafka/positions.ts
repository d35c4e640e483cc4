/**
 * Where each partition is read on: from our checkpoint; else from what the group holds (another Picket had it before); else from `start`,
 * and what appears after the first time from its beginning.
 */

import type { Consumer } from '@platformatic/kafka'
import type { ListenLog } from '../listen/source.ts'
import type { Checkpoints } from '../pull/source.ts'

export type Position = {
  readonly topic: string
  /** The topic's own id: one that was deleted and made again has another. */
  readonly topicId: string
  readonly partition: number
  /** The offset to fetch next. */
  next: number
  /** The end of what may be read, as the last answer said. */
  end: number
  /** Of the batch before `next`. */
  epoch: number
}

export type PartitionName = { readonly topic: string; readonly topicId: string; readonly partition: number }

const begun = 'begun'
const earliest = -2n
const latest = -1n
export const prefix = 'at/'

export function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${prefix}${topic}/${partition}`
}

export function checkpointOf({ topicId, next }: Position): string {
  return `${topicId} ${next}`
}

type Asking = {
  readonly consumer: Consumer
  readonly checkpoints: Checkpoints
  readonly start: 'earliest' | 'latest'
  readonly source: string
  readonly log: ListenLog
}

/** Positions of partitions that are ours now. Those that are nowhere noted are noted with it. */
export async function findPositions(names: readonly PartitionName[], asking: Asking): Promise<Position[]> {
  const { consumer, checkpoints } = asking
  const positions: Position[] = []
  const unknown: PartitionName[] = []
  for (const name of names) {
    const [topicId, next] = checkpoints.get(keyOf(name))?.split(' ') ?? []
    if (topicId === name.topicId) positions.push({ ...name, next: Number(next), end: Number(next), epoch: 0 })
    else {
      if (topicId !== undefined)
        asking.log.warn(
          { source: asking.source, topic: name.topic, partition: name.partition },
          'a topic was deleted and made again: it is read from its beginning'
        )
      unknown.push(name)
    }
  }
  if (unknown.length > 0) {
    const isFirst = checkpoints.get(begun) === undefined
    const committed = await consumer.listCommittedOffsets({ topics: byTopic(unknown) })
    const starts = await offsetsAt(consumer, unknown, isFirst && asking.start === 'latest' ? latest : earliest)
    const found = unknown.map(name => {
      const remade = checkpoints.get(keyOf(name)) !== undefined
      const offset = remade ? -1 : Number(committed.get(name.topic)?.[name.partition] ?? -1)
      const next = offset >= 0 ? offset : (starts.get(keyOf(name)) ?? 0)
      return { ...name, next, end: next, epoch: 0 }
    })
    checkpoints.save(new Map([[begun, '1'], ...found.map(one => [keyOf(one), checkpointOf(one)] as const)]))
    positions.push(...found)
  }
  return positions
}

/** Moves positions that the log does not have any more, and says so. Returns how many offsets were missed. */
export async function intoRange(positions: readonly Position[], { consumer, source, log }: Asking): Promise<number> {
  const firsts = await offsetsAt(consumer, positions, earliest)
  const ends = await offsetsAt(consumer, positions, latest)
  let missed = 0
  for (const position of positions) {
    const { topic, partition, next } = position
    const first = firsts.get(keyOf(position))
    const end = ends.get(keyOf(position))
    if (first === undefined || end === undefined || (next >= first && next <= end)) continue
    position.next = first
    if (next < first) {
      missed += first - next
      log.warn(
        { source, topic, partition, from: next, to: first - 1, offsets: first - next },
        'Kafka has deleted messages before they were read: its retention is shorter than Picket was away'
      )
    } else
      log.warn(
        { source, topic, partition, position: next, end },
        'a partition ends before the place that was read already (it was cut off): all of it is read again, and what is known is left out'
      )
  }
  return missed
}

async function offsetsAt(
  consumer: Consumer,
  names: readonly { topic: string; partition: number }[],
  timestamp: bigint
): Promise<Map<string, number>> {
  const topics = byTopic(names)
  const offsets = await consumer.listOffsets({
    topics: topics.map(({ topic }) => topic),
    partitions: Object.fromEntries(topics.map(({ topic, partitions }) => [topic, partitions])),
    timestamp,
    isolationLevel: 1
  })
  return new Map(
    names.flatMap(name => {
      const offset = Number(offsets.get(name.topic)?.[name.partition] ?? -1)
      return offset < 0 ? [] : [[keyOf(name), offset] as const]
    })
  )
}

function byTopic(names: readonly { topic: string; partition: number }[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of names) topics.set(topic, [...(topics.get(topic) ?? []), partition])
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
