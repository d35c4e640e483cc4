/** Shards read from checkpoints, against a stream that behaves as Kinesis does: splits, closed shards, expired iterators, throttling, answers cut anywhere. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Chunk } from '../../core/chunk.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { testCheckpoints, testPull } from '../pull/test-context.ts'
import { Trouble } from '../pull/trouble.ts'
import { disaggregated } from './aggregated.ts'
import type { KinesisApi, Position, StreamRecord } from './api.ts'
import { Readers } from './readers.ts'
import { takeRecords } from './shard-chunks.ts'

type PlayedShard = { id: string; parents: string[]; isClosed: boolean; records: string[] }

const sequenceOf = (n: number): string => String(1e15 + n)

/** Kinesis, played. Iterators are `shard/place/number`; each may be used once, and none after `expireAll`. */
function playedStream(initial: readonly string[]) {
  const shards = new Map<string, PlayedShard>(
    initial.map(id => [id, { id, parents: [], isClosed: false, records: [] }])
  )
  let valid = new Set<string>()
  let made = 0
  let throttles = 0
  let answerMax = 3
  const asked: string[] = []
  const fail = (name: string): never => {
    throw Object.assign(new Error(name), { name })
  }
  const iterator = (shard: string, at: number): string => {
    const text = `${shard}/${at}/${made++}`
    valid.add(text)
    return text
  }
  const api: KinesisApi = {
    shards: async () => [...shards.values()].map(({ id, parents, isClosed }) => ({ id, parents, isClosed })),
    async iterator(id, from) {
      const shard = shards.get(id)!
      asked.push(id)
      if (from === 'oldest' || 'fromMs' in from) return iterator(id, 0)
      const at = shard.records.findIndex((_, n) => sequenceOf(n) === from.after)
      return iterator(id, at + 1)
    },
    async records(text) {
      if (throttles > 0) {
        throttles--
        fail('ProvisionedThroughputExceededException')
      }
      if (!valid.delete(text)) fail('ExpiredIteratorException')
      const [id, place] = text.split('/') as [string, string]
      const shard = shards.get(id)!
      const at = Number(place)
      const records = shard.records
        .slice(at, at + answerMax)
        .map((data, n): StreamRecord => ({ sequence: sequenceOf(at + n), data: Buffer.from(data) }))
      const end = at + records.length
      const ended = shard.isClosed && end >= shard.records.length
      return { records, next: ended ? undefined : iterator(id, end), behindMs: end < shard.records.length ? 1000 : 0 }
    }
  }
  return {
    api,
    asked,
    put: (id: string, ...records: string[]) => void shards.get(id)!.records.push(...records),
    split(id: string, ...children: string[]) {
      shards.get(id)!.isClosed = true
      for (const child of children) shards.set(child, { id: child, parents: [id], isClosed: false, records: [] })
    },
    merge(a: string, b: string, child: string) {
      for (const id of [a, b]) shards.get(id)!.isClosed = true
      shards.set(child, { id: child, parents: [a, b], isClosed: false, records: [] })
    },
    drop: (id: string) => void shards.delete(id),
    expireAll() {
      valid = new Set()
    },
    throttle(times: number) {
      throttles = times
    },
    answersOf(count: number) {
      answerMax = count
    }
  }
}

function read(stream: ReturnType<typeof playedStream>, pull: ReturnType<typeof testPull>, start: Position = 'oldest') {
  const { context } = pull
  return new Readers({
    api: stream.api,
    stream: 's',
    start,
    checkpoints: context.checkpoints,
    trouble: new Trouble(context.log, 'test'),
    chunks: {
      source: 'test',
      format: undefined,
      timezoneMinutes: undefined,
      recordBytesMax: 1_000_000,
      nowMs: Date.now,
      append: chunks => context.append(chunks)
    },
    spacingMs: 1,
    idleMs: 5,
    lookEveryMs: 20
  })
}

const texts = (pull: ReturnType<typeof testPull>): string[] => pull.records().map(({ text }) => text)

