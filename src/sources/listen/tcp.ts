/**
 * A TCP or TLS server for streams of records: bounds connections and idle time, holds senders back while the outlet is full, and
 * at its end reads what has been sent already.
 */

import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { messageOf, PicketError } from '../../core/errors.ts'
import { giveBackPiece } from '../../platform/memory.ts'
import { readTls, watchTls } from '../../platform/tls.ts'
import { senderCheck } from './allowed.ts'
import type { Outlet } from './outlet.ts'
import { type Connection, Room } from './room.ts'
import { addressOf, type ListenLog, listenError } from './source.ts'

export type TlsConfig = { readonly cert: string; readonly key: string; readonly clientCa?: string | undefined }

/** Takes the bytes of one connection. */
export type ConnectionReader = {
  /** The bytes are not kept. */
  read(bytes: Buffer): void
  /** The connection has ended. */
  end(): void
  /** Bytes of a message that is not whole yet. All connections together may hold `heldBytesMax`. */
  readonly heldBytes?: number
}

/** Counts a connection that is given up, and tells of it, once a minute. */
export type Refuse = (fields: object, message: string) => void

export type TcpOptions = {
  readonly host: string
  readonly port: number
  readonly tls: TlsConfig | undefined
  readonly outlet: Outlet
  readonly log: ListenLog
  readonly connectionsMax: () => number
  readonly idleMs: () => number
  /** Of all unfinished messages together; beyond it, who has not finished one for the longest loses the connection. Default 64 MiB. */
  readonly heldBytesMax?: number
  readonly isAllowed: (address: string) => boolean
  /** Of those that answer, too: what the socket is for. Who gives a connection up for what came over it calls `refuse`. */
  readonly open: (address: string, socket: Socket, refuse: Refuse) => ConnectionReader
}

/** What the configuration of a source says of its server, as it is when it is asked; where it listens, as it is now. */
export function tcpOptionsOf(
  config: () => {
    readonly host: string
    readonly port: number
    readonly tls?: TlsConfig | undefined
    readonly allow: readonly string[]
    readonly connectionsMax: number
    readonly idleTimeout: number
  },
  { log }: Pick<TcpOptions, 'log'>,
  outlet: Outlet
) {
  const { host, port, tls } = config()
  return {
    host,
    port,
    tls,
    outlet,
    log,
    connectionsMax: () => config().connectionsMax,
    idleMs: () => config().idleTimeout,
    isAllowed: senderCheck(config)
  }
}

export type TcpListener = {
  readonly port: number
  readonly connections: number
  /** Not allowed, beyond a bound, without TLS, or given up. */
  readonly refused: number
  close(): Promise<void>
}

const heldBytesMax = 64 << 20
/** TLS handshakes under way at once; beyond it the oldest is given up. */
const handshakesMax = 256
const handshakeMs = 10_000
/** A sender beyond its rate is looked at again after so long at the latest. */
const heldMsMax = 5_000
const quietMs = 100
const drainMs = 3000
const tlsCheckMs = 10_000

