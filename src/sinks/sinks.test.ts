/** Sinks against servers of this machine: Picket's own intakes where there is one, and servers that fail as real ones do. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { certificates, skipOpenssl } from '../../test/services/certificates.ts'
import { listenElasticsearch } from '../sources/elasticsearch/elasticsearch.ts'
import { sourceConfig, testIntake } from '../sources/listen/test-intake.ts'
import { listenSyslog } from '../sources/syslog/syslog.ts'
import { openSink, readAddress } from './index.ts'
import type { SinkContext } from './sink.ts'

const folder = mkdtempSync(join(tmpdir(), 'picket-sinks-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const context: SinkContext = {
  nowMs: () => Date.UTC(2026, 2, 1, 12),
  signal: new AbortController().signal,
  random: () => 0.5,
  env: {},
  header: undefined,
  format: 'ndjson'
}
const records = (count: number): string[] =>
  Array.from({ length: count }, (_, n) =>
    JSON.stringify({ '@timestamp': '2026-03-01T12:00:00Z', message: `record ${n} ü` })
  )

async function httpServer(answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void) {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    answer(request, Buffer.concat(parts), response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    }
  }
}

test('addresses: what they mean, and that secrets are not shown', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['-', { scheme: '-' }],
    ['logs/a.ndjson', { scheme: 'file', path: 'logs/a.ndjson' }],
    ['/tmp/a.ndjson?size=1MB', { scheme: 'file', path: '/tmp/a.ndjson' }],
    ['file:///tmp/a%20b', { scheme: 'file', path: '/tmp/a b' }],
    [
      'kafka://u:p%40ss@a:9092,b:9092/topic',
      { user: 'u', password: 'p@ss', host: 'a:9092,b:9092', path: 'topic', shown: 'kafka://a:9092,b:9092/topic' }
    ],
    ['http://h:1/p/q?x=1', { url: 'http://h:1/p/q?x=1', shown: 'http://h:1/p/q' }],
    ['s3://b/logs/%Y/{n}.gz', { host: 'b', path: 'logs/%Y/{n}.gz' }],
    ['picket://', { host: '', path: '' }]
  ]
  for (const [address, expected] of cases) {
    const { target } = readAddress(address)
    for (const [key, value] of Object.entries(expected))
      assert.equal(target[key as keyof typeof target], value, `${address} ${key}`)
  }
})

test('HTTP: batches, packed; what fails for a while is sent again, what is refused ends the run', async () => {
  const bodies: string[] = []
  let failures = 2
  const server = await httpServer((request, body, response) => {
    assert.equal(request.headers['authorization'], 'Bearer secret')
    assert.equal(request.headers['x-source'], 'test')
    if (request.url === '/never') response.writeHead(400).end('{"error":{"message":"no such thing"}}')
    else if (failures-- > 0) response.writeHead(503, { 'retry-after': '0' }).end()
    else {
      bodies.push(gunzipSync(body).toString())
      response.end('ok')
    }
  })
  const options = ['lines=40', 'gzip', 'token=secret', 'header=X-Source: test', 'requests=1']
  const sink = await openSink(`http://127.0.0.1:${server.port}/in?a=b`, options, context)
  const all = records(100)
  await sink.write(all, undefined)
  await sink.close()
  assert.deepEqual(
    bodies.map(body => body.trimEnd().split('\n').length),
    [40, 40, 20]
  )
  assert.equal(bodies.join(''), `${all.join('\n')}\n`)
  assert.equal(sink.figures().retries, 2)
  const never = await openSink(`http://127.0.0.1:${server.port}/never`, options, context)
  await never.write(records(10), undefined)
  await assert.rejects(never.close(), /never: answered 400: no such thing/)
  await server.close()
})

test('Elasticsearch: into our own intake; failed items alone are sent again, refused ones are counted', async () => {
  const intake = testIntake()
  const source = await listenElasticsearch(sourceConfig('elasticsearch'), intake.context)
  const sink = await openSink(
    `elasticsearch://elastic:pkt_good@127.0.0.1:${source.ports[0]}/logs-test?lines=30`,
    [],
    context
  )
  const all = records(100)
  await sink.write(all, undefined)
  await sink.close()
  assert.deepEqual(
    intake
      .records()
      .map(({ text }) => text)
      .sort(),
    [...all].sort()
  )
  await source.close()

  const seen: string[][] = []
  const server = await httpServer((_request, body, response) => {
    const documents = body
      .toString()
      .trimEnd()
      .split('\n')
      .filter((_, at) => at % 2 === 1)
    seen.push(documents)
    const items = documents.map((document, at) => {
      const status = document.includes('record 3 ') ? 400 : seen.length === 1 && at % 2 === 0 ? 429 : 201
      return {
        create: { status, ...(status > 201 && { error: { type: 'some_exception', reason: `status ${status}` } }) }
      }
    })
    response.end(JSON.stringify({ errors: true, items }))
  })
  const failing = await openSink(`elasticsearch://127.0.0.1:${server.port}/logs`, [], context)
  await failing.write(records(6), undefined)
  await failing.close()
  assert.deepEqual(
    seen.map(({ length }) => length),
    [6, 3]
  )
  assert.deepEqual(
    seen[1],
    [0, 2, 4].map(at => records(6)[at])
  )
  assert.deepEqual(failing.figures(), { retries: 1, refused: 1, reason: '3 records: 429 some_exception: status 429' })
  await server.close()
})

test('syslog over UDP, TCP (octets and lines) and TLS, into our own intake', { skip: skipOpenssl }, async () => {
  const { ca, pair } = certificates(folder, ['server'])
  const { cert, key } = pair('server')
  for (const [transports, address, more] of [
    [['udp', 'tcp'], 'syslog', {}],
    [['udp', 'tcp'], 'syslog+tcp', {}],
    [['tcp'], 'syslog+tcp', { framing: 'lines', header: 'rfc3164' }],
    [['tls'], 'syslog+tls', { ca }]
  ] as const) {
    const intake = testIntake()
    const config = sourceConfig('syslog', { transports, ...(address === 'syslog+tls' && { tls: { cert, key } }) })
    const source = await listenSyslog(config, intake.context)
    const options = Object.entries(more).map(([name, value]) => `${name}=${value}`)
    const sink = await openSink(
      `${address}://127.0.0.1:${source.ports[0]}?app=demo&hostname=web-1&facility=4&severity=2`,
      options,
      context
    )
    await sink.write(records(50), undefined)
    await sink.write(records(50), undefined)
    await sink.close()
    await intake.until(100)
    const { text, parsed } = intake.records()[0]!
    const head =
      'header' in more
        ? `<34>Mar  1 12:00:00 web-1 demo[${process.pid}]: `
        : `<34>1 2026-03-01T12:00:00.000Z web-1 demo ${process.pid} - - `
    assert.equal(text, head + records(1)[0], address)
    assert.ok(parsed.ok)
    await source.close()
  }
})

test('a receiver that goes away is connected to again', async () => {
  const intake = testIntake()
  const config = sourceConfig('syslog', { transports: ['tcp'] })
  const source = await listenSyslog(config, intake.context)
  const port = source.ports[0]!
  const sink = await openSink(`syslog+tcp://127.0.0.1:${port}`, [], context)
  await sink.write(records(1), undefined)
  await intake.until(1)
  await source.close()
  const again = await listenSyslog({ ...config, port }, intake.context)
  // What the network took before it knew is lost: TCP without answers has no more to say.
  for (let tries = 0; intake.records().length < 2 && tries < 50; tries++) {
    await sink.write(records(1), undefined)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  assert.ok(intake.records().length >= 2)
  await sink.close()
  await again.close()
})
