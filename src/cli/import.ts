/** `picket import`: files and folders in, a ledger out. Into the running server, or into the data folder directly. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { PicketError } from '../core/errors.ts'
import { allParsers, parserNamed, parsers } from '../parsers/index.ts'
import { createLog } from '../platform/log.ts'
import { dataPaths, defaultDataFolder } from '../platform/paths.ts'
import { importCapture, type SuricataChoice, suricataChoices } from '../sources/capture/import-capture.ts'
import { planFiles, type WalkProblem, walk } from '../sources/files/walk.ts'
import { findProgram, howToGetSuricata } from '../sources/sensor/program.ts'
import type { LedgerReport } from '../state/ledger.ts'
import { appendTo, ask, leave, newRun, reach } from './access.ts'
import { configFor, loadOwnParsers } from './settings.ts'
import { bytesText, countText, durationText, printLedger } from './show.ts'

/** Told to stop, we wait so long for what was read to be stored. */
const drainMs = 6_000

type Options = {
  data?: string
  format?: string
  timezone?: string
  json?: boolean
  quiet?: boolean
  suricata?: string
  suricataRules?: string
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'bring in files and folders: plain, .gz, .zst, .zip, .tar.gz; formats are recognised by content, packet captures, too'
    )
    .argument('[paths...]', 'files and folders; - is standard input', [])
    .option(
      '--format <name>',
      'the format, where it should not be recognised: ' + parsers.map(parser => parser.name).join(', ')
    )
    .option('--timezone <offset>', 'the zone of time stamps that name none, like +02:00 (default: UTC)')
    .addOption(
      new Option('--suricata <when>', 'Suricata looks at packet captures, too (auto: where it is installed)')
        .choices(suricataChoices)
        .default('auto')
    )
    .option('--suricata-rules <path>', 'a file or folder of rules for it (default: those of the sensor)')
    .option('--json', 'print the ledger as one JSON object')
    .option('--quiet', 'no progress line')
    .option('--data <folder>', 'the data folder')
    .action(async (paths: string[], options: Options) => {
      if (paths.length === 0)
        throw new PicketError('no-paths', 'Say what to import: picket import PATH… (- is standard input)')
      process.exitCode = await importPaths(paths, options)
    })
}

