import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryIntel } from '../state/intel.ts'
import { addFeed, feedOf } from '../state/intel-feeds.ts'
import { eachIndicator } from '../state/intel-indicators.ts'
import { listPeerSightings } from '../state/intel-peers.ts'
import {
  type Answering,
  addedAt,
  answeringServer,
  collectionOf,
  sendJson,
  stixIndicator
} from '../testing/answering-server.ts'
import { type FeedContext, type FeedLimits, piecesOf } from './feed-context.ts'
import { runFeed } from './feed-run.ts'

function setting(settings: Record<string, unknown>, limits: Partial<FeedLimits> = {}) {
  const intel = memoryIntel()
  const { id } = addFeed(intel, { name: 'feed', settings, enabled: true, by: 'test' }, 0)!
  const slept: number[] = []
  let nowMs = Date.UTC(2026, 5, 1)
  const context: FeedContext = {
    intel,
    folder: '/nowhere',
    signal: new AbortController().signal,
    nowMs: () => nowMs++,
    sleep: async ms => void slept.push(ms),
    chance: () => 0,
    log: () => {},
    limits: { timeoutMs: 5000, ...limits }
  }
  return {
    intel,
    slept,
    run: () => runFeed(id, context),
    feed: () => feedOf(intel, id)!,
    values: () => [...eachIndicator(intel, 0)].map(each => each.value).sort(),
    setNow: (ms: number) => {
      nowMs = ms
    }
  }
}

const names = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `d${from + n}.example`).sort()

for (const named of [true, false])
  test(`a collection is read page by page, ${named ? 'by the names of pages' : 'by the times of addition'}, and then only what is new`, async () => {
    let count = 25
    await using server = await answeringServer(collectionOf({ count: () => count, pageSize: 10, names: named }))
    for (const address of [
      '/taxii2/',
      '/taxii2',
      '/root/',
      '/root/collections/',
      '/root/collections/c1/',
      '/root/collections/c1/objects/'
    ]) {
      count = 25
      const { run, feed, values } = setting({ kind: 'taxii', url: server.url + address })
      const first = await run()
      assert.equal(first.problem, '', address)
      assert.deepEqual(values(), names(25))
      assert.deepEqual([first.counts.added, feed().indicators], [25, 25])
      const before = server.asked.length
      count = 28
      const second = await run()
      assert.deepEqual([second.counts.read, second.counts.added], [3, 3])
      assert.deepEqual(values(), names(28))
      const pages = server.asked.slice(before).filter(({ path }) => path.endsWith('/objects/'))
      assert.deepEqual(
        pages.map(({ query }) => query.get('added_after')),
        [addedAt(24)]
      )
      const third = await run()
      assert.deepEqual([third.unchanged, third.counts.read], [true, 0])
    }
    assert.ok(server.asked.every(({ headers }) => headers.accept === 'application/taxii+json;version=2.1'))
  })

test('a server that dies in the middle of its pages: what came is kept, and the next run goes on where it was', async () => {
  const serve = collectionOf({ count: () => 70, pageSize: 10, names: true })
  await using server = await answeringServer(serve)
  const { run, feed, values, slept } = setting({ kind: 'taxii', url: `${server.url}/root/collections/c1/` })
  const deaths: Answering[] = [
    (_, response) => response.destroy(),
    (_, response) => {
      // Half of an answer.
      response.writeHead(200, { 'content-length': '5000' })
      response.write('{"objects": [')
      setTimeout(() => response.destroy(), 10)
    },
    (_, response) => sendJson(response, {}, {}, 503),
    (_, response) => void response.writeHead(200).end('<html>garbage'),
    (_, response) => void response.writeHead(200).end('[1, 2]'),
    (_, response) => sendJson(response, { title: 'who are you' }, {}, 401)
  ]
  for (const [index, die] of deaths.entries()) {
    let pages = 0
    server.state.answer = (asked, response) =>
      asked.path.endsWith('/objects/') && pages++ >= 1 ? die(asked, response) : serve(asked, response)
    const result = await run()
    assert.notEqual(result.problem, '', `death ${index}`)
    assert.equal(feed().failures, index + 1)
    assert.equal(values().length, 10 * (index + 1), `after death ${index}`)
  }
  assert.ok(slept.length >= 6, 'transient failures are tried again')
  assert.deepEqual(slept.slice(0, 3), [1000, 3000, 9000])
  server.state.answer = serve
  const result = await run()
  assert.deepEqual([result.problem, feed().failures], ['', 0])
  assert.deepEqual(values(), names(70))
  assert.equal(feed().indicators, 70)
})

