/**
 * A real Kafka broker (its jars from Maven Central, KRaft mode) is read: by a real `picket serve` that is killed in the middle, while the
 * broker is killed, too; and by the source alone, for what is rare: TLS and passwords, topics that come late, logs that were cut off,
 * aborted transactions, several Pickets of a group. Skipped where Java or the jars cannot be had.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Admin, Producer } from '@platformatic/kafka'
import { placesIn } from '../../src/core/identity.ts'
import { readServerFile } from '../../src/platform/server-file.ts'
import type { KafkaConfig } from '../../src/sources/kafka/client.ts'
import { pullKafka } from '../../src/sources/kafka/kafka.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import type { Pulling } from '../../src/sources/pull/source.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, type Running } from '../faults/lab.ts'
import { type KafkaBroker, startKafka, whyNoKafka } from './kafka-broker.ts'
import { diskToFill, eventsAsked, killsFor } from './while-sending.ts'

const reason = whyNoKafka()
const closers: (() => Promise<unknown>)[] = []
after(async () => {
  for (const close of closers.reverse()) await close().catch(() => {})
})

const clientOf = (broker: KafkaBroker) => ({
  clientId: 'test',
  bootstrapBrokers: [broker.address],
  retries: 120,
  retryDelay: 250
})

function producerOf(broker: KafkaBroker, more: object = {}): Producer {
  const producer = new Producer({ ...clientOf(broker), ...more })
  closers.push(() => producer.close(true))
  return producer
}

function adminOf(broker: KafkaBroker, more: object = {}): Admin {
  const admin = new Admin({ ...clientOf(broker), ...more })
  closers.push(() => admin.close())
  return admin
}

async function brokerFor(options: Parameters<typeof startKafka>[0] = {}): Promise<KafkaBroker> {
  const broker = await startKafka(options)
  closers.push(() => broker.remove())
  return broker
}

async function ends(admin: Admin, topic: string, partitions: number): Promise<number> {
  const offsets = await admin.listOffsets({
    topics: [
      { name: topic, partitions: Array.from({ length: partitions }, (_, i) => ({ partitionIndex: i, timestamp: -1n })) }
    ]
  })
  return offsets[0]!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
}

/** What the sources say, for the message of a failure. */
let seen = (): string => ''

async function until(what: string, check: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}; ${seen()}`)
    await sleep(50)
  }
}

function labOf(): Lab {
  const lab = new Lab()
  closers.push(() => lab.close({ keep: false }))
  return lab
}

let groups = 0

/** The source alone. What it noted survives it, as it would in the state file. */
function alone(broker: KafkaBroker, more: object, checkpoints = new Map<string, string>()) {
  const intake = testIntake()
  const config = sourceConfig('kafka', {
    host: undefined,
    port: undefined,
    brokers: [broker.address],
    group: `group-${groups++}`,
    ...more
  }) as KafkaConfig
  const begin = async (): Promise<Pulling> => {
    const source = await pullKafka(config, {
      ...intake.context,
      folder: () => tmpdir(),
      setting: () => undefined,
      checkpoints: {
        get: key => checkpoints.get(key),
        startingWith: prefix => new Map([...checkpoints].filter(([key]) => key.startsWith(prefix)).sort()),
        save(entries) {
          for (const [key, value] of entries)
            if (value === undefined) checkpoints.delete(key)
            else checkpoints.set(key, value)
        }
      }
    })
    closers.push(() => source.close())
    seen = () => JSON.stringify([source.figures(), intake.warnings.slice(-3)])
    return source
  }
  /** Each record's identity and text: the same twice is a duplicate for the pipeline. */
  const known = (): Map<string, string> =>
    new Map(
      intake.chunks.flatMap(chunk => {
        const placeOf = placesIn(chunk.headers)
        const found: [string, string][] = []
        let at = 0
        for (let i = 0; i < chunk.headers.records; i++) {
          const size = chunk.body.readUInt32LE(at)
          const text = chunk.body.toString('utf8', at + 4, at + 4 + size)
          found.push([`${chunk.headers.prefix} ${placeOf(i)} ${text}`, text])
          at += 4 + size
        }
        return found
      })
    )
  return { intake, begin, checkpoints, known, texts: () => [...known().values()].sort() }
}

const options = { skip: reason || (hasEngine() ? false : 'the storage engine is not installed'), timeout: 900_000 }

/** A producer sends while `harm` is done, for some `harmMs`; then each message of the log is in the store, once. */
async function whileProducing(
  events: number,
  harmMs: number,
  { lab, data }: { readonly lab: Lab; readonly data: string },
  harm: (picket: Running, broker: KafkaBroker) => Promise<Running>
): Promise<void> {
  const paceMs = Math.ceil(harmMs / (events / 500))
  const broker = await brokerFor()
  const admin = adminOf(broker)
  await admin.createTopics({ topics: ['app-logs'], partitions: 3, replicas: 1 })
  const config = `sources:
  - type: kafka
    name: bus
    brokers: ['${broker.address}']
    topics: ['app-*']
    group: soc
