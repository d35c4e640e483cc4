/** Mails with signatures and envelopes, and the zone that judges them: for our verification, and for comparing it with others'. */

import { generateKeyPairSync } from 'node:crypto'
import { dkimSign } from 'mailauth'
import type { Zone } from './dns-server.ts'

export type Vector = {
  readonly name: string
  readonly mail: Buffer
  readonly client: string
  readonly from: string
  readonly helo: string
  readonly spf: string
  readonly dkim: string
  readonly dmarc: string
}

const bodyText = 'Hello,\r\n\r\nthis is a mail with  blanks \r\nand Grüße.\r\n\r\n\r\n'

function mailFrom(from: string, more = ''): Buffer {
  return Buffer.from(
    `From: Ann <${from}>\r\nTo: b@own.example\r\nSubject: a  subject\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <${Math.trunc(from.length)}@x>\r\n${more}\r\n${bodyText}`
  )
}

export async function mailVectors(): Promise<{ zone: Zone; vectors: readonly Vector[] }> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const ed = generateKeyPairSync('ed25519')
  const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
    String(key.export({ type: 'pkcs8', format: 'pem' }))
  const spki = (key: typeof rsa.publicKey): string => key.export({ type: 'spki', format: 'der' }).toString('base64')
  const sign = async (
    mail: Buffer,
    domain: string,
    { selector = 's1', key = rsa.privateKey, algorithm = 'rsa-sha256', canonicalization = 'relaxed/relaxed' } = {}
  ): Promise<Buffer> => {
    const { signatures } = await dkimSign(mail, {
      canonicalization,
      algorithm,
      signatureData: [{ signingDomain: domain, selector, privateKey: pem(key) }]
    } as Parameters<typeof dkimSign>[1])
    return Buffer.concat([Buffer.from(signatures), mail])
  }
  const raw = (ed.publicKey.export({ type: 'spki', format: 'der' }) as Buffer).subarray(-32).toString('base64')
  const zone: Zone = {
    'good.example': ['TXT v=spf1 ip4:192.0.2.0/28 mx include:_spf.esp.example -all', 'MX 10 mx.good.example'],
    'mx.good.example': ['A 198.51.100.7', 'AAAA 2001:db8::7'],
    '_spf.esp.example': ['TXT v=spf1 ip4:203.0.113.0/24 ip6:2001:db8:1::/48 ~all'],
    '_dmarc.good.example': ['TXT v=DMARC1; p=reject; adkim=r; aspf=r'],
    's1._domainkey.good.example': [`TXT v=DKIM1; k=rsa; p=${spki(rsa.publicKey)}`],
    's2._domainkey.good.example': [`TXT v=DKIM1; k=rsa; p=${spki(weak.publicKey)}`],
    'ed._domainkey.good.example': [`TXT v=DKIM1; k=ed25519; p=${raw}`],
    'gone._domainkey.good.example': ['TXT v=DKIM1; p='],
    'esp.example': ['TXT v=spf1 ip4:203.0.113.0/24 -all'],
    's1._domainkey.esp.example': [`TXT v=DKIM1; k=rsa; p=${spki(rsa.publicKey)}`],
    'soft.example': ['TXT v=spf1 ~all'],
    '_dmarc.soft.example': ['TXT v=DMARC1; p=none'],
    'neutral.example': ['TXT v=spf1 ?all'],
    'loop.example': ['TXT v=spf1 include:loop.example -all'],
    'two.example': ['TXT v=spf1 -all', 'TXT v=spf1 +all'],
    'nothing.example': ['A 192.0.2.99'],
    'slow.example': 'silent',
    '_dmarc.slow.example': 'silent',
    's1._domainkey.slow.example': 'silent',
    'broken.example': 'SERVFAIL',
    'sub.good.example': ['A 192.0.2.1']
  }
  const good = mailFrom('a@good.example')
  const signed = await sign(good, 'good.example')
  const vector = (
    name: string,
    mail: Buffer,
    client: string,
    from: string,
    spf: string,
    dkim: string,
    dmarc: string
  ): Vector => ({
    name,
    mail,
    client,
    from,
    helo: 'mx.client.example',
    spf,
    dkim,
    dmarc
  })
  const vectors: Vector[] = [
    vector('all pass', signed, '192.0.2.5', 'a@good.example', 'pass', 'pass', 'pass'),
    vector(
      'simple canonicalization',
      await sign(good, 'good.example', { canonicalization: 'simple/simple' }),
      '192.0.2.5',
      'a@good.example',
      'pass',
      'pass',
      'pass'
    ),
    vector(
      'Ed25519',
      await sign(good, 'good.example', { selector: 'ed', key: ed.privateKey, algorithm: 'ed25519-sha256' }),
      '192.0.2.99',
      'a@good.example',
      'fail',
      'pass',
      'pass'
    ),
    vector(
      'a key of 1024 bits',
      await sign(good, 'good.example', { selector: 's2', key: weak.privateKey }),
      '192.0.2.99',
      'a@good.example',
      'fail',
      'pass',
      'pass'
    ),
    vector('by MX', good, '198.51.100.7', 'a@good.example', 'pass', 'none', 'pass'),
    vector('by include', good, '203.0.113.9', 'a@good.example', 'pass', 'none', 'pass'),
    vector('by IPv6', good, '2001:db8:1::5', 'a@good.example', 'pass', 'none', 'pass'),
    vector('from elsewhere', good, '203.0.114.1', 'a@good.example', 'fail', 'none', 'fail'),
    vector(
      'the body was changed',
      Buffer.from(signed.toString('latin1').replace('Hello', 'Hullo'), 'latin1'),
      '203.0.114.1',
      'a@good.example',
      'fail',
      'fail',
      'fail'
    ),
    vector(
      'the subject was changed',
      Buffer.from(signed.toString('latin1').replace('a  subject', 'another'), 'latin1'),
      '203.0.114.1',
      'a@good.example',
      'fail',
      'fail',
      'fail'
    ),
    vector(
      'blanks were folded',
      Buffer.from(signed.toString('latin1').replace('a  subject', 'a\r\n subject'), 'latin1'),
      '203.0.114.1',
      'a@good.example',
      'fail',
      'pass',
      'pass'
    ),
    vector(
      'a key that was withdrawn',
      await sign(good, 'good.example', { selector: 'gone' }),
      '203.0.114.1',
      'a@good.example',
      'fail',
      'fail',
      'fail'
    ),
    vector(
      'signed by another, sent by another',
      await sign(good, 'esp.example'),
      '203.0.113.5',
      'bounce@esp.example',
      'pass',
      'pass',
      'fail'
    ),
    vector(
      'a subdomain is aligned',
      await sign(mailFrom('a@sub.good.example'), 'good.example'),
      '203.0.114.1',
      'a@elsewhere.example',
      'none',
      'pass',
      'pass'
    ),
    vector('softfail', mailFrom('a@soft.example'), '192.0.2.5', 'a@soft.example', 'softfail', 'none', 'fail'),
    vector('neutral', mailFrom('a@neutral.example'), '192.0.2.5', 'a@neutral.example', 'neutral', 'none', 'none'),
    vector('a loop', mailFrom('a@loop.example'), '192.0.2.5', 'a@loop.example', 'permerror', 'none', 'none'),
    vector('two records', mailFrom('a@two.example'), '192.0.2.5', 'a@two.example', 'permerror', 'none', 'none'),
    vector('no record', mailFrom('a@nothing.example'), '192.0.2.5', 'a@nothing.example', 'none', 'none', 'none')
  ]
  return { zone, vectors }
}
