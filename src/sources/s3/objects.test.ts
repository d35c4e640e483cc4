/** Objects over connections that break, against a server here that breaks them: read on from there, or not at all, and never half. */

import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { S3Client } from '@aws-sdk/client-s3'
import { testPull } from '../pull/test-context.ts'
import { ObjectFailure } from './object-bytes.ts'
import { Objects } from './objects.ts'

type Served = { readonly body: Buffer; etag: string; breakAfter: number; asked: string[] }
const served = new Map<string, Served>()

/** Sends what is asked for, and breaks off after so many bytes. */
const server = createServer((request, response: ServerResponse) => {
  const object = served.get(new URL(request.url!, 'http://x').pathname)
  if (object === undefined) {
    response.writeHead(404, { 'content-type': 'application/xml' })
    response.end('<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>')
    return
  }
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  object.asked.push(request.headers.range ?? '')
  const from = Number(range?.[1] ?? 0)
  const wanted = request.headers['if-match']
  if (wanted !== undefined && wanted !== `"${object.etag}"`) {
    response.writeHead(412, { 'content-type': 'application/xml' })
    response.end('<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>')
    return
  }
  const rest = object.body.subarray(from)
  response.writeHead(range === null ? 200 : 206, { etag: `"${object.etag}"`, 'content-length': String(rest.length) })
  if (rest.length <= object.breakAfter) response.end(rest)
  else response.write(rest.subarray(0, object.breakAfter), () => setTimeout(() => response.destroy(), 30))
})
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as { port: number }
const client = new S3Client({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'eu-central-1',
  forcePathStyle: true,
  maxAttempts: 1,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' }
})
after(() => {
  client.destroy()
  server.closeAllConnections()
  server.close()
})

const lines = Array.from({ length: 60_000 }, (_, n) => `2026-03-02T10:00:00Z line ${n} of an object that is long`)

function setUp(key: string, breakAfter: number) {
  const object: Served = { body: Buffer.from(lines.join('\n') + '\n'), etag: 'e1', breakAfter, asked: [] }
  served.set(`/b/${key}`, object)
  const pull = testPull()
  const objects = new Objects({
    client,
    source: 'test',
    format: undefined,
    timezoneMinutes: undefined,
    skipDigests: false,
    objectsMax: 4,
    context: pull.context
  })
  return { object, objects, pull, named: { bucket: 'b', key, sizeBytes: object.body.length, version: undefined } }
}

test('a connection that breaks is begun again where it broke: every record once, in order', async () => {
  const { object, objects, pull, named } = setUp('breaks', 900_000)
  await objects.read(named)
  assert.deepEqual(
    pull.records().map(({ text }) => text),
    lines
  )
  assert.ok(object.asked.length > 3, object.asked.join(' '))
  assert.ok(pull.chunks.every(({ headers }) => headers.dead === undefined))
})

test('an object that changes meanwhile, or that never comes to its end, is left for later: no dead letter, no half record', async () => {
  const { object, objects, pull, named } = setUp('changes', 2_000_000)
  const reading = objects.read(named)
  setTimeout(() => {
    object.etag = 'e2'
  }, 20)
  await assert.rejects(reading, error => error instanceof ObjectFailure && error.failure.kind === 'expired')
  object.breakAfter = 0
  await assert.rejects(objects.read(named), error => error instanceof ObjectFailure && error.failure.kind === 'away')
  for (const { headers } of pull.chunks) assert.equal(headers.dead, undefined)
  const records = pull.records().map(({ text }) => text)
  assert.deepEqual(records, lines.slice(0, records.length))
  assert.equal(objects.inWork, 0)
  // And then: what was read before is known by its identity.
  object.breakAfter = Number.POSITIVE_INFINITY
  object.etag = 'e1'
  const before = pull.chunks.length
  await objects.read(named)
  const again = pull.chunks.slice(before)
  assert.equal(
    again.reduce((sum, { headers }) => sum + headers.records, 0),
    lines.length
  )
  pull.chunks.slice(0, before).forEach(({ headers, body }, n) => {
    assert.deepEqual([headers.prefix, body], [again[n]!.headers.prefix, again[n]!.body])
  })
})

test('what is stopped ends, and says so', async () => {
  const { objects, named } = setUp('stops', 10)
  const reading = objects.read(named)
  setTimeout(() => objects.stop(), 50)
  await assert.rejects(reading, /stopping|aborted/)
  await assert.rejects(objects.read(named), /stopping/)
  assert.ok(objects.isStopped)
})

test('small objects: unpacked at once, with the same records as unpacked as they come; damage and bombs are told', async () => {
  const text = Buffer.from(lines.slice(0, 100).join('\n') + '\n')
  const packed = gzipSync(text)
  const cases: readonly (readonly [string, Buffer, number, RegExp | undefined])[] = [
    ['plain', text, 100, undefined],
    ['gzip', packed, 100, undefined],
    ['members', Buffer.concat([packed, gzipSync('one more\n')]), 101, undefined],
    ['within', gzipSync(packed), 100, undefined],
    ['cut', packed.subarray(0, packed.length - 20), 100, /ended early/],
    ['garbage', Buffer.concat([packed, Buffer.from('no gzip')]), 101, /./],
    ['large', gzipSync(Buffer.alloc(6 << 20, 'all the same\n')), 483_959, undefined]
  ]
  for (const [name, body, records, dead] of cases) {
    const { objects, pull, named } = setUp(name, Number.POSITIVE_INFINITY)
    served.set(`/b/${name}`, { body, etag: name, breakAfter: Number.POSITIVE_INFINITY, asked: [] })
    await objects.read({ ...named, sizeBytes: body.length })
    const reasons = pull.chunks.flatMap(({ headers }) => headers.dead ?? [])
    assert.equal(reasons.length, dead === undefined ? 0 : 1, `${name}: ${reasons}`)
    if (dead === undefined) assert.equal(objects.records, records, name)
    else assert.match(reasons[0]!, dead)
    assert.equal(objects.bytes, body.length)
  }
})
