/** The lane from `email.raw` to `raw`: in order, once, whatever crashes; large mails slimmed, new senders told, poisoned mails buried. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { memoryBus } from '../bus/memory.ts'
import type { Bus } from '../core/bus.ts'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { readFacts } from '../mail/facts.ts'
import { forEachRecord } from '../parsers/parse-chunk.ts'
import { type Ledger, openLedger } from '../state/ledger.ts'
import { mailSenders } from '../state/mail-senders.ts'
import { memoryState } from '../state/state.ts'
import { chunkOf, type Intake, mailTopic, openIntake, rawTopic } from './intake.ts'
import { openMailLane } from './mail-lane.ts'
import type { ThreadSettings } from './mail-thread.ts'

const settings: ThreadSettings = {
  authservIds: [],
  relays: [],
  dns: false,
  verifyFiles: false,
  resolver: { servers: [], timeoutMs: 500 },
  recordBytesMax: 100_000
}
const log = { info() {}, warn() {} }

async function world(bus: Bus = memoryBus({ messageBytesMax: 64 << 20 })) {
  for (const topic of [rawTopic, mailTopic]) await bus.createTopic(topic, { partitions: 1 })
  const state = memoryState()
  const ledger = openLedger(state)
  return { bus, state, ledger }
}
type World = Awaited<ReturnType<typeof world>>

const open = async ({ bus, state, ledger }: World, more: Partial<ThreadSettings> = {}, intake?: Intake) => {
  const entrance =
    intake ?? (await openIntake(bus, ledger, { backlogBytesMax: 1 << 30, mailBytesMax: 1 << 30, retryMs: 1 }))
  const lane = openMailLane({
    bus,
    ledger,
    intake: entrance,
    senders: mailSenders(state),
    settings: { ...settings, ...more },
    log,
    nowMs: () => 1_800_000_000_000,
    retryMs: 1
  })
  return { intake: entrance, lane }
}

function mailChunk(mails: readonly string[], more: Partial<Chunk['headers']> = {}): Chunk {
  const body = Buffer.concat(
    mails.map(mail => {
      const bytes = Buffer.from(mail)
      const size = Buffer.alloc(4)
      size.writeUInt32LE(bytes.length)
      return Buffer.concat([size, bytes])
    })
  )
  return {
    headers: {
      source: 'mx',
      format: 'email',
      framing: 'sized',
      records: mails.length,
      receivedMs: 1_800_000_000_000,
      prefix: '00000000',
      run: '',
      ...more
    },
    body
  }
}

const mail = (from: string, subject: string, body = 'hello'): string =>
  `From: ${from}\r\nSubject: ${subject}\r\n\r\n${body}\r\n`

/** What is on `raw`, when the lane has come to the end. */
async function carried({ bus, ledger }: World): Promise<Chunk[]> {
  const { end } = await bus.ends(mailTopic, 0)
  const endMs = performance.now() + 30_000
  while (ledger.committed(mailTopic, 0) < end) {
    if (performance.now() > endMs) throw new Error(`the lane stands at ${ledger.committed(mailTopic, 0)} of ${end}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const out: Chunk[] = []
  for (let at = 0; ; ) {
    const read = await bus.read(rawTopic, 0, at, 64 << 20)
    if (read.messages.length === 0) return out
    out.push(...read.messages.map(chunkOf))
    at = read.nextOffset
  }
}

const subjects = (chunks: readonly Chunk[]): string[] =>
  chunks.map(({ body }) => /Subject: ([^\r]*)/.exec(body.toString('latin1'))?.[1] ?? '')

test('mails go over in order, one a chunk, with what is known of them; other records go their way', async () => {
  const here = await world()
  const { intake, lane } = await open(here)
  await intake.append([
    mailChunk([mail('Ann <ann@a.example>', 'one'), mail('ann@a.example', 'two')]),
    {
      headers: { ...mailChunk([]).headers, format: 'text', framing: 'lines', records: 1 },
      body: Buffer.from('a line\n')
    },
    mailChunk([mail('bob@a.example', 'three')])
  ])
  const chunks = (await carried(here)).filter(({ headers }) => headers.format === 'email')
  assert.deepEqual(subjects(chunks), ['one', 'two', 'three'])
  const facts = chunks.map(({ headers }) => readFacts(headers.header?.[0]))
  assert.deepEqual(
    facts.map(({ newSender, newDomain }) => [newSender, newDomain]),
    [
      [true, true],
      [false, false],
      [true, false]
    ]
  )
  assert.equal(new Set(facts.map(({ id }) => id)).size, 3)
  assert.equal(here.ledger.report().totals.received, 4)
  await lane.close()
})

test('a crash at any step of a mail’s way: it goes over once, and is counted once', async () => {
  for (let crashAt = 1; crashAt < 40; crashAt++) {
    const here = await world()
    let steps = 0
    const dies = (): void => {
      if (++steps === crashAt) throw new PicketError('crash', 'killed', { retryable: false })
    }
    // Before and after each step that is written down.
    const bus: Bus = {
      ...here.bus,
      async append(...given) {
        dies()
        const offset = await here.bus.append(...given)
        dies()
        return offset
      }
    }
    const ledger: Ledger = {
      ...here.ledger,
      arrived(...given) {
        dies()
        here.ledger.arrived(...given)
        dies()
      }
    }
    const life = await open({ ...here, bus, ledger })
    const sent = [mail('a@x.example', 'one'), mail('b@x.example', 'two'), mail('c@x.example', 'three')]
    let acknowledged = 0
    try {
      for (const each of sent) {
        await life.intake.append([mailChunk([each])])
        acknowledged++
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    } catch (error) {
      assert.equal((error as PicketError).code, 'crash')
    }
    const before = life.lane.close()
    await before
    // The next life; the client sends again what it was not told.
    const again = await open(here)
    for (const each of sent.slice(acknowledged)) await again.intake.append([mailChunk([each])])
    const chunks = await carried(here)
    const ids = chunks.map(({ headers }) => readFacts(headers.header?.[0]).id)
    assert.deepEqual([...new Set(subjects(chunks))], ['one', 'two', 'three'], `crash at ${crashAt}`)
    // Twice only what the client sent twice, and then it is counted twice, too.
    assert.ok(ids.length <= 4 && new Set(ids).size === 3, `crash at ${crashAt}: ${ids.length}`)
    assert.equal(here.ledger.report().totals.received, chunks.length, `crash at ${crashAt}`)
    await again.lane.close()
    if (steps < crashAt) return
  }
})

test('a large mail is carried without its largest part, which is named; one that cannot be made small is a dead letter', async () => {
  const here = await world()
  const { intake, lane } = await open(here)
  const data = Buffer.alloc(200_000, 'abc')
  const large = `From: a@x.example\r\nSubject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/zip; name=x.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${data.toString('base64')}\r\n--b--\r\n`
  const headers = `From: a@x.example\r\n${`X-Long: ${'y'.repeat(900)}\r\n`.repeat(200)}\r\nhello`
  await intake.append([mailChunk([large]), mailChunk([headers])])
  const [slim, dead] = await carried(here)
  assert.ok(slim!.body.length < 2000)
  const facts = readFacts(slim!.headers.header?.[0])
  const sha256 = createHash('sha256').update(data).digest('hex')
  assert.equal(facts.size, large.length)
  assert.equal(facts.sha256, createHash('sha256').update(large).digest('hex'))
  assert.deepEqual([facts.leftOut![0]!.size, facts.leftOut![0]!.hash.sha256], [200_000, sha256])
  assert.ok(slim!.body.toString('latin1').includes(`[left out by Picket: 200000 bytes, SHA-256 ${sha256}]`))
  forEachRecord(slim!, (_index, _start, _end, _text, _json, parsed) => {
    assert.ok(typeof parsed === 'object' && parsed.ok)
    const { email, message } = parsed.event as { email: { attachments: { file: object }[] }; message: string }
    assert.equal(message, 'hello')
    assert.deepEqual(email.attachments[0]!.file, {
      name: 'x.zip',
      extension: 'zip',
      mime_type: 'application/zip',
      size: 200_000,
      hash: facts.leftOut![0]!.hash
    })
  })
  assert.match(dead!.headers.dead!, /larger than 100000, even without/)
  await lane.close()
})

test('logs that are attached become records of their own, the same ones each time', async () => {
  const log = gzipSync('2026-03-02T10:00:00Z one\n2026-03-02T10:00:01Z two\n').toString('base64')
  const withLog = `From: a@x.example\r\nSubject: log\r\nMessage-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/gzip; name=app.log.gz\r\nContent-Transfer-Encoding: base64\r\n\r\n${log}\r\n--b--\r\n`
  const of = async (): Promise<Chunk> => {
    const here = await world()
    const { intake, lane } = await open(here)
    await intake.append([mailChunk([withLog])])
    const [, attached] = await carried(here)
    assert.equal(here.ledger.report().totals.received, 3)
    await lane.close()
    return attached!
  }
  const first = await of()
  assert.deepEqual([first.headers.format, first.headers.records], ['mail', 2])
  assert.equal((await of()).headers.prefix, first.headers.prefix)
})

test('a stretch that cannot be read is counted as dead letters, and the mails behind it go over', async () => {
  const here = await world()
  const entrance = await openIntake(here.bus, here.ledger, { backlogBytesMax: 1 << 30, mailBytesMax: 1 << 30 })
  for (const subject of ['one', 'two', 'three']) await entrance.append([mailChunk([mail('a@x.example', subject)])])
  let reads = 0
  const bus: Bus = {
    ...here.bus,
    async read(topic, partition, offset, maxBytes) {
      const read = await here.bus.read(topic, partition, offset, maxBytes)
      if (topic !== mailTopic || offset > 1) return read
      reads++
      const messages = read.messages.filter(message => message.offset !== 1)
      return { ...read, messages, corrupt: [{ fromOffset: 1, toOffset: 2, bytes: 100, reason: 'checksum' }] }
    }
  }
  const { lane } = await open({ ...here, bus }, {}, entrance)
  const chunks = await carried(here)
  assert.deepEqual(subjects(chunks), ['one', 'three'])
  assert.equal(reads, 1)
  const { totals } = here.ledger.report()
  assert.equal(totals.received, 3)
  assert.equal(totals.deadLettered, 1)
  assert.deepEqual(
    chunks.map(({ headers }) => headers.carried),
    [
      { next: 1, counted: true },
      { next: 3, counted: true }
    ]
  )
  await lane.close()
})
