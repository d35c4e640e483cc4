/** Bulk requests over real sockets, to the intake. */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BatchWorker } from '../../pipeline/worker.ts'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenElasticsearch } from './elasticsearch.ts'

const basic = `Basic ${Buffer.from('elastic:pkt_good').toString('base64')}`

async function started(more: object = {}) {
  const intake = testIntake()
  const source = await listenElasticsearch(sourceConfig('elasticsearch', more), intake.context)
  const call = async (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${source.ports[0]}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      headers: { authorization: basic, 'content-type': 'application/x-ndjson', ...headers }
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      // biome-ignore lint/suspicious/noExplicitAny: what the JSON holds is what the tests check
      json: (text.startsWith('{') ? JSON.parse(text) : undefined) as any
    }
  }
  return { intake, source, call }
}

test('a bulk request: items in order, each document a record, the index in the line wins', async () => {
  const { intake, source, call } = await started()
  const body =
    '{"index":{"_index":"logs-a","_id":"1"}}\n{"@timestamp":"2026-06-01T00:00:00Z","message":"one"}\n' +
    '{"create":{}}\n{"@timestamp":"2026-06-01T00:00:01Z","message":"two"}\n' +
    '{"delete":{"_id":"1"}}\n' +
    '{"update":{"_id":"1"}}\n{"doc":{}}\n'
  const answer = await call('POST', '/logs-path/_bulk?filter_path=x', gzipSync(body), { 'content-encoding': 'gzip' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-elastic-product'), 'Elasticsearch')
  assert.match(answer.text, /^\{"took":\d+,"errors":true,"items":\[\{"index":/)
  const items = answer.json.items.map((item: object) => {
    const [action, result] = Object.entries(item)[0] as [string, { _index: string; status: number }]
    return [action, result._index, result.status]
  })
  assert.deepEqual(items, [
    ['index', 'logs-a', 201],
    ['create', 'logs-path', 201],
    ['delete', 'logs-path', 400],
    ['update', 'logs-path', 400]
  ])
  // It was durable before it was answered.
  const records = intake.records()
  assert.deepEqual(
    records.map(({ parsed }) => parsed.ok && parsed.event['message']),
    ['one', 'two']
  )
  assert.equal((await call('POST', '/_bulk', body.split('\n').slice(0, 4).join('\n'))).json.errors, false)
  assert.equal((await call('POST', '/logs/_doc', '{"message":"single"}')).status, 201)
  assert.equal(intake.records().length, 5)
  await source.close()
})

test('what cannot be taken is said, and nothing of it is taken', async () => {
  const { intake, source, call } = await started({ requestBytesMax: '1KB' })
  assert.equal((await call('POST', '/_bulk', 'no\n')).status, 400)
  assert.equal((await call('POST', '/_bulk', '{"index":{}}\n')).status, 400)
  assert.equal(
    (await call('POST', '/_bulk', '{"index":{}}\n{"a":1}\n', { authorization: 'Bearer pkt_bad' })).status,
    401
  )
  assert.equal((await call('POST', '/_bulk', '{"index":{}}\n{"a":1}\n', { authorization: '' })).status, 401)
  for (const bytes of [5000, 20_000_000]) {
    assert.equal((await call('POST', '/_bulk', Buffer.alloc(bytes))).status, 413)
    assert.equal((await call('POST', '/_bulk', Buffer.alloc(bytes), { authorization: '' })).status, 401)
  }
  assert.equal(
    (await call('POST', '/_bulk', gzipSync(Buffer.alloc(5_000_000)), { 'content-encoding': 'gzip' })).status,
    413
  )
  assert.equal((await call('GET', '/_search')).status, 404)
  assert.equal(intake.records().length, 0)
  await source.close()
})

test('what shippers ask first', async () => {
  const { source, call } = await started()
  const key = `ApiKey ${Buffer.from('id:pkt_good').toString('base64')}`
  assert.equal((await call('GET', '/', undefined, { authorization: key })).json.version.number[0], '8')
  assert.equal((await call('HEAD', '/', undefined, { authorization: 'Bearer pkt_good' })).status, 200)
  assert.equal((await call('GET', '/_license')).json.license.status, 'active')
  assert.equal((await call('GET', '/_cluster/health')).json.status, 'green')
  assert.equal((await call('HEAD', '/_index_template/filebeat')).status, 404)
  assert.equal((await call('PUT', '/_index_template/filebeat', '{}')).json.acknowledged, true)
  assert.equal((await call('PUT', '/_ilm/policy/filebeat', '{}')).json.acknowledged, true)
  await source.close()
})

const bulk = (...lines: object[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('')
const at = '2026-06-01T00:00:00Z'

test('a document with an _id: create is answered 409 when it is there, and the same comes with the same id', async () => {
  const { intake, source, call } = await started()
  /** How many of the records would be stored, and how many are there already. */
  const counted = () => {
    const reply = new BatchWorker().run({ number: 1, chunks: intake.chunks, known: new Uint32Array(0) })
    return [reply.rows, reply.outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0)]
  }
  const statuses = (answer: { json: { items: Record<string, { status: number; error?: { type: string } }>[] } }) =>
    answer.json.items.map(item => Object.values(item)[0]!.status)
  const body = bulk(
    { create: { _index: 'a', _id: '1' } },
    { '@timestamp': at, message: 'one' },
    { create: { _index: 'a', _id: '1' } },
    { '@timestamp': at, message: 'another of that id' },
    { create: { _index: 'b', _id: '1' } },
    { '@timestamp': at, message: 'of another index' },
    { index: { _index: 'a', _id: '2' } },
    { '@timestamp': at, message: 'two' },
    { index: { _index: 'a' } },
    { '@timestamp': at, message: 'without an id' }
  )
  const first = await call('POST', '/_bulk', body)
  assert.deepEqual(statuses(first), [201, 409, 201, 201, 201])
  assert.equal(first.json.errors, true)
  assert.equal(first.json.items[1].create.error.type, 'version_conflict_engine_exception')
  assert.deepEqual(counted(), [4, 0])
  // The same request again, as after a lost answer: nothing new. An index replaced: both stay.
  assert.deepEqual(statuses(await call('POST', '/_bulk', body)), [409, 409, 409, 201, 201])
  assert.deepEqual(counted(), [4, 2])
  await call('POST', '/a/_bulk', bulk({ index: { _id: '2' } }, { '@timestamp': at, message: 'two, changed' }))
  assert.deepEqual(counted(), [5, 2])
  assert.equal((await call('PUT', '/a/_create/1', '{"message":"one"}')).status, 409)
  assert.equal((await call('PUT', '/a/_doc/2', `{"@timestamp":"${at}","message":"two"}`)).status, 201)
  assert.deepEqual(counted(), [5, 3])
  // After a restart nobody remembers: taken, and known by its id all the same.
  await source.close()
  const again = await listenElasticsearch(sourceConfig('elasticsearch'), intake.context)
  await fetch(`http://127.0.0.1:${again.ports[0]}/_bulk`, { method: 'POST', body, headers: { authorization: basic } })
  assert.deepEqual(counted(), [5, 7])
  await again.close()
})

test('what is in the way to the disk is no conflict yet: it is answered when it is there', async () => {
  const { intake, source, call } = await started()
  const release = intake.hold()
  const body = bulk({ create: { _index: 'a', _id: '1' } }, { message: 'one' })
  const answered: number[] = []
  const both = [1, 2].map(async () => {
    const { json } = await call('POST', '/_bulk', body)
    answered.push(json.items[0].create.status)
  })
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.deepEqual(answered, [])
  release()
  await Promise.all(both)
  assert.deepEqual(answered.sort(), [201, 409])
  assert.equal(intake.records().length, 1)
  await source.close()
})

test('a request without ids is the same again where its documents bear fine times, and only there', async () => {
  const { intake, source, call } = await started()
  const prefixes = async (time: string) => {
    const before = intake.chunks.length
    for (let i = 0; i < 2; i++)
      await call('POST', '/_bulk', bulk({ index: {} }, { '@timestamp': time, message: 'one' }))
    return new Set(intake.chunks.slice(before).map(({ headers }) => headers.prefix)).size
  }
  assert.equal(await prefixes('2026-06-01T00:00:00.123Z'), 1)
  assert.equal(await prefixes('2026-06-01T00:00:00.000Z'), 2)
  assert.equal(await prefixes('2026-06-01T00:00:00Z'), 2)
  await source.close()
})

test('answers in the form that was asked for', async () => {
  const { source, call } = await started({ requestBytesMax: '1KB' })
  const body = bulk({ create: { _index: 'a', _id: '1' } }, { message: 'one' }, { delete: { _id: '2' } })
  const terse = await call('POST', '/_bulk?filter_path=errors%2Citems.*.error%2Citems.*.status', body)
  assert.match(
    terse.text,
    /"errors":true,"items":\[\{"create":\{"status":201\}\},\{"delete":\{"status":400,"error":\{"type"/
  )
  const type = 'application/vnd.elasticsearch+json; compatible-with=9'
  const ndjson = 'application/vnd.elasticsearch+x-ndjson; compatible-with=9'
  const versioned = await call('POST', '/_bulk', body, { accept: type, 'content-type': ndjson })
  assert.equal(versioned.headers.get('content-type'), 'application/vnd.elasticsearch+json;compatible-with=9')
  const large = await call('POST', '/_bulk', Buffer.alloc(5000))
  assert.deepEqual([large.status, large.json.error.type], [413, 'content_too_long_exception'])
  const { nodes } = (await call('GET', '/_nodes/http')).json
  assert.equal(nodes.picket.http.publish_address, `127.0.0.1:${source.ports[0]}`)
  await source.close()
})

test('many bodies at once are bounded together: 429, and later they are taken', async () => {
  const { intake, source, call } = await started({ requestBytesMax: 200_000 })
  const line = `{"index":{}}\n{"message":"${'x'.repeat(900)}"}\n`
  const body = line.repeat(200)
  // Twelve clients that send all but the end of a body, and wait.
  const waiting = Array.from({ length: 12 }, () =>
    request({
      host: '127.0.0.1',
      port: source.ports[0],
      path: '/logs/_bulk',
      method: 'POST',
      headers: { authorization: basic, 'content-length': body.length + 1 }
    })
  )
  const statuses: (number | undefined)[] = []
  for (const [i, one] of waiting.entries()) {
    one.on('response', answer => {
      statuses[i] = answer.statusCode
      answer.resume()
    })
    one.on('error', () => {})
    one.write(body)
  }
  while (statuses.filter(status => status === 429).length < 7) await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal(intake.records().length, 0)
  for (const one of waiting) one.end('\n')
  while (statuses.filter(status => status !== undefined).length < 12)
    await new Promise(resolve => setTimeout(resolve, 20))
  const taken = statuses.filter(status => status === 200).length
  assert.ok(taken >= 4 && taken <= 5, `${taken} were taken`)
  const again = await call('POST', '/logs/_bulk', body)
  assert.equal(again.status, 200)
  assert.equal(again.headers.get('content-encoding'), 'gzip')
  assert.equal(again.json.items.length, 200)
  assert.equal(intake.records().length, (taken + 1) * 200)
  await source.close()
})
