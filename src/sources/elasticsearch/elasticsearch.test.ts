/** Bulk requests over real sockets, to the intake. */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
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
