/**
 * `npm run bench [NAME …]`: the named workloads, each beside its ceiling from the same run. Prints a table; RESULTS.md holds what was measured.
 * Workloads: import-eve, import-vpc, parsers, disk, growth, search and page (opt-in: long), startup; sigma and import-eve-detect (opt-in: they need
 * rules that are not in the repository).
 * Options: --events N (default 1000000; search 10000000), --growth N (default 20000000), --rules FOLDER (a checkout of SigmaHQ), --seconds N.
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'
import { addRuleFiles, bundledRulesFolder } from '../src/pipeline/rule-files.ts'
import { openRules } from '../src/pipeline/rules.ts'
import { BatchWorker } from '../src/pipeline/worker.ts'
import { decideRule } from '../src/state/rules.ts'
import { openState } from '../src/state/state.ts'
import { startEngine } from '../src/store/engine.ts'
import { openStore } from '../src/store/store.ts'
import { benchBacktest } from './backtest.ts'
import { eveLines, vpcFlowLines, writeCorpus } from './corpus.ts'
import { benchCorrelations } from './correlations.ts'
import { benchGenerate } from './generate.ts'
import { benchIntel } from './intel.ts'
import { benchPage } from './page.ts'
import { rankParsers } from './parsers.ts'
import { benchSearch } from './search.ts'
import { benchSigma, sigmaFolder } from './sigma.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string' },
    growth: { type: 'string', default: '20000000' },
    rules: { type: 'string' },
    seconds: { type: 'string', default: '5' }
  }
})
const events = Number(values.events ?? 1_000_000)
const all: Record<string, () => Promise<void>> = {
  startup,
  'import-eve': importEve,
  'import-vpc': importVpc,
  parsers: parserRates,
  page: () => benchPage(folder, row),
  search: () => benchSearch(Number(values.events ?? 10_000_000), folder, row),
  growth,
  sigma: async () => benchSigma(values.rules, Number(values.seconds), row),
  'import-eve-detect': importEveDetect,
  generate: () => benchGenerate(Number(values.seconds), row),
  intel: async () => benchIntel(2_000_000, row),
  backtest: () => benchBacktest(events, values.rules, folder, row),
  correlations: () => benchCorrelations(Number(values.events ?? 5_000_000), folder, row)
}
const wanted = positionals.length > 0 ? positionals : ['startup', 'import-eve', 'import-vpc', 'parsers']
for (const name of wanted) {
  if (all[name] === undefined) {
    console.error(`There is no workload ${name}. There are: ${Object.keys(all).join(', ')}`)
    process.exit(2)
  }
}
const folder = mkdtempSync(join(tmpdir(), 'picket-bench-'))
const launcher = fileURLToPath(new URL('../bin/picket.js', import.meta.url))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
console.log(
  `${new Date().toISOString()} · ${cpus()[0]?.model} × ${cpus().length} · ${(totalmem() / 2 ** 30).toFixed(1)} GiB · Node ${process.version}`
)
for (const name of wanted) await all[name]!()

function row(workload: string, figure: string, ceiling = '', ratio = ''): void {
  console.log(`| ${workload} | ${figure} | ${ceiling} | ${ratio} |`)
}

function corpus(kind: 'eve' | 'vpc', count: number): { file: string; bytes: number; sha256: string } {
  const file = join(folder, `${kind}-${count}`)
  return { file, ...writeCorpus(kind === 'eve' ? eveLines() : vpcFlowLines(), count, file) }
}

type Measured = { seconds: number; rssPeakMb: number; received: number; stored: number }

/** Runs `picket import` as a user does; the memory of all its processes is sampled. */
async function runImport(file: string, data: string): Promise<Measured> {
  const child = spawn(process.execPath, [launcher, 'import', file, '--data', data, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  let rssPeakMb = 0
  const startedMs = performance.now()
  const timer = setInterval(() => {
    rssPeakMb = Math.max(rssPeakMb, memoryMb(child.pid!))
  }, 200)
  await new Promise(resolve => child.on('exit', resolve))
  clearInterval(timer)
  const { totals } = JSON.parse(out) as { totals: { received: number; stored: number } }
  return { seconds: (performance.now() - startedMs) / 1000, rssPeakMb, ...totals }
}

/** Resident memory of a process and its children, by /proc (0 where there is none). */
function memoryMb(pid: number): number {
  if (!existsSync('/proc')) return 0
  let kb = 0
  const pids = [pid]
  for (const at of pids) {
    try {
      kb += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? 0)
      for (const task of readdirSync(`/proc/${at}/task`)) {
        const children = readFileSync(`/proc/${at}/task/${task}/children`, 'utf8').trim()
        if (children !== '') pids.push(...children.split(' ').map(Number))
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return kb / 1024
}

/** The blocks that the pipeline makes of a file, ready to be inserted. */
function blocksOf(file: string, format: string): { block: Buffer; rows: number }[] {
  const bytes = readFileSync(file)
  const worker = new BatchWorker()
  const blocks: { block: Buffer; rows: number }[] = []
  let at = 0
  while (at < bytes.length) {
    const chunks = []
    let records = 0
    while (at < bytes.length && records < 65_536) {
      let end = Math.min(at + (1 << 20), bytes.length)
      if (end < bytes.length) end = bytes.indexOf(10, end) + 1 || bytes.length
      const body = bytes.subarray(at, end)
      let count = 0
      for (let i = body.indexOf(10); i >= 0; i = body.indexOf(10, i + 1)) count++
      chunks.push({
        headers: {
          source: file,
          format,
          framing: 'lines' as const,
          records: count,
          receivedMs: Date.now(),
          prefix: (at >>> 0).toString(16).padStart(8, '0'),
          run: ''
        },
        body
      })
      records += count
      at = end
    }
    const { block, rows } = worker.run({ number: 1, chunks, known: new Uint32Array(0) })
    blocks.push({ block: Buffer.from(block), rows })
  }
  return blocks
}

/** The rate at which ClickHouse alone takes these rows into this table, two inserts in flight. */
async function engineAlone(blocks: readonly { block: Buffer; rows: number }[]): Promise<number> {
  const data = join(folder, 'engine')
  const engine = await startEngine({
    folder: data,
    memoryBytesMax: 900e6,
    freeDiskBytesMin: 1e8,
    log: { info() {}, warn() {} }
  })
  const store = await openStore(engine.access)
  const startedMs = performance.now()
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < blocks.length) {
      const mine = next++
      await store.insert(blocks[mine]!.block, `bench-${mine}`)
    }
  }
  await Promise.all([lane(), lane()])
  const seconds = (performance.now() - startedMs) / 1000
  await store.close()
  await engine.close()
  rmSync(data, { recursive: true, force: true })
  return blocks.reduce((sum, block) => sum + block.rows, 0) / seconds
}

async function importEve(): Promise<void> {
  const made = corpus('eve', events)
  console.log(`\nEVE corpus: ${events} events, ${made.bytes} bytes, sha256 ${made.sha256}\n`)
  console.log('| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  const data = join(folder, 'eve-data')
  const imported = await runImport(made.file, data)
  const rate = imported.stored / imported.seconds
  const ceiling = await engineAlone(blocksOf(made.file, 'suricata'))
  row(
    'import-eve: read to searchable',
    `${Math.round(rate)} events/s (${imported.seconds.toFixed(1)} s)`,
    `${Math.round(ceiling)} rows/s: ClickHouse alone, same rows, same table`,
    (rate / ceiling).toFixed(2)
  )
  row('import-eve: memory of all processes', `${Math.round(imported.rssPeakMb)} MB at most`)
  await disk(made, data)
  rmSync(data, { recursive: true, force: true })
}

/** The same import with rules that look at each event: with Picket's own, and with those of SigmaHQ beside them, every one on. */
async function importEveDetect(): Promise<void> {
  const made = corpus('eve', events)
  console.log(`\nEVE corpus: ${events} events, ${made.bytes} bytes, sha256 ${made.sha256}\n`)
  console.log('| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  const sigma = sigmaFolder(values.rules)
  let plain = 0
  for (const [name, source] of [
    ['no rules', undefined],
    ["Picket's own rules", ''],
    ...(sigma === undefined ? [] : ([["Picket's own and all of SigmaHQ", sigma]] as const))
  ] as const) {
    const data = join(folder, 'detect-data')
    if (source !== undefined && source !== '') addRuleFiles(join(data, 'rules'), source, 'sigma')
    if (source !== '') decideAll(data, source !== undefined)
    const imported = await runImport(made.file, data)
    const rate = imported.stored / imported.seconds
    if (plain === 0) plain = rate
    row(
      `import-eve-detect: ${name}`,
      `${Math.round(rate)} events/s (${imported.seconds.toFixed(1)} s, ${Math.round(imported.rssPeakMb)} MB at most, ${alertsIn(data)} alerts)`,
      `${Math.round(plain)} events/s: no rules`,
      (rate / plain).toFixed(2)
    )
    rmSync(data, { recursive: true, force: true })
  }
}

/** Switches every rule on or off that is off or on by default. */
function decideAll(data: string, enabled: boolean): void {
  const state = openState(data)
  const folders = { bundled: bundledRulesFolder, data: join(data, 'rules') }
  const rules = openRules({
    folders,
    state,
    apply: () => {},
    log: { info() {}, warn() {} },
    nowMs: Date.now,
    watchMs: 0
  })
  for (const { summary, byDefault } of [...rules.rules, ...rules.correlations])
    if (byDefault !== enabled) decideRule(state, summary.id, { enabled }, 'bench', Date.now())
  rules.close()
  state.close()
}

function alertsIn(data: string): number {
  const state = openState(data)
  const { n } = state.db.prepare('SELECT count(*) AS n FROM alerts').get() as { n: number }
  state.close()
  return n
}

/** Bytes on disk when the merges are done, indexes included. */
async function disk(made: { file: string; bytes: number }, data: string): Promise<void> {
  const engine = await startEngine({
    folder: join(data, 'store'),
    memoryBytesMax: 2e9,
    freeDiskBytesMin: 1e8,
    log: { info() {}, warn() {} }
  })
  const store = await openStore(engine.access)
  await store.command('OPTIMIZE TABLE picket.events FINAL')
  const bytes = (await store.partitions()).reduce((sum, partition) => sum + partition.bytes, 0)
  await store.close()
  await engine.close()
  const sample = readFileSync(made.file).subarray(0, 128 << 20)
  const zstd = zstdCompressSync(sample, { params: { [constants.ZSTD_c_compressionLevel]: 9 } }).length / sample.length
  row(
    'disk-eve: bytes for a byte of EVE',
    (bytes / made.bytes).toFixed(4),
    `${zstd.toFixed(4)}: zstd -9 of the file`,
    (zstd / (bytes / made.bytes)).toFixed(2)
  )
}

async function importVpc(): Promise<void> {
  const made = corpus('vpc', events)
  console.log(`\nVPC corpus: ${events} lines, ${made.bytes} bytes, sha256 ${made.sha256}\n`)
  console.log('| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  const data = join(folder, 'vpc-data')
  const imported = await runImport(made.file, data)
  const rate = imported.stored / imported.seconds
  const ceiling = await engineAlone(blocksOf(made.file, 'vpc-flow'))
  row(
    'import-vpc: read to searchable',
    `${Math.round(rate)} lines/s (${imported.seconds.toFixed(1)} s)`,
    `${Math.round(ceiling)} rows/s: ClickHouse alone`,
    (rate / ceiling).toFixed(2)
  )
  row('import-vpc: memory of all processes', `${Math.round(imported.rssPeakMb)} MB at most`)
  rmSync(data, { recursive: true, force: true })
}

/** One core, every format: text to parsed event, slowest first; what the language itself takes for such texts beside it. */
async function parserRates(): Promise<void> {
  console.log('\n| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  for (const { name, rate, ceiling, json } of rankParsers()) {
    row(
      `parser ${name}, one core`,
      `${Math.round(rate)}/s`,
      `${Math.round(ceiling)}/s: ${json ? 'JSON.parse' : 'split'} alone`,
      (rate / ceiling).toFixed(2)
    )
  }
}

/** From the command to the line that says where the page is; then idle memory. */
async function startup(): Promise<void> {
  const data = join(folder, 'startup')
  console.log('\n| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  for (const what of ['first start', 'second start']) {
    const startedMs = performance.now()
    const child = spawn(process.execPath, [launcher, 'serve', '--port', '0', '--data', data], {
      stdio: ['ignore', 'pipe', 'ignore']
    })
    await new Promise<void>(resolve => child.stdout.on('data', text => String(text).includes('Picket ') && resolve()))
    row(`startup: ${what} to ready`, `${Math.round(performance.now() - startedMs)} ms`)
    if (what === 'second start') {
      await new Promise(resolve => setTimeout(resolve, 10_000))
      row('idle: memory of all processes', `${Math.round(memoryMb(child.pid!))} MB`)
    }
    child.kill('SIGTERM')
    await new Promise(resolve => child.on('exit', resolve))
  }
  const bare = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  row('startup: bare Node', `${Math.round(performance.now() - bare)} ms`)
}

/** The rate of the first and of the last million into one store, and everything in between. */
async function growth(): Promise<void> {
  const total = Number(values.growth)
  const data = join(folder, 'growth')
  const lines = eveLines(7)
  const rates: number[] = []
  console.log('\n| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  for (let done = 0; done < total; done += 1_000_000) {
    const file = join(folder, 'growth.json')
    writeCorpus(lines, 1_000_000, file)
    const imported = await runImport(file, data)
    rates.push(imported.stored / imported.seconds)
    const size = spawnSync('du', ['-sb', join(data, 'store')])
      .stdout.toString()
      .split('\t')[0]
    console.error(
      `${done + 1_000_000}: ${Math.round(rates.at(-1)!)}/s, ${imported.seconds.toFixed(1)} s, ${size} bytes, file ${statSync(file).size}`
    )
    rmSync(file)
  }
  const mean = (list: readonly number[]): number => list.reduce((sum, rate) => sum + rate, 0) / list.length
  const first = mean(rates.slice(0, 3))
  const last = mean(rates.slice(-3))
  row(
    `growth: last of ${total / 1e6} million`,
    `${Math.round(last)} events/s`,
    `${Math.round(first)} events/s: the first`,
    (last / first).toFixed(2)
  )
  rmSync(data, { recursive: true, force: true })
}
