/** How a CLI command talks to the running server of the same data folder: found and let in by `run/server.json`. */

import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { messageOf, PicketError } from '../core/errors.ts'

/** What `readServerFile` (platform/server-file.ts) gives. */
export type Server = {
  readonly url: string
  readonly token: string
  readonly certFile?: string | undefined
}

const answerBytesMax = 64 << 20

/**
 * Sends a request with a JSON body and gives the JSON that comes back. Throws what the server answers as an error (its code
 * and message), and `server-unreachable`.
 */
export async function callServer<T>(server: Server, method: string, path: string, body?: unknown): Promise<T> {
  const response = await sendRequest(server, method, path, body === undefined ? undefined : JSON.stringify(body), {
    ...(body !== undefined && { 'content-type': 'application/json' })
  })
  const text = await readText(response)
  const answer = parse(text)
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return answer as T
  const error = (answer as { error?: { code?: string; message?: string } } | undefined)?.error
  throw new PicketError(
    error?.code ?? 'server-answer',
    error?.message ?? `${method} ${path}: the server answered ${status}`
  )
}

/** The bare exchange, for bodies that are not JSON or that stream: the response, whatever its status. */
export function sendRequest(
  server: Server,
  method: string,
  path: string,
  body: string | Buffer | NodeJS.ReadableStream | undefined,
  headers: Readonly<Record<string, string>> = {}
): Promise<IncomingMessage> {
  const options: RequestOptions & Record<string, unknown> = {
    method,
    headers: { ...headers, authorization: `Bearer ${server.token}` }
  }
  const url = new URL(path, server.url)
  if (url.protocol === 'https:' && server.certFile !== undefined) {
    // Exactly the certificate that the server shows, whoever signed it and whatever name it bears.
    options['ca'] = readFileSync(server.certFile)
    options['allowPartialTrustChain'] = true
    options['checkServerIdentity'] = () => undefined
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve)
    request.on('error', error => {
      const what = `cannot reach the running server at ${server.url}: ${messageOf(error)}`
      reject(new PicketError('server-unreachable', what, { retryable: true, cause: error }))
    })
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body)
    else body.on('error', error => request.destroy(error as Error)).pipe(request)
  })
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > answerBytesMax) throw new PicketError('server-answer', 'the answer of the server is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
