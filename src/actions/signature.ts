/**
 * Signatures of webhooks, as "Standard Webhooks" 1.0 has them (https://github.com/standard-webhooks/standard-webhooks), so that the
 * peer can check them with a library in any language:
 *
 *   webhook-id: KEY   webhook-timestamp: SECONDS   webhook-signature: v1,BASE64( HMAC-SHA256( key, "KEY.SECONDS.BODY" ) )
 *
 * The key is what stands behind `whsec_`, decoded from base64.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const signingKeyPattern = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/

export function newSigningKey(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** The headers that go with the body. */
export function signatureHeaders(
  signingKey: string,
  { id, timeMs, body }: { id: string; timeMs: number; body: string }
): Record<string, string> {
  const seconds = String(Math.floor(timeMs / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature(signingKey, id, seconds, body)}`
  }
}

/** Is it ours, and not older (or further ahead) than `toleranceMs`? What a peer does; here for our tests and for people to read. */
export function isSigned(
  signingKey: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  nowMs: number,
  toleranceMs = 300_000
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers
  if (id === undefined || seconds === undefined || signatures === undefined) return false
  if (!(Math.abs(nowMs - Number(seconds) * 1000) <= toleranceMs)) return false
  const expected = Buffer.from(`v1,${signature(signingKey, id, seconds, body)}`)
  return signatures.split(' ').some(each => {
    const given = Buffer.from(each)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function signature(signingKey: string, id: string, seconds: string, body: string): string {
  const key = Buffer.from(signingKey.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
}
