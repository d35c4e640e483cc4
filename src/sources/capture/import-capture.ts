/**
 * Brings a file in, and where it is a packet capture and Suricata is installed, Suricata's events of it, too: ours say what was said, its
 * rules what is an attack, and Community ID joins them.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf, PicketError } from '../../core/errors.ts'
import { captureBytes } from '../files/capture-bytes.ts'
import { type ImportOptions, importFile } from '../files/import-files.ts'
import type { FoundFile } from '../files/stream.ts'
import { findProgram, howToGetSuricata } from '../sensor/program.ts'
import { runSuricata } from './suricata-run.ts'

/** `auto`: where it is installed. `on`: it must be. */
export const suricataChoices = ['auto', 'on', 'off'] as const
export type SuricataChoice = (typeof suricataChoices)[number]

export type CaptureOptions = ImportOptions & {
  readonly suricata: SuricataChoice
  /** Where the sensors of this data folder keep their rules. */
  readonly sourcesFolder: string
  /** Files or a folder of rules; default: those of the sensor, else those that `suricata-update` has fetched. */
  readonly suricataRules?: string | undefined
  /** Told in words what becomes of a capture. */
  readonly onNote?: ((note: string) => void) | undefined
  /** Suricata's own folder is made here. Default: the system's for temporary files. */
  readonly temporaryFolder?: string
}

/** Throws `no-suricata` for `on`, and `suricata-failed`; what was brought in before it stays. */
export async function importCapture(
  file: FoundFile,
  options: CaptureOptions
): Promise<{ chunks: number; records: number }> {
  const own = await importFile(file, options)
  if (options.suricata === 'off' || options.format !== undefined) return own
  const capture = await captureBytes(file)
  if (capture === undefined) return own
  try {
    const program = findProgram('suricata')
    if (program === undefined) {
      if (options.suricata === 'on')
        throw new PicketError('no-suricata', `Suricata is not installed. ${howToGetSuricata}`)
      options.onNote?.(
        `${file.path}: Picket's own events only, since Suricata is not installed (it would add alerts by its rules)`
      )
      return own
    }
    const rules = rulesFor(options)
    options.onNote?.(
      `${file.path}: Suricata looks at it ${rules.length === 0 ? 'without rules: no alerts (--suricata-rules names some)' : `with the rules of ${rules[0]}${rules.length > 1 ? ` and ${rules.length - 1} more files` : ''}`}`
    )
    const folder = mkdtempSync(join(options.temporaryFolder ?? tmpdir(), 'picket-suricata-'))
    try {
      const { signal, onRead } = options
      const events = await runSuricata({ program, capture: capture.bytes, folder, rules, signal, onRead })
      const size = statSync(events, { throwIfNoEntry: false })?.size ?? 0
      if (size === 0) return own
      const path = `${file.path} (suricata)`
      const theirs = await importFile(
        { path, raw: Buffer.from(events), sizeBytes: size, mtimeMs: file.mtimeMs },
        { ...options, format: 'suricata', source: options.source === undefined ? path : `${options.source} (suricata)` }
      )
      return { chunks: own.chunks + theirs.chunks, records: own.records + theirs.records }
    } catch (error) {
      if (options.suricata === 'on' || options.signal?.aborted === true) throw error
      options.onNote?.(`${file.path}: Picket's own events only. ${messageOf(error)}`)
      return own
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    await capture.close()
  }
}

const rulesMax = 300

function rulesFor({ suricataRules, sourcesFolder }: CaptureOptions): readonly string[] {
  if (suricataRules !== undefined) {
    const found = rulesIn(suricataRules)
    if (found.length === 0) throw new PicketError('no-rules', `There are no rules (*.rules) in ${suricataRules}.`)
    return found
  }
  const sensors = existsSync(sourcesFolder)
    ? readdirSync(sourcesFolder).map(name => join(sourcesFolder, name, 'rules', 'active'))
    : []
  for (const place of [...sensors, '/var/lib/suricata/rules']) {
    const found = rulesIn(place)
    if (found.length > 0) return found
  }
  return []
}

function rulesIn(place: string): readonly string[] {
  const stat = statSync(place, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (!stat.isDirectory()) return [place]
  return readdirSync(place)
    .filter(name => name.endsWith('.rules'))
    .sort()
    .slice(0, rulesMax)
    .map(name => join(place, name))
}
