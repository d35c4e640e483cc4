/** The certificate: read at start, and again when its files change, so that a renewed one is served without a restart. */

import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { messageOf, PicketError } from '../core/errors.ts'

export type TlsFiles = { readonly certFile: string; readonly keyFile: string }
type TlsLog = { info(fields: object, message: string): void; warn(fields: object, message: string): void }
export type TlsPair = { readonly cert: Buffer; readonly key: Buffer }

/** Throws `tls-files` if they cannot be read or do not belong together. */
export function readTls({ certFile, keyFile }: TlsFiles): TlsPair {
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
    createSecureContext(pair)
    return pair
  } catch (error) {
    throw new PicketError(
      'tls-files',
      `cannot use the certificate ${certFile} with the key ${keyFile}: ${messageOf(error)}`,
      {
        cause: error
      }
    )
  }
}

/**
 * Looks at the files every `everyMs` (through links, as renewal tools set them) and hands over a new pair that fits.
 * While they do not fit (only one has been written yet), the old pair stays and the log says so.
 */
export function watchTls(
  files: TlsFiles,
  apply: (pair: TlsPair) => void,
  log: TlsLog,
  everyMs: number
): { close(): void } {
  let known = stampOf(files)
  const timer = setInterval(() => {
    const stamp = stampOf(files)
    if (stamp === known) return
    known = stamp
    try {
      apply(readTls(files))
      log.info({ certFile: files.certFile }, 'the new certificate is in use')
    } catch (error) {
      log.warn({ err: error }, 'the certificate changed but cannot be used: the old one stays')
    }
  }, everyMs).unref()
  return { close: () => clearInterval(timer) }
}

function stampOf({ certFile, keyFile }: TlsFiles): string {
  return [certFile, keyFile]
    .map(file => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat === undefined ? 'none' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`
    })
    .join()
}
