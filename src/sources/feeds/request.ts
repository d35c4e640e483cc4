/**
 * One request to where intelligence comes from: bounded in time and size, unpacked, redirects followed (credentials stay with the
 * server they are for). Private addresses are allowed, because people run their own servers; link-local ones are not, because that is
 * where clouds hand out credentials.
 */

import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { getCACertificates } from 'node:tls'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { messageOf, PicketError } from '../../core/errors.ts'
import { isLinkLocal, lookupNotLinkLocal } from '../../platform/link-local.ts'

export type Credentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** `Authorization: SCHEME TOKEN`; the scheme is `Bearer` unless said. */
  | { readonly kind: 'token'; readonly token: string; readonly scheme?: string | undefined }
  /** A header of the server's own: `Auth-Key`, `Authorization` (MISP). */
  | { readonly kind: 'header'; readonly name: string; readonly value: string }

/** How a feed's server is reached. */
export type Reach = {
  readonly credentials?: Credentials | undefined
  /** Certificates (PEM) of authorities to trust besides the usual ones. */
  readonly ca?: string | undefined
  readonly signal: AbortSignal
  readonly bytesMax?: number | undefined
  /** For a whole answer, from the first byte sent to the last one received. */
  readonly timeoutMs?: number | undefined
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Unpacked, if it came with a content-encoding. */
  readonly body: Buffer
  /** Where it came from, after redirects. */
  readonly url: string
}

/** The world of a feed failed. `status` 0: there was no answer. */
export class FeedError extends PicketError {
  readonly status: number
  /** The server says when to come back. */
  readonly retryAfterMs: number | undefined
  constructor(
    code: 'feed-unreachable' | 'feed-refused' | 'feed-too-large' | 'feed-invalid' | 'feed-stopped',
    message: string,
    about: { status?: number; retryable?: boolean; retryAfterMs?: number | undefined; cause?: unknown } = {}
  ) {
    super(code, message, about)
    this.status = about.status ?? 0
    this.retryAfterMs = about.retryAfterMs
  }
}

export const bytesMaxDefault = 256 << 20
const timeoutMsDefault = 120_000
/** A server that says nothing for this long is gone. */
const silenceMs = 30_000
const redirectsMax = 5
const retryAfterMaxMs = 24 * 3_600_000

/** Resolves with 200, 206 and 304 answers; everything else is a `FeedError`. */
export async function request(
  url: string,
  reach: Reach,
  ask: { method?: 'GET' | 'POST'; headers?: Readonly<Record<string, string>>; body?: string } = {}
): Promise<Answer> {
  let target = urlOf(url)
  const origin = target.origin
  for (let redirects = 0; ; redirects++) {
    const answer = await once(target, reach, ask, target.origin === origin)
    const { status, headers } = answer
    if (status === 200 || status === 206 || status === 304 || status === 202) return answer
    const isRedirect = [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined
    if (!isRedirect || ask.method === 'POST') throw refusal(answer)
    if (redirects >= redirectsMax)
      throw new FeedError('feed-refused', `${shown(target)} redirects more than ${redirectsMax} times`, { status })
    const next = URL.parse(headers.location!, target)
    if (next === null || !isWeb(next))
      throw new FeedError('feed-refused', `${shown(target)} redirects to what is no web address`, { status })
    if (target.protocol === 'https:' && next.protocol === 'http:')
      throw new FeedError('feed-refused', `${shown(target)} redirects to an address without TLS: ${shown(next)}`, {
        status
      })
    target = next
  }
}

export function urlOf(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !isWeb(url))
    throw new FeedError('feed-invalid', `${text.slice(0, 200)} is no web address (https://…)`)
  return url
}

const isWeb = (url: URL): boolean => url.protocol === 'https:' || url.protocol === 'http:'

