import assert from 'node:assert/strict'
import { get } from 'node:http'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { StoredBatch } from '../pipeline/pipeline.ts'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { facetRoutes } from './facets.ts'
import { histogramRoutes } from './histogram.ts'
import type { QueryDeps } from './queries.ts'
import { searchRoutes } from './search.ts'
import { tailRoutes } from './tail.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const query = (path: string, parts: Record<string, string | number>): string =>
  `${path}?${new URLSearchParams(Object.entries(parts).map(([name, value]) => [name, String(value)]))}`

test('events in both orders, one event, and its neighbours', { skip }, async () => {
  await using search = await testSearch(deps => [searchRoutes(deps)])
  await search.store(
    Array.from({ length: 9 }, (_, i) => ({ message: `m${i}`, event: { dataset: i % 2 ? 'odd' : 'even' } }))
  )
  const ask = async (path: string) => (await search.server.call('GET', path, undefined, search.viewer)).json
  const messages = (events: { document: { message: string } }[]) =>
    events.map(event => event.document.message).join(' ')
  const newest = await ask(query('/api/search', { limit: 4 }))
  assert.equal(messages(newest.events), 'm8 m7 m6 m5')
  const oldest = await ask(query('/api/search', { limit: 4, order: 'asc' }))
  assert.equal(messages(oldest.events), 'm0 m1 m2 m3')
  const next = await ask(query('/api/search', { limit: 4, order: 'asc', cursor: oldest.cursor }))
  assert.equal(messages(next.events), 'm4 m5 m6 m7')

  const { id, timeMs } = next.events[0]
  for (const path of [`/api/events/${id}`, `/api/events/${id}?at=${timeMs}`, `/api/events/${id}?at=1`])
    assert.equal((await ask(path)).document.message, 'm4', path)
  const around = await ask(query(`/api/events/${id}/around`, { before: 2, after: 10 }))
  assert.equal(messages([...around.before, around.event, ...around.after]), 'm2 m3 m4 m5 m6 m7 m8')
  const even = await ask(query(`/api/events/${id}/around`, { before: 1, after: 1, q: 'event.dataset:even' }))
  assert.equal(messages([...even.before, even.event, ...even.after]), 'm2 m4 m6')
  assert.equal((await ask('/api/events/00000000000000ff')).error.code, 'unknown-event')
  assert.equal((await ask(query('/api/search', { q: '@from:2026-03-01T11:00:05Z | stats count()' }))).events.length, 4)
  assert.equal((await search.server.call('GET', `/api/events/${id}`)).status, 401)
  const explained = await ask(query('/api/explain', { q: 'message:m1 | stats count()' }))
  assert.deepEqual([explained.ok, explained.sentences.length], [true, 2])
  assert.equal((await ask(query('/api/explain', { q: 'message:m1 | nothing' }))).ok, false)
})

test('the histogram is stacked by any field: the most frequent values, then the others', { skip }, async () => {
  await using search = await testSearch(deps => [histogramRoutes(deps)])
  await search.store(
    Array.from({ length: 66 }, (_, i) => ({
      source: { port: 1000 + Math.floor(Math.sqrt(i)), ip: `192.0.2.${i % 3}` },
      labels: { team: `t${i % 2}` },
      event: { category: i % 2 ? ['a', 'b'] : ['a'] }
    }))
  )
  const stacked = async (by: string, more = {}) => {
    const { json } = await search.server.call(
      'GET',
      query('/api/histogram', { by, buckets: 2, from: '2026-03-01T11:00:00Z', to: '2026-03-01T11:02:00Z', ...more }),
      undefined,
      search.viewer
    )
    return json.series?.map((one: { value: string; other?: true; buckets: { count: number }[] }) => [
      one.value + (one.other ? '*' : ''),
      ...one.buckets.map(bucket => bucket.count)
    ])
  }
  assert.deepEqual(await stacked('source.ip'), [
    ['192.0.2.0', 20, 2],
    ['192.0.2.1', 20, 2],
    ['192.0.2.2', 20, 2]
  ])
  assert.deepEqual(await stacked('event.category'), [
    ['a', 60, 6],
    ['b', 30, 3]
  ])
  assert.deepEqual(await stacked('labels.team', { q: 'source.ip:192.0.2.0' }), [
    ['t0', 10, 1],
    ['t1', 10, 1]
  ])
  const ports = await stacked('source.port')
  assert.equal(ports.length, 9)
  assert.deepEqual(ports.at(-1), ['other*', 1])
  assert.equal(await stacked('event.original'), undefined)
})

