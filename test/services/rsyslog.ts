/** Real rsyslog in the foreground, with a configuration and a folder of its own; what is written to a log file of it, it sends on. */

import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Unpacked, unpackDebian } from './debian.ts'

const packages = [
  'rsyslog',
  'rsyslog-relp',
  'rsyslog-elasticsearch',
  'rsyslog-gnutls',
  'libestr0',
  'libfastjson4',
  'liblognorm5',
  'librelp0',
  'libgnutls30',
  'libp11-kit0',
  'libidn2-0',
  'libunistring2',
  'libtasn1-6',
  'libnettle8',
  'libhogweed6',
  'libgmp10',
  'libffi8'
]

export const rsyslog: Unpacked | string = unpackDebian(packages)
export const skipRsyslog: string | false = typeof rsyslog === 'string' ? rsyslog : false

export class Rsyslog implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'picket-rsyslog-'))
  /** Lines appended here become messages. */
  readonly file = join(this.folder, 'app.log')
  output = ''
  #child: ChildProcess | undefined
  #config = ''

  /** `actions`: RainerScript that is given the messages of the file. `globals`: before any module is loaded. */
  configure(actions: string, globals = ''): void {
    this.#config = `
global(workDirectory="${this.path('spool')}" ${globals})
main_queue(queue.type="LinkedList" queue.size="2000000" queue.timeoutEnqueue="60000")
module(load="imfile" mode="inotify")
module(load="omrelp")
input(type="imfile" file="${this.file}" tag="app:" facility="local3" severity="info" freshStartTail="off" persistStateInterval="1000")
${actions}
`
    mkdirSync(this.path('spool'), { recursive: true })
    if (!existsSync(this.file)) writeFileSync(this.file, '')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  async start(): Promise<void> {
    if (typeof rsyslog === 'string') throw new Error(rsyslog)
    const config = this.path('rsyslog.conf')
    writeFileSync(config, this.#config)
    const child = spawn(
      rsyslog.path('usr/sbin/rsyslogd'),
      ['-n', '-f', config, '-i', this.path('pid'), '-M', rsyslog.path('usr/lib/TRIPLET/rsyslog')],
      { env: rsyslog.env, stdio: ['ignore', 'pipe', 'pipe'] }
    )
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000)
      })
    for (let tries = 0; !existsSync(this.path('pid')); tries++) {
      if (child.exitCode !== null || tries > 200) throw new Error(`rsyslogd did not start: ${this.output}`)
      await sleep(50)
    }
  }

  write(lines: readonly string[]): void {
    appendFileSync(this.file, lines.map(line => `${line}\n`).join(''))
  }

  /** Asks it to end, and waits. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise(resolve => child.on('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  }

  get pidFile(): string {
    return existsSync(this.path('pid')) ? readFileSync(this.path('pid'), 'utf8') : ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
