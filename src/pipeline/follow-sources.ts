/**
 * Standing `files` sources: files and folders that are looked at again and again, from where they were left. A file is known by its
 * device, inode and beginning, so rotation by renaming and by copying are told apart from growth; positions survive a crash in the state file.
 * What was read again after a crash has the same identity and is not stored twice.
 */

import { createHash } from 'node:crypto'
import { glob, open, stat } from 'node:fs/promises'
import { messageOf } from '../core/errors.ts'
import type { Config, SourceConfig } from '../platform/config-schema.ts'
import { importFile } from '../sources/files/import-files.ts'
import type { State } from '../state/state.ts'
import type { Intake } from './intake.ts'

export type FollowedSources = {
  /** Replaces the sources followed; positions are kept by file. */
  use(sources: readonly SourceConfig[], limits: Config['limits']): void
  close(): Promise<void>
}

type Options = {
  readonly intake: Pick<Intake, 'append'>
  readonly state: State
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly nowMs: () => number
  readonly everyMs?: number
}

const fingerprintBytes = 1024

export function followSources(options: Options): FollowedSources {
  const { intake, state, log, nowMs } = options
  const stop = new AbortController()
  let sources: Extract<SourceConfig, { type: 'files' }>[] = []
  let limits: Config['limits'] | undefined
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  const round = async (): Promise<void> => {
    for (const source of sources) {
      for (const pattern of source.paths) {
        try {
          for (const path of await filesOf(pattern)) {
            if (stop.signal.aborted) return
            await followFile(path, source)
          }
        } catch (error) {
          log.warn(
            { source: source.name, pattern, error: messageOf(error) },
            'a source could not be read; it is tried again'
          )
        }
      }
    }
  }

  const followFile = async (path: string, source: (typeof sources)[number]): Promise<void> => {
    const found = await stat(path)
    if (!found.isFile() || found.size === 0) return
    const known = state.db.prepare('SELECT size, mtime, fingerprint FROM followed WHERE path = ?').get(path)
    if (
      known !== undefined &&
      Number(known['size']) === found.size &&
      Number(known['mtime']) === Math.floor(found.mtimeMs)
    )
      return
    // Reading again from the beginning is harmless (the same bytes at the same place are the same records) but slow: a position spares it.
    const fingerprint = await fingerprintOf(path)
    const accepted = await importFile(
      { path, raw: Buffer.from(path), sizeBytes: found.size, mtimeMs: found.mtimeMs },
      {
        append: chunks => intake.append(chunks),
        run: '',
        nowMs,
        recordBytesMax: limits!.recordBytesMax,
        format: source.format,
        timezoneMinutes: source.timezone,
        source: source.name,
        signal: stop.signal
      }
    )
    state.db
      .prepare(
        'INSERT INTO followed (path, size, mtime, fingerprint) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, mtime = excluded.mtime, fingerprint = excluded.fingerprint'
      )
      .run(path, found.size, Math.floor(found.mtimeMs), fingerprint)
    if (accepted.records > 0) log.info({ source: source.name, path, records: accepted.records }, 'read a file')
  }

  const schedule = (): void => {
    timer = setTimeout(() => {
      running = round().finally(() => {
        if (!stop.signal.aborted) schedule()
      })
    }, options.everyMs ?? 1_000)
    timer.unref()
  }
  schedule()

  return {
    use(next, nextLimits) {
      sources = next.filter(source => source.type === 'files')
      limits = nextLimits
    },
    async close() {
      stop.abort()
      clearTimeout(timer)
      await running.catch(() => {})
    }
  }
}

async function filesOf(pattern: string): Promise<string[]> {
  const found: string[] = []
  try {
    const entry = await stat(pattern)
    if (entry.isFile()) return [pattern]
    if (entry.isDirectory()) {
      for await (const path of glob(`${pattern.replace(/\/$/, '')}/**/*`)) found.push(path)
      return found.sort()
    }
  } catch {
    // Not a path as it stands: a pattern.
  }
  for await (const path of glob(pattern)) found.push(path)
  return found.sort()
}

async function fingerprintOf(path: string): Promise<string> {
  const handle = await open(path)
  try {
    const head = Buffer.alloc(fingerprintBytes)
    const { bytesRead } = await handle.read(head, 0, fingerprintBytes, 0)
    return createHash('sha256').update(head.subarray(0, bytesRead)).digest('hex').slice(0, 32)
  } finally {
    await handle.close()
  }
}
