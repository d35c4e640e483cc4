import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keepWithinBounds, tooMany } from './retention.ts'

const day = (partition: string, bytes = 10) => ({ partition, rows: 1, bytes })
const room = { total: 1000, used: 100 }

test('days older than the retention go, the oldest first; the day of the bound stays', () => {
  const days = ['2026-01-10', '2026-01-01', '2026-01-03', '2026-01-02'].map(name => day(name))
  assert.deepEqual(tooMany(days, '2026-01-10', { retentionDays: 7, diskShareMax: 0.8 }, room), [
    { partition: '2026-01-01', why: 'age' },
    { partition: '2026-01-02', why: 'age' }
  ])
})

test('nothing to do', () => {
  assert.deepEqual(tooMany([], '2026-01-10', { retentionDays: 7, diskShareMax: 0.8 }, room), [])
  assert.deepEqual(tooMany([day('2026-01-10')], '2026-01-10', { retentionDays: 1, diskShareMax: 0.8 }, room), [])
})

test('a full disk takes the oldest days early, no more than it needs, and never the newest', () => {
  const days = ['2026-01-07', '2026-01-08', '2026-01-09', '2026-01-10'].map(name => day(name, 100))
  const bounds = { retentionDays: 365, diskShareMax: 0.8 }
  const dropped = (used: number) =>
    tooMany(days, '2026-01-10', bounds, { total: 1000, used }).map(({ partition, why }) => `${partition} ${why}`)
  assert.deepEqual(dropped(800), [])
  assert.deepEqual(dropped(801), ['2026-01-07 disk'])
  assert.deepEqual(dropped(900), ['2026-01-07 disk'])
  assert.deepEqual(dropped(901), ['2026-01-07 disk', '2026-01-08 disk'])
  assert.deepEqual(dropped(1000), ['2026-01-07 disk', '2026-01-08 disk'])
  assert.deepEqual(dropped(5000), ['2026-01-07 disk', '2026-01-08 disk', '2026-01-09 disk'])
})

test('what age frees counts for the disk', () => {
  const days = [day('2025-01-01', 100), day('2026-01-09', 100), day('2026-01-10', 100)]
  assert.deepEqual(
    tooMany(days, '2026-01-10', { retentionDays: 30, diskShareMax: 0.8 }, { total: 1000, used: 900 }).map(
      ({ why }) => why
    ),
    ['age']
  )
})

test('a clock that went back drops nothing, and one far ahead at most what is old by it', () => {
  const days = [day('2026-01-09'), day('2026-01-10')]
  const bounds = { retentionDays: 7, diskShareMax: 0.8 }
  assert.deepEqual(tooMany(days, '1970-01-01', bounds, room), [])
  assert.equal(tooMany(days, '2030-01-01', bounds, room).length, 2)
})

test('any days, any disk: only a beginning of the days goes, and what stays fits or is the newest', () => {
  const partition = fc
    .record({ at: fc.nat(400), bytes: fc.nat(200) })
    .map(({ at, bytes }) => day(new Date(Date.UTC(2025, 0, 1) + at * 86_400_000).toISOString().slice(0, 10), bytes))
  const partitions = fc.uniqueArray(partition, { selector: ({ partition }) => partition, maxLength: 20 })
  fc.assert(
    fc.property(partitions, fc.nat(1000), fc.integer({ min: 1, max: 400 }), (days, used, retentionDays) => {
      const today = '2026-02-10'
      const bounds = { retentionDays, diskShareMax: 0.5 }
      const dropped = tooMany(days, today, bounds, { total: 1000, used })
      const sorted = [...days].sort((a, b) => (a.partition < b.partition ? -1 : 1))
      assert.deepEqual(
        dropped.map(({ partition }) => partition),
        sorted.slice(0, dropped.length).map(({ partition }) => partition)
      )
      const ageMs = (name: string) => Date.parse(today) - Date.parse(name)
      for (const { partition, why } of dropped)
        assert.equal(why === 'age', ageMs(partition) > retentionDays * 86_400_000)
      const kept = sorted.slice(dropped.length)
      for (const { partition } of kept) assert.ok(ageMs(partition) <= retentionDays * 86_400_000)
      const freed = sorted.slice(0, dropped.length).reduce((sum, { bytes }) => sum + bytes, 0)
      assert.ok(kept.length <= 1 || used - freed <= 500)
    })
  )
})

test('what is dropped is said, a failure is said and tried again, and a check does not overtake another', async () => {
  const said: string[] = []
  const dropped: string[] = []
  let failing = true
  let checks = 0
  const keeper = keepWithinBounds({
    store: {
      async partitions() {
        checks++
        if (failing) throw new Error('no answer')
        return [day('2020-01-01'), day('2026-01-09', 100), day('2026-01-10')]
      },
      async dropPartition(partition) {
        dropped.push(partition)
      }
    },
    bus: { applyRetention: async () => ({ removedBytes: 5 }) },
    folder: '/nowhere',
    config: () => ({ retentionDays: 30, diskShareMax: 0.8 }),
    log: { info: (_, message) => void said.push(message), warn: (_, message) => void said.push(message) },
    clock: () => Date.UTC(2026, 0, 10),
    everyMs: 1_000_000,
    disk: async () => ({ total: 1000, used: 900 })
  })
  await keeper.check()
  assert.deepEqual(dropped, [])
  failing = false
  await Promise.all([keeper.check(), keeper.check()])
  keeper.close()
  assert.equal(checks, 2)
  assert.deepEqual(dropped, ['2020-01-01', '2026-01-09'])
  assert.ok(said.some(message => /could not be applied/.test(message)))
  assert.ok(said.some(message => /2020-01-01 are older than the retention/.test(message)))
  assert.ok(said.some(message => /fuller than storage\.diskShareMax.*2026-01-09/.test(message)))
  assert.ok(said.some(message => /left the bus/.test(message)))
})
