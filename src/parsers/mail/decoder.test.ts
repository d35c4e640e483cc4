import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { decoderOf } from '../decoders.ts'
import { attachedRecords, dmarcReports } from './decoder.ts'

async function decode(text: string | Uint8Array, size = 1000): Promise<unknown[]> {
  const out: unknown[] = []
  const all = typeof text === 'string' ? Buffer.from(text) : text
  async function* pieces() {
    for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size)
  }
  for await (const records of dmarcReports.decode(pieces())) for (const record of records) out.push(JSON.parse(record))
  return out
}

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
  const found = (await attachedRecords(mail)).map(record => JSON.parse(record) as { line?: string; dmarc?: object })
  assert.deepEqual(found.slice(0, 2), [
    { line: 'line 1', attachment: 'app.log', mail_of: { message_id: '<m1@example.com>' } },
    { line: 'line 2', attachment: 'app.log', mail_of: { message_id: '<m1@example.com>' } }
  ])
  assert.equal(found.filter(one => one.dmarc !== undefined).length, 2)
})

test('a report alone, and one that is cut off', async () => {
  assert.equal(decoderOf(Buffer.from(report)), dmarcReports)
  const found = (await decode(report, 50)) as { dmarc: { record: { row: { source_ip: string } } } }[]
  assert.deepEqual(
    found.map(({ dmarc }) => dmarc.record.row.source_ip),
    ['192.0.2.7', '2001:db8::9']
  )
  await assert.rejects(decode(report.slice(0, 300), 50), /damaged/)
})
