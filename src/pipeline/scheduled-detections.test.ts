/**
 * Scheduled detections against a real engine: whatever order events come in, however often Picket is started anew, what the windows cover is
 * reported once. And: steps of the clock, a question that fails, baselines, first-seen values, beacons, silence.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { heartbeatSource } from '../core/detection.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoText } from '../core/time.ts'
import { readDeclared } from '../correlate/declared.ts'
import { memoryState, type State } from '../state/state.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import type { Store } from '../store/store.ts'
import { evaluateWindows } from '../testing/correlation-evaluator.ts'
import { hasEngine, type RealStore, realStore } from '../testing/real-store.ts'
import { openScheduledDetections, type ScheduledDetection, type ScheduledDetections } from './scheduled-detections.ts'

let real: RealStore
before(async () => {
  if (hasEngine()) real = await realStore()
})
after(async () => {
  await real?.[Symbol.asyncDispose]()
})

const skip = { skip: !hasEngine(), timeout: 280_000 }
const second = 1_000_000
const hour = 3_600 * second
const startUs = Date.UTC(2026, 2, 2) * 1000

type Given = { readonly atUs: number; readonly event: EcsEvent; readonly receivedMs?: number }

class World {
  readonly state: State = memoryState()
  wallMs = startUs / 1000 + 86_400_000
  steadyMs = 0
  committed = 0
  refuse = false
  readonly warnings: string[] = []
  #ids = 0
  #detections: ScheduledDetections | undefined
  readonly list: readonly ScheduledDetection[]

  constructor(list: readonly ScheduledDetection[]) {
    this.list = list
  }

  static async start(text: string): Promise<World> {
    await real.clear()
    const world = new World(detectionsOf(text))
    world.open()
    return world
  }

  open(): ScheduledDetections {
    const store: Pick<Store, 'table' | 'database' | 'search'> = {
      ...real.store,
      table: async (sql, params, options) => {
        if (this.refuse) throw new Error('the store is away')
        if (JSON.stringify(params).includes('wrong')) throw new Error('cannot be asked')
        return real.store.table(sql, params, options)
      }
    }
    this.#detections = openScheduledDetections({
      state: this.state,
      store,
      committed: () => this.committed,
      log: { info: () => {}, warn: (_, message) => this.warnings.push(message) },
      clock: { nowMs: () => this.wallMs, monotonicMs: () => this.steadyMs },
      tickMs: 0
    })
    this.#detections.use(this.list)
    return this.#detections
  }

  async restart(): Promise<void> {
    await this.#detections?.close()
    this.open()
  }

  run(): Promise<void> {
    return this.#detections!.run(true)
  }

  status() {
    return this.#detections!.status()
  }

  /** True time and the clock go on. */
  pass(ms: number): void {
    this.wallMs += ms
    this.steadyMs += ms
  }

  async add(events: readonly Given[]): Promise<number[]> {
    const encoder = new EventEncoder()
    this.committed++
    encoder.begin(this.committed)
    const ids: number[] = []
    for (const { atUs, event, receivedMs } of events) {
      ids.push(++this.#ids)
      encoder.add({
        event: { '@timestamp': `${isoText(atUs, 6)}Z`, ...event },
        timeUs: atUs,
        kind: '',
        source: 'labels' in event ? heartbeatSource : 'test',
        format: 'test',
        receivedMs: receivedMs ?? this.wallMs,
        idHigh: 0,
        idLow: this.#ids,
        text: 'x',
        bytes: Buffer.from('x'),
        start: 0,
        end: 1,
        json: undefined,
        tokens: false,
        undated: false
      })
    }
    if (events.length > 0) await real.store.insert(encoder.finish(), `world-${Math.random()}`)
    return ids
  }

  alerts(): { entity: Record<string, string>; count: number; summary: string; samples: number; test: number }[] {
    return this.state.db
      .prepare(
        `SELECT entity, count, summary, test, (SELECT count(*) FROM alert_samples WHERE alert = alerts.id) AS samples
         FROM alerts ORDER BY entity, id`
      )
      .all()
      .map(row => ({
        entity: Object.fromEntries(Object.entries(JSON.parse(String(row['entity'])) as Record<string, string>)),
        count: Number(row['count']),
        summary: String(row['summary']),
        samples: Number(row['samples']),
        test: Number(row['test'])
      }))
  }
}

