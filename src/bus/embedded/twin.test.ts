/** The embedded bus and its twin in memory give the same answers to the same calls; and retention by age, which needs a clock of ours. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bus } from '../../core/bus.ts'
import { range, readAll, texts } from '../../testing/bus-contract.ts'
import { memoryBus } from '../memory.ts'
import { openEmbeddedBus } from './bus.ts'

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes: fc.array(fc.nat(90_000), { minLength: 1, maxLength: 5 })
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('clock' as const), stepMs: fc.integer({ min: -50, max: 100 }) })
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('offsetAt' as const), ms: fc.integer({ min: 900, max: 2000 }) })
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('read' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) }
)

test('embedded and memory agree, whatever is asked of them, whatever the clock does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
      const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
      let nowMs = 1000
      const options = { segmentBytesMax: 200_000, clock: () => nowMs }
      const memory = memoryBus(options)
      let embedded = await openEmbeddedBus(folder, options)
      const both = async <T>(ask: (bus: Bus) => Promise<T>): Promise<T> => {
        const answer = await ask(embedded)
        assert.deepEqual(answer, await ask(memory))
        return answer
      }
      try {
        await both(bus => bus.createTopic('raw', { partitions: 1 }))
        for (const [i, next] of steps.entries()) {
          if (next.do === 'append') {
            const messages = next.sizes.map(size => ({ headers: { i: String(i) }, value: Buffer.alloc(size, i) }))
            await both(bus => bus.append('raw', 0, messages))
          } else if (next.do === 'clock') {
            nowMs += next.stepMs
          } else if (next.do === 'offsetAt') {
            await both(bus => bus.offsetAt('raw', 0, next.ms))
          } else if (next.do === 'read') {
            const { end } = await both(bus => bus.ends('raw', 0))
            await both(bus => readAll(bus, 'raw', 0, Math.floor(end * next.part)))
          } else {
            await embedded.close()
            embedded = await openEmbeddedBus(folder, options)
          }
        }
      } finally {
        await embedded.close()
        await rm(folder, { recursive: true })
      }
    }),
    { numRuns: 40, seed: 7 }
  )
})

for (const kind of ['embedded', 'memory'] as const) {
  test(`${kind}: retention by age takes closed segments only, and is not held up by a clock that was ahead`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
    let nowMs = 1_000_000
    const options = { segmentBytesMax: 1000, clock: () => nowMs }
    const bus = kind === 'memory' ? memoryBus(options) : await openEmbeddedBus(folder, options)
    await bus.createTopic('raw', { partitions: 1, retention: { ageMs: 10_000 } })
    // Each is a segment.
    for (let i = 0; i < 10; i += 1) {
      nowMs += i === 3 ? 1_000_000_000 : 1000
      await bus.append('raw', 0, texts('x'.repeat(800)))
      if (i === 3) nowMs -= 1_000_000_000
    }
    assert.deepEqual(await bus.applyRetention(), { removedBytes: 0 })
    nowMs += 5500
    const { removedBytes } = await bus.applyRetention()
    assert.ok(removedBytes > 4 * 800)
    const { start } = await bus.ends('raw', 0)
    assert.ok(start === 4 || start === 5, `starts at ${start}`)
    nowMs += 1_000_000
    await bus.applyRetention()
    assert.deepEqual(await bus.ends('raw', 0), { start: 9, end: 10 })
    assert.equal((await readAll(bus, 'raw', 0, 9)).messages.length, 1)
    // What is too old does not wait for its segment to fill up.
    await bus.append('raw', 0, texts('young'))
    await bus.applyRetention()
    assert.deepEqual(await bus.ends('raw', 0), { start: 10, end: 11 })
    await bus.close()
    if (kind === 'embedded') {
      const again = await openEmbeddedBus(folder, options)
      assert.deepEqual(await again.ends('raw', 0), { start: 10, end: 11 })
      await again.close()
      assert.equal((await readdir(join(folder, 'raw', '0'))).length, 2)
    }
    await rm(folder, { recursive: true })
  })
}

test('readers go on while retention takes what they read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'picket-bus-'))
  const bus = await openEmbeddedBus(folder, { segmentBytesMax: 50_000 })
  await bus.createTopic('raw', { partitions: 1, retention: { bytes: 100_000 } })
  let told = 0
  const reading = (async () => {
    let next = 0
    while (next < 400) {
      const { messages, nextOffset, corrupt } = await bus.read('raw', 0, next, 30_000)
      told += messages.length
      for (const gap of corrupt) {
        assert.equal(gap.reason, 'retention')
        told += gap.toOffset - gap.fromOffset
      }
      next = nextOffset
      if (messages.length === 0) await bus.waitFor('raw', 0, next, new AbortController().signal)
    }
  })()
  for (const i of range(0, 400)) {
    await bus.append('raw', 0, texts('x'.repeat(10_000)))
    if (i % 7 === 0) await bus.applyRetention()
  }
  await reading
  assert.equal(told, 400)
  await bus.close()
  await rm(folder, { recursive: true })
})
