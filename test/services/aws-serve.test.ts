/**
 * The sources of AWS in a real `picket serve`, against moto's server: killed with -9 in the middle, 0 records lost and 0 stored twice; what comes
 * through S3 is what an import of the same file gives.
 */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { readServerFile } from '../../src/platform/server-file.ts'
import { writeParquet } from '../../src/testing/parquet-writer.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, type Running, sleep } from '../faults/lab.ts'
import { type Moto, motoReason, startMoto } from './moto.ts'
import { diskToFill, eventsAsked, killsFor } from './while-sending.ts'

const reason = hasEngine() ? await motoReason() : 'the storage engine is not installed'
if (reason !== false) console.log(`AWS sources are not tested: ${reason}`)
const options = { skip: reason, timeout: 900_000 }
const lab = new Lab()

let moto: Moto
let s3: S3Client
let sqs: SQSClient

before(async () => {
  if (reason !== false) return
  moto = await startMoto()
  s3 = new S3Client({ ...moto.client, forcePathStyle: true })
  sqs = new SQSClient(moto.client)
})
after(async () => {
  await lab.close({ keep: false })
  s3?.destroy()
  sqs?.destroy()
  await moto?.stop()
})

type Totals = { received: number; stored: number; deadLettered: number; duplicates: number }

async function totalsOf(data: string): Promise<Totals> {
  const server = readServerFile(data)!
  const response = await fetch(new URL('/api/ledger', server.url), {
    headers: { authorization: `Bearer ${server.token}` }
  })
  return ((await response.json()) as { totals: Totals }).totals
}

const settled = ({ received, stored, deadLettered, duplicates }: Totals): boolean =>
  received === stored + deadLettered + duplicates

async function bucketWithQueue(name: string): Promise<{ bucket: string; queue: string }> {
  await s3.send(
    new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } })
  )
  const { QueueUrl: queue } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] })
  )
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: name,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn: Attributes!['QueueArn']!, Events: ['s3:ObjectCreated:*'] }]
      }
    })
  )
  return { bucket: name, queue: queue! }
}

async function messagesIn(url: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }))
  return names.reduce((sum, name) => sum + Number(Attributes![name]), 0)
}

function configured(name: string, ...sources: readonly object[]): { data: string; start: () => Promise<Running> } {
  return configuredIn(lab.newFolder(name), ...sources)
}

function configuredIn(data: string, ...sources: readonly object[]): { data: string; start: () => Promise<Running> } {
  mkdirSync(data, { recursive: true })
  const reached = sources.map(source => ({ endpoint: moto.url, region: 'eu-central-1', ...source }))
  writeFileSync(`${data}/picket.yaml`, JSON.stringify({ server: { port: 0 }, sources: reached }))
  return { data, start: () => lab.serve(data, { env: { ...moto.environment } }) }
}

async function until(what: () => Promise<boolean>, message: () => string): Promise<void> {
  for (let tries = 0; !(await what().catch(() => false)); tries++) {
    assert.ok(tries < 3000, message())
    await sleep(100)
  }
}

/** Stops it when all that came in is accounted for. */
async function stopSettled(running: Running, data: string): Promise<Totals> {
  await until(
    async () => settled(await totalsOf(data)),
    () => running.stderr
  )
  const totals = await totalsOf(data)
  await lab.stop(running)
  return totals
}

/** Parts of the whole after which Picket is killed: `least` of them, or one for each 50,000 events. */
function killedAt(events: number, least: number): number[] {
  const kills = Math.max(least, killsFor(events))
  return Array.from({ length: kills }, (_, i) => ((i + 0.5) / kills) * 0.9)
}

