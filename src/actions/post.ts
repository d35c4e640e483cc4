/**
 * One HTTP request to a destination: bounded in time and size, straight to the address that is configured (no redirect is followed,
 * no proxy asked), and its answer as an outcome. Private addresses are allowed, because people notify their own machines;
 * link-local ones are not, because that is where clouds hand out credentials.
 */

import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { messageOf } from '../core/errors.ts'
import { isLinkLocal, lookupNotLinkLocal } from '../platform/link-local.ts'
import { cut, type Outcome, plain } from './message.ts'

export type Post = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Certificates (PEM) of the authorities to trust, instead of the usual ones. */
  readonly ca?: string | undefined
  readonly timeoutMs?: number
  readonly nowMs: number
}

const timeoutMsDefault = 10_000
const bodyMs = 2000
const answerBytesMax = 16_384
const bodyBytesMax = 1 << 20
const detailMax = 300
const userAgent = 'Picket'

export async function post(given: Post): Promise<Outcome> {
  const { url, headers, body, ca, timeoutMs = timeoutMsDefault, nowMs } = given
  let target: URL
  try {
    target = new URL(url)
  } catch {
    return { result: 'permanent', detail: 'this is no URL' }
  }
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    return { result: 'permanent', detail: 'only http:// and https:// can be sent to' }
  const bytes = Buffer.from(body)
  if (bytes.length > bodyBytesMax) return { result: 'permanent', detail: `the message has ${bytes.length} bytes` }
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      const host = target.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0 && isLinkLocal(host)) return resolve(linkLocal)
      const outgoing = send(
        target,
        {
          method: 'POST',
          // A connection of its own: none that the peer has closed meanwhile.
          agent: false,
          signal,
          headers: { 'user-agent': userAgent, ...headers, 'content-length': String(bytes.length) },
          lookup: safeLookup as never,
          ...(ca !== undefined && ca !== '' && { ca: [ca] })
        },
        response => {
          const parts: Buffer[] = []
          let size = 0
          const answered = (): void => {
            const { statusCode = 0, headers: has } = response
            const text = plain(Buffer.concat(parts).toString('utf8')).trim()
            clearTimeout(patience)
            resolve(outcomeOf(statusCode, text, has['retry-after'], has.location, nowMs))
            outgoing.destroy()
          }
          // The status is the answer: a body that does not come, or breaks off, changes nothing about it.
          const patience = setTimeout(answered, bodyMs)
          response.on('data', (part: Buffer) => {
            size += part.length
            if (size <= answerBytesMax) parts.push(part)
            // What follows is not read: the status is known.
            else answered()
          })
          response.on('end', answered)
          response.on('error', answered)
        }
      )
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })
  } catch (error) {
    if (messageOf(error).startsWith(linkLocalText)) return linkLocal
    if (signal.aborted) return { result: 'transient', detail: `no answer within ${timeoutMs / 1000} s` }
    return { result: 'transient', detail: failureText(error) }
  }
}

/** 2xx is success; 408, 425, 429 and what is the server's own fault pass; everything else stays as it is until somebody acts. */
export function outcomeOf(
  status: number,
  text: string,
  retryAfter: string | undefined,
  location: string | undefined,
  nowMs: number
): Outcome {
  const detail = cut(text === '' ? `answered ${status}` : `answered ${status}: ${text}`, detailMax)
  if (status >= 200 && status < 300) return { result: 'sent', detail }
  if (status >= 300 && status < 400) {
    // Its host only: what follows may be as secret as the address that was asked.
    const where = location !== undefined && URL.canParse(location) ? ` to ${new URL(location).host}` : ''
    return { result: 'permanent', detail: `answered ${status}: it redirects${where}; redirects are not followed` }
  }
  const passes = status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501)
  if (!passes) return { result: 'permanent', detail }
  const retryAfterMs = readRetryAfter(retryAfter, nowMs)
  return { result: 'transient', detail, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}

/** What a connection that failed says, for people. */
export function failureText(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: readonly unknown[] }
  // Several addresses were tried: the first says it.
  const text = errors?.[0] === undefined ? messageOf(error) : messageOf(errors[0])
  return cut(plain(code === undefined || text.includes(code) ? text : `${code}: ${text}`), detailMax)
}

const linkLocalText = 'link-local addresses are not sent to'
export const linkLocal: Outcome = { result: 'permanent', detail: `${linkLocalText} (169.254.0.0/16, fe80::/10)` }

export const safeLookup = lookupNotLinkLocal(linkLocalText)
