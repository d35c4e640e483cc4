import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishAll } from '../pipeline/publish.ts'
import { addToken, type Scope } from '../state/api-tokens.ts'
import { memoryIntel } from '../state/intel.ts'
import { keepAllowList } from '../state/intel-allow.ts'
import { addFeed, changeFeed } from '../state/intel-feeds.ts'
import { eachIndicator, indicatorsOf, keepFound, removeIndicator } from '../state/intel-indicators.ts'
import { listPeerSightings } from '../state/intel-peers.ts'
import { addCollection, ownIdentity, setGrant } from '../state/intel-shared.ts'
import { addSightings } from '../state/sightings.ts'
import { stixIndicator } from '../testing/answering-server.ts'
import { taxiiRoutes } from './taxii.ts'
import { taxiiType } from './taxii-request.ts'
import { testServer } from './test-server.ts'

async function setting() {
  const intel = memoryIntel()
  let nowMs = Date.UTC(2026, 4, 1)
  const server = await testServer({ routes: [taxiiRoutes({ intel, nowMs: () => nowMs })] })
  const token = (name: string, scopes: Scope[] = ['taxii']) =>
    addToken(server.state, { name, scopes, userId: undefined, expiresMs: undefined }, 0)!
  const collection = addCollection(
    intel,
    { title: 'Shared', description: '', feeds: [], sightings: true, confidenceMin: 0 },
    'test',
    nowMs
  )!
  const grant = (who: string, mayRead: boolean, mayWrite: boolean) => {
    const made = token(who)
    setGrant(intel, collection.id, { token: made.token.id, mayRead, mayWrite })
    return made.secret
  }
  const path = `/taxii2/picket/collections/${collection.id}/`
  const get = (secret: string, rest = '', headers = {}) =>
    server.call('GET', path + rest, undefined, { bearer: secret }, { accept: taxiiType, ...headers })
  const post = (secret: string, objects: unknown, headers = {}) =>
    server.call(
      'POST',
      `${path}objects/`,
      JSON.stringify({ objects }),
      { bearer: secret },
      { 'content-type': taxiiType, ...headers }
    )
  const publish = () => {
    nowMs += 1000
    for (const _ of publishAll(intel, server.state, nowMs));
  }
  return {
    intel,
    server,
    collection,
    token,
    grant,
    path,
    get,
    post,
    publish,
    now: () => nowMs,
    later: (ms: number) => {
      nowMs += ms
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
    }
  }
}

test('discovery, API root and collections say what the token may do, in the type that TAXII demands', async () => {
  await using at = await setting()
  const { server, collection } = at
  const reader = at.grant('reader', true, false)
  const stranger = at.token('stranger').secret
  const other = at.token('other', ['search']).secret
  const call = (path: string, bearer: string, headers = {}) => server.call('GET', path, undefined, { bearer }, headers)
  for (const slash of ['/', '']) {
    const found = await call(`/taxii2${slash}`, reader)
    assert.equal(found.status, 200)
    assert.equal(found.headers['content-type'], taxiiType)
    assert.deepEqual(found.json.api_roots, [`${server.address}/taxii2/picket/`])
    assert.equal(found.json.default, found.json.api_roots[0])
  }
  const root = await call('/taxii2/picket/', reader)
  assert.deepEqual(root.json.versions, [taxiiType])
  assert.ok(root.json.max_content_length > 0)
  const list = await call('/taxii2/picket/collections/', reader)
  assert.deepEqual(list.json.collections, [
    {
      id: collection.id,
      title: 'Shared',
      can_read: true,
      can_write: false,
      media_types: ['application/stix+json;version=2.1']
    }
  ])
  assert.deepEqual((await call('/taxii2/picket/collections/', stranger)).json, {})
  const missing = await call(at.path, stranger)
  assert.deepEqual([missing.status, missing.headers['content-type'], missing.json.http_status], [404, taxiiType, '404'])
  assert.equal((await call('/taxii2/', other)).status, 403)
  const nobody = await server.call('GET', '/taxii2/')
  assert.deepEqual([nobody.status, nobody.headers['content-type']], [401, taxiiType])
  assert.match(String(nobody.headers['www-authenticate']), /^Basic /)
  // The ways in which clients send a token, here and nowhere else.
  const basic = `Basic ${Buffer.from(`anybody:${reader}`).toString('base64')}`
  for (const authorization of [basic, `Token ${reader}`, `Bearer ${reader}`])
    assert.equal((await server.call('GET', '/taxii2/', undefined, {}, { authorization })).status, 200)
  const admin = at.token('admin', ['admin']).secret
  const elsewhere = { authorization: `Basic ${Buffer.from(`x:${admin}`).toString('base64')}` }
  assert.equal((await server.call('GET', '/api/tokens', undefined, {}, elsewhere)).status, 401)
  assert.equal((await server.call('GET', '/api/tokens', undefined, { bearer: admin })).status, 200)
  for (const [accept, status] of [
    ['application/taxii+json', 200],
    ['application/taxii+json; version=2.1', 200],
    ['text/html, */*;q=0.1', 200],
    ['application/taxii+json;version=2.0', 406],
    ['application/json', 406]
  ] as const)
    assert.equal((await call('/taxii2/picket/', reader, { accept })).status, status, accept)
})

