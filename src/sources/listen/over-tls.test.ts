/** Much at once over TLS, whose pieces share memory, and over plain connections, whose pieces do not: each record arrives as it was sent. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { listenElasticsearch } from '../elasticsearch/elasticsearch.ts'
import { listenSyslog } from '../syslog/syslog.ts'
import { sourceConfig, testIntake } from './test-intake.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'picket-tls-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const pair = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') }
if (openssl)
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout ${pair.key} -out ${pair.cert}`.split(
      ' '
    ),
    { stdio: 'ignore' }
  )

const records = 30_000
const texts = Array.from({ length: records }, (_, i) => `{"n":${i},"said":"${'x'.repeat(i % 97)}"}`)
const ca = (): Buffer => readFileSync(pair.cert)

for (const tls of [true, false]) {
  const skip = tls && !openssl && 'openssl is not installed'

  test(`a connection ${tls ? 'over TLS' : 'without TLS'}`, { skip }, async () => {
    const intake = testIntake()
    const source = await listenSyslog(
      sourceConfig('syslog', tls ? { transports: ['tls'], tls: pair } : { transports: ['tcp'] }),
      intake.context
    )
    const to = { host: '127.0.0.1', port: source.ports[0]! }
    const socket: Socket = tls ? connectTls({ ...to, ca: ca(), servername: 'localhost' }) : connect(to)
    await once(socket, tls ? 'secureConnect' : 'connect')
    const all = Buffer.from(`${texts.join('\n')}\n`)
    for (let at = 0, size = 1; at < all.length; at += size, size = (size * 7 + 1) % 100_003)
      if (!socket.write(all.subarray(at, at + size))) await once(socket, 'drain')
    socket.end()
    await intake.until(records)
    await source.close()
    assert.deepEqual(
      intake.records().map(({ text }) => text),
      texts
    )
  })

  test(`requests ${tls ? 'over TLS' : 'without TLS'}`, { skip }, async () => {
    const intake = testIntake()
    const source = await listenElasticsearch(sourceConfig('elasticsearch', tls ? { tls: pair } : {}), intake.context)
    const post = (lines: readonly string[]): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = (tls ? httpsRequest : httpRequest)(
          {
            host: '127.0.0.1',
            port: source.ports[0],
            path: '/logs/_bulk',
            method: 'POST',
            headers: { authorization: 'Bearer pkt_good', 'content-type': 'application/x-ndjson' },
            ...(tls ? { ca: ca(), servername: 'localhost' } : {})
          },
          answer => answer.resume().on('end', () => resolve(answer.statusCode))
        )
        sent.on('error', reject)
        sent.end(lines.map(line => `{"create":{}}\n${line}\n`).join(''))
      })
    const thirds = [0, 1, 2].map(third => texts.slice((third * records) / 3, ((third + 1) * records) / 3))
    assert.deepEqual(await Promise.all(thirds.map(post)), [200, 200, 200])
    await source.close()
    const arrived = intake.records().map(({ text }) => text)
    assert.deepEqual(arrived.sort(), [...texts].sort())
  })
}
