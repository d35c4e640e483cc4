/** For the tests of the sensor: a wire between this machine and a network namespace of its own, with a small web server at its end. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PullContext } from '../../src/sources/pull/source.ts'
import { testPull } from '../../src/sources/pull/test-context.ts'
import { findProgram } from '../../src/sources/sensor/program.ts'
import { pullSensor, type SensorConfig } from '../../src/sources/sensor/sensor.ts'
import type { SensorSource } from '../../src/sources/sensor/sensor-state.ts'

/** Why there can be no wire here, or false. */
export function whyNoWire(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are Linux'
  if (process.getuid?.() !== 0) return 'only root can make network namespaces'
  for (const program of ['suricata', 'ip']) if (findProgram(program) === undefined) return `${program} is not installed`
  const made = spawnSync('ip', ['netns', 'add', `pk-try-${process.pid}`], { encoding: 'utf8' })
  if (made.status !== 0) return `no network namespace can be made here: ${made.stderr.trim()}`
  spawnSync('ip', ['netns', 'del', `pk-try-${process.pid}`])
  return false
}

let wires = 0

export type Wire = Disposable & {
  /** The end on this machine's side. */
  readonly name: string
  readonly namespace: string
  /** Of the other end; a web server listens on its port. */
  readonly address: string
  readonly here: string
  readonly port: number
  /** Asks the web server for a path, from here or from another address of here. */
  ask(path: string, from?: string): Promise<void>
  inside(program: string, ...args: string[]): ChildProcess
}

/** Addresses are those of documentation (RFC 5737). */
export async function makeWire(): Promise<Wire> {
  const id = `${process.pid % 10_000}${wires++}`
  const name = `pk${id}a`
  const namespace = `pk-${id}`
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' })
  const subnet = `198.51.${100 + (wires % 20)}`
  const here = `${subnet}.1`
  const address = `${subnet}.2`
  const children: ChildProcess[] = []
  const dispose = (): void => {
    for (const child of children) child.kill('SIGKILL')
    spawnSync('ip', ['link', 'del', name])
    spawnSync('ip', ['netns', 'del', namespace])
  }
  try {
    ip('netns', 'add', namespace)
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}b`)
    ip('link', 'set', `${name}b`, 'netns', namespace)
    for (const each of [here, `${subnet}.3`]) ip('addr', 'add', `${each}/24`, 'dev', name)
    // No IPv6 address that comes two seconds later: a browser breaks off what it loads as an address comes.
    ip('link', 'set', name, 'addrgenmode', 'none')
    ip('link', 'set', name, 'up')
    ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', `${name}b`)
    ip('-n', namespace, 'link', 'set', `${name}b`, 'up')
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  } catch (error) {
    dispose()
    throw error
  }
  const inside = (program: string, ...args: string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', namespace, program, ...args], { stdio: 'ignore' })
    children.push(child)
    return child
  }
  const port = 8099
  inside(
    process.execPath,
    '-e',
    `require('http').createServer((_, reply) => reply.writeHead(200, { connection: 'close' }).end('hello')).listen(${port}, '${address}')`
  )
  const ask = (path: string, from = here): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, localAddress: from })
      socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
      socket
        .on('error', reject)
        .on('close', () => resolve())
        .resume()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: nas.example\r\nUser-Agent: picket-lab\r\nConnection: close\r\n\r\n`)
    })
  for (let tries = 0; ; tries++) {
    try {
      await ask('/')
      break
    } catch (error) {
      if (tries < 50) await sleep(100)
      else {
        dispose()
        throw error
      }
    }
  }
  return { name, namespace, address, here, port, ask, inside, [Symbol.dispose]: dispose }
}

export type LabSensor = AsyncDisposable & {
  readonly source: SensorSource
  readonly folder: string
  readonly settings: Map<string, unknown>
  readonly warnings: readonly string[]
  /** The alerts so far: their signatures' ids. */
  alerts(): number[]
  events(type: string): Record<string, unknown>[]
  /** Waits until it is so. */
  until(what: string, isSo: () => boolean, withinMs?: number): Promise<void>
  running(): Promise<void>
}

export async function startSensor(config: Omit<SensorConfig, 'type' | 'name'>): Promise<LabSensor> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-sensor-'))
  const intake = testPull()
  const settings = new Map<string, unknown>()
  const context: PullContext = {
    ...intake.context,
    folder() {
      mkdirSync(join(folder, 'sensor'), { recursive: true })
      return join(folder, 'sensor')
    },
    setting: key => settings.get(key)
  }
  const source = await pullSensor({ type: 'sensor', name: 'lab', ...config }, context)
  const events = (type: string): Record<string, unknown>[] =>
    intake
      .records()
      .map(({ text }) => JSON.parse(text) as Record<string, unknown>)
      .filter(event => event['event_type'] === type)
  const until = async (what: string, isSo: () => boolean, withinMs = 60_000): Promise<void> => {
    for (const endMs = performance.now() + withinMs; !isSo(); await sleep(50))
      if (performance.now() > endMs)
        throw new Error(
          `not ${what} within ${withinMs} ms: ${JSON.stringify(source.sensor.state(), undefined, 1)} ${intake.warnings.join('; ')}`
        )
  }
  return {
    source,
    folder,
    settings,
    warnings: intake.warnings,
    events,
    alerts: () => events('alert').map(event => (event['alert'] as { signature_id: number }).signature_id),
    until,
    running: () => until('running', () => source.sensor.state().phase === 'running'),
    async [Symbol.asyncDispose]() {
      await source.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
