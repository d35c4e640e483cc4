import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openFeeds } from '../pipeline/feeds.ts'
import { addToken, type Scope } from '../state/api-tokens.ts'
import { openIntel } from '../state/intel.ts'
import { addSightings } from '../state/sightings.ts'
import { answeringServer, collectionOf, stixIndicator } from '../testing/answering-server.ts'
import { intelRoutes } from './intel.ts'
import type { IntelDeps } from './intel-deps.ts'
import { taxiiRoutes } from './taxii.ts'
import { testServer } from './test-server.ts'

/** A Picket with its own folder, its feeds running in their thread. */
async function startPicket(t: TestContext) {
  let deps: IntelDeps | undefined
  const server = await testServer({
    onState: state => {
      const { folder } = state
      const intel = openIntel(folder)
      const log = { info: () => {}, warn: () => {} }
      const feeds = openFeeds({ folder, intel, state, log, nowMs: Date.now, lookMs: 50 })
      deps = { intel, folder, state, feeds, nowMs: Date.now }
    },
    routes: [
      (app, guard) => intelRoutes(deps!)(app, guard),
      (app, guard) => taxiiRoutes({ intel: deps!.intel, nowMs: Date.now })(app, guard)
    ]
  })
  const { intel, feeds } = deps!
  t.after(async () => {
    await feeds.close()
    intel.close()
    await server[Symbol.asyncDispose]()
  })
  const token = (...scopes: Scope[]) =>
    addToken(server.state, { name: scopes.join(), scopes, userId: undefined, expiresMs: undefined }, 0)!.secret
  const bearer = { admin: token('admin'), analyst: token('search', 'triage'), viewer: token('search') }
  const call = async (method: string, path: string, body?: unknown, who: keyof typeof bearer = 'admin') => {
    const headers: Record<string, string> =
      typeof body === 'string' ? { 'content-type': 'application/octet-stream' } : {}
    const { status, json, text } = await server.call(method, path, body, { bearer: bearer[who] }, headers)
    return { status, json, text }
  }
  const until = async (test: () => Promise<boolean>) => {
    for (let waited = 0; !(await test()); waited += 50) {
      assert.ok(waited < 20_000, 'waited in vain')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  return { ...server, server, intel, call, until }
}

test('feeds are added, run, seen to fail, changed without their secrets, and removed', async t => {
  await using server = await answeringServer(collectionOf({ count: () => 7, pageSize: 3, names: true }))
  const { call, until } = await startPicket(t)
  const credentials = { kind: 'token', token: 'very secret' }
  const made = await call('POST', '/api/intel/feeds', {
    name: 'friends',
    settings: { kind: 'taxii', url: `${server.url}/root/`, credentials, level: 'high' }
  })
  assert.equal(made.status, 201)
  assert.ok(!made.text.includes('very secret'))
  const { id } = made.json
  const feed = async () =>
    (await call('GET', '/api/intel/feeds', undefined, 'viewer')).json.feeds.find(
      (each: { id: number }) => each.id === id
    )
  await until(async () => (await feed()).indicators === 7)
  const there = await feed()
  assert.deepEqual(
    [there.problem, there.counts.added, there.runs, there.settings.credentials],
    ['', 7, true, { kind: 'token' }]
  )
  assert.ok(Date.parse(there.nextRun) > Date.parse(there.lastRun))
  assert.equal(server.asked.at(-1)!.headers.authorization, 'Bearer very secret')

  // Credentials stay where the server does, and never go to another one.
  const settings = { kind: 'taxii', url: `${server.url}/root/`, credentials: { kind: 'token' }, level: 'low' }
  const before = server.asked.length
  assert.equal((await call('PATCH', `/api/intel/feeds/${id}`, { settings })).status, 200)
  await until(async () => server.asked.length > before)
  assert.equal(server.asked.at(-1)!.headers.authorization, 'Bearer very secret')
  const elsewhere = await call('PATCH', `/api/intel/feeds/${id}`, {
    settings: { ...settings, url: 'https://evil.example/' }
  })
  assert.deepEqual([elsewhere.status, elsewhere.json.error.code], [400, 'credentials-needed'])
  assert.equal(
    (await call('GET', '/api/intel/indicators?limit=1', undefined, 'viewer')).json.indicators[0].level,
    'low'
  )

  for (const [body, code] of [
    [{ name: 'friends', settings: { kind: 'own' } }, 'name-taken'],
    [{ name: 'x', settings: { kind: 'list' } }, 'invalid'],
    [{ name: 'x', settings: { kind: 'list', path: '/etc/passwd' } }, 'invalid'],
    [{ name: 'x', settings: { kind: 'list', url: 'ftp://x/' } }, 'invalid'],
    [{ name: 'x', settings: { kind: 'list', url: 'https://anna:pw@x.example/' } }, 'invalid'],
    [{ name: '../x', settings: { kind: 'own' } }, 'invalid']
  ] as const)
    assert.equal((await call('POST', '/api/intel/feeds', body)).json.error.code, code)
  assert.equal(
    (await call('POST', '/api/intel/feeds', { name: 'x', settings: { kind: 'own' } }, 'analyst')).status,
    403
  )
  assert.equal((await call('POST', `/api/intel/feeds/${id}/run`, {}, 'analyst')).status, 202)
  assert.equal((await call('PATCH', `/api/intel/feeds/${id}`, { enabled: false })).json.enabled, false)
  assert.equal((await call('POST', `/api/intel/feeds/${id}/run`, {})).json.error.code, 'switched-off')
  const all = (await call('GET', '/api/intel/catalogue', undefined, 'viewer')).json.feeds
  assert.ok(all.length > 8 && all.every((each: { home: string }) => each.home.startsWith('https://')))
  assert.equal((await call('DELETE', `/api/intel/feeds/${id}`)).status, 200)
  assert.deepEqual((await call('GET', '/api/intel/feeds')).json.feeds, [])
  assert.deepEqual((await call('GET', '/api/intel/indicators')).json.indicators, [])
})

test('indicators are added, looked up with what is around them, previewed and brought in as files, and removed', async t => {
  const { call, state } = await startPicket(t)
  const added = await call(
    'POST',
    '/api/intel/indicators',
    {
      values: [
        { value: 'evil[.]example' },
        { value: '198.51.100.0/24' },
        { value: 'nonsense' },
        { value: 'f'.repeat(32), type: 'ja3' }
      ],
      level: 'critical',
      days: 30,
      labels: ['c2']
    },
    'analyst'
  )
  assert.deepEqual([added.status, added.json], [201, { added: 3, changed: 0, refused: ['nonsense'] }])
  const look = async (value: string) =>
    (await call('GET', `/api/intel/lookup?value=${encodeURIComponent(value)}`, undefined, 'viewer')).json
  for (const [value, found] of [
    ['www.Evil.example', 'evil.example'],
    ['hxxp://a.b.evil[.]example/x', 'evil.example'],
    ['someone@evil.example', 'evil.example'],
    ['198.51.100.77', '198.51.100.0/24'],
    ['F'.repeat(32), 'f'.repeat(32)],
    ['notevil.example', undefined],
    ['198.51.101.1', undefined]
  ] as const)
    assert.equal((await look(value)).indicators[0]?.value, found, value)
  const [indicator] = (await look('evil.example')).indicators
  assert.deepEqual(
    [indicator.level, indicator.confidence, indicator.labels, indicator.source],
    ['critical', 80, ['c2'], 'Own indicators']
  )
  assert.ok(Date.parse(indicator.validUntil) > Date.now() + 29 * 86_400_000)
  addSightings(
    state,
    [{ ...indicator, observed: 'www.evil.example', field: 'dns.question.name', count: 3, firstUs: 1e15, lastUs: 2e15 }],
    Date.now()
  )
  assert.deepEqual(
    (await look('www.evil.example')).sightings.map((each: { count: number }) => each.count),
    [3]
  )
  assert.equal((await call('GET', '/api/intel/sightings', undefined, 'viewer')).json.sightings.length, 1)

  const file = 'a.example\nb.example\n192.0.2.1\nwhat is this\n'
  const preview = await call('POST', '/api/intel/preview?name=list.txt', file, 'analyst')
  assert.deepEqual(
    [preview.status, preview.json.format, preview.json.read, preview.json.refused, preview.json.counts],
    [200, 'plain', 3, 1, { domain: 2, ip: 1 }]
  )
  assert.equal(
    (await call('GET', '/api/intel/indicators?q=a.example')).json.indicators.length,
    0,
    'a preview keeps nothing'
  )
  const imported = await call('POST', '/api/intel/import?name=list.txt&feed=Report%201', file, 'analyst')
  assert.deepEqual([imported.status, imported.json.added, imported.json.refused], [200, 3, 1])
  const bundle = JSON.stringify({ type: 'bundle', objects: [stixIndicator(1), stixIndicator(2)] })
  assert.equal((await call('POST', '/api/intel/import?name=x.json&feed=Report%201', bundle, 'analyst')).json.added, 2)
  assert.equal((await call('POST', '/api/intel/import?name=x&feed=Report%201', 'a.example', 'viewer')).status, 403)
  const list = (await call('GET', '/api/intel/indicators?limit=3')).json
  assert.equal(list.indicators.length, 3)
  const rest = (await call('GET', `/api/intel/indicators?limit=30&cursor=${list.cursor}`)).json
  assert.deepEqual([rest.indicators.length, rest.cursor], [5, null])
  assert.equal((await call('DELETE', `/api/intel/indicators/${indicator.seq}`, undefined, 'analyst')).status, 200)
  assert.deepEqual((await look('evil.example')).indicators, [])
})

test('allow lists win over what is looked up, and refuse entries that are wrong', async t => {
  const { call } = await startPicket(t)
  await call('POST', '/api/intel/indicators', { values: [{ value: 'good.example' }] })
  const list = {
    name: 'Ours',
    kind: 'hostname',
    entries: ['good.example', ' # a comment', ''].filter(each => each !== '')
  }
  const made = await call('POST', '/api/intel/allow-lists', list, 'analyst')
  assert.deepEqual([made.status, made.json.entries], [201, 1])
  const look = async () => (await call('GET', '/api/intel/lookup?value=www.good.example', undefined, 'viewer')).json
  assert.deepEqual([(await look()).allowedBy, (await look()).indicators[0].allowedBy], ['Ours', 'Ours'])
  const bad = await call('POST', '/api/intel/allow-lists', {
    name: 'x',
    kind: 'cidr',
    entries: ['10.0.0.0/8', '10.0.0.0/99']
  })
  assert.deepEqual([bad.status, bad.json.error.code], [400, 'bad-entry'])
  assert.match(bad.json.error.message, /10\.0\.0\.0\/99/)
  assert.equal((await call('POST', '/api/intel/allow-lists', list)).json.error.code, 'name-taken')
  await call('PATCH', `/api/intel/allow-lists/${made.json.id}`, { enabled: false })
  assert.equal((await look()).allowedBy, undefined)
  const warning = JSON.stringify({ name: 'DNS', type: 'cidr', list: ['8.8.8.8'] })
  assert.equal((await call('POST', '/api/intel/allow-lists/warninglist', { text: warning })).status, 201)
  assert.equal(
    (await call('POST', '/api/intel/allow-lists/warninglist', { text: '[]' })).json.error.code,
    'no-warninglist'
  )
  assert.equal((await call('GET', '/api/intel/lookup?value=8.8.8.8')).json.allowedBy, 'DNS')
  assert.deepEqual((await call('GET', `/api/intel/allow-lists/${made.json.id}/entries`)).json.entries, ['good.example'])
  assert.equal((await call('DELETE', `/api/intel/allow-lists/${made.json.id}`)).status, 200)
})

test('two Pickets share: indicators and sightings reach the peer, go away again, and do not come back as an echo', async t => {
  const a = await startPicket(t)
  const b = await startPicket(t)
  await a.call('POST', '/api/intel/indicators', { values: [{ value: 'one.example' }, { value: '192.0.2.9' }] })
  const { feeds } = (await a.call('GET', '/api/intel/feeds')).json
  await a.call('PUT', '/api/intel/identity', { name: 'Village A' })
  const made = await a.call('POST', '/api/intel/collections', {
    title: 'For friends',
    feeds: [feeds[0].id],
    sightings: true
  })
  assert.equal(made.status, 201)
  const collection = made.json
  const peer = await a.call('POST', `/api/intel/collections/${collection.id}/peers`, {
    name: 'village-b',
    read: true,
    write: true
  })
  assert.equal(peer.status, 201)
  assert.ok(peer.json.address.startsWith(a.address))
  const feed = await b.call('POST', '/api/intel/feeds', {
    name: 'Village A',
    settings: { kind: 'taxii', url: peer.json.address, credentials: { kind: 'token', token: peer.json.secret } }
  })
  assert.equal(feed.status, 201)
  const values = async () =>
    (await b.call('GET', '/api/intel/indicators')).json.indicators.map((each: { value: string }) => each.value).sort()
  const refresh = async (test: () => Promise<boolean>) => {
    await a.call('PUT', '/api/intel/identity', { name: 'Village A' })
    await b.until(async () => {
      await b.call('POST', `/api/intel/feeds/${feed.json.id}/run`, {})
      return test()
    })
  }
  await refresh(async () => (await values()).length === 2)
  assert.deepEqual(await values(), ['192.0.2.9', 'one.example'])
  const [one] = (await a.call('GET', '/api/intel/lookup?value=one.example')).json.indicators
  assert.equal(
    (await b.call('GET', '/api/intel/lookup?value=one.example')).json.indicators[0].id,
    one.id,
    'it keeps its id'
  )
  addSightings(
    a.state,
    [{ ...one, observed: 'host-7.intern', field: 'url.full', count: 4, firstUs: 1e15, lastUs: 2e15 }],
    Date.now()
  )
  await a.call(
    'DELETE',
    `/api/intel/indicators/${(await a.call('GET', '/api/intel/lookup?value=192.0.2.9')).json.indicators[0].seq}`
  )
  await refresh(
    async () =>
      (await values()).length === 1 && (await b.call('GET', '/api/intel/peer-sightings')).json.sightings.length > 0
  )
  assert.deepEqual(await values(), ['one.example'])
  const { sightings } = (await b.call('GET', '/api/intel/peer-sightings', undefined, 'viewer')).json
  assert.deepEqual(
    sightings.map(({ who, count, value, source }: Record<string, unknown>) => [who, count, value, source]),
    [['Village A', 4, 'one.example', 'Village A']]
  )
  assert.ok(!JSON.stringify(sightings).includes('intern'))
  assert.equal((await b.call('GET', '/api/intel/lookup?value=one.example')).json.peers.length, 1)

  // The peer gives, too; and what it says again of ours is refused.
  const type = { 'content-type': 'application/taxii+json;version=2.1' }
  const path = new URL(peer.json.address).pathname
  const ours = await a.server.call('GET', `${path}objects/${one.id}/`, undefined, { bearer: peer.json.secret })
  const given = await a.server.call(
    'POST',
    `${path}objects/`,
    JSON.stringify({ objects: [stixIndicator(5), ours.json.objects[0]] }),
    { bearer: peer.json.secret },
    type
  )
  assert.deepEqual([given.status, given.json.success_count, given.json.failure_count], [202, 1, 1])
  assert.equal((await a.call('GET', '/api/intel/lookup?value=d5.example')).json.indicators.length, 1)
  const shown = (await a.call('GET', '/api/intel/collections')).json.collections[0]
  assert.deepEqual(
    shown.peers.map(({ name, read, write }: Record<string, unknown>) => [name, read, write]),
    [['village-b', true, true]]
  )

  // Shut out.
  assert.equal((await a.call('DELETE', `/api/intel/collections/${collection.id}/peers/${peer.json.token}`)).status, 200)
  assert.equal((await a.server.call('GET', '/taxii2/', undefined, { bearer: peer.json.secret })).status, 401)
  await b.call('POST', `/api/intel/feeds/${feed.json.id}/run`, {})
  await b.until(async () => (await b.call('GET', '/api/intel/feeds')).json.feeds[0].problem.includes('401'))
  assert.deepEqual(await values(), ['one.example'], 'what was given stays')
})
