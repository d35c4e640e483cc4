/**
 * The bus contract: topics of partitions of messages with offsets, as in Apache Kafka. The bus is dumb, the clients are smart.
 * Implemented by `bus/embedded` (segment files), `bus/memory` and, later, Kafka; `testing/bus-contract.ts` holds all of them to it.
 */

export type BusMessage = {
  /** Small: who, what, when. At most 64 KiB in all. */
  readonly headers: Readonly<Record<string, string>>
  /** At most `messageBytesMax` of the bus. */
  readonly value: Buffer
}

export type StoredMessage = BusMessage & {
  readonly offset: number
  /** When the bus took it, milliseconds since 1970. */
  readonly timestampMs: number
}

/** A stretch of a partition that could not be read: reported to whoever reads across it, never skipped silently. */
export type CorruptRange = {
  readonly fromOffset: number
  readonly toOffset: number
  readonly bytes: number
  readonly reason: string
}

export type ReadResult = {
  readonly messages: readonly StoredMessage[]
  /** Where to read next: after the last message returned, or after a corrupt range. */
  readonly nextOffset: number
  readonly corrupt: readonly CorruptRange[]
}

export type PartitionEnds = { readonly start: number; readonly end: number }

export type Retention = { readonly ageMs?: number; readonly bytes?: number }

export type Bus = {
  /** Creates the topic if it is missing; a topic's partitions can grow but never shrink. */
  createTopic(topic: string, options: { partitions: number; retention?: Retention }): Promise<void>
  topics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]>
  /**
   * Appends messages in order, all or none. Resolves with the offset of the first once they are durable (fsynced):
   * whoever was told so may forget them. Concurrent appends are committed in groups.
   * Rejects with `bus-full` (the disk), `bus-too-large`, `bus-closed`.
   */
  append(topic: string, partition: number, messages: readonly BusMessage[]): Promise<number>
  /**
   * Messages from `offset` on: at least one if there is one, then up to about `maxBytes`. At the end: none, at once.
   * An offset before the start (retention took it) reads from the start and reports the gap as corrupt with reason `retention`.
   */
  read(topic: string, partition: number, offset: number, maxBytes: number): Promise<ReadResult>
  /** Resolves when a message at or after `offset` exists, or when the signal aborts. */
  waitFor(topic: string, partition: number, offset: number, signal: AbortSignal): Promise<void>
  /** `start` is the oldest offset kept, `end` the next to be given. */
  ends(topic: string, partition: number): Promise<PartitionEnds>
  /** The first offset whose message was taken at or after the time; the end if there is none. */
  offsetAt(topic: string, partition: number, timestampMs: number): Promise<number>
  /** A consumer group's position: the next offset to read. Undefined if it never committed. */
  committed(group: string, topic: string, partition: number): Promise<number | undefined>
  commit(group: string, topic: string, partition: number, offset: number): Promise<void>
  /** Unlinks what retention no longer keeps. Called by the owner from time to time; never removes the newest segment. */
  applyRetention(): Promise<{ readonly removedBytes: number }>
  close(): Promise<void>
}