test('kill -9 in the middle of 300 objects: 0 lost, 0 twice, and the queue is empty', options, async t => {
  const { bucket, queue } = await bucketWithQueue('killed')
  const objects = 300
  const lines = Math.ceil(eventsAsked(30_000) / objects)
  for (let i = 0; i < objects; i += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, j) => {
        const n = i + j
        // Every tenth line is in all objects: the same bytes are records of their own there.
        const text = Array.from({ length: lines }, (_, line) =>
          line % 10 === 0
            ? `2026-03-02T10:00:00Z the same in all ${line}`
            : `2026-03-02T10:00:00Z object ${n} line ${line}`
        ).join('\n')
        return s3.send(new PutObjectCommand({ Bucket: bucket, Key: `logs/${n}.log.gz`, Body: gzipSync(text + '\n') }))
      })
    )
  const { data, start } = configured('kill', {
    type: 's3',
    name: 'bucket',
    queue,
    visibilityTimeout: '3s',
    objectsMax: 8
  })
  let kills = 0
  for (const part of killedAt(objects * lines, 3)) {
    const running = await start()
    await until(
      async () => (await totalsOf(data)).received >= objects * lines * part,
      () => running.stderr
    )
    running.child.kill('SIGKILL')
    await running.ended
    kills++
  }
  const running = await start()
  await until(
    async () => (await messagesIn(queue)) === 0,
    () => running.stderr
  )
  const totals = await stopSettled(running, data)
  t.diagnostic(`${kills} kills: ${JSON.stringify(totals)}`)
  assert.equal(totals.stored, objects * lines)
  assert.equal(totals.deadLettered, 0)
  const { rows } = await lab.inspect(data, picket =>
    picket.store.table(`SELECT count(), uniqExact(id) FROM ${picket.store.database}.events`, {})
  )
  assert.deepEqual(rows[0]!.map(Number), [objects * lines, objects * lines])
})

test('a Parquet file of VPC flow logs by listing is the same events as an import of it', options, async () => {
  const Bucket = 'parquet'
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }))
  const columns = [
    ['version', 'int32'],
    ['account_id', 'text'],
    ['interface_id', 'text'],
    ['srcaddr', 'text'],
    ['dstaddr', 'text'],
    ['srcport', 'int32'],
    ['dstport', 'int32'],
    ['protocol', 'int64'],
    ['packets', 'int64'],
    ['bytes', 'int64'],
    ['start', 'int64'],
    ['end', 'int64'],
    ['action', 'text'],
    ['log_status', 'text']
  ] as const
  const rows = Array.from({ length: 60 }, (_, n) => ({
    version: 2,
    account_id: '123456789012',
    interface_id: 'eni-0a1b2c3d',
    srcaddr: `10.0.${n >> 8}.${n & 255}`,
    dstaddr: '198.51.100.7',
    srcport: 1024 + n,
    dstport: 443,
    protocol: 6,
    packets: n,
    bytes: n * 100,
    start: 1767225600 + n,
    end: 1767225660 + n,
    action: n % 7 === 0 ? 'REJECT' : 'ACCEPT',
    log_status: 'OK'
  }))
  const Body = writeParquet(
    columns.map(([name, type]) => ({ name, type })),
    [rows.slice(0, 25), rows.slice(25)],
    'gzip'
  )
  const key = 'AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/x.log.parquet'
  await s3.send(new PutObjectCommand({ Bucket, Key: key, Body }))
  const { data, start } = configured('parquet', { type: 's3', name: 'flows', bucket: Bucket, prefix: 'AWSLogs/' })
  const running = await start()
  await until(
    async () => (await totalsOf(data)).stored === rows.length,
    () => running.stderr
  )
  await lab.stop(running)
  const other = lab.newFolder('imported')
  await lab.import(other, [lab.write('x.log.parquet', Body)])
  const events = async (folder: string): Promise<string[]> => {
    const { stdout } = await lab.run(['search', '*', '--json', '--limit', '1000', '--data', folder])
    return stdout
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const {
          picket: _own,
          log: _log,
          event,
          ...document
        } = JSON.parse(line) as Record<string, Record<string, unknown>>
        const { id: _id, ingested: _ingested, ...facts } = event!
        return JSON.stringify({ ...document, event: facts })
      })
      .sort()
  }
  const fetched = await events(data)
  assert.equal(fetched.length, rows.length)
  assert.deepEqual(fetched, await events(other))
  const { stdout } = await lab.run([
    'search',
    `log.file.path:"s3://${Bucket}/${key}"`,
    '--json',
    '--limit',
    '3',
    '--data',
    data
  ])
  assert.equal(stdout.split('\n').filter(line => line !== '').length, 3)
})

