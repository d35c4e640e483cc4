/** Lumberjack over real sockets, to the intake: windows, compression, acknowledgements when durable, and hostile senders. */

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenLumberjack } from './lumberjack.ts'

const u32 = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, i * 4)
  return bytes
}
const windowOf = (count: number, version = '2'): Buffer => Buffer.concat([Buffer.from(`${version}W`), u32(count)])
const eventOf = (sequence: number, event: object): Buffer => {
  const json = Buffer.from(JSON.stringify(event))
  return Buffer.concat([Buffer.from('2J'), u32(sequence, json.length), json])
}
const compressed = (frames: Buffer): Buffer => {
  const bytes = deflateSync(frames)
  return Buffer.concat([Buffer.from('2C'), u32(bytes.length), bytes])
}
const data = (sequence: number, fields: Record<string, string>): Buffer =>
  Buffer.concat([
    Buffer.from('1D'),
    u32(sequence, Object.keys(fields).length),
    ...Object.entries(fields).flatMap(([key, value]) =>
      [key, value].flatMap(text => [u32(Buffer.byteLength(text)), Buffer.from(text)])
    )
  ])
const message = (i: number): object => ({ '@timestamp': '2026-03-02T10:00:00.000Z', message: `line ${i}` })

const bomb = deflateSync(Buffer.alloc(60_000_000))
const hostile: readonly { what: string; bytes: Buffer; reason: RegExp }[] = [
  {
    what: 'another protocol',
    bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    reason: /no frame of Lumberjack: version 71/
  },
  {
    what: 'a frame without an end',
    bytes: Buffer.concat([Buffer.from('2J'), u32(1, 0xfffffff0)]),
    reason: /a frame of \d+ bytes \(frameBytesMax is 4000000\)/
  },
  { what: 'a huge window', bytes: windowOf(0xffffffff), reason: /a window of 4294967295 events \(windowMax is 100\)/ },
  {
    what: 'a bomb',
    bytes: Buffer.concat([Buffer.from('2C'), u32(bomb.length), bomb]),
    reason: /a compressed frame that becomes more than 40000000 bytes/
  },
  {
    what: 'no zlib',
    bytes: Buffer.concat([Buffer.from('2C'), u32(4), Buffer.from('abcd')]),
    reason: /a compressed frame that cannot be read/
  },
  { what: 'compressed twice', bytes: compressed(compressed(eventOf(1, message(1)))), reason: /within another/ },
  { what: 'cut short within', bytes: compressed(eventOf(1, message(1)).subarray(0, 20)), reason: /ends in the middle/ },
  {
    what: 'a million fields',
    bytes: Buffer.concat([Buffer.from('1D'), u32(1, 1_000_000)]),
    reason: /an event of 1000000 fields \(at most 10000\)/
  }
]

async function started(more: object = {}) {
  const intake = testIntake()
  const source = await listenLumberjack(sourceConfig('lumberjack', more), intake.context)
  const open = async (): Promise<{ socket: Socket; acks: string[]; closed: Promise<void> }> => {
    const socket = connect(source.ports[0]!, '127.0.0.1')
    const acks: string[] = []
    let held: Buffer = Buffer.alloc(0)
    socket.on('data', bytes => {
      held = Buffer.concat([held, bytes as Buffer])
      for (; held.length >= 6; held = held.subarray(6))
        acks.push(`${held.toString('latin1', 0, 2)} ${held.readUInt32BE(2)}`)
    })
    socket.on('error', () => {})
    const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
    await new Promise<void>(resolve => socket.on('connect', () => resolve()))
    return { socket, acks, closed }
  }
  return { intake, source, open }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > endMs) assert.fail(`not within 10 s: ${what}`)
    await sleep(10)
  }
}

test('windows of JSON, compressed and cut anywhere; acknowledged when durable, not before', async () => {
  const { intake, source, open } = await started()
  const { socket, acks } = await open()
  const release = intake.hold()
  const bytes = Buffer.concat([
    windowOf(3),
    compressed(Buffer.concat([eventOf(1, message(1)), eventOf(2, message(2)), eventOf(3, message(3))])),
    windowOf(2),
    eventOf(1, message(4)),
    eventOf(2, message(5))
  ])
  for (let at = 0; at < bytes.length; at += 7) {
    socket.write(bytes.subarray(at, at + 7))
    if (at % 70 === 0) await sleep(1)
  }
  await sleep(300)
  assert.deepEqual(acks, [])
  release()
  await until(() => acks.length >= 2, 'two acknowledgements')
  assert.deepEqual(acks, ['2A 3', '2A 2'])
  assert.deepEqual(
    intake.records().map(({ parsed }) => parsed.ok && parsed.event['message']),
    ['line 1', 'line 2', 'line 3', 'line 4', 'line 5']
  )
  socket.destroy()
  await source.close()
})

