/**
 * `node bench/mail.ts [--mails N]`: mail over SMTP to a `picket serve` as it is installed, until all of it is checked and searchable: SPF, DKIM and DMARC asked of a
 * name server beside it (each domain once, then remembered), MIME, links, attachments, rules. Signed mails of some 12 kB with a page and a PDF, of 200
 * domains. The ceiling is an SMTP server of the same library that reads the same mails and forgets them.
 */

import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { dkimSign } from 'mailauth'
import { SMTPServer } from 'smtp-server'
import { dnsServer, type Zone } from '../src/testing/dns-server.ts'
import { freePort } from '../src/testing/free-port.ts'
import { servePicket, settledOf } from './served.ts'

const { values } = parseArgs({
  options: { mails: { type: 'string', default: '6000' }, connections: { type: 'string', default: '64' } }
})
const count = Number(values.mails)
const domains = 200
const sender = fileURLToPath(new URL('send-mail.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'picket-bench-mail-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
console.log(
  `${new Date().toISOString()} · ${cpus()[0]?.model} × ${cpus().length} · ${(totalmem() / 2 ** 30).toFixed(1)} GiB · Node ${process.version}\n`
)
console.log('| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
const zone: Record<string, readonly string[]> = {}
for (let i = 0; i < domains; i++) {
  zone[`d${i}.example`] = ['TXT v=spf1 ip4:127.0.0.0/8 -all']
  zone[`s._domainkey.d${i}.example`] = [`TXT v=DKIM1; k=rsa; p=${key}`]
  zone[`_dmarc.d${i}.example`] = ['TXT v=DMARC1; p=reject']
}
const dns = await dnsServer(zone as Zone)
const warm = await mailFile('warm.bin', 200, 0)
const file = await mailFile('mails.bin', count, 1_000_000)

const port = await freePort()
const picket = await servePicket(
  folder,
  [{ type: 'smtp', name: 'mx', host: '127.0.0.1', port, mailsPerMinuteMax: 10_000_000 }],
  {},
  { mail: { domains: ['own.example'], people: ['Carla Boss'], dnsServers: [dns.address] } }
)
try {
  await send(port, warm)
  await picket.untilSettled(200, 60_000)
  const before = settledOf(await picket.metrics())
  let peakMb = 0
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, picket.memoryMb())
  }, 500)
  const cpu = picket.cpuSeconds()
  const fromMs = performance.now()
  const { ms } = await send(port, file)
  await picket.untilSettled(before + count, 600_000)
  const seconds = (performance.now() - fromMs) / 1000
  const used = picket.cpuSeconds() - cpu
  clearInterval(timer)
  const ceiling = await forgotten()
  row(
    `mail over SMTP: sent to checked and searchable, ${values.connections} connections`,
    `${Math.round(count / seconds)} mails/s (acknowledged at ${Math.round(count / (ms / 1000))}/s; ${((used / count) * 1000).toFixed(1)} CPU-ms a mail)`,
    `${Math.round(ceiling)}/s: read and forgotten`,
    (count / seconds / ceiling).toFixed(2)
  )
  row('mail over SMTP: memory of all processes', `${Math.round(peakMb)} MB at most`, 'asked for: 200 mails/s')
} finally {
  await picket.stop()
  await dns.close()
}

function row(workload: string, figure: string, ceiling = '', ratio = ''): void {
  console.log(`| ${workload} | ${figure} | ${ceiling} | ${ratio} |`)
}

async function mailFile(name: string, mails: number, first: number): Promise<string> {
  const pdf = Buffer.from(`%PDF-1.7\n${'abcdefgh'.repeat(400)}`)
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\r\n')
  const text = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(30).replaceAll(/.{70,80} /g, '$&\r\n')
  const parts: Buffer[] = []
  for (let i = first; i < first + mails; i++) {
    const domain = `d${i % domains}.example`
    const mail = Buffer.from(
      `From: Sender ${i} <s${i % 1000}@${domain}>\r\nTo: b@own.example\r\nSubject: Message ${i} about the meeting\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <${i}@${domain}>\r\n` +
        `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\nhttps://www.${domain}/m/${i}\r\n` +
        `--i\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>${text}</p><a href="https://www.${domain}/m/${i}">www.${domain}</a> <a href="https://www.${domain}/u">here</a></body></html>\r\n--i--\r\n` +
        `--o\r\nContent-Type: application/pdf; name=agenda.pdf\r\nContent-Disposition: attachment; filename=agenda.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${pdf}\r\n--o--`
    )
    const whole = Buffer.concat([mail, Buffer.from('\r\n')])
    const { signatures } = await dkimSign(whole, {
      canonicalization: 'relaxed/relaxed',
      algorithm: 'rsa-sha256',
      signatureData: [
        {
          signingDomain: domain,
          selector: 's',
          privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
        }
      ]
    } as Parameters<typeof dkimSign>[1])
    const size = Buffer.alloc(4)
    const signed = Buffer.concat([Buffer.from(signatures), mail])
    size.writeUInt32LE(signed.length)
    parts.push(size, signed)
  }
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat(parts))
  return path
}

function send(to: number, mails: string): Promise<{ sent: number; ms: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [sender, String(to), mails, values.connections], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let out = ''
    child.stdout.on('data', part => {
      out += String(part)
    })
    child.on('close', code =>
      code === 0 ? resolve(JSON.parse(out) as { sent: number; ms: number }) : reject(new Error('the sender failed'))
    )
  })
}

async function forgotten(): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      stream.on('data', () => {}).on('end', () => done())
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  const { sent, ms } = await send((server.server.address() as { port: number }).port, file)
  await new Promise<void>(resolve => server.close(() => resolve()))
  return sent / (ms / 1000)
}
