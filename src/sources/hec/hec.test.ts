/** Splunk's HTTP Event Collector over real sockets, to the intake. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenHec } from './hec.ts'
import { splitObjects } from './split-objects.ts'

async function started(more: object = {}) {
  const intake = testIntake()
  const source = await listenHec(sourceConfig('hec', more), intake.context)
  const call = async (path: string, body?: string | Buffer, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${source.ports[0]}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      headers: { authorization: 'Splunk pkt_good', ...headers }
    })
    return { status: answer.status, json: JSON.parse(await answer.text()) as Record<string, unknown> }
  }
  return { intake, source, call }
}

test('events one after the other, packed or not; answered when they are durable', async () => {
  const { intake, source, call } = await started()
  const two = '{"time":1772445600,"host":"web1","event":"one } \\" {"}{"event":{"message":"two","level":"error"}}\n'
  assert.deepEqual(await call('/services/collector/event', two), { status: 200, json: { text: 'Success', code: 0 } })
  const again = await call('/services/collector', gzipSync('{"event":"three"}'), {
    'content-encoding': 'gzip',
    'x-splunk-request-channel': '9f1a1c1e-0000-4000-8000-000000000001'
  })
  assert.deepEqual(again.json, { text: 'Success', code: 0, ackId: 0 })
  assert.deepEqual((await call('/services/collector/ack', '{"acks":[0,7]}')).json, { acks: { 0: true, 7: true } })
  const events = intake.records().map(({ parsed }) => (parsed.ok ? parsed.event : {}))
  assert.deepEqual(
    events.map(event => event['message']),
    ['one } " {', 'two', 'three']
  )
  assert.deepEqual(events[0]!['host'], { name: 'web1' })
  assert.equal(events[0]!['@timestamp'], '2026-03-02T10:00:00.000Z')
  await source.close()
})

test('a request that is sent again is known where its events bear fine times, and only there', async () => {
  const { intake, source, call } = await started()
  const prefixes = async (event: object) => {
    const before = intake.chunks.length
    for (let i = 0; i < 2; i++) await call('/services/collector', JSON.stringify(event))
    return new Set(intake.chunks.slice(before).map(({ headers }) => headers.prefix)).size
  }
  assert.equal(await prefixes({ time: 1772445600.25, event: 'one' }), 1)
  assert.equal(await prefixes({ time: '1772445600.251', event: 'one' }), 1)
  assert.equal(await prefixes({ time: 1772445600, event: 'one' }), 2)
  assert.equal(await prefixes({ event: 'one' }), 2)
  await source.close()
})

test('raw lines, with what the address says of them', async () => {
  const { intake, source, call } = await started()
  assert.equal((await call('/services/collector/raw?host=web1&sourcetype=app', 'first\r\nsecond\n')).status, 200)
  assert.equal((await call('/services/collector/raw', 'third')).status, 200)
  assert.deepEqual(
    intake.records().map(({ parsed }) => parsed.ok && [parsed.event['message'], parsed.event['host']]),
    [
      ['first', { name: 'web1' }],
      ['second', { name: 'web1' }],
      ['third', undefined]
    ]
  )
  await source.close()
})

test('mistakes are answered as Splunk answers them, and nothing of the request is taken', async () => {
  const { intake, source, call } = await started()
  const cases: [string, string, number, object][] = [
    ['/services/collector', '', 400, { text: 'No data', code: 5 }],
    [
      '/services/collector',
      '{"event":"a"}{"event":',
      400,
      { text: 'Invalid data format', code: 6, 'invalid-event-number': 1 }
    ],
    [
      '/services/collector',
      '{"event":"a"} x',
      400,
      { text: 'Invalid data format', code: 6, 'invalid-event-number': 1 }
    ],
    [
      '/services/collector',
      '{"event":"a"}{"time":1}',
      400,
      { text: 'Event field is required', code: 12, 'invalid-event-number': 1 }
    ],
    [
      '/services/collector',
      '{"event":""}',
      400,
      { text: 'Event field cannot be blank', code: 13, 'invalid-event-number': 0 }
    ]
  ]
  for (const [path, body, status, json] of cases) assert.deepEqual(await call(path, body), { status, json }, body)
  assert.equal((await call('/services/collector/health', undefined, { authorization: '' })).status, 200)
  for (const [authorization, code] of [
    ['Splunk pkt_bad', 4],
    ['Digest x', 3]
  ] as const)
    assert.equal((await call('/services/collector', '{"event":"a"}', { authorization })).json['code'], code)
  assert.equal((await call('/other', 'x')).status, 404)
  assert.deepEqual(splitObjects(Buffer.from('{'.repeat(5000))), { wrong: 0 })
  assert.equal(intake.records().length, 0)
  await source.close()
})
