import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Found } from '../intel/indicator.ts'
import { intelChange, memoryIntel, openIntel } from './intel.ts'
import { allowListsInForce, keepAllowList, listAllowLists, removeAllowList, switchAllowList } from './intel-allow.ts'
import { addFeed, changeFeed, feedOf, noteRun } from './intel-feeds.ts'
import {
  eachIndicator,
  indicatorsOf,
  keepFound,
  readIndicators,
  removeExpired,
  removeIndicator,
  removeSome,
  searchIndicators
} from './intel-indicators.ts'
import { keepPeerSightings, listPeerSightings } from './intel-peers.ts'
import { Snapshot } from './intel-snapshot.ts'
import { addSightings, listSightings, pruneSightings, sightingSums } from './sightings.ts'
import { memoryState } from './state.ts'

const domain = (value: string, more: Partial<Found> = {}): Found => ({ type: 'domain', value, ...more })

function withFeed(settings: Record<string, unknown> = { kind: 'list' }, name = 'list') {
  const intel = memoryIntel()
  const feed = addFeed(intel, { name, settings, enabled: true, by: 'test' }, 1000)!
  return { intel, feed: feed.id }
}

function replace(intel: ReturnType<typeof memoryIntel>, feed: number, founds: Found[], nowMs: number, cursor = {}) {
  const snapshot = new Snapshot(intel, feed)
  try {
    snapshot.add(founds)
    const steps = snapshot.apply(nowMs, cursor)
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  } finally {
    snapshot.close()
  }
}

const values = (intel: ReturnType<typeof memoryIntel>, nowMs = 0) =>
  [...eachIndicator(intel, nowMs)].map(each => each.value).sort()

test('a list is replaced by what it says now; what stays keeps its number, what is new has a higher one', () => {
  const { intel, feed } = withFeed()
  assert.deepEqual(replace(intel, feed, [domain('a.example'), domain('b.example'), domain('a.example')], 2000), {
    added: 2,
    removed: 0,
    changed: 0
  })
  const [a] = indicatorsOf(intel, 'domain', 'a.example')
  const before = intelChange(intel)
  const { seq: newest } = readIndicators(intel, { limit: 10 }).at(-1)!
  assert.deepEqual(
    replace(intel, feed, [domain('a.example', { level: 'high' }), domain('c.example')], 3000, { etag: 'x' }),
    {
      added: 1,
      removed: 1,
      changed: 1
    }
  )
  assert.ok(intelChange(intel) > before)
  assert.deepEqual(values(intel), ['a.example', 'c.example'])
  const [again] = indicatorsOf(intel, 'domain', 'a.example')
  assert.equal(again!.seq, a!.seq)
  assert.equal(again!.id, a!.id)
  assert.equal(again!.level, 'high')
  assert.equal(again!.seenMs, 3000)
  assert.deepEqual(
    readIndicators(intel, { afterSeq: newest, limit: 10 }).map(each => each.value),
    ['c.example']
  )
  const after = feedOf(intel, feed)!
  assert.deepEqual([after.indicators, after.cursor, after.fetchedMs], [2, { etag: 'x' }, 3000])
  assert.deepEqual(replace(intel, feed, [], 4000), { added: 0, removed: 2, changed: 0 })
})

test('replacing in many steps is the same as in one, and others write between the steps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-intel-'))
  try {
    const intel = openIntel(folder)
    const other = openIntel(folder)
    const feed = addFeed(intel, { name: 'long', settings: { kind: 'list' }, enabled: true, by: 'test' }, 0)!.id
    const all = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => domain(`d${from + at}.example`))
    replace(intel, feed, all(0, 45_000), 1)
    const snapshot = new Snapshot(intel, feed)
    snapshot.add(all(30_000, 90_000))
    let steps = 0
    const applying = snapshot.apply(2, {})
    let result = applying.next()
    for (; !result.done; result = applying.next()) {
      steps++
      // Fails with `database is locked` if the snapshot held the lock between its steps.
      addFeed(other, { name: `n${steps}`, settings: {}, enabled: true, by: 'test' }, 0)
    }
    snapshot.close()
    assert.ok(steps > 4, `${steps} steps`)
    assert.deepEqual(result.value, { added: 45_000, removed: 30_000, changed: 0 })
    assert.equal(feedOf(other, feed)!.indicators, 60_000)
    assert.equal([...eachIndicator(other, 0)].length, 60_000)
    assert.equal(searchIndicators(other, { prefix: 'd29999.', limit: 5 }).length, 0)
    assert.equal(searchIndicators(other, { prefix: 'd89999.', limit: 5 }).length, 1)
    other.close()
    intel.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the newest version of an object stands, in whatever order versions come, and a revoked one stays away', () => {
  const id = 'indicator--1'
  const versions: Found[][] = [
    [domain('one.example', { id, seenMs: 100 }), domain('two.example', { id, seenMs: 100 })],
    [domain('two.example', { id, seenMs: 200 }), domain('three.example', { id, seenMs: 200 })],
    [domain('', { id, seenMs: 300, revoked: true })]
  ]
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0]
  ]
  for (const order of orders) {
    const { intel, feed } = withFeed({ kind: 'taxii' })
    for (const index of order) keepFound(intel, feed, versions[index]!, 5000, { page: index })
    assert.deepEqual(values(intel), [], `${order}`)
    assert.equal(feedOf(intel, feed)!.indicators, 0)
  }
  for (const order of [
    [0, 1],
    [1, 0],
    [0, 1, 0, 1]
  ]) {
    const { intel, feed } = withFeed({ kind: 'taxii' })
    for (const index of order) keepFound(intel, feed, versions[index]!, 5000)
    assert.deepEqual(values(intel), ['three.example', 'two.example'], `${order}`)
    assert.equal(feedOf(intel, feed)!.indicators, 2)
  }
  // All on one page; and back after it was revoked.
  const { intel, feed } = withFeed({ kind: 'taxii' })
  assert.deepEqual(keepFound(intel, feed, versions.flat(), 5000, { next: 'x' }), { added: 0, removed: 0, changed: 0 })
  assert.deepEqual(feedOf(intel, feed)!.cursor, { next: 'x' })
  keepFound(intel, feed, [domain('back.example', { id, seenMs: 400 })], 6000)
  assert.deepEqual(values(intel), ['back.example'])
})

