/** `picket generate CONFIG`: records of any structure, into any sink. Stands on its own: no data folder, no engine. */

import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { text as readText } from 'node:stream/consumers'
import { Command, InvalidArgumentError, Option } from 'commander'
import { messageOf, PicketError } from '../core/errors.ts'
import { parseDuration } from '../core/measures.ts'
import { type Rate, readRate } from '../generate/rate.ts'
import { configCharactersMax, openGenerator } from '../pipeline/generator-config.ts'
import { startRun } from '../pipeline/generator-run.ts'
import { realClock } from '../platform/clock.ts'
import { printDiagnostics } from '../platform/config-diagnostics.ts'
import { openSink, sinks } from '../sinks/index.ts'
import { progressLine, showProgress, summaryOf } from './generate-progress.ts'

type Options = {
  readonly count?: number
  readonly duration?: number
  readonly rate?: string
  readonly seed?: string
  readonly start?: string
  readonly format?: 'ndjson' | 'csv' | 'template'
  readonly template?: string
  readonly escapeFormulas: boolean
  readonly out?: string
  readonly option: readonly string[]
  readonly key?: string
  readonly shape?: string
  readonly schema?: boolean
  readonly check?: boolean
  readonly list?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value]

export function generateCommand(): Command {
  return new Command('generate')
    .description('make records of any structure, and send them anywhere')
    .argument('[config]', 'the description of the records, YAML or JSON; - is standard input')
    .option('-n, --count <n>', 'how many records (default: until stopped by Ctrl-C)', whole)
    .option('-d, --duration <time>', 'how long: 30s, 5m, 1h', duration)
    .option(
      '-r, --rate <rate>',
      'records a second: 1000, ramp:100..5000/60s, burst:50..2000/5s/60s, daily:10..500 (default: as fast as they are taken)'
    )
    .option('-s, --seed <text>', 'the same seed gives the same records, byte for byte')
    .addOption(
      new Option('-f, --format <name>', 'how they are written (default: ndjson)').choices(['ndjson', 'csv', 'template'])
    )
    .option('-t, --template <text>', 'a line with {field}s, for --format template (which it stands for)')
    .option('--no-escape-formulas', 'CSV: leave cells alone that a spreadsheet would run as formulas')
    .option('-o, --out <address>', 'where they go (default: standard output; see below)')
    .option(
      '-O, --option <name=value>',
      "an option of the sink, as in its address's query; more than once if need be",
      collect,
      []
    )
    .option('-k, --key <template>', "what partitions are chosen by (Kafka, Kinesis): '{user}'")
    .option('--shape <name>', 'records of a real format, or of several with commas, without a configuration (--list)')
    .option('--list', 'list kinds of fields, shapes and sinks with their options')
    .option('--schema', 'print the JSON Schema of configurations, for editors')
    .option('--check', 'only say whether the configuration is right')
    .option('-q, --quiet', 'say nothing on standard error but what goes wrong')
    .option('--json', 'the summary as JSON, on standard error')
    .addHelpText(
      'after',
      `
Where records go:
${sinks.map(({ example, about }) => `    ${example}\n        ${about}`).join('\n')}

Examples:
  picket generate shop.yaml --count 10
  picket generate shop.yaml --rate 1000 --duration 1m --out shop.ndjson.gz
  picket generate shop.yaml --rate daily:10..500 --out syslog+tcp://127.0.0.1:514
  picket generate shop.yaml --seed 7 --count 1000 --format csv > shop.csv`
    )
    .action(async (file: string | undefined, options: Options) => {
      if (options.schema || options.list) {
        const about = await import('./generate-about.ts')
        process.stdout.write(options.schema ? about.schemaText() : about.listText())
        return
      }
      process.exitCode = await generate(file, options)
    })
}

