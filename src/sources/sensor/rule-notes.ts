/** What is noted with a set of rules, so that the same files need not be judged again: in the set's folder, as JSON. */

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Suricata } from './program.ts'

/** A file of rules, as it was given to Suricata first. */
type Judged = { readonly slug: string; readonly text: string; readonly problem: string }

/** What Suricata was asked about when a set was made, and what it refused. */
export type Noted = {
  readonly origin: string
  readonly parts: Readonly<
    Record<
      string,
      {
        readonly old: boolean
        readonly problem: string
        readonly leftOut: readonly (readonly [line: number, reason: string])[]
      }
    >
  >
}

export function readNoted(set: string): Noted | undefined {
  try {
    return JSON.parse(readFileSync(join(set, 'noted.json'), 'utf8')) as Noted
  } catch {
    return undefined
  }
}

/** All that Suricata's verdict depends on, but for people's changes. */
export function originOf(folder: string, parts: readonly Judged[], suricata: Suricata): string {
  const hash = createHash('sha256').update(`${suricata.path}\0${suricata.version}\0`)
  hash.update(readFileSync(join(folder, 'suricata.yaml')))
  for (const { slug, text, problem } of parts) hash.update(`\0${slug}\0${problem}\0`).update(text)
  return hash.digest('hex')
}

/** Of all that Suricata reads of a set. */
export function digestOf(set: string): string {
  try {
    return readFileSync(join(set, 'digest'), 'utf8')
  } catch {
    return ''
  }
}

export function writeNoted(set: string, digest: string, noted: Noted): void {
  writeFileSync(join(set, 'digest'), digest)
  writeFileSync(join(set, 'noted.json'), JSON.stringify(noted), { mode: 0o600 })
}