test('saying the same again adds nothing, and a feed that is off or an indicator that ended is not in force', () => {
  const { intel, feed } = withFeed({ kind: 'own', level: 'high', confidence: 80, labels: ['own'] })
  keepFound(intel, feed, [domain('a.example'), domain('b.example', { validUntilMs: 9000 })], 5000)
  assert.deepEqual(keepFound(intel, feed, [domain('a.example')], 6000), { added: 0, removed: 0, changed: 1 })
  assert.equal(indicatorsOf(intel, 'domain', 'a.example').length, 1)
  const [a] = indicatorsOf(intel, 'domain', 'a.example')
  assert.deepEqual([a!.level, a!.confidence, a!.labels, a!.source], ['high', 80, ['own'], 'list'])
  assert.deepEqual(values(intel, 8999), ['a.example', 'b.example'])
  assert.deepEqual(values(intel, 9000), ['a.example'])
  changeFeed(intel, feed, { enabled: false })
  assert.deepEqual(values(intel), [])
  changeFeed(intel, feed, { enabled: true })
  assert.equal(removeExpired(intel, 9001), 1)
  assert.equal(removeIndicator(intel, a!.seq), true)
  assert.equal(removeIndicator(intel, a!.seq), false)
  assert.equal(feedOf(intel, feed)!.indicators, 0)
  keepFound(intel, feed, [domain('x.example'), domain('y.example')], 7000)
  assert.equal(removeSome(intel, feed, 1), 1)
  assert.equal(removeSome(intel, feed), 1)
  assert.equal(removeSome(intel, feed), 0)
})

test('a failed run is told and leaves everything in force', () => {
  const { intel, feed } = withFeed()
  replace(intel, feed, [domain('a.example')], 2000)
  noteRun(intel, feed, { atMs: 3000, nextRunMs: 4000, problem: 'no answer', counts: {} })
  noteRun(intel, feed, { atMs: 4000, nextRunMs: 9000, problem: 'no answer', counts: {} })
  const failed = feedOf(intel, feed)!
  assert.deepEqual([failed.failures, failed.problem, failed.fetchedMs, failed.nextRunMs], [2, 'no answer', 2000, 9000])
  assert.deepEqual(values(intel), ['a.example'])
  noteRun(intel, feed, { atMs: 9000, fetchedMs: 9000, nextRunMs: 10_000, problem: '', counts: { read: 1 } })
  assert.deepEqual([feedOf(intel, feed)!.failures, feedOf(intel, feed)!.problem], [0, ''])
})

test('allow lists are kept by name, replaced whole, and stay off when they are off', () => {
  const intel = memoryIntel()
  const about = {
    feed: undefined,
    kind: 'string',
    description: '',
    version: '1',
    types: [],
    updatedMs: 1,
    by: 'x'
  } as const
  const list = keepAllowList(intel, { ...about, name: 'ours' }, ['a.example', 'b.example', 'a.example'])!
  assert.equal(list.entries, 2)
  switchAllowList(intel, list.id, false)
  const again = keepAllowList(intel, { ...about, name: 'ours', version: '2' }, ['c.example'])!
  assert.deepEqual([again.id, again.enabled, again.entries, again.version], [list.id, false, 1, '2'])
  assert.deepEqual(allowListsInForce(intel), [])
  switchAllowList(intel, list.id, true)
  assert.deepEqual(allowListsInForce(intel)[0]!.values, ['c.example'])
  assert.equal(removeAllowList(intel, list.id), true)
  assert.deepEqual(listAllowLists(intel), [])
})