test('objects are added with a status, read back with every filter, and removed by who wrote them', async () => {
  await using at = await setting()
  const writer = at.grant('writer', true, true)
  const reader = at.grant('reader', true, false)
  const dropbox = at.grant('dropbox', false, true)
  const newer = { ...stixIndicator(1), modified: '2026-03-01T00:00:00.123456Z' }
  const added = await at.post(writer, [
    stixIndicator(1),
    stixIndicator(2),
    {
      type: 'malware',
      spec_version: '2.1',
      id: 'malware--00000000-0000-4000-8000-000000000009',
      created: '2026-01-01T00:00:00Z',
      modified: '2026-01-01T00:00:00Z'
    }
  ])
  assert.equal(added.status, 202)
  assert.equal(added.headers['content-type'], taxiiType)
  assert.deepEqual(
    [
      added.json.status,
      added.json.total_count,
      added.json.success_count,
      added.json.failure_count,
      added.json.pending_count
    ],
    ['complete', 3, 3, 0, 0]
  )
  const status = await at.server.call('GET', `/taxii2/picket/status/${added.json.id}/`, undefined, { bearer: writer })
  assert.deepEqual(status.json, added.json)
  assert.equal(
    (await at.server.call('GET', `/taxii2/picket/status/${added.json.id}/`, undefined, { bearer: reader })).status,
    404
  )
  at.later(60_000)
  await at.post(writer, [newer])
  await at.post(dropbox, [{ ...stixIndicator(3), spec_version: undefined }])
  // They are indicators here.
  assert.deepEqual([...eachIndicator(at.intel, 0)].map(({ value }) => value).sort(), [
    'd1.example',
    'd2.example',
    'd3.example'
  ])

  const one = stixIndicator(1).id
  const all = await at.get(reader, 'objects/?match[version]=all')
  assert.equal(all.json.objects.length, 5)
  assert.equal(all.json.more, undefined)
  const dates = (await at.get(reader, 'manifest/?match[version]=all')).json.objects.map(
    (each: { date_added: string }) => each.date_added
  )
  assert.deepEqual(
    [all.headers['x-taxii-date-added-first'], all.headers['x-taxii-date-added-last']],
    [dates[0], dates[4]]
  )
  assert.deepEqual(dates, [...dates].sort())
  assert.equal(new Set(dates).size, 5)
  const ids = async (query: string, rest = 'objects/') => {
    const { status, json } = await at.get(reader, `${rest}?${query}`)
    assert.equal(status, 200, query)
    return (json.objects ?? []).map(
      (each: { id: string; modified: string }) => `${each.id.slice(-1)}${each.modified === newer.modified ? '*' : ''}`
    )
  }
  assert.deepEqual(await ids(''), ['2', '9', '1*', '3'])
  assert.deepEqual(await ids('match[version]=first'), ['1', '2', '9', '3'])
  assert.deepEqual(await ids('match[version]=first,last'), ['1', '2', '9', '1*', '3'])
  assert.deepEqual(await ids(`match[version]=${newer.modified}`), ['1*'])
  assert.deepEqual(await ids(`match[id]=${one}`), ['1*'])
  assert.deepEqual(await ids(`match[id]=${one},${stixIndicator(2).id}&match[version]=all`), ['1', '2', '1*'])
  assert.deepEqual(await ids('match[type]=malware'), ['9'])
  assert.deepEqual(await ids('match[type]=malware,indicator'), ['2', '9', '1*', '3'])
  assert.deepEqual(await ids('match[spec_version]=2.0'), ['3'])
  assert.deepEqual(await ids('match[spec_version]=2.0,2.1'), ['2', '9', '1*', '3'])
  assert.deepEqual(await ids(`added_after=${dates[2]}`), ['1*', '3'])
  assert.deepEqual(await ids(`added_after=${dates[4]}`), [])
  assert.deepEqual(await ids('match[version]=all', `objects/${one}/`), ['1', '1*'])
  // Page by page, by the names of pages and by times.
  const paged: string[] = []
  for (let next = '', pages = 0; ; pages++) {
    assert.ok(pages < 10)
    const { json } = await at.get(reader, `objects/?limit=2&match[version]=all&next=${next}`)
    assert.ok(json.objects.length <= 2)
    paged.push(...json.objects.map((each: { id: string }) => each.id))
    if (json.more !== true) break
    next = json.next
  }
  assert.deepEqual(
    paged,
    all.json.objects.map((each: { id: string }) => each.id)
  )
  const byTime = await at.get(reader, `objects/?limit=2&match[version]=all`)
  assert.equal(
    (await at.get(reader, `objects/?match[version]=all&added_after=${byTime.headers['x-taxii-date-added-last']}`)).json
      .objects.length,
    3
  )
  const versions = await at.get(reader, `objects/${one}/versions/`)
  assert.deepEqual(versions.json.versions, ['2026-01-01T00:00:01.000000Z', '2026-03-01T00:00:00.123456Z'])
  assert.equal((await at.get(reader, 'objects/indicator--00000000-0000-4000-8000-999999999999/')).status, 404)
  for (const bad of ['limit=0', 'limit=x', 'added_after=yesterday', 'match[version]=new', 'next=x', 'limit=1&limit=2'])
    assert.equal((await at.get(reader, `objects/?${bad}`)).status, 400, bad)

  assert.equal((await at.get(dropbox, 'objects/')).status, 403)
  assert.equal((await at.post(reader, [stixIndicator(8)])).status, 403)
  const remove = (secret: string, rest: string) =>
    at.server.call('DELETE', `${at.path}objects/${rest}`, undefined, { bearer: secret })
  assert.equal((await remove(reader, `${one}/`)).status, 403)
  assert.equal((await remove(writer, `${stixIndicator(3).id}/`)).status, 403)
  assert.equal((await remove(writer, 'indicator--00000000-0000-4000-8000-999999999999/')).status, 404)
  assert.equal((await remove(writer, `${one}/?match[version]=2026-01-01T00:00:01Z`)).status, 200)
  assert.deepEqual((await at.get(reader, `objects/${one}/versions/`)).json.versions, ['2026-03-01T00:00:00.123456Z'])
  assert.equal((await remove(writer, `${stixIndicator(2).id}/`)).status, 200)
  assert.deepEqual(await ids('match[version]=all'), ['9', '1*', '3'])
})

