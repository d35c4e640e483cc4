import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { decoderOf } from '../decoders.ts'
import { dmarcReports, mailFiles } from './decoder.ts'

async function decode(text: string | Uint8Array, size = 1000, decoder = mailFiles): Promise<unknown[]> {
  const out: unknown[] = []
  const all = typeof text === 'string' ? Buffer.from(text) : text
  async function* pieces() {
    for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size)
  }
  for await (const records of decoder.decode(pieces())) for (const record of records) out.push(JSON.parse(record))
  return out
}

const cron =
  'Return-Path: <root@example.com>\nFrom: Cron Daemon <root@example.com>\nTo: root@example.com\n' +
  'Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_aus?=\n =?utf-8?Q?_Berlin?=\nDate: Wed, 01 Jan 2025 10:11:12 +0100\n\nbackup failed\n'

test('a message with folded and encoded headers', async () => {
  const expected = {
    mail: {
      headers: [
        ['Return-Path', '<root@example.com>'],
        ['From', 'Cron Daemon <root@example.com>'],
        ['To', 'root@example.com'],
        ['Subject', 'Grüße aus Berlin'],
        ['Date', 'Wed, 01 Jan 2025 10:11:12 +0100']
      ],
      text: 'backup failed',
      attachments: []
    }
  }
  for (const size of [1, 13, 1000]) assert.deepEqual(await decode(cron, size), [expected])
  assert.deepEqual(await decode(cron.replaceAll('\n', '\r\n')), [expected])
})

test('the messages of a mailbox', async () => {
  const box = `From root@example.com Wed Jan  1 10:11:12 2025\n${cron}\n>From here on\n\nFrom root@example.com Wed Jan  1 10:12:12 2025\n${cron}`
  assert.ok(mailFiles.claims(Buffer.from(box).subarray(0, 512)))
  for (const size of [1, 100, 10_000]) {
    const found = (await decode(box, size)) as { mail: { text: string } }[]
    assert.deepEqual(
      found.map(({ mail }) => mail.text),
      ['backup failed\n\nFrom here on', 'backup failed']
    )
  }
})

const report =
  '<?xml version="1.0"?><feedback><report_metadata><org_name>example.net</org_name><report_id>r1</report_id><date_range>' +
  '<begin>1735603200</begin><end>1735689599</end></date_range></report_metadata><policy_published><domain>example.com</domain><p>reject</p>' +
  '</policy_published><record><row><source_ip>192.0.2.7</source_ip><count>2</count><policy_evaluated><disposition>none</disposition>' +
  '<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers></record>' +
  '<record><row><source_ip>2001:db8::9</source_ip></row></record></feedback>'

test('attached logs and reports become records of their own', async () => {
  const base64 = gzipSync(report).toString('base64')
  const mail =
    'From: a@example.com\nTo: b@example.com\nMessage-ID: <m1@example.com>\nMIME-Version: 1.0\n' +
    'Content-Type: multipart/mixed; boundary="b1"\n\npreamble\n--b1\nContent-Type: text/plain; charset=iso-8859-1\n' +
    'Content-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n--b1\nContent-Type: text/plain; name="app.log"\n\nline 1\n\nline 2\n' +
    `--b1\nContent-Type: application/gzip\nContent-Disposition: attachment; filename="r.xml.gz"\nContent-Transfer-Encoding: base64\n\n${base64}\n--b1--\nepilogue`
  const found = (await decode(mail)) as {
    mail?: { text: string; attachments: unknown[] }
    line?: string
    dmarc?: object
  }[]
  assert.equal(found[0]!.mail!.text, 'Grüße')
  assert.deepEqual(found[0]!.mail!.attachments[0], { name: 'app.log', type: 'text/plain', size: 14 })
  assert.deepEqual(found.slice(1, 3), [
    { line: 'line 1', attachment: 'app.log', mail_of: { message_id: '<m1@example.com>' } },
    { line: 'line 2', attachment: 'app.log', mail_of: { message_id: '<m1@example.com>' } }
  ])
  assert.equal(found.filter(one => one.dmarc !== undefined).length, 2)
})

test('a report alone, and one that is cut off', async () => {
  assert.equal(decoderOf(Buffer.from(report)), dmarcReports)
  const found = (await decode(report, 50, dmarcReports)) as { dmarc: { record: { row: { source_ip: string } } } }[]
  assert.deepEqual(
    found.map(({ dmarc }) => dmarc.record.row.source_ip),
    ['192.0.2.7', '2001:db8::9']
  )
  await assert.rejects(decode(report.slice(0, 300), 50, dmarcReports), /damaged/)
})

test('what only looks a little like a mail is none', () => {
  for (const text of [
    'Subject: hello\n',
    'Jan  1 10:11:12 host prog: x\nFrom: y\n',
    'key: value\nother: value\n',
    'From here to there 2025\nFrom: x\n',
    '{"From": "a"}\n',
    'To: be\nor not to be\n'
  ])
    assert.equal(mailFiles.claims(Buffer.from(text)), false, text)
})

test('hostile mails end', async () => {
  const nested = `From: a@b\nTo: c@d\nContent-Type: multipart/mixed; boundary=x\n\n${'--x\nContent-Type: multipart/mixed; boundary=x\n\n'.repeat(3000)}`
  await decode(nested, 100_000)
  await decode(`From: a@b\nTo: c@d\nSubject: ${'=?utf-8?B?'.repeat(20_000)}\n\n${'<'.repeat(100_000)}`, 100_000)
})
