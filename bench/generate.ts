/**
 * The data generator: records a second of one core, beside the ceiling of bare `JSON.stringify` over ready objects of the same shape, from the same run.
 * `node bench/generate.ts [--seconds N] [--memory RECORDS] [--rate]`: `--memory` makes so many and watches the memory, `--rate` holds 1,000/s for a minute.
 */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openGenerator } from '../src/pipeline/generator-config.ts'
import { processorSeconds } from './processor.ts'

const launcher = fileURLToPath(new URL('../bin/picket.js', import.meta.url))
const example = (name: string): string =>
  readFileSync(new URL(`../examples/generate/${name}.yaml`, import.meta.url), 'utf8')

/** The eight fields that the aim names: constant, integer, weighted list, date, expression, rule, two of faker's. */
const eight = `
fields:
  time:   { type: date, format: 'Y-m-d H:i:s' }
  size:   { type: integer, min: 10, max: 100 }
  base:   { type: constant, constant: 1000 }
  who:    { type: weightedList, weightedList: { men: 40, women: 60 } }
  sum:    { type: expression, expression: '{size} + {base} + sin({base}) * 10' }
  name:   { type: faker, property: name }
  ip:     { type: faker, property: ipv4 }
  result: { type: rules, rules: { Y: '{size} + {base} > 1060', N: '{size} + {base} <= 1060' } }
`

export async function benchGenerate(
  seconds: number,
  row: (workload: string, figure: string, ceiling?: string, ratio?: string) => void
): Promise<void> {
  const workloads: readonly (readonly [string, string])[] = [
    ['eight fields', eight],
    ['eight fields, distributed 3 : 7', `distribution: { result: { Y: 3, N: 7 } }${eight}`],
    ['EVE-like configuration', example('eve-like')],
    ['EVE, the shape', 'shape: eve'],
    ['web shop (sessions)', example('web-shop')]
  ]
  for (const [name, text] of workloads) {
    const made = await measure(text, seconds)
    const ceiling = bare(made.sample, seconds)
    row(
      `generate: ${name}, ${made.bytes} bytes a record`,
      `${thousands(made.perSecond)}/s (${thousands(made.perProcessorSecond)} a second of processor)`,
      `${thousands(ceiling)}/s JSON.stringify alone`,
      `${((made.perSecond / ceiling) * 100).toFixed(0)} %`
    )
  }
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en')

type Measured = {
  readonly perSecond: number
  readonly perProcessorSecond: number
  readonly bytes: number
  readonly sample: readonly string[]
}

/** Lines in batches as the command makes them, turned into bytes and dropped. */
async function measure(text: string, seconds: number): Promise<Measured> {
  const opened = await openGenerator(text, 'bench', () => ({
    options: { seed: 'bench', isRepeatable: false, nowMs: Date.now, intervalMs: 1 }
  }))
  if (!opened.ok) throw new Error(JSON.stringify(opened.diagnostics))
  const { generator } = opened
  const sample = Array.from({ length: 20_000 }, () => generator.next()!)
  let records = 0
  let bytes = 0
  const startedMs = performance.now()
  const { own } = processorSeconds()
  while (performance.now() - startedMs < seconds * 1000) {
    const lines: string[] = []
    for (let i = 0; i < 512; i++) lines.push(generator.next()!)
    bytes += Buffer.from(`${lines.join('\n')}\n`).length
    records += lines.length
  }
  const elapsed = (performance.now() - startedMs) / 1000
  return {
    perSecond: records / elapsed,
    perProcessorSecond: records / (processorSeconds().own - own),
    bytes: Math.round(bytes / records),
    sample
  }
}

/** Nothing but `JSON.stringify` of objects that are there already, and bytes of it. */
function bare(sample: readonly string[], seconds: number): number {
  const objects = sample.map(line => JSON.parse(line) as object)
  let records = 0
  const startedMs = performance.now()
  while (performance.now() - startedMs < seconds * 1000) {
    const lines: string[] = []
    for (let i = 0; i < 512; i++) lines.push(JSON.stringify(objects[(records + i) % objects.length]))
    Buffer.from(`${lines.join('\n')}\n`)
    records += lines.length
  }
  return records / ((performance.now() - startedMs) / 1000)
}

/** The command itself, to /dev/null; its memory is looked at each second. */
async function memory(count: number): Promise<void> {
  const child = spawn(process.execPath, [launcher, 'generate', '-', '--count', String(count), '--json'], {
    stdio: ['pipe', 'ignore', 'pipe']
  })
  child.stdin.end(eight)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', part => {
    said += part
  })
  const seen: number[] = []
  const timer = setInterval(() => {
    try {
      seen.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024)
    } catch {
      // It ended meanwhile, or this is no Linux.
    }
  }, 1000)
  await new Promise(resolve => child.on('exit', resolve))
  clearInterval(timer)
  const { perSecond } = JSON.parse(said) as { perSecond: number }
  const at = (share: number): string => `${Math.round(seen[Math.floor((seen.length - 1) * share)] ?? 0)} MB`
  console.log(
    `| generate: ${thousands(count)} records to /dev/null | ${thousands(perSecond)}/s; memory ${at(0.1)} after a tenth, ${at(0.5)}, ${at(1)} at the end | | |`
  )
}

/** 1,000 a second for a minute: how many came, and how far each second was off. */
async function rate(): Promise<void> {
  const child = spawn(process.execPath, [launcher, 'generate', '-', '--rate', '1000', '--duration', '60s', '--json'], {
    stdio: ['pipe', 'pipe', 'pipe']
  })
  child.stdin.end('fields: { n: { type: counter } }\n')
  let lines = 0
  let said = ''
  const perSecond: number[] = []
  child.stdout.on('data', (part: Buffer) => {
    for (const byte of part) if (byte === 10) lines++
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    said += part
  })
  let before = 0
  const timer = setInterval(() => {
    perSecond.push(lines - before)
    before = lines
  }, 1000)
  await new Promise(resolve => child.on('exit', resolve))
  clearInterval(timer)
  const { records, seconds } = JSON.parse(said) as { records: number; seconds: number }
  const middle = perSecond.slice(2, -1)
  console.log(
    `| generate: --rate 1000 for a minute | ${thousands(records)} in ${seconds.toFixed(2)} s (${(((records / seconds) * 100) / 1000 - 100).toFixed(2)} %); a second had ${Math.min(...middle)} to ${Math.max(...middle)} | | |`
  )
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '5' }, memory: { type: 'string' }, rate: { type: 'boolean' } }
  })
  console.log(`${new Date().toISOString()} · ${cpus()[0]?.model} × ${cpus().length} · Node ${process.version}`)
  if (values.memory !== undefined) await memory(Number(values.memory))
  else if (values.rate) await rate()
  else
    await benchGenerate(Number(values.seconds), (workload, figure, ceiling = '', ratio = '') =>
      console.log(`| ${workload} | ${figure} | ${ceiling} | ${ratio} |`)
    )
}
