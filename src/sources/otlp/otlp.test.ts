/** OTLP over real sockets, to the intake. Real exporters: test/services/opentelemetry.test.ts. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenOtlp } from './otlp.ts'

async function started(more: object = {}) {
  const intake = testIntake()
  const source = await listenOtlp(sourceConfig('otlp', more), intake.context)
  const call = async (
    body: string | Buffer,
    { path = '/v1/logs', method = 'POST', ...headers }: Record<string, string> = {}
  ) => {
    const answer = await fetch(`http://127.0.0.1:${source.ports[0]}${path}`, {
      method,
      ...(method === 'POST' && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      headers: { authorization: 'Bearer pkt_good', 'content-type': 'application/json', ...headers }
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return {
      status: answer.status,
      headers: answer.headers,
      type: answer.headers.get('content-type'),
      bytes,
      text: bytes.toString()
    }
  }
  return { intake, source, call }
}

const log = (body: string, nanos = '1735689600123456789') => ({
  timeUnixNano: nanos,
  severityNumber: 17,
  body: { stringValue: body }
})
const request = (...records: unknown[]) =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] },
        scopeLogs: [{ scope: { name: 'cart' }, logRecords: records }]
      }
    ]
  })

test('JSON: each log record is a record with its resource and scope; what is none is told of', async t => {
  const { intake, source, call } = await started()
  t.after(() => source.close())
  const good = await call(gzipSync(request(log('one'), log('two'))), { 'content-encoding': 'gzip' })
  assert.deepEqual([good.status, good.type, good.text], [200, 'application/json', '{}'])
  const partial = await call(zstdCompressSync(request(log('three'), 7)), { 'content-encoding': 'zstd' })
  assert.equal(
    partial.text,
    '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"a log record is no JSON object"}}'
  )
  const records = intake.records()
  assert.deepEqual(JSON.parse(records[1]!.text), JSON.parse(request(log('two'))))
  assert.deepEqual(
    records.map(({ parsed }) => {
      assert.ok(parsed.ok)
      const { message, service, log } = parsed.event as Record<string, Record<string, unknown>>
      return [message, service!['name'], log!['level'], log!['logger']]
    }),
    ['one', 'two', 'three'].map(text => [text, 'checkout', 'error', 'cart'])
  )
  assert.equal((await call('{}')).status, 200)
  assert.equal((await call('{"resourceLogs":[]}')).status, 200)
})

test('protobuf: taken, and answered in protobuf', async t => {
  const { intake, source, call } = await started()
  t.after(() => source.close())
  // resource_logs { scope_logs { log_records { observed_time_unix_nano: 1735689600123456789, severity_text: "INFO", body { string_value: "hello" } } } }
  const record = Buffer.from('5915c518a265651618' + '1a04494e464f' + '2a070a0568656c6c6f', 'hex')
  const wrap = (field: number, inner: Buffer) => Buffer.concat([Buffer.from([(field << 3) | 2, inner.length]), inner])
  const body = wrap(1, wrap(2, wrap(2, record)))
  const headers = { 'content-type': 'application/x-protobuf' }
  const good = await call(body, headers)
  assert.deepEqual([good.status, good.type, good.bytes.length], [200, 'application/x-protobuf', 0])
  assert.deepEqual(
    intake.records().map(({ parsed }) => parsed.ok && parsed.event['message']),
    ['hello']
  )
  // A record whose body is no message of its kind, beside a good one: the good one is taken.
  const partial = await call(
    wrap(1, wrap(2, Buffer.concat([wrap(2, record), wrap(2, Buffer.from([0x2a, 9]))]))),
    headers
  )
  assert.equal(partial.status, 200)
  assert.equal(partial.bytes.toString('latin1'), '\n\x18\x08\x01\x12\x14a message is cut off')
  assert.equal(intake.records().length, 2)
  const bad = await call(Buffer.from([0x0a, 0x7f]), headers)
  assert.deepEqual([bad.status, bad.type], [400, 'application/x-protobuf'])
  assert.equal(bad.bytes[1], 3)
  assert.match(bad.text, /no ExportLogsServiceRequest: a message is cut off/)
})

test('a request that is sent again has the same ids; one that only looks alike has not', async t => {
  const { intake, source, call } = await started()
  t.after(() => source.close())
  const prefixes = async (body: string, headers = {}) => {
    const before = intake.chunks.length
    for (let i = 0; i < 2; i++) assert.equal((await call(body, headers)).status, 200)
    return new Set(intake.chunks.slice(before).map(chunk => chunk.headers.prefix)).size
  }
  assert.equal(await prefixes(request(log('one'))), 1)
  assert.equal(await prefixes(request(log('one', '1735689600000000000'))), 2)
  assert.equal(await prefixes(request(log('one', '1735689600000000000')), { 'idempotency-key': 'a' }), 1)
})

test('what cannot be taken is said in the encoding that was asked with, and nothing of it is taken', async t => {
  const { intake, source, call } = await started({ requestBytesMax: '2KB' })
  t.after(() => source.close())
  for (const [type, look] of [
    ['application/json', (text: string) => typeof JSON.parse(text).message === 'string'],
    ['application/x-protobuf', (text: string) => text.startsWith('\b')]
  ] as const) {
    const headers = { 'content-type': type }
    const answers = await Promise.all([
      call('no', headers),
      call(Buffer.alloc(5000), headers),
      call(gzipSync(Buffer.alloc(100_000)), { ...headers, 'content-encoding': 'gzip' }),
      call('{}', { ...headers, authorization: 'Bearer pkt_bad' }),
      call('{}', { ...headers, path: '/v1/traces' }),
      call('', { ...headers, method: 'GET' })
    ])
    assert.deepEqual(
      answers.map(answer => answer.status),
      [400, 413, 413, 401, 404, 405]
    )
    for (const answer of answers) assert.ok(answer.type === type && look(answer.text), answer.text)
    assert.match(answers[4]!.text, /Picket takes logs only, no traces/)
  }
  assert.equal((await call('{}', { 'content-type': 'text/plain' })).status, 415)
  assert.equal((await call('[1]')).status, 400)
  assert.equal((await call('{"resourceSpans":[]}')).status, 400)
  assert.equal(intake.records().length, 0)
})

test('a large resource is not written a million times', async t => {
  const { intake, source, call } = await started()
  t.after(() => source.close())
  const resource = (bytes: number) => ({
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'x', value: { stringValue: 'x'.repeat(bytes) } }] },
        scopeLogs: [{ logRecords: Array.from({ length: 10_000 }, () => ({})) }]
      }
    ]
  })
  const refused = await call(JSON.stringify(resource(70_000)))
  assert.equal(refused.status, 400)
  assert.match(refused.text, /larger than 65536 bytes/)
  const partial = JSON.parse((await call(JSON.stringify(resource(60_000)))).text)
  const rejected = Number(partial.partialSuccess.rejectedLogRecords)
  assert.ok(rejected > 8000 && rejected < 9999, String(rejected))
  assert.equal(intake.records().length, 10_000 - rejected)
})

test('while the disk is waited for: 503 with Retry-After, and later it is taken', async t => {
  const { intake, source, call } = await started()
  t.after(() => source.close())
  const release = intake.hold()
  const waiting = Array.from({ length: 10 }, () =>
    call(request(...Array.from({ length: 16 }, () => log('x'.repeat(300_000)))))
  )
  while (source.figures().waitingBytes <= 32 << 20) await new Promise(resolve => setTimeout(resolve, 20))
  const refused = await call(request(log('one')))
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
  release()
  for (const { status } of await Promise.all(waiting)) assert.ok(status === 200 || status === 503, String(status))
  assert.equal((await call(request(log('one')))).status, 200)
})
