/** GELF over real sockets, to the intake. */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { GelfAssembler } from './assemble.ts'
import { listenGelf } from './gelf.ts'

const message = (text: string): Buffer =>
  Buffer.from(JSON.stringify({ version: '1.1', host: 'example.org', short_message: text, level: 5, _user: 'anna' }))

function chunks(payload: Buffer, id: number, size: number): Buffer[] {
  const count = Math.ceil(payload.length / size)
  return Array.from({ length: count }, (_, i) => {
    const head = Buffer.from([0x1e, 0x0f, 0, 0, 0, 0, 0, 0, 0, id, i, count])
    return Buffer.concat([head, payload.subarray(i * size, (i + 1) * size)])
  })
}

test('UDP whole, compressed and in chunks of any order; TCP', async () => {
  const intake = testIntake()
  const source = await listenGelf(sourceConfig('gelf'), intake.context)
  const socket = createSocket('udp4')
  const send = (bytes: Buffer): Promise<void> =>
    new Promise(resolve => socket.send(bytes, source.ports[0]!, '127.0.0.1', () => resolve()))
  await send(message('plain'))
  await send(gzipSync(message('gzip')))
  await send(deflateSync(message('zlib')))
  for (const part of chunks(message('in chunks'), 1, 20).reverse()) await send(part)
  for (const part of chunks(gzipSync(message('gzip in chunks')), 2, 20)) await send(part)
  await send(chunks(message('never whole'), 3, 20)[0]!)
  await send(gzipSync(Buffer.alloc(2_000_000)))
  const tcp = connect(source.ports[1]!, '127.0.0.1')
  tcp.end(Buffer.concat([message('one'), Buffer.from([0]), message('two'), Buffer.from([0])]))
  await intake.until(8)
  await source.close()
  socket.close()
  const records = intake.records()
  const texts = records.flatMap(({ parsed }) => (parsed.ok ? [parsed.event['message']] : []))
  assert.deepEqual(texts.sort(), ['gzip', 'gzip in chunks', 'in chunks', 'one', 'plain', 'two', 'zlib'])
  const reasons = records.flatMap(({ parsed }) => (parsed.ok ? [] : [parsed.reason])).sort()
  assert.equal(reasons.length, 2)
  assert.match(reasons[0]!, /^1 of \d GELF chunks: the others did not come/)
  assert.match(reasons[1]!, /cannot be inflated to at most/)
})

test('HTTP: accepted only when durable', async () => {
  const intake = testIntake()
  const source = await listenGelf(sourceConfig('gelf', { transports: ['http'] }), intake.context)
  const post = (path: string, body: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${source.ports[0]}${path}`, { method: 'POST', body: new Uint8Array(body), headers })
  const release = intake.hold()
  let answered = false
  const first = post('/gelf', message('held')).then(answer => {
    answered = true
    return answer.status
  })
  await new Promise(resolve => setTimeout(resolve, 400))
  assert.equal(answered, false)
  release()
  assert.equal(await first, 202)
  assert.equal(intake.records().length, 1)
  assert.equal((await post('/gelf', gzipSync(message('gzip')), { 'content-encoding': 'gzip' })).status, 202)
  assert.equal((await post('/gelf', gzipSync(Buffer.alloc(5_000_000)), { 'content-encoding': 'gzip' })).status, 413)
  assert.equal((await post('/gelf', message('x'), { 'content-encoding': 'gzip' })).status, 400)
  assert.equal((await post('/other', message('x'))).status, 404)
  await source.close()
  assert.equal(intake.records().length, 2)
})

test('a flood of unfinished chunks stays within bounds', () => {
  let lost = 0
  const assembler = new GelfAssembler(() => lost++)
  for (let i = 0; i < 5000; i++) {
    const chunk = Buffer.alloc(8192)
    chunk.set([0x1e, 0x0f, 0, 0, 0, 0, 0, 0, i >>> 8, i & 255, 0, 2])
    assembler.add(chunk, 'x', 0)
  }
  assert.ok(lost >= 5000 - 1024)
  assembler.expire(Number.POSITIVE_INFINITY)
  assert.equal(lost, 5000)
})
