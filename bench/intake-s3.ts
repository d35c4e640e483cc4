/**
 * `node bench/intake-s3.ts [--objects N] [--lines N] [--away MS]`: small objects (gzip, VPC flow logs) by notifications of a queue, through a whole
 * `picket serve`, until all of them can be searched. Asked are 10,000 a minute. `--away`: each answer of S3 and SQS takes so much longer, as over
 * a network. Beside it, in the same run: the ceiling of bare GETs of the same objects, as many at once, and the processor time that
 * Picket, its engine and the other side (light-aws.ts) took for an object.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { vpcFlowLines } from './corpus.ts'
import { startLightAws } from './light-aws.ts'
import { secondsOf } from './processor.ts'
import { servePicket } from './served.ts'

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '10000' },
    lines: { type: 'string', default: '20' },
    away: { type: 'string', default: '0' }
  }
})
const objects = Number(values.objects)
const lines = Number(values.lines)
/** As many as the source reads. */
const atOnce = 64

const folder = mkdtempSync(join(tmpdir(), 'picket-bench-s3-'))
const aws = await startLightAws(Number(values.away))
const s3 = new S3Client({ ...aws.client, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
const sqs = new SQSClient(aws.client)

async function each(work: (n: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < objects) await work(next++)
    })
  )
  return (performance.now() - startedMs) / 1000
}

const Bucket = 'bench'
const keyOf = (n: number): string => `AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/06/01/${n}.log.gz`

/** Puts the objects, and tells the queue of each. */
async function fill(QueueUrl: string | undefined): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }))
  const source = vpcFlowLines(3)
  const bodies = Array.from({ length: objects }, () =>
    gzipSync(Array.from({ length: lines }, () => source.next().value as string).join('\n') + '\n')
  )
  await each(n => s3.send(new PutObjectCommand({ Bucket, Key: keyOf(n), Body: bodies[n]! })))
  for (let at = 0; at < objects; at += 10)
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: bodies.slice(at, at + 10).map((body, i) => ({
          Id: String(i),
          MessageBody: JSON.stringify({
            Records: [
              {
                eventName: 'ObjectCreated:Put',
                s3: { bucket: { name: Bucket }, object: { key: keyOf(at + i), size: body.length } }
              }
            ]
          })
        }))
      })
    )
}

try {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench' }))
  await fill(QueueUrl)
  const bareFrom = process.cpuUsage()
  const bareSeconds = await each(async n => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: keyOf(n) }))
    await Body!.transformToByteArray()
  })
  const bare = process.cpuUsage(bareFrom)

  const picket = await servePicket(folder, [], aws.environment)
  try {
    await sleep(2_000)
    const processor = () => ({ picket: secondsOf(picket.pid), all: picket.cpuSeconds(), aws: secondsOf(aws.pid) })
    const before = processor()
    const source = { type: 's3', name: 'bench', queue: QueueUrl, endpoint: aws.url, region: 'eu-central-1' }
    writeFileSync(join(folder, 'picket.yaml'), JSON.stringify({ server: { port: 0 }, sources: [source] }))
    const seconds = (await picket.untilSettled(objects * lines, 300_000, 200)) / 1000
    const after = processor()
    const stored = (await picket.metrics()).get('picket_records_stored')
    if (stored !== objects * lines) throw new Error(`${stored} of ${objects * lines} are stored`)
    const perMinute = (time: number): string => Math.round((objects / time) * 60).toLocaleString('en')
    const perObject = (time: number): string => `${((time / objects) * 1000).toFixed(2)} ms`
    const ofPicket = after.picket - before.picket
    process.stdout.write(
      `objects of ${lines} records, by a queue, until searchable: ${perMinute(seconds)} a minute (${objects} in ${seconds.toFixed(1)} s)
bare GETs, ${atOnce} at once: ${perMinute(bareSeconds)} a minute
processor time an object: Picket ${perObject(ofPicket)}, its engine ${perObject(after.all - before.all - ofPicket)}, S3 and SQS ${perObject(after.aws - before.aws)}; a bare GET: ${perObject((bare.user + bare.system) / 1e6)}
`
    )
  } finally {
    await picket.stop()
  }
} finally {
  s3.destroy()
  sqs.destroy()
  await aws.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
