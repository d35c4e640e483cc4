/** An HTTP server for records: small, bounded in connections, time and size; bodies may be gzip, deflate or zstd. */

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import { createGunzip, createInflate, createZstdDecompress, gzip } from 'node:zlib'
import { messageOf } from '../../core/errors.ts'
import { giveBackPiece } from '../../platform/memory.ts'
import { readTls } from '../../platform/tls.ts'
import { senderCheck } from './allowed.ts'
import { Room } from './room.ts'
import type { SenderRates } from './sender-rates.ts'
import { addressOf, type ListenLog, listenError } from './source.ts'

export type HttpRequest = {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly address: string
}
export type HttpAnswer = {
  readonly status: number
  /** Its content: text, or bytes as they are. */
  readonly text: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

export type HttpOptions = {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly log: ListenLog
  readonly connectionsMax: () => number
  readonly bodyBytesMax: () => number
  /** At most so many bytes of bodies at once, of all requests; beyond it the answer is 429. Default four bodies of the largest size, but 128 MiB. */
  readonly bodiesBytesMax?: number
  readonly isAllowed: (address: string) => boolean
  /** How much one sender may bring in: beyond it, 429. */
  readonly rates?: SenderRates | undefined
  /** Of every answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** What the listener itself refuses (too large, too much at once, not inflated), as the protocol says such a thing. */
  readonly refuse?: (answer: HttpAnswer, headers: IncomingHttpHeaders) => HttpAnswer
  /** Asked before the body is read: the answer to who may not send. */
  readonly admit?: (headers: IncomingHttpHeaders, path: string) => HttpAnswer | undefined
  /** What is answered when it resolves: for records, when they are durable. */
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer>
}

export type HttpListener = {
  readonly port: number
  readonly connections: number
  readonly refused: number
  /** Answers what is under way, then closes. */
  close(): Promise<void>
}

const headersMs = 15_000
const requestMs = 60_000
const closeMs = 3000
/** A body is inflated in pieces of this size. */
const inflateBytes = 256 * 1024
const unpackers = new Map<string, (options: { chunkSize: number }) => NodeJS.ReadWriteStream>([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['zstd', createZstdDecompress]
])
/** Bodies of a source that are in memory at once, unless one alone may be larger. */
const heldBytesMax = 128 << 20
const gzipOf = promisify(gzip) as (text: string | Buffer, options: { level: number }) => Promise<Buffer>

/** What the configuration of a source says of its server, as it is when it is asked; where it listens, as it is now. */
export function httpOptionsOf(
  config: () => {
    readonly host: string
    readonly port: number
    readonly tls?: HttpOptions['tls']
    readonly allow: readonly string[]
    readonly connectionsMax: number
    readonly requestBytesMax: number
  },
  { log, rates }: Pick<HttpOptions, 'log' | 'rates'>
) {
  const { host, port, tls } = config()
  return {
    host,
    port,
    tls,
    log,
    rates,
    connectionsMax: () => config().connectionsMax,
    bodyBytesMax: () => config().requestBytesMax,
    isAllowed: senderCheck(config)
  }
}

/** Throws what `listenError` names. */
export async function listenHttp(options: HttpOptions): Promise<HttpListener> {
  let refused = 0
  const room = new Room()
  const sockets = new Map<string, Socket>()
  const held = new HeldBodies()
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    void respond(request, response).catch(error => {
      options.log.warn({ port: options.port, error: messageOf(error) }, 'a request could not be answered')
      if (!response.headersSent) send(response, { status: 500, text: 'something went wrong here: send it again\n' })
    })
  }
  const bounds = { headersTimeout: headersMs, requestTimeout: requestMs, maxHeaderSize: 16_384 }
  const { tls } = options
  const server =
    tls === undefined
      ? createServer(bounds, receive)
      : createSecureServer(
          { ...bounds, ...readTls({ certFile: tls.cert, keyFile: tls.key }), minVersion: 'TLSv1.2' },
          receive
        )
  server.on('connection', socket => {
    const address = addressOf(socket.remoteAddress)
    if (!options.isAllowed(address) || !hasRoom(address)) {
      refused++
      socket.destroy()
      return
    }
    room.add(socket, address, performance.now())
    const place = placeOf(socket)
    sockets.set(place, socket)
    socket.on('close', () => {
      room.remove(socket)
      if (sockets.get(place) === socket) sockets.delete(place)
    })
  })
  // A request over TLS names another socket than the connection did.
  const heard = (socket: Socket, atMs: number): void => {
    const known = sockets.get(placeOf(socket))
    if (known !== undefined) room.heard(known, atMs)
  }
  const hasRoom = (address: string): boolean => {
    if (room.size < options.connectionsMax()) return true
    const silent = room.whoMakesRoom(address, performance.now())
    if (silent === undefined) return false
    room.remove(silent.socket)
    silent.socket.destroy()
    return true
  }

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const name in options.headers) response.setHeader(name, options.headers[name]!)
    const [path, query] = (request.url ?? '/').split('?', 2) as [string, string?]
    const refusal = options.admit?.(request.headers, path)
    if (refusal !== undefined) {
      // The rest of the body is read and dropped: a client that still sends would not hear the answer otherwise.
      request.resume()
      send(response, refusal)
      return
    }
    const sender = addressOf(request.socket.remoteAddress)
    const heldMs = options.rates?.refuses(sender) ?? 0
    if (heldMs > 0) {
      const answer = {
        status: 429,
        text: 'this sender is beyond its rate: send it again later\n',
        headers: { 'retry-after': String(Math.ceil(heldMs / 1000)) }
      }
      request.resume()
      send(response, options.refuse?.(answer, request.headers) ?? answer)
      return
    }
    const bytesMax = options.bodyBytesMax()
    const share = held.share(options.bodiesBytesMax ?? Math.max(bytesMax, Math.min(4 * bytesMax, heldBytesMax)))
    try {
      const body = await bodyOf(request, bytesMax, share)
      if (Buffer.isBuffer(body)) options.rates?.charge(sender, body.length)
      if (body === undefined) return
      if (!Buffer.isBuffer(body)) {
        request.resume()
        send(response, options.refuse?.(body, request.headers) ?? body)
        return
      }
      const address = addressOf(request.socket.remoteAddress)
      // Who waits for our answer is not silent.
      heard(request.socket, Number.POSITIVE_INFINITY)
      const answer = await options.answer({
        method: request.method ?? 'GET',
        path,
        query: new URLSearchParams(query),
        headers: request.headers,
        body,
        address
      })
      await sendPacked(request, response, answer)
    } finally {
      share.release()
      heard(request.socket, performance.now())
    }
  }

  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: options.host, port: options.port }, () => {
        server.removeListener('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw listenError(error, 'TCP', options.host, options.port)
  }
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
      const timer = setTimeout(() => server.closeAllConnections(), closeMs)
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      await closed
      clearTimeout(timer)
    }
  }
}

function placeOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}

/** The body, inflated; an answer where it cannot be taken; undefined where the client has gone. */
async function bodyOf(
  request: IncomingMessage,
  bytesMax: number,
  share: Share
): Promise<Buffer | HttpAnswer | undefined> {
  const tooMuch = {
    status: 429,
    text: 'too many bodies are being received at once: send it again later\n',
    headers: { 'retry-after': '1' }
  }
  const tooLarge = { status: 413, text: `the body is larger than ${bytesMax} bytes: send it in parts\n` }
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += part.length
      if (size > bytesMax) return tooLarge
      if (!share.take(part.length)) return tooMuch
      parts.push(part)
    }
  } catch {
    return undefined
  }
  const body = Buffer.concat(parts)
  for (const part of parts) giveBackPiece(part)
  const encoding = encodingOf(request.headers['content-encoding'], body)
  if (encoding === 'identity') return body
  const unpack = unpackers.get(encoding)?.({ chunkSize: inflateBytes })
  if (unpack === undefined) return { status: 415, text: 'content-encoding may be gzip, deflate or zstd\n' }
  const inflated: Buffer[] = []
  let inflatedBytes = 0
  try {
    unpack.end(body)
    // What it becomes is counted as it does: a little can become very much.
    for await (const part of unpack as AsyncIterable<Buffer>) {
      inflatedBytes += part.length
      if (inflatedBytes > bytesMax) return tooLarge
      if (!share.take(part.length)) return tooMuch
      inflated.push(part)
    }
  } catch (error) {
    return { status: 400, text: `the body is not ${encoding}: ${messageOf(error)}\n` }
  }
  return inflated.length === 1 ? inflated[0]! : Buffer.concat(inflated)
}

/** Libraries that send GELF name both encodings, whichever it is. */
function encodingOf(header: string | undefined, body: Buffer): string {
  const named = (header ?? 'identity').trim().toLowerCase()
  return /^gzip *, *deflate$/.test(named) ? (body[0] === 0x1f ? 'gzip' : 'deflate') : named
}

type Share = { take(bytes: number): boolean; release(): void }

/** Bytes of bodies that are in memory, over all requests. */
class HeldBodies {
  #bytes = 0

  /** One request's share: `take` is false where the bound would be passed. A request alone is never refused. */
  share(bytesMax: number): Share {
    let mine = 0
    return {
      take: bytes => {
        if (this.#bytes + bytes > bytesMax && this.#bytes > mine) return false
        mine += bytes
        this.#bytes += bytes
        return true
      },
      release: () => {
        this.#bytes -= mine
        mine = 0
      }
    }
  }
}

/** As gzip where the client takes it and it is worth it. */
async function sendPacked(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): Promise<void> {
  const accepts = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (!accepts || answer.text.length < 1024) return send(response, answer)
  const bytes = await gzipOf(answer.text, { level: 1 })
  response.writeHead(answer.status, {
    'content-type': 'text/plain; charset=utf-8',
    ...answer.headers,
    'content-encoding': 'gzip',
    'content-length': bytes.length
  })
  response.end(bytes)
}

function send(response: ServerResponse, { status, text, headers }: HttpAnswer): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers
  })
  response.end(text)
}
