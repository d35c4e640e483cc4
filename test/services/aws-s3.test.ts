/** Objects of S3 by a queue and by listing, against moto's server: what is read, what is passed over, what is told, what comes again. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { zipOf } from '../../src/sources/files/zip-writer.ts'
import { pullConfig, testPull } from '../../src/sources/pull/test-context.ts'
import { pullS3 } from '../../src/sources/s3/s3.ts'
import { type Moto, motoReason, startMoto } from './moto.ts'

const reason = await motoReason()
if (reason !== false) console.log(`S3 is not tested: ${reason}`)
const options = { skip: reason, timeout: 120_000 }

let moto: Moto
let s3: S3Client
let sqs: SQSClient
let buckets = 0

before(async () => {
  if (reason !== false) return
  moto = await startMoto()
  Object.assign(process.env, moto.environment)
  s3 = new S3Client({ ...moto.client, forcePathStyle: true })
  sqs = new SQSClient(moto.client)
})
after(async () => {
  s3?.destroy()
  sqs?.destroy()
  await moto?.stop()
})

async function newBucket(): Promise<string> {
  const Bucket = `logs-${buckets++}`
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }))
  return Bucket
}

async function newQueue(): Promise<{ url: string; arn: string }> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${buckets++}` }))
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return { url: QueueUrl!, arn: Attributes!['QueueArn']! }
}

const put = (Bucket: string, Key: string, Body: Buffer | string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }))

/** How many messages are in the queue, seen and unseen. */
async function left(url: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }))
  return names.reduce((sum, name) => sum + Number(Attributes![name]), 0)
}

async function until(what: () => Promise<boolean> | boolean, message: () => string = () => 'in time'): Promise<void> {
  for (let tries = 0; !(await what()); tries++) {
    assert.ok(tries < 400, message())
    await sleep(50)
  }
}

const configFor = (more: object) => pullConfig('s3', { endpoint: moto.url, region: 'eu-central-1', ...more })
const flow = (n: number): string =>
  `2 123456789012 eni-0a1b2c3d 10.0.0.${n % 250} 198.51.100.7 ${1024 + n} 443 6 10 840 ${1767225600 + n} ${1767225660 + n} ACCEPT OK\n`

test(
  'what S3 itself puts into the queue: each object once, whatever packs it; the queue is empty then',
  options,
  async () => {
    const Bucket = await newBucket()
    const queue = await newQueue()
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [{ QueueArn: queue.arn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }]
        }
      })
    )
    await put(Bucket, 'plain.log', flow(1) + flow(2))
    await put(Bucket, 'a b/ü+1.log.gz', gzipSync(flow(3)))
    await put(Bucket, 'c.zst', zstdCompressSync(flow(4)))
    await put(
      Bucket,
      'd.zip',
      zipOf([
        { name: 'one.log', content: Buffer.from(flow(5)) },
        { name: 'two.log', content: Buffer.from(flow(5)) }
      ])
    )
    await put(Bucket, 'folder/', '')
    await put(Bucket, 'empty.log', '')
    await put(Bucket, 'later.log', flow(6))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'folder/' }))
    const pull = testPull()
    const source = await pullS3(configFor({ queue: queue.url, visibilityTimeout: '20s' }), pull.context)
    await until(
      async () => (await left(queue.url)) === 0,
      () => JSON.stringify([source.figures(), pull.warnings])
    )
    await source.close()
    const records = pull.records()
    assert.deepEqual(records.map(({ text }) => text).sort(), [1, 2, 3, 4, 5, 5, 6].map(n => flow(n).trimEnd()).sort())
    assert.deepEqual([...new Set(pull.chunks.map(({ headers }) => headers.format))], ['vpc-flow'])
    assert.deepEqual(
      [...new Set(pull.chunks.map(({ headers }) => headers.object))].sort(),
      ['a b/ü+1.log.gz', 'c.zst', 'd.zip!one.log', 'd.zip!two.log', 'later.log', 'plain.log'].map(
        k => `s3://${Bucket}/${k}`
      )
    )
    // Equal lines of different objects are different records.
    assert.equal(new Set(pull.chunks.map(({ headers }) => headers.prefix)).size, pull.chunks.length)
    assert.deepEqual(pull.warnings, [])
  }
)