test('parents are read to their end before their children; a merge waits for both; all is there once', async () => {
  const stream = playedStream(['a', 'b'])
  const pull = testPull()
  for (let n = 0; n < 20; n++) stream.put('a', `a${n}`)
  stream.split('a', 'a1', 'a2')
  stream.put('a1', 'after the split 1')
  stream.put('a2', 'after the split 2')
  stream.put('b', 'b0')
  const readers = read(stream, pull)
  await pull.until(23)
  assert.deepEqual(
    texts(pull)
      .filter(text => /^a/.test(text))
      .slice(0, 20),
    Array.from({ length: 20 }, (_, n) => `a${n}`)
  )
  stream.merge('a2', 'b', 'c')
  stream.put('c', 'merged')
  await pull.until(24)
  await readers.close()
  assert.equal(new Set(texts(pull)).size, 24)
  assert.equal(texts(pull).at(-1), 'merged')
  assert.ok(stream.asked.indexOf('c') > stream.asked.lastIndexOf('b'))
})

test('read on after a restart, after iterators expired, and through throttling; shards that are gone are forgotten', async () => {
  const stream = playedStream(['a'])
  const pull = testPull()
  stream.put('a', '1', '2', '3')
  const first = read(stream, pull)
  await pull.until(3)
  stream.expireAll()
  stream.put('a', '4')
  await pull.until(4)
  stream.throttle(2)
  stream.put('a', '5')
  await pull.until(5)
  assert.equal(first.throttled, 2)
  await first.close()
  stream.put('a', '6')
  stream.split('a', 'b')
  const second = read(stream, pull)
  await pull.until(6)
  stream.put('b', '7')
  await pull.until(7)
  await second.close()
  stream.drop('a')
  const third = read(stream, pull)
  stream.put('b', '8')
  await pull.until(8)
  await third.close()
  assert.deepEqual(texts(pull), ['1', '2', '3', '4', '5', '6', '7', '8'])
  assert.deepEqual([...pull.checkpoints.startingWith('shard:').keys()], ['shard:s:b'])
})

test('a disk that takes nothing is waited for, and nothing is skipped', async () => {
  const stream = playedStream(['a'])
  const pull = testPull()
  stream.put('a', '1', '2', '3', '4', '5')
  pull.fail(1)
  const readers = read(stream, pull)
  await pull.until(5)
  await readers.close()
  assert.deepEqual(texts(pull), ['1', '2', '3', '4', '5'])
})

/** A record's identity as the store sees it. */
function identities(chunks: readonly Chunk[]): string[] {
  const found: string[] = []
  for (const chunk of chunks)
    forEachRecord(chunk, (index, _start, _end, text) => {
      const { prefix, firstIndex = 0 } = chunk.headers
      found.push(`${prefix}+${firstIndex + index} ${text}`)
    })
  return found
}

test('a record has the same identity however the answers are cut, and wherever it was read on', async () => {
  const payloads = (n: number): Buffer =>
    n % 7 === 3
      ? gzipSync(`{"n":${n}}\n{"n":${n},"more":1}\n`)
      : n % 11 === 5
        ? Buffer.alloc(2_000, 'x')
        : Buffer.from(`line ${n}`)
  const records = Array.from({ length: 60 }, (_, n): StreamRecord => ({ sequence: sequenceOf(n), data: payloads(n) }))
  const readCut = async (cuts: readonly number[]): Promise<string[]> => {
    const chunks: Chunk[] = []
    let place = undefined as Awaited<ReturnType<typeof takeRecords>>['place']
    let at = 0
    for (const cut of [...cuts, records.length]) {
      if (cut <= at) continue
      const append = async (given: readonly Chunk[]): Promise<void> => void chunks.push(...given)
      const options = { name: 's a', source: 't', format: undefined, timezoneMinutes: undefined, recordBytesMax: 1_000 }
      const taken = await takeRecords(records.slice(at, cut), place, { ...options, nowMs: () => 0, append })
      place = JSON.parse(JSON.stringify(taken.place)) as typeof place
      at = cut
    }
    return identities(chunks).sort()
  }
  const whole = await readCut([])
  assert.equal(new Set(whole).size, whole.length)
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 12 }), async cuts => {
      assert.deepEqual(await readCut(cuts.sort((a, b) => a - b)), whole)
    }),
    { numRuns: 30 }
  )
})

