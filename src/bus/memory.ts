/** The embedded bus's twin in memory, for tests: the same contract and refusals, and nothing survives it. */
import type { Bus, BusMessage, CorruptRange, Retention, StoredMessage } from '../core/bus.ts'
import { PicketError } from '../core/errors.ts'
import {
  busClosed,
  checkGroup,
  checkOffset,
  checkTopic,
  headersAsJson,
  messageBytesMaxDefault,
  segmentBytesMaxDefault,
  unknownTopic
} from './limits.ts'
import { Waiters } from './waiters.ts'

export type MemoryBusOptions = {
  /** How much retention takes at once: as much as the embedded bus's segments hold (64 MiB). */
  readonly segmentBytesMax?: number
  /** 32 MiB. */
  readonly messageBytesMax?: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

type Segment = { readonly baseOffset: number; readonly messages: StoredMessage[]; bytes: number }
type Partition = { segments: Segment[]; end: number; readonly waiters: Waiters }
type Topic = { retention: Retention | undefined; readonly partitions: Partition[] }

export function memoryBus(options: MemoryBusOptions = {}): Bus {
  const segmentBytesMax = options.segmentBytesMax ?? segmentBytesMaxDefault
  const messageBytesMax = options.messageBytesMax ?? messageBytesMaxDefault
  const clock = options.clock ?? Date.now
  const topics = new Map<string, Topic>()
  const cursors = new Map<string, number>()
  let closed = false

  function partitionOf(topic: string, partition: number): Partition {
    if (closed) throw busClosed()
    const found = topics.get(topic)?.partitions[partition]
    if (found === undefined) throw unknownTopic(topic, partition)
    return found
  }

  function add(
    { retention }: Topic,
    partition: Partition,
    messages: readonly BusMessage[],
    jsons: readonly string[]
  ): void {
    const timestampMs = clock()
    const bytes = messages.reduce((sum, message, i) => sum + sizeOf(jsons[i]!.length, message.value), 0)
    let newest = partition.segments.at(-1)
    const isOld =
      newest !== undefined && retention?.ageMs !== undefined && oldestOf(newest) < timestampMs - retention.ageMs
    if (newest === undefined || isOld || newest.bytes + bytes > segmentBytesMax) {
      newest = { baseOffset: partition.end, messages: [], bytes: 0 }
      partition.segments.push(newest)
    }
    for (const [i, message] of messages.entries()) {
      const headers = JSON.parse(jsons[i]!) as Record<string, string>
      newest.messages.push({ offset: partition.end, timestampMs, headers, value: Buffer.from(message.value) })
      partition.end += 1
    }
    newest.bytes += bytes
    partition.waiters.wake(partition.end)
  }

  function startOf(partition: Partition): number {
    return partition.segments[0]?.baseOffset ?? partition.end
  }

  function retain(partition: Partition, { ageMs, bytes: keepBytes }: Retention): number {
    let removedBytes = 0
    let totalBytes = partition.segments.reduce((sum, segment) => sum + segment.bytes, 0)
    while (partition.segments.length > 1) {
      const oldest = partition.segments[0]!
      const isExcess = keepBytes !== undefined && totalBytes > keepBytes
      // A clock that was ahead for a while must not keep a segment for ever: what follows it was taken later.
      const takenMs = Math.min(newestOf(oldest), newestOf(partition.segments[1]!))
      const isOld = ageMs !== undefined && takenMs < clock() - ageMs
      if (!isExcess && !isOld) break
      partition.segments.shift()
      totalBytes -= oldest.bytes
      removedBytes += oldest.bytes
    }
    return removedBytes
  }

  return {
    async createTopic(topic, { partitions, retention }) {
      checkTopic(topic, partitions)
      if (closed) throw busClosed()
      const known = topics.get(topic) ?? { retention: undefined, partitions: [] }
      topics.set(topic, known)
      known.retention = retention ?? known.retention
      while (known.partitions.length < partitions) {
        known.partitions.push({ segments: [], end: 0, waiters: new Waiters() })
      }
    },
    async topics() {
      return [...topics].map(([topic, { partitions }]) => ({ topic, partitions: partitions.length }))
    },
    async append(topic, partition, messages) {
      const target = partitionOf(topic, partition)
      const jsons = headersAsJson(`${topic}/${partition}`, messages, messageBytesMax)
      const first = target.end
      if (messages.length > 0) add(topics.get(topic)!, target, messages, jsons)
      return first
    },
    async read(topic, partition, offset, maxBytes) {
      const source = partitionOf(topic, partition)
      checkOffset(`read ${topic}/${partition}`, offset)
      const start = startOf(source)
      const corrupt: CorruptRange[] =
        offset < start ? [{ fromOffset: offset, toOffset: start, bytes: 0, reason: 'retention' }] : []
      let next = Math.max(offset, start)
      const chosen: StoredMessage[] = []
      let bytes = 0
      const segment = source.segments.findLast(candidate => candidate.baseOffset <= next)
      for (const message of segment?.messages.slice(next - segment.baseOffset) ?? []) {
        bytes += message.value.length
        if (chosen.length > 0 && bytes > maxBytes) break
        chosen.push(message)
        next += 1
      }
      return { messages: copyOf(chosen), nextOffset: next, corrupt }
    },
    async waitFor(topic, partition, offset, signal) {
      const source = partitionOf(topic, partition)
      if (offset >= source.end) await source.waiters.wait(offset, signal)
    },
    async ends(topic, partition) {
      const source = partitionOf(topic, partition)
      return { start: startOf(source), end: source.end }
    },
    async offsetAt(topic, partition, timestampMs) {
      const source = partitionOf(topic, partition)
      for (const { messages } of source.segments) {
        const found = messages.find(message => message.timestampMs >= timestampMs)
        if (found !== undefined) return found.offset
      }
      return source.end
    },
    async committed(group, topic, partition) {
      partitionOf(topic, partition)
      return cursors.get(JSON.stringify([group, topic, partition]))
    },
    async commit(group, topic, partition, offset) {
      const { end } = partitionOf(topic, partition)
      checkGroup(group)
      checkOffset(`commit ${group} of ${topic}/${partition}`, offset)
      if (offset > end) {
        const message = `commit ${group} of ${topic}/${partition}: ${offset} is past the end, ${end}`
        throw new PicketError('bus-bad-offset', message)
      }
      cursors.set(JSON.stringify([group, topic, partition]), offset)
    },
    async applyRetention() {
      if (closed) throw busClosed()
      let removedBytes = 0
      for (const { retention, partitions } of topics.values()) {
        for (const partition of partitions) removedBytes += retain(partition, retention ?? {})
      }
      return { removedBytes }
    },
    async close() {
      closed = true
      for (const { partitions } of topics.values()) for (const { waiters } of partitions) waiters.close()
    }
  }
}

function oldestOf(segment: Segment): number {
  return segment.messages.reduce((oldest, message) => Math.min(oldest, message.timestampMs), Number.POSITIVE_INFINITY)
}

function newestOf(segment: Segment): number {
  return segment.messages.reduce((newest, message) => Math.max(newest, message.timestampMs), Number.NEGATIVE_INFINITY)
}

function sizeOf(jsonLength: number, value: Buffer): number {
  return 8 + jsonLength + value.length
}

/** In one buffer of their own, as the embedded bus returns them: whoever transfers it to a worker takes nothing from us. */
function copyOf(messages: readonly StoredMessage[]): StoredMessage[] {
  const all = Buffer.allocUnsafeSlow(messages.reduce((sum, message) => sum + message.value.length, 0))
  let at = 0
  return messages.map(message => {
    const value = all.subarray(at, at + message.value.copy(all, at))
    at += value.length
    return { ...message, value }
  })
}