function detectionsOf(text: string): ScheduledDetection[] {
  const { declared, diagnostics } = readDeclared([{ path: 'own/test.yml', text }])
  assert.deepEqual(diagnostics, [])
  return declared.map(({ id, version, title, level, tags, ask, filter, everyMs }) => ({
    summary: { id, version, kind: 'threshold', title, level, tags },
    ask,
    filter,
    everyMs
  }))
}

const failures = `
title: Failures
id: failures
filter: event.action:fail
threshold: { group-by: [source.ip], timespan: 10s, condition: { gte: 3 } }
`
const fail = (at: number, ip = '10.0.0.1'): Given => ({
  atUs: startUs + at * second,
  event: { event: { action: 'fail' }, source: { ip } }
})

test('a burst becomes an alert with its events; what goes on is added to it', skip, async () => {
  const world = await World.start(failures)
  await world.add([fail(0), fail(1)])
  await world.run()
  assert.deepEqual(world.alerts(), [])
  await world.add([fail(2)])
  await world.run()
  await world.run()
  const [alert, ...others] = world.alerts()
  assert.deepEqual(others, [])
  assert.deepEqual(
    { ...alert, summary: '' },
    { entity: { 'source.ip': '10.0.0.1' }, count: 3, summary: '', samples: 3, test: 0 }
  )
  assert.equal(alert?.summary, '3 events within 10 seconds (asked for: at least 3)')
  await world.add([fail(4), fail(5), fail(5, '10.0.0.2')])
  await world.run()
  assert.deepEqual(
    world.alerts().map(({ count }) => count),
    [5]
  )
})

const arrivals = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 90 }),
    ip: fc.constantFrom('10.0.0.1', '10.0.0.2'),
    next: fc.constantFrom('go on', 'go on', 'run', 'commit', 'restart', 'clock back', 'clock ahead', 'store away')
  }),
  { maxLength: 30 }
)

test('no alert lost, none twice: any order, restarts, clock steps, a store that goes away', skip, async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async list => {
      const world = await World.start(failures)
      let batch: Given[] = []
      const all: Given[] = []
      for (const { at, ip, next } of list) {
        batch.push(fail(at, ip))
        if (next === 'go on') continue
        all.push(...batch)
        await world.add(batch)
        batch = []
        if (next === 'clock back') world.wallMs -= 86_400_000
        if (next === 'clock ahead') world.wallMs += 400 * 86_400_000
        if (next === 'restart') await world.restart()
        world.refuse = next === 'store away'
        if (next !== 'commit') await world.run()
        world.refuse = false
      }
      all.push(...batch)
      await world.add(batch)
      await world.run()
      const [{ ask }] = world.list as [ScheduledDetection]
      assert.ok(ask.kind === 'windowed')
      const events = all.map(({ atUs, event }, id) => ({ timeUs: atUs, event, id, old: false }))
      const clocks = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER, overUs: 0, overSeenUs: 0 }
      const expected = evaluateWindows(ask.windowed, events, clocks)
      const found = new Map<string, number>()
      for (const { entity, count } of world.alerts()) {
        const key = JSON.stringify(Object.values(entity))
        found.set(key, (found.get(key) ?? 0) + count)
      }
      assert.deepEqual([...found].toSorted(), expected.map(({ group, ids }) => [group, ids.length] as const).toSorted())
    }),
    { numRuns: 12 }
  )
})

test('rows that are stored but not settled wait: they are not seen by halves', skip, async () => {
  const world = await World.start(failures)
  await world.add([fail(0), fail(1), fail(2)])
  const { committed } = world
  world.committed = committed - 1
  await world.run()
  assert.deepEqual(world.alerts(), [])
  world.committed = committed
  await world.run()
  assert.equal(world.alerts()[0]?.count, 3)
})

