/** A `picket serve` as it is installed, for benches of what is sent to it: its sources, its figures, what it costs. */

import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readServerFile } from '../src/platform/server-file.ts'
import { memoryOf, secondsOf, sumOver } from './processor.ts'

const launcher = fileURLToPath(new URL('../bin/picket.js', import.meta.url))

export type Served = {
  readonly pid: number
  readonly url: string
  readonly token: string
  /** By name, as Prometheus is told them: `picket_records_stored`, `picket_source_kernel_drops{source="net"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>
  /** Resolves when so many records are searchable (stored, dead or known); the time it took, ms. Rejects after `withinMs`. */
  untilSettled(records: number, withinMs: number, askEveryMs?: number): Promise<number>
  /** Of all its processes. */
  memoryMb(): number
  /** Of Picket alone, without its engine. */
  ownMemoryMb(): number
  cpuSeconds(): number
  stop(): Promise<void>
}

/** `sources`: entries for `picket.yaml`, as JSON. `env`: for example `NODE_OPTIONS=--cpu-prof`; `more`: other parts of the configuration. */
export async function servePicket(
  folder: string,
  sources: readonly object[],
  env: Record<string, string> = {},
  more: object = {}
): Promise<Served> {
  const config = join(folder, 'picket.yaml')
  mkdirSync(folder, { recursive: true })
  writeFileSync(config, JSON.stringify({ server: { port: 0 }, sources, ...more }))
  const child = spawn(process.execPath, [launcher, 'serve', '--config', config, '--data', folder], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let said = ''
  child.stderr.on('data', part => {
    said = (said + String(part)).slice(-4000)
  })
  // It says where it is when its sources listen, too.
  let isReady = false
  child.stdout.on('data', part => {
    isReady ||= String(part).includes('Picket ')
  })
  let file = readServerFile(folder)
  for (let tries = 0; file?.pid !== child.pid || !isReady; tries++) {
    if (child.exitCode !== null || tries > 1200) throw new Error(`picket serve did not start: ${said}`)
    await sleep(50)
    file = readServerFile(folder)
  }
  const { url, token } = file!
  const metrics = async (): Promise<ReadonlyMap<string, number>> => {
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))])
    )
  }
  return {
    pid: child.pid!,
    url,
    token,
    metrics,
    async untilSettled(records, withinMs, askEveryMs = 50) {
      const fromMs = performance.now()
      for (;;) {
        const now = settledOf(await metrics())
        const ms = performance.now() - fromMs
        if (now >= records) return ms
        if (ms > withinMs)
          throw new Error(`${now} of ${records} records are searchable after ${Math.round(ms)} ms\n${said}`)
        await sleep(askEveryMs)
      }
    },
    memoryMb: () => sumOver(child.pid!, pid => memoryOf(pid, 'VmRSS')),
    ownMemoryMb: () => memoryOf(child.pid!, 'VmRSS'),
    cpuSeconds: () => sumOver(child.pid!, secondsOf),
    async stop() {
      const ended = new Promise(resolve => child.on('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
  }
}

export function settledOf(metrics: ReadonlyMap<string, number>): number {
  return ['stored', 'dead_lettered', 'duplicates'].reduce(
    (sum, name) => sum + (metrics.get(`picket_records_${name}`) ?? 0),
    0
  )
}
