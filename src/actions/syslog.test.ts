/** Syslog to a real listener: Picket's own source reads what Picket's own action sends, over UDP, TCP and TLS. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sourceConfig, testIntake } from '../sources/listen/test-intake.ts'
import { listenSyslog } from '../sources/syslog/syslog.ts'
import type { Message } from './message.ts'
import { sampleNotice } from './samples.ts'
import { syslog } from './syslog.ts'

const nowMs = Date.UTC(2026, 2, 1, 12)
const notice = sampleNotice(nowMs)
const openssl = spawnSync('openssl', ['version']).status === 0
const message: Message = {
  key: 'pn_0123',
  kind: 'alert',
  title: '[high] Ümlauts "quoted"',
  body: '',
  severity: 'high',
  notices: [notice],
  count: 1,
  createdMs: nowMs,
  thread: '0123-sample',
  pageUrl: undefined,
  again: false
}
const digest: Message = { ...message, kind: 'digest', notices: [notice, notice, notice], count: 3 }
const context = { nowMs, hostName: 'watch', mailServer: undefined }

for (const transport of ['udp', 'tcp'] as const)
  test(`over ${transport}, each alert is a message that is read back as what it was`, async () => {
    const intake = testIntake()
    const source = await listenSyslog(sourceConfig('syslog'), intake.context)
    const settings = { host: '127.0.0.1', port: source.ports[0]!, transport, facility: 16 }
    assert.equal((await syslog.send(message, settings, {}, context)).result, 'sent')
    assert.equal((await syslog.send(digest, settings, {}, context)).result, 'sent')
    await intake.until(4)
    await source.close()
    const [first] = intake.records()
    assert.ok(first?.parsed.ok, JSON.stringify(first))
    // biome-ignore lint/suspicious/noExplicitAny: an event is a document
    const event = first.parsed.event as any
    assert.equal(event.log.syslog.severity.code, 3)
    assert.equal(event.log.syslog.facility.code, 16)
    assert.equal(event.message, '[high] Ümlauts "quoted"')
    assert.match(JSON.stringify(event), /192\.0\.2\.17/)
    assert.match(JSON.stringify(event), /pn_0123/)
  })

test('over TLS, to whom it trusts', { skip: !openssl }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-syslog-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const intake = testIntake()
  const source = await listenSyslog(sourceConfig('syslog', { transports: ['tls'], tls: { cert, key } }), intake.context)
  const settings = { host: 'localhost', port: source.ports[0]!, transport: 'tls' as const, facility: 16 }
  const stranger = await syslog.send(message, settings, {}, context)
  assert.deepEqual([stranger.result, /self.signed/i.test(stranger.detail)], ['transient', true], stranger.detail)
  const known = { ...settings, ca: readFileSync(cert, 'utf8') }
  assert.equal((await syslog.send(digest, known, {}, context)).result, 'sent')
  assert.equal((await syslog.send(message, { ...known, host: '127.0.0.1' }, {}, context)).result, 'sent')
  await intake.until(4)
  await source.close()
})

test('a port that nobody listens on is told, over TCP and (here) over UDP', async () => {
  for (const transport of ['tcp', 'udp'] as const) {
    const outcome = await syslog.send(message, { host: '127.0.0.1', port: 1, transport, facility: 1 }, {}, context)
    assert.deepEqual([transport, outcome.result, /ECONNREFUSED/.test(outcome.detail)], [transport, 'transient', true])
  }
})
