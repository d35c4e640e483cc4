/**
 * Mail by those who send it: swaks and Python's smtplib to a real Picket, which asks a name server of the test's; and what dkimpy and pyspf say of the same
 * mails that our verification judges.
 */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readServerFile } from '../../src/platform/server-file.ts'
import { dnsServer } from '../../src/testing/dns-server.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { mailVectors } from '../../src/testing/mail-vectors.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, sleep } from '../faults/lab.ts'
import { unpackDebian } from './debian.ts'

const lab = new Lab()
after(() => lab.close({ keep: false }))

const versions = ['dkimpy==1.1.8', 'pyspf==2.0.14', 'dnspython', 'pynacl']
const venv = join(tmpdir(), `picket-mail-venv-${process.getuid?.() ?? 0}`)

function pythonReason(): string | false {
  const python = join(venv, 'bin/python')
  const works = (): boolean => spawnSync(python, ['-c', 'import dkim, spf, nacl']).status === 0
  if (existsSync(python) && works()) return false
  try {
    execFileSync('python3', ['-m', 'venv', venv], { timeout: 60_000, stdio: 'pipe' })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...versions], { timeout: 180_000, stdio: 'pipe' })
    return works() ? false : 'dkimpy and pyspf cannot be used'
  } catch (error) {
    rmSync(venv, { recursive: true, force: true })
    return `dkimpy and pyspf cannot be had: ${(error as Error).message.split('\n')[0]}`
  }
}

const judge = `
import base64, json, sys, dkim, spf
given = json.load(sys.stdin)
zone = given['zone']
def txt(name, timeout=5):
    name = (name.decode() if isinstance(name, bytes) else name).rstrip('.')
    found = zone.get(name)
    if not isinstance(found, list): return None
    texts = [r[4:] for r in found if r.startswith('TXT ')]
    return texts[0].encode() if texts else None
def lookup(name, qtype, tcpfallback=True, timeout=5):
    found = zone.get(name.rstrip('.').lower())
    out = []
    for r in found if isinstance(found, list) else []:
        kind, value = r.split(' ', 1)
        if kind != qtype: continue
        if kind == 'TXT': out.append(((name, 'TXT'), (value.encode(),)))
        elif kind == 'MX': out.append(((name, 'MX'), (int(value.split()[0]), value.split()[1])))
        elif kind == 'A': out.append(((name, 'A'), value))
        elif kind == 'AAAA': out.append(((name, 'AAAA'), bytes(__import__('ipaddress').ip_address(value).packed)))
    return out
spf.DNSLookup = lookup
for v in given['vectors']:
    mail = base64.b64decode(v['mail'])
    try: signed = b'dkim-signature:' in mail.lower()
    except Exception: signed = False
    try: good = dkim.verify(mail, dnsfunc=txt, minkey=1024)
    except Exception as e: good = False
    result, _, why = spf.query(i=v['client'], s=v['from'], h=v['helo'], timeout=5, querytime=20).check()
    print(json.dumps({'name': v['name'], 'spf': result, 'dkim': 'none' if not signed else 'pass' if good else 'fail', 'why': why}))
`

test('dkimpy and pyspf say the same of the vectors', { timeout: 300_000 }, async t => {
  const reason = pythonReason()
  if (reason !== false) return t.skip(reason)
  const { zone, vectors } = await mailVectors()
  const input = JSON.stringify({
    zone,
    vectors: vectors.map(vector => ({ ...vector, mail: vector.mail.toString('base64') }))
  })
  const out = execFileSync(join(venv, 'bin/python'), ['-c', judge], { input, encoding: 'utf8', timeout: 60_000 })
  const found = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { name: string; spf: string; dkim: string; why: string })
  assert.equal(found.length, vectors.length)
  for (const [i, { name, spf, dkim }] of vectors.entries()) {
    assert.equal(found[i]!.spf, spf, `${name}: pyspf says ${found[i]!.why}`)
    assert.equal(found[i]!.dkim, dkim, `${name}: dkimpy`)
  }
})

function swaks(): { command: string; args: string[]; env: NodeJS.ProcessEnv } | string {
  if (spawnSync('swaks', ['--version']).status === 0) return { command: 'swaks', args: [], env: process.env }
  const unpacked = unpackDebian(['swaks'])
  if (typeof unpacked === 'string') return `swaks cannot be had: ${unpacked}`
  return { command: 'perl', args: [unpacked.path('usr/bin/swaks')], env: unpacked.env }
}

type Found = {
  message: string
  email: { subject: string; attachments?: { file: { name: string; size: number; hash: { sha256: string } } }[] }
  event: { original: string }
  picket: {
    mail: Record<string, unknown> & {
      failed?: string[]
      passed: string[]
      spf: { result: string }
      dmarc: { result: string }
    }
  }
}