test('what is no envelope, too large, or of another type is refused; single objects are told in the status', async () => {
  await using at = await setting()
  const writer = at.grant('writer', true, true)
  const post = (body: string, headers: Record<string, string>) =>
    at.server.call('POST', `${at.path}objects/`, body, { bearer: writer }, headers)
  const type = { 'content-type': taxiiType }
  assert.equal((await post('{"objects": [', type)).status, 400)
  for (const body of ['{}', '[]', 'null', '{"objects": []}', '{"objects": 1}'])
    assert.equal((await post(body, type)).status, 422, body)
  for (const other of ['application/json', 'application/taxii+json;version=2.0', 'application/stix+json', 'text/plain'])
    assert.equal((await post('{"objects": [{}]}', { 'content-type': other })).status, 415, other)
  const large = await post(`{"objects": ["${'x'.repeat(11 << 20)}"]}`, type)
  assert.deepEqual([large.status, large.headers['content-type']], [413, taxiiType])
  assert.equal(
    (
      await at.post(
        writer,
        Array.from({ length: 5001 }, () => ({}))
      )
    ).status,
    413
  )
  const { json } = await at.post(writer, [
    null,
    { id: 'x' },
    { id: stixIndicator(1).id, type: 'malware' },
    { type: 'bundle', id: 'bundle--00000000-0000-4000-8000-000000000001', objects: [] },
    { ...stixIndicator(2), modified: 'now' },
    { ...stixIndicator(3), created_by_ref: ownIdentity(at.intel, 0).id },
    stixIndicator(4),
    { ...stixIndicator(5), pattern: 'no pattern' }
  ])
  assert.deepEqual([json.success_count, json.failure_count], [2, 6])
  assert.ok(json.failures.every((each: { message: string }) => each.message !== ''))
  assert.deepEqual(
    [...eachIndicator(at.intel, 0)].map(({ value }) => value),
    ['d4.example']
  )
})

