/** Kinesis and CloudWatch Logs against moto's server: two shards and a split, log groups by name and by prefix, late log events. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand
} from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateStreamCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  SplitShardCommand
} from '@aws-sdk/client-kinesis'
import { pullCloudWatch } from '../../src/sources/cloudwatch/cloudwatch.ts'
import { pullKinesis } from '../../src/sources/kinesis/kinesis.ts'
import { pullConfig, testPull } from '../../src/sources/pull/test-context.ts'
import { type Moto, motoReason, startMoto } from './moto.ts'

const reason = await motoReason()
if (reason !== false) console.log(`Kinesis and CloudWatch are not tested: ${reason}`)
const options = { skip: reason, timeout: 120_000 }

let moto: Moto
let kinesis: KinesisClient
let logs: CloudWatchLogsClient

before(async () => {
  if (reason !== false) return
  moto = await startMoto()
  Object.assign(process.env, moto.environment)
  kinesis = new KinesisClient(moto.client)
  logs = new CloudWatchLogsClient(moto.client)
})
after(async () => {
  kinesis?.destroy()
  logs?.destroy()
  await moto?.stop()
})

const where = () => ({ endpoint: moto.url, region: 'eu-central-1' })

test('Kinesis: two shards, a split, a restart; each record once, and known again', options, async () => {
  const StreamName = 'events'
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  const put = (from: number, count: number) =>
    kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: Array.from({ length: count }, (_, n) => ({
          PartitionKey: `key ${from + n}`,
          Data: n % 10 === 9 ? gzipSync(`in a pack ${from + n}\n`) : Buffer.from(`record ${from + n}\n`)
        }))
      })
    )
  const split = async (): Promise<void> => {
    const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }))
    const { StartingHashKey, EndingHashKey } = Shards![0]!.HashKeyRange!
    const middle = (BigInt(StartingHashKey!) + BigInt(EndingHashKey!)) / 2n
    await kinesis.send(
      new SplitShardCommand({ StreamName, ShardToSplit: Shards![0]!.ShardId!, NewStartingHashKey: String(middle) })
    )
  }
  // moto moves what a shard holds into its children: so it is split while it is empty.
  await split()
  await put(0, 300)
  const pull = testPull()
  const first = await pullKinesis(pullConfig('kinesis', { stream: StreamName, ...where() }), pull.context)
  await pull.until(300)
  assert.deepEqual([first.figures().more!['shards'], first.figures().problem], [3, undefined])
  await first.close()
  await put(300, 100)
  const second = await pullKinesis(pullConfig('kinesis', { stream: StreamName, ...where() }), pull.context)
  await pull.until(400)
  await sleep(1_500)
  await second.close()
  const texts = pull.records().map(({ text }) => text)
  assert.equal(texts.length, 400)
  assert.equal(new Set(texts).size, 400)
  // From the beginning, as after a lost checkpoint: the same identities.
  const again = testPull()
  const third = await pullKinesis(pullConfig('kinesis', { stream: StreamName, ...where() }), again.context)
  await again.until(400)
  await third.close()
  assert.deepEqual(identities(again), identities(pull))
})

function identities(pull: ReturnType<typeof testPull>): string[] {
  const found: string[] = []
  for (const { headers } of pull.chunks)
    for (let n = 0; n < headers.records; n++) found.push(`${headers.prefix} ${(headers.firstIndex ?? 0) + n}`)
  return found.sort()
}

test('Kinesis: from now on, by an ARN; a stream that does not exist is a problem with a name', options, async () => {
  const StreamName = 'later'
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  const put = (text: string) =>
    kinesis.send(new PutRecordsCommand({ StreamName, Records: [{ PartitionKey: 'k', Data: Buffer.from(text) }] }))
  await put('before')
  await sleep(1_100)
  const pull = testPull()
  const stream = `arn:aws:kinesis:eu-central-1:123456789012:stream/${StreamName}`
  const source = await pullKinesis(pullConfig('kinesis', { stream, start: 'latest', ...where() }), pull.context)
  await sleep(1_100)
  await put('after')
  await pull.until(1)
  await source.close()
  assert.deepEqual(
    pull.records().map(({ text }) => text),
    ['after']
  )

  const nobody = await pullKinesis(pullConfig('kinesis', { stream: 'nobody', ...where() }), pull.context)
  for (let tries = 0; nobody.figures().problem === undefined && tries < 100; tries++) await sleep(50)
  assert.match(nobody.figures().problem ?? '', /cannot list the shards of nobody: ResourceNotFoundException/)
  await nobody.close()
})

const flow = (n: number): string =>
  `2 123456789012 eni-0a1b2c3d 10.0.0.${n % 250} 198.51.100.7 ${1024 + n} 443 6 10 840 1767225600 1767225660 ACCEPT OK`

test(
  'CloudWatch: groups by name and prefix, what is late, what is older than asked for; each log event once, with its id',
  options,
  async () => {
    for (const [group, stream] of [
      ['/vpc/flows', 'eni-0a1b2c3d-all'],
      ['/app/web', 'i-1'],
      ['/other', 'x']
    ] as const) {
      await logs.send(new CreateLogGroupCommand({ logGroupName: group }))
      await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }))
    }
    const put = (logGroupName: string, logStreamName: string, events: readonly (readonly [number, string])[]) =>
      logs.send(
        new PutLogEventsCommand({
          logGroupName,
          logStreamName,
          logEvents: events.map(([timestamp, message]) => ({ timestamp, message }))
        })
      )
    const now = Date.now()
    const flows = Array.from({ length: 50 }, (_, n) => [now - 60_000 + n, flow(n)] as const)
    await put('/vpc/flows', 'eni-0a1b2c3d-all', flows)
    await put('/app/web', 'i-1', [
      [now - 7_200_000, 'two hours ago'],
      [now - 1_000, 'a second ago']
    ])
    await put('/other', 'x', [[now - 1_000, 'of no interest']])
    const pull = testPull()
    const asked = { groups: ['/vpc/flows'], prefixes: ['/app/'], interval: '1s', lookBack: '20m' }
    const config = pullConfig('cloudwatch', { ...asked, ...where() })
    const first = await pullCloudWatch(config, pull.context)
    await pull.until(51)
    await put('/vpc/flows', 'eni-0a1b2c3d-all', [[now - 90_000, flow(51)]])
    await pull.until(52)
    await sleep(1_500)
    assert.equal(first.figures().problem, undefined)
    await first.close()
    assert.equal(pull.records().length, 52)
    // Late, beyond the overlap of each round, and while nobody looks.
    await put('/vpc/flows', 'eni-0a1b2c3d-all', [[now - 600_000, flow(52)]])
    const second = await pullCloudWatch(config, pull.context)
    const ids = (): Set<unknown> => new Set(pull.records().map(({ parsed }) => parsed.ok && parsed.identity))
    for (let tries = 0; ids().size < 53 && tries < 100; tries++) await sleep(50)
    await second.close()
    assert.equal(ids().size, 53)
    for (const { parsed } of pull.records().filter(({ text }) => text.includes('eni-0a1b2c3d'))) {
      assert.ok(parsed.ok)
      const { event, aws, cloud } = parsed.event as {
        event: { dataset: string }
        aws: { cloudwatch: { log_group: string; log_stream: string } }
        cloud: { account: { id: string } }
      }
      assert.equal(event.dataset, 'aws.vpcflow')
      assert.deepEqual([aws.cloudwatch.log_group, aws.cloudwatch.log_stream], ['/vpc/flows', 'eni-0a1b2c3d-all'])
      assert.equal(cloud.account.id, '123456789012')
    }
    const others = pull.records().filter(({ text }) => !text.includes('eni-0a1b2c3d'))
    assert.ok(others.every(({ text }) => text.includes('a second ago')))
  }
)

test('CloudWatch: many pages; a group that is not there is told, and keeps nobody waiting', options, async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/many' }))
  await logs.send(new CreateLogStreamCommand({ logGroupName: '/many', logStreamName: 's' }))
  const now = Date.now()
  for (let batch = 0; batch < 3; batch++)
    await logs.send(
      new PutLogEventsCommand({
        logGroupName: '/many',
        logStreamName: 's',
        logEvents: Array.from({ length: 5_000 }, (_, n) => ({
          timestamp: now - 30_000 + batch * 5_000 + n,
          message: `m${batch} ${n}`
        }))
      })
    )
  const pull = testPull()
  const config = pullConfig('cloudwatch', { groups: ['/nobody', '/many'], ...where() })
  const source = await pullCloudWatch(config, pull.context)
  await pull.until(15_000)
  assert.match(source.figures().problem ?? '', /cannot read the log group \/nobody: ResourceNotFoundException/)
  await source.close()
  assert.equal(new Set(pull.records().map(({ parsed }) => parsed.ok && parsed.identity)).size, 15_000)
})