test('swaks and smtplib send to a real Picket: checked, stored, alerted', {
  skip: hasEngine() ? false : 'the storage engine is not installed',
  timeout: 300_000
}, async t => {
  const tool = swaks()
  if (typeof tool === 'string') return t.skip(tool)
  const { zone, vectors } = await mailVectors()
  // Whoever registers a domain like ours signs as well as anybody.
  const dns = await dnsServer({
    ...zone,
    'own.example': ['TXT v=spf1 ip4:192.0.2.1 -all'],
    '_dmarc.own.example': ['TXT v=DMARC1; p=reject'],
    'ovvn.example': ['TXT v=spf1 ip4:127.0.0.1 -all'],
    '_dmarc.ovvn.example': ['TXT v=DMARC1; p=reject']
  })
  const port = await freePort()
  const data = lab.newFolder('mail')
  const config = lab.path('mail.yaml')
  writeFileSync(
    config,
    `server:\n  port: 0\nmail:\n  domains: [own.example]\n  dnsServers: ['${dns.address}']\n  people: [Carla Boss]\nsources:\n  - type: smtp\n    name: mx\n    host: 127.0.0.1\n    port: ${port}\n    recipients: [own.example]\n`
  )
  const picket = lab.start(['serve', '--config', config, '--data', data])
  while (readServerFile(data)?.pid !== picket.pid) {
    if (picket.hasEnded) throw new Error(picket.stderr.slice(-2000))
    await sleep(50)
  }
  const send = (...args: string[]): string =>
    spawnSync(
      tool.command,
      [
        ...tool.args,
        '--server',
        `127.0.0.1:${port}`,
        '--to',
        'bob@own.example',
        '--helo',
        'mx.client.example',
        '--suppress-data',
        ...args
      ],
      {
        env: tool.env,
        encoding: 'utf8',
        timeout: 60_000
      }
    ).stdout
  const big = randomBytes(3_000_000)
  writeFileSync(lab.path('big.bin'), big)
  writeFileSync(lab.path('signed.eml'), vectors[0]!.mail)
  assert.match(
    send('--from', 'carla@own.example', '--h-Subject', 'spoofed', '--h-From', 'Carla Boss <carla@own.example>'),
    /250 2\.0\.0 kept/
  )
  assert.match(
    send('--from', 'ceo@ovvn.example', '--h-Subject', 'look-alike', '--h-From', 'Carla Boss <ceo@ovvn.example>'),
    /kept/
  )
  assert.match(
    send(
      '--from',
      'a@good.example',
      '--h-Subject',
      'large',
      '--attach-name',
      'big.bin',
      '--attach',
      `@${lab.path('big.bin')}`
    ),
    /kept/
  )
  assert.match(send('--from', 'a@good.example', '--data', lab.path('signed.eml')), /kept/)
  assert.match(send('--from', 'a@good.example', '--to', 'x@elsewhere.example'), /550 5\.7\.1/)
  const python = spawnSync('python3', [
    '-c',
    `import smtplib, email.message\nm = email.message.EmailMessage()\nm['From'] = 'Ann <ann@nothing.example>'\nm['To'] = 'bob@own.example'\nm['Subject'] = 'Grüße von smtplib'\nm.set_content('Schöne Grüße\\n.\\n..\\nEnde')\ns = smtplib.SMTP('127.0.0.1', ${port})\ns.send_message(m)\ns.quit()`
  ])
  assert.equal(python.status, 0, String(python.stderr))
  const events = async (): Promise<Found[]> => {
    const { stdout } = await lab.run(['search', 'picket.source:mx', '--json', '--from', '2020-01-01', '--data', data])
    return stdout
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as Found)
  }
  let found: Found[] = []
  for (let tries = 0; tries < 60 && found.length < 5; tries++) {
    found = await events()
    await sleep(250)
  }
  const of = (subject: string): Found => {
    const one = found.find(({ email }) => email.subject === subject)
    assert.ok(one !== undefined, `${subject} among ${found.map(({ email }) => email.subject).join(', ')}`)
    return one
  }
  assert.equal(found.length, 5, found.map(({ email }) => email.subject).join(', ') + picket.stderr.slice(-1500))
  const spoofed = of('spoofed').picket.mail
  assert.deepEqual([spoofed.spf.result, spoofed.dmarc.result], ['fail', 'fail'])
  assert.ok(spoofed.failed!.includes('own-domain'))
  const alike = of('look-alike').picket.mail
  assert.deepEqual([alike.spf.result, alike.dmarc.result], ['pass', 'pass'])
  assert.ok(alike.failed!.includes('look-alike') && alike.failed!.includes('people'))
  const large = of('large')
  assert.equal(large.picket.mail['left_out'], 1)
  const { file } = large.email.attachments!.find(one => one.file.name === 'big.bin')!
  assert.equal(file.size, big.length)
  assert.equal(file.hash.sha256, createHash('sha256').update(big).digest('hex'))
  assert.ok(large.event.original.includes(`[left out by Picket: ${big.length} bytes`))
  assert.ok(Number(large.picket.mail['size']) > 4_000_000)
  const greeting = of('Grüße von smtplib')
  assert.match(greeting.message, /Schöne Grüße\s+\.\s+\.\.\s+Ende/)
  assert.equal(of('a  subject').picket.mail['dkim'] !== undefined, true)
  assert.deepEqual((of('a  subject').picket.mail['dkim'] as { result: string }).result, 'pass')
  const { stdout } = await lab.run(['alerts', '--json', '--data', data])
  for (const title of ['Mail pretends to be from us', 'A domain that looks like ours', 'A name of ours'])
    assert.ok(stdout.includes(title), `${title}: ${stdout.slice(0, 1000)}`)
  await lab.stop(picket)
  await lab.inspect(data, async ({ ledger }) => {
    const { totals, pending } = ledger.report()
    assert.deepEqual({ ...totals, pending }, { received: 5, stored: 5, deadLettered: 0, duplicates: 0, pending: 0 })
  })
  await dns.close()
})