test('what is published follows the feeds that were chosen: changes, what is gone, what is allowed, and sightings', async () => {
  await using at = await setting()
  const { intel } = at
  const own = addFeed(
    intel,
    { name: 'Own indicators', settings: { kind: 'own' }, enabled: true, by: 'x' },
    at.now()
  )!.id
  const secret = addFeed(intel, { name: 'bought', settings: { kind: 'taxii' }, enabled: true, by: 'x' }, at.now())!.id
  intel.db.prepare('UPDATE collections SET feeds = ?, confidence_min = 40').run(JSON.stringify([own]))
  keepFound(intel, secret, [{ type: 'domain', value: 'secret.example' }], at.now())
  keepFound(
    intel,
    own,
    [
      { type: 'domain', value: 'a.example', labels: ['c2'], name: "O'Hara" },
      { type: 'ip', value: '192.0.2.1', port: 443 },
      { type: 'cidr', value: '2001:db8::/32' },
      { type: 'url', value: "http://b.example/'" },
      { type: 'domain', value: 'allowed.example' },
      { type: 'domain', value: 'weak.example', confidence: 10 },
      { type: 'domain', value: 'ended.example', validUntilMs: at.now() - 1 }
    ],
    at.now()
  )
  keepAllowList(
    intel,
    { feed: undefined, name: 'ours', kind: 'hostname', description: '', version: '', types: [], updatedMs: 0, by: 'x' },
    ['allowed.example']
  )
  const reader = at.grant('reader', true, false)
  const objects = async (rest = 'objects/') => (await at.get(reader, rest)).json.objects ?? []
  at.publish()
  const first = await objects()
  const patterns = (list: { type: string; pattern: string; revoked?: true }[]) =>
    list
      .filter(({ type }) => type === 'indicator')
      .map(({ pattern, revoked }) => (revoked ? '- ' : '') + pattern)
      .sort()
  assert.deepEqual(patterns(first), [
    "[domain-name:value = 'a.example']",
    "[ipv6-addr:value ISSUBSET '2001:db8::/32']",
    "[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443]",
    "[url:value = 'http://b.example/\\'']"
  ])
  const identity = first.find(({ type }: { type: string }) => type === 'identity')
  assert.deepEqual(
    first
      .filter(({ type }: { type: string }) => type === 'indicator')
      .map((each: { created_by_ref: string }) => each.created_by_ref),
    Array(4).fill(identity.id)
  )
  at.publish()
  assert.equal((await objects('objects/?match[version]=all')).length, 5, 'nothing new: no new versions')
  const since = (await at.get(reader, 'objects/')).headers['x-taxii-date-added-last']

  const [a] = indicatorsOf(intel, 'domain', 'a.example')
  removeIndicator(intel, a!.seq)
  keepFound(intel, own, [{ type: 'cidr', value: '2001:db8::/32', labels: ['new'] }], at.now())
  const [seen] = indicatorsOf(intel, 'url', "http://b.example/'")
  const sighting = { ...seen!, observed: seen!.value, field: 'url.full', source: 'x' }
  addSightings(at.server.state, [{ ...sighting, count: 2, firstUs: 1_000_000, lastUs: 2_000_000 }], at.now())
  at.publish()
  const second = await objects(`objects/?added_after=${since}`)
  assert.deepEqual(patterns(second), [
    "- [domain-name:value = 'a.example']",
    "[ipv6-addr:value ISSUBSET '2001:db8::/32']"
  ])
  const told = second.find(({ type }: { type: string }) => type === 'sighting')
  assert.deepEqual(
    [told.count, told.first_seen, told.last_seen, told.sighting_of_ref, told.created_by_ref],
    [2, '1970-01-01T00:00:01.000Z', '1970-01-01T00:00:02.000Z', seen!.id, identity.id]
  )
  assert.ok(!JSON.stringify(second).includes('url.full'), 'where it was seen stays here')
  addSightings(at.server.state, [{ ...sighting, count: 3, firstUs: 500_000, lastUs: 9_000_000 }], at.now())
  at.publish()
  const again = (await objects('objects/?match[type]=sighting&match[version]=all')) as { count: number; id: string }[]
  assert.deepEqual(
    again.map(({ count, id }) => [count, id]),
    [[5, told.id]]
  )
  // Switched off: all of it is taken back. On again: it is back.
  changeFeed(intel, own, { enabled: false })
  at.publish()
  assert.ok(patterns(await objects()).every(pattern => pattern.startsWith('- ')))
  changeFeed(intel, own, { enabled: true })
  at.publish()
  assert.deepEqual(patterns(await objects()).filter(pattern => !pattern.startsWith('- ')).length, 3)
  assert.deepEqual(listPeerSightings(intel, { limit: 1 }), [])
})

