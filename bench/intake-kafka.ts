/**
 * How fast topics of Kafka are read: `node bench/intake-kafka.ts [messages, default 300000]`. A real broker (test/services/kafka-broker.ts) on
 * this machine holds the messages already. The ceiling is the client's own fetching of the same bytes, which does nothing with them; then
 * our source, with an intake that forgets.
 */

import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Admin, Consumer, Producer } from '@platformatic/kafka'
import type { KafkaConfig } from '../src/sources/kafka/client.ts'
import { pullKafka } from '../src/sources/kafka/kafka.ts'
import { sourceConfig, testIntake } from '../src/sources/listen/test-intake.ts'
import { startKafka, whyNoKafka } from '../test/services/kafka-broker.ts'
import { processorSeconds } from './processor.ts'

const messages = Number(process.argv[2] ?? 300_000)
const reason = whyNoKafka()
if (reason !== false) {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}
const broker = await startKafka()
const client = { clientId: 'bench', bootstrapBrokers: [broker.address], retries: 20, retryDelay: 200 }
const admin = new Admin(client)
await admin.createTopics({ topics: ['bench'], partitions: 4, replicas: 1 })
const producer = new Producer(client)
let bytes = 0
for (let sent = 0; sent < messages; ) {
  const batch = Array.from({ length: Math.min(5000, messages - sent) }, () => {
    const number = sent++
    const value = Buffer.from(
      `{"@timestamp":"2026-03-02T10:00:00.000Z","message":"Accepted publickey for user${number % 97} from 10.1.${number % 250}.7 port ${40_000 + (number % 9000)} ssh2","host":{"name":"web-${number % 40}"},"log":{"level":"info"},"n":${number},"padding":"${'x'.repeat(180)}"}`
    )
    bytes += value.length
    return { topic: 'bench', partition: number % 4, value }
  })
  await producer.send({ messages: batch, acks: -1 })
}
await producer.close()
process.stdout.write(`${messages} messages of ${Math.round(bytes / messages)} bytes in 4 partitions\n`)

async function timed(name: string, work: () => Promise<number>): Promise<void> {
  const before = processorSeconds().own
  const startMs = performance.now()
  const count = await work()
  const seconds = (performance.now() - startMs) / 1000
  const processor = processorSeconds().own - before
  process.stdout.write(
    `${name}: ${Math.round(count / seconds)} messages/s, ${((processor / count) * 1e6).toFixed(2)} processor-s per million\n`
  )
}

await timed('ceiling: fetched and forgotten', async () => {
  const consumer = new Consumer({ ...client, groupId: 'ceiling' })
  const metadata = await consumer.metadata({ topics: ['bench'] })
  const topicId = metadata.topics.get('bench')!.id
  const next = [0n, 0n, 0n, 0n]
  let count = 0
  while (count < messages) {
    const { responses } = await consumer.fetch({
      node: 1,
      maxWaitTime: 250,
      minBytes: 1,
      maxBytes: 8 << 20,
      topics: next.map((fetchOffset, partition) => ({
        topicId,
        partitions: [
          { partition, fetchOffset, partitionMaxBytes: 2 << 20, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
        ]
      }))
    })
    for (const { partitions } of responses)
      for (const { partitionIndex, records } of partitions)
        for (const batch of records ?? []) {
          count += batch.records.length
          next[partitionIndex] = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        }
  }
  await consumer.close()
  return count
})

await timed('the source', async () => {
  const config = sourceConfig('kafka', {
    host: undefined,
    port: undefined,
    brokers: [broker.address],
    topics: ['bench']
  }) as KafkaConfig
  const checkpoints = new Map<string, string>()
  const source = await pullKafka(config, {
    ...testIntake().context,
    append: async () => {},
    folder: () => tmpdir(),
    setting: () => undefined,
    checkpoints: {
      get: key => checkpoints.get(key),
      startingWith: () => new Map(),
      save: entries => entries.forEach((value, key) => void checkpoints.set(key, value ?? ''))
    }
  })
  while (source.figures().records < messages) await sleep(5)
  const { records } = source.figures()
  await source.close()
  return records
})

await admin.close()
await broker.remove()