test('facets: values, search within, without the own filter, ranges and networks', { skip }, async () => {
  await using search = await testSearch(deps => [facetRoutes(deps)])
  await search.store(
    Array.from({ length: 600 }, (_, i) => ({
      source: {
        ip: i < 300 ? `10.${i % 3}.${i % 250}.${i % 7}` : `2001:db8:${(i % 2) + 1}::${i.toString(16)}`,
        bytes: i * 40
      },
      destination: { port: i % 4 === 0 ? 443 : 53 },
      labels: { owner: `person ${i % 3}` },
      event: { dataset: i % 4 === 0 ? 'tls' : 'dns' }
    }))
  )
  const facets = async (parts: Record<string, string | number>) =>
    (await search.server.call('GET', query('/api/facets', parts), undefined, search.viewer)).json.facets
  const [dataset, port, owner] = await facets({ fields: 'event.dataset,destination.port,labels.owner' })
  assert.deepEqual(dataset, {
    field: 'event.dataset',
    kind: 'values',
    values: [
      { value: 'dns', count: 450 },
      { value: 'tls', count: 150 }
    ],
    distinct: 2
  })
  assert.deepEqual(port.values[0], { value: '53', count: 450 })
  assert.deepEqual([owner.values[0], owner.distinct], [{ value: 'person 0', count: 200 }, 3])

  const both = { fields: 'event.dataset,destination.port', q: 'event.dataset:tls and destination.port:443' }
  assert.deepEqual(
    (await facets(both)).map((facet: { distinct: number }) => facet.distinct),
    [1, 1]
  )
  const q = 'event.dataset:tls labels.owner:"person 1"'
  assert.deepEqual(
    (await facets({ fields: 'event.dataset', own: 'drop', q }))[0].values.map((v: { value: string }) => v.value),
    ['dns', 'tls']
  )
  assert.deepEqual((await facets({ fields: 'labels.owner', search: 'N 2' }))[0].values, [
    { value: 'person 2', count: 200 }
  ])

  const [ip, bytes] = await facets({ fields: 'source.ip,source.bytes' })
  assert.equal(ip.kind, 'networks')
  assert.deepEqual(ip.values.map((v: { value: string; count: number }) => `${v.value} ${v.count}`).sort(), [
    '10.0.0.0/16 100',
    '10.1.0.0/16 100',
    '10.2.0.0/16 100',
    '2001:db8:1::/48 150',
    '2001:db8:2::/48 150'
  ])
  assert.equal(bytes.kind, 'ranges')
  assert.deepEqual(bytes.values, [
    { value: '0–1', count: 1, from: 0, to: 1 },
    { value: '10–100', count: 2, from: 10, to: 100 },
    { value: '100–1000', count: 22, from: 100, to: 1000 },
    { value: '1000–10000', count: 225, from: 1000, to: 10_000 },
    { value: '10000–100000', count: 350, from: 10_000, to: 100_000 }
  ])
  assert.equal((await facets({ fields: 'source.ip', group: 'never' }))[0].kind, 'values')
  assert.equal(
    (await search.server.call('GET', query('/api/facets', { fields: 'related.ip' }), undefined, search.viewer)).status,
    400
  )
})

test('the live tail shows what matches as it is stored, and counts what it cannot show', { skip }, async () => {
  const listeners = new Set<(batch: StoredBatch) => void>()
  const onStored = (listener: (batch: StoredBatch) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  await using search = await testSearch((deps: QueryDeps) => [tailRoutes({ ...deps, onStored })])
  search.onStored = batch => {
    for (const listener of listeners) listener(batch)
  }
  const seen: string[] = []
  const outgoing = get(`${search.server.address}/api/tail?q=${encodeURIComponent('event.dataset:a')}`, {
    headers: { cookie: search.viewer.cookie! }
  })
  outgoing.on('response', response => response.setEncoding('utf8').on('data', part => seen.push(part)))
  outgoing.on('error', () => {})
  const until = async (what: (text: string) => boolean) => {
    const end = performance.now() + 20_000
    while (!what(seen.join(''))) {
      assert.ok(performance.now() < end, seen.join('').slice(0, 2000))
      await wait(10)
    }
  }
  await until(text => text.includes(': live'))
  await search.store([
    { message: 'yes', event: { dataset: 'a' } },
    { message: 'no', event: { dataset: 'b' } }
  ])
  await until(text => text.includes('event: rows'))
  const rows = /event: rows\ndata: (.*)\n/.exec(seen.join(''))!
  assert.deepEqual(
    JSON.parse(rows[1]!).events.map((event: { document: { message: string } }) => event.document.message),
    ['yes']
  )
  await search.store(Array.from({ length: 6000 }, (_, i) => ({ message: `m${i}`, event: { dataset: 'a' } })))
  await until(text => text.includes('event: skipped'))
  const skipped = JSON.parse(/event: skipped\ndata: (.*)\n/.exec(seen.join(''))![1]!)
  assert.ok(skipped.count >= 1000, JSON.stringify(skipped))
  outgoing.destroy()
  const end = performance.now() + 5_000
  while (listeners.size > 0) {
    assert.ok(performance.now() < end, 'the tail goes on')
    await wait(10)
  }
})
