/** SMTP over real sockets, to the intake. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createTransport } from 'nodemailer'
import { certificates, skipOpenssl } from '../../../test/services/certificates.ts'
import { sourceConfig, testIntake } from '../listen/test-intake.ts'
import { listenSmtp } from './smtp.ts'

async function started(more: object = {}) {
  const intake = testIntake()
  const source = await listenSmtp(sourceConfig('smtp', more), intake.context)
  return { intake, source, port: source.ports[0]! }
}

/** A client that says what it is told, a line or some bytes at a time, and hears the answers. */
async function dialogue(port: number) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let closed = false
  socket.on('data', data => {
    text += data.toString('latin1')
  })
  socket.on('close', () => {
    closed = true
  })
  socket.on('error', () => {})
  const answer = async (): Promise<string> => {
    const endMs = performance.now() + 5000
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(text)
      if (match !== null) {
        text = text.slice(match[0].length)
        return match[0].trimEnd()
      }
      if (closed) return 'closed'
      if (performance.now() > endMs) return 'silence'
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  await answer()
  return {
    socket,
    answer,
    say: async (line: string): Promise<string> => {
      socket.write(`${line}\r\n`, 'latin1')
      return answer()
    }
  }
}

const mail = 'From: a@example.com\r\nTo: b@own.example\r\nSubject: x\r\n\r\nhello\r\n..dot\r\n'

async function greeted(port: number) {
  const client = await dialogue(port)
  await client.say('EHLO client.example.com')
  await client.say('MAIL FROM:<a@example.com>')
  await client.say('RCPT TO:<b@own.example>')
  await client.say('DATA')
  return client
}

const bodyOf = (chunk: { body: Buffer }): string => chunk.body.toString('latin1', 4)
const factsOf = (chunk: { headers: { header?: readonly string[] } }) => JSON.parse(chunk.headers.header![0]!)

test('a mail is kept as it was sent, with its envelope; 250 is said when it is durable', async () => {
  const { intake, source, port } = await started()
  const client = await greeted(port)
  const release = intake.hold()
  let answered: string | undefined
  const said = client.say(`${mail}.`).then(answer => {
    answered = answer
  })
  await new Promise(resolve => setTimeout(resolve, 150))
  assert.equal(answered, undefined)
  release()
  await said
  assert.match(answered!, /^250 /)
  const [chunk] = intake.chunks
  assert.equal(bodyOf(chunk!), mail.replace('\r\n..dot', '\r\n.dot'))
  const { envelope, receivedMs } = factsOf(chunk!)
  assert.equal(chunk!.headers.format, 'email')
  assert.ok(Math.abs(receivedMs - Date.now()) < 5000)
  assert.deepEqual(
    { ...envelope, clientPort: 0 },
    {
      via: 'smtp',
      from: 'a@example.com',
      to: ['b@own.example'],
      helo: 'client.example.com',
      client: '127.0.0.1',
      clientPort: 0,
      tls: false
    }
  )
  client.socket.destroy()
  await source.close()
})

test('what cannot be made durable is put off, and the client may try again at once', async () => {
  const { intake, source, port } = await started()
  intake.fail(1)
  const client = await greeted(port)
  assert.match(await client.say(`${mail}.`), /^451 /)
  await client.say('MAIL FROM:<a@example.com>')
  await client.say('RCPT TO:<b@own.example>')
  await client.say('DATA')
  assert.match(await client.say(`${mail}.`), /^250 /)
  assert.equal(intake.chunks.length, 1)
  client.socket.destroy()
  await source.close()
})

test('the size is enforced, and what was too large takes no memory', async () => {
  const { intake, source, port } = await started({ messageBytesMax: '100KB' })
  const client = await dialogue(port)
  assert.match(await client.say('EHLO x'), /SIZE 10/)
  assert.match(await client.say('MAIL FROM:<a@example.com> SIZE=9999999'), /^552 /)
  await client.say('MAIL FROM:<a@example.com>')
  await client.say('RCPT TO:<b@own.example>')
  await client.say('DATA')
  for (let i = 0; i < 200; i++) client.socket.write(`${'x'.repeat(900)}\r\n`)
  assert.match(await client.say('.'), /^552 /)
  assert.equal(source.figures().waitingBytes, 0)
  assert.equal(intake.chunks.length, 0)
  assert.equal(source.figures().drops, 1)
  client.socket.destroy()
  await source.close()
})