test('a crash before the watermark is written: the same is found again, once', skip, async () => {
  const world = await World.start(failures)
  await world.add([fail(0), fail(1), fail(2)])
  const { transaction } = world.state
  let crashes = 0
  Object.assign(world.state, {
    transaction: (fn: () => unknown) =>
      transaction(() => {
        const result = fn()
        if (crashes++ === 0) throw new Error('power cut')
        return result
      })
  })
  await world.run()
  assert.ok(crashes > 0)
  Object.assign(world.state, { transaction })
  assert.deepEqual(world.alerts(), [])
  await world.restart()
  await world.run()
  await world.run()
  assert.deepEqual(
    world.alerts().map(({ count }) => count),
    [3]
  )
})

test('one that fails is told, catches up, and does not stop the others', skip, async () => {
  const world = await World.start(
    `${failures}---\ntitle: Wrong\nid: wrong\nfilter: event.action:wrong\nthreshold: { timespan: 5s, condition: { gt: 1 } }\n`
  )
  await world.add([fail(0), fail(1), fail(2)])
  await world.run()
  assert.equal(world.alerts()[0]?.count, 3)
  assert.match(world.status().find(({ rule }) => rule === 'wrong')?.problem ?? '', /cannot be asked/)
  assert.deepEqual(world.warnings, ['a detection failed; it is tried again and misses nothing'])
})

test('fewer than so many is judged when the time is over', skip, async () => {
  const world = await World.start(failures.replace('gte: 3', 'lt: 3'))
  const now = world.wallMs * 1000
  const at = (us: number, ip: string): Given => ({ ...fail(0, ip), atUs: us })
  await world.add([
    at(now, '10.0.0.1'),
    at(now, '10.0.0.2'),
    at(now + second, '10.0.0.2'),
    at(now + 2 * second, '10.0.0.2')
  ])
  await world.run()
  assert.deepEqual(world.alerts(), [])
  world.pass(120_000)
  await world.run()
  await world.run()
  assert.deepEqual(
    world.alerts().map(({ entity, count }) => [entity['source.ip'], count]),
    [['10.0.0.1', 1]]
  )
})

test('the heartbeat raises an alert of its own', skip, async () => {
  const world = await World.start(failures)
  const mark = (given: Given): Given => ({ ...given, event: { ...given.event, labels: { picket_heartbeat: 'run 1' } } })
  await world.add([mark(fail(0)), mark(fail(1)), mark(fail(2)), fail(3)])
  await world.run()
  assert.deepEqual(
    world.alerts().map(({ count, test: isTest }) => [count, isTest]),
    [[3, 1]]
  )
})

test('a baseline: quiet during the warm-up, above its norm once a stretch', skip, async () => {
  const world = await World.start(`
title: Many logins
id: logins
filter: event.action:login
baseline: { group-by: [host.name], every: 1h, compare-with: hour-of-day, history: 28d, warm-up: 4, floor: 20 }
`)
  const login = (dayNumber: number, n: number, host: string): Given[] =>
    Array.from({ length: n }, (_, i) => ({
      atUs: startUs + dayNumber * 24 * hour + 9 * hour + i * second,
      event: { event: { action: 'login' }, host: { name: host } }
    }))
  for (const [day, n] of [10, 12, 9, 11, 10, 13].entries()) await world.add(login(day, n, 'usual'))
  await world.add([...login(4, 100, 'new'), ...login(5, 100, 'new')])
  await world.run()
  assert.deepEqual(world.alerts(), [])
  await world.add([...login(6, 25, 'usual'), ...login(6, 100, 'new')])
  await world.run()
  assert.deepEqual(world.alerts(), [])
  await world.add(login(6, 40, 'usual').map(({ atUs, event }) => ({ atUs: atUs + 60 * second, event })))
  await world.run()
  await world.run()
  const [alert, ...others] = world.alerts()
  assert.deepEqual(others, [])
  assert.deepEqual(alert?.entity, { 'host.name': 'usual' })
  assert.match(alert?.summary ?? '', /^65 events within 1 hour; usual are 11, at most 3\d$/)
})