test('what is not understood, and objects that are gone, are dead letters with the reason, once', options, async () => {
  const Bucket = await newBucket()
  const queue = await newQueue()
  const send = (body: unknown) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: typeof body === 'string' ? body : JSON.stringify(body)
      })
    )
  const event = (key: string, bucket = Bucket) => ({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object: { key, size: 3 } } }]
  })
  await put(Bucket, 'here.log', flow(1))
  await send('what is this?')
  await send(event('not-here.log'))
  await send(event('not-here.log'))
  await send({ Type: 'Notification', TopicArn: 'arn', Message: JSON.stringify(event('here.log')) })
  await send({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket })
  await send(event('elsewhere.log', 'another-bucket'))
  await send({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: Bucket }, object: { key: 'here.log' } }
  })
  const pull = testPull()
  const source = await pullS3(configFor({ queue: queue.url, bucket: Bucket }), pull.context)
  await until(async () => (await left(queue.url)) === 0)
  await source.close()
  const dead = pull.chunks.filter(({ headers }) => headers.dead !== undefined)
  assert.deepEqual(dead.map(({ headers }) => headers.dead).sort(), [
    'a message of the queue is not understood: it is no JSON',
    `the object is gone: it was deleted before it was read (s3://${Bucket}/not-here.log)`,
    `the object is gone: it was deleted before it was read (s3://${Bucket}/not-here.log)`
  ])
  const [one, two] = dead.filter(({ headers }) => headers.object !== undefined)
  assert.deepEqual([one!.headers.prefix, one!.body], [two!.headers.prefix, two!.body])
  // Told of twice, by two ways: the same identity.
  const [first, second] = pull.chunks.filter(({ headers }) => headers.dead === undefined)
  assert.deepEqual([first!.headers.prefix, first!.body], [second!.headers.prefix, second!.body])
  const { more } = source.figures()
  assert.deepEqual([more!['ignored'], more!['not_understood'], more!['gone']], [2, 1, 2])
})

test('a version that was overwritten is read all the same', options, async () => {
  const Bucket = await newBucket()
  const queue = await newQueue()
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const { VersionId: versionId } = await put(Bucket, 'k', flow(1))
  await put(Bucket, 'k', flow(2))
  const MessageBody = JSON.stringify({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: Bucket }, object: { key: 'k', versionId } } }]
  })
  await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }))
  const pull = testPull()
  const source = await pullS3(configFor({ queue: queue.url }), pull.context)
  await until(async () => (await left(queue.url)) === 0)
  await source.close()
  assert.deepEqual(
    pull.records().map(({ text }) => text),
    [flow(1).trimEnd()]
  )
})

test(
  'a message is deleted when its records are durable, not before; its visibility is extended while it is in work',
  options,
  async () => {
    const Bucket = await newBucket()
    const queue = await newQueue()
    await put(Bucket, 'k', flow(1))
    const MessageBody = JSON.stringify({
      Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: Bucket }, object: { key: 'k' } } }]
    })
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }))
    const pull = testPull()
    const release = pull.hold()
    const source = await pullS3(configFor({ queue: queue.url, visibilityTimeout: '2s' }), pull.context)
    await until(() => source.figures().more!['in_work'] === 1)
    await sleep(5_000)
    // Hidden for two seconds, and still hidden after five.
    assert.equal(source.figures().more!['messages'], 1)
    assert.equal(await left(queue.url), 1)
    assert.equal(pull.chunks.length, 0)
    release()
    await until(async () => (await left(queue.url)) === 0)
    await source.close()
    assert.equal(pull.records().length, 1)
  }
)

test('a disk that takes nothing: the message comes again, and nothing is lost', options, async () => {
  const Bucket = await newBucket()
  const queue = await newQueue()
  await put(Bucket, 'k', flow(1))
  const MessageBody = JSON.stringify({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: Bucket }, object: { key: 'k' } } }]
  })
  await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }))
  const pull = testPull()
  pull.fail(2)
  const source = await pullS3(configFor({ queue: queue.url, visibilityTimeout: '1s' }), pull.context)
  await until(() => source.figures().problem !== undefined)
  assert.match(source.figures().problem!, /no space left on device/)
  await until(async () => (await left(queue.url)) === 0)
  assert.equal(source.figures().problem, undefined)
  await source.close()
  assert.equal(pull.records().length, 1)
})

