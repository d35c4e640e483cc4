/** Sliding windows in the store against the obvious evaluator: random events, some of them old, all kinds and bounds, chains. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { heartbeatSource } from '../core/detection.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoText } from '../core/time.ts'
import { equals } from '../filter/expression.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import { evaluateWindows, type PlacedEvent } from '../testing/correlation-evaluator.ts'
import { hasEngine, type RealStore, realStore } from '../testing/real-store.ts'
import type { Bound } from './bound.ts'
import { Statement } from './hits-sql.ts'
import { type Base, type RuleCondition, type Windowed, type WindowedKind, windowedKinds } from './windowed.ts'
import { windowedSql } from './windowed-sql.ts'

let real: RealStore
before(async () => {
  if (hasEngine()) real = await realStore()
})
after(async () => {
  await real?.[Symbol.asyncDispose]()
})

const second = 1_000_000
const startUs = Date.UTC(2026, 0, 1) * 1000

type Sketch = {
  readonly at: number
  readonly action: string
  readonly ip: string | undefined
  readonly user: string | undefined
  readonly bytes: number | undefined
  readonly old: boolean
}

function placed({ at, action, ip, user, bytes, old }: Sketch, id: number): PlacedEvent {
  const timeUs = startUs + at * second
  const event: EcsEvent = {
    '@timestamp': `${isoText(timeUs, 6)}Z`,
    event: { action },
    ...(ip === undefined ? {} : { source: { ip, ...(bytes === undefined ? {} : { bytes }) } }),
    ...(user === undefined ? {} : { user: { name: user } })
  }
  return { event, timeUs, id, old }
}

let fills = 0
async function fill(events: readonly PlacedEvent[]): Promise<void> {
  await real.clear()
  const encoder = new EventEncoder()
  for (const old of [true, false]) {
    const some = events.filter(event => event.old === old)
    if (some.length === 0) continue
    encoder.begin(old ? 5 : 10)
    for (const { event, timeUs, id } of some) {
      encoder.add({
        event,
        timeUs,
        kind: '',
        source: 'labels' in event ? heartbeatSource : 'test',
        format: 'test',
        receivedMs: 1_700_000_000_000,
        idHigh: 0,
        idLow: id,
        text: 'x',
        bytes: Buffer.from('x'),
        start: 0,
        end: 1,
        json: undefined,
        tokens: false,
        undated: false
      })
    }
    await real.store.insert(encoder.finish(), `windows-${fills++}`)
  }
}

const clocks = {
  fromUs: startUs - 1000 * second,
  toUs: startUs + 1000 * second,
  overUs: startUs + 30 * second,
  overSeenUs: startUs + 15 * second
}

async function ask(windowed: Windowed, more: object = {}) {
  const statement = new Statement({ table: 'picket.events' })
  const about = { ...clocks, seen: 5, committed: 10, groupsMax: 1000, samplesMax: 1000, ...more }
  const sql = windowedSql(windowed, about, statement)
  let answer: Awaited<ReturnType<typeof real.store.table>>
  try {
    answer = await real.store.table(sql, statement.params)
  } catch (error) {
    throw new Error(`${String(error)}\n${sql}`)
  }
  const width = windowed.groupBy.length
  return answer.rows
    .map(row => ({
      test: row[0],
      group: JSON.stringify(row.slice(1, 1 + width)),
      count: Number(row[1 + width]),
      firstUs: Number(row[2 + width]),
      lastUs: Number(row[3 + width]),
      peak: Number(row[4 + width]),
      ids: (row[5 + width] as string[]).map(Number).toSorted((a, b) => a - b)
    }))
    .toSorted((a, b) => (a.group < b.group ? -1 : 1))
}

const action = (name: string): Base['of'] => ({ kind: 'events', expression: equals('event.action', name) })

function base(name: string, of: Base['of'], value: string): Base {
  return { name, of, keys: [['source.ip']], values: [[value]] }
}

const sketches = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 40 }),
    action: fc.constantFrom('a', 'b', 'c'),
    ip: fc.constantFrom('10.0.0.1', '10.0.0.2', undefined),
    user: fc.constantFrom('u', 'v', 'w', 'x', undefined),
    bytes: fc.constantFrom(1, 2, 5, 10, undefined),
    old: fc.boolean()
  }),
  { maxLength: 25 }
)

const number = fc.integer({ min: 1, max: 5 })
const bounds: fc.Arbitrary<Bound> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ gte: number }) },
  fc.record({ gt: number }),
  fc.record({ lt: number }),
  fc.record({ lte: number }),
  fc.record({ eq: number }),
  fc.record({ gte: fc.constant(2), lte: number })
)

const counted = (kind: WindowedKind): string => (kind === 'value_count' ? 'user.name' : 'source.bytes')

const simple = fc
  .record({
    kind: fc.constantFrom(...windowedKinds),
    span: fc.integer({ min: 0, max: 12 }),
    bound: bounds,
    rules: fc.constantFrom(['a'], ['a', 'b'], ['a', 'b', 'c'], ['c', 'a']),
    percentile: fc.constantFrom(0, 25, 90, 100)
  })
  .map(
    ({ kind, span, bound, rules, percentile }): Windowed => ({
      kind,
      bases: rules.map(name => base(name, action(name), counted(kind))),
      groupBy: ['source.ip'],
      spanUs: span * second,
      bound,
      percentile
    })
  )

const check = async (windowed: Windowed, list: readonly Sketch[]): Promise<void> => {
  const events = list.map(placed)
  await fill(events)
  const found = await ask(windowed)
  const expected = evaluateWindows(windowed, events, clocks)
  assert.deepEqual(
    found.map(({ group, ids, count }) => ({ group, ids, count })),
    expected.map(({ group, ids }) => ({ group, ids, count: ids.length }))
  )
}

test('windows: the store finds what the obvious evaluator finds', {
  skip: !hasEngine(),
  timeout: 280_000
}, async () => {
  await fc.assert(fc.asyncProperty(simple, sketches, check), { numRuns: 50 })
})

const chained = fc
  .record({
    kind: fc.constantFrom<WindowedKind>('temporal', 'temporal_ordered', 'event_count', 'value_count', 'value_sum'),
    innerKind: fc.constantFrom<WindowedKind>('event_count', 'value_count', 'temporal', 'value_avg'),
    span: fc.integer({ min: 1, max: 12 }),
    innerSpan: fc.integer({ min: 1, max: 6 }),
    bound: fc.record({ gte: fc.integer({ min: 1, max: 2 }) }),
    innerBound: fc.record({ gte: fc.integer({ min: 1, max: 3 }) })
  })
  .map(({ kind, innerKind, span, innerSpan, bound, innerBound }): Windowed => {
    const inner: Windowed = {
      kind: innerKind,
      bases: ['a', 'b'].map(name => ({
        name,
        of: action(name),
        keys: [['source.ip']],
        values: [[counted(innerKind)]]
      })),
      groupBy: ['source.ip'],
      spanUs: innerSpan * second,
      bound: innerBound
    }
    const outerBase = (name: string, of: Base['of']): Base => ({
      name,
      of,
      keys: [['user.name']],
      values: [[kind === 'value_count' ? 'source.ip' : 'source.bytes']]
    })
    return {
      kind,
      bases: [outerBase('many', { kind: 'windowed', windowed: inner }), outerBase('c', action('c'))],
      groupBy: ['user.name'],
      spanUs: span * second,
      bound
    }
  })

// Of moments of one time any of the equals may stand for all: their times are made different.
const apart = sketches.map(list => list.map((sketch, i) => ({ ...sketch, at: sketch.at + i / 1000 })))

test('chains: windows over the moments of other windows', { skip: !hasEngine(), timeout: 280_000 }, async () => {
  await fc.assert(fc.asyncProperty(chained, apart, check), { numRuns: 25 })
})

const rule = (base: number): RuleCondition => ({ kind: 'rule', base })
const conditions: readonly RuleCondition[] = [
  { kind: 'and', of: [rule(0), { kind: 'not', of: rule(1) }] },
  { kind: 'or', of: [{ kind: 'and', of: [rule(0), rule(1)] }, rule(2)] },
  { kind: 'and', of: [rule(2), { kind: 'not', of: { kind: 'or', of: [rule(0), rule(1)] } }] }
]

const withRules = fc.record({ span: fc.integer({ min: 0, max: 12 }), rules: fc.constantFrom(...conditions) }).map(
  ({ span, rules }): Windowed => ({
    kind: 'temporal',
    bases: ['a', 'b', 'c'].map(name => base(name, action(name), 'user.name')),
    groupBy: ['source.ip'],
    spanUs: span * second,
    bound: {},
    rules
  })
)

test('rules that must and must not be there together', { skip: !hasEngine(), timeout: 280_000 }, async () => {
  await fc.assert(fc.asyncProperty(withRules, sketches, check), { numRuns: 25 })
})

const burst: Windowed = {
  kind: 'event_count',
  bases: [base('a', action('a'), 'user.name')],
  groupBy: ['source.ip'],
  spanUs: 10 * second,
  bound: { gte: 3 }
}
const sketch = (at: number, old: boolean, ip = '10.0.0.1'): Sketch => ({
  at,
  action: 'a',
  ip,
  user: 'u',
  bytes: 1,
  old
})

test('edges: events as far apart as the window is long are in one; a microsecond more is too much', {
  skip: !hasEngine()
}, async () => {
  await fill([sketch(0, false), sketch(5, false), sketch(10, false)].map(placed))
  const [found] = await ask(burst)
  assert.deepEqual(found?.ids, [0, 1, 2])
  assert.equal(found?.firstUs, startUs)
  assert.equal(found?.lastUs, startUs + 10 * second)
  assert.equal(found?.peak, 3)
  await fill([sketch(0, false), sketch(5, false), sketch(10.000001, false)].map(placed))
  assert.deepEqual(await ask(burst), [])
})

test('a late event brings out what it completes, once', { skip: !hasEngine() }, async () => {
  await fill([sketch(0, true), sketch(5, false), sketch(10, true)].map(placed))
  assert.deepEqual((await ask(burst))[0]?.ids, [0, 1, 2])
  // All were there: nothing is new.
  assert.deepEqual(await ask(burst, { seen: 10 }), [])
  // The alert was raised before: only what is new is added.
  await fill([sketch(0, true), sketch(5, true), sketch(10, true), sketch(12, false)].map(placed))
  assert.deepEqual((await ask(burst))[0]?.ids, [3])
})

test('the groups in slices are the groups', { skip: !hasEngine() }, async () => {
  const ips = Array.from({ length: 20 }, (_, i) => `10.0.1.${i}`)
  await fill(ips.flatMap(ip => [1, 2, 3].map(at => sketch(at, false, ip))).map(placed))
  const whole = await ask(burst)
  const sliced = [0, 1, 2, 3].map(number => ask(burst, { slice: { number, of: 4 } }))
  const parts = (await Promise.all(sliced)).flat()
  assert.equal(whole.length, 20)
  assert.deepEqual(parts.map(({ group }) => group).toSorted(), whole.map(({ group }) => group).toSorted())
  // Those that are not given are counted.
  assert.equal((await ask(burst, { groupsMax: 5 })).length, 5)
})

test('what the heartbeat sends is apart from what is real', { skip: !hasEngine() }, async () => {
  const events = [sketch(0, false), sketch(1, false), sketch(2, false)].map(placed)
  const [first] = events
  await fill([{ ...first!, event: { ...first!.event, labels: { picket_heartbeat: 'run' } } }, ...events.slice(1)])
  assert.deepEqual(await ask(burst), [])
  await fill(events.map(event => ({ ...event, event: { ...event.event, labels: { picket_heartbeat: 'run' } } })))
  assert.equal((await ask(burst))[0]?.test, 1)
})
