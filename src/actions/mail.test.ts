/** Mail against a real SMTP server of this machine: what arrives, what passes, what does not, TLS and passwords. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { type MailServer, mail, mailAddress } from './mail.ts'
import type { Message } from './message.ts'
import { sampleNotice } from './samples.ts'
import { ownTemplate, renderTemplate } from './template.ts'

const nowMs = Date.UTC(2026, 2, 1, 12)
const notice = sampleNotice(nowMs)
const openssl = spawnSync('openssl', ['version']).status === 0

const message: Message = {
  key: 'pn_0123',
  kind: 'alert',
  ...renderTemplate(ownTemplate, notice, 'https://picket.example.org'),
  severity: 'high',
  notices: [notice],
  count: 1,
  createdMs: nowMs,
  thread: '0123-sample',
  pageUrl: 'https://picket.example.org',
  again: false
}

type Arrived = { from: string; to: string[]; text: string; user: string }

async function smtp(options: SMTPServerOptions = {}) {
  const arrived: Arrived[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      password === 'good' ? done(null, { user: username }) : done(new Error('wrong password')),
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        arrived.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(each => each.address),
          text: Buffer.concat(parts).toString('utf8'),
          user: String(session.user ?? '')
        })
        done()
      })
    },
    ...options
  })
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as { port: number }
  return {
    arrived,
    at: (more: Partial<MailServer> = {}): MailServer => ({
      host: '127.0.0.1',
      port,
      security: 'none',
      user: '',
      password: '',
      from: 'Picket <picket@example.org>',
      ...more
    }),
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => void server.close(() => resolve()))
  }
}

const send = (server: MailServer | undefined, what: Message = message, to = ['anna@example.org']) =>
  mail.send(what, { to }, {}, { nowMs, hostName: 'watch.example.org', mailServer: server })

/** Header values, with folded lines joined. */
function header(text: string, name: string): string {
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return (
    head
      .split('\r\n')
      .find(line => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? ''
  )
}

test('an alert arrives as text and HTML, under an id that stays the same, in the conversation of its alert', async () => {
  await using server = await smtp()
  const to = ['anna@example.org', 'Ben B <ben@example.org>']
  assert.equal((await send(server.at(), message, to)).result, 'sent')
  const [got] = server.arrived
  assert.deepEqual([got?.from, got?.to], ['picket@example.org', ['anna@example.org', 'ben@example.org']])
  const { text } = got!
  assert.equal(header(text, 'message-id'), '<pn_0123@example.org>')
  assert.equal(header(text, 'references'), '<alert-0123-sample@example.org>')
  assert.equal(header(text, 'auto-submitted'), 'auto-generated')
  assert.match(header(text, 'subject'), /^\[high\] Many failed logins/)
  assert.match(header(text, 'content-type'), /^multipart\/alternative/)
  assert.ok(text.includes('https://picket.example.org/alerts/sample'))
})

test('text from records changes neither headers nor markup', async () => {
  await using server = await smtp()
  const evil = 'a\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>'
  const bad = { ...notice, entity: { 'user.name': evil }, rule: { ...notice.rule, title: evil } }
  const made = { ...message, ...renderTemplate(ownTemplate, bad, undefined), notices: [bad] }
  assert.equal((await send(server.at(), made)).result, 'sent')
  const { text, to } = server.arrived[0]!
  assert.deepEqual(to, ['anna@example.org'])
  assert.equal(header(text, 'bcc'), '')
  const html = text.slice(text.indexOf('text/html'))
  assert.ok(!html.includes('<script') && html.includes('&lt;script'))
  for (const address of ['a@b, c@d', 'a@b\r\nX: y', '<a@b>', 'a b@c', '"x" <a@b>', 'a@b;c'])
    assert.ok(!mailAddress.safeParse(address).success, address)
  for (const address of ['a@b', 'Anna Example <anna.e+x@mail.example.org>', 'ü@example.org'])
    assert.ok(mailAddress.safeParse(address).success, address)
})

test('a report goes along as a file', async () => {
  await using server = await smtp()
  const content = Buffer.from('<p>report</p>')
  const report: Message = {
    ...message,
    kind: 'report',
    notices: [],
    title: 'Week 9',
    body: 'The report is attached.',
    attachment: { name: 'week-9.html', type: 'text/html', content }
  }
  assert.equal((await send(server.at(), report)).result, 'sent')
  const { text } = server.arrived[0]!
  assert.match(text, /content-disposition: attachment; filename=week-9\.html/i)
  assert.ok(text.includes(content.toString('base64')))
})

test('4yz passes, 5yz does not; of several recipients, who was refused is said', async () => {
  const refuse = (code: number): SMTPServerOptions => ({
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('bad') ? done(Object.assign(new Error('no'), { responseCode: code })) : done()
  })
  await using greylisting = await smtp(refuse(451))
  assert.equal((await send(greylisting.at(), message, ['bad@example.org'])).result, 'transient')
  await using strict = await smtp(refuse(550))
  const refused = await send(strict.at(), message, ['bad@example.org'])
  assert.equal(refused.result, 'permanent')
  const some = await send(strict.at(), message, ['bad@example.org', 'anna@example.org'])
  assert.equal(some.result, 'sent')
  assert.match(some.detail, /refused for bad@example\.org/)
  assert.equal(strict.arrived.length, 1)
})

test('a password that is wrong is final, one that is right is used', async () => {
  await using server = await smtp({ allowInsecureAuth: true })
  const wrong = await send(server.at({ user: 'picket', password: 'bad' }))
  assert.equal(wrong.result, 'permanent', wrong.detail)
  assert.ok(!wrong.detail.includes('bad'), 'the password is in no message')
  assert.equal((await send(server.at({ user: 'picket', password: 'good' }))).result, 'sent')
  assert.equal(server.arrived[0]?.user, 'picket')
})

test('nobody there, no greeting, no server set up', { timeout: 40_000 }, async () => {
  const gone = await send({ host: '127.0.0.1', port: 1, security: 'none', user: '', password: '', from: 'a@b' })
  assert.deepEqual([gone.result, /ECONNREFUSED/.test(gone.detail)], ['transient', true])
  assert.deepEqual(await send(undefined), { result: 'permanent', detail: 'no mail server is set up' })
  const silent: Server = createServer(() => {})
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const startMs = performance.now()
  const hung = await send({ host: '127.0.0.1', port, security: 'none', user: '', password: '', from: 'a@b' })
  assert.equal(hung.result, 'transient')
  assert.ok(performance.now() - startMs < 15_000)
  await new Promise(resolve => silent.close(resolve))
})

test('TLS: an unknown certificate is refused, a known one trusted; STARTTLS is not left out', {
  skip: !openssl
}, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-mail-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const pair = { key: readFileSync(key), cert: readFileSync(cert) }
  const ca = pair.cert.toString()
  await using secure = await smtp({ ...pair, secure: true })
  assert.equal((await send(secure.at({ security: 'tls' }))).result, 'transient')
  assert.equal((await send(secure.at({ security: 'tls', ca }))).result, 'sent')
  assert.equal((await send(secure.at({ security: 'tls', ca, host: 'localhost' }))).result, 'sent')
  await using upgrading = await smtp({ ...pair, disabledCommands: [] })
  assert.equal((await send(upgrading.at({ security: 'starttls' }))).result, 'transient')
  assert.equal((await send(upgrading.at({ security: 'starttls', ca, user: 'x', password: 'good' }))).result, 'sent')
  assert.deepEqual(
    upgrading.arrived.map(each => each.user),
    ['x']
  )
  await using plainOnly = await smtp({ allowInsecureAuth: true })
  const stripped = await send(plainOnly.at({ security: 'starttls', ca, user: 'x', password: 'good' }))
  assert.notEqual(stripped.result, 'sent', 'the password would have been readable on the way')
  assert.equal(plainOnly.arrived.length, 0)
})
