/** RELP over real sockets, to the intake: answers when durable and in order, sessions that break, and hostile senders. */

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { FrameReader } from './frames.ts'
import { listenRelp } from './relp.ts'
import { hasTimeOfDay, rememberedMax, SentBefore } from './resent.ts'

const frame = (txnr: number, command: string, data = ''): string =>
  `${txnr} ${command} ${Buffer.byteLength(data)}${data === '' ? '' : ` ${data}`}\n`
const offers = 'relp_version=0\nrelp_software=test\ncommands=syslog'
const dated = (i: number): string => `<13>2026-05-10T12:00:00.${String(i).padStart(6, '0')}Z host app: message ${i}`

async function started(more: object = {}, intake = testIntake()) {
  const source = await listenRelp(sourceConfig('relp', more), intake.context)
  const open = async (): Promise<{ socket: Socket; heard: () => string; closed: Promise<void> }> => {
    const socket = connect(source.ports[0]!, '127.0.0.1')
    let text = ''
    socket.on('data', bytes => {
      text += bytes.toString('latin1')
    })
    socket.on('error', () => {})
    const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
    await new Promise<void>(resolve => socket.on('connect', () => resolve()))
    return { socket, heard: () => text, closed }
  }
  return { intake, source, open }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > endMs) assert.fail(`not within 10 s: ${what}`)
    await sleep(5)
  }
}

test('open, messages, close: answered in order, and only when durable', async () => {
  const { intake, source, open } = await started()
  const { socket, heard, closed } = await open()
  const durable = intake.hold()
  socket.write(frame(1, 'open', offers) + frame(2, 'syslog', dated(1)) + frame(3, 'syslog', '<13>two\nlines\n'))
  socket.write(frame(4, 'nonsense') + frame(5, 'close'))
  await until(() => heard().includes('1 rsp'), 'open is answered')
  await until(() => source.figures().records === 2, 'both came')
  await sleep(50)
  assert.match(
    heard(),
    /^1 rsp \d+ 200 OK\nrelp_version=0\nrelp_software=picket.*\ncommands=syslog\n4 rsp \d+ 500 .*\n$/
  )
  durable()
  await closed
  assert.match(heard(), /\n2 rsp 6 200 OK\n3 rsp 6 200 OK\n5 rsp 6 200 OK\n0 serverclose 0\n$/)
  assert.deepEqual(
    intake.records().map(({ text, sender }) => [text, sender]),
    [
      [dated(1), '127.0.0.1'],
      ['<13>two\nlines', '127.0.0.1']
    ]
  )
  await source.close()
})

test('in any pieces the same frames come out; a message that is too long is dead and answered', async () => {
  const long = 'x'.repeat(3000)
  const bytes = Buffer.from(
    frame(1, 'open', offers) +
      frame(2, 'syslog', dated(1)) +
      frame(3, 'syslog', long) +
      '4 syslog 0\n' +
      '5 syslog 0 \n' +
      frame(6, 'syslog', dated(2))
  )
  const expected = [
    `1 open ${offers}`,
    `2 syslog ${dated(1)}`,
    '3 buried 3000',
    '4 syslog ',
    '5 syslog ',
    `6 syslog ${dated(2)}`
  ]
  for (let size = 1; size <= bytes.length; size = size < 200 ? size + 1 : size * 2) {
    const seen: string[] = []
    let part = 0
    const reader = new FrameReader(
      {
        frame: (txnr, command, from, start, end) =>
          void seen.push(`${txnr} ${command} ${from.toString('utf8', start, end)}`),
        bury(piece) {
          part += piece.length
        },
        buried: txnr => void seen.push(`${txnr} buried ${part}`)
      },
      () => 1000
    )
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size))
    assert.deepEqual(seen, expected, `pieces of ${size}`)
    assert.equal(reader.problem, undefined)
    assert.equal(reader.isInside, false)
  }
})

test('what was not acknowledged comes again, and is taken once; what is new is kept', async () => {
  const { intake, source, open } = await started()
  const first = await open()
  const durable = intake.hold()
  let text = frame(1, 'open', offers)
  for (let i = 0; i < 10; i++) text += frame(i + 2, 'syslog', dated(i))
  // Equal lines of one session, and lines without a time, are never taken for one.
  text += frame(12, 'syslog', dated(9)) + frame(13, 'syslog', '<13>no time')
  first.socket.write(text)
  await until(() => source.figures().records === 12, 'all came')
  first.socket.destroy()
  const second = await open()
  let again = frame(1, 'open', offers)
  let txnr = 2
  for (const message of [...Array.from({ length: 10 }, (_, i) => dated(i)), '<13>no time', dated(10), dated(3)])
    again += frame(txnr++, 'syslog', message)
  second.socket.write(again)
  await until(() => source.figures().repeats === 9, 'repetitions are recognised')
  await sleep(50)
  assert.doesNotMatch(second.heard(), /^2 rsp/m, 'a repetition is not acknowledged either before it is durable')
  durable()
  await until(() => /^14 rsp 6 200 OK$/m.test(second.heard()), 'all is acknowledged')
  const texts = intake.records().map(record => record.text)
  assert.deepEqual(texts, [
    ...Array.from({ length: 10 }, (_, i) => dated(i)),
    dated(9),
    '<13>no time',
    // Twice in the session that broke: it cannot be told which, so it is kept.
    dated(9),
    '<13>no time',
    dated(10),
    // Recognised once already: this is another one.
    dated(3)
  ])
  second.socket.destroy()
  await source.close()
})