/** Without what may be a secret. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}

async function once(
  target: URL,
  reach: Reach,
  ask: { method?: string; headers?: Readonly<Record<string, string>>; body?: string },
  withCredentials: boolean
): Promise<Answer> {
  const { bytesMax = bytesMaxDefault, timeoutMs = timeoutMsDefault, ca } = reach
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const late = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([reach.signal, late])
  const host = target.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isLinkLocal(host)) throw new FeedError('feed-refused', `${shown(target)}: ${linkLocalText}`)
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const outgoing = send(
        target,
        {
          method: ask.method ?? 'GET',
          agent: false,
          signal,
          timeout: silenceMs,
          headers: {
            'user-agent': 'Picket',
            accept: '*/*',
            'accept-encoding': 'gzip, deflate, br, zstd',
            ...ask.headers,
            ...(ask.body !== undefined && { 'content-length': String(Buffer.byteLength(ask.body)) }),
            ...(withCredentials && reach.credentials !== undefined && credentialHeaders(reach.credentials))
          },
          lookup: safeLookup as never,
          ...(ca !== undefined && ca !== '' && { ca: [...getCACertificates('default'), ca] })
        },
        response => {
          readAll(response, bytesMax, shown(target)).then(body => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body, url: target.href })
          }, reject)
        }
      )
      outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${silenceMs / 1000} s`)))
      outgoing.on('error', reject)
      outgoing.end(ask.body)
    })
  } catch (error) {
    if (error instanceof FeedError) throw error
    if (reach.signal.aborted) throw new FeedError('feed-stopped', `${shown(target)}: stopped`, { cause: error })
    const why = late.aborted ? `no whole answer within ${timeoutMs / 1000} s` : failureText(error)
    const { code = '' } = error as { code?: string }
    const hint = /CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(code)
      ? ' (if you trust it, give its certificate to the feed: More, Certificates to trust)'
      : ''
    const stays = hint !== '' || why.includes(linkLocalText)
    throw new FeedError(stays ? 'feed-refused' : 'feed-unreachable', `${shown(target)}: ${why}${hint}`, {
      retryable: !stays,
      cause: error
    })
  }
}

async function readAll(response: IncomingMessage, bytesMax: number, what: string): Promise<Buffer> {
  const tooLarge = () => new FeedError('feed-too-large', `${what}: the answer is larger than ${bytesMax} bytes`)
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) {
    response.destroy()
    throw tooLarge()
  }
  const parts: Buffer[] = []
  let size = 0
  for await (const part of unpacked(response)) {
    size += (part as Buffer).length
    if (size > bytesMax) {
      response.destroy()
      throw tooLarge()
    }
    parts.push(part as Buffer)
  }
  // A body that ends early ends without an error where nobody said its length or its end.
  if (!response.complete) throw new Error('the answer broke off')
  return Buffer.concat(parts)
}

function unpacked(response: IncomingMessage): Readable {
  const make = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
    zstd: createZstdDecompress
  }
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const unpack = make[encoding as keyof typeof make]
  if (unpack === undefined) return response
  const through = unpack()
  response.on('error', error => through.destroy(error))
  response.on('aborted', () => through.destroy(new Error('the answer broke off')))
  return response.pipe(through)
}

function credentialHeaders(credentials: Credentials): Record<string, string> {
  switch (credentials.kind) {
    case 'basic':
      return { authorization: `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}` }
    case 'token':
      return { authorization: `${credentials.scheme ?? 'Bearer'} ${credentials.token}` }
    case 'header':
      return { [credentials.name]: credentials.value }
  }
}

function refusal({ status, headers, body, url }: Answer): FeedError {
  const text = body
    .subarray(0, 300)
    .toString('utf8')
    .replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ')
    .trim()
  const hint =
    status === 401
      ? ' (check the user and password or the token)'
      : status === 403
        ? ' (the credentials are known but may not read this)'
        : status === 404
          ? ' (check the address)'
          : status === 406
            ? ' (it may speak another version of TAXII)'
            : ''
  const passes = status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501)
  return new FeedError(
    passes ? 'feed-unreachable' : 'feed-refused',
    `${shown(new URL(url))} answered ${status}${hint}${text === '' ? '' : `: ${text}`}`,
    { status, retryable: passes, retryAfterMs: readRetryAfter(headers['retry-after'], Date.parse(headers.date ?? '')) }
  )
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is held against the server's own clock. */
export function readRetryAfter(text: string | undefined, serverMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Math.min(retryAfterMaxMs, Number(text) * 1000)
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs) || Number.isNaN(serverMs)) return undefined
  return Math.min(retryAfterMaxMs, Math.max(0, atMs - serverMs))
}

function failureText(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: readonly unknown[] }
  // Several addresses were tried: the first says it.
  const text = (errors?.[0] === undefined ? messageOf(error) : messageOf(errors[0])).replace(
    /[\u0000-\u001f\u007f-\u009f]+/g,
    ' '
  )
  return (code === undefined || text.includes(code) ? text : `${code}: ${text}`).slice(0, 300)
}

const linkLocalText = 'link-local addresses are not asked'

const safeLookup = lookupNotLinkLocal(linkLocalText)