test('a page whose name has expired is found again by the time of its objects', async () => {
  const serve = collectionOf({ count: () => 30, pageSize: 10, names: true })
  await using server = await answeringServer(serve)
  const { run, values } = setting({ kind: 'taxii', url: `${server.url}/root/collections/c1/` })
  let pages = 0
  server.state.answer = (asked, response) =>
    asked.path.endsWith('/objects/') && pages++ >= 1 ? (response.destroy() as never) : serve(asked, response)
  await run()
  assert.equal(values().length, 10)
  server.state.answer = (asked, response) =>
    asked.query.get('next') === '10' && !asked.query.has('added_after')
      ? sendJson(response, {}, {}, 404)
      : serve(asked, response)
  assert.equal((await run()).problem, '')
  assert.deepEqual(values(), names(30))
})

test('endless pages end: those that repeat, are empty, or go on for ever', async () => {
  await using server = await answeringServer(() => {})
  const page = (objects: unknown[], next: string) => ({
    more: true,
    next,
    objects
  })
  const c = `${server.url}/root/collections/c1/`
  const serveRest = collectionOf({ count: () => 0, pageSize: 1, names: true })
  const using_ =
    (answer: Answering): Answering =>
    (asked, response) =>
      asked.path.endsWith('/objects/') ? answer(asked, response) : serveRest(asked, response)

  server.state.answer = using_((_, response) => sendJson(response, page([stixIndicator(1)], 'same')))
  const repeating = setting({ kind: 'taxii', url: c })
  assert.match((await repeating.run()).problem, /lead nowhere new/)
  assert.deepEqual(repeating.values(), names(1, 1))

  let number = 0
  server.state.answer = using_((_, response) => sendJson(response, page([], `n${number++}`)))
  assert.match((await setting({ kind: 'taxii', url: c }).run()).problem, /lead nowhere new/)
  assert.ok(number < 10)

  server.state.answer = using_((_, response) => sendJson(response, { more: true, objects: [stixIndicator(1)] }))
  assert.match((await setting({ kind: 'taxii', url: c }).run()).problem, /lead nowhere new/)

  number = 0
  server.state.answer = using_((_, response) => sendJson(response, page([stixIndicator(number)], `n${number++}`)))
  const endless = setting({ kind: 'taxii', url: c }, { pagesMax: 7 })
  assert.equal((await endless.run()).problem, '')
  assert.equal(endless.values().length, 7)
  assert.match(endless.feed().counts.problems![0]!, /stopped after 7 pages/)
  assert.ok(endless.feed().nextRunMs! - endless.feed().lastRunMs! < 60_000, 'it goes on soon')
  assert.equal(endless.feed().fetchedMs, undefined)
  await endless.run()
  assert.equal(endless.values().length, 14)

  server.state.answer = using_((_, response) => {
    response.writeHead(200)
    const more = () => response.write('{"objects": [' + ' '.repeat(65_536)) && setImmediate(more)
    response.on('drain', more)
    more()
  })
  const flood = setting({ kind: 'taxii', url: c }, { bytesMax: 1 << 20 })
  assert.match((await flood.run()).problem, /larger than/)

  server.state.answer = using_((_, response) => void response.writeHead(200).write('{'))
  const slow = setting({ kind: 'taxii', url: c }, { timeoutMs: 200 })
  assert.match((await slow.run()).problem, /no whole answer within 0.2 s/)
})

test('who says when to come back is believed: soon within the run, later for the next one', async () => {
  const serve = collectionOf({ count: () => 3, pageSize: 10, names: true })
  await using server = await answeringServer(serve)
  const soon = setting({ kind: 'taxii', url: `${server.url}/root/` })
  let refusals = 1
  server.state.answer = (asked, response) =>
    refusals-- > 0 ? sendJson(response, {}, { 'retry-after': '5' }, 429) : serve(asked, response)
  assert.equal((await soon.run()).problem, '')
  assert.deepEqual(soon.slept, [5000])
  server.state.answer = (_, response) => sendJson(response, {}, { 'retry-after': '7200' }, 503)
  assert.match((await soon.run()).problem, /503/)
  const { nextRunMs, lastRunMs } = soon.feed()
  assert.ok(nextRunMs! - lastRunMs! >= 7_200_000)
  assert.deepEqual(soon.values(), names(3))
})

test('an unreachable server leaves everything in force, and is asked less and less often', async () => {
  const server = await answeringServer(collectionOf({ count: () => 3, pageSize: 10, names: true }))
  const { run, feed, values } = setting({ kind: 'taxii', url: `${server.url}/root/`, everyMinutes: 15 })
  await run()
  await server[Symbol.asyncDispose]()
  const waits: number[] = []
  for (let attempt = 0; attempt < 6; attempt++) {
    assert.match((await run()).problem, /ECONNREFUSED/)
    waits.push(Math.round((feed().nextRunMs! - feed().lastRunMs!) / 60_000))
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15])
  assert.deepEqual(values(), names(3))
  assert.equal(feed().failures, 6)
  assert.equal(feed().counts.added, 3)
})

