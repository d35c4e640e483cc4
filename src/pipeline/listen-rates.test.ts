/** Rates of sources that listen: a sender beyond its own is held off, and nobody else; a source beyond its own holds all of them back. */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chunk } from '../core/chunk.ts'
import { parseConfig } from '../platform/config.ts'
import { SenderRates } from '../sources/listen/sender-rates.ts'
import { listenSources } from './listen-sources.ts'

async function listening(sources: readonly object[]) {
  const chunks: Chunk[] = []
  const running = listenSources({
    intake: { append: async given => void chunks.push(...given) },
    log: { info() {}, warn() {} },
    nowMs: Date.now,
    isIngestToken: secret => secret === 'pkt_good'
  })
  const loaded = parseConfig(
    JSON.stringify({ sources: sources.map(each => ({ host: '127.0.0.1', port: 0, ...each })) }),
    'picket.yaml'
  )
  assert.ok(loaded.ok, JSON.stringify(loaded))
  await running.use(loaded.config.sources, loaded.config.limits)
  const records = (sender?: string): number =>
    chunks
      .filter(({ headers }) => sender === undefined || headers.sender === sender)
      .reduce((n, { headers }) => n + headers.records, 0)
  return { running, chunks, records, port: (name: string, i = 0) => running.ports(name)[i]! }
}

async function until(what: string, check: () => boolean, withinMs = 10_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!check()) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(10)
  }
}

function post(
  port: number,
  localAddress: string,
  bytes: number
): Promise<{ status: number; retry: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sending = request(
      {
        port,
        host: '127.0.0.1',
        localAddress,
        method: 'POST',
        path: '/services/collector',
        headers: { authorization: 'Splunk pkt_good' }
      },
      response => {
        response.resume()
        resolve({ status: response.statusCode!, retry: response.headers['retry-after'] })
      }
    )
    sending.on('error', reject)
    sending.end(JSON.stringify({ event: 'x'.repeat(bytes) }))
  })
}

test('a bucket: a second at once, then the rate; senders apart, and bounded in number', () => {
  let nowMs = 0
  let rate: number | undefined = 1000
  const rates = new SenderRates(
    () => rate,
    () => nowMs
  )
  assert.equal(rates.taken('a', 1000), 0)
  assert.equal(rates.taken('a', 500), 500)
  assert.equal(rates.heldMs('b'), 0)
  nowMs = 400
  assert.equal(rates.refuses('a'), 100)
  assert.equal(rates.admits('a', 1), false)
  nowMs = 501
  assert.equal(rates.admits('a', 1), true)
  nowMs = 100_000
  assert.equal(rates.taken('a', 1000), 0, 'what was not used is not kept for more than a second')
  assert.ok(rates.taken('a', 1000) > 0)
  rate = undefined
  assert.equal(rates.heldMs('a'), 0)
  rate = 1
  for (let i = 0; i < 50_000; i++) rates.charge(`sender ${i}`, 100)
  assert.equal(rates.heldMs('sender 0'), 0, 'the oldest are forgotten')
  assert.ok(rates.heldMs('sender 49999') > 0)
  assert.deepEqual(rates.counts, { refused: 1, held: 2, dropped: 1 })
})

test('HTTP beyond the rate is answered 429, and another sender is not', async () => {
  const { running, port } = await listening([{ type: 'hec', name: 'hec', senderRateMax: '10KB' }])
  try {
    assert.equal((await post(port('hec'), '127.0.0.1', 30_000)).status, 200)
    const second = await post(port('hec'), '127.0.0.1', 10)
    assert.equal(second.status, 429)
    assert.ok(Number(second.retry) >= 1)
    assert.equal((await post(port('hec'), '127.0.0.2', 10)).status, 200)
    assert.equal(running.figures().get('hec')!.limited!.refused, 1)
  } finally {
    await running.close()
  }
})

test('a connection beyond the rate is read slowly, and another is not', { timeout: 60_000 }, async () => {
  const { running, port, records } = await listening([
    { type: 'syslog', name: 'sys', transports: ['tcp'], senderRateMax: '50KB' }
  ])
  try {
    const line = `<13>Mar  2 10:00:00 host app: ${'x'.repeat(960)}\n`
    const loud = connect({ port: port('sys'), host: '127.0.0.1', localAddress: '127.0.0.1' })
    loud.write(line.repeat(200))
    await until('it is held', () => running.figures().get('sys')!.limited!.held > 0)
    const startMs = performance.now()
    const other = connect({ port: port('sys'), host: '127.0.0.1', localAddress: '127.0.0.2' })
    other.end(line.repeat(5))
    await until('the other is here', () => records('127.0.0.2') === 5)
    assert.ok(performance.now() - startMs < 1500)
    loud.end()
    await until('in the end all is here: nothing is lost', () => records('127.0.0.1') === 200, 20_000)
  } finally {
    await running.close()
  }
})

test('datagrams beyond the rate are dropped and counted, and of another sender are not', async () => {
  const { running, port, records } = await listening([
    { type: 'syslog', name: 'sys', transports: ['udp'], senderRateMax: '5KB' }
  ])
  const send = (from: string, count: number): Promise<void> =>
    new Promise(resolve => {
      const socket = createSocket('udp4')
      socket.bind({ address: from }, () => {
        let left = count
        for (let i = 0; i < count; i++)
          socket.send(`<13>Mar  2 10:00:00 host app: ${'x'.repeat(960)}`, port('sys'), '127.0.0.1', () => {
            if (--left === 0) socket.close(() => resolve())
          })
      })
    })
  try {
    await send('127.0.0.1', 50)
    await send('127.0.0.2', 3)
    await until('the other is here', () => records('127.0.0.2') === 3)
    const { dropped } = running.figures().get('sys')!.limited!
    assert.ok(dropped > 30, `only ${dropped} were dropped`)
    await until(
      'each was taken or counted',
      () => records('127.0.0.1') + running.figures().get('sys')!.limited!.dropped === 50
    )
  } finally {
    await running.close()
  }
})

test('a source beyond its rate is held back, loses nothing, and does not make its end wait', {
  timeout: 60_000
}, async () => {
  const { running, port, records } = await listening([{ type: 'hec', name: 'hec', rateMax: '20KB' }])
  const startMs = performance.now()
  assert.equal((await post(port('hec'), '127.0.0.1', 40_000)).status, 200)
  assert.equal((await post(port('hec'), '127.0.0.2', 10)).status, 200)
  assert.ok(performance.now() - startMs > 800, 'the second waited for the first')
  assert.equal(running.figures().get('hec')!.limited!.held, 1)
  assert.equal((await post(port('hec'), '127.0.0.1', 400_000)).status, 200)
  const late = post(port('hec'), '127.0.0.1', 10)
  await sleep(100)
  const closeMs = performance.now()
  await running.close()
  assert.equal((await late).status, 200)
  assert.ok(performance.now() - closeMs < 4_000)
  assert.equal(records(), 4)
})
