/** Lends the checks of mail Node's hashes: `src/mail` is pure, and has none. */

import { hash } from 'node:crypto'
import { lendDigest } from '../mail/digest.ts'

export function lendMailDigest(): void {
  lendDigest(bytes => ({ md5: hash('md5', bytes), sha1: hash('sha1', bytes), sha256: hash('sha256', bytes) }))
}
