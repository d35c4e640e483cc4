/**
 * What benches of intake share: `picket serve` in a folder of its own with one source, a sender in a process of its own, and the time from the
 * first byte sent until everything is stored and searchable. The ceiling is the same sender against a server that takes the same bytes,
 * acknowledges them and forgets them.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readServerFile } from '../src/platform/server-file.ts'
import { freePort } from '../src/testing/free-port.ts'
import { memoryOf, secondsOf, sumOver } from './processor.ts'

export type Intake = {
  /** Of the table's rows. */
  readonly name: string
  /** What one event is called there. */
  readonly unit: string
  readonly events: number
  /** The source in picket.yaml, but for its port: `{ type: …, … }`. */
  readonly source: Readonly<Record<string, unknown>>
  /**
   * The program that sends, and its arguments: given the port and a token. It ends when all is acknowledged. Without `--events` and `--from` (the first
   * event's number): those are added.
   */
  readonly sender: (port: number, token: string) => readonly string[]
  /** A program and its arguments that takes the same and forgets it; prints its port. */
  readonly ceiling: readonly string[]
}

const launcher = fileURLToPath(new URL('../bin/picket.js', import.meta.url))

/** What is asked is what it sustains: until so many are stored, the first seconds of a JavaScript engine are over. */
const warmUpEvents = 300_000

export async function benchIntake({ name, unit, events, source, sender, ceiling }: Intake): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-bench-'))
  const running: ChildProcess[] = []
  const end = (): void => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  process.on('exit', end)
  console.log(
    `${new Date().toISOString()} · ${cpus()[0]?.model} × ${cpus().length} · ${(totalmem() / 2 ** 30).toFixed(1)} GiB · Node ${process.version}`
  )
  console.log('| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')

  const bare = spawn(process.execPath, ceiling, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(bare)
  const barePort = Number(await new Promise(resolve => bare.stdout.once('data', part => resolve(String(part)))))
  const sending = (to: number, token: string, from: number, count: number): Promise<number> =>
    run([...sender(to, token), `--from=${from}`, `--events=${count}`])
  const bareSeconds = await sending(barePort, 'pkt_none', 0, events)
  bare.kill()

  const data = join(folder, 'data')
  mkdirSync(data)
  const port = await freePort()
  writeFileSync(join(data, 'picket.yaml'), JSON.stringify({ sources: [{ host: '127.0.0.1', port, ...source }] }))
  const picket = spawn(process.execPath, [launcher, 'serve', '--data', data, '--port', '0'], { stdio: 'ignore' })
  running.push(picket)
  while (readServerFile(data)?.pid !== picket.pid) await sleep(50)
  const token = await output(['token', 'create', 'bench', '--scope', 'ingest', '--data', data])
  const server = readServerFile(data)!
  const stored = async (): Promise<number> => {
    const answer = await fetch(`${server.url}/api/ledger`, { headers: { authorization: `Bearer ${server.token}` } })
    // Picket's own heartbeat is in the totals.
    const { sources } = (await answer.json()) as { sources: { source: string; stored: number }[] }
    return sources.filter(each => each.source === source['name']).reduce((sum, each) => sum + each.stored, 0)
  }
  const untilStored = async (wanted: number): Promise<number> => {
    const enoughMs = performance.now() + 600_000
    let count = await stored()
    for (; count < wanted && performance.now() < enoughMs; count = await stored()) await sleep(100)
    return count
  }
  await sending(port, token.trim(), 0, warmUpEvents)
  await untilStored(warmUpEvents)
  const before = sumOver(picket.pid!, secondsOf)
  const startedMs = performance.now()
  const sentSeconds = await sending(port, token.trim(), warmUpEvents, events)
  const count = (await untilStored(warmUpEvents + events)) - warmUpEvents
  const seconds = (performance.now() - startedMs) / 1000
  const used = sumOver(picket.pid!, secondsOf) - before
  const rate = count / seconds
  const bareRate = events / bareSeconds
  console.log(
    `| ${name}: sent to searchable | ${Math.round(rate)} ${unit}/s (${count} of ${events} in ${seconds.toFixed(1)} s) | ${Math.round(bareRate)} ${unit}/s: taken and forgotten | ${(rate / bareRate).toFixed(2)} |`
  )
  console.log(`| ${name}: acknowledged | ${Math.round(events / sentSeconds)} ${unit}/s | | |`)
  console.log(`| ${name}: processor of Picket and its engine | ${((used / count) * 1e6).toFixed(1)} s a million | | |`)
  console.log(
    `| ${name}: memory of Picket and its engine | ${Math.round(sumOver(picket.pid!, pid => memoryOf(pid, 'VmHWM')))} MB at most | | |`
  )
  picket.kill('SIGTERM')
  await new Promise(resolve => picket.on('exit', resolve))
  process.removeListener('exit', end)
  end()
  if (count < events) process.exitCode = 1
}

/** Seconds until the sender has ended. */
async function run(args: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise(resolve => child.on('exit', resolve))
  if (code !== 0) throw new Error(`the sender ended with ${code}`)
  return (performance.now() - startedMs) / 1000
}

async function output(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', part => {
    text += String(part)
  })
  await new Promise(resolve => child.on('exit', resolve))
  return text
}
