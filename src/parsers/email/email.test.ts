import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EcsEvent } from '../../core/parser.ts'
import { makeSample, recognise } from '../recognise.ts'
import { email } from './email.ts'

const receivedMs = Date.UTC(2026, 0, 1)

function parse(mail: string | Buffer, facts?: object): EcsEvent {
  const bytes = typeof mail === 'string' ? Buffer.from(mail) : mail
  const parsed = email.open({ receivedMs, ...(facts === undefined ? {} : { header: [JSON.stringify(facts)] }) })(
    bytes.toString('latin1'),
    {}
  )
  assert.ok(typeof parsed === 'object' && parsed.ok, JSON.stringify(parsed))
  return parsed.event
}

type Mail = {
  message: string
  '@timestamp'?: string
  email: Record<string, unknown> & { from: { address: string[] }; subject: string; attachments: { file: object }[] }
  picket: { mail: Record<string, unknown> & { failed?: string[]; checks: string[] } }
  mail: { headers: Record<string, string[]> }
}
const read = (mail: string | Buffer, facts?: object): Mail => parse(mail, facts) as unknown as Mail

const plain =
  'Return-Path: <root@example.com>\nFrom: Cron Daemon <root@example.com>\nTo: "Ops, team" <ops@example.com>, b@example.com\n' +
  'Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_aus?=\n =?utf-8?Q?_Berlin?=\nDate: Wed, 01 Jan 2025 10:11:12 +0100\nMessage-ID: <1@example.com>\n\nbackup failed\n'

test('a mail becomes an event, with folded and encoded headers', () => {
  for (const mail of [plain, plain.replaceAll('\n', '\r\n')]) {
    const event = read(mail)
    assert.equal(event.message, 'backup failed')
    assert.equal(event['@timestamp'], '2025-01-01T09:11:12.000Z')
    assert.equal(event.email.subject, 'Grüße aus Berlin')
    assert.deepEqual(event.email.from.address, ['root@example.com'])
    assert.deepEqual(event.email['to'], { address: ['ops@example.com', 'b@example.com'] })
    assert.equal(event.picket.mail.failed, undefined)
  }
})

test('a mail that we were sent is of the time at which it came, whatever its date says', () => {
  const event = read(plain, { id: 'x', receivedMs, envelope: { via: 'smtp', from: 'root@example.com' } })
  assert.equal(event['@timestamp'], undefined)
  assert.equal(event.email['delivery_timestamp'], '2026-01-01T00:00:00.000Z')
  assert.equal(event.email['origination_timestamp'], '2025-01-01T09:11:12.000Z')
})

test('charsets: named, unnamed, and one that nobody knows', () => {
  const of = (type: string, body: Buffer): string =>
    read(Buffer.concat([Buffer.from(`From: a@b.example\nSubject: x\nContent-Type: text/plain${type}\n\n`), body]))
      .message
  assert.equal(of('; charset=iso-8859-1', Buffer.from([0x47, 0x72, 0xfc])), 'Grü')
  assert.equal(of('; charset=koi8-r', Buffer.from([0xd0, 0xd2])), 'пр')
  assert.equal(of('', Buffer.from('Grüße')), 'Grüße')
  assert.equal(of('', Buffer.from([0x47, 0x72, 0xfc])), 'Grü')
  assert.equal(of('; charset=x-none', Buffer.from('ü')), 'ü')
})

test('attachments by name, declared type, size and risk', () => {
  const event = read(
    'From: a@b.example\nSubject: x\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nhello\n--b\n' +
      'Content-Type: application/pdf; name="invoice.pdf"\nContent-Transfer-Encoding: base64\n\n' +
      `${Buffer.from(`MZ${'\0'.repeat(60)}`).toString('base64')}\n--b\nContent-Disposition: attachment;\n filename*0*=UTF-8''R%C3%A9sum; filename*1*=%C3%A9.pdf.js\n\nx\n--b--\n`
  )
  assert.equal(event.message, 'hello')
  assert.deepEqual(event.email.attachments, [
    { file: { name: 'invoice.pdf', extension: 'pdf', mime_type: 'application/pdf', size: 62, hash: undefined } },
    { file: { name: 'Résumé.pdf.js', extension: 'js', mime_type: 'text/plain', size: 1, hash: undefined } }
  ])
  assert.deepEqual(event.picket.mail['attachment_risk'], ['executable', 'mismatch', 'double extension'])
  assert.deepEqual(event.picket.mail.failed, ['attachments'])
})

