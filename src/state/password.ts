/**
 * Passwords: what is accepted as one, and how it is hashed: argon2id (RFC 9106) with 64 MiB and three passes, stored as
 * a PHC string (`$argon2id$v=19$m=65536,t=3,p=1$salt$hash`). One hash takes about a quarter of a second and 64 MiB:
 * callers on the network must bound how many run at once (`api/login-limits.ts`).
 */

import * as crypto from 'node:crypto'
import { PicketError } from '../core/errors.ts'

const parameters = { memory: 65536, passes: 3, parallelism: 1, tagLength: 32 } as const
export const passwordLengthMin = 12
export const passwordLengthMax = 256

/** Why this cannot be the password of the user, in words for them; undefined if it can. No composition rules (NIST SP 800-63B). */
export function passwordProblem(password: string, userName: string): string | undefined {
  const length = [...password].length
  if (length < passwordLengthMin) return `The password must have at least ${passwordLengthMin} characters.`
  if (length > passwordLengthMax) return `The password must have at most ${passwordLengthMax} characters.`
  const name = userName.toLowerCase()
  const rest = name === '' ? password : password.toLowerCase().replaceAll(name, '')
  if (rest !== password.toLowerCase() && rest.length < 8) return 'The password must not be the user name.'
  return undefined
}

export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.randomBytes(16)
  return encode(parameters, salt, await derive(password, salt, parameters))
}

/** A hash that no password has: verified against where there is no user, so that the time it takes tells nothing. */
export const unknownUserHash = encode(parameters, Buffer.alloc(16, 1), Buffer.alloc(32))

/** Compares in constant time. A hash that cannot be read matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = decode(hash)
  if (parsed === undefined || password.length > 4 * passwordLengthMax) return false
  const derived = await derive(password, parsed.salt, parsed.parameters)
  return crypto.timingSafeEqual(derived, parsed.tag)
}

/** Was it made with other parameters than today's? Then it is made anew at the next login. */
export function isOutdated(hash: string): boolean {
  const parsed = decode(hash)
  return parsed === undefined || JSON.stringify(parsed.parameters) !== JSON.stringify(parameters)
}

type Parameters = { memory: number; passes: number; parallelism: number; tagLength: number }

function derive(password: string, nonce: Buffer, options: Parameters): Promise<Buffer> {
  if (typeof crypto.argon2 !== 'function') {
    throw new PicketError(
      'argon2-missing',
      `Node.js ${process.versions.node} has no argon2: Picket needs 24.7 or newer`
    )
  }
  // The same text may arrive in several Unicode forms, depending on the keyboard.
  const message = Buffer.from(password.normalize('NFKC'), 'utf8')
  return new Promise((resolve, reject) => {
    crypto.argon2('argon2id', { message, nonce, ...options }, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function encode(options: Parameters, salt: Buffer, tag: Buffer): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  const { memory, passes, parallelism } = options
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

function decode(hash: string): { parameters: Parameters; salt: Buffer; tag: Buffer } | undefined {
  const match =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(hash)
  if (match === null) return undefined
  const salt = Buffer.from(match[4]!, 'base64')
  const tag = Buffer.from(match[5]!, 'base64')
  const [memory, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (memory > 1 << 20 || memory < 8 * parallelism || passes < 1 || parallelism < 1) return undefined
  return { parameters: { memory, passes, parallelism, tagLength: tag.length }, salt, tag }
}
