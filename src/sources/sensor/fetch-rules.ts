/** Fetches rule sets with `suricata-update` into the sensor's folder: one file with all of them. */

import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PicketError } from '../../core/errors.ts'
import { findProgram, type Suricata } from './program.ts'

const fetchMs = 300_000

/** Where what was fetched is. */
export const fetchedFile = (folder: string): string => join(folder, 'fetched', 'rules', 'suricata.rules')

export type FetchOptions = {
  readonly folder: string
  readonly suricata: Suricata
  readonly updater: string
  readonly etOpen: boolean
  readonly urls: readonly string[]
  readonly signal: AbortSignal
}

/** Throws `no-updater`, `rules-fetch`. What was fetched before stays then. */
export function fetchRules({ folder, suricata, updater, etOpen, urls, signal }: FetchOptions): Promise<void> {
  const program = findProgram(updater)
  if (program === undefined)
    return Promise.reject(
      new PicketError(
        'no-updater',
        `${updater} is not installed, so no rules can be fetched: apt install suricata-update; or name a file of rules (rules.files)`
      )
    )
  const output = join(folder, 'fetched', 'rules')
  mkdirSync(output, { recursive: true, mode: 0o700 })
  const args = [
    'update',
    ...['--suricata', suricata.path, '--suricata-version', suricata.version],
    ...['--suricata-conf', join(folder, 'suricata.yaml')],
    ...['--data-dir', join(folder, 'fetched'), '--output', output],
    ...['--no-test', '--no-reload', '--fail', '--force'],
    ...(etOpen ? ['--etopen'] : []),
    ...urls.flatMap(url => ['--url', url])
  ]
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: fetchMs, maxBuffer: 4 << 20, signal, cwd: folder }, (error, stdout, stderr) => {
      if (error === null) return resolve()
      const words = `${stdout}\n${stderr}`
        .split('\n')
        .filter(line => line.includes('<Error>'))
        .map(line => line.replace(/^.*?<Error> -- /, ''))
      const reason = words.at(-1) ?? error.message.split('\n')[0]
      reject(
        new PicketError(
          'rules-fetch',
          `the rules could not be fetched: ${reason?.slice(0, 500)}. Those that are there stay in force. Without internet, name a file of rules (rules.files)`,
          { retryable: true }
        )
      )
    })
  })
}
