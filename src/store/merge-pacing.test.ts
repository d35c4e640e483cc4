import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { paceMerges, shouldMerge } from './merge-pacing.ts'

test('merges wait while records queue up, up to a number of parts', () => {
  const bounds = { partsMax: 48, partsMin: 12 }
  assert.equal(shouldMerge(true, true, 100, bounds), true)
  assert.equal(shouldMerge(false, true, 100, bounds), true)
  assert.equal(shouldMerge(true, false, 5, bounds), false)
  assert.equal(shouldMerge(false, false, 47, bounds), false)
  assert.equal(shouldMerge(false, false, 48, bounds), true)
  assert.equal(shouldMerge(true, false, 30, bounds), true)
  assert.equal(shouldMerge(true, false, 12, bounds), false)
})

test('an engine that starts is told to wait at once, and merges when there was no queue for a while', async () => {
  const said: boolean[] = []
  let backlog = 0
  const engine = {
    setMerging: async (on: boolean) => void said.push(on),
    activeParts: async () => 3
  }
  const pacing = paceMerges({ engine, backlogBytes: () => backlog, log: { warn() {} }, everyMs: 2, restMs: 40 })
  while (said.length < 2) await sleep(2)
  assert.deepEqual(said, [false, true])
  backlog = 1 << 30
  while (said.length < 3) await sleep(2)
  await sleep(60)
  assert.deepEqual(said, [false, true, false])
  backlog = 0
  while (said.length < 4) await sleep(2)
  await pacing.close()
  assert.deepEqual(said, [false, true, false, true])
})

test('an engine that does not answer is told again', async () => {
  const said: boolean[] = []
  let fails = 2
  const engine = {
    async setMerging(on: boolean) {
      if (fails-- > 0) throw new Error('gone')
      said.push(on)
    },
    activeParts: async () => 3
  }
  let warnings = 0
  const log = { warn: () => void warnings++ }
  const pacing = paceMerges({ engine, backlogBytes: () => 1 << 30, log, everyMs: 2 })
  while (said.length < 1) await sleep(2)
  await pacing.close()
  assert.deepEqual(said, [false])
  assert.equal(warnings, 2)
})
