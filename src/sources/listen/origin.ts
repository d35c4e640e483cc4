/**
 * Where a request's records begin to be counted from, for their ids (docs/adr/0004, 0029): a request that a client sends again, since
 * it heard no answer, must be the same records; two that only look alike must not.
 */

import { hash, randomBytes } from 'node:crypto'

/**
 * `key` is the name that the client gave the request (`Idempotency-Key`). Without one, a body that bears a time finer than a second
 * (`isTimed`) is itself: the same bytes again are the same request. All others are requests of their own.
 */
export function originOf(source: string, key: unknown, body: Buffer, isTimed: boolean): string {
  if (typeof key === 'string' && key !== '') return `${source} ${key}`
  return isTimed ? `${source} body ${hash('sha256', body)}` : randomBytes(16).toString('hex')
}

/** Does it name a moment finer than a second: a fraction behind the seconds, or milliseconds and finer since 1970? Not one of only zeros. */
export function isFineTime(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || (value >= 1e11 && value % 1000 !== 0)
  if (typeof value !== 'string' || value.length > 64) return false
  return /^\d{12,}$/.test(value) ? !value.endsWith('000') : /^[^.,]*\d[.,]\d*[1-9]/.test(value)
}
