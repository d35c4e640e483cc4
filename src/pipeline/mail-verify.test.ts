/** SPF, DKIM and DMARC against a name server on loopback: vectors, silence, our own relays, and headers that are believed or not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../mail/facts.ts'
import { dnsServer } from '../testing/dns-server.ts'
import { mailVectors } from '../testing/mail-vectors.ts'
import { MailResolver } from './mail-resolver.ts'
import { type VerifySettings, verifyMail } from './mail-verify.ts'

const settings: VerifySettings = { authservIds: [], relays: [], dns: true, verifyFiles: false }
const envelope = (client: string, from: string): Envelope => ({
  via: 'smtp',
  client,
  from,
  to: ['b@own.example'],
  helo: 'mx.client.example'
})

test('vectors', async () => {
  const { zone, vectors } = await mailVectors()
  const dns = await dnsServer(zone)
  const resolver = new MailResolver({ servers: [dns.address], timeoutMs: 2000 })
  for (const { name, mail, client, from, spf, dkim, dmarc } of vectors) {
    const { auth } = await verifyMail(mail, envelope(client, from), settings, resolver)
    assert.equal(auth!.spf.result, spf, `${name}: SPF ${auth!.spf.reason}`)
    const found = auth!.dkim[0]
    assert.equal(
      found === undefined ? 'none' : found.result === 'pass' ? 'pass' : 'fail',
      dkim === 'none' ? 'none' : dkim,
      `${name}: DKIM ${JSON.stringify(found)}`
    )
    assert.equal(auth!.dmarc.result, dmarc, `${name}: DMARC ${JSON.stringify(auth!.dmarc)}`)
  }
  await dns.close()
})

test('a name server that is silent, broken or not there is never a pass, and costs bounded time', async () => {
  const { zone, vectors } = await mailVectors()
  const slow = vectors[0]!.mail.toString('latin1').replaceAll('good.example', 'slow.example')
  const dns = await dnsServer(zone)
  for (const servers of [[dns.address], ['127.0.0.1:1']]) {
    const resolver = new MailResolver({ servers, timeoutMs: 400 })
    const started = performance.now()
    const { auth } = await verifyMail(
      Buffer.from(slow, 'latin1'),
      envelope('192.0.2.5', 'a@slow.example'),
      settings,
      resolver
    )
    assert.ok(performance.now() - started < 8000)
    assert.equal(auth!.spf.result, 'temperror')
    assert.equal(auth!.dkim[0]!.result, 'temperror')
    assert.notEqual(auth!.dmarc.result, 'pass')
  }
  const resolver = new MailResolver({ servers: [dns.address], timeoutMs: 400 })
  const broken = Buffer.from('From: a@broken.example\r\n\r\nx')
  assert.equal(
    (await verifyMail(broken, envelope('192.0.2.5', 'a@broken.example'), settings, resolver)).auth!.spf.result,
    'temperror'
  )
  await dns.close()
})

test('answers are remembered, questions of a mail are bounded, and so are signatures', async () => {
  const { zone, vectors } = await mailVectors()
  const dns = await dnsServer(zone)
  const resolver = new MailResolver({ servers: [dns.address], timeoutMs: 2000 })
  const first = vectors[0]!
  await verifyMail(first.mail, envelope(first.client, first.from), settings, resolver)
  const asked = dns.asked.length
  await verifyMail(first.mail, envelope(first.client, first.from), settings, resolver)
  assert.equal(dns.asked.length, asked)
  const text = first.mail.toString('latin1')
  const signature = text.slice(0, text.indexOf('From: '))
  const many = Array.from({ length: 1000 }, (_, i) => signature.replace('s=s1', `s=x${i}`)).join('')
  const started = performance.now()
  const { auth } = await verifyMail(
    Buffer.from(many + text, 'latin1'),
    envelope(first.client, first.from),
    settings,
    resolver
  )
  assert.ok(performance.now() - started < 5000)
  assert.ok(auth!.dkim.length <= 10)
  assert.ok(dns.asked.length - asked < 60, `${dns.asked.length - asked} questions`)
  await dns.close()
})

test('mail that our own server brings is judged by who sent to it; without a trace nobody is', async () => {
  const { zone, vectors } = await mailVectors()
  const dns = await dnsServer(zone)
  const resolver = new MailResolver({ servers: [dns.address], timeoutMs: 2000 })
  const own = { ...settings, relays: ['10.0.0.0/8', 'own.example'] }
  const mail = vectors.find(({ name }) => name === 'from elsewhere')!.mail
  const trace = (client: string): Buffer =>
    Buffer.concat([
      Buffer.from(
        'Received: from mx.own.example (mx.own.example [10.1.1.1]) by hub.own.example (Postfix) with ESMTP id 1; Mon, 2 Mar 2026 10:00:03 +0000\r\n' +
          `Received: from mx.client.example (unknown [${client}])\r\n\tby mx.own.example (Postfix) with ESMTPS id 2\r\n\tfor <b@own.example>; Mon, 2 Mar 2026 10:00:02 +0000\r\n` +
          'Received: from mx.own.example ([192.0.2.5]) by mx.own.example.evil.example with SMTP; Mon, 2 Mar 2026 10:00:01 +0000\r\n'
      ),
      mail
    ])
  const of = async (bytes: Buffer, client = '10.9.9.9') =>
    verifyMail(bytes, envelope(client, 'a@good.example'), own, resolver)
  const passed = await of(trace('192.0.2.5'))
  assert.equal(passed.auth!.spf.result, 'pass')
  assert.equal(passed.envelope!.client, '192.0.2.5')
  assert.equal((await of(trace('203.0.114.1'))).auth!.spf.result, 'fail')
  // The trace of a stranger's mail is his own writing.
  assert.equal((await of(trace('192.0.2.5'), '203.0.114.1')).auth!.spf.result, 'fail')
  assert.equal((await of(mail)).auth!.spf.result, 'none')
  await dns.close()
})

test('only the topmost results of our own server are believed, and not over SMTP from strangers', async () => {
  const dns = await dnsServer({})
  const resolver = new MailResolver({ servers: [dns.address], timeoutMs: 500 })
  const results = (id: string, word: string): string =>
    `Authentication-Results: ${id};\r\n dkim=${word} header.d=bank.example header.s=s1;\r\n spf=${word} (x; y) smtp.mailfrom=a@bank.example; dmarc=${word} (p=REJECT sp=NONE) header.from=bank.example\r\n`
  const rest = 'From: a@bank.example\r\nSubject: x\r\n\r\nhello\r\n'
  const own = { ...settings, authservIds: ['mx.own.example'] }
  const of = async (text: string, given?: Envelope) => (await verifyMail(Buffer.from(text), given, own, resolver)).auth!
  const passed = await of(results('mx.own.example', 'pass') + rest)
  assert.deepEqual(
    [passed.by, passed.spf.result, passed.dkim[0]!.result, passed.dmarc.result, passed.dmarc.policy],
    ['header', 'pass', 'pass', 'pass', 'reject']
  )
  assert.equal((await of(results('mx.evil.example', 'pass') + rest)).by, 'none')
  assert.equal(
    (await of(results('mx.own.example', 'fail') + results('mx.own.example', 'pass') + rest)).dmarc.result,
    'fail'
  )
  assert.equal(
    (
      await of(
        results('mx.own.example', 'pass').replaceAll('header.from=bank.example', 'header.from=evil.example') + rest
      )
    ).dmarc.result,
    'none'
  )
  const stranger = await of(results('mx.own.example', 'pass') + rest, envelope('203.0.113.1', 'a@bank.example'))
  assert.equal(stranger.by, 'dns')
  assert.notEqual(stranger.dmarc.result, 'pass')
  await dns.close()
})

test('the same mail to the same people is the same mail; to others it is another', async () => {
  const resolver = new MailResolver({ servers: ['127.0.0.1:1'], timeoutMs: 200 })
  const off = { ...settings, dns: false }
  const mail = Buffer.from('From: a@x.example\r\n\r\nx')
  const idOf = async (given?: Envelope) => (await verifyMail(mail, given, off, resolver)).id
  assert.equal(await idOf(envelope('192.0.2.1', 'a@x.example')), await idOf(envelope('192.0.2.2', 'a@x.example')))
  assert.notEqual(
    await idOf(envelope('192.0.2.1', 'a@x.example')),
    await idOf({ ...envelope('192.0.2.1', 'a@x.example'), to: ['c@own.example'] })
  )
  assert.notEqual(await idOf(), await idOf(envelope('192.0.2.1', 'a@x.example')))
})