test('smuggling: only CRLF.CRLF ends a mail, and what stands behind another end is not a second one', async () => {
  const { intake, source, port } = await started()
  for (const end of ['\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r\n.\r']) {
    const client = await greeted(port)
    const inner = `${end}MAIL FROM:<ceo@own.example>\r\nRCPT TO:<b@own.example>\r\nDATA\r\nFrom: ceo@own.example\r\n\r\nsmuggled\r\n`
    assert.match(await client.say(`From: a@example.com\r\n\r\nhello${inner}.`), /^250 /)
    assert.match(await client.say('NOOP'), /^250 /)
    client.socket.destroy()
  }
  assert.equal(intake.chunks.length, 5)
  for (const chunk of intake.chunks) assert.ok(bodyOf(chunk).includes('smuggled'))
  await source.close()
})

test('recipients of others are refused: nothing is relayed', async () => {
  const { source, port } = await started({ recipients: ['own.example', 'postmaster@other.example'] })
  const client = await dialogue(port)
  await client.say('EHLO x')
  await client.say('MAIL FROM:<>')
  assert.match(await client.say('RCPT TO:<b@OWN.example>'), /^250 /)
  assert.match(await client.say('RCPT TO:<postmaster@other.example>'), /^250 /)
  assert.match(await client.say('RCPT TO:<b@evil.example>'), /^550 /)
  assert.match(await client.say('RCPT TO:<b@notown.example>'), /^550 /)
  assert.match(await client.say('RCPT TO:<b%evil.example@own.example>'), /^250 /)
  client.socket.destroy()
  await source.close()
})

test('bounds: addresses, connections, mails in a minute, lines that do not end', async () => {
  const { intake, source, port } = await started({ connectionsPerClientMax: 2, mailsPerMinuteMax: 2 })
  const first = await dialogue(port)
  const second = await dialogue(port)
  const third = connect(port, '127.0.0.1')
  const refusal = await new Promise<string>(resolve => third.once('data', data => resolve(String(data))))
  assert.match(refusal, /^421 /)
  third.destroy()
  second.socket.destroy()
  await first.say('EHLO x')
  for (const expected of [/^250 /, /^250 /, /^451 /]) {
    assert.match(await first.say('MAIL FROM:<a@example.com>'), expected)
    await first.say('RSET')
  }
  const endless = await dialogue(port)
  for (let i = 0; i < 50; i++) endless.socket.write('x'.repeat(10_000))
  assert.match(await endless.answer(), /^(?:[45]\d\d|closed|silence)/)
  assert.equal(source.figures().waitingBytes, 0)
  assert.equal(intake.chunks.length, 0)
  first.socket.destroy()
  endless.socket.destroy()
  await source.close()
  const away = await started({ allow: ['192.0.2.0/24'] })
  const stranger = connect(away.port, '127.0.0.1')
  assert.match(await new Promise<string>(resolve => stranger.once('data', data => resolve(String(data)))), /^554 /)
  assert.equal(away.source.figures().refused, 1)
  stranger.destroy()
  await away.source.close()
})

test('STARTTLS and a token, by a real client; without them what needs them is refused', {
  skip: skipOpenssl
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-smtp-'))
  try {
    const { cert, key } = certificates(folder, ['mx']).pair('mx')
    const { intake, source, port } = await started({ tls: { cert, key, required: true }, auth: 'required' })
    const send = (pass: string) =>
      createTransport({
        host: '127.0.0.1',
        port,
        requireTLS: true,
        tls: { rejectUnauthorized: false },
        auth: { user: 'mx', pass }
      }).sendMail({ from: 'Ann <ann@example.com>', to: 'b@own.example', subject: 'Grüße', text: 'hello' })
    await assert.rejects(send('pkt_bad'), /535/)
    await send('pkt_good')
    const { envelope } = factsOf(intake.chunks[0]!)
    assert.equal(envelope.tls, true)
    assert.equal(envelope.user, 'mx')
    const plain = await dialogue(port)
    assert.match(await plain.say('EHLO x'), /STARTTLS/)
    assert.match(await plain.say('MAIL FROM:<a@example.com>'), /^530 /)
    plain.socket.destroy()
    await source.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a connection that ends in the middle of a mail leaves nothing behind', async () => {
  const { intake, source, port } = await started()
  const client = await greeted(port)
  client.socket.write('From: a@example.com\r\n\r\nhel')
  await new Promise(resolve => setTimeout(resolve, 50))
  client.socket.destroy()
  const endMs = performance.now() + 3000
  while (source.figures().waitingBytes > 0 && performance.now() < endMs)
    await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal(source.figures().waitingBytes, 0)
  assert.equal(intake.chunks.length, 0)
  await source.close()
})