test('sightings add up, and their sums tell what was seen of an indicator', () => {
  const state = memoryState()
  const seen = {
    id: 'indicator--1',
    type: 'domain',
    value: 'evil.example',
    source: 'list',
    field: 'dns.question.name'
  } as const
  const one = { ...seen, observed: 'a.evil.example', count: 2, firstUs: 50, lastUs: 60 }
  addSightings(state, [one], 1000)
  addSightings(state, [{ ...one, count: 3, firstUs: 10, lastUs: 20 }], 2000)
  addSightings(state, [{ ...one, observed: 'evil.example', count: 1, firstUs: 90, lastUs: 90 }], 3000)
  assert.deepEqual(
    listSightings(state, { limit: 10 }).map(each => [each.observed, each.count, each.firstUs, each.lastUs]),
    [
      ['evil.example', 1, 90, 90],
      ['a.evil.example', 5, 10, 60]
    ]
  )
  assert.equal(listSightings(state, { value: 'a.evil.example', limit: 10 }).length, 1)
  assert.equal(listSightings(state, { value: 'evil.example', limit: 10 }).length, 2)
  const [first] = listSightings(state, { limit: 1 })
  assert.equal(listSightings(state, { before: first!, limit: 10 }).length, 1)
  assert.deepEqual(sightingSums(state, 2500, 10), [
    { id: 'indicator--1', type: 'domain', value: 'evil.example', count: 6, firstUs: 10, lastUs: 90, updatedMs: 3000 }
  ])
  assert.deepEqual(sightingSums(state, 3001, 10), [])
  assert.equal(pruneSightings(state, 1), 1)
})

test('what peers tell of is kept in its newest version, with the value that it is about where that is known', () => {
  const { intel, feed } = withFeed({ kind: 'taxii' }, 'friends')
  const told = {
    id: 'sighting--1',
    indicator: 'indicator--1',
    who: 'Anna',
    versionMs: 5,
    count: 2,
    firstUs: 10,
    lastUs: 20
  }
  keepPeerSightings(intel, feed, [told], 1000)
  keepPeerSightings(intel, feed, [{ ...told, versionMs: 4, count: 1 }], 2000)
  assert.deepEqual(
    listPeerSightings(intel, { limit: 5 }).map(each => [each.count, each.value, each.source]),
    [[2, undefined, 'friends']]
  )
  keepFound(intel, feed, [domain('evil.example', { id: 'indicator--1', seenMs: 1 })], 3000)
  keepPeerSightings(intel, feed, [{ ...told, versionMs: 6, count: 9 }], 4000)
  assert.deepEqual(
    listPeerSightings(intel, { limit: 5 }).map(each => [each.count, each.value, each.who]),
    [[9, 'evil.example', 'Anna']]
  )
  keepPeerSightings(intel, feed, [{ ...told, versionMs: 7, revoked: true }], 5000)
  assert.deepEqual(listPeerSightings(intel, { limit: 5 }), [])
})

test('indicators are searched by beginning, type and feed, page by page', () => {
  const { intel, feed } = withFeed({ kind: 'own' })
  const other = addFeed(intel, { name: 'other', settings: { kind: 'own' }, enabled: true, by: 'test' }, 0)!.id
  keepFound(intel, feed, [domain('a1.example'), domain('a2.example'), { type: 'ip', value: '10.0.0.1' }], 1)
  keepFound(intel, other, [domain('a3.example'), domain('b1.example')], 2)
  const found = (ask: Partial<Parameters<typeof searchIndicators>[1]>) =>
    searchIndicators(intel, { limit: 10, ...ask }).map(({ value }) => value)
  assert.deepEqual(found({}), ['b1.example', 'a3.example', '10.0.0.1', 'a2.example', 'a1.example'])
  assert.deepEqual(found({ prefix: 'a' }), ['a3.example', 'a2.example', 'a1.example'])
  assert.deepEqual(found({ prefix: 'a', feed }), ['a2.example', 'a1.example'])
  assert.deepEqual(found({ prefix: 'a', feed: other, type: 'domain' }), ['a3.example'])
  assert.deepEqual(found({ type: 'ip' }), ['10.0.0.1'])
  assert.deepEqual(found({ type: 'ip', prefix: 'a' }), [])
  const [first] = searchIndicators(intel, { prefix: 'a', limit: 1 })
  assert.deepEqual(found({ prefix: 'a', beforeSeq: first!.seq }), ['a2.example', 'a1.example'])
  assert.deepEqual(found({ prefix: '%' }), [])
})
