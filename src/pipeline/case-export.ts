/**
 * A case as evidence: one tar archive with everything that belongs to it, the SHA-256 of each file in `SHA256SUMS`, and a signature of
 * that with the installation's key. What is in it can be checked without Picket: `README.txt` in the archive says how.
 *
 *   case-12/ README.txt  case.json  alerts/17.json  events/ID.json  rules/1.yml  audit.ndjson  files/1-name
 *            SHA256SUMS  SHA256SUMS.sig  signing-key.pub.pem
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { messageOf, PicketError } from '../core/errors.ts'
import type { SigningKey } from '../platform/signing-key.ts'
import { tarEnd, tarHeader, tarPadding } from '../platform/tar.ts'
import { historyOf, keptEvents, listAlerts, stormEntities } from '../state/alert-list.ts'
import { ruleText } from '../state/alert-rules.ts'
import { type ChainedAuditRow, readAuditOf, verifyAudit } from '../state/audit.ts'
import { caseEvents, caseFiles, contentPath } from '../state/case-evidence.ts'
import { caseHistory, caseOf } from '../state/cases.ts'
import type { State } from '../state/state.ts'
import { type Alert, alertStates } from '../triage/alert.ts'
import { alertsPerCaseMax, type CaseFile, type CaseId } from '../triage/case.ts'
import { readmeOf } from './case-readme.ts'

export const exportFormat = 'picket-case-1'

export type ExportDeps = {
  readonly state: State
  readonly evidenceFolder: string
  readonly key: SigningKey
  readonly version: string
}

type Entry = { readonly name: string; readonly sha256: string; read(): Buffer | Promise<Buffer> }

const auditRowsMax = 20_000

/** The archive's name and its parts, in order. What is wrong with the evidence is thrown before the first part (`evidence-damaged`). */
export async function exportCase(
  deps: ExportDeps,
  id: CaseId,
  by: string,
  nowMs: number
): Promise<{ readonly name: string; readonly sha256Sums: string; parts(): AsyncGenerator<Buffer> }> {
  const { key } = deps
  const folder = `case-${id}`
  const entries = [...textEntries(deps, id, by, nowMs)]
  for (const file of caseFiles(deps.state, id)) entries.push(await fileEntry(deps.evidenceFolder, file))
  const sums = entries.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')
  const signature = key.sign(Buffer.from(sums))
  const last = [
    entry('SHA256SUMS', Buffer.from(sums)),
    entry('SHA256SUMS.sig', signature),
    entry('signing-key.pub.pem', Buffer.from(key.publicPem))
  ]
  return {
    name: `${folder}-${new Date(nowMs).toISOString().slice(0, 10)}.tar`,
    sha256Sums: sums,
    async *parts() {
      for (const { name, read } of [...entries, ...last]) {
        const content = await read()
        yield tarHeader(`${folder}/${name}`, content.length, nowMs)
        yield content
        yield tarPadding(content.length)
      }
      yield tarEnd
    }
  }
}

function* textEntries(deps: ExportDeps, id: CaseId, by: string, nowMs: number): Generator<Entry> {
  const { state, key, version } = deps
  const about = caseOf(state, id)
  if (about === undefined) throw new PicketError('unknown-case', `There is no case ${id}.`)
  const filter = { caseId: id, states: alertStates, snoozed: 'include' } as const
  const page = { sort: 'created', limit: alertsPerCaseMax } as const
  const alerts = [false, true].flatMap(test => listAlerts(state, { ...filter, test }, page, nowMs).alerts).reverse()
  const events = new Map<string, { id: string; timeUs: number; event: string }>()
  for (const event of caseEvents(state, id)) events.set(event.id, event)
  const rules = rulesOf(state, alerts)
  const trail = verifyAudit(state)

  yield entry('README.txt', Buffer.from(readmeOf(about, key)))
  yield json('case.json', {
    format: exportFormat,
    exported: { at: iso(nowMs), by, picket: version, signedWith: key.fingerprint },
    case: {
      ...about,
      created: iso(about.createdMs),
      updated: iso(about.updatedMs),
      closed: about.closedMs === undefined ? undefined : iso(about.closedMs)
    },
    alerts: alerts.map(alert => alert.id),
    rules: rules.map(({ file, id: rule, version: of }) => ({ rule, version: of, file })),
    history: caseHistory(state, id),
    events: [...events.keys()],
    files: caseFiles(state, id).map(file => ({ ...file, file: nameOf(file) })),
    auditTrail: trail.ok
      ? { intact: true, entries: trail.entries, head: trail.head }
      : { intact: false, firstWrong: trail.id }
  })
  for (const alert of alerts) {
    const kept = keptEvents(state, alert.id)
    for (const event of [...kept.first, ...kept.latest]) if (event.id !== '') events.set(event.id, event)
    yield json(`alerts/${alert.id}.json`, {
      ...alert,
      history: historyOf(state, alert.id),
      events: kept,
      entities: alert.storm ? stormEntities(state, alert.id, 1000) : undefined
    })
  }
  for (const event of events.values()) {
    // Its name in the archive is made of its id: nothing but hexadecimal digits gets there.
    if (/^[0-9a-f]{16}$/.test(event.id)) yield entry(`events/${event.id}.json`, Buffer.from(event.event))
  }
  for (const { file, text } of rules) yield entry(file, Buffer.from(text))
  const objects = [`case:${id}`, ...alerts.map(alert => `alert:${alert.id}`)]
  const rows = readAuditOf(state, objects, auditRowsMax)
  yield entry('audit.ndjson', Buffer.from(rows.map(auditLine).join('')))
}

type KeptRule = { readonly id: string; readonly version: string; readonly file: string; readonly text: string }

/** Each version of each rule that matched, as far as its text is known. */
function rulesOf(state: State, alerts: readonly Alert[]): KeptRule[] {
  const rules = new Map<string, KeptRule>()
  for (const { rule, ruleVersions } of alerts)
    for (const version of ruleVersions) {
      const text = ruleText(state, rule.id, version)
      const name = JSON.stringify([rule.id, version])
      if (text !== undefined && !rules.has(name))
        rules.set(name, { id: rule.id, version, file: `rules/${rules.size + 1}.yml`, text })
    }
  return [...rules.values()]
}

async function fileEntry(folder: string, file: CaseFile): Promise<Entry> {
  let content: Buffer
  try {
    content = await readFile(contentPath(folder, file.sha256))
  } catch (error) {
    throw new PicketError('evidence-damaged', `The file ${file.name} cannot be read: ${messageOf(error)}`, {
      cause: error
    })
  }
  if (sumOf(content) !== file.sha256)
    throw new PicketError('evidence-damaged', `The file ${file.name} is not what it was when it was attached.`)
  // Read again when its turn comes: a hundred megabytes are not held meanwhile.
  return { name: nameOf(file), sha256: file.sha256, read: () => readFile(contentPath(folder, file.sha256)) }
}

/** Of what people call files, only what is harmless everywhere. */
function nameOf(file: CaseFile): string {
  const safe = file.name
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '')
    .slice(-60)
  return `files/${file.id}-${safe === '' ? 'file' : safe}`
}

function auditLine({ previous, ...row }: ChainedAuditRow): string {
  return `${JSON.stringify({ previous, ...row })}\n`
}

function json(name: string, value: unknown): Entry {
  return entry(name, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`))
}

function entry(name: string, content: Buffer): Entry {
  return { name, sha256: sumOf(content), read: () => content }
}

function sumOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

const iso = (ms: number): string => new Date(ms).toISOString()
