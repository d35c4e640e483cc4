/** Checks an exported case, offline: the signature, each file's sum, that nothing was added, the hashes of the audit entries. */

import { createHash } from 'node:crypto'
import { messageOf } from '../core/errors.ts'
import { readPublicKey, verifySignature } from '../platform/signing-key.ts'
import { readTar } from '../platform/tar.ts'
import { auditRowHolds, type ChainedAuditRow } from '../state/audit.ts'
import { exportFormat } from './case-export.ts'

export type Verification = {
  readonly ok: boolean
  readonly title: string
  readonly files: number
  readonly auditEntries: number
  /** Of the key that the signature was checked with; '' where it could not be read. */
  readonly fingerprint: string
  /** Was the key given from outside? Else it came with the archive, and only says that all of it is from one hand. */
  readonly keyWasGiven: boolean
  readonly exportedAt: string
  readonly exportedBy: string
  readonly problems: readonly string[]
}

const signedFiles = ['SHA256SUMS', 'SHA256SUMS.sig', 'signing-key.pub.pem']
const problemsMax = 50

/** `publicKey`: PEM of the key that it must be signed with. Never throws for what is wrong with the archive: it says so. */
export function verifyCase(archive: Buffer, publicKey: string | Buffer | undefined): Verification {
  const problems: string[] = []
  const problem = (text: string): void => {
    if (problems.length < problemsMax) problems.push(text)
  }
  const files = filesOf(archive, problem)
  const key = checkSignature(files, publicKey, problem)
  const sums = sumsOf(files.get('SHA256SUMS') ?? Buffer.alloc(0), problem)
  for (const [name, sum] of sums) {
    const content = files.get(name)
    if (content === undefined) problem(`${name} is missing`)
    else if (createHash('sha256').update(content).digest('hex') !== sum) problem(`${name} was changed`)
  }
  for (const name of files.keys())
    if (!sums.has(name) && !signedFiles.includes(name)) problem(`${name} was added: it is not in SHA256SUMS`)
  const auditEntries = checkAudit(files.get('audit.ndjson'), problem)
  const about = aboutOf(files.get('case.json'), problem)
  return {
    ok: problems.length === 0,
    ...about,
    files: sums.size,
    auditEntries,
    fingerprint: key ?? '',
    keyWasGiven: publicKey !== undefined,
    problems
  }
}

/** By their names inside the one folder. */
function filesOf(archive: Buffer, problem: (text: string) => void): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  try {
    for (const [path, content] of readTar(archive)) {
      const [folder = '', ...rest] = path.split('/')
      if (!/^case-\d+$/.test(folder) || rest.length === 0) problem(`${JSON.stringify(path)} does not belong here`)
      else if (files.has(rest.join('/'))) problem(`${JSON.stringify(path)} is there twice`)
      else files.set(rest.join('/'), content)
    }
  } catch (error) {
    problem(messageOf(error))
  }
  return files
}

function checkSignature(
  files: ReadonlyMap<string, Buffer>,
  given: string | Buffer | undefined,
  problem: (text: string) => void
): string | undefined {
  const sums = files.get('SHA256SUMS')
  const signature = files.get('SHA256SUMS.sig')
  const inside = files.get('signing-key.pub.pem')
  if (sums === undefined || signature === undefined) {
    problem('it is not signed: SHA256SUMS or SHA256SUMS.sig is missing')
    return undefined
  }
  const key = readPublicKey(given ?? inside ?? '')
  if (key === undefined) {
    problem(given === undefined ? 'there is no key in it' : 'the key given is no Ed25519 public key as PEM')
    return undefined
  }
  if (!verifySignature(key.key, sums, signature))
    problem(
      given === undefined
        ? 'the signature is not by the key in the archive, or the list of sums was changed'
        : 'the signature is not by the key given, or the list of sums was changed'
    )
  return key.fingerprint
}

/** Lines as sha256sum writes them: 64 hexadecimal digits, two blanks, the name. */
function sumsOf(text: Buffer, problem: (text: string) => void): Map<string, string> {
  const sums = new Map<string, string>()
  for (const line of text.toString().split('\n')) {
    if (line === '') continue
    const match = /^([0-9a-f]{64}) {2}([^\0\n]+)$/.exec(line)
    if (match === null || sums.has(match[2]!))
      problem(`SHA256SUMS has a wrong line: ${JSON.stringify(line.slice(0, 100))}`)
    else sums.set(match[2]!, match[1]!)
  }
  if (sums.size === 0) problem('SHA256SUMS lists nothing')
  return sums
}

function checkAudit(text: Buffer | undefined, problem: (text: string) => void): number {
  let entries = 0
  let before: ChainedAuditRow | undefined
  for (const line of text?.toString().split('\n') ?? []) {
    if (line === '') continue
    entries++
    let row: ChainedAuditRow | undefined
    try {
      row = JSON.parse(line) as ChainedAuditRow
    } catch {}
    if (row === undefined || typeof row !== 'object' || !auditRowHolds(row)) {
      problem(`line ${entries} of audit.ndjson: the entry's hash does not hold`)
      continue
    }
    const follows = before === undefined || row.id > before.id
    const linked = before === undefined || row.id !== before.id + 1 || row.previous === before.hash
    if (!follows || !linked) problem(`line ${entries} of audit.ndjson does not follow the one before`)
    before = row
  }
  return entries
}

function aboutOf(
  text: Buffer | undefined,
  problem: (text: string) => void
): { title: string; exportedAt: string; exportedBy: string } {
  const textAt = (value: unknown, ...path: string[]): string => {
    let at = value
    for (const key of path)
      at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
    return typeof at === 'string' ? at : ''
  }
  let about: unknown
  try {
    about = JSON.parse(text?.toString() ?? '')
  } catch {}
  if (textAt(about, 'format') !== exportFormat)
    problem('case.json is missing, or of a format that this Picket does not know')
  return {
    title: textAt(about, 'case', 'title'),
    exportedAt: textAt(about, 'exported', 'at'),
    exportedBy: textAt(about, 'exported', 'by')
  }
}
