/** Torn tails, flipped bits, lost and wrong indexes: what is left is read as it was, and what is not is told. */
import assert from 'node:assert/strict'
import { copyFile, cp, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Bus, BusMessage, CorruptRange, StoredMessage } from '../../core/bus.ts'
import { range, readAll, textOf, texts } from '../../testing/bus-contract.ts'
import { encodeAppend, headerBytes, stamp } from './batch.ts'
import { type EmbeddedBusOptions, openEmbeddedBus } from './bus.ts'
import { SegmentIndex } from './segment-index.ts'

const partitionFolder = join('raw', '0')
const firstSegment = `${'0'.repeat(20)}.log`

/** A folder with a bus that was closed cleanly, for the body to damage. */
async function withBus(
  fill: (bus: Bus) => Promise<void>,
  body: (folder: string, partition: string) => Promise<void>,
  options: EmbeddedBusOptions = {}
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
  try {
    const bus = await openEmbeddedBus(folder, options)
    await bus.createTopic('raw', { partitions: 1 })
    await fill(bus)
    await bus.close()
    await body(folder, join(folder, partitionFolder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function removeIndexes(partition: string): Promise<void> {
  for (const name of await readdir(partition)) if (name.endsWith('.index')) await rm(join(partition, name))
}

function logInto(lines: Record<string, unknown>[]) {
  return { warn: (fields: Readonly<Record<string, unknown>>) => void lines.push(fields) }
}

test('a tail torn at any byte is cut at the last whole batch, reported, and appended to', async () => {
  const fill = async (bus: Bus) => {
    await bus.append('raw', 0, texts('a', 'b'))
    await bus.append('raw', 0, texts('c'))
    await bus.append('raw', 0, texts('torn', 'also torn'))
  }
  await withBus(fill, async (folder, partition) => {
    const path = join(partition, firstSegment)
    const whole = await readFile(path)
    const last = whole.lastIndexOf('PKTB')
    for (let length = last; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length))
      await removeIndexes(partition)
      const log: Record<string, unknown>[] = []
      const bus = await openEmbeddedBus(folder, { log: logInto(log) })
      assert.deepEqual(
        log.map(line => line['cutBytes']),
        length === last ? [] : [length - last]
      )
      assert.deepEqual(await bus.ends('raw', 0), { start: 0, end: 3 })
      assert.equal(await bus.append('raw', 0, texts('next')), 3)
      const { messages, corrupt } = await readAll(bus, 'raw', 0)
      assert.deepEqual(messages.map(textOf), ['a', 'b', 'c', 'next'])
      assert.deepEqual(corrupt, [])
      await bus.close()
    }
  })
})

test('an append cut off between its batches is not there at all', async () => {
  const large = (n: number): BusMessage[] =>
    range(0, n).map(i => ({ headers: {}, value: Buffer.alloc(200_000, i + 1) }))
  const fill = async (bus: Bus) => {
    await bus.append('raw', 0, large(2))
    await bus.append('raw', 0, large(4))
  }
  await withBus(fill, async (folder, partition) => {
    const path = join(partition, firstSegment)
    const batchBytes = headerBytes + 8 + 2 + 200_000
    assert.equal((await readFile(path)).length, 6 * batchBytes)
    await copyFile(path, join(folder, 'kept'))
    for (const keptBytes of [5 * batchBytes + 1000, 5 * batchBytes, 4 * batchBytes, 3 * batchBytes, 2 * batchBytes]) {
      await copyFile(join(folder, 'kept'), path)
      await truncate(path, keptBytes)
      await removeIndexes(partition)
      const bus = await openEmbeddedBus(folder)
      assert.deepEqual(await bus.ends('raw', 0), { start: 0, end: 2 })
      await bus.close()
    }
  })
})

const random = seededRandom(20261121)

const sent: BusMessage[][] = range(0, 60).map(i =>
  range(0, (i % 4) + 1).map(j => {
    const size = [5, 300, 20_000, 70_000][Math.floor(random() * 4)]!
    const value = Buffer.alloc(size, `${i}.${j} `)
    // What looks like a batch, but is not ours.
    if (i % 7 === 0) forgedBatch(`forged ${i}`).copy(value, Math.min(100, size))
    return { headers: { i: String(i) }, value }
  })
)
const all = sent.flat()

async function fillWithSent(bus: Bus): Promise<void> {
  for (const messages of sent) await bus.append('raw', 0, messages)
}

/** All that was returned is right, and all that was not is in a corrupt range. */
function checkHonest(messages: readonly StoredMessage[], corrupt: readonly CorruptRange[], end: number): number {
  const told = new Array<boolean>(end).fill(false)
  for (const { fromOffset, toOffset, bytes } of corrupt) {
    assert.ok(fromOffset < toOffset && bytes > 0)
    assert.ok(!told.slice(fromOffset, toOffset).some(Boolean), 'told twice')
    told.fill(true, fromOffset, toOffset)
  }
  let previous = -1
  for (const message of messages) {
    assert.ok(message.offset > previous)
    previous = message.offset
    assert.ok(message.value.equals(all[message.offset]!.value), `message ${message.offset} differs`)
    assert.deepEqual(message.headers, all[message.offset]!.headers)
    assert.ok(!told[message.offset], `message ${message.offset} is returned and said to be corrupt`)
    told[message.offset] = true
  }
  assert.ok(told.every(Boolean), 'a message is missing and nobody was told')
  return corrupt.reduce((sum, { fromOffset, toOffset }) => sum + toOffset - fromOffset, 0)
}

for (const closedCleanly of [true, false]) {
  test(`a flipped bit costs its batch only, and is told (${closedCleanly ? 'after a clean close' : 'after a kill'})`, async () => {
    const options = { segmentBytesMax: 400_000 }
    await withBus(
      fillWithSent,
      async (folder, partition) => {
        const segments = (await readdir(partition)).filter(name => name.endsWith('.log'))
        assert.ok(segments.length > 2)
        const damaged = `${folder}-damaged`
        for (let round = 0; round < 40; round += 1) {
          await cp(folder, damaged, { recursive: true })
          const name = segments[Math.floor(random() * segments.length)]!
          const path = join(damaged, partitionFolder, name)
          // Every other flip hits a header: the rarer and the worse place.
          const bytes = await readFile(path)
          const at = round % 2 === 0 ? Math.floor(random() * bytes.length) : headerAt(bytes) + Math.floor(random() * 48)
          bytes[at]! ^= 1 << Math.floor(random() * 8)
          await writeFile(path, bytes)
          if (!closedCleanly) await removeIndexes(join(damaged, partitionFolder))
          const bus = await openEmbeddedBus(damaged, options)
          const { end } = await bus.ends('raw', 0)
          const isLast = name === segments.at(-1)
          if (closedCleanly || !isLast) assert.equal(end, all.length)
          else assert.ok(end >= all.length - 4)
          const { messages, corrupt } = await readAll(bus, 'raw', 0, 0, [1, 30_000, 10_000_000][round % 3]!)
          const lost = checkHonest(messages, corrupt, end) + all.length - end
          assert.ok(lost >= 1 && lost <= 4, `${lost} lost by one bit`)
          const from = Math.floor(random() * end)
          const again = await readAll(bus, 'raw', 0, from, 50_000)
          assert.deepEqual(
            again.messages,
            messages.filter(message => message.offset >= from)
          )
          assert.equal(await bus.append('raw', 0, texts('next')), end)
          await bus.close()
          await rm(damaged, { recursive: true })
        }
      },
      options
    )
  })
}

test('a stretch of zeros, or a segment cut short, in the middle is told and read past', async () => {
  const options = { segmentBytesMax: 400_000 }
  await withBus(
    fillWithSent,
    async (folder, partition) => {
      const [first, second] = (await readdir(partition)).filter(name => name.endsWith('.log'))
      const file = await open(join(partition, first!), 'r+')
      await file.write(Buffer.alloc(100_000), 0, 100_000, 50_000)
      await file.close()
      await truncate(join(partition, second!), 100_001)
      const bus = await openEmbeddedBus(folder, options)
      const { messages, corrupt } = await readAll(bus, 'raw', 0)
      assert.ok(checkHonest(messages, corrupt, all.length) > 2)
      assert.ok(corrupt.length >= 2)
      await bus.close()
    },
    options
  )
})

test('an index that is missing, broken or wrong is built again', async () => {
  const options = { segmentBytesMax: 400_000 }
  await withBus(
    fillWithSent,
    async (folder, partition) => {
      const indexes = (await readdir(partition)).filter(name => name.endsWith('.index'))
      const [missing, broken, wrong] = indexes.map(name => join(partition, name))
      const kept = await Promise.all([missing!, broken!, wrong!].map(path => readFile(path)))
      await rm(missing!)
      await writeFile(broken!, kept[1]!.fill(7, 60, 70))
      const { size } = await open(wrong!.replace(/index$/, 'log')).then(async file => {
        const stat = await file.stat()
        await file.close()
        return stat
      })
      const mark = kept[2]!.subarray(8, 16)
      const base = Number(indexes[2]!.slice(0, 20))
      const index = (await SegmentIndex.load(wrong!, mark, base, size))!
      for (let i = 1; i < index.positions.length; i += 1) index.positions[i]! += 11
      await index.save(wrong!, mark)

      const bus = await openEmbeddedBus(folder, options)
      const { messages, corrupt } = await readAll(bus, 'raw', 0, 0, 40_000)
      assert.equal(checkHonest(messages, corrupt, all.length), 0)
      assert.equal(await bus.offsetAt('raw', 0, messages[0]!.timestampMs), 0)
      await bus.close()
      assert.ok((await readFile(missing!)).equals(kept[0]!))
    },
    options
  )
})

test('an offset that a group has read is not given again, even if the end of the bus is lost', async () => {
  const fill = async (bus: Bus) => {
    for (const text of ['a', 'b', 'c']) await bus.append('raw', 0, texts(text))
    await bus.commit('g', 'raw', 0, 3)
  }
  await withBus(fill, async (folder, partition) => {
    const path = join(partition, firstSegment)
    const bytes = await readFile(path)
    await truncate(path, bytes.lastIndexOf('PKTB'))
    for (const text of ['d', 'e']) {
      const bus = await openEmbeddedBus(folder)
      assert.equal(await bus.append('raw', 0, texts(text)), text === 'd' ? 3 : 4)
      await bus.close()
    }
    const bus = await openEmbeddedBus(folder)
    const { messages, corrupt } = await readAll(bus, 'raw', 0)
    assert.deepEqual(messages.map(textOf), ['a', 'b', 'd', 'e'])
    assert.deepEqual(corrupt, [{ fromOffset: 2, toOffset: 3, bytes: 0, reason: 'missing' }])
    await bus.close()
  })
})

test('a segment of a later version is not touched', async () => {
  await withBus(
    bus => bus.append('raw', 0, texts('a')).then(() => undefined),
    async (folder, partition) => {
      const path = join(partition, firstSegment)
      await removeIndexes(partition)
      const { crc32 } = await import('node:zlib')
      const bytes = await readFile(path)
      bytes[4] = 2
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44)
      await writeFile(path, bytes)
      await assert.rejects(openEmbeddedBus(folder), { code: 'bus-newer-format' })
      assert.ok((await readFile(path)).equals(bytes))
    }
  )
})

test('damaged positions of groups stop the bus instead of being forgotten', async () => {
  await withBus(
    bus => bus.commit('g', 'raw', 0, 0),
    async folder => {
      await writeFile(
        join(folder, '.cursors'),
        (await readFile(join(folder, '.cursors'), 'utf8')).replace('"g"', '"h"')
      )
      await assert.rejects(openEmbeddedBus(folder), { code: 'bus-damaged' })
      await rm(join(folder, '.cursors'))
      await (await openEmbeddedBus(folder)).close()
    }
  )
})

test('a lost topic.json is made up for by the folders', async () => {
  await withBus(
    bus => bus.append('raw', 0, texts('a')).then(() => undefined),
    async folder => {
      await writeFile(join(folder, 'raw', 'topic.json'), '{"partitions":')
      const bus = await openEmbeddedBus(folder)
      assert.deepEqual(await bus.topics(), [{ topic: 'raw', partitions: 1 }])
      assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['a'])
      await bus.close()
    }
  )
})

/** A sound batch, as someone would make it who knows everything but the mark. */
function forgedBatch(text: string): Buffer {
  const [batch] = encodeAppend(texts(text), ['{}'], Buffer.alloc(8, 0x41)).batches
  stamp(batch!, 3, 1_700_000_000_000)
  return Buffer.concat(batch!.buffers)
}

/** The start of some batch of ours. */
function headerAt(bytes: Buffer): number {
  const mark = bytes.subarray(8, 16)
  const starts: number[] = []
  for (let p = bytes.indexOf('PKTB'); p >= 0; p = bytes.indexOf('PKTB', p + 1)) {
    if (bytes.subarray(p + 8, p + 16).equals(mark)) starts.push(p)
  }
  return starts[Math.floor(random() * starts.length)]!
}

/** mulberry32 */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