`
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'picket.yaml'), config)
  const producer = producerOf(broker)
  let picket = await lab.serve(data)
  let sent = 0
  const producing = (async () => {
    while (sent < events) {
      const messages = Array.from({ length: 500 }, () => {
        const number = sent++
        const event = { '@timestamp': '2026-03-02T10:00:00.000Z', message: `message ${number}`, n: number }
        return {
          topic: 'app-logs',
          partition: number % 3,
          key: Buffer.from('k'),
          value: Buffer.from(JSON.stringify(event))
        }
      })
      // Not idempotent: what is sent again after an error may be in the log twice, and is two messages then.
      await producer.send({ messages, acks: -1 })
      await sleep(paceMs)
    }
  })()
  picket = await harm(picket, broker)
  await producing
  const inLog = await ends(admin, 'app-logs', 3)
  const metrics = async (): Promise<string> => {
    const { url, token } = readServerFile(data)!
    return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
  }
  const figure = (text: string, name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text)?.[1] ?? -1)
  await until(
    'all are stored',
    async () => {
      const text = await metrics()
      return figure(text, 'picket_records_stored') >= inLog && figure(text, 'picket_pull_waiting') === 0
    },
    300_000
  )
  const committed = async (): Promise<number> => {
    const topics = [{ name: 'app-logs', partitionIndexes: [0, 1, 2] }]
    const [group] = await admin.listConsumerGroupOffsets({ groups: [{ groupId: 'soc', topics }] })
    return group!.topics[0]!.partitions.reduce((sum, { committedOffset }) => sum + Number(committedOffset), 0)
  }
  seen = () => picket.stderr.slice(-2000)
  await until("Kafka's tools show no lag", async () => (await committed()) === inLog, 60_000)
  await lab.stop(picket)
  await lab.inspect(data, async ({ store, ledger }) => {
    const [row] = await store.query<{ rows: string; ids: string; messages: string; dead: string }>(
      `SELECT count() AS rows, uniqExact(id) AS ids, uniqExact(message) AS messages, countIf(event_kind = 'pipeline_error') AS dead FROM picket.events`
    )
    assert.deepEqual(
      [row!.rows, row!.ids, row!.messages, row!.dead].map(Number),
      [inLog, inLog, sent, 0],
      'rows, ids, messages, dead letters'
    )
    const { received, stored, duplicates, deadLettered } = ledger.report().totals
    assert.equal(received, stored + duplicates + deadLettered)
    assert.equal(stored, inLog)
  })
}

test(
  'kill -9 of Picket, and of the broker, in the middle: each message of the log is stored once',
  options,
  async () => {
    const lab = labOf()
    const data = lab.newFolder('data')
    const events = eventsAsked(100_000)
    const acts = Array.from({ length: Math.max(4, killsFor(events)) }, (_, i) => (i % 4 === 1 ? 'broker' : 'picket'))
    await whileProducing(events, acts.length * 5_000, { lab, data }, async (first, broker) => {
      let picket = first
      for (const act of acts) {
        await sleep(3_000)
        if (act === 'broker') {
          await broker.kill()
          await sleep(500)
          await broker.start()
        } else {
          picket.child.kill('SIGKILL')
          await picket.ended
          picket = await lab.serve(data)
        }
      }
      return picket
    })
  }
)

test('not a byte left on the disk for a while: each message of the log is stored once', options, async t => {
  const lab = labOf()
  const disk = diskToFill(lab, t)
  if (disk === undefined) return
  await whileProducing(eventsAsked(60_000), 15_000, { lab, data: disk.data }, async picket => {
    await sleep(1_500)
    return disk.fill(picket)
  })
})

test('topics that come late, cut-off logs, aborted transactions, several Pickets of a group', {
  skip: reason,
  timeout: 300_000
}, async t => {
  const broker = await brokerFor()
  const admin = adminOf(broker)
  const producer = producerOf(broker)
  const send = (topic: string, values: readonly (string | undefined)[], partition = 0) =>
    producer.send({
      messages: values.map(value => ({
        topic,
        partition,
        key: Buffer.from('k'),
        ...(value === undefined ? {} : { value: Buffer.from(value) })
      })) as never,
      acks: -1
    })

  await t.test('a topic that is not there yet is told of, waited for, and read from its beginning', async () => {
    const { begin, texts } = alone(broker, { topics: ['late'], start: 'latest' })
    const source = await begin()
    await until('it is told of', () => source.figures().problem?.includes('no such topic: late') === true)
    await admin.createTopics({ topics: ['late'], partitions: 1, replicas: 1 })
    await until('it is found', () => source.figures().problem === undefined)
    await send('late', ['first', undefined, 'second'])
    await until('they are here', () => texts().length === 2)
    assert.deepEqual(texts(), ['first', 'second'])
    assert.equal(source.figures().more!['tombstones'], 1)
    await source.close()
  })

  await t.test('partitions that are added are read, and so is a topic that begins to match', async () => {
    await admin.createTopics({ topics: ['grow-a'], partitions: 1, replicas: 1 })
    const { begin, texts } = alone(broker, { topics: ['grow-*', 'missing'] })
    const source = await begin()
    await until('it reads', () => source.figures().more!['partitions'] === 1)
    assert.match(source.figures().problem!, /no such topic: missing/)
    await admin.createPartitions({
      topics: [{ name: 'grow-a', count: 2, assignments: [{ brokerIds: [1] }] }],
      validateOnly: false
    })
    await admin.createTopics({ topics: ['grow-b'], partitions: 1, replicas: 1 })
    await send('grow-a', ['added'], 1)
    await send('grow-b', ['matches'])
    await until('they are here', () => texts().length === 2)
    await source.close()
  })

  await t.test('messages that Kafka deleted before they were read are counted', async () => {
    await admin.createTopics({ topics: ['short'], partitions: 1, replicas: 1 })
    const { begin, texts, intake } = alone(broker, { topics: ['short'] })
    await send('short', ['a', 'b'])
    let source = await begin()
    await until('they are here', () => texts().length === 2)
    await source.close()
    await send('short', ['c', 'd', 'e'])
    await admin.deleteRecords({
      topics: [{ name: 'short', partitions: [{ partition: 0, offset: 4n }] }]
    })
    source = await begin()
    await until('the rest is here', () => texts().length === 3)
    assert.deepEqual(texts(), ['a', 'b', 'e'])
    assert.equal(source.figures().more!['missed_offsets'], 2)
    assert.ok(intake.warnings.some(text => text.includes('Kafka has deleted messages before they were read')))
    await source.close()
  })

  await t.test('a topic that was deleted and made again is read from its beginning', async () => {
    await admin.createTopics({ topics: ['again'], partitions: 1, replicas: 1 })
    const { begin, texts } = alone(broker, { topics: ['again'] })
    await send('again', ['old 1', 'old 2'])
    let source = await begin()
    await until('they are here', () => texts().length === 2)
    await source.close()
    await admin.deleteTopics({ topics: ['again'] })
    await until('it is gone', async () => !(await admin.listTopics()).includes('again'))
    await admin.createTopics({ topics: ['again'], partitions: 1, replicas: 1 })
    const other = producerOf(broker)
    await other.send({
      messages: [1, 2, 3].map(n => ({ topic: 'again', partition: 0, value: Buffer.from(`new ${n}`) })),
      acks: -1
    })
    source = await begin()
    await until('the new ones are here', () => texts().length === 5)
    await source.close()
  })

  await t.test('aborted transactions are not records', async () => {
    await admin.createTopics({ topics: ['money'], partitions: 1, replicas: 1 })
    const transactional = producerOf(broker, { idempotent: true, transactionalId: 'pay' })
    for (let i = 0; i < 6; i++) {
      const transaction = await transactional.beginTransaction()
      await transaction.send({
        messages: [{ topic: 'money', partition: 0, value: Buffer.from(`${i % 2 === 0 ? 'paid' : 'aborted'} ${i}`) }],
        acks: -1
      })
      await (i % 2 === 0 ? transaction.commit() : transaction.abort())
    }
    const { begin, texts } = alone(broker, { topics: ['money'] })
    const source = await begin()
    await until('they are here', () => texts().length === 3)
    await until('it is at the end', () => source.figures().waiting === 0)
    assert.deepEqual(texts(), ['paid 0', 'paid 2', 'paid 4'])
    await source.close()
  })

  await t.test('batches that become too much are dead letters; what is before and behind them is read', async () => {
    await admin.createTopics({ topics: ['bombs'], partitions: 2, replicas: 1 })
    const compressed = { value: Buffer.alloc(80 << 20), topic: 'bombs' }
    for (const partition of [0, 1]) {
      await send('bombs', ['before'], partition)
      for (let i = 0; i < 3; i++)
        await producer.send({ messages: [{ ...compressed, partition }], acks: -1, compression: 'zstd' })
      await send('bombs', ['behind'], partition)
    }
    const { begin, texts, intake } = alone(broker, { topics: ['bombs'] })
    const source = await begin()
    const dead = () => intake.chunks.filter(({ headers }) => headers.dead?.includes('more than 64 MiB')).length
    await until('all are here', () => texts().filter(text => !text.startsWith('offsets')).length === 4, 60_000)
    assert.equal(dead(), 6)
    await until('it is at the end', () => source.figures().waiting === 0)
    assert.equal(source.figures().problem, undefined)
    await source.close()
  })

  await t.test('two Pickets of a group share the partitions; what one leaves the other reads on', async () => {
    await admin.createTopics({ topics: ['shared'], partitions: 4, replicas: 1 })
    const one = alone(broker, { topics: ['shared'], group: 'team' })
    const two = alone(broker, { topics: ['shared'], group: 'team' })
    const first = await one.begin()
    await until('it has all', () => first.figures().more!['partitions'] === 4)
    const second = await two.begin()
    await until(
      'they share',
      () => first.figures().more!['partitions'] === 2 && second.figures().more!['partitions'] === 2
    )
    for (let partition = 0; partition < 4; partition++) await send('shared', [`1 of ${partition}`], partition)
    await until('all are here', () => one.texts().length + two.texts().length === 4)
    await sleep(1500)
    await first.close()
    await until('the other has all', () => second.figures().more!['partitions'] === 4, 40_000)
    for (let partition = 0; partition < 4; partition++) await send('shared', [`2 of ${partition}`], partition)
    await until('all are here', () => one.texts().length + two.texts().length === 8)
    assert.equal(two.texts().length, 6, 'nothing that the first had was read again')
    await second.close()
  })

  await t.test('the pipeline is behind: fetching waits, and memory is bounded', async () => {
    await admin.createTopics({ topics: ['wide'], partitions: 1, replicas: 1 })
    const value = Buffer.alloc(100_000, 'x')
    for (let i = 0; i < 60; i++)
      await producer.send({
        messages: Array.from({ length: 5 }, () => ({ topic: 'wide', partition: 0, value })),
        acks: -1
      })
    const { begin, intake } = alone(broker, { topics: ['wide'] })
    const release = intake.hold()
    const source = await begin()
    await until('it reads', () => source.figures().more!['partitions'] === 1)
    await sleep(1500)
    assert.equal(source.figures().records, 0)
    assert.ok(source.figures().waiting! > 200, `only ${source.figures().waiting} wait: too much was taken`)
    release()
    await until('all are here', () => source.figures().records === 300)
    await source.close()
  })

  await t.test('the broker is away for a while: it is told of, and reading goes on', async () => {
    await admin.createTopics({ topics: ['away'], partitions: 1, replicas: 1 })
    const { begin, texts } = alone(broker, { topics: ['away'] })
    const source = await begin()
    await send('away', ['before'])
    await until('it is here', () => texts().length === 1)
    await broker.kill()
    await until('it is told of', () => /ECONNREFUSED|Kafka at/.test(source.figures().problem ?? ''), 40_000)
    await broker.start()
    await until('it is well', () => source.figures().problem === undefined, 40_000)
    await send('away', ['after'])
    await until('it is here', () => texts().length === 2)
    await source.close()
  })
})

test('TLS, and a password by SCRAM or PLAIN; a wrong one is told of', { skip: reason, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-kafka-tls-'))
  closers.push(async () => rmSync(folder, { recursive: true, force: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      '/CN=kafka'
    ].concat(['-addext', 'subjectAltName=IP:127.0.0.1']),
    { stdio: 'pipe' }
  )
  const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  const broker = await brokerFor({ tls, users: { admin: 'root-secret', picket: 'good-secret' } })
  const login = (username: string, password: string, mechanism = 'SCRAM-SHA-512') => ({
    sasl: { mechanism, username, password },
    tls: { ca: tls.cert }
  })
  const more = login('admin', 'root-secret', 'PLAIN')
  const admin = adminOf(broker, more)
  await admin.createTopics({ topics: ['secret'], partitions: 1, replicas: 1 })
  const producer = producerOf(broker, more)
  await producer.send({ messages: [{ topic: 'secret', partition: 0, value: Buffer.from('hush') }], acks: -1 })
  for (const mechanism of ['SCRAM-SHA-512', 'PLAIN']) {
    const { begin, texts } = alone(broker, {
      topics: ['secret'],
      group: `g-${mechanism}`,
      tls: { ca: cert },
      sasl: login('picket', 'good-secret', mechanism).sasl
    })
    const source = await begin()
    await until(`by ${mechanism}`, () => texts().length === 1)
    await source.close()
  }
  const wrong = alone(broker, { topics: ['secret'], tls: { ca: cert }, sasl: login('picket', 'bad').sasl })
  const refused = await wrong.begin()
  await until('it is told of', () => /check sasl/.test(refused.figures().problem ?? ''), 40_000)
  assert.doesNotMatch(refused.figures().problem!, /good-secret|bad/)
  await refused.close()
  const distrustful = alone(broker, { topics: ['secret'], tls: {}, sasl: login('picket', 'good-secret').sasl })
  const source = await distrustful.begin()
  await until('it is told of', () => /check tls\.ca/.test(source.figures().problem ?? ''), 40_000)
  await source.close()
})