test('credentials go to their server only', async () => {
  await using other = await answeringServer((_, response) => sendJson(response, {}))
  await using server = await answeringServer((asked, response) => {
    if (asked.path === '/moved/') return void response.writeHead(302, { location: `${other.url}/root/` }).end()
    if (asked.path === '/taxii2/') return sendJson(response, { api_roots: [`${other.url}/root/`] })
    sendJson(response, { title: 'root', versions: [], max_content_length: 1 })
  })
  for (const [credentials, header] of [
    [{ kind: 'basic', user: 'anna', password: 'pässword' }, `Basic ${Buffer.from('anna:pässword').toString('base64')}`],
    [{ kind: 'token', token: 'abc' }, 'Bearer abc'],
    [{ kind: 'token', token: 'abc', scheme: 'Token' }, 'Token abc'],
    [{ kind: 'header', name: 'Authorization', value: 'key' }, 'key']
  ] as const) {
    await setting({ kind: 'taxii', url: `${server.url}/root/`, credentials }).run()
    assert.equal(server.asked.at(-1)!.headers.authorization, header)
  }
  await setting({ kind: 'taxii', url: `${server.url}/moved/`, credentials: { kind: 'token', token: 'abc' } }).run()
  assert.equal(other.asked.length, 1)
  assert.equal(other.asked[0]!.headers.authorization, undefined)
  const elsewhere = setting({
    kind: 'taxii',
    url: `${server.url}/taxii2/`,
    credentials: { kind: 'token', token: 'abc' }
  })
  assert.match((await elsewhere.run()).problem, /another server/)
  assert.equal(other.asked.length, 1)
  assert.match((await setting({ kind: 'taxii', url: 'http://169.254.169.254/taxii2/' }).run()).problem, /link-local/)
})

test('chosen collections are read, one that is not there is told, and revoked objects and sightings arrive', async () => {
  const objects = [
    stixIndicator(1),
    stixIndicator(1, { modified: '2026-03-01T00:00:00Z', revoked: true }),
    stixIndicator(2),
    { type: 'identity', id: 'identity--1', name: 'Friends' },
    {
      type: 'sighting',
      id: 'sighting--00000000-0000-4000-8000-000000000001',
      created: '2026-03-01T00:00:00Z',
      modified: '2026-03-01T00:00:00Z',
      created_by_ref: 'identity--1',
      sighting_of_ref: stixIndicator(2).id,
      count: 4,
      first_seen: '2026-02-01T00:00:00Z',
      last_seen: '2026-02-02T00:00:00Z'
    }
  ]
  const rest = collectionOf({ count: () => 0, pageSize: 1, names: true })
  await using server = await answeringServer((asked, response) =>
    asked.path.endsWith('/objects/') ? sendJson(response, { objects }) : rest(asked, response)
  )
  const one = setting({ kind: 'taxii', url: `${server.url}/root/`, collections: ['One'] })
  assert.equal((await one.run()).problem, '')
  assert.deepEqual(one.values(), ['d2.example'])
  assert.deepEqual(
    listPeerSightings(one.intel, { limit: 5 }).map(({ who, count, value }) => [who, count, value]),
    [['Friends', 4, 'd2.example']]
  )
  assert.equal((await one.run()).problem, '')
  assert.equal(one.feed().indicators, 1)
  const closed = setting({ kind: 'taxii', url: `${server.url}/root/`, collections: ['Closed'] })
  assert.match((await closed.run()).problem, /no collection Closed that may be read; there is One/)
})

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const mispEvent = (n: number, timestamp: number, values: string[]) => ({
  Event: {
    uuid: uuid(n),
    info: `event ${n}`,
    timestamp: String(timestamp),
    threat_level_id: '1',
    Tag: [{ name: 'tlp:white' }],
    Attribute: values.map((value, at) => ({
      uuid: uuid(1000 + at),
      type: 'domain',
      to_ids: true,
      value,
      comment: 'c2'
    })),
    Object: [{ Attribute: [{ uuid: uuid(2000), type: 'ip-dst|port', to_ids: true, value: `192.0.2.${n}|443` }] }]
  }
})

