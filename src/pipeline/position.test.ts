/** Positions: rows carry the place of their batch, and a bus made anew goes on behind what is stored. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryState } from '../state/state.ts'
import { hasEngine, realStore } from '../testing/real-store.ts'
import { openPositions } from './position.ts'
import { BatchWorker } from './worker.ts'

test('rows carry positions that only grow, also over a new bus', { skip: !hasEngine() }, async () => {
  await using real = await realStore()
  const { store } = real
  const state = memoryState()
  let committed = 0
  const ledger = { committed: () => committed }
  const first = await openPositions({ state, store, ledger, busId: 'first' })
  assert.equal(first.base, 0)
  const worker = new BatchWorker()
  const insert = async (position: number): Promise<void> => {
    const body = Buffer.from(`{"time":"2026-01-02T03:04:05Z","n":${position}}\n`)
    const headers = {
      source: 'test',
      format: 'ndjson',
      framing: 'lines' as const,
      records: 1,
      receivedMs: 1_800_000_000_000,
      prefix: position.toString(16).padStart(8, '0'),
      run: ''
    }
    const reply = worker.run({ number: position, chunks: [{ headers, body }], known: new Uint32Array(0), position })
    await store.insert(Buffer.from(reply.block), `token ${position}`)
  }
  await insert(1)
  await insert(70_000_000_000)
  const stored = await store.query<{ p: string }>('SELECT toString(position) AS p FROM picket.events ORDER BY position')
  assert.deepEqual(stored, [{ p: '1' }, { p: '70000000000' }])
  const second = await openPositions({ state, store, ledger, busId: 'second' })
  assert.equal(second.base, 70_000_000_000)
  committed = 5
  assert.equal(second.committed(), 70_000_000_005)
  // Known from then on: what comes in does not move it.
  await insert(70_000_000_003)
  assert.equal((await openPositions({ state, store, ledger, busId: 'second' })).base, 70_000_000_000)
})