test('a value never seen before: learnt from what is stored, per user, and told once', skip, async () => {
  const text = `
title: New country
id: country
filter: event.action:login
first-seen: { value: [source.geo.country_iso_code], for: [user.name], learn: 7d, forget: 90d }
`
  await real.clear()
  const world = new World(detectionsOf(text))
  const dayUs = 24 * hour
  world.wallMs = (startUs + 30 * dayUs) / 1000
  const login = (day: number, user: string, country: string): Given => ({
    atUs: startUs + day * dayUs,
    event: { event: { action: 'login' }, user: { name: user }, source: { geo: { country_iso_code: country } } }
  })
  await world.add([login(1, 'anna', 'FR'), login(2, 'anna', 'DE'), login(29, 'new', 'FR')])
  world.open()
  await world.run()
  await world.add([login(30, 'anna', 'FR'), login(30, 'new', 'US')])
  await world.run()
  assert.deepEqual(world.alerts(), [])
  await world.add([login(30, 'anna', 'BR'), login(30, 'anna', 'BR')])
  await world.restart()
  await world.run()
  await world.add([login(31, 'anna', 'BR')])
  await world.run()
  assert.deepEqual(
    world.alerts().map(({ entity, count, samples }) => ({ entity, count, samples })),
    [{ entity: { 'user.name': 'anna', 'source.geo.country_iso_code': 'BR' }, count: 2, samples: 1 }]
  )
})

test('a beacon: regular contacts, not irregular ones', skip, async () => {
  const world = await World.start(`
title: Beacon
id: beacon
filter: event.category:network
beacon: { contacts: 10, jitter: 0.1 }
`)
  const contact = (atUs: number, ip: string): Given => ({
    atUs,
    event: { event: { category: ['network'] }, source: { ip }, destination: { ip: '192.0.2.1', port: 443 } }
  })
  const regular = Array.from({ length: 20 }, (_, i) =>
    contact(startUs + i * 300 * second + (i % 3) * second, '10.0.0.1')
  )
  const irregular = Array.from({ length: 20 }, (_, i) => contact(startUs + i * i * 30 * second, '10.0.0.2'))
  await world.add([...regular, ...irregular])
  await world.run()
  await world.add([contact(startUs + 20 * 300 * second, '10.0.0.1')])
  await world.run()
  const alerts = world.alerts()
  assert.equal(alerts.length, 1)
  assert.deepEqual(alerts[0]?.entity, {
    'source.ip': '10.0.0.1',
    'destination.ip': '192.0.2.1',
    'destination.port': '443'
  })
  assert.match(alerts[0]?.summary ?? '', /^20 contacts, one every 301 seconds/)
})

const silence = `
title: Source silent
id: silent
silence: { longer-than: 1h, seen-within: 7d }
`

test('silence: told once, not while Picket was off, not where the clock jumps', skip, async () => {
  const world = await World.start(silence)
  await world.add([fail(0)])
  world.pass(30 * 60_000)
  await world.run()
  // A step ahead is no silence.
  world.wallMs += 5 * 3_600_000
  await world.run()
  assert.deepEqual(world.alerts(), [])
  // Nor is the time in which nobody listened.
  world.wallMs += 5 * 3_600_000
  await world.restart()
  await world.run()
  assert.deepEqual(world.alerts(), [])
  world.pass(40 * 60_000)
  await world.run()
  await world.run()
  assert.equal(world.alerts().length, 1)
  assert.deepEqual(world.alerts()[0]?.entity, { 'picket.source': 'test' })
  assert.equal(world.alerts()[0]?.count, 1)
  // Nor does a clock a year ahead make it forget who was there.
  world.wallMs += 400 * 86_400_000
  await world.run()
  // It speaks again and falls silent again: that is added.
  await world.add([fail(1)])
  world.pass(90 * 60_000)
  await world.run()
  assert.equal(
    world.alerts().reduce((sum, { count }) => sum + count, 0),
    2
  )
})
