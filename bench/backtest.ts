/**
 * `npm run bench backtest -- --events 1000000`: all Windows rules of SigmaHQ over a million stored events, in one reading. The rules are not
 * part of this repository (see sigma.ts).
 */

import { join } from 'node:path'
import { backtestMany } from '../src/pipeline/backtest-many.ts'
import { BatchWorker } from '../src/pipeline/worker.ts'
import { startEngine } from '../src/store/engine.ts'
import { openStore } from '../src/store/store.ts'
import { processorSeconds } from './processor.ts'
import { loadRules, sigmaFolder } from './sigma.ts'
import { windowsLines } from './windows-corpus.ts'

type Row = (workload: string, figure: string, ceiling?: string, ratio?: string) => void

const batchRecords = 50_000
const distinctLines = 200_000

export async function benchBacktest(
  events: number,
  given: string | undefined,
  folder: string,
  row: Row
): Promise<void> {
  const sigma = sigmaFolder(given)
  if (sigma === undefined) {
    console.error('backtest: no rules. Name a checkout of SigmaHQ with --rules or PICKET_SIGMA.')
    process.exitCode = 2
    return
  }
  const log = { info() {}, warn() {} }
  const engine = await startEngine({
    folder: join(folder, 'backtest-engine'),
    memoryBytesMax: 900e6,
    freeDiskBytesMin: 1e8,
    log
  })
  const store = await openStore(engine.access)
  try {
    const worker = new BatchWorker()
    const spilled = new Set<string>()
    const corpus = windowsLines('mixed')
    const lines = Array.from({ length: Math.min(events, distinctLines) }, () => corpus.next().value as string)
    for (let at = 0; at < events; at += batchRecords) {
      const part = Array.from(
        { length: Math.min(batchRecords, events - at) },
        (_, i) => lines[(at + i) % lines.length]!
      )
      const headers = {
        source: 'bench',
        format: 'windows-json',
        framing: 'lines' as const,
        records: part.length,
        receivedMs: Date.now(),
        prefix: (at + 1).toString(16).padStart(8, '0'),
        run: ''
      }
      const chunk = { headers, body: Buffer.from(`${part.join('\n')}\n`) }
      const reply = worker.run({ number: at, chunks: [chunk], known: new Uint32Array(0), position: at + 1 })
      await store.insert(Buffer.from(reply.block), `bench ${at}`)
      for (const field of reply.spilled) spilled.add(field)
    }
    const all = loadRules(sigma).rules.filter(({ windows }) => windows)
    const startedMs = performance.now()
    const before = processorSeconds()
    const span = { fromUs: 0, toUs: Date.UTC(2106, 0, 1) * 1000 }
    const { hits, rows } = await backtestMany(all, span, { store, mayBeInMap: field => spilled.has(field) })
    const seconds = (performance.now() - startedMs) / 1000
    const after = processorSeconds()
    const own = (after.own - before.own).toFixed(1)
    const engineSeconds = (after.children - before.children).toFixed(1)
    const fired = hits.filter(({ total }) => total > 0)
    const matches = fired.reduce((sum, { total }) => sum + total, 0)
    row(
      `back-test: ${all.length} Windows rules over ${rows} events`,
      `${seconds.toFixed(1)} s (${fired.length} rules with ${matches} hits); ${own} s of processor, the engine's ${engineSeconds} s beside it`,
      'asked for: 120 s over a million'
    )
  } finally {
    await store.close()
    await engine.close()
  }
}
