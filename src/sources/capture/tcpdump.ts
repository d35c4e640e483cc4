/** tcpdump as a child: what it captures comes over its standard output, what it says of losses when it is asked (SIGUSR1). */

import { spawn } from 'node:child_process'
import { PicketError } from '../../core/errors.ts'
import { findProgram } from '../sensor/program.ts'

export type TcpdumpOptions = {
  readonly program: string
  readonly interface: string
  readonly filter: string | undefined
  readonly snaplen: number
}

export type Losses = { readonly captured: number; readonly kernel: number; readonly interface: number }

export type Tcpdump = {
  readonly packets: AsyncIterable<Buffer>
  /** As it said last. */
  readonly losses: () => Losses
  /** Resolves when it has ended: in words why. */
  readonly ended: Promise<string>
  ask(): void
  end(): void
}

const saidMax = 2_000
const kernelBufferKiB = 16_384

/** Throws `no-tcpdump`. */
export function findTcpdump(wanted = 'tcpdump'): string {
  const found = findProgram(wanted)
  if (found === undefined)
    throw new PicketError('no-tcpdump', `${wanted} is not installed: apt install tcpdump, or dnf install tcpdump`)
  return found
}

export function startTcpdump(options: TcpdumpOptions): Tcpdump {
  const { program, filter, snaplen } = options
  const args = [
    '-i',
    options.interface,
    '-n',
    '-U',
    '-s',
    String(snaplen),
    '-B',
    String(kernelBufferKiB),
    '-w',
    '-',
    '--'
  ]
  if (filter !== undefined && filter.trim() !== '') args.push(filter)
  // Where we are gone, it ends by itself: nobody reads what it writes.
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' }
  })
  let losses: Losses = { captured: 0, kernel: 0, interface: 0 }
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-saidMax)
    const number = (what: RegExp): number | undefined => {
      const all = [...said.matchAll(what)]
      return all.length === 0 ? undefined : Number(all.at(-1)![1])
    }
    losses = {
      captured: number(/(\d+) packets? captured/g) ?? losses.captured,
      kernel: number(/(\d+) packets? dropped by kernel/g) ?? losses.kernel,
      interface: number(/(\d+) packets? dropped by interface/g) ?? losses.interface
    }
  })
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(`${program} cannot be run: ${error.message}`))
    child.on('close', (code, signal) => resolve(reasonOf(said, code, signal)))
  })
  return {
    packets: child.stdout,
    losses: () => losses,
    ended,
    ask: () => void child.kill('SIGUSR1'),
    end() {
      child.kill('SIGINT')
      const late = setTimeout(() => child.kill('SIGKILL'), 3_000)
      void ended.then(() => clearTimeout(late))
    }
  }
}

/** Its last words that are no figures, and what to do about those that are met often. */
function reasonOf(said: string, code: number | null, signal: string | null): string {
  const line = said
    .split('\n')
    .map(text => text.trim())
    .filter(text => text !== '' && !/^\d+ packets? |listening on|^tcpdump: \d+ packets? /.test(text))
    .at(-1)
  const words = line ?? (signal === null ? `tcpdump ended with ${code}` : `tcpdump was ended by ${signal}`)
  if (/permission|Operation not permitted/i.test(words))
    return `${words}. Start Picket as root, or give tcpdump the right to capture: sudo setcap cap_net_raw,cap_net_admin+ep $(which tcpdump)`
  if (/No such device/i.test(words)) return `${words}. "ip link" lists the interfaces of this machine`
  return words.slice(0, 500)
}