test('what holds several: a subscription of CloudWatch, lines, an aggregated record of the producer library', async () => {
  const chunks: Chunk[] = []
  const flow = '2 123456789012 eni-0a1b2c3d 10.0.0.1 198.51.100.7 49152 443 6 10 840 1767225600 1767225660 ACCEPT OK'
  const document = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: 'vpc',
    logStream: 'eni-0a1b2c3d-all',
    subscriptionFilters: ['all'],
    logEvents: [1, 2].map(n => ({
      id: `3195310660696698337880902507980421114328961542429822156${n}`,
      timestamp: 1767225600000 + n,
      message: flow
    }))
  }
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes])
  const message = Buffer.concat([
    field(1, Buffer.from('key')),
    ...['one', 'two'].map(text => field(3, Buffer.concat([Buffer.from([8, 0]), field(3, Buffer.from(text))])))
  ])
  const aggregated = Buffer.concat([
    Buffer.from([0xf3, 0x89, 0x9a, 0xc2]),
    message,
    createHash('md5').update(message).digest()
  ])
  assert.deepEqual(disaggregated(aggregated)?.map(String), ['one', 'two'])
  assert.equal(disaggregated(Buffer.concat([aggregated, Buffer.from('x')])), undefined)
  fc.assert(fc.property(fc.uint8Array(), bytes => disaggregated(Buffer.from(bytes)) === undefined))
  const data = [
    gzipSync(JSON.stringify(document)),
    Buffer.from(`${flow}\n${flow}\n`),
    aggregated,
    Buffer.from(`${flow}\n`),
    Buffer.from('\n')
  ]
  const taken = await takeRecords(
    data.map((each, n) => ({ sequence: sequenceOf(n), data: each })),
    undefined,
    {
      name: 's a',
      source: 't',
      format: undefined,
      timezoneMinutes: undefined,
      recordBytesMax: 1_000_000,
      nowMs: Date.now,
      append: async given => void chunks.push(...given)
    }
  )
  assert.equal(taken.records, 7)
  const kinds: string[] = []
  for (const chunk of chunks)
    forEachRecord(chunk, (_index, _start, _end, _text, _json, parsed) => {
      assert.ok(typeof parsed === 'object' && parsed.ok, JSON.stringify(parsed))
      const { event, aws } = parsed.event as {
        event?: { dataset?: string }
        aws?: { cloudwatch?: { log_group?: string } }
      }
      kinds.push(`${event?.dataset ?? 'none'} ${aws?.cloudwatch?.log_group ?? ''}`.trim())
    })
  assert.deepEqual(
    kinds.sort(),
    ['aws.vpcflow', 'aws.vpcflow', 'aws.vpcflow', 'aws.vpcflow vpc', 'aws.vpcflow vpc', 'unknown', 'unknown'].sort()
  )
  // Damaged: a dead letter, not an exception.
  chunks.length = 0
  const cut = gzipSync(JSON.stringify(document)).subarray(0, 60)
  await takeRecords([{ sequence: sequenceOf(9), data: cut }], taken.place, {
    name: 's a',
    source: 't',
    format: undefined,
    timezoneMinutes: undefined,
    recordBytesMax: 1_000_000,
    nowMs: Date.now,
    append: async given => void chunks.push(...given)
  })
  assert.match(chunks.at(-1)!.headers.dead ?? '', /ended early/)
  assert.equal(testCheckpoints().get('none'), undefined)
})

test('whatever a record holds, it is an event or a dead letter, and the next ones are read', async () => {
  const magic = fc.constantFrom(
    [0x1f, 0x8b, 8],
    [0x28, 0xb5, 0x2f, 0xfd],
    [0x50, 0x4b, 3, 4],
    [123],
    [91],
    [0xf3, 0x89, 0x9a, 0xc2]
  )
  const hostile = fc
    .tuple(magic, fc.uint8Array({ maxLength: 200 }))
    .map(([head, rest]) => Buffer.from([...head, ...rest]))
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 5 }), async all => {
      const chunks: Chunk[] = []
      const records = [...all, Buffer.from('the last')].map((data, n) => ({ sequence: sequenceOf(n), data }))
      const taken = await takeRecords(records, undefined, {
        name: 's a',
        source: 't',
        format: undefined,
        timezoneMinutes: undefined,
        recordBytesMax: 1_000,
        nowMs: () => 0,
        append: async given => void chunks.push(...given)
      })
      assert.equal(taken.place?.after, records.at(-1)!.sequence)
      assert.ok(identities(chunks).some(text => text.endsWith(' the last')))
      assert.equal(
        taken.records,
        chunks.reduce((sum, { headers }) => sum + headers.records, 0)
      )
    }),
    { numRuns: 60 }
  )
})
