/** Appends that go together: in order, bounded, each told of its own. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chunk } from '../../core/chunk.ts'
import { together } from './together.ts'

const chunk = (name: string, bytes = 1): Chunk => ({
  headers: { source: name, format: 'text', framing: 'lines', records: 1, receivedMs: 0, prefix: '0', run: '' },
  body: Buffer.alloc(bytes)
})

test('what comes while one is under way goes with the next, up to the bound', async () => {
  const calls: string[][] = []
  const gates: (() => void)[] = []
  const append = together(async chunks => {
    calls.push(chunks.map(({ headers }) => headers.source))
    await new Promise<void>(resolve => gates.push(resolve))
  }, 10)
  const done: string[] = []
  const all = ['a', 'b', 'c', 'd'].map((name, i) =>
    append([chunk(name, i === 3 ? 9 : 4)]).then(() => void done.push(name))
  )
  for (let round = 0; round < 3; round++) {
    while (gates.length <= round) await new Promise(resolve => setImmediate(resolve))
    gates[round]!()
  }
  await Promise.all(all)
  assert.deepEqual(calls, [['a'], ['b', 'c'], ['d']])
  assert.deepEqual(done, ['a', 'b', 'c', 'd'])
  await append([])
  assert.equal(calls.length, 3)
})

test('a failure is told to those of its group, and the next go on', async () => {
  let fails = true
  const append = together(async () => {
    await new Promise(resolve => setImmediate(resolve))
    if (!fails) return
    fails = false
    throw new Error('full')
  })
  const results = await Promise.allSettled([append([chunk('a')]), append([chunk('b')]), append([chunk('c')])])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled']
  )
})