test('a peer changes nothing that another one gave, and pages of large objects stay short', async () => {
  await using at = await setting()
  const one = at.grant('one', true, true)
  const two = at.grant('two', true, true)
  await at.post(one, [stixIndicator(1)])
  at.later(1000)
  const stolen = await at.post(two, [
    { ...stixIndicator(1), modified: '2026-04-01T00:00:00Z', revoked: true },
    stixIndicator(2)
  ])
  assert.deepEqual([stolen.json.success_count, stolen.json.failure_count], [1, 1])
  assert.match(stolen.json.failures[0].message, /somebody else/)
  assert.equal(indicatorsOf(at.intel, 'domain', 'd1.example').length, 1)
  const own = await at.post(one, [{ ...stixIndicator(1), modified: '2026-04-01T00:00:00Z', revoked: true }])
  assert.equal(own.json.success_count, 1)
  assert.equal(indicatorsOf(at.intel, 'domain', 'd1.example').length, 0)

  for (let n = 10; n < 24; n += 7)
    await at.post(
      one,
      Array.from({ length: 7 }, (_, each) => ({ ...stixIndicator(n + each), description: 'x'.repeat(900_000) }))
    )
  const seen: string[] = []
  let pages = 0
  for (let next = ''; ; pages++) {
    assert.ok(pages < 10)
    const { json, text } = await at.get(two, `objects/?next=${next}`)
    assert.ok(text.length < 10 << 20)
    seen.push(...json.objects.map((each: { id: string }) => each.id))
    if (json.more !== true) break
    next = json.next
  }
  assert.ok(pages >= 1, 'in more than one page')
  assert.deepEqual([seen.length, new Set(seen).size], [16, 16])
})