test('what is no mail is refused', () => {
  assert.deepEqual(email.open({ receivedMs })('just a text\nof two lines\n', {}), {
    ok: false,
    reason: 'no mail: it has no header'
  })
})

test('files are recognised by what stands in them', () => {
  const confidence = (text: string, name?: string): number => {
    const found = recognise(makeSample(text, name))
    return found.parser.name === 'email' ? found.confidence : 0
  }
  assert.ok(confidence(plain) > 0.9)
  assert.ok(confidence(`From a@b Wed Jan  1 10:11:12 2025\n${plain}`) > 0.9)
  assert.ok(confidence('Subject: hello\n\nx', 'one.eml') > 0.9)
  for (const text of [
    'Subject: hello\n',
    'Jan  1 10:11:12 host prog: x\nFrom: y\n',
    'key: value\nother: value\n',
    'From here to there 2025\nFrom: x\n',
    '{"From": "a"}\n',
    'To: be\nor not to be\n'
  ])
    assert.equal(confidence(text), 0, text)
})

test('hostile mails end, soon, and say what is wrong with them', () => {
  const started = performance.now()
  const nested = `From: a@b\nTo: c@d\nContent-Type: multipart/mixed; boundary=x\n\n${'--x\nContent-Type: multipart/mixed; boundary=x\n\n'.repeat(20_000)}`
  assert.ok(read(nested).picket.mail.failed!.includes('structure'))
  let deep = 'From: a@b\nTo: c@d\n'
  for (let i = 0; i < 2000; i++) deep += `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`
  assert.ok(read(deep).picket.mail.checks.at(-1)!.includes('deep'))
  const wide = `From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n${'--x\nContent-Disposition: attachment\n\ny\n'.repeat(50_000)}--x--`
  assert.ok(read(wide).picket.mail.checks.at(-1)!.includes('more than 400 parts'))
  read(`From: a@b\nTo: c@d\nSubject: ${'=?utf-8?B?'.repeat(100_000)}\n\n${'<'.repeat(500_000)}`)
  read(`From: ${'a@b,'.repeat(200_000)}\n\nx`)
  read(`From: a@b\n${'X-A: 1\n'.repeat(100_000)}\n\nx`)
  read(`From: ${'('.repeat(500_000)}\n\nx`)
  read(`From: "${'\\"'.repeat(200_000)}\n\nx`)
  read(`From: a@b\nContent-Type: text/html\n\n${'<a href="http://a.example/">'.repeat(20_000)}`)
  read(`From: a@b\nContent-Type: text/html\n\n${'<a href='.repeat(100_000)}`)
  read(`From: a@b\nContent-Type: text/html\n\n${'<script>'.repeat(100_000)}`)
  read(`From: a@b\nContent-Type: text/html\n\n${'<a "'.repeat(200_000)}`)
  read(`From: a@b\nReceived: ${'from ['.repeat(100_000)}\n\n${'http://'.repeat(100_000)}`)
  read(
    `From: a@b\nContent-Type: ${'a="'.repeat(20_000)}; boundary=x\nContent-Transfer-Encoding: base64\n\n${'===='.repeat(200_000)}`
  )
  read(`From: a@xn--${'9'.repeat(50)}.example\nReply-To: b@xn--a-${'zzzz'.repeat(12)}.example\n\nx`)
  const took = performance.now() - started
  assert.ok(took < 10_000, `${Math.round(took)} ms`)
})

const folder = join(import.meta.dirname, '../../../../shared/data/eml')
test('real mails: those that are harmless pass, the text is there', { skip: !existsSync(folder) }, () => {
  for (const name of readdirSync(folder).filter(file => file.endsWith('.eml'))) {
    const event = read(readFileSync(join(folder, name)))
    const failed = (event.picket.mail.failed ?? []).filter(check => check !== 'return-path' && check !== 'structure')
    if (/_(?:ham|auth|mime)_/.test(name)) assert.deepEqual(failed, [], name)
  }
})