test('Kinesis with two shards and CloudWatch Logs, killed with -9: 0 lost, 0 twice', options, async t => {
  const kinesis = new KinesisClient(moto.client)
  const logs = new CloudWatchLogsClient(moto.client)
  const StreamName = 'killed'
  const asked = eventsAsked(18_000)
  const [records, events] = [Math.ceil((asked * 2) / 3), Math.ceil(asked / 3)]
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  for (let at = 0; at < records; at += 500)
    await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: Array.from({ length: Math.min(500, records - at) }, (_, n) => ({
          PartitionKey: `key ${at + n}`,
          Data: Buffer.from(`2026-03-02T10:00:00Z record ${n % 2 === 0 ? 'of many' : at + n}`)
        }))
      })
    )
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/app' }))
  await logs.send(new CreateLogStreamCommand({ logGroupName: '/app', logStreamName: 's' }))
  const now = Date.now()
  for (let at = 0; at < events; at += 3_000)
    await logs.send(
      new PutLogEventsCommand({
        logGroupName: '/app',
        logStreamName: 's',
        logEvents: Array.from({ length: Math.min(3_000, events - at) }, (_, n) => ({
          timestamp: now - 600_000 + at + n,
          message: 'all the same'
        }))
      })
    )
  const { data, start } = configured(
    'streams',
    { type: 'kinesis', name: 'stream', stream: StreamName },
    { type: 'cloudwatch', name: 'logs', groups: ['/app'], interval: '1s', lookBack: '1h' }
  )
  const all = records + events
  for (const part of killedAt(all, 2)) {
    const running = await start()
    await until(
      async () => (await totalsOf(data)).received >= all * part,
      () => running.stderr
    )
    running.child.kill('SIGKILL')
    await running.ended
  }
  const running = await start()
  await until(
    async () => (await totalsOf(data)).stored >= all,
    () => running.stderr
  )
  await sleep(2_000)
  const totals = await stopSettled(running, data)
  kinesis.destroy()
  logs.destroy()
  t.diagnostic(JSON.stringify(totals))
  assert.deepEqual([totals.stored, totals.deadLettered], [all, 0])
})

test('not a byte left on the disk for a while, objects and records come: 0 lost, 0 twice', options, async t => {
  const disk = diskToFill(lab, t)
  if (disk === undefined) return
  const { bucket, queue } = await bucketWithQueue('full')
  const kinesis = new KinesisClient(moto.client)
  const StreamName = 'full'
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  const { data, start } = configuredIn(
    disk.data,
    { type: 's3', name: 'bucket', queue, visibilityTimeout: '3s' },
    { type: 'kinesis', name: 'stream', stream: StreamName }
  )
  const running = await start()
  const filled = disk.fill(running)
  const [parts, lines] = [60, 100]
  for (let part = 0; part < parts; part++) {
    const texts = Array.from({ length: lines }, (_, n) => `2026-03-02T10:00:00Z part ${part} line ${n}`)
    await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: `logs/${part}.log`, Body: texts.map(text => `${text}\n`).join('') })
    )
    await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: texts.map(text => ({ PartitionKey: 'key', Data: Buffer.from(text) }))
      })
    )
    await sleep(200)
  }
  await filled
  const all = parts * lines * 2
  await until(
    async () => (await messagesIn(queue)) === 0 && (await totalsOf(data)).stored >= all,
    () => running.stderr
  )
  const totals = await stopSettled(running, data)
  kinesis.destroy()
  t.diagnostic(JSON.stringify(totals))
  assert.deepEqual([totals.stored, totals.deadLettered], [all, 0])
})
