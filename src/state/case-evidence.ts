/**
 * Evidence of cases: events, which are copied into the state so that they outlive the store's retention, and files, whose content lies in
 * the folder `evidence` under its SHA-256. A file is on the disk before the row that names it; what no row names is removed.
 */

import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, mkdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { PicketError } from '../core/errors.ts'
import { type CaseEvent, type CaseFile, type CaseId, eventsPerCaseMax } from '../triage/case.ts'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export function caseEvents(state: State, id: CaseId): CaseEvent[] {
  return prepared(state, 'SELECT * FROM case_events WHERE case_id = ? ORDER BY time_us, event_id')
    .all(id)
    .map(row => ({
      id: row['event_id'] as string,
      timeUs: Number(row['time_us']),
      event: row['event'] as string,
      addedMs: Number(row['added']),
      by: row['by'] as string
    }))
}

/** Those that were not attached before. Undefined if there would be too many. */
export function attachEvents(
  state: State,
  id: CaseId,
  events: readonly { readonly id: string; readonly timeUs: number; readonly event: string }[],
  by: string,
  nowMs: number
): string[] | undefined {
  const there = Number(prepared(state, 'SELECT count(*) AS n FROM case_events WHERE case_id = ?').get(id)!['n'])
  const attached: string[] = []
  for (const { id: event, timeUs, event: text } of events) {
    const { changes } = prepared(
      state,
      'INSERT OR IGNORE INTO case_events (case_id, event_id, time_us, event, added, by) VALUES (?, ?, ?, ?, ?, ?)'
    ).run(id, event, Math.floor(timeUs), text, nowMs, by)
    if (Number(changes) > 0) attached.push(event)
    if (there + attached.length > eventsPerCaseMax) return undefined
  }
  return attached
}

export function detachEvent(state: State, id: CaseId, event: string): boolean {
  const { changes } = prepared(state, 'DELETE FROM case_events WHERE case_id = ? AND event_id = ?').run(id, event)
  return Number(changes) > 0
}

/** Events that are kept with alerts, by id: they may be gone from the store. */
export function keptWithAlerts(state: State, ids: readonly string[]): { id: string; timeUs: number; event: string }[] {
  return prepared(
    state,
    `SELECT event_id, time_us, event FROM alert_samples WHERE event_id IN (SELECT value FROM json_each(?)) GROUP BY event_id`
  )
    .all(JSON.stringify(ids))
    .map(row => ({
      id: row['event_id'] as string,
      timeUs: Number(row['time_us']),
      event: row['event'] as string
    }))
}

export function caseFiles(state: State, id: CaseId): CaseFile[] {
  return prepared(state, 'SELECT * FROM case_files WHERE case_id = ? ORDER BY id').all(id).map(readFileRow)
}

export function addCaseFile(state: State, id: CaseId, file: Omit<CaseFile, 'id'>): CaseFile {
  const row = prepared(
    state,
    'INSERT INTO case_files (case_id, name, bytes, sha256, added, by) VALUES (?, ?, ?, ?, ?, ?) RETURNING *'
  ).get(id, file.name, file.bytes, file.sha256, file.addedMs, file.by)!
  return readFileRow(row)
}

/** The row that was; its content is removed with `forgetContent`, when that has been written down. */
export function removeCaseFile(state: State, id: CaseId, file: number): CaseFile | undefined {
  const row = prepared(state, 'DELETE FROM case_files WHERE case_id = ? AND id = ? RETURNING *').get(id, file)
  return row === undefined ? undefined : readFileRow(row)
}

/** Writes content as it comes and gives its sum. Throws `evidence-too-large`; then nothing is left of it. */
export async function keepContent(
  folder: string,
  content: AsyncIterable<Buffer>,
  bytesMax: number
): Promise<{ sha256: string; bytes: number }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `.${randomBytes(8).toString('hex')}`)
  const hash = createHash('sha256')
  let bytes = 0
  let file: FileHandle | undefined
  try {
    file = await open(path, 'wx', 0o600)
    for await (const part of content) {
      bytes += part.length
      if (bytes > bytesMax)
        throw new PicketError('evidence-too-large', `A file may be ${bytesMax >> 20} MiB at most: attach a part of it.`)
      hash.update(part)
      await file.writeFile(part)
    }
    await file.sync()
    await file.close()
    file = undefined
    const sha256 = hash.digest('hex')
    await rename(path, contentPath(folder, sha256))
    return { sha256, bytes }
  } catch (error) {
    await file?.close().catch(() => {})
    rmSync(path, { force: true })
    throw error
  }
}

export function readContent(folder: string, file: Pick<CaseFile, 'sha256'>): NodeJS.ReadableStream {
  return createReadStream(contentPath(folder, file.sha256))
}

export function contentPath(folder: string, sha256: string): string {
  return join(folder, sha256)
}

/** Removes content that no case names any more. */
export function forgetContent(state: State, folder: string, sha256: string): void {
  if (prepared(state, 'SELECT 1 FROM case_files WHERE sha256 = ? LIMIT 1').get(sha256) === undefined)
    rmSync(contentPath(folder, sha256), { force: true })
}

function readFileRow(row: Record<string, unknown>): CaseFile {
  return {
    id: Number(row['id']),
    name: row['name'] as string,
    bytes: Number(row['bytes']),
    sha256: row['sha256'] as string,
    addedMs: Number(row['added']),
    by: row['by'] as string
  }
}
