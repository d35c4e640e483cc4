/** Syslog over real sockets of this machine, to the intake. */

import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { PicketError } from '../../core/errors.ts'
import type { EcsEvent } from '../../core/parser.ts'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenSyslog } from './syslog.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const logger = spawnSync('logger', ['--version']).status === 0

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Resolves when it is closed, whatever the reason. */
function ended(socket: Socket): Promise<void> {
  return new Promise(resolve =>
    socket
      .on('error', () => {})
      .resume()
      .on('close', () => resolve())
  )
}

async function sendDatagrams(port: number, texts: readonly string[]): Promise<void> {
  const socket = createSocket('udp4')
  for (const text of texts)
    await new Promise<void>((resolve, reject) =>
      socket.send(text, port, '127.0.0.1', error => (error === null ? resolve() : reject(error)))
    )
  socket.close()
}

test('UDP and TCP on one port: each record is read as what it is, with its sender', async () => {
  const intake = testIntake()
  const source = await listenSyslog(sourceConfig('syslog'), intake.context)
  const [udp, tcp] = source.ports
  assert.equal(udp, tcp)
  const dataset = (text: string): string | undefined => {
    const record = intake.records().find(each => each.text === text)
    assert.ok(record?.parsed.ok, text)
    assert.equal(record.sender, '127.0.0.1')
    return (record.parsed.event['event'] as EcsEvent | undefined)?.['dataset'] as string
  }
  const asa =
    '%ASA-6-302013: Built outbound TCP connection 1 for outside:192.0.2.7/443 (192.0.2.7/443) to inside:10.1.1.5/50000 (10.1.1.5/50000)'
  const expected: [string, string][] = [
    ['<13>hello world', 'system.syslog'],
    [
      '<34>Oct 11 22:14:15 web-1 su: pam_unix(su:session): session opened for user root by ada(uid=1000)',
      'system.auth'
    ],
    [
      '<189>date=2026-05-10 time=12:00:00 devname="FGT60F" devid="FGT60FTK" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.1.1.5 srcport=50000 dstip=192.0.2.7 dstport=443 proto=6 action="accept"',
      'fortinet_fortigate.log'
    ],
    [`<166>${asa}`, 'cisco_asa.log'],
    [asa, 'cisco_asa.log'],
    ['<14>May 10 12:00:00 h CEF:0|Vendor|Product|1.0|100|Name|5|src=10.0.0.1 dst=192.0.2.1', 'cef.log'],
    ['<14>1 2026-05-10T12:00:00Z h app 12 ID47 - {"user":"anna","level":"info","message":"hi there"}', 'ndjson'],
    ['{"timestamp":"2026-05-10T12:00:00Z","user":"anna","message":"hi"}', 'ndjson'],
    ['what is this', 'unknown']
  ]
  await sendDatagrams(udp!, [...expected.map(([text]) => `${text}\n`), ''])
  await intake.until(expected.length)
  for (const [text, name] of expected) assert.equal(dataset(text), name, text)

  intake.chunks.length = 0
  const socket = await connected(tcp!)
  socket.end(
    expected.map(([text], i) => (i % 2 === 0 && text[0] === '<' ? `${text.length} ${text}` : `${text}\n`)).join('')
  )
  await intake.until(expected.length)
  assert.deepEqual(
    intake.records().map(({ text }) => text),
    expected.map(([text]) => text)
  )
  for (const [text, name] of expected) assert.equal(dataset(text), name, text)
  await source.close()
})

test('the same line that arrives twice is two records: positions differ by connection and by run', async () => {
  const intake = testIntake()
  for (let run = 0; run < 2; run++) {
    const source = await listenSyslog(sourceConfig('syslog', { transports: ['tcp'] }), intake.context)
    for (let i = 0; i < 2; i++) (await connected(source.ports[0]!)).end('<13>again\n')
    await intake.until(run * 2 + 2)
    await source.close()
  }
  assert.equal(new Set(intake.chunks.map(({ headers }) => headers.prefix)).size, 4)
})

test('while nothing becomes durable, TCP senders wait, memory stays bounded, and then nothing is missing', async () => {
  const intake = testIntake()
  const source = await listenSyslog(sourceConfig('syslog', { transports: ['tcp'] }), intake.context)
  const release = intake.hold()
  const socket = await connected(source.ports[0]!)
  const line = `<13>${'x'.repeat(1019)}\n`
  const block = Buffer.from(line.repeat(1024))
  let sent = 0
  let waits = false
  while (!waits && sent < 200) {
    sent++
    if (!socket.write(block))
      waits = (await Promise.race([once(socket, 'drain'), new Promise(r => setTimeout(r, 500, 'waits'))])) === 'waits'
  }
  assert.ok(waits, 'the sender was never made to wait')
  const { waitingBytes } = source.figures()
  assert.ok(waitingBytes > 30 << 20 && waitingBytes < 36 << 20, `${waitingBytes}`)
  intake.fail(1)
  release()
  socket.end()
  await intake.until(sent * 1024)
  await source.close()
  assert.equal(
    intake.chunks.reduce((sum, { headers }) => sum + headers.records, 0),
    sent * 1024
  )
  assert.match(intake.warnings[0]!, /could not be made durable.*no space left/)
})

