/**
 * The embedded bus: a folder of topics of partitions of segment files. It stands between the sources and the pipeline and needs
 * nothing but a disk.
 *
 * ```text
 * <folder>/.lock .owner                      one process at a time
 * <folder>/.cursors                          positions of consumer groups, unless they are kept elsewhere
 * <folder>/<topic>/topic.json                partitions and retention
 * <folder>/<topic>/<partition>/<offset>.log  segments; <offset>.index beside those that are closed
 * ```
 * Retention's bytes are per partition, as in Kafka.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bus } from '../../core/bus.ts'
import { PicketError } from '../../core/errors.ts'
import {
  busClosed,
  checkGroup,
  checkOffset,
  checkTopic,
  headersAsJson,
  messageBytesMaxDefault,
  segmentBytesMaxDefault,
  unknownTopic
} from '../limits.ts'
import { encodeAppend } from './batch.ts'
import { type CursorStore, openFileCursors } from './cursors.ts'
import { type Disk, realDisk, syncFolder } from './disk.ts'
import { lockFolder } from './folder-lock.ts'
import { Partition } from './partition.ts'
import type { BusLog } from './recover.ts'
import { loadTopics, saveTopic, type TopicInfo } from './topic-file.ts'

export type { CursorStore } from './cursors.ts'
export type { BusLog } from './recover.ts'

export type EmbeddedBusOptions = {
  /** A new segment is begun where an append would make the newest larger (64 MiB). One large append may exceed it. */
  readonly segmentBytesMax?: number
  /** 32 MiB. */
  readonly messageBytesMax?: number
  readonly log?: BusLog
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  readonly cursors?: CursorStore
  /** For tests that make it fail. */
  readonly disk?: Disk
}

/**
 * Rejects with `bus-locked` (another process has it), `bus-newer-format` (a later Picket wrote it), `bus-damaged` (the cursors).
 * A value given to `append` must not change until that has settled. The values of one `read` share one buffer of their own.
 */
export async function openEmbeddedBus(folder: string, options: EmbeddedBusOptions = {}): Promise<Bus> {
  const made = await mkdir(folder, { recursive: true })
  if (made !== undefined) await syncFolder(dirname(made))
  const unlock = await lockFolder(folder)
  try {
    const ownCursors = options.cursors === undefined ? await openFileCursors(join(folder, '.cursors')) : undefined
    const cursors = options.cursors ?? ownCursors!
    const bus = new EmbeddedBus(folder, options, cursors, async () => {
      await ownCursors?.close()
      unlock()
    })
    await bus.openTopics()
    return bus
  } catch (error) {
    unlock()
    throw error
  }
}

type Topic = { info: TopicInfo; readonly partitions: Partition[] }