export async function importPaths(paths: readonly string[], options: Options): Promise<number> {
  loadOwnParsers(options.data ?? defaultDataFolder())
  if (options.format !== undefined && parserNamed(options.format) === undefined) {
    throw new PicketError(
      'unknown-format',
      `There is no format named ${options.format}. There are: ${allParsers()
        .map(parser => parser.name)
        .join(', ')}`
    )
  }
  const timezoneMinutes = readOffset(options.timezone)
  if (suricataChoice(options.suricata) === 'on' && findProgram('suricata') === undefined)
    throw new PicketError('no-suricata', `Suricata is not installed. ${howToGetSuricata}`)
  const folder = options.data ?? defaultDataFolder()
  const say = (text: string): void => void process.stderr.write(text)
  const log = createLog({ level: 'warn' })
  const problems: WalkProblem[] = []
  const plan = await planFiles(paths)
  problems.push(...plan.problems)
  if (plan.files === 0 && problems.length > 0) {
    for (const problem of problems) say(`${problem.path}: ${problem.reason}\n`)
    return 1
  }
  const access = await reach(folder, { log, say })
  const run = newRun()
  const progress = progressLine({ say, totalBytes: plan.bytes, files: plan.files, silent: options.quiet === true })
  const stop = new AbortController()
  const interrupted = (): void => {
    say('\nStopping: what was read so far is kept; the same command takes up the rest.\n')
    stop.abort()
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  let failure: unknown
  try {
    const append = appendTo(access)
    const { recordBytesMax } = configFor(folder, undefined).limits
    try {
      for await (const file of walk(paths, { onProblem: () => {} })) {
        stop.signal.throwIfAborted()
        progress.file(file.path)
        await importCapture(file, {
          suricata: suricataChoice(options.suricata),
          suricataRules: options.suricataRules,
          sourcesFolder: dataPaths(folder).sourcesFolder,
          onNote: note => options.quiet !== true && progress.note(note),
          append,
          run,
          nowMs: Date.now,
          recordBytesMax,
          format: options.format,
          timezoneMinutes,
          onRead: bytes => progress.read(bytes),
          onRecords: records => progress.records(records),
          signal: stop.signal
        })
      }
    } catch (error) {
      if (!stop.signal.aborted) failure = error
    }
    // Everything is durable on the bus; now until it is in the store.
    const reportOf = async (): Promise<LedgerReport> =>
      access.kind === 'own' ? access.picket.ledger.report({ run }) : ask<LedgerReport>(access, `/api/ledger?run=${run}`)
    let report = await reportOf()
    let stoppedAtMs: number | undefined
    while (report.pending > 0) {
      const failed = access.kind === 'own' ? access.picket.pipeline.state.failed : undefined
      if (failed !== undefined)
        throw new PicketError('pipeline-failed', `What was read is on the bus, but the pipeline stopped: ${failed}`)
      if (stop.signal.aborted) {
        stoppedAtMs ??= performance.now()
        if (performance.now() - stoppedAtMs > drainMs) {
          say(`${countText(report.pending)} records are on the bus and not stored yet: the next start takes them up.\n`)
          break
        }
      }
      progress.pending(report.totals.received - report.pending)
      await sleep(access.kind === 'own' ? 20 : 50)
      report = await reportOf()
    }
    progress.end()
    for (const problem of problems) say(`${problem.path}: ${problem.reason}\n`)
    if (options.json) process.stdout.write(JSON.stringify({ totals: report.totals, sources: report.sources }) + '\n')
    else printLedger(report, text => void process.stdout.write(text), { seconds: progress.seconds() })
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    await leave(access)
  }
  if (failure !== undefined) throw failure
  return problems.length > 0 || stop.signal.aborted ? 1 : 0
}

function suricataChoice(text: string | undefined): SuricataChoice {
  return suricataChoices.find(choice => choice === text) ?? 'auto'
}

function readOffset(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(?:([+-])(\d\d):?(\d\d)|(Z))$/.exec(text)
  if (match === null) throw new PicketError('bad-offset', `--timezone ${text} is no offset; write it like +02:00 or Z`)
  return match[4] !== undefined ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
}

type Progress = {
  file(path: string): void
  read(bytes: number): void
  records(count: number): void
  pending(settled: number): void
  /** A line of its own. */
  note(text: string): void
  end(): void
  seconds(): number
}

function progressLine(options: {
  say: (text: string) => void
  totalBytes: number
  files: number
  silent: boolean
}): Progress {
  const startedMs = performance.now()
  let bytes = 0
  let records = 0
  let files = 0
  let lastMs = 0
  let shown = false
  const terminal = process.stderr.isTTY === true
  const intervalMs = terminal ? 100 : 5_000
  const show = (text: string): void => {
    if (options.silent) return
    const now = performance.now()
    if (now - lastMs < intervalMs || now - startedMs < 500) return
    lastMs = now
    shown = true
    options.say(terminal ? `\r\x1b[K${text.slice(0, (process.stderr.columns ?? 100) - 1)}` : text + '\n')
  }
  const seconds = (): number => (performance.now() - startedMs) / 1000
  const rate = (): string => `${countText(Math.round(records / Math.max(seconds(), 0.001)))} records/s`
  const line = (): string => {
    const parts = [`${countText(records)} records`, rate(), bytesText(bytes)]
    if (options.totalBytes > 0) {
      const share = Math.min(1, bytes / options.totalBytes)
      parts.push(`${Math.floor(share * 100)} %`)
      if (share > 0.02 && share < 1) parts.push(`${durationText((seconds() / share) * (1 - share))} left`)
    }
    if (options.files > 1) parts.push(`file ${files} of ${options.files}`)
    return parts.join(' · ')
  }
  return {
    file() {
      files++
    },
    read(count) {
      bytes += count
      show(line())
    },
    records(count) {
      records += count
      show(line())
    },
    pending(settled) {
      show(`${countText(records)} records read · ${countText(settled)} stored · ${rate()}`)
    },
    note(text) {
      options.say(`${terminal && shown ? '\r\x1b[K' : ''}${text}\n`)
    },
    end() {
      if (terminal && shown) options.say('\r\x1b[K')
    },
    seconds
  }
}
