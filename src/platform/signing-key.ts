/**
 * The installation's own key, Ed25519 (RFC 8032): what leaves Picket as evidence is signed with it. Made when it is first needed, kept in
 * the data folder, readable by its owner only. Its public half goes along with each export; its fingerprint is how people compare it.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify
} from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, PicketError } from '../core/errors.ts'

export type SigningKey = {
  /** PEM of the public half (SubjectPublicKeyInfo). */
  readonly publicPem: string
  readonly fingerprint: string
  /** 64 bytes. */
  sign(bytes: Uint8Array): Buffer
}

/** The key in the file, made if there is none. Throws `signing-key`. */
export function openSigningKey(file: string): SigningKey {
  const key = readKey(file) ?? makeKey(file)
  const publicKey = createPublicKey(key)
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    fingerprint: fingerprintOf(publicKey),
    sign: bytes => sign(null, bytes, key)
  }
}

/** A public key as PEM, with its fingerprint. Undefined if it is none of Ed25519. */
export function readPublicKey(pem: string | Buffer): { key: KeyObject; fingerprint: string } | undefined {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? { key, fingerprint: fingerprintOf(key) } : undefined
  } catch {
    return undefined
  }
}

export function verifySignature(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, bytes, key, signature)
}

/** SHA-256 of the key's DER, as `SHA256:` and base64 without padding. */
function fingerprintOf(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

function readKey(file: string): KeyObject | undefined {
  let pem: Buffer
  try {
    pem = readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new PicketError('signing-key', `cannot read the signing key ${file}: ${messageOf(error)}`, { cause: error })
  }
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {}
  throw new PicketError(
    'signing-key',
    `${file} holds no Ed25519 key: restore it from a backup, or move it away for a new one`
  )
}

function makeKey(file: string): KeyObject {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const written = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    rmSync(written, { force: true })
    const fd = openSync(written, 'wx', 0o600)
    writeSync(fd, pem)
    fsyncSync(fd)
    closeSync(fd)
    try {
      // Unlike a rename, this never replaces the key that another process has just made.
      linkSync(written, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  } catch (error) {
    throw new PicketError('signing-key', `cannot write the signing key ${file}: ${messageOf(error)}`, { cause: error })
  } finally {
    rmSync(written, { force: true })
  }
  return readKey(file)!
}
