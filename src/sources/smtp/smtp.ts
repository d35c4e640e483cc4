/**
 * Takes mail over SMTP (RFC 5321): whole, with its envelope, and says 250 when it is durable. It relays nothing and bounces nothing: what cannot be taken is refused
 * or put off while the client is there. Mails go to the topic `email.raw`; what is checked, the mail lane and the workers do.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { hostname } from 'node:os'
import type { SMTPServer as Server, SMTPServerSession as Session } from 'smtp-server'
import type { Chunk } from '../../core/chunk.ts'
import { messageOf } from '../../core/errors.ts'
import type { Envelope } from '../../mail/facts.ts'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { readTls, watchTls } from '../../platform/tls.ts'
import { senderCheck } from '../listen/allowed.ts'
import { addressOf, type ListenContext, type Listening, listenError } from '../listen/source.ts'
import { MailRates } from './rates.ts'

export type SmtpConfig = Extract<SourceConfig, { type: 'smtp' }>

/** Bytes of mails in memory, of all connections. */
const heldBytesMax = 160 << 20
/** So long a mail may wait to be durable: then it is put off, and recognised when it comes again. */
const durableMs = 120_000
const recipientsMax = 500
const tlsCheckMs = 10_000
const closeMs = 3_000

export async function listenSmtp(first: SmtpConfig, context: ListenContext): Promise<Listening<SmtpConfig>> {
  // Some thirty modules: only where there is such a source.
  const { SMTPServer } = await import('smtp-server')
  let config = first
  const isAllowed = senderCheck(() => config)
  let accepts = acceptedRecipients(config.recipients)
  let records = 0
  let refused = 0
  let drops = 0
  let heldBytes = 0
  const connections = new Map<string, string>()
  const perClient = new Map<string, number>()
  const rates = new MailRates(context.nowMs)
  const underWay = new Set<Promise<unknown>>()

  const take = async (mail: Buffer, session: Session): Promise<void> => {
    const client = addressOf(session.remoteAddress)
    const envelope: Envelope = {
      via: 'smtp',
      from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address.slice(0, 512),
      to: session.envelope.rcptTo.slice(0, 100).map(({ address }) => address.slice(0, 320)),
      helo: heloOf(session),
      client,
      clientPort: session.remotePort,
      tls: session.secure,
      user: session.user
    }
    const receivedMs = context.nowMs()
    const body = Buffer.allocUnsafe(4 + mail.length)
    body.writeUInt32LE(mail.length, 0)
    mail.copy(body, 4)
    const chunk: Chunk = {
      headers: {
        source: config.name,
        format: 'email',
        framing: 'sized',
        records: 1,
        receivedMs,
        // Its identity is its content (see the mail lane); this sets dead letters apart.
        prefix: randomBytes(4).toString('hex'),
        run: '',
        sender: client,
        header: [JSON.stringify({ envelope, receivedMs })]
      },
      body
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('not durable in time')), durableMs)
    })
    try {
      await Promise.race([context.append([chunk]), late])
    } finally {
      clearTimeout(timer)
    }
    records++
  }

  const server: Server = new SMTPServer({
    name: hostname(),
    banner: 'Picket takes mail and relays none',
    secure: config.tls?.implicit === true,
    ...(config.tls === undefined
      ? {}
      : { ...readTls({ certFile: config.tls.cert, keyFile: config.tls.key }), minVersion: 'TLSv1.2' as const }),
    disabledCommands: [...(config.tls === undefined ? ['STARTTLS'] : []), ...(config.auth === 'none' ? ['AUTH'] : [])],
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: config.auth !== 'required',
    size: config.messageBytesMax,
    hideSMTPUTF8: false,
    disableReverseLookup: true,
    maxClients: config.connectionsMax,
    socketTimeout: config.idleTimeout,
    closeTimeout: closeMs,
    logger: false,

    onConnect(session, done) {
      const client = addressOf(session.remoteAddress)
      const there = perClient.get(client) ?? 0
      if (!isAllowed(client)) {
        refused++
        return done(reply(554, '5.7.1 this address may not send here'))
      }
      if (there >= config.connectionsPerClientMax || connections.size >= config.connectionsMax) {
        refused++
        return done(reply(421, '4.7.0 too many connections: try again later'))
      }
      connections.set(session.id, client)
      perClient.set(client, there + 1)
      done()
    },
    onClose(session) {
      const client = connections.get(session.id)
      if (client === undefined) return
      connections.delete(session.id)
      const left = (perClient.get(client) ?? 1) - 1
      if (left > 0) perClient.set(client, left)
      else perClient.delete(client)
    },
    onAuth(auth, _session, done) {
      if (typeof auth.password !== 'string' || !context.isIngestToken(auth.password)) {
        refused++
        return done(reply(535, '5.7.8 the password must be an API token of scope ingest'))
      }
      done(null, { user: (auth.username ?? 'token').slice(0, 100) })
    },
    onMailFrom(_address, session, done) {
      if (config.tls?.required === true && !session.secure) return done(reply(530, '5.7.0 say STARTTLS first'))
      if (!rates.take(addressOf(session.remoteAddress), config.mailsPerMinuteMax)) {
        refused++
        return done(reply(451, '4.7.1 too many mails in a minute: try again later'))
      }
      done()
    },
    onRcptTo({ address }, session, done) {
      if (!accepts(address)) {
        refused++
        return done(reply(550, '5.7.1 mail to this recipient is not taken here, and nothing is relayed'))
      }
      if (session.envelope.rcptTo.length >= recipientsMax) return done(reply(452, '4.5.3 too many recipients'))
      done()
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      let held = 0
      let full = false
      const release = (): void => {
        heldBytes -= held
        held = 0
        pieces.length = 0
      }
      let tooLarge = false
      stream.on('data', (piece: Buffer) => {
        // What is too much is read and forgotten: the client hears why when it has sent it.
        if (full || tooLarge) return
        tooLarge = stream.sizeExceeded || held + piece.length > config.messageBytesMax
        full = heldBytes + piece.length > heldBytesMax && heldBytes > held
        if (tooLarge || full) return release()
        pieces.push(piece)
        held += piece.length
        heldBytes += piece.length
      })
      stream.on('error', release)
      stream.on('close', () => {
        // Cut off: nobody waits for an answer.
        if (!stream.readableEnded) release()
      })
      stream.on('end', () => {
        if (tooLarge || stream.sizeExceeded) {
          release()
          drops++
          return done(reply(552, `5.3.4 the mail is larger than ${config.messageBytesMax} bytes`))
        }
        if (full) {
          drops++
          return done(reply(452, '4.3.1 too much mail at once: try again later'))
        }
        const mail = Buffer.concat(pieces, held)
        const taking = take(mail, session).then(
          () => done(null, '2.0.0 kept'),
          error => {
            context.log.warn(
              { source: config.name, error: messageOf(error) },
              'a mail could not be made durable; it was put off'
            )
            done(reply(451, '4.3.0 the mail could not be kept: try again later'))
          }
        )
        underWay.add(taking)
        void taking.finally(() => {
          release()
          underWay.delete(taking)
        })
      })
    }
  })
  server.on('error', error => {
    const { code } = error as NodeJS.ErrnoException
    // Clients that go away, or speak no TLS.
    if (code !== 'ECONNRESET' && code !== 'EPIPE')
      context.log.warn({ source: config.name, error: messageOf(error) }, 'a client of the SMTP source failed')
  })

  const listener = server.server
  try {
    const failing = once(listener, 'error').then(([error]) => Promise.reject(error))
    failing.catch(() => {})
    server.listen(config.port, config.host)
    await Promise.race([once(listener, 'listening'), failing])
  } catch (error) {
    throw listenError(error, 'TCP', config.host, config.port)
  }
  const { port } = listener.address() as { port: number }
  const watcher =
    config.tls === undefined
      ? undefined
      : watchTls(
          { certFile: config.tls.cert, keyFile: config.tls.key },
          pair => server.updateSecureContext({ ...pair, minVersion: 'TLSv1.2' }),
          context.log,
          tlsCheckMs
        )

  return {
    ports: [port],
    use(next) {
      config = next
      accepts = acceptedRecipients(config.recipients)
      server.options.size = config.messageBytesMax
      server.options.authOptional = config.auth !== 'required'
      server.options.socketTimeout = config.idleTimeout
      server.options.maxClients = config.connectionsMax
      server.options.disabledCommands = [
        ...(config.tls === undefined ? ['STARTTLS'] : []),
        ...(config.auth === 'none' ? ['AUTH'] : [])
      ]
    },
    figures: () => ({
      records,
      kernelDrops: 0,
      drops,
      refused,
      connections: connections.size,
      waitingBytes: heldBytes
    }),
    async close() {
      watcher?.close()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      await Promise.allSettled([...underWay])
      await closed
    }
  }
}

function heloOf({ hostNameAppearsAs }: Session): string | undefined {
  return hostNameAppearsAs === '' ? undefined : hostNameAppearsAs?.slice(0, 255)
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

function acceptedRecipients(list: readonly string[]): (address: string) => boolean {
  if (list.length === 0) return () => true
  const wanted = new Set(list.map(entry => entry.toLowerCase().replace(/^@/, '')))
  return address => {
    const lower = address.toLowerCase()
    return wanted.has(lower) || wanted.has(lower.slice(lower.lastIndexOf('@') + 1))
  }
}
