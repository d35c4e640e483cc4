/**
 * What every bus must do, whoever implements it: the suite that `bus/embedded`, `bus/memory` and Kafka are held to. It knows the
 * contract in `core/bus.ts` and nothing of what is inside.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus, BusMessage, CorruptRange, StoredMessage } from '../core/bus.ts'

export type OpenedBus = {
  /** With segments of at most 1 MiB, so that retention has something to take; messages of 8 MiB must be allowed. */
  readonly bus: Bus
  /** Closes and opens again what `bus` wrote to. Absent where nothing survives. */
  readonly reopen?: () => Promise<Bus>
  dispose(): Promise<void>
}

export function busContract(name: string, open: () => Promise<OpenedBus>): void {
  function check(what: string, body: (opened: OpenedBus) => Promise<void>): void {
    test(`${name}: ${what}`, async () => {
      const opened = await open()
      try {
        await opened.bus.createTopic('raw', { partitions: 2 })
        await body(opened)
      } finally {
        await opened.dispose()
      }
    })
  }

  check('offsets start at 0, are dense, and keep the order of appends', async ({ bus }) => {
    assert.deepEqual(await bus.ends('raw', 0), { start: 0, end: 0 })
    assert.equal(await bus.append('raw', 0, texts('a', 'b')), 0)
    assert.equal(await bus.append('raw', 0, texts('c')), 2)
    assert.equal(await bus.append('raw', 1, texts('other')), 0)
    assert.deepEqual(await bus.ends('raw', 0), { start: 0, end: 3 })
    const { messages } = await readAll(bus, 'raw', 0)
    assert.deepEqual(messages.map(textOf), ['a', 'b', 'c'])
    assert.deepEqual(messages.map(offsetOf), [0, 1, 2])
  })

  check('headers and values come back as they were', async ({ bus }) => {
    const sent: BusMessage[] = [
      { headers: {}, value: Buffer.alloc(0) },
      { headers: { source: 'a/ü/日本', empty: '', __proto__x: '"\\\n\0' }, value: Buffer.from([0, 255, 10, 13, 0]) },
      {
        headers: Object.fromEntries([
          ['__proto__', 'own'],
          ['x'.repeat(1000), 'y'.repeat(50_000)]
        ]),
        value: Buffer.from('z')
      }
    ]
    await bus.append('raw', 0, sent)
    const { messages } = await readAll(bus, 'raw', 0)
    assert.equal(messages.length, sent.length)
    for (const [i, message] of messages.entries()) {
      assert.deepEqual(Object.entries(message.headers), Object.entries(sent[i]!.headers))
      assert.ok(message.value.equals(sent[i]!.value))
    }
  })

  check('at the end a read returns nothing, at once', async ({ bus }) => {
    assert.deepEqual(await bus.read('raw', 0, 0, 1000), { messages: [], nextOffset: 0, corrupt: [] })
    await bus.append('raw', 0, texts('a'))
    assert.deepEqual(await bus.read('raw', 0, 1, 1000), { messages: [], nextOffset: 1, corrupt: [] })
  })

  check('an append is all or none', async ({ bus }) => {
    await bus.append('raw', 0, texts('before'))
    const tooLarge: BusMessage = { headers: { large: 'x'.repeat(70_000) }, value: Buffer.from('v') }
    await assert.rejects(bus.append('raw', 0, [...texts('a'), tooLarge, ...texts('b')]), { code: 'bus-too-large' })
    assert.deepEqual(await bus.ends('raw', 0), { start: 0, end: 1 })
    assert.equal(await bus.append('raw', 0, texts('after')), 1)
    assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['before', 'after'])
  })

  check('replays from any offset', async ({ bus }) => {
    for (let i = 0; i < 20; i += 1) await bus.append('raw', 0, texts(`${i}a`, `${i}b`))
    for (const from of [0, 1, 7, 38, 39, 40]) {
      assert.deepEqual((await readAll(bus, 'raw', 0, from)).messages.map(offsetOf), range(from, 40))
    }
  })

  check('replays from a time', async ({ bus }) => {
    assert.equal(await bus.offsetAt('raw', 0, 0), 0)
    for (let i = 0; i < 5; i += 1) {
      await bus.append('raw', 0, texts('x', 'y'))
      await sleep(4)
    }
    const { messages } = await readAll(bus, 'raw', 0)
    for (const { timestampMs } of messages) {
      const first = messages.find(message => message.timestampMs >= timestampMs)!
      assert.equal(await bus.offsetAt('raw', 0, timestampMs), first.offset)
      const later = messages.find(message => message.timestampMs >= timestampMs + 1)
      assert.equal(await bus.offsetAt('raw', 0, timestampMs + 1), later?.offset ?? 10)
    }
    assert.equal(await bus.offsetAt('raw', 0, 0), 0)
    assert.equal(await bus.offsetAt('raw', 0, messages.at(-1)!.timestampMs + 3_600_000), 10)
  })

  check('a read takes about as much as it may, and at least one message', async ({ bus }) => {
    const sent = range(0, 50).map(i => ({ headers: {}, value: Buffer.alloc(10_000, i) }))
    for (let i = 0; i < 50; i += 5) await bus.append('raw', 0, sent.slice(i, i + 5))
    for (const maxBytes of [0, 1, 10_000, 35_000, 1_000_000_000]) {
      const { messages } = await readAll(bus, 'raw', 0, 0, maxBytes, read => {
        assert.ok(read.length >= 1)
        const bytes = read.reduce((sum, message) => sum + message.value.length, 0)
        assert.ok(read.length === 1 || bytes <= maxBytes, `${bytes} bytes of at most ${maxBytes}`)
      })
      assert.ok(messages.every((message, i) => message.offset === i && message.value.equals(sent[i]!.value)))
      assert.equal(messages.length, 50)
    }
  })

  check('what a read returned may be taken away', async ({ bus }) => {
    await bus.append('raw', 0, texts('a', 'b'))
    const first = await bus.read('raw', 0, 0, 1000)
    const memory = first.messages[0]!.value.buffer as ArrayBuffer
    structuredClone(memory, { transfer: [memory] })
    assert.deepEqual((await readAll(bus, 'raw', 0)).messages.map(textOf), ['a', 'b'])
  })

  check('takes large messages', async ({ bus }) => {
    const large = Buffer.alloc(8 * 1024 * 1024)
    for (let i = 0; i < large.length; i += 4) large.writeInt32LE(Math.imul(i, 2654435761) | 0, i)
    await bus.append('raw', 0, [...texts('before'), { headers: { n: '1' }, value: large }, ...texts('after')])
    const { messages } = await readAll(bus, 'raw', 0, 0, 1000)
    assert.equal(messages.length, 3)
    assert.ok(messages[1]!.value.equals(large))
    assert.equal(textOf(messages[2]!), 'after')
  })

  check('many concurrent appends: each gets its own offsets, in the order of the calls', async ({ bus }) => {
    const calls = range(0, 500).map(i => bus.append('raw', 0, texts(...range(0, (i % 3) + 1).map(j => `${i}.${j}`))))
    const firsts = await Promise.all(calls)
    const { messages } = await readAll(bus, 'raw', 0)
    assert.deepEqual(messages.map(offsetOf), range(0, messages.length))
    let expected = 0
    for (const [i, first] of firsts.entries()) {
      assert.equal(first, expected)
      for (const j of range(0, (i % 3) + 1)) assert.equal(textOf(messages[first + j]!), `${i}.${j}`)
      expected += (i % 3) + 1
    }
    assert.equal(messages.length, expected)
  })

  check('a read while others append sees a beginning, and never more than the end', async ({ bus }) => {
    let going = true
    const appending = (async () => {
      for (let i = 0; i < 60; i += 1)
        await Promise.all([bus.append('raw', 0, texts('a', 'b')), bus.append('raw', 0, texts('c'))])
      going = false
    })()
    while (going) {
      const { messages } = await readAll(bus, 'raw', 0)
      const { end } = await bus.ends('raw', 0)
      assert.ok(messages.length <= end)
      assert.deepEqual(messages.map(offsetOf), range(0, messages.length))
      await sleep(1)
    }
    await appending
    assert.equal((await readAll(bus, 'raw', 0)).messages.length, 180)
  })

  check('consumer groups have positions of their own', async ({ bus }) => {
    await bus.append('raw', 0, texts('a', 'b', 'c'))
    assert.equal(await bus.committed('g', 'raw', 0), undefined)
    await bus.commit('g', 'raw', 0, 2)
    await bus.commit('h', 'raw', 0, 3)
    await bus.commit('g', 'raw', 1, 0)
    assert.equal(await bus.committed('g', 'raw', 0), 2)
    assert.equal(await bus.committed('h', 'raw', 0), 3)
    assert.equal(await bus.committed('g', 'raw', 1), 0)
    assert.equal(await bus.committed('h', 'raw', 1), undefined)
    await bus.commit('g', 'raw', 0, 0)
    assert.equal(await bus.committed('g', 'raw', 0), 0)
    await assert.rejects(bus.commit('g', 'raw', 0, 4), { code: 'bus-bad-offset' })
  })

  check('waitFor: at once if the message is there, else when it comes, else when aborted', async ({ bus }) => {
    const abort = new AbortController()
    await bus.append('raw', 0, texts('a'))
    await bus.waitFor('raw', 0, 0, abort.signal)
    let woken = 0
    const waiting = [1, 1, 2].map(offset => bus.waitFor('raw', 0, offset, abort.signal).then(() => (woken += 1)))
    await sleep(10)
    assert.equal(woken, 0)
    await bus.append('raw', 0, texts('b'))
    await Promise.all(waiting.slice(0, 2))
    await sleep(5)
    assert.equal(woken, 2)
    abort.abort()
    await waiting[2]
    await bus.waitFor('raw', 0, 99, abort.signal)
  })

  check('topics grow partitions and never lose any', async ({ bus }) => {
    await bus.append('raw', 1, texts('a'))
    await bus.createTopic('raw', { partitions: 4 })
    await bus.createTopic('raw', { partitions: 1 })
    await bus.createTopic('dead-letter', { partitions: 1 })
    const topics = (await bus.topics()).toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
    assert.deepEqual(topics, [
      { topic: 'dead-letter', partitions: 1 },
      { topic: 'raw', partitions: 4 }
    ])
    assert.equal(await bus.append('raw', 3, texts('b')), 0)
    assert.deepEqual((await readAll(bus, 'raw', 1)).messages.map(textOf), ['a'])
  })

  check('refuses topics and partitions that are not there, and bad names', async ({ bus }) => {
    const { signal } = new AbortController()
    for (const [topic, partition] of [
      ['none', 0],
      ['raw', 2],
      ['raw', -1],
      ['raw', 0.5],
      ['__proto__', 0]
    ] as const) {
      const unknown = { code: 'bus-unknown-topic' }
      await assert.rejects(bus.append(topic, partition, texts('a')), unknown)
      await assert.rejects(bus.read(topic, partition, 0, 1), unknown)
      await assert.rejects(bus.ends(topic, partition), unknown)
      await assert.rejects(bus.waitFor(topic, partition, 0, signal), unknown)
      await assert.rejects(bus.offsetAt(topic, partition, 0), unknown)
      await assert.rejects(bus.commit('g', topic, partition, 0), unknown)
      await assert.rejects(bus.committed('g', topic, partition), unknown)
    }
    for (const bad of ['', '.', '..', '../x', 'a/b', 'a b', 'x'.repeat(300)]) {
      await assert.rejects(bus.createTopic(bad, { partitions: 1 }), { code: 'bus-bad-topic' })
    }
    await assert.rejects(bus.createTopic('t', { partitions: 0 }), { code: 'bus-bad-topic' })
    for (const bad of [-1, 0.5, Number.NaN])
      await assert.rejects(bus.read('raw', 0, bad, 1), { code: 'bus-bad-offset' })
  })

  check('retention takes from the old end only, and readers are told', async ({ bus }) => {
    await bus.createTopic('short', { partitions: 1, retention: { bytes: 2 * 1024 * 1024 } })
    for (let i = 0; i < 80; i += 1) {
      await bus.append('short', 0, [{ headers: { i: String(i) }, value: Buffer.alloc(64 * 1024, i) }])
    }
    const { removedBytes } = await bus.applyRetention()
    const { start, end } = await bus.ends('short', 0)
    assert.equal(end, 80)
    assert.ok(removedBytes > 0 ? start > 0 && start < 80 : start === 0)
    const { messages, corrupt } = await readAll(bus, 'short', 0)
    assert.deepEqual(messages.map(offsetOf), range(start, 80))
    assert.ok(messages.every(message => message.headers['i'] === String(message.offset)))
    const gap: CorruptRange = { fromOffset: 0, toOffset: start, bytes: 0, reason: 'retention' }
    assert.deepEqual(corrupt, start > 0 ? [gap] : [])
    assert.equal(await bus.offsetAt('short', 0, 0), start)
    assert.equal(await bus.append('short', 0, texts('next')), 80)
  })

  check('after close everything is refused, and who waits is told', async ({ bus }) => {
    const { signal } = new AbortController()
    const waiting = assert.rejects(bus.waitFor('raw', 0, 0, signal), { code: 'bus-closed' })
    await bus.close()
    await waiting
    await assert.rejects(bus.append('raw', 0, texts('a')), { code: 'bus-closed' })
    await assert.rejects(bus.read('raw', 0, 0, 1), { code: 'bus-closed' })
    await bus.close()
  })

  check('reopening keeps messages, offsets, times, topics and positions', async ({ bus, reopen }) => {
    if (reopen === undefined) return
    for (let i = 0; i < 30; i += 1) await bus.append('raw', i % 2, texts(`${i}`, 'x'.repeat(i * 3000)))
    await bus.commit('g', 'raw', 1, 7)
    const before = await Promise.all([readAll(bus, 'raw', 0), readAll(bus, 'raw', 1)])
    const again = await reopen()
    assert.deepEqual(await Promise.all([readAll(again, 'raw', 0), readAll(again, 'raw', 1)]), before)
    assert.deepEqual(await again.topics(), [{ topic: 'raw', partitions: 2 }])
    assert.equal(await again.committed('g', 'raw', 1), 7)
    assert.equal(await again.committed('g', 'raw', 0), undefined)
    assert.equal(await again.append('raw', 0, texts('next')), 30)
    assert.equal((await readAll(again, 'raw', 0, 30)).messages.length, 1)
  })
}

export function texts(...values: readonly string[]): BusMessage[] {
  return values.map(value => ({ headers: { kind: 'text' }, value: Buffer.from(value) }))
}

export function textOf(message: StoredMessage): string {
  return message.value.toString()
}

/** Reads as a consumer does, from where the last read ended, until there is no more. */
export async function readAll(
  bus: Bus,
  topic: string,
  partition: number,
  from = 0,
  maxBytes = 100_000,
  each: (messages: readonly StoredMessage[]) => void = () => undefined
): Promise<{ readonly messages: StoredMessage[]; readonly corrupt: CorruptRange[] }> {
  const messages: StoredMessage[] = []
  const corrupt: CorruptRange[] = []
  let next = from
  while (true) {
    const read = await bus.read(topic, partition, next, maxBytes)
    messages.push(...read.messages)
    corrupt.push(...read.corrupt)
    if (read.messages.length === 0) return { messages, corrupt }
    each(read.messages)
    assert.ok(read.nextOffset > next)
    next = read.nextOffset
  }
}

function offsetOf(message: StoredMessage): number {
  return message.offset
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}