test('closing reads what was sent already, from connections that stay open too', async () => {
  const intake = testIntake()
  const source = await listenSyslog(sourceConfig('syslog'), intake.context)
  const sockets = await Promise.all(Array.from({ length: 5 }, () => connected(source.ports[1]!)))
  for (const socket of sockets) socket.write('<13>line\n'.repeat(10_000))
  await sendDatagrams(
    source.ports[0]!,
    Array.from({ length: 50 }, (_, i) => `<13>datagram ${i}`)
  )
  sockets[0]!.write('<13>without an end')
  await source.close()
  assert.equal(intake.records().length, 50_051)
  for (const socket of sockets) socket.destroy()
})

test('who may send, how many, how long', async () => {
  const intake = testIntake()
  const closed = await listenSyslog(sourceConfig('syslog', { allow: ['192.0.2.0/24'] }), intake.context)
  await sendDatagrams(closed.ports[0]!, ['<13>no'])
  await ended(await connected(closed.ports[1]!))
  while (closed.figures().refused < 2) await new Promise(resolve => setTimeout(resolve, 5))
  closed.use(sourceConfig('syslog', { allow: ['127.0.0.0/8'], name: 'renamed' }))
  await sendDatagrams(closed.ports[0]!, ['<13>yes'])
  await intake.until(1)
  assert.equal(intake.chunks[0]!.headers.source, 'renamed')
  await closed.close()

  const few = await listenSyslog(
    sourceConfig('syslog', { transports: ['tcp'], connectionsMax: 2, idleTimeout: '100ms', messageBytesMax: '100B' }),
    intake.context
  )
  const sockets = [await connected(few.ports[0]!), await connected(few.ports[0]!)]
  await ended(await connected(few.ports[0]!))
  assert.equal(few.figures().refused, 1)
  sockets[0]!.write(`<13>${'x'.repeat(500)}\n<13>fine\n`)
  await Promise.all(sockets.map(socket => ended(socket)))
  await few.close()
  const [dead, fine] = intake.records().slice(1)
  assert.deepEqual(dead!.parsed, { ok: false, reason: 'the message is too long: 504 bytes (at most 100)' })
  assert.equal(fine!.text, '<13>fine')
})

test('a port that is taken says what to do', async () => {
  const intake = testIntake()
  const source = await listenSyslog(sourceConfig('syslog'), intake.context)
  const [port] = source.ports
  for (const transports of [['udp'], ['tcp']])
    await assert.rejects(
      listenSyslog(sourceConfig('syslog', { transports, port }), intake.context),
      (error: PicketError) => {
        assert.equal(error.code, 'port-taken')
        assert.match(error.message, /is taken: stop the other program, or choose another port/)
        return true
      }
    )
  await source.close()
})

test('TLS: with and without a certificate of the sender', { skip: !openssl }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-syslog-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const make = (name: string): { cert: string; key: string } => {
    const pair = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        pair.key,
        '-out',
        pair.cert
      ],
      { stdio: 'ignore' }
    )
    return pair
  }
  const server = make('localhost')
  const client = make('client')
  const intake = testIntake()
  const source = await listenSyslog(
    sourceConfig('syslog', { transports: ['tls'], tls: { ...server, clientCa: client.cert } }),
    intake.context
  )
  const send = async (pair: object, text: string): Promise<void> => {
    const socket = connectTls({
      port: source.ports[0]!,
      host: '127.0.0.1',
      ca: readFileSync(server.cert),
      servername: 'localhost',
      ...pair
    })
    socket.on('error', () => {})
    socket.end(text)
    await ended(socket)
  }
  await send({}, '<13>nobody\n')
  const plain = await connected(source.ports[0]!)
  plain.end('<13>not TLS\n')
  await ended(plain)
  await send({ cert: readFileSync(client.cert), key: readFileSync(client.key) }, '14 <13>somebody 1<13>somebody 2\n')
  await intake.until(2)
  assert.deepEqual(
    intake.records().map(({ text }) => text),
    ['<13>somebody 1', '<13>somebody 2']
  )
  assert.match(intake.warnings[0]!, /TLS connection was not accepted/)
  await source.close()
})

test("util-linux's logger: UDP, TCP with lines, TCP with counted octets", { skip: !logger }, async () => {
  const intake = testIntake()
  const source = await listenSyslog(sourceConfig('syslog'), intake.context)
  for (const how of [['--udp'], ['--tcp'], ['--tcp', '--octet-count'], ['--tcp', '--rfc3164']]) {
    const at = [
      '--server',
      '127.0.0.1',
      '--port',
      `${source.ports[0]}`,
      '--tag',
      'needle',
      '--priority',
      'auth.warning'
    ]
    const child = spawn('logger', [...at, ...how, `sent with ${how.join(' ')}`])
    assert.deepEqual(await once(child, 'exit'), [0, null])
  }
  await intake.until(4)
  await source.close()
  for (const { parsed } of intake.records()) {
    assert.ok(parsed.ok)
    const { message, log } = parsed.event as { message: string; log: { syslog: EcsEvent } }
    assert.match(message, /^sent with --/)
    assert.equal(log.syslog['appname'], 'needle')
    assert.equal(log.syslog['priority'], 36)
  }
})
