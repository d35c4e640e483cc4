/**
 * A TCP or TLS server for streams of records: bounds connections and idle time, holds senders back while the outlet is full, and
 * at its end reads what has been sent already.
 */

import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { messageOf, PicketError } from '../../core/errors.ts'
import { readTls, watchTls } from '../../platform/tls.ts'
import type { Outlet } from './outlet.ts'
import { addressOf, type ListenLog, listenError } from './source.ts'

export type TlsConfig = { readonly cert: string; readonly key: string; readonly clientCa?: string | undefined }

/** Takes the bytes of one connection. */
export type ConnectionReader = {
  /** The bytes are not kept. */
  read(bytes: Buffer): void
  /** The connection has ended. */
  end(): void
}

export type TcpOptions = {
  readonly host: string
  readonly port: number
  readonly tls: TlsConfig | undefined
  readonly outlet: Outlet
  readonly log: ListenLog
  readonly connectionsMax: () => number
  readonly idleMs: () => number
  readonly isAllowed: (address: string) => boolean
  /** Of those that answer, too: what the socket is for. */
  readonly open: (address: string, socket: Socket) => ConnectionReader
}

export type TcpListener = {
  readonly port: number
  readonly connections: number
  readonly refused: number
  close(): Promise<void>
}

/** At the bound, a new connection takes the place of the one that has been silent the longest, if for as long as this. */
const silentMs = 60_000
const handshakeMs = 10_000
const quietMs = 100
const drainMs = 3000
const tlsCheckMs = 10_000

/** Throws `tls-files`, and what `listenError` names. */
export async function listenTcp(options: TcpOptions): Promise<TcpListener> {
  const { outlet, log } = options
  const connections = new Map<Socket, { heardMs: number; end: () => void }>()
  let refused = 0

  let accepted = 0

  const accept = (socket: Socket): void => {
    accepted++
    const address = addressOf(socket.remoteAddress)
    socket.on('error', () => {})
    if (!options.isAllowed(address) || !hasRoom()) {
      refused++
      socket.destroy()
      return
    }
    const reader = options.open(address, socket)
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      connections.delete(socket)
      reader.end()
    }
    const connection = { heardMs: performance.now(), end }
    connections.set(socket, connection)
    socket.setKeepAlive(true, 60_000)
    // Answers are small, and senders wait for them.
    socket.setNoDelay(true)
    socket.setTimeout(options.idleMs(), () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      connection.heardMs = performance.now()
      reader.read(bytes)
      if (!outlet.full) return
      // TCP itself tells the sender to wait.
      socket.pause()
      void outlet.room().then(() => socket.resume())
    })
    socket.on('end', () => {
      end()
      socket.end()
    })
    socket.on('close', end)
  }

  const hasRoom = (): boolean => {
    if (connections.size < options.connectionsMax()) return true
    let silent: Socket | undefined
    let heardMs = performance.now() - silentMs
    for (const [socket, connection] of connections)
      if (connection.heardMs < heardMs) {
        heardMs = connection.heardMs
        silent = socket
      }
    silent?.destroy()
    return silent !== undefined
  }

  const server = options.tls === undefined ? createServer(accept) : secureServer(options.tls, accept, log)
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
      return connections.size
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
      for (const socket of connections.keys()) socket.end()
      for (let before = -1; connections.size > 0 && performance.now() < endMs; ) {
        const { records } = outlet
        if (records === before && !outlet.full) break
        before = records
        await quiet(quietMs)
      }
      for (const [socket, connection] of [...connections]) {
        connection.end()
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

function secureServer(tls: TlsConfig, accept: (socket: Socket) => void, log: ListenLog): Server {
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
    accept
  )
  let toldMs = Number.NEGATIVE_INFINITY
  server.on('tlsClientError', (error, socket) => {
    socket.destroy()
    if (performance.now() - toldMs < 60_000) return
    toldMs = performance.now()
    log.warn(
      { address: addressOf(socket.remoteAddress), error: messageOf(error) },
      'a TLS connection was not accepted (further ones are not told of for a minute)'
    )
  })
  return server
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