test('a MISP feed: events that changed are fetched, what they hold no more goes, and so do events that are gone', async () => {
  const events = new Map([1, 2, 3].map(n => [n, mispEvent(n, 1_700_000_000 + n, [`m${n}.example`])]))
  let broken = 0
  await using server = await answeringServer(({ path, headers }, response) => {
    const manifest = Object.fromEntries(
      [...events].map(([n, { Event }]) => [uuid(n), { info: 'x', timestamp: Event.timestamp }])
    )
    const etag = `"${JSON.stringify(manifest).length}-${[...events.values()].map(({ Event }) => Event.timestamp)}"`
    if (path === '/feed/manifest.json')
      return headers['if-none-match'] === etag
        ? void response.writeHead(304).end()
        : sendJson(response, manifest, { etag })
    const n = [...events.keys()].find(each => path === `/feed/${uuid(each)}.json`)
    if (n === undefined) return sendJson(response, {}, {}, 404)
    if (n === broken) return void response.writeHead(200).end('{"Event": ')
    sendJson(response, events.get(n))
  })
  const { run, feed, values, intel } = setting({ kind: 'misp', url: `${server.url}/feed/manifest.json` })
  const first = await run()
  assert.deepEqual([first.problem, first.counts.added], ['', 6])
  assert.deepEqual(values(), ['192.0.2.1', '192.0.2.2', '192.0.2.3', 'm1.example', 'm2.example', 'm3.example'])
  const m1 = [...eachIndicator(intel, 0)].find(each => each.value === 'm1.example')!
  assert.deepEqual([m1.level, m1.labels, m1.name, m1.description], ['high', ['tlp:white'], 'event 1', 'c2'])
  assert.equal((await run()).unchanged, true)
  const asked = server.asked.length
  events.set(2, mispEvent(2, 1_700_000_100, ['new.example']))
  events.delete(3)
  const second = await run()
  assert.deepEqual([second.problem, second.counts.added, second.counts.removed], ['', 1, 3])
  assert.deepEqual(values(), ['192.0.2.1', '192.0.2.2', 'm1.example', 'new.example'])
  assert.deepEqual(
    server.asked.slice(asked).map(({ path }) => path),
    ['/feed/manifest.json', `/feed/${uuid(2)}.json`]
  )
  // One event that is broken is told, asked for again, and keeps no other out.
  broken = 4
  events.set(4, mispEvent(4, 1_700_000_200, ['four.example']))
  events.set(5, mispEvent(5, 1_700_000_300, ['five.example']))
  const third = await run()
  assert.equal(third.problem, '')
  assert.match(feed().counts.problems![0]!, /JSON/)
  assert.ok(values().includes('five.example') && !values().includes('four.example'))
  broken = 0
  await run()
  assert.ok(values().includes('four.example'))
  // Back again after it was gone.
  events.set(3, mispEvent(3, 1_700_000_003, ['m3.example']))
  await run()
  assert.ok(values().includes('m3.example'))
  events.clear()
  assert.match((await run()).problem, /suddenly empty/)
  assert.ok(values().length > 5)
})

test('a page with very many objects is kept in pieces, an object’s values together', () => {
  const many = Array.from({ length: 25_000 }, (_, n) => ({
    type: 'domain' as const,
    value: `d${n}.example`,
    id: `indicator--${Math.floor(n / 3)}`
  }))
  const pieces = piecesOf([{ type: 'domain', value: 'x.example' }, ...many])
  assert.ok(pieces.length >= 3 && pieces.every(({ length }) => length <= 10_000))
  assert.equal(pieces.flat().length, 25_001)
  const whereIs = new Map<string, number>()
  for (const [at, piece] of pieces.entries())
    for (const { id = '' } of piece) assert.equal(whereIs.get(id) ?? whereIs.set(id, at).get(id), at)
  assert.deepEqual(piecesOf([]), [[]])
})

const openssl = spawnSync('openssl', ['version']).status === 0

test('over TLS, from whom it trusts only', { skip: !openssl }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-feed-tls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const pair = { key: readFileSync(key), cert: readFileSync(cert) }
  const server = createServer(pair, (_, response) => void response.end('evil.example\n'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const url = `https://localhost:${port}/list`
  const stranger = setting({ kind: 'list', url })
  assert.match((await stranger.run()).problem, /self.signed.*Certificates to trust/i)
  assert.deepEqual(stranger.slept, [], 'it is not tried again: nothing would change')
  const ca = readFileSync(cert, 'utf8')
  const known = setting({ kind: 'list', url, ca })
  assert.equal((await known.run()).problem, '')
  assert.deepEqual(known.values(), ['evil.example'])
  const misnamed = setting({ kind: 'list', url: `https://127.0.0.1:${port}/list`, ca })
  assert.match((await misnamed.run()).problem, /127\.0\.0\.1|altname/i)
  assert.deepEqual(misnamed.values(), [])
})
