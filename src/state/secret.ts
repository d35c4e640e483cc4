/** Random secrets (session cookies, API tokens, setup links) and the digests under which they are stored. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 32 random bytes in base64url (43 characters), after an optional prefix that says what it is for. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** A public name for a row: 16 hexadecimal digits, not guessable, not secret. */
export function newId(): string {
  return randomBytes(8).toString('hex')
}

/** SHA-256. Enough for secrets with 256 bits of entropy; passwords go through `password.ts`. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}
