/**
 * Hostile clients against a real Picket with every source that listens: connections that drip, lines and frames without an end, bombs of
 * every compression, more connections than may be, wrong TLS, garbage. Another source's sender goes on meanwhile: nothing of it is lost
 * or waits long, and Picket's memory stays bounded. All loops are bounded in number and time.
 */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { deflateSync, gzipSync } from 'node:zlib'
import { type Served, servePicket, settledOf } from '../../bench/served.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { certificates, skipOpenssl } from './certificates.ts'

const skip = (hasEngine() ? false : 'the storage engine is not installed') || skipOpenssl
const folder = mkdtempSync(join(tmpdir(), 'picket-hostile-'))
const names = [
  'good',
  'syslog',
  'tls',
  'relp',
  'gelf',
  'gelf-http',
  'lumberjack',
  'hec',
  'elasticsearch',
  'netflow'
] as const
const ports = {} as Record<(typeof names)[number], number>
/** What the main process may take beside what it had at rest. */
const moreMbMax = 700
const connectionsMax = 200
let picket: Served
let restMb = 0
const peaks: string[] = []
let token = ''

/** The honest sender: numbered lines, a hundred every 50 ms, for as long as the tests run. */
let good: Socket
let sent = 0
let sending: NodeJS.Timeout

const rssMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${picket.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

before(async () => {
  if (skip) return
  for (const name of names) ports[name] = await freePort()
  const { pair } = certificates(folder, ['server'])
  const at = (type: string, name: keyof typeof ports, more: object = {}) => ({
    type,
    name,
    host: '127.0.0.1',
    port: ports[name],
    ...(type === 'netflow' ? {} : { connectionsMax }),
    ...more
  })
  const data = join(folder, 'data')
  picket = await servePicket(data, [
    at('syslog', 'good', { transports: ['tcp'] }),
    at('syslog', 'syslog'),
    at('syslog', 'tls', { transports: ['tls'], tls: pair('server') }),
    at('relp', 'relp'),
    at('gelf', 'gelf'),
    at('gelf', 'gelf-http', { transports: ['http'] }),
    at('lumberjack', 'lumberjack'),
    at('hec', 'hec'),
    at('elasticsearch', 'elasticsearch'),
    at('netflow', 'netflow'),
    { type: 'http', name: 'web' }
  ])
  const answer = await fetch(`${picket.url}/api/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${picket.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'hostile', scopes: ['ingest'] })
  })
  token = ((await answer.json()) as { secret?: string }).secret ?? ''
  assert.notEqual(token, '', `no token: ${answer.status}`)
  good = connect(ports.good, '127.0.0.1')
  await new Promise<void>((resolve, reject) => good.once('connect', resolve).once('error', reject))
  sending = setInterval(() => {
    let lines = ''
    for (let i = 0; i < 100; i++) lines += `<13>1 2026-06-01T00:00:00Z good app - - - honest ${sent++}\n`
    good.write(lines)
  }, 50)
  await sleep(1500)
  restMb = rssMb()
})

after(async () => {
  clearInterval(sending)
  good?.destroy()
  await picket?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
})

/** While `attack` runs: memory is watched. After it: the honest sender has lost nothing, and is not far behind. */
async function survives(attack: () => Promise<void>): Promise<void> {
  let peakMb = 0
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, rssMb())
  }, 100)
  try {
    await attack()
  } finally {
    clearInterval(watch)
  }
  const here = sent
  const fromMs = performance.now()
  for (;;) {
    const taken = (await picket.metrics()).get('picket_source_records{source="good"}') ?? 0
    if (taken >= here) break
    assert.ok(performance.now() - fromMs < 30_000, `the honest sender waits: ${taken} of ${here} were taken`)
    await sleep(50)
  }
  peaks.push(`${Math.round(peakMb)}`)
  assert.ok(peakMb < restMb + moreMbMax, `${Math.round(peakMb)} MB, at rest ${Math.round(restMb)}`)
  assert.equal(good.destroyed, false)
}

function tcp(port: number): Socket {
  return connect(port, '127.0.0.1')
    .on('error', () => {})
    .resume()
}

/** Writes until it has written so much or the connection is closed. */
async function pour(socket: Socket, piece: Buffer, bytes: number): Promise<void> {
  for (let left = bytes; left > 0 && !socket.destroyed; left -= piece.length)
    if (!socket.write(piece)) await either(socket, 'drain', 'close')
}

/** Waits for one of them, at most five seconds. */
function either(socket: Socket, one: string, other: string): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      socket.off(one, done).off(other, done)
      resolve()
    }
    const timer = setTimeout(done, 5000)
    socket.on(one, done).on(other, done)
  })
}

const streamPorts = () => [ports.syslog, ports.relp, ports.gelf, ports.lumberjack, ports.tls]
const httpPorts = () => [ports['gelf-http'], ports.hec, ports.elasticsearch, Number(new URL(picket.url).port)]

test('connections that drip a byte at a time', { skip, timeout: 120_000 }, () =>
  survives(async () => {
    const sockets = [...streamPorts(), ...httpPorts()].flatMap(port => Array.from({ length: 150 }, () => tcp(port)))
    const http = Buffer.from(`POST /services/collector HTTP/1.1\r\nhost: x\r\nauthorization: Splunk ${token}\r\n`)
    for (let i = 0; i < 30; i++) {
      for (const socket of sockets) socket.write(http.subarray(i, i + 1))
      await sleep(100)
    }
    for (const socket of sockets) socket.destroy()
  })
)

test('lines, frames and bodies without an end', { skip, timeout: 120_000 }, () =>
  survives(async () => {
    const piece = Buffer.alloc(1 << 16, 0x78)
    const lumberjackFrame = Buffer.from('324a00000001003fffff', 'hex')
    const beginnings: [number, Buffer][] = [
      [ports.syslog, Buffer.from('<13>')],
      [ports.syslog, Buffer.from('999999999 <13>')],
      [ports.relp, Buffer.from('1 open 999999999 ')],
      [ports.relp, Buffer.from('1 open 45 relp_version=0\nrelp_software=x\ncommands=syslog\n2 syslog 999999999 ')],
      [ports.gelf, Buffer.from('{')],
      [ports.lumberjack, lumberjackFrame],
      [ports['gelf-http'], Buffer.from('POST /gelf HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\n')],
      [
        ports.hec,
        Buffer.from(
          `POST /services/collector HTTP/1.1\r\nhost: x\r\nauthorization: Splunk ${token}\r\ncontent-length: 999999999\r\n\r\n`
        )
      ],
      [ports.elasticsearch, Buffer.from('POST /_bulk HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\n')],
      [
        ports.elasticsearch,
        Buffer.from(
          `POST /_bulk HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`
        )
      ],
      [ports.hec, Buffer.from('GET /')]
    ]
    await Promise.all(
      beginnings.map(async ([port, beginning]) => {
        const socket = tcp(port)
        socket.write(beginning)
        await pour(socket, piece, 40 << 20)
        socket.destroy()
      })
    )
  })
)

test('many unfinished messages, each as large as it may be', { skip, timeout: 120_000 }, () =>
  survives(async () => {
    const piece = Buffer.alloc(1 << 16, 0x78)
    const frame = Buffer.from('324a0000000100f00000', 'hex')
    const sockets: Socket[] = []
    for (const [port, beginning, bytes] of [
      [ports.lumberjack, frame, 15 << 20],
      [ports.gelf, Buffer.from('{"version":"1.1","host":"h","short_message":"'), 900_000],
      [ports.syslog, Buffer.from('250000 <13>'), 240_000]
    ] as const) {
      const some = Array.from({ length: 60 }, () => tcp(port))
      sockets.push(...some)
      await Promise.all(
        some.map(async socket => {
          socket.write(beginning)
          await pour(socket, piece, bytes)
        })
      )
    }
    for (const socket of sockets) socket.destroy()
  })
)

test('bombs: gzip, deflate, Lumberjack frames, GELF datagrams', { skip, timeout: 120_000 }, () =>
  survives(async () => {
    const zeros = Buffer.alloc(256 << 20)
    const gzip = gzipSync(zeros, { level: 9 })
    const deflate = deflateSync(zeros, { level: 9 })
    const bomb = (port: number, path: string, encoding: string, body: Buffer): Promise<number> =>
      new Promise(resolve => {
        const headers = {
          authorization: `Bearer ${token}`,
          'content-encoding': encoding,
          'content-length': body.length
        }
        const call = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, answer => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
        })
        call.on('error', () => resolve(0))
        call.end(body)
      })
    const statuses = new Set<number>()
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => [
          bomb(ports['gelf-http'], '/gelf', 'gzip', gzip),
          bomb(ports.hec, '/services/collector', 'gzip', gzip),
          bomb(ports.elasticsearch, '/_bulk', 'deflate', deflate)
        ]).flat()
      )
      // Taken as files are: unpacked in steps, stopped, and what it was is a dead letter.
      const ingest = Number(new URL(picket.url).port)
      const taken = await Promise.all(Array.from({ length: 5 }, () => bomb(ingest, '/api/ingest/web', 'gzip', gzip)))
      assert.deepEqual([...new Set(taken)], [200])
      for (const status of answers) statuses.add(status)
    }
    assert.equal(statuses.has(200) || statuses.has(202), false, [...statuses].join())
    const length = Buffer.alloc(4)
    length.writeUInt32BE(deflate.length)
    for (let i = 0; i < 10; i++) tcp(ports.lumberjack).end(Buffer.concat([Buffer.from('2C'), length, deflate]))
    const udp = createSocket('udp4')
    const small = gzipSync(Buffer.alloc(50 << 20), { level: 9 })
    for (let i = 0; i < 20; i++)
      for (let at = 0, number = 0; at < small.length; at += 8000, number++) {
        const head = Buffer.from([0x1e, 0x0f, 1, 2, 3, 4, 5, 6, 7, i, number, Math.ceil(small.length / 8000)])
        await new Promise(resolve =>
          udp.send(Buffer.concat([head, small.subarray(at, at + 8000)]), ports.gelf, '127.0.0.1', () =>
            resolve(undefined)
          )
        )
      }
    udp.close()
    await sleep(500)
  })
)

test('far more connections than may be, opened and left, again and again', { skip, timeout: 120_000 }, async () => {
  await survives(async () => {
    const endMs = performance.now() + 6000
    let attempted = 0
    const held: Socket[] = []
    while (performance.now() < endMs && attempted < 20_000)
      for (const port of [...streamPorts(), ...httpPorts()]) {
        const some = Array.from({ length: 20 }, () => tcp(port))
        attempted += some.length
        await Promise.all(some.map(socket => either(socket, 'connect', 'close')))
        held.push(...some)
        // At most so many are held open on our side.
        for (const socket of held.splice(0, Math.max(0, held.length - 4000))) socket.destroy()
      }
    const metrics = await picket.metrics()
    for (const name of ['syslog', 'relp', 'gelf', 'lumberjack', 'hec', 'elasticsearch'])
      assert.ok((metrics.get(`picket_source_connections{source="${name}"}`) ?? 0) <= connectionsMax, name)
    for (const socket of held) socket.destroy()
  })
})

test('who sends from elsewhere gets in while one address holds all connections', {
  skip,
  timeout: 60_000
}, async () => {
  const gelf = '{"version":"1.1","host":"h","short_message":"from elsewhere"}'
  for (const [port, hello] of [
    [ports.syslog, '<13>1 2026-06-01T00:00:00Z other app - - - from elsewhere\n'],
    [ports['gelf-http'], `POST /gelf HTTP/1.1\r\nhost: x\r\ncontent-length: ${gelf.length}\r\n\r\n${gelf}`]
  ] as const) {
    const crowd = Array.from({ length: connectionsMax + 20 }, () => tcp(port))
    await sleep(1500)
    let heard = ''
    const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.77' })
    other.on('error', () => {})
    other.on('data', part => {
      heard += String(part)
    })
    other.write(hello)
    await sleep(1500)
    assert.equal(other.destroyed && heard === '', false, 'the other address was refused')
    other.destroy()
    for (const socket of crowd) socket.destroy()
  }
  const until = performance.now() + 20_000
  for (;;) {
    const response = await fetch(`${picket.url}/api/search?q=${encodeURIComponent('"from elsewhere"')}&limit=10`, {
      headers: { authorization: `Bearer ${picket.token}` }
    })
    const { events } = (await response.json()) as { events: unknown[] }
    if (events.length === 2) break
    assert.ok(performance.now() < until, `${events.length} of 2 came`)
    await sleep(200)
  }
})

test(
  'wrong TLS: plain where TLS is spoken, TLS where it is not, handshakes never finished',
  { skip, timeout: 120_000 },
  () =>
    survives(async () => {
      const sockets: Socket[] = []
      for (let i = 0; i < 600; i++) sockets.push(tcp(ports.tls))
      for (let i = 0; i < 100; i++) tcp(ports.tls).end('<13>not TLS\n')
      for (let i = 0; i < 100; i++) tcp(ports.tls).end(Buffer.from('16030100c8010000c40303', 'hex'))
      for (const port of [ports.syslog, ports.relp, ports.gelf, ports.lumberjack, ports.hec])
        for (let i = 0; i < 20; i++)
          connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
            .on('error', () => {})
            .end('x')
      for (let i = 0; i < 50; i++)
        connectTls({ host: '127.0.0.1', port: ports.tls, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }).on(
          'error',
          () => {}
        )
      await sleep(1000)
      // Though hundreds of handshakes hang, an honest one is let in.
      const honest = connectTls({ host: '127.0.0.1', port: ports.tls, rejectUnauthorized: false })
      await new Promise<void>((resolve, reject) => honest.once('secureConnect', resolve).once('error', reject))
      honest.end('<13>1 2026-06-01T00:00:00Z tls app - - - over TLS\n')
      await sleep(1000)
      for (const socket of sockets) socket.destroy()
    })
)

test('garbage on every port, over UDP too', { skip, timeout: 120_000 }, () =>
  survives(async () => {
    let state = 12345
    const garbage = (size: number): Buffer => {
      const bytes = Buffer.alloc(size)
      for (let i = 0; i < size; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
        bytes[i] = state >>> 16
      }
      return bytes
    }
    for (let round = 0; round < 10; round++)
      for (const port of [...streamPorts(), ...httpPorts()]) {
        const socket = tcp(port)
        socket.end(garbage(20_000))
      }
    const udp = createSocket('udp4')
    for (let i = 0; i < 2000; i++)
      for (const port of [ports.syslog, ports.gelf, ports.netflow])
        await new Promise(resolve => udp.send(garbage(1 + (i % 1400)), port, '127.0.0.1', () => resolve(undefined)))
    udp.close()
    await sleep(500)
  })
)

test('all that the honest sender sent is searchable, once', { skip, timeout: 120_000 }, async t => {
  clearInterval(sending)
  await new Promise<void>(resolve => good.end(() => resolve()))
  const endMs = performance.now() + 90_000
  const count = async (query: string): Promise<string> => {
    const response = await fetch(`${picket.url}/api/search?q=${encodeURIComponent(query)}&limit=1`, {
      headers: { authorization: `Bearer ${picket.token}` }
    })
    return await response.text()
  }
  for (let before = -1; ; ) {
    const metrics = await picket.metrics()
    const settled = settledOf(metrics)
    if (settled === before && metrics.get('picket_backlog_bytes') === 0) break
    assert.ok(performance.now() < endMs, 'the backlog does not end')
    before = settled
    await sleep(500)
  }
  assert.match(await count(`"honest ${sent - 1}"`), /honest/)
  const metrics = await picket.metrics()
  assert.equal(metrics.get('picket_source_records{source="good"}'), sent)
  t.diagnostic(
    `${sent} honest lines; main process ${Math.round(restMb)} MB before, ${Math.round(rssMb())} MB after all, at most ${peaks.join(', ')}; refused ${[...metrics].filter(([name]) => name.startsWith('picket_source_refused')).reduce((sum, [, value]) => sum + value, 0)}`
  )
})