test('after a restart, too: the last chunks are asked for', async () => {
  const intake = testIntake()
  const before = await started({}, intake)
  const first = await before.open()
  first.socket.write(frame(1, 'open', offers) + frame(2, 'syslog', dated(1)) + frame(3, 'syslog', dated(2)))
  await intake.until(2)
  await before.source.close()
  const chunks = [...intake.chunks]
  const later = testIntake()
  const asked: string[] = []
  const context = {
    ...later.context,
    recent: async (source: string) => {
      asked.push(source)
      return chunks
    }
  }
  const after = await started({}, { ...later, context })
  const second = await after.open()
  second.socket.write(frame(1, 'open', offers) + frame(2, 'syslog', dated(2)) + frame(3, 'syslog', dated(3)))
  await until(() => /^3 rsp/m.test(second.heard()), 'acknowledged')
  assert.deepEqual(asked, ['test'])
  assert.deepEqual(
    later.records().map(({ text }) => text),
    [dated(3)]
  )
  second.socket.destroy()
  await after.source.close()
})

test('an orderly stop acknowledges what was taken, and says goodbye', async () => {
  const { intake, source, open } = await started()
  const { socket, heard, closed } = await open()
  socket.write(frame(1, 'open', offers) + frame(2, 'syslog', dated(1)))
  await until(() => source.figures().records === 1, 'it came')
  await Promise.all([source.close(), closed])
  assert.match(heard(), /2 rsp 6 200 OK\n0 serverclose 0\n$/)
  assert.equal(intake.records().length, 1)
})

test('who does not keep to the protocol loses the connection; the others go on', async () => {
  const { intake, source, open } = await started()
  const good = await open()
  good.socket.write(frame(1, 'open', offers))
  const hello = frame(1, 'open', offers)
  for (const [what, bytes] of [
    ['garbage', 'GET / HTTP/1.1\r\n\r\n'],
    ['TLS to a plain port', Buffer.from('16030100c8010000c40303', 'hex')],
    ['no open', frame(1, 'syslog', dated(1))],
    ['a number left out', hello + frame(3, 'syslog', dated(1))],
    ['a number twice', hello + frame(2, 'syslog', dated(7)) + frame(2, 'syslog', dated(8))],
    ['a frame that ends elsewhere', `${hello}2 syslog 3 abcdef\n`],
    ['a huge open', `1 open 999999999 ${'x'.repeat(100)}`],
    ['an endless number', '1'.repeat(1000)],
    ['an endless command', `1 ${'x'.repeat(1000)}`],
    ['an endless length', `1 syslog ${'1'.repeat(1000)}`],
    ['a version of another time', frame(1, 'open', 'relp_version=9\ncommands=syslog')],
    ['no messages', frame(1, 'open', 'relp_version=0\ncommands=other')]
  ] as const) {
    const { socket, closed } = await open()
    socket.write(bytes)
    await Promise.race([closed, sleep(10_000, undefined, { ref: false }).then(() => assert.fail(what))])
  }
  good.socket.write(frame(2, 'syslog', dated(2)))
  await until(() => /^2 rsp/m.test(good.heard()), 'the good one goes on')
  assert.deepEqual(
    intake.records().map(({ text }) => text),
    [dated(7), dated(2)]
  )
  good.socket.destroy()
  await source.close()
})

test('a sender that does not wait for answers is held back; memory stays bounded', async () => {
  const { intake, source, open } = await started()
  const { socket, heard } = await open()
  const durable = intake.hold()
  socket.write(frame(1, 'open', offers))
  const count = 60_000
  let text = ''
  for (let i = 0; i < count; i++) text += frame(i + 2, 'syslog', dated(i))
  socket.write(text)
  await sleep(500)
  const taken = source.figures().records
  assert.ok(taken >= 8192 && taken < 12_000, `${taken}`)
  durable()
  await until(() => heard().endsWith(`${count + 1} rsp 6 200 OK\n`), 'all is acknowledged')
  assert.equal(intake.records().length, count)
  socket.destroy()
  await source.close()
})

test('what is remembered of senders is bounded, and forgotten when all was answered', () => {
  const sent = new SentBefore()
  const bytes = (i: number): Buffer => Buffer.from(dated(i))
  const repeated = (memory: { isRepeated(bytes: Buffer, start: number, end: number): boolean }, i: number): boolean =>
    memory.isRepeated(bytes(i), 0, bytes(i).length)
  const first = sent.open('a', () => {})
  for (let i = 0; i < rememberedMax + 10; i++) assert.equal(repeated(first, i), false)
  first.end(false)
  const other = sent.open('b', () => {})
  assert.equal(repeated(other, 100), false, 'another sender')
  const second = sent.open('a', () => {})
  assert.equal(repeated(second, 9), false, 'too long ago')
  assert.equal(repeated(second, 10), true)
  assert.equal(repeated(second, rememberedMax + 9), true)
  for (let i = 0; i < rememberedMax; i++) repeated(second, 10_000 + i)
  assert.equal(repeated(second, 11), false, 'the beginning of the session is over')
  first.end(true)
  second.end(true)
  assert.equal(
    repeated(
      sent.open('a', () => {}),
      rememberedMax + 9
    ),
    false,
    'all was answered'
  )
  const line = Buffer.from('<13>May 10 12:00:00 host app: text')
  assert.equal(hasTimeOfDay(line, 0, line.length), true)
  assert.equal(hasTimeOfDay(line, 0, 14), false)
  assert.equal(hasTimeOfDay(Buffer.from('a:bc:12:x'), 0, 9), false)
})