test('the first version, a window that fills slowly, and being told that we are at it', async () => {
  const { intake, source, open } = await started()
  const { socket, acks } = await open()
  socket.write(Buffer.concat([windowOf(2, '1'), data(1, { line: 'one', host: 'h' })]))
  // A part of a window is acknowledged when it has waited.
  await until(() => acks.includes('1A 1'), 'a part')
  const release = intake.hold()
  socket.write(data(2, { line: 'two', host: 'h' }))
  await until(() => acks.includes('1A 0'), 'a sign of life')
  release()
  await until(() => acks.includes('1A 2'), 'the end of the window')
  assert.equal(intake.records().length, 2)
  socket.destroy()
  await source.close()
})

test('too large a record is a dead letter and acknowledged; what is no Lumberjack closes the connection alone', async () => {
  const { intake, source, open } = await started({ frameBytesMax: '4MB', windowMax: 100 })
  const good = await open()
  good.socket.write(
    Buffer.concat([windowOf(2), eventOf(1, { message: 'x'.repeat(1_200_000) }), eventOf(2, message(2))])
  )
  await until(() => good.acks.includes('2A 2'), 'the window')
  const [dead, next] = intake.records()
  assert.ok(dead?.parsed.ok === false && /too large/.test(dead.parsed.reason))
  assert.ok(next?.parsed.ok)

  for (const { what, bytes } of hostile) {
    const { socket, closed } = await open()
    socket.write(bytes)
    await Promise.race([closed, sleep(10_000).then(() => assert.fail(what))])
  }
  assert.equal(source.figures().refused, hostile.length)
  good.socket.write(Buffer.concat([windowOf(1), eventOf(1, message(3))]))
  await until(() => good.acks.filter(ack => ack === '2A 1').length === 1, 'the good one goes on')
  assert.equal(intake.records().length, 3)
  good.socket.destroy()
  await source.close()
})

test('who is refused is told of with the reason, once a minute, and counted', async () => {
  for (const { what, bytes, reason } of hostile) {
    const { intake, source, open } = await started({ frameBytesMax: '4MB', windowMax: 100 })
    for (let times = 1; times <= 2; times++) {
      const { socket, closed } = await open()
      socket.write(bytes)
      await closed
      assert.equal(source.figures().refused, times, what)
    }
    assert.equal(intake.warnings.length, 1, what)
    assert.match(intake.warnings[0]!, /^a Lumberjack connection was closed .*"address":"127.0.0.1"/)
    assert.match(intake.warnings[0]!, reason)
    await source.close()
  }
})

test('the pipeline is behind: nobody loses the connection, also who has sent only a part of an event', async () => {
  const { intake, source, open } = await started()
  const release = intake.hold()
  const [fast, slow] = [await open(), await open()]
  const large = { message: 'x'.repeat(900_000) }
  const events = Array.from({ length: 40 }, (_, i) => eventOf(i + 1, large))
  fast.socket.write(Buffer.concat([windowOf(events.length), ...events]))
  await until(() => source.figures().waitingBytes > 32 << 20, 'the bound')
  const event = eventOf(1, message(1))
  slow.socket.write(Buffer.concat([windowOf(1), event.subarray(0, 20)]))
  await sleep(200)
  const before = source.figures().records
  slow.socket.write(event.subarray(20))
  await until(() => fast.acks.includes('2A 0') && slow.acks.includes('2A 0'), 'both are told that we are at it')
  assert.equal(source.figures().records, before, 'nothing more is read')
  assert.ok(source.figures().waitingBytes < 34 << 20)
  release()
  await until(() => fast.acks.includes('2A 40') && slow.acks.includes('2A 1'), 'all is acknowledged')
  assert.equal(intake.records().length, 41)
  assert.equal(source.figures().refused, 0)
  for (const { socket } of [fast, slow]) socket.destroy()
  await source.close()
})
