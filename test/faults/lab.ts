/**
 * Where faults happen: a temporary folder, Picket's processes started in it, and what is looked at afterwards. Whatever was started or
 * mounted is gone when the lab closes.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seeded } from '../../bench/corpus.ts'
import { PicketError } from '../../src/core/errors.ts'
import { defaultConfig } from '../../src/platform/config.ts'
import { readServerFile } from '../../src/platform/server-file.ts'
import { openPicket, type Picket } from '../../src/wire.ts'

export type Fault = {
  readonly name: string
  /** What happens, in a line. */
  readonly about: string
  /** Resolves with what was seen, in a line; rejects if anything is not as it must be. */
  run(lab: Lab, options: FaultOptions): Promise<string>
}

export type FaultOptions = {
  /** For faults of chance: how often it strikes. */
  readonly rounds: number
  readonly random: () => number
  /** Tells how far it is. */
  readonly say: (text: string) => void
}

/** What the machine does not allow is not a failure. */
export class Skipped extends Error {}

export type Finished = {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export type Running = {
  readonly pid: number
  readonly child: ChildProcess
  readonly ended: Promise<Finished>
  readonly hasEnded: boolean
  readonly stderr: string
  /** The most memory it has had, bytes; 0 where the system does not tell. */
  peakBytes(): number
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const preload = new URL('preload.ts', import.meta.url).href
const outputCharsMax = 200_000

export class Lab {
  readonly folder: string
  readonly #running = new Set<Running>()
  readonly #mounts: string[] = []
  /** The last words of what was started, for the report of a failure. */
  lastWords = ''

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'picket-faults-'))
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  newFolder(name: string): string {
    const path = this.path(name)
    mkdirSync(path, { recursive: true })
    return path
  }

  write(name: string, content: string | Buffer): string {
    const path = this.path(name)
    writeFileSync(path, content)
    return path
  }

  /** Starts `picket …`. With `faulty`, the preload is in it. */
  start(
    args: readonly string[],
    options: { faulty?: boolean; env?: Record<string, string>; stdin?: boolean } = {}
  ): Running {
    const child = spawn(
      process.execPath,
      [...(options.faulty === true ? ['--import', preload] : []), join(root, 'bin/picket.js'), ...args],
      {
        env: { ...process.env, NODE_OPTIONS: '', PICKET_DATA: '', ...options.env },
        stdio: [options.stdin === true ? 'pipe' : 'ignore', 'pipe', 'pipe']
      }
    )
    let stdout = ''
    let stderr = ''
    let hasEnded = false
    let peak = 0
    child.stdout!.setEncoding('utf8').on('data', text => {
      stdout = (stdout + text).slice(-outputCharsMax)
    })
    child.stderr!.setEncoding('utf8').on('data', text => {
      stderr = (stderr + text).slice(-outputCharsMax)
    })
    child.stdin?.on('error', () => {})
    const watch = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid))
    }, 250)
    const ended = new Promise<Finished>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        hasEnded = true
        clearInterval(watch)
        this.#running.delete(running)
        this.lastWords = `picket ${args.join(' ')}: ${signal ?? code}\n${stderr.slice(-3000)}`
        resolve({ code, signal, stdout, stderr })
      })
    })
    const running: Running = {
      pid: child.pid!,
      child,
      ended,
      get hasEnded() {
        return hasEnded
      },
      get stderr() {
        return stderr
      },
      peakBytes: () => Math.max(peak, peakOf(child.pid))
    }
    this.#running.add(running)
    return running
  }

  /** Runs it to its end, which must be a good one. */
  async run(
    args: readonly string[],
    options: { faulty?: boolean; env?: Record<string, string> } = {}
  ): Promise<Finished> {
    const finished = await this.start(args, options).ended
    if (finished.code !== 0)
      throw new Error(
        `picket ${args.join(' ')} ended with ${finished.signal ?? finished.code}:\n${finished.stderr.slice(-2000)}`
      )
    return finished
  }

  async import(
    data: string,
    paths: readonly string[],
    options: { faulty?: boolean; env?: Record<string, string> } = {}
  ): Promise<ImportLedger> {
    const { stdout } = await this.run(['import', ...paths, '--data', data, '--json', '--quiet'], options)
    return JSON.parse(stdout) as ImportLedger
  }

  /** Starts `picket serve` and waits until it is there. */
  async serve(
    data: string,
    options: { faulty?: boolean; env?: Record<string, string>; args?: readonly string[] } = {}
  ): Promise<Running> {
    const running = this.start(['serve', '--data', data, '--port', '0', ...(options.args ?? [])], options)
    for (let tries = 0; tries < 1200; tries++) {
      if (readServerFile(data)?.pid === running.pid) return running
      if (running.hasEnded) throw new Error(`picket serve ended at its start:\n${running.stderr.slice(-2000)}`)
      await sleep(50)
    }
    throw new Error(`picket serve is not ready after a minute:\n${running.stderr.slice(-2000)}`)
  }

  async stop(running: Running): Promise<Finished> {
    running.child.kill('SIGTERM')
    return running.ended
  }

  /** Looks into a data folder that nothing runs on. */
  async inspect<T>(data: string, look: (picket: Picket) => Promise<T>): Promise<T> {
    const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {}, level: 'silent' }
    for (let tries = 0; ; tries++) {
      try {
        const picket = await openPicket({ folder: data, config: defaultConfig(), log: log as never, quiet: true })
        try {
          return await look(picket)
        } finally {
          await picket.close()
        }
      } catch (error) {
        if (!(error instanceof PicketError) || error.code !== 'bus-locked' || tries > 100) throw error
        await sleep(100)
      }
    }
  }

  /** A small disk of its own, in memory. Throws `Skipped` where that is not permitted. */
  mount(name: string, megabytes: number): string {
    const path = this.newFolder(name)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path], { stdio: 'pipe' })
    } catch (error) {
      const said = (error as { stderr?: Buffer }).stderr?.toString().trim()
      throw new Skipped(`a small disk cannot be mounted here (${said || (error as Error).message})`)
    }
    this.#mounts.push(path)
    return path
  }

  async close(options: { keep: boolean }): Promise<void> {
    const all = [...this.#running]
    for (const { child } of all) child.kill('SIGKILL')
    await Promise.all(all.map(running => running.ended.catch(() => {})))
    for (const path of this.#mounts.splice(0)) {
      for (let tries = 0; tries < 40; tries++) {
        try {
          execFileSync('umount', [path], { stdio: 'pipe' })
          break
        } catch {
          // The engine goes a moment after its parent.
          await sleep(100)
        }
      }
    }
    if (!options.keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }

  /** For when there is no time left: what was started must not outlive us. */
  abandon(): void {
    for (const { child } of this.#running) child.kill('SIGKILL')
    for (const path of this.#mounts) {
      try {
        execFileSync('umount', ['-l', path], { stdio: 'pipe' })
      } catch {
        // It may be gone already.
      }
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export type ImportLedger = {
  readonly totals: { received: number; stored: number; deadLettered: number; duplicates: number }
  readonly sources: readonly {
    readonly source: string
    readonly format: string
    readonly received: number
    readonly stored: number
    readonly deadLettered: number
    readonly duplicates: number
    readonly reasons: readonly { reason: string; count: number }[]
  }[]
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** The engine that a Picket started; undefined before it did. */
export function engineOf(pid: number): number | undefined {
  const rows = existsSync('/proc/self/stat') ? fromProc() : fromPs()
  return rows.find(row => row.parent === pid && row.command.includes('engine-child.ts'))?.pid
}

type ProcessRow = { readonly pid: number; readonly parent: number; readonly command: string }

function fromProc(): ProcessRow[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      // It ended while we looked.
      return []
    }
  })
}

function fromPs(): ProcessRow[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return text.split('\n').flatMap(line => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3]! }]
  })
}

export function randomOf(seed: number): () => number {
  return seeded(seed)
}

export { sleep }