test('a queue that does not exist is a problem with a name, and is waited for', options, async () => {
  const pull = testPull()
  const source = await pullS3(configFor({ queue: `${moto.url}/123456789012/nobody` }), pull.context)
  await until(() => source.figures().problem !== undefined)
  assert.match(source.figures().problem!, /cannot receive from .*nobody.*does not exist/)
  assert.equal(pull.warnings.length, 1)
  await source.close()
})

test(
  'listing: pages, a prefix, what comes late or before, what was overwritten; each once, through restarts',
  options,
  async () => {
    const Bucket = await newBucket()
    for (let i = 0; i < 30; i += 10)
      await Promise.all(
        Array.from({ length: 10 }, (_, j) => put(Bucket, `in/b-${String(i + j).padStart(3, '0')}`, flow(i + j)))
      )
    await put(Bucket, 'out/x', flow(99))
    const pull = testPull()
    const config = configFor({ bucket: Bucket, prefix: 'in/', interval: '100ms', lookBack: '1h' })
    const first = await pullS3(config, pull.context)
    await pull.until(30)
    await put(Bucket, 'in/a-late', flow(40))
    await pull.until(31)
    await first.close()
    await put(Bucket, 'in/b-000', flow(41))
    await put(Bucket, 'in/a-later', flow(42))
    const second = await pullS3(config, pull.context)
    await pull.until(33)
    await sleep(500)
    await second.close()
    const texts = pull.records().map(({ text }) => text)
    assert.equal(texts.length, 33)
    assert.equal(new Set(texts).size, 33)
    assert.deepEqual(texts.slice(-2).sort(), [flow(41), flow(42)].map(line => line.trimEnd()).sort())
  }
)

test(
  'listing: beyond the look-back nothing is remembered, and nothing is read again; ascending keys begin where it ends',
  options,
  async () => {
    const Bucket = await newBucket()
    for (let i = 0; i < 12; i++) await put(Bucket, `k-${String(i).padStart(3, '0')}`, flow(i))
    const pull = testPull()
    // S3's times are whole seconds: this machine's clock is far ahead.
    const later = { ...pull.context, nowMs: () => Date.now() + 60_000 }
    const config = configFor({
      bucket: Bucket,
      interval: '100ms',
      lookBack: '5s',
      startAfter: 'k-001',
      keysAscend: true
    })
    const first = await pullS3(config, later)
    await pull.until(10)
    await until(() => pull.checkpoints.startingWith('taken:').size === 0)
    await sleep(400)
    const listed = first.figures().more!['listed']!
    await sleep(500)
    assert.equal(first.figures().more!['listed'], listed, 'the old keys are listed again')
    await first.close()
    assert.equal(pull.records().length, 10)
  }
)

test('a listing that dies in the middle goes on in its round', options, async () => {
  const Bucket = await newBucket()
  for (let i = 0; i < 20; i++) await put(Bucket, `k-${String(i).padStart(3, '0')}`, flow(i))
  const pull = testPull()
  const config = configFor({ bucket: Bucket, interval: '100ms', objectsMax: 1 })
  pull.fail(1)
  const source = await pullS3(config, pull.context)
  await until(() => source.figures().problem !== undefined)
  await pull.until(20)
  await sleep(300)
  await source.close()
  assert.equal(new Set(pull.records().map(({ text }) => text)).size, 20)
  assert.equal(pull.records().length, 20)
})

test('digests of CloudTrail are passed over where asked; a role is assumed where one is named', options, async () => {
  const Bucket = await newBucket()
  await put(
    Bucket,
    'AWSLogs/123456789012/CloudTrail-Digest/eu-central-1/x.json',
    '{"digestStartTime":"2026-01-01T00:00:00Z"}'
  )
  const record = {
    eventVersion: '1.08',
    eventID: '00000000-0000-4000-8000-000000000001',
    eventTime: '2026-06-01T09:00:00Z',
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    awsRegion: 'eu-central-1'
  }
  await put(Bucket, 'AWSLogs/123456789012/CloudTrail/x.json.gz', gzipSync(JSON.stringify({ Records: [record] })))
  const pull = testPull()
  const role = 'arn:aws:iam::123456789012:role/reader'
  const source = await pullS3(configFor({ bucket: Bucket, skipDigests: true, role, interval: '100ms' }), pull.context)
  await pull.until(1)
  await until(() => source.figures().more!['ignored']! > 0)
  await source.close()
  assert.deepEqual(
    pull.chunks.map(({ headers }) => headers.format),
    ['cloudtrail']
  )
  assert.equal(pull.records().length, 1)
})