async function generate(file: string | undefined, given: Options): Promise<number> {
  if (file === undefined && given.shape === undefined)
    throw new PicketError(
      'no-config',
      'Say what to make: picket generate CONFIG.yaml (examples are in examples/generate; picket generate --help)'
    )
  const text = file === undefined ? JSON.stringify({ shape: shapesIn(given.shape) }) : await configText(file)
  let rate: Rate | undefined
  const keyIsGiven = given.key !== undefined
  const opened = await openGenerator(text, file ?? '--shape', read => {
    const config = {
      ...read,
      ...(given.count !== undefined && { count: given.count }),
      ...(given.duration !== undefined && { duration: given.duration }),
      ...(given.seed !== undefined && { seed: given.seed }),
      ...(given.shape !== undefined && file !== undefined && { shape: shapesIn(given.shape) })
    }
    const wanted = given.rate ?? config.rate
    if (wanted !== undefined) {
      const result = readRate(wanted, config.seed === undefined ? realClock.nowMs() : 0)
      if (!result.ok)
        throw new PicketError('rate', `${given.rate === undefined ? 'rate' : '--rate'}: ${result.message}`)
      rate = result.rate
    }
    return {
      config,
      options: {
        seed: config.seed ?? randomBytes(16).toString('hex'),
        isRepeatable: config.seed !== undefined,
        nowMs: realClock.nowMs,
        intervalMs: rate === undefined ? undefined : 1000 / rate.mean,
        format: given.format ?? (given.template === undefined ? undefined : 'template'),
        template: given.template,
        escapeFormulas: given.escapeFormulas,
        key: given.key
      }
    }
  })
  if (!opened.ok) {
    printDiagnostics(opened.diagnostics)
    return 1
  }
  const { config, generator } = opened
  if (given.check) {
    if (!given.quiet) process.stderr.write(`${file}: right\n`)
    return 0
  }

  // The first Ctrl-C ends the run with what has been made, the second one at once.
  const stop = new AbortController()
  const abort = new AbortController()
  const onSignal = (): void => (stop.signal.aborted ? abort.abort() : stop.abort())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  const sink = await openSink(given.out ?? config.out ?? '-', given.option, {
    nowMs: realClock.nowMs,
    signal: abort.signal,
    random: Math.random,
    env: process.env,
    header: generator.header,
    format: given.format ?? (given.template === undefined ? config.format : 'template') ?? 'ndjson'
  })
  const run = startRun({
    generator,
    sink,
    count: config.count,
    durationMs: config.duration,
    rate,
    withKeys: keyIsGiven || config.shape !== undefined,
    stop: stop.signal,
    monotonicMs: realClock.monotonicMs
  })
  const line = progressLine()
  const hide = given.quiet || given.json ? () => {} : showProgress(() => line(run.progress(), sink.figures()))
  const result = await run.done
  hide()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
  const figures = sink.figures()
  if (given.json)
    process.stderr.write(
      `${JSON.stringify({ records: result.records, bytes: result.bytes, seconds: result.elapsedMs / 1000, perSecond: result.records / (result.elapsedMs / 1000), skipped: result.skipped, retries: figures.retries, refused: figures.refused, stopped: result.stopped, ...(result.problem !== undefined && { problem: result.problem }) })}\n`
    )
  else {
    if (!given.quiet) process.stderr.write(`${summaryOf(result, figures, sink.label)}\n`)
    if (result.problem !== undefined) process.stderr.write(`picket: ${result.problem}\n`)
    if (figures.refused > 0)
      process.stderr.write(`picket: ${figures.refused} records were refused: ${figures.reason}\n`)
  }
  return result.problem === undefined && figures.refused === 0 ? 0 : 1
}

/** `eve,dns`: several that belong together. */
function shapesIn(text: string | undefined): string | string[] | undefined {
  return text?.includes(',') ? text.split(',') : text
}

async function configText(file: string): Promise<string> {
  if (file === '-') return readText(process.stdin)
  try {
    if (statSync(file).size > configCharactersMax * 4) throw new Error('it is too large')
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PicketError('no-config', `The configuration ${file} cannot be read: ${messageOf(error)}`)
  }
}

function whole(text: string): number {
  const value = Number(text.replaceAll('_', ''))
  if (!/^[\d_]{1,20}$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number.')
  return value
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError("a duration: '30s', '5m' or '1h'.")
  return ms
}
