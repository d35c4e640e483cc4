import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { paceMerges, shouldMerge } from './merge-pacing.ts'

test('merges wait while records queue up, up to a number of parts', () => {
  const bounds = { partsMax: 48, partsMin: 12 }
  assert.equal(shouldMerge(true, false, 100, bounds), true)
  assert.equal(shouldMerge(false, false, 100, bounds), true)
  assert.equal(shouldMerge(true, true, 5, bounds), false)
  assert.equal(shouldMerge(false, true, 47, bounds), false)
  assert.equal(shouldMerge(false, true, 48, bounds), true)
  assert.equal(shouldMerge(true, true, 30, bounds), true)
  assert.equal(shouldMerge(true, true, 12, bounds), false)
})

test('merges go on when the queue is empty, and when pacing ends', async () => {
  const said: boolean[] = []
  let backlog = 1 << 30
  const engine = {
    setMerging: async (on: boolean) => void said.push(on),
    activeParts: async () => 3
  }
  const options = { engine, backlogBytes: () => backlog, log: { warn() {} }, everyMs: 2 }
  const pacing = paceMerges(options)
  while (said.length < 1) await sleep(2)
  backlog = 0
  while (said.length < 2) await sleep(2)
  await pacing.close()
  assert.deepEqual(said, [false, true])
  backlog = 1 << 30
  const second = paceMerges(options)
  while (said.length < 3) await sleep(2)
  await second.close()
  assert.deepEqual(said, [false, true, false, true])
})
