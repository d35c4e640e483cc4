/** An authority of the test's own, a server's certificate for 127.0.0.1 and localhost, and certificates of those who may send. */

import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const skipOpenssl: string | false = spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl'

export type Pair = { readonly cert: string; readonly key: string }

/** Files in `folder`: `ca.pem`, and `NAME.pem` and `NAME.key` of each name. */
export function certificates(folder: string, names: readonly string[]): { ca: string; pair: (name: string) => Pair } {
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'rsa:2048', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority')
  writeFileSync(join(folder, 'names.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  for (const name of names) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.ext']
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed)
  }
  return {
    ca: join(folder, 'ca.pem'),
    pair: name => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) })
  }
}
