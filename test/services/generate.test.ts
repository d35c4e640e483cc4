/**
 * The generator's sinks against what they are for: a real Kafka broker that is killed in the middle, Kinesis and S3 of moto's server, and a Kinesis that
 * fails some records of a request. Skipped where Java or moto cannot be had.
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand
} from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Admin, Consumer, stringDeserializers } from '@platformatic/kafka'
import { compileGenerator, type Generator } from '../../src/generate/compile.ts'
import { type GeneratorConfig, generatorSchema } from '../../src/generate/config.ts'
import { noFakers } from '../../src/generate/faker/load.ts'
import { startRun } from '../../src/pipeline/generator-run.ts'
import { openSink } from '../../src/sinks/index.ts'
import type { SinkContext } from '../../src/sinks/sink.ts'
import { startKafka, whyNoKafka } from './kafka-broker.ts'
import { type Moto, motoReason, startMoto } from './moto.ts'

const noMoto = await motoReason()
const noKafka = whyNoKafka()
let moto: Moto

before(async () => {
  if (noMoto !== false) return
  moto = await startMoto()
  Object.assign(process.env, moto.environment)
})
after(() => moto?.stop())

const context: SinkContext = {
  nowMs: () => Date.UTC(2026, 2, 1, 12),
  signal: new AbortController().signal,
  random: Math.random,
  env: {},
  header: undefined,
  format: 'ndjson'
}

function generator(padding = ''): Generator {
  const config = {
    fields: {
      n: { type: 'counter' },
      user: { type: 'list', list: ['ann', 'bob', 'cy', 'dee', 'eve'] },
      text: { type: 'constant', constant: `ü ${padding}` }
    }
  }
  const compiled = compileGenerator(generatorSchema.parse(config) as GeneratorConfig, {
    seed: 1,
    isRepeatable: true,
    nowMs: Date.now,
    fakers: noFakers,
    key: '{user}'
  })
  assert.ok(compiled.ok)
  return compiled.generator
}

async function fill(
  address: string,
  count: number,
  options: string[] = [],
  padding = '',
  during?: () => Promise<void>
) {
  const sink = await openSink(address, options, context)
  const stop = new AbortController().signal
  const run = startRun({
    generator: generator(padding),
    sink,
    count,
    withKeys: true,
    stop,
    monotonicMs: () => performance.now()
  })
  await during?.()
  const result = await run.done
  return { ...result, ...sink.figures() }
}

type Made = { n: number; user: string }
const numbers = (all: readonly Made[]): number[] => all.map(({ n }) => n).sort((a, b) => a - b)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1)

test('Kafka: all arrive, a user in one partition, in order; a broker that is killed meanwhile is waited for', {
  skip: noKafka,
  timeout: 180_000
}, async () => {
  const broker = await startKafka()
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker.address], retries: 60, retryDelay: 500 })
  const consumer = new Consumer({
    clientId: 'test',
    groupId: 'test',
    bootstrapBrokers: [broker.address],
    deserializers: stringDeserializers
  })
  try {
    await admin.createTopics({ topics: ['made'], partitions: 3, replicas: 1 })
    const first = await fill(`kafka://${broker.address}/made?compression=gzip`, 20_000)
    assert.equal(first.problem, undefined)
    assert.equal(first.records, 20_000)
    const second = await fill(`kafka://${broker.address}/made?lines=200`, 50_000, [], '', async () => {
      await sleep(300)
      await broker.kill()
      await sleep(500)
      await broker.start()
    })
    assert.equal(second.problem, undefined)
    assert.ok(second.retries > 0, 'it was not noticed')
    const stream = await consumer.consume({ topics: ['made'], mode: 'earliest', autocommit: false })
    const all: (Made & { partition: number })[] = []
    const seen = new Set<number>()
    for await (const { value, key, partition } of stream) {
      const record = JSON.parse(value as string) as Made
      assert.equal(record.user, key)
      all.push({ ...record, partition })
      seen.add(record.n)
      if (all.length >= 70_000 && seen.size >= 50_000) break
    }
    await stream.close()
    assert.equal(new Set(all.map(({ n }) => n)).size, 50_000)
    for (const user of ['ann', 'bob', 'cy', 'dee', 'eve']) {
      const his = all.filter(record => record.user === user)
      assert.equal(new Set(his.map(({ partition }) => partition)).size, 1)
    }
    assert.ok(new Set(all.map(({ partition }) => partition)).size > 1)
    const missing = await openSink(`kafka://${broker.address}/nowhere`, [], {
      ...context,
      signal: AbortSignal.timeout(6000)
    })
    await missing.write(['{}'], undefined)
    await assert.rejects(missing.close(), /nowhere/)
  } finally {
    await consumer.close(true).catch(() => {})
    await admin.close().catch(() => {})
    await broker.remove()
  }
})

test('Kinesis: all arrive within its limits, by the key', { skip: noMoto, timeout: 120_000 }, async () => {
  const { requestHandler: _, ...plain } = moto.client
  const client = new KinesisClient(moto.client)
  await client.send(new CreateStreamCommand({ StreamName: 'made', ShardCount: 3 }))
  // Larger than a request may be, together: 600 records of 20 kB.
  const result = await fill(
    `kinesis://made?region=${plain.region}&endpoint=${encodeURIComponent(moto.url)}`,
    600,
    [],
    'x'.repeat(20_000)
  )
  assert.equal(result.problem, undefined)
  const all: Made[] = []
  const shardOf = new Map<string, string>()
  for (const { ShardId } of (await client.send(new ListShardsCommand({ StreamName: 'made' }))).Shards!) {
    let { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: 'made', ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    )
    for (let empty = 0; empty < 2; ) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator }))
      ShardIterator = answer.NextShardIterator
      if (answer.Records!.length === 0) empty++
      for (const { Data, PartitionKey } of answer.Records!) {
        const record = JSON.parse(Buffer.from(Data!).toString()) as Made
        assert.equal(record.user, PartitionKey)
        assert.equal(shardOf.get(record.user) ?? ShardId, ShardId)
        shardOf.set(record.user, ShardId!)
        all.push(record)
      }
    }
  }
  assert.deepEqual(numbers(all), upTo(600))
  client.destroy()
  const gone = await fill(`kinesis://nowhere?region=${plain.region}&endpoint=${encodeURIComponent(moto.url)}`, 1)
  assert.match(gone.problem ?? '', /ResourceNotFound/)
  const large = await fill(
    `kinesis://made?region=${plain.region}&endpoint=${encodeURIComponent(moto.url)}`,
    1,
    [],
    'x'.repeat(1 << 20)
  )
  assert.deepEqual([large.refused, large.reason], [1, 'a record is larger than 1 MiB'])
})

test('Kinesis: of a request that failed in parts, only the failed records are sent again', {
  skip: noMoto,
  timeout: 60_000
}, async () => {
  const requests: string[][] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { Records } = JSON.parse(Buffer.concat(parts).toString()) as { Records: { Data: string }[] }
    requests.push(Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()))
    const answers = Records.map((_, at) =>
      requests.length === 1 && at % 4 === 1
        ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' }
        : { SequenceNumber: String(at), ShardId: 'shardId-000000000000' }
    )
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(
      JSON.stringify({
        FailedRecordCount: answers.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
        Records: answers
      })
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const result = await fill(
    `kinesis://made?region=eu-central-1&endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`,
    20
  )
  server.closeAllConnections()
  server.close()
  assert.equal(result.problem, undefined)
  assert.equal(result.retries, 1)
  assert.deepEqual(
    requests.map(({ length }) => length),
    [20, 5]
  )
  assert.deepEqual(
    requests[1],
    requests[0]!.filter((_, at) => at % 4 === 1)
  )
})

test('S3: objects by size under keys by time, packed; all records are in them once', {
  skip: noMoto,
  timeout: 60_000
}, async () => {
  const client = new S3Client({ ...moto.client, forcePathStyle: true })
  await client.send(
    new CreateBucketCommand({ Bucket: 'made', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } })
  )
  const where = `region=eu-central-1&endpoint=${encodeURIComponent(moto.url)}`
  const result = await fill(`s3://made/logs/%Y/%m/%d/{n}.ndjson.gz?size=50KB&${where}`, 5000)
  assert.equal(result.problem, undefined)
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'made' }))
  assert.ok(Contents.length >= 4)
  const all: Made[] = []
  for (const { Key } of Contents) {
    assert.match(Key!, /^logs\/2026\/03\/01\/\d{6}\.ndjson\.gz$/)
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'made', Key }))
    const text = gunzipSync(Buffer.from(await Body!.transformToByteArray())).toString()
    for (const line of text.trimEnd().split('\n')) all.push(JSON.parse(line))
  }
  assert.deepEqual(numbers(all), upTo(5000))
  client.destroy()
  assert.match((await fill(`s3://nowhere/x/?${where}`, 1)).problem ?? '', /NoSuchBucket/)
})
