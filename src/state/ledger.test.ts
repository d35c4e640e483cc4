import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PicketError } from '../core/errors.ts'
import { type Arrival, type Ledger, type Outcome, openLedger } from './ledger.ts'
import { memoryState, type State } from './state.ts'

const hour = 500_000

function arrival(offset: number, records: number, more: Partial<Arrival> = {}): Arrival {
  return { offset, source: 'eve.json', format: 'suricata', run: 'r1', hour, records, ...more }
}

function outcome(more: Partial<Outcome> = {}): Outcome {
  return {
    source: 'eve.json',
    format: 'suricata',
    run: 'r1',
    hour,
    stored: 0,
    deadLettered: 0,
    duplicates: 0,
    reasons: {},
    ...more
  }
}

function opened(): { state: State; ledger: Ledger } {
  const state = memoryState()
  return { state, ledger: openLedger(state) }
}

test('received = stored + dead-lettered + duplicates + pending, at each step', () => {
  const { ledger } = opened()
  assert.deepEqual(ledger.report(), {
    totals: { received: 0, stored: 0, deadLettered: 0, duplicates: 0 },
    sources: [],
    pending: 0
  })
  ledger.arrived('raw', 0, [arrival(0, 10), arrival(1, 5)])
  assert.equal(ledger.arrivedUpTo('raw', 0), 2)
  assert.equal(ledger.report().pending, 15)
  ledger.settle('raw', 0, 1, [outcome({ stored: 7, deadLettered: 2, duplicates: 1, reasons: { 'not JSON': 2 } })])
  assert.equal(ledger.committed('raw', 0), 1)
  assert.equal(ledger.report().pending, 5)
  ledger.settle('raw', 0, 2, [outcome({ stored: 5 })])
  assert.deepEqual(ledger.report(), {
    totals: { received: 15, stored: 12, deadLettered: 2, duplicates: 1 },
    sources: [
      {
        source: 'eve.json',
        format: 'suricata',
        received: 15,
        stored: 12,
        deadLettered: 2,
        duplicates: 1,
        reasons: [{ reason: 'not JSON', count: 2 }]
      }
    ],
    pending: 0
  })
})

test('positions are of their partition', () => {
  const { ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 1)])
  ledger.settle('raw', 1, 9, [])
  assert.deepEqual([ledger.arrivedUpTo('raw', 0), ledger.committed('raw', 0)], [1, 0])
  assert.deepEqual([ledger.arrivedUpTo('raw', 1), ledger.committed('raw', 1)], [0, 9])
})

test('an intent is there until its batch is settled', () => {
  const { ledger } = opened()
  assert.equal(ledger.intent('raw', 0), undefined)
  const known = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])
  ledger.setIntent('raw', 0, { from: 0, to: 3, token: 't', known })
  ledger.setIntent('raw', 0, { from: 0, to: 2, token: 'u', known })
  const intent = ledger.intent('raw', 0)!
  assert.deepEqual([intent.from, intent.to, intent.token, [...intent.known]], [0, 2, 'u', [...known]])
  ledger.settle('raw', 0, 2, [])
  assert.equal(ledger.intent('raw', 0), undefined)
})

test('settling happens as a whole or not at all', () => {
  const { state, ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 1)])
  ledger.setIntent('raw', 0, { from: 0, to: 1, token: 't', known: new Uint8Array(0) })
  assert.throws(() =>
    state.transaction(() => {
      ledger.settle('raw', 0, 1, [outcome({ stored: 1 })])
      throw new Error('the power fails')
    })
  )
  assert.equal(ledger.report().pending, 1)
  assert.equal(ledger.committed('raw', 0), 0)
  assert.equal(ledger.intent('raw', 0)?.token, 't')
  assert.equal(ledger.arrivals('raw', 0, 0, 9).length, 1)
})

test('arrivals are known until they are settled', () => {
  const { ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 3), arrival(1, 4, { source: 'b' }), arrival(2, 5)])
  assert.deepEqual(
    ledger.arrivals('raw', 0, 1, 3).map(({ offset, source, records }) => [offset, source, records]),
    [
      [1, 'b', 4],
      [2, 'eve.json', 5]
    ]
  )
  ledger.settle('raw', 0, 2, [])
  assert.deepEqual(
    ledger.arrivals('raw', 0, 0, 9).map(({ offset }) => offset),
    [2]
  )
})

test("a run's own ledger", () => {
  const { ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 3), arrival(1, 4, { run: 'r2' })])
  ledger.settle('raw', 0, 2, [
    outcome({ stored: 3 }),
    outcome({ run: 'r2', deadLettered: 4, reasons: { 'too long': 4 } })
  ])
  assert.deepEqual(ledger.report({ run: 'r1' }).totals, { received: 3, stored: 3, deadLettered: 0, duplicates: 0 })
  assert.deepEqual(ledger.report({ run: 'r1' }).sources[0]!.reasons, [])
  assert.deepEqual(ledger.report({ run: 'r2' }).sources[0]!.reasons, [{ reason: 'too long', count: 4 }])
  assert.equal(ledger.report({ run: 'r3' }).sources.length, 0)
  assert.equal(ledger.report().totals.received, 7)
})

