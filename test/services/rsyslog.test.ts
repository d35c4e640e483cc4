/**
 * Real rsyslog sends to Picket: omrelp, plain and over TLS with certificates on both sides; omfwd over UDP, TCP with lines and with
 * counted octets, and TLS. Unpacked from Debian's packages; skipped where they cannot be had.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EcsEvent } from '../../src/core/parser.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { listenRelp } from '../../src/sources/relp/relp.ts'
import { listenSyslog } from '../../src/sources/syslog/syslog.ts'
import { certificates, skipOpenssl } from './certificates.ts'
import { Rsyslog, skipRsyslog } from './rsyslog.ts'

const skip = skipRsyslog
const lines = (count: number, text = 'line'): string[] => Array.from({ length: count }, (_, i) => `${text} ${i}`)

/** Every line once, in order, read as the syslog that it is. */
function assertLines(intake: ReturnType<typeof testIntake>, expected: readonly string[]): void {
  const events = intake.records().map(({ parsed }) => (parsed.ok ? parsed.event : {}))
  assert.deepEqual(
    events.map(event => event['message']),
    expected
  )
  const { log, process, host } = events[0] as Record<string, EcsEvent>
  assert.deepEqual([(log!['syslog'] as EcsEvent)['priority'], process!['name']], [19 * 8 + 6, 'app'])
  assert.equal(typeof host!['hostname'], 'string')
}

test('omrelp: 20,000 messages are acknowledged and here, in order; the session ends in order', { skip }, async () => {
  const intake = testIntake()
  const source = await listenRelp(sourceConfig('relp'), intake.context)
  await using sender = new Rsyslog()
  sender.configure(`action(type="omrelp" target="127.0.0.1" port="${source.ports[0]}" windowSize="1024")`)
  await sender.start()
  sender.write(lines(20_000))
  await intake.until(20_000)
  await sender.stop()
  assertLines(intake, lines(20_000))
  assert.deepEqual(intake.warnings, [])
  assert.doesNotMatch(sender.output, /omrelp/)
  await source.close()
})

test('omrelp with its defaults, and a message that is too long', { skip }, async () => {
  const intake = testIntake()
  const source = await listenRelp(sourceConfig('relp', { messageBytesMax: '2KB' }), intake.context)
  await using sender = new Rsyslog()
  sender.configure(`action(type="omrelp" target="127.0.0.1" port="${source.ports[0]}")`)
  await sender.start()
  sender.write(['before', 'x'.repeat(5000), 'after'])
  await intake.until(3)
  const [, dead, after] = intake.records()
  assert.match(dead!.parsed.ok ? '' : dead!.parsed.reason, /the message is too long: 50\d\d bytes \(at most 2000\)/)
  assert.match(after!.text, /after$/)
  await source.close()
})

test('omrelp over TLS: certificates on both sides; who has none of the authority gets nothing in', {
  skip: skip || skipOpenssl
}, async () => {
  const intake = testIntake()
  await using sender = new Rsyslog()
  const { ca, pair } = certificates(sender.folder, ['server', 'client'])
  const source = await listenRelp(sourceConfig('relp', { tls: { ...pair('server'), clientCa: ca } }), intake.context)
  const action = (
    more: string
  ): string => `action(type="omrelp" target="127.0.0.1" port="${source.ports[0]}" windowSize="1024"
    tls="on" tls.caCert="${ca}" tls.authMode="name" tls.permittedPeer=["server", "localhost"] ${more}
    action.resumeInterval="1" action.resumeRetryCount="-1")`
  sender.configure(action(''))
  await sender.start()
  sender.write(lines(5000, 'over TLS'))
  for (let tries = 0; intake.warnings.length === 0; tries++) {
    assert.ok(tries < 100, sender.output)
    await sleep(100)
  }
  assert.match(intake.warnings[0]!, /TLS connection was not accepted/)
  assert.equal(intake.records().length, 0)
  await sender.stop()
  const { cert, key } = pair('client')
  await using known = new Rsyslog()
  known.configure(action(`tls.myCert="${cert}" tls.myPrivKey="${key}"`))
  await known.start()
  known.write(lines(5000, 'over TLS'))
  await intake.until(5000)
  assertLines(intake, lines(5000, 'over TLS'))
  await source.close()
})

test('omfwd: UDP, TCP with lines, TCP with counted octets', { skip }, async () => {
  for (const [how, count] of [
    ['protocol="udp"', 200],
    ['protocol="tcp"', 20_000],
    ['protocol="tcp" TCP_Framing="octet-counted"', 20_000],
    ['protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"', 20_000],
    ['protocol="tcp" template="RSYSLOG_TraditionalForwardFormat"', 1000]
  ] as const) {
    const intake = testIntake()
    const source = await listenSyslog(sourceConfig('syslog'), intake.context)
    await using sender = new Rsyslog()
    sender.configure(`action(type="omfwd" target="127.0.0.1" port="${source.ports[0]}" ${how})`)
    await sender.start()
    sender.write(lines(count, how.slice(10, 13)))
    await intake.until(count)
    await sender.stop()
    assertLines(intake, lines(count, how.slice(10, 13)))
    await source.close()
  }
})

test('omfwd over TLS (gtls), with certificates on both sides', { skip: skip || skipOpenssl }, async () => {
  const intake = testIntake()
  await using sender = new Rsyslog()
  const { ca, pair } = certificates(sender.folder, ['server', 'client'])
  const { cert, key } = pair('client')
  const source = await listenSyslog(
    sourceConfig('syslog', { transports: ['tls'], tls: { ...pair('server'), clientCa: ca } }),
    intake.context
  )
  sender.configure(
    `action(type="omfwd" target="127.0.0.1" port="${source.ports[0]}" protocol="tcp" TCP_Framing="octet-counted"
      StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost")`,
    `defaultNetstreamDriverCAFile="${ca}" defaultNetstreamDriverCertFile="${cert}" defaultNetstreamDriverKeyFile="${key}"`
  )
  await sender.start()
  sender.write(lines(5000, 'gtls'))
  await intake.until(5000)
  assertLines(intake, lines(5000, 'gtls'))
  await source.close()
})
