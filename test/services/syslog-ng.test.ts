/**
 * Real syslog-ng sends to Picket: its syslog() driver over TCP and TLS (counted octets), network() over TCP and UDP, and TLS with a
 * certificate of the sender. Unpacked from Debian's packages; skipped where they cannot be had.
 */

import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EcsEvent } from '../../src/core/parser.ts'
import { sourceConfig, testIntake } from '../../src/sources/listen/test-intake.ts'
import { listenSyslog } from '../../src/sources/syslog/syslog.ts'
import { certificates, skipOpenssl } from './certificates.ts'
import { skipSyslogNg, startSyslogNg } from './syslog-ng.ts'

const skip = skipSyslogNg

async function sendsTo(
  settings: object,
  destination: (port: number, tls: string) => string,
  count: number,
  tls = false
): Promise<readonly EcsEvent[]> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-syslog-ng-'))
  const intake = testIntake()
  try {
    const made = tls ? certificates(folder, ['server', 'client']) : undefined
    const more = made === undefined ? {} : { tls: { ...made.pair('server'), clientCa: made.ca } }
    const source = await listenSyslog(sourceConfig('syslog', { ...settings, ...more }), intake.context)
    const client = made?.pair('client')
    const sender = await startSyslogNg(
      folder,
      destination(
        source.ports[0]!,
        `tls(ca-file("${made?.ca}") key-file("${client?.key}") cert-file("${client?.cert}"))`
      )
    )
    appendFileSync(join(folder, 'app.log'), Array.from({ length: count }, (_, i) => `event number ${i}\n`).join(''))
    await intake.until(count)
    await sender.stop()
    await source.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const events = intake.records().map(({ parsed }) => (parsed.ok ? parsed.event : {}))
  assert.deepEqual(
    events.map(event => event['message']),
    Array.from({ length: count }, (_, i) => `event number ${i}`)
  )
  const { log, process } = events[0] as Record<string, EcsEvent>
  assert.equal((log!['syslog'] as EcsEvent)['priority'], 19 * 8 + 6)
  assert.equal(process!['name'], 'app')
  return events
}

test('syslog() over TCP: RFC 5424 in counted octets', { skip }, async () => {
  const [event] = await sendsTo(
    { transports: ['tcp'] },
    port => `syslog("127.0.0.1" port(${port}) transport("tcp"));`,
    10_000
  )
  const { syslog } = event!['log'] as Record<string, EcsEvent>
  assert.equal(syslog!['version'], '1')
})

test('network() over TCP with lines, and over UDP', { skip }, async () => {
  await sendsTo({ transports: ['tcp'] }, port => `network("127.0.0.1" port(${port}) transport("tcp"));`, 10_000)
  await sendsTo({ transports: ['udp'] }, port => `network("127.0.0.1" port(${port}) transport("udp"));`, 100)
  await sendsTo({ transports: ['udp'] }, port => `syslog("127.0.0.1" port(${port}) transport("udp"));`, 100)
})

test('syslog() over TLS, with certificates on both sides', { skip: skip || skipOpenssl }, async () => {
  await sendsTo(
    { transports: ['tls'] },
    (port, tls) => `syslog("localhost" port(${port}) transport("tls") ip-protocol(4) ${tls});`,
    5000,
    true
  )
})