/** Throws `tls-files`, and what `listenError` names. */
export async function listenTcp(options: TcpOptions): Promise<TcpListener> {
  const { outlet, log } = options
  const room = new Room()
  const ends = new Map<Socket, () => void>()
  let refused = 0
  let accepted = 0

  const accept = (socket: Socket): void => {
    accepted++
    const address = addressOf(socket.remoteAddress)
    socket.on('error', () => {})
    if (!options.isAllowed(address) || !hasRoom(address)) {
      refused++
      socket.destroy()
      return
    }
    const reader = options.open(address, socket, refuse)
    const connection = room.add(socket, address, performance.now())
    const end = (): void => {
      if (!ends.delete(socket)) return
      room.remove(socket)
      reader.end()
    }
    ends.set(socket, end)
    socket.setKeepAlive(true, 60_000)
    // Answers are small, and senders wait for them.
    socket.setNoDelay(true)
    socket.setTimeout(options.idleMs(), () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      const size = bytes.length
      connection.heardMs = performance.now()
      reader.read(bytes)
      giveBackPiece(bytes)
      const held = reader.heldBytes ?? 0
      if (held > 0 || connection.heldBytes > 0) keepBounded(connection, held)
      const heldMs = outlet.rates?.taken(address, size) ?? 0
      if (!outlet.full && heldMs === 0) return
      // TCP itself tells the sender to wait.
      socket.pause()
      void Promise.all([
        outlet.room(),
        heldMs > 0 && sleep(Math.min(heldMs, heldMsMax), undefined, { ref: false })
      ]).then(() => socket.resume())
    })
    socket.on('end', () => {
      end()
      socket.end()
    })
    socket.on('close', end)
  }

  const hasRoom = (address: string): boolean => {
    if (room.size < options.connectionsMax()) return true
    const silent = room.whoMakesRoom(address, performance.now())
    if (silent === undefined) return false
    ends.get(silent.socket)?.()
    silent.socket.destroy()
    return true
  }

  const keepBounded = (connection: Connection, held: number): void => {
    room.holds(connection, held, connection.heardMs)
    const longest = room.whoHoldsTooLong(options.heldBytesMax ?? heldBytesMax)
    if (longest === undefined) return
    refuse(
      { address: longest.address, bytes: longest.heldBytes },
      'a connection with an unfinished message was closed: all together held too much'
    )
    ends.get(longest.socket)?.()
    longest.socket.destroy()
  }
  const tell = onceAMinute(log)
  const refuse: Refuse = (fields, message) => {
    refused++
    tell(fields, message)
  }

  const server = options.tls === undefined ? createServer(accept) : secureServer(options.tls, accept, refuse)
  const watcher = options.tls && watchCertificate(server as TlsServer, options.tls, log)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: options.host, port: options.port }, () => {
        server.removeListener('error', reject)
        resolve()
      })
    })
  } catch (error) {
    watcher?.close()
    throw listenError(error, 'TCP', options.host, options.port)
  }
  server.on('error', error =>
    log.warn({ port: options.port, error: messageOf(error) }, 'a TCP server reports an error')
  )
  // What is beyond this is not even accepted; TLS handshakes are counted here only.
  server.maxConnections = 16_384
  const { port } = server.address() as { port: number }

  return {
    port,
    get connections() {
      return room.size
    },
    get refused() {
      return refused
    },
    async close() {
      watcher?.close()
      // Who has connected already is still let in, one a turn of the loop.
      const endMs = performance.now() + drainMs
      for (let before = -1; accepted !== before && performance.now() < endMs; ) {
        before = accepted
        await quiet(20)
      }
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      // Our end says goodbye; what was sent before that is still read.
      for (const { socket } of room.all) socket.end()
      for (let before = -1; room.size > 0 && performance.now() < endMs; ) {
        const { records } = outlet
        if (records === before && !outlet.full) break
        before = records
        await quiet(quietMs)
      }
      for (const [socket, end] of [...ends]) {
        end()
        socket.destroy()
      }
      // Sockets in a handshake hold the server open, but nothing of value.
      await Promise.race([closed, sleep(200)])
    }
  }
}

/** So long, and at least once through what the sockets have. */
async function quiet(ms: number): Promise<void> {
  await sleep(ms)
  await immediate()
}

/** Who is told of each hostile connection is told of nothing else. */
function onceAMinute(log: ListenLog): ListenLog['warn'] {
  const toldMs = new Map<string, number>()
  return (fields, message) => {
    if (performance.now() - (toldMs.get(message) ?? Number.NEGATIVE_INFINITY) < 60_000) return
    toldMs.set(message, performance.now())
    log.warn(fields, `${message} (further ones are not told of for a minute)`)
  }
}

function secureServer(tls: TlsConfig, accept: (socket: Socket) => void, refuse: Refuse): Server {
  const pair = readTls({ certFile: tls.cert, keyFile: tls.key })
  const ca = tls.clientCa === undefined ? undefined : readCa(tls.clientCa)
  const server = createTlsServer(
    {
      ...pair,
      ca,
      requestCert: ca !== undefined,
      rejectUnauthorized: ca !== undefined,
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeMs
    },
    socket => {
      handshakes.delete(placeOf(socket))
      accept(socket)
    }
  )
  // An honest handshake is over in a moment: of too many, the oldest is not one.
  const handshakes = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const place = placeOf(socket)
    handshakes.set(place, socket)
    socket.on('close', () => {
      if (handshakes.get(place) === socket) handshakes.delete(place)
    })
    if (handshakes.size <= handshakesMax) return
    const [oldest, stuck] = handshakes.entries().next().value!
    handshakes.delete(oldest)
    stuck.destroy()
  })
  server.on('tlsClientError', (error, socket) => {
    socket.destroy()
    refuse({ address: addressOf(socket.remoteAddress), error: messageOf(error) }, 'a TLS connection was not accepted')
  })
  return server
}

function placeOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new PicketError('tls-files', `cannot read ${file} (tls.clientCa): ${messageOf(cause)}`, { cause })
  }
}

function watchCertificate(server: TlsServer, tls: TlsConfig, log: ListenLog): { close(): void } {
  return watchTls(
    { certFile: tls.cert, keyFile: tls.key },
    pair => server.setSecureContext({ ...pair, ca: tls.clientCa === undefined ? undefined : readCa(tls.clientCa) }),
    log,
    tlsCheckMs
  )
}