class EmbeddedBus implements Bus {
  readonly #folder: string
  readonly #options: EmbeddedBusOptions
  readonly #messageBytesMax: number
  readonly #cursors: CursorStore
  readonly #afterClose: () => Promise<void>
  readonly #topics = new Map<string, Topic>()
  /** Creating topics and retention happen one after the other. */
  #changing: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(folder: string, options: EmbeddedBusOptions, cursors: CursorStore, afterClose: () => Promise<void>) {
    this.#folder = folder
    this.#options = options
    this.#messageBytesMax = options.messageBytesMax ?? messageBytesMaxDefault
    this.#cursors = cursors
    this.#afterClose = afterClose
  }

  async openTopics(): Promise<void> {
    for (const [topic, info] of await loadTopics(this.#folder, this.#options.log)) await this.#grow(topic, info)
  }

  async #grow(topic: string, info: TopicInfo): Promise<void> {
    const known = this.#topics.get(topic)
    const partitions = known?.partitions ?? []
    const missing = Array.from({ length: info.partitions - partitions.length }, (_, i) => partitions.length + i)
    partitions.push(...(await Promise.all(missing.map(i => this.#openPartition(topic, i)))))
    for (const partition of partitions) partition.retention = info.retention
    if (known === undefined) this.#topics.set(topic, { info, partitions })
    else known.info = info
  }

  async #openPartition(topic: string, i: number): Promise<Partition> {
    const { segmentBytesMax, clock, disk, log } = this.#options
    const options = {
      name: `${topic}/${i}`,
      segmentBytesMax: segmentBytesMax ?? segmentBytesMaxDefault,
      clock: clock ?? Date.now,
      disk: disk ?? realDisk,
      log
    }
    return await Partition.open(
      join(this.#folder, topic, String(i)),
      options,
      (await this.#cursors.highest?.(topic, i)) ?? 0
    )
  }

  #partition(topic: string, partition: number): Partition {
    if (this.#closing !== undefined) throw busClosed()
    const found = this.#topics.get(topic)?.partitions[partition]
    if (found === undefined) throw unknownTopic(topic, partition)
    return found
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(() => {
      if (this.#closing !== undefined) throw busClosed()
      return change()
    })
    this.#changing = changed.catch(() => undefined)
    return changed
  }

  async createTopic(topic: string, options: Parameters<Bus['createTopic']>[1]): Promise<void> {
    checkTopic(topic, options.partitions)
    await this.#change(async () => {
      const known = this.#topics.get(topic)?.info
      const info: TopicInfo = {
        partitions: Math.max(options.partitions, known?.partitions ?? 0),
        retention: options.retention ?? known?.retention
      }
      if (JSON.stringify(info) === JSON.stringify(known)) return
      await saveTopic(this.#folder, topic, info)
      await this.#grow(topic, info)
    })
  }

  async topics(): ReturnType<Bus['topics']> {
    return [...this.#topics].map(([topic, { partitions }]) => ({ topic, partitions: partitions.length }))
  }

  async append(topic: string, partition: number, messages: Parameters<Bus['append']>[2]): Promise<number> {
    const target = this.#partition(topic, partition)
    const jsons = headersAsJson(`${topic}/${partition}`, messages, this.#messageBytesMax)
    if (messages.length === 0) return target.end
    return await target.append(encodeAppend(messages, jsons, target.mark))
  }

  async read(topic: string, partition: number, offset: number, maxBytes: number): ReturnType<Bus['read']> {
    const source = this.#partition(topic, partition)
    checkOffset(`read ${topic}/${partition}`, offset)
    return await source.read(offset, Math.max(maxBytes, 1))
  }

  async waitFor(topic: string, partition: number, offset: number, signal: AbortSignal): Promise<void> {
    await this.#partition(topic, partition).waitFor(offset, signal)
  }

  async ends(topic: string, partition: number): ReturnType<Bus['ends']> {
    const { start, end } = this.#partition(topic, partition)
    return { start, end }
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    return await this.#partition(topic, partition).offsetAt(timestampMs)
  }

  async committed(group: string, topic: string, partition: number): Promise<number | undefined> {
    this.#partition(topic, partition)
    return await this.#cursors.get(group, topic, partition)
  }

  async commit(group: string, topic: string, partition: number, offset: number): Promise<void> {
    const { end } = this.#partition(topic, partition)
    checkGroup(group)
    checkOffset(`commit ${group} of ${topic}/${partition}`, offset)
    if (offset > end) {
      throw new PicketError(
        'bus-bad-offset',
        `commit ${group} of ${topic}/${partition}: ${offset} is past the end, ${end}`
      )
    }
    await this.#cursors.set(group, topic, partition, offset)
  }

  applyRetention(): ReturnType<Bus['applyRetention']> {
    return this.#change(async () => {
      let removedBytes = 0
      for (const { partitions } of this.#topics.values()) {
        for (const partition of partitions) removedBytes += await partition.applyRetention()
      }
      return { removedBytes }
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#changing
    const partitions = [...this.#topics.values()].flatMap(topic => topic.partitions)
    await Promise.all(partitions.map(partition => partition.close()))
    await this.#afterClose()
  }
}
