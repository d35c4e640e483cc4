/**
 * One connection to a cluster, from joining the group to the first error: finds topics, joins, and reads what the group assigns, until the
 * assignment or the topics change. Throws what broke; its caller begins anew.
 */

import { randomBytes } from 'node:crypto'
import type { Admin, Consumer } from '@platformatic/kafka'
import { messageOf, PicketError } from '../../core/errors.ts'
import type { PullContext } from '../pull/source.ts'
import { clientOptions, groupOf, type KafkaConfig } from './client.ts'
import type { Counts } from './kafka.ts'
import { Offsets } from './offsets.ts'
import { findPositions, keyOf, type PartitionName, prefix } from './positions.ts'
import { readPartitions } from './read-partitions.ts'
import { chooseTopics, missingText, type Topics } from './topics.ts'

export type ReadOptions = {
  readonly config: KafkaConfig
  readonly context: PullContext
  readonly counts: Counts
  readonly stop: AbortSignal
  /** Why nothing, or not all, comes; undefined where all is well. */
  readonly tell: (problem: string | undefined) => void
}

const topicsEveryMs = 30_000
const missingEveryMs = 3_000
const closeMs = 5_000
const instanceKey = 'instance'

/** Returns when told to stop, or when the topics have changed. */
export async function readCluster(options: ReadOptions): Promise<void> {
  const { config, stop } = options
  const kafka = await import('@platformatic/kafka')
  const settings = clientOptions(config, instanceOf(options.context))
  const admin = new kafka.Admin({ ...settings, clientId: 'picket-topics' })
  const consumer = new kafka.Consumer(settings)
  const life = new AbortController()
  const end = (error?: unknown): void => life.abort(error)
  stop.addEventListener('abort', () => end(), { once: true, signal: life.signal })
  if (stop.aborted) end()
  consumer.on('error', end)
  admin.on('error', end)
  consumer.on('consumer:heartbeat:stalled', ({ lastError }) =>
    end(lastError ?? new PicketError('kafka-group', 'the group coordinator does not answer'))
  )
  try {
    const topics = await findTopics(admin, config)
    await join(consumer, topics, options, life)
    await readAssigned({ ...options, admin, consumer, topics, life, end })
  } finally {
    end()
    await Promise.all([closed(consumer), closed(admin)])
  }
}

/** Our name among the members of the group, made once. */
function instanceOf({ checkpoints }: PullContext): string {
  const known = checkpoints.get(instanceKey)
  if (known !== undefined) return known
  const made = `picket-${randomBytes(8).toString('hex')}`
  checkpoints.save(new Map([[instanceKey, made]]))
  return made
}

async function findTopics(admin: Admin, config: KafkaConfig): Promise<Topics> {
  const topics = chooseTopics(config.topics, await admin.listTopics({ includeInternals: true }))
  if (topics.found.length === 0) throw new PicketError('kafka-no-topic', missingText(topics)!, { retryable: true })
  return topics
}

async function join(
  consumer: Consumer,
  { found }: Topics,
  { config, context }: ReadOptions,
  life: AbortController
): Promise<void> {
  consumer.topics.trackAll(...found)
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  life.signal.addEventListener('abort', () => reject(life.signal.reason), { once: true })
  await Promise.race([consumer.joinGroup({}), promise])
  context.log.info({ source: config.name, group: groupOf(config), topics: found.length }, 'joined the group at Kafka')
}

type Connected = ReadOptions & {
  readonly admin: Admin
  readonly consumer: Consumer
  readonly topics: Topics
  readonly life: AbortController
  readonly end: (error?: unknown) => void
}

/** Reads one assignment after the other. */
async function readAssigned(connected: Connected): Promise<void> {
  const { admin, config, consumer, context, counts, end, life, topics } = connected
  let tenure = new AbortController()
  consumer.on('consumer:group:join', () => {
    counts.rebalances++
    tenure.abort()
  })
  life.signal.addEventListener('abort', () => tenure.abort(), { once: true })
  const partitionsOf = await countPartitions(consumer, topics)
  const watch = setInterval(
    () =>
      void (async () => {
        const now = await findTopics(admin, config)
        const isSame = `${now.found}` === `${topics.found}` && (await countPartitions(consumer, now)) === partitionsOf
        // The others of the group learn of it, too, when we join again.
        if (!isSame) end()
      })().catch(() => {}),
    topics.missing.length > 0 ? missingEveryMs : topicsEveryMs
  )
  const offsets = new Offsets(consumer, counts, error =>
    context.log.warn(
      { source: config.name, error: messageOf(error) },
      "the group's offsets could not be committed: Kafka's tools show more lag than there is; nothing is lost"
    )
  )
  try {
    while (!life.signal.aborted) {
      tenure = new AbortController()
      if (life.signal.aborted) break
      const names = await assigned(consumer)
      forgetOthers(connected, names)
      const positions = await findPositions(names, {
        consumer,
        checkpoints: context.checkpoints,
        start: config.start,
        source: config.name,
        log: context.log
      })
      offsets.keep(positions)
      counts.partitions = positions.length
      connected.tell(missingText(topics))
      await readPartitions({ ...connected, positions, offsets, until: tenure.signal })
    }
  } finally {
    clearInterval(watch)
    await offsets.close()
  }
  // An error of a heartbeat or of the client ends it, too.
  if (life.signal.reason instanceof Error && !isAbort(life.signal.reason)) throw life.signal.reason
}

/** Partitions of ours that another Picket reads now are where the group says. */
function forgetOthers({ context, topics }: Connected, names: readonly PartitionName[]): void {
  const ours = new Set(names.map(keyOf))
  const others = [...context.checkpoints.startingWith(prefix).keys()].filter(
    key => !ours.has(key) && topics.found.includes(key.slice(prefix.length, key.lastIndexOf('/')))
  )
  if (others.length > 0) context.checkpoints.save(new Map(others.map(key => [key, undefined])))
}

async function assigned(consumer: Consumer): Promise<PartitionName[]> {
  const assignments = consumer.assignments ?? []
  const topics = assignments.filter(({ partitions }) => partitions.length > 0).map(({ topic }) => topic)
  if (topics.length === 0) return []
  const metadata = await consumer.metadata({ topics })
  return assignments.flatMap(({ topic, partitions }) =>
    partitions.map(partition => ({ topic, topicId: metadata.topics.get(topic)!.id, partition }))
  )
}

async function countPartitions(consumer: Consumer, { found }: Topics): Promise<string> {
  const { topics } = await consumer.metadata({ topics: [...found], forceUpdate: true })
  return found.map(topic => `${topic} ${topics.get(topic)?.id} ${topics.get(topic)?.partitionsCount}`).join('\n')
}

function isAbort(error: Error): boolean {
  return error.name === 'AbortError'
}

async function closed(client: Admin | Consumer): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, closeMs)
  await Promise.race([client.close().catch(() => {}), late.promise])
  clearTimeout(timer)
}