test('hour by hour', () => {
  const { ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 3), arrival(1, 4, { hour: hour + 1 })])
  ledger.settle('raw', 0, 2, [outcome({ stored: 3 }), outcome({ hour: hour + 1, stored: 2, duplicates: 2 })])
  assert.deepEqual(ledger.hours(hour + 1), [
    { hour: hour + 1, counts: { received: 4, stored: 2, deadLettered: 0, duplicates: 2 } }
  ])
  assert.equal(ledger.hours(0).length, 2)
  assert.equal(ledger.report({ sinceHour: hour + 1 }).totals.received, 4)
})

test('too many different reasons are counted together', () => {
  const { ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 200)])
  const reasons = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`reason ${i}`, 1]))
  ledger.settle('raw', 0, 1, [outcome({ deadLettered: 100, reasons })])
  ledger.settle('raw', 0, 1, [outcome({ deadLettered: 100, reasons })])
  const [source] = ledger.report().sources
  assert.equal(source!.reasons[0]!.reason, 'other reasons')
  assert.equal(source!.reasons[0]!.count, 100)
  assert.ok(source!.reasons.length <= 10)
})

test('dead letters that are replayed leave the dead, the newest hours first', () => {
  const { ledger } = opened()
  ledger.arrived('raw', 0, [arrival(0, 5), arrival(1, 5, { hour: hour + 1 })])
  ledger.settle('raw', 0, 2, [outcome({ deadLettered: 5 }), outcome({ hour: hour + 1, deadLettered: 4, stored: 1 })])
  ledger.replayed('eve.json', 'suricata', 6)
  assert.deepEqual(ledger.report().totals, { received: 4, stored: 1, deadLettered: 3, duplicates: 0 })
  assert.deepEqual(
    ledger.hours(0).map(({ counts }) => counts.deadLettered),
    [3, 0]
  )
  assert.equal(ledger.report().pending, 0)
})

test('odd names are names', () => {
  const { ledger } = opened()
  const names = ["'; DROP TABLE ledger; --", '__proto__', '', 'ä\u0001\ud83d\ude00', 'a\nb']
  ledger.arrived(
    'raw',
    0,
    names.map((source, i) => arrival(i, 1, { source, format: source }))
  )
  ledger.settle(
    'raw',
    0,
    names.length,
    names.map(name => outcome({ source: name, format: name, deadLettered: 1, reasons: JSON.parse(`{"__proto__": 1}`) }))
  )
  const { sources, pending } = ledger.report()
  assert.equal(pending, 0)
  assert.deepEqual(sources.map(({ source }) => source).sort(), [...names].sort())
})

test('a disk that is full is the world’s fault, and can be tried again', () => {
  const { state, ledger } = opened()
  state.db.exec('PRAGMA max_page_count = 1')
  const many = Array.from({ length: 5000 }, (_, i) => arrival(i, 1, { source: `source ${i} ${'x'.repeat(200)}` }))
  assert.throws(
    () => ledger.arrived('raw', 0, many),
    error => error instanceof PicketError && error.code === 'ledger-write' && error.retryable
  )
  assert.equal(ledger.report().totals.received, 0)
  assert.equal(ledger.arrivedUpTo('raw', 0), 0)
  state.db.exec('PRAGMA max_page_count = 1000000')
  ledger.arrived('raw', 0, many)
  assert.equal(ledger.report().totals.received, 5000)
})

test('the totals are the sum of what was told, however it came', () => {
  const part = fc.record({
    source: fc.constantFrom('a', 'b'),
    format: fc.constantFrom('x', 'y'),
    run: fc.constantFrom('', 'r'),
    hour: fc.constantFrom(1, 2),
    stored: fc.nat(5),
    deadLettered: fc.nat(5),
    duplicates: fc.nat(5)
  })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), fc.nat(20), (parts, settledParts) => {
      const { ledger } = opened()
      const sums = { received: 0, stored: 0, deadLettered: 0, duplicates: 0 }
      for (const [offset, { stored, deadLettered, duplicates, ...where }] of parts.entries()) {
        ledger.arrived('raw', 0, [{ ...where, offset, records: stored + deadLettered + duplicates }])
        sums.received += stored + deadLettered + duplicates
        if (offset >= settledParts) continue
        ledger.settle('raw', 0, offset + 1, [{ ...where, stored, deadLettered, duplicates, reasons: {} }])
        sums.stored += stored
        sums.deadLettered += deadLettered
        sums.duplicates += duplicates
      }
      const { totals, pending, sources } = ledger.report()
      assert.deepEqual(totals, sums)
      assert.equal(pending, sums.received - sums.stored - sums.deadLettered - sums.duplicates)
      for (const key of ['received', 'stored', 'deadLettered', 'duplicates'] as const) {
        assert.equal(
          sources.reduce((sum, source) => sum + source[key], 0),
          sums[key]
        )
        assert.equal(
          ledger.hours(0).reduce((sum, { counts }) => sum + counts[key], 0),
          sums[key]
        )
      }
    }),
    { numRuns: 60 }
  )
})
