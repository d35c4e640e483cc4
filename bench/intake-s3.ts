/**
 * `node bench/intake-s3.ts [--objects N] [--lines N]`: small objects (gzip, VPC flow logs) by notifications of a queue, through a whole `picket serve`,
 * until all of them can be searched. Asked are 10,000 a minute. Beside it, in the same run: the ceiling of bare GETs of the same objects,
 * as many at once (moto's server, in Python, is what bounds both), and the processor time that Picket took for an object.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { readServerFile } from '../src/platform/server-file.ts'
import { motoReason, startMoto } from '../test/services/moto.ts'
import { vpcFlowLines } from './corpus.ts'

const { values } = parseArgs({
  options: { objects: { type: 'string', default: '3000' }, lines: { type: 'string', default: '20' } }
})
const objects = Number(values.objects)
const lines = Number(values.lines)
const atOnce = 24

const reason = await motoReason()
if (reason !== false) throw new Error(reason)
const folder = mkdtempSync(join(tmpdir(), 'picket-bench-s3-'))
const moto = await startMoto()
const s3 = new S3Client({ ...moto.client, forcePathStyle: true })
const sqs = new SQSClient(moto.client)

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

/** Seconds of processor that a process and those it started have taken. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

try {
  const Bucket = 'bench'
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }))
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench' }))
  const source = vpcFlowLines(3)
  const bodies = Array.from({ length: objects }, () =>
    gzipSync(Array.from({ length: lines }, () => source.next().value as string).join('\n') + '\n')
  )
  const keyOf = (n: number): string => `AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/06/01/${n}.log.gz`
  await each(n => s3.send(new PutObjectCommand({ Bucket, Key: keyOf(n), Body: bodies[n]! })))
  const bare = await each(async n => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: keyOf(n) }))
    await Body!.transformToByteArray()
  })
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
  const config = join(folder, 'picket.yaml')
  const configuration = (sources: readonly object[]): void =>
    writeFileSync(config, JSON.stringify({ server: { port: 0 }, sources }))
  configuration([])
  const picket = fileURLToPath(new URL('../bin/picket.js', import.meta.url))
  const child = spawn(process.execPath, [picket, 'serve', '--data', folder], {
    stdio: 'ignore',
    env: { ...process.env, ...moto.environment }
  })
  try {
    while (readServerFile(folder) === undefined) await sleep(50)
    await sleep(2_000)
    const server = readServerFile(folder)!
    const before = processorSeconds(server.pid)
    const startedMs = performance.now()
    configuration([
      { type: 's3', name: 'bench', queue: QueueUrl, endpoint: moto.url, region: 'eu-central-1', objectsMax: atOnce }
    ])
    let stored = 0
    while (stored < objects * lines) {
      await sleep(100)
      const answer = await fetch(new URL('/api/ledger', server.url), {
        headers: { authorization: `Bearer ${server.token}` }
      })
      stored = ((await answer.json()) as { totals: { stored: number } }).totals.stored
      if (performance.now() - startedMs > 300_000) throw new Error(`only ${stored} of ${objects * lines} are stored`)
    }
    const seconds = (performance.now() - startedMs) / 1000
    const processor = processorSeconds(server.pid) - before
    const perMinute = (time: number): string => Math.round((objects / time) * 60).toLocaleString('en')
    console.log(
      `objects of ${lines} records, by a queue, until searchable: ${perMinute(seconds)} a minute (${objects} in ${seconds.toFixed(1)} s)`
    )
    console.log(`bare GETs, ${atOnce} at once: ${perMinute(bare)} a minute`)
    console.log(
      `processor time of Picket without its engine: ${((processor / objects) * 1000).toFixed(2)} ms an object`
    )
  } finally {
    child.kill('SIGTERM')
    await new Promise(resolve => child.on('close', resolve))
  }
} finally {
  s3.destroy()
  sqs.destroy()
  await moto.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
